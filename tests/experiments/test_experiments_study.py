"""Studies over seeds: rows that say what they are, the same rows after a kill, and tables with a floor."""

from __future__ import annotations

from dataclasses import replace

import pytest
from scipy.stats import ttest_rel

from ganlab.data.mixtures import ring
from ganlab.errors import UserError
from ganlab.experiments import mixtures, read, study
from ganlab.experiments.gain import many_gain
from ganlab.experiments.published import PUBLISHED
from ganlab.experiments.study import Variant, run_study
from ganlab.experiments.tables import against, floors, recorded, show, summary, text
from ganlab.metrics import mode_floor
from ganlab.training.many import ManyConfig, ManyGANs

TINY = ManyConfig(width_g=8, width_d=8, batch=16, steps=30)
VARIANTS = [
    Variant("plain", TINY, ring(), {"cause": "none"}),
    Variant("r1", replace(TINY, penalty="r1", weight=0.1), ring(), {"cause": "steep"}),
]


def without_clock(rows):
    return [(row["name"], row["seed"], {**row["values"], "seconds": 0}) for row in rows]


class Killed(Exception):
    pass


def test_a_killed_study_goes_on_to_the_same_rows(tmp_path, monkeypatch):
    run_study(VARIANTS, tmp_path / "straight", [0, 1], "small")
    wanted = without_clock(read(tmp_path / "straight" / "records.jsonl"))
    assert [(name, seed) for name, seed, _ in wanted] == [("plain", 0), ("plain", 1), ("r1", 0), ("r1", 1)]

    monkeypatch.setattr(study, "SAVE_EVERY", 0.0)
    monkeypatch.setattr(study, "LOOK", 5)
    whole = tmp_path / "whole"  # the mean gradient depends on how often it is looked at
    run_study(VARIANTS, whole, [0, 1], "small")
    wanted = without_clock(read(whole / "records.jsonl"))
    train, moments = ManyGANs.train, iter(range(1, 100))

    def until_killed(self, steps):
        if next(moments) % 4 == 0:
            raise Killed
        train(self, steps)

    monkeypatch.setattr(ManyGANs, "train", until_killed)
    for _ in range(20):
        try:
            run_study(VARIANTS, tmp_path / "killed", [0, 1], "small")
            break
        except Killed:
            continue
    assert without_clock(read(tmp_path / "killed" / "records.jsonl")) == wanted
    assert [path.name for path in (tmp_path / "killed").iterdir()] == ["records.jsonl"]


def test_a_kill_between_two_rows_of_a_variant_repeats_none(tmp_path):
    run_study(VARIANTS[:1], tmp_path, [0, 1, 2], "small")
    path = tmp_path / "records.jsonl"
    whole = without_clock(read(path))
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:2]))
    run_study(VARIANTS[:1], tmp_path, [0, 1, 2], "small")
    assert without_clock(read(path)) == whole


def test_rows_of_other_settings_are_not_taken_for_these(tmp_path):
    run_study(VARIANTS[:1], tmp_path, [0], "small")
    other = replace(VARIANTS[0], config=replace(TINY, lr_g=2e-3))
    with pytest.raises(UserError, match="other settings or another size"):
        run_study([other], tmp_path, [0], "small")
    with pytest.raises(UserError, match="other settings or another size"):
        run_study(VARIANTS[:1], tmp_path, [0], "normal")


def test_a_seed_whose_points_are_not_finite_covers_nothing(tmp_path):
    run_study([Variant("wild", replace(TINY, lr_g=1e30), ring())], tmp_path, [0], "small")
    values = read(tmp_path / "records.jsonl")[0]["values"]
    assert (values["modes"], values["strict"], values["quality"], values["finite"]) == (0, 0, 0.0, False)


def test_a_table_has_mean_spread_number_and_floor(tmp_path):
    run_study(VARIANTS, tmp_path, [0, 1, 2], "small")
    rows = recorded("plane-remedies", tmp_path)
    line = summary(rows)[1]
    own = [row["values"]["kl"] for row in rows if row["name"] == "r1"]
    mean = sum(own) / 3
    assert (line.name, line.n) == ("r1", 3)
    assert line.mean["kl"] == pytest.approx(mean)
    assert line.sd["kl"] == pytest.approx((sum((value - mean) ** 2 for value in own) / 2) ** 0.5)
    assert floors(rows) == {"ring": mode_floor(ring())}
    printed = text(rows).splitlines()
    assert printed[0].split()[:4] == ["name", "n", "modes", "strict"]
    assert [line for line in printed if line.startswith("--")] == ["-- none", "-- steep"]
    assert printed[-1].startswith("perfect sampler, ring") and "0.9889" in printed[-1]


def test_complete_is_the_share_of_seeds_with_every_mode():
    def row(seed, strict):
        return {"name": "a", "seed": seed, "config": {"law": "ring", "modes": 8}, "values": {"strict": strict}}

    (line,) = summary([row(0, 8), row(1, 8), row(2, 7), row(3, 8)])
    assert line.mean == {"strict": 7.75, "complete": 0.75}


def test_a_difference_is_paired_by_seed_with_students_interval():
    base, other = [3.0, 5.0, 4.0, 6.0, 2.0], [4.0, 6.5, 4.5, 8.0, 2.5]
    rows = [
        {"name": name, "seed": seed, "values": {"strict": value}}
        for name, values in (("plain", base), ("other", other))
        for seed, value in reversed(list(enumerate(values)))
    ]
    (found,) = against(rows, "plain", "strict")
    interval = ttest_rel(other, base).confidence_interval(0.95)
    assert (found.name, found.n) == ("other", 5) and found.mean == pytest.approx(1.1)
    assert (found.low, found.high) == pytest.approx((interval.low, interval.high))
    assert found.verdict == "higher" and against(rows, "other", "strict")[0].verdict == "lower"
    assert against([*rows, {"name": "plain", "seed": 9, "values": {"strict": None}}], "plain", "strict") == [found]


def test_what_cannot_be_compared_is_a_sentence():
    rows = [{"name": "plain", "seed": 0, "values": {"kl": 1.0}}, {"name": "other", "seed": 1, "values": {"kl": 1.0}}]
    with pytest.raises(UserError, match="no row of 'base'"):
        against(rows, "base", "kl")
    with pytest.raises(UserError, match="share 0 seeds"):
        against(rows, "plain", "kl")


def test_published_rows_stand_below_ours(tmp_path):
    run_study([replace(VARIANTS[0], name="ring-plain")], tmp_path, [0], "small")
    ours, theirs = show("plane-benchmark", tmp_path).split("\n\n")
    assert ours == text(recorded("plane-benchmark", tmp_path))
    assert theirs.count("\n") == len(PUBLISHED["plane-benchmark"]) and "VEEGAN" in theirs


def test_an_experiment_without_rows_is_a_sentence():
    with pytest.raises(UserError, match="no rows of plane-nothing"):
        recorded("plane-nothing")


@pytest.mark.parametrize(
    "variants", [mixtures.benchmark, mixtures.data_sizes, mixtures.capacities, mixtures.remedies, mixtures.cures]
)
def test_every_variant_is_named_once_and_builds(variants):
    found = variants()
    assert len({variant.name for variant in found}) == len(found)
    for variant in found:
        small = mixtures.sized(variant, "small")
        gans = ManyGANs(replace(small.config, steps=1), small.law, [0, 1])
        gans.train(1)
        assert gans.sample(3).shape == (2, 3, 2)


def test_every_remedy_changes_one_thing():
    """But for its strength or its rate: a row that changes more cannot say what helped."""
    plain = mixtures.remedies()[0]
    fields = [
        {name for name in vars(plain.config) if getattr(variant.config, name) != getattr(plain.config, name)}
        for variant in mixtures.remedies()[1:]
    ]
    joint = [{"penalty", "weight"}, {"lr_g", "lr_d"}, {"objective", "penalty", "weight"}, {"unroll", "unroll_lr"}]
    assert all(len(changed) == 1 or changed in joint for changed in fields)


def test_the_gain_is_measured_against_the_same_amount_of_work(tmp_path):
    """The plain loop of the measurement takes the steps of the model it is compared with (its networks, its Adam)."""
    found = many_gain(tmp_path, size="small")
    rows = read(tmp_path / "records.jsonl")
    assert [row["name"] for row in rows] == list(found) == ["many-gain-8-none", "many-gain-8-r1+r2"]
    for values in found.values():
        assert values["ratio_low"] <= values["ratio"] <= values["ratio_high"]
