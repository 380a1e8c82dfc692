"""Whole studies with generators whose worth is known: noise, the true law, a copier, and one that saw the test part."""

from __future__ import annotations

import json
import math
import re
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor

from ganlab.data import ImageData, load, to_float
from ganlab.errors import UserError
from ganlab.synthesis import Arm, Between, Budget, Leak, Material, Plan, Study, arms, decide, judge, material, write
from ganlab.synthesis.scores import Gain
from ganlab.synthesis.split import taken
from ganlab.synthesis.verdict import COLLECT, DO_NOT, USE

SOME = [Arm(), Arm(ratio=4.0), Arm(ratio=math.inf), Arm(share=0.5)]
"""The arms that a verdict cannot do without: a baseline, a mix, synthetic images only, a second point of the curve."""


class Stand:
    """A stand-in generator: ``draw(labels, rng, train)`` makes its images."""

    def __init__(self, draw) -> None:
        self.draw, self.train = draw, None

    def __call__(self, train: ImageData, seed: int, folder: Path) -> Stand:
        made = Stand(self.draw)
        made.train = train
        return made

    def seconds(self, train: ImageData) -> float:
        return 0.0

    def sample(self, labels: Tensor, seed: int) -> Tensor:
        return self.draw(labels, torch.Generator().manual_seed(seed), self.train)

    def scores(self, images: Tensor, labels: Tensor) -> Tensor:
        return torch.zeros(len(images))


def noise(labels: Tensor, rng: torch.Generator, train: ImageData) -> Tensor:
    return 2 * torch.rand(len(labels), 1, 8, 8, generator=rng) - 1


def drawn_from(source: ImageData):
    """A sampler that draws real images of the wanted classes from ``source``, or from the train part (None)."""

    def draw(labels: Tensor, rng: torch.Generator, train: ImageData) -> Tensor:
        images = source or train
        index = torch.empty_like(labels)
        for c in labels.unique():
            own = (images.labels == c).nonzero()[:, 0]
            wanted = labels == c
            index[wanted] = own[torch.randint(len(own), (int(wanted.sum()),), generator=rng)]
        return images.floats(index)

    return draw


@pytest.fixture(scope="module")
def parts() -> tuple[Material, ImageData]:
    """The digits to study, and 800 others that stand for the true law: nobody else sees them."""
    pool, test = load("digits", "train"), load("digits", "test")
    assert isinstance(pool, ImageData) and isinstance(test, ImageData)
    return material(taken(pool, torch.arange(400)), test, "CC BY 4.0"), taken(pool, torch.arange(400, len(pool)))


def study(parts, maker, folder: Path, **plan) -> Study:
    settings = {"labels": 4, "seeds": 4, "ratios": (4.0,), "keep_by": "none", "budget": Budget(steps=80, batch=32)}
    made = Study(parts[0], Plan(**{**settings, **plan}), maker, folder, {})
    made.arms = SOME
    return made


def test_the_true_law_is_to_be_used_and_is_no_memory(parts, tmp_path: Path):
    one = study(parts, Stand(drawn_from(parts[1])), tmp_path / "a")
    verdict = judge(one, one.run(progress=False))
    assert verdict.decision == USE and verdict.gain.low > 0.02 and verdict.images == 160
    assert not verdict.copied and verdict.trts > 0.7
    assert verdict.worth_labels is not None and verdict.worth_labels > 20
    page = write(one, verdict, one.begin())["html"].read_text(encoding="utf-8")
    assert "Use it: 4 synthetic images for each real one, 160 in all" in page
    assert page.count("<img alt=") == page.count("<img") == 4 and not re.search(r'(src|href)="(?!data:)', page)


def test_noise_is_not_to_be_used(parts, tmp_path: Path):
    one = study(parts, Stand(noise), tmp_path / "a")
    verdict = judge(one, one.run(progress=False))
    assert verdict.decision == DO_NOT and verdict.gain.high < 0.01
    assert verdict.trts < 0.3 and verdict.synthetic_only.accuracy < 0.4


def test_copies_of_the_training_images_are_told_as_memorised_and_are_no_leak(parts, tmp_path: Path):
    one = study(parts, Stand(drawn_from(None)), tmp_path / "a", seeds=3)
    verdict = judge(one, one.run(progress=False))
    assert verdict.copied and verdict.exact == 1.0 and verdict.decision != USE
    assert verdict.facts()["Copies"].startswith("Memorised: ")


def test_a_generator_that_saw_the_test_part_is_caught(parts, tmp_path: Path):
    one = study(parts, Stand(drawn_from(parts[0].test)), tmp_path / "a")
    with pytest.raises(Leak, match="in synthetic and in test, pixel for pixel"):
        one.run(progress=False)


def test_the_filter_keeps_what_the_classifier_takes_for_the_wanted_class(parts, tmp_path: Path):
    def half_noise(labels: Tensor, rng: torch.Generator, train: ImageData) -> Tensor:
        good, bad = drawn_from(parts[1])(labels, rng, train), noise(labels, rng, train)
        return torch.where((torch.arange(len(labels)) % 2 == 0)[:, None, None, None], good, bad)

    shares = {}
    for by in ("none", "classifier"):
        one = study(parts, Stand(half_noise), tmp_path / by, keep_by=by, seeds=3)
        row = next(one.seed_rows(0, set()))
        shares[by] = row["trts"]
    assert shares["classifier"] > shares["none"] + 0.25


def test_a_generator_is_handed_the_train_part_and_nothing_else(parts, tmp_path: Path):
    given = []

    class Watching(Stand):
        def __call__(self, train: ImageData, seed: int, folder: Path) -> Stand:
            given.append(train)
            return super().__call__(train, seed, folder)

    one = study(parts, Watching(noise), tmp_path / "a", seeds=3)
    next(one.seed_rows(0, set()))
    (train,) = given
    assert len(train) == 40 and torch.bincount(train.labels).tolist() == [4] * 10
    assert not {i.tobytes() for i in train.images.numpy()} & {i.tobytes() for i in one.material.test.images.numpy()}


def test_a_killed_study_goes_on_and_equals_one_that_was_not(parts, tmp_path: Path):
    quick = {"budget": Budget(steps=3, batch=8), "seeds": 3}
    straight = study(parts, Between(), tmp_path / "straight", **quick)
    rows = straight.run(progress=False)
    broken, looked = study(parts, Between(), tmp_path / "broken", **quick), 0
    original = broken.examine

    def dies(*arguments):
        nonlocal looked
        looked += 1
        if looked == 6:
            raise KeyboardInterrupt
        return original(*arguments)

    broken.examine = dies  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        broken.run(progress=False)
    with broken.rows_file.open("ab") as file:
        file.write(b'{"seed": 1, "na')  # the kill came in the middle of a line
    again = study(parts, Between(), tmp_path / "broken", **quick)
    assert again.run(progress=False) and len(rows) == again.total
    plain = [[{**row, "seconds": 0} for row in one] for one in (rows, again.begin())]
    assert plain[0] == plain[1]


def test_a_folder_with_another_study_or_other_files_is_refused(parts, tmp_path: Path):
    study(parts, Between(), tmp_path / "a").begin()
    with pytest.raises(UserError, match="another --out"):
        study(parts, Between(), tmp_path / "a", seeds=5).begin()
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "thesis.txt").write_text("mine")
    with pytest.raises(UserError, match="other files"):
        study(parts, Between(), tmp_path / "b").begin()
    assert (tmp_path / "b" / "thesis.txt").read_text() == "mine"


def test_an_unfinished_study_has_no_verdict(parts, tmp_path: Path):
    with pytest.raises(UserError, match="not finished"):
        judge(study(parts, Between(), tmp_path / "a"), [])


def test_arms_weigh_classes_only_where_they_differ_and_try_more_labels_only_where_there_are_more():
    names = {arm.name for arm in arms((1.0,), balanced=True, more_labels=False)}
    assert not any("weighted" in name or "2 x" in name for name in names) and "moved, r = 1" in names
    more = {arm.name for arm in arms((1.0,), balanced=False, more_labels=True)}
    assert names < more and "moved + weighted, real only, 2 x the labels" in more
    assert len(more) == len(arms((1.0,), balanced=False, more_labels=True))


@pytest.mark.parametrize(
    ("low", "value", "high", "decision"),
    [
        (0.005, 0.02, 0.035, USE), (-0.01, 0.02, 0.05, COLLECT), (-0.05, -0.02, 0.009, DO_NOT),
        (0.001, 0.005, 0.009, DO_NOT), (0.001, 0.008, 0.015, COLLECT), (-0.04, 0.0, 0.04, COLLECT),
    ],
)  # fmt: skip
def test_the_decision_is_read_off_the_interval(low: float, value: float, high: float, decision: str):
    assert decide(Gain(value, low, high, 5), 0.01) == decision


def fabricated(parts, folder: Path, shift: float, seed: int):
    """A finished study whose rows were thrown by dice: the mix is right ``shift`` more often."""
    one = study(parts, Between(), folder, seeds=5)
    rng = torch.Generator().manual_seed(seed)
    n, rows = len(one.material.test), []
    for s in range(5):
        rows.append({"seed": s, "name": "synthetic set", "trts": 0.9, "copies": 0.02, "exact": 0.0})
        for arm in one.arms:
            p = 0.8 + shift * (arm.ratio == 4) - 0.1 * (arm.share < 1)
            right = torch.rand(n, generator=rng) < p
            by_class = [float(right[one.material.test.labels == c].double().mean()) for c in range(10)]
            recall = sum(by_class) / 10
            test = dict.fromkeys(("accuracy", "minority_recall", "pr_auc", "minority_pr_auc"), float(p))
            wrong = (~right).nonzero()[:, 0].tolist()
            rows.append({"seed": s, "name": arm.name, "validation": {"macro_recall": p},
                         "test": {**test, "macro_recall": recall}, "wrong": wrong})  # fmt: skip
    return one, rows


@pytest.mark.parametrize(("shift", "decision"), [(0.12, USE), (-0.12, DO_NOT), (0.012, COLLECT)])
def test_text_page_and_json_tell_the_same_numbers_and_the_decision_that_follows_from_them(
    parts, tmp_path: Path, shift: float, decision: str
):
    one, rows = fabricated(parts, tmp_path / "a", shift, 1)
    verdict = judge(one, rows)
    paths = write(one, verdict, rows)
    kept = json.loads(paths["json"].read_text())
    assert kept["decision"] == verdict.decision == decision
    gain = kept["gain"]
    said = f"{100 * gain['value']:+.1f} points (95 % interval {100 * gain['low']:+.1f} to {100 * gain['high']:+.1f}"
    text, page = paths["txt"].read_text(), paths["html"].read_text()
    heads = {USE: "Use it: 4 ", DO_NOT: "Do not use", COLLECT: "Collect more"}
    for shown in (text, page):
        assert said in shown
        assert [word for word in heads.values() if word in shown] == [heads[decision]]
    change = kept["mix"]["macro_recall"]["value"] - kept["baseline"]["macro_recall"]["value"]
    assert change == pytest.approx(gain["value"])


def test_the_baseline_is_the_one_that_does_best_on_the_test_images_whatever_validation_says(parts, tmp_path: Path):
    one, rows = fabricated(parts, tmp_path / "a", 0.0, 2)
    hard = Arm(moved=True)
    one.arms = [*SOME, hard, replace(hard, share=0.5)]
    for row in [row for row in rows if row["name"] in (Arm().name, Arm(share=0.5).name)]:
        validation = {"macro_recall": row["validation"]["macro_recall"] - 0.1}
        name = row["name"].replace("as they are", "moved")
        rows.append({**row, "name": name, "wrong": [], "test": {**row["test"], "macro_recall": 1.0},
                     "validation": validation})  # fmt: skip
    verdict = judge(one, rows)
    assert verdict.baseline.arm == hard and verdict.decision == DO_NOT
    assert "moved (augmented: turned, shifted, zoomed at random) 1.000" in verdict.facts()["Compared with"]


def test_the_ratio_is_chosen_on_validation_images_even_where_the_test_images_would_choose_another(
    parts, tmp_path: Path
):
    one, rows = fabricated(parts, tmp_path / "a", 0.0, 2)
    better = Arm(ratio=9.0)
    one.arms = [*SOME, better]
    for row in [row for row in rows if row["name"] == Arm(ratio=4.0).name]:
        validation = {"macro_recall": row["validation"]["macro_recall"] - 0.1}
        rows.append({**row, "name": better.name, "wrong": [], "test": {**row["test"], "macro_recall": 1.0},
                     "validation": validation})  # fmt: skip
    assert judge(one, rows).mix.arm == Arm(ratio=4.0)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"seeds": 2}, "3 or more"), ({"ratios": ()}, "--ratio 0.5,1,2"), ({"ratios": (0.0,)}, "above 0"),
        ({"ratios": (math.nan,)}, "above 0"), ({"keep_by": "me"}, "classifier, discriminator, none"),
        ({"worth": 0.0}, "between 0 and 1"),
    ],
)  # fmt: skip
def test_a_plan_that_cannot_be_carried_out_is_one_sentence(change: dict, says: str):
    with pytest.raises(UserError, match=says):
        replace(Plan(), **change)


def test_stand_ins_draw_what_they_say(parts):
    labels = torch.tensor([3, 3, 7])
    images = drawn_from(parts[1])(labels, torch.Generator().manual_seed(0), parts[0].pool)
    known = {i.tobytes(): int(c) for i, c in zip(to_float(parts[1].images).numpy(), parts[1].labels, strict=True)}
    assert [known[i.tobytes()] for i in images.numpy()] == labels.tolist()
