"""The plan comes before the numbers, its contrasts exist in the cells, and what a cell is made of is what it says."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from ganlab.errors import UserError
from ganlab.experiments import read, registered, synthetic_help
from ganlab.experiments.synthetic_help import DIGITS, FAMILIES, MNIST, SIZES, Bench, Cell, Size, _fresh, _shifted, _two
from ganlab.synthesis import Budget, Gain, wanted_labels

TINY = Size((), 1, Budget(steps=7, batch=8), {"digits": 2}, (0.1, 1.0, 5.0, 10.0), best=2)


@pytest.mark.parametrize(
    ("expects", "low", "high", "verdict"),
    [
        ("gain", 0.01, 0.03, "confirmed"), ("gain", -0.01, 0.03, "undecided"), ("gain", -0.03, 0.005, "refuted"),
        ("loss", -0.03, -0.01, "confirmed"), ("loss", -0.03, 0.01, "undecided"), ("loss", 0.01, 0.03, "refuted"),
        ("no gain", -0.03, 0.005, "confirmed"), ("no gain", -0.03, 0.02, "undecided"),
        ("no gain", 0.001, 0.02, "refuted"),
    ],
)  # fmt: skip
def test_what_an_interval_says_of_an_expectation(expects: str, low: float, high: float, verdict: str):
    h = registered.Hypothesis("X", "", "", "", "", expects, "")
    assert h.holds(Gain((low + high) / 2, low, high, 5)) == verdict


def test_every_expectation_is_about_arms_that_its_cells_have(tmp_path: Path):
    made = {}
    for cell in (*DIGITS, Cell("better", "digits", {"k": 20})):
        if cell.name not in made:
            made[cell.name] = {arm for arm, _ in FAMILIES[cell.family](Bench(cell, 0, TINY, tmp_path))}
    spoken = set()
    plan = registered.PLANS
    for h in plan:
        for cell, arms in made.items():
            if registered.speaks_of(h, cell):
                assert {h.after, h.before} <= arms, (h.id, cell)
                spoken.add(h.id)
    # H5 and H23 are about MNIST alone, whose families have the same arms.
    assert spoken == {h.id for h in plan} - {"H5", "H23"}
    for h in plan:
        assert h.id in spoken or any(registered.speaks_of(h, cell.name) for cell in MNIST), h.id


def test_k_5_is_not_k_50_and_1_to_5_not_1_to_50():
    h = registered.Hypothesis("X", "", "labels k=5", "", "", "gain", "")
    assert registered.speaks_of(h, "mnist labels k=5") and not registered.speaks_of(h, "mnist labels k=50")
    assert not registered.speaks_of(h, "digits unlabelled k=5")


def test_the_plan_is_printed_before_anything_runs_and_a_second_run_adds_nothing(tmp_path: Path, monkeypatch, capsys):
    cell = Cell("centroids", "digits", {"k": 5})
    monkeypatch.setitem(synthetic_help.SIZES, "small", Size((cell,), 2, Budget(steps=2), {"digits": 2}, (1.0, 5.0)))
    found = synthetic_help.synthetic_help(tmp_path, size="small")
    out = capsys.readouterr().out
    assert out.index("would change our mind") < out.index("digits centroids k=5, seed 0")
    before = (tmp_path / "records.jsonl").read_bytes()
    assert synthetic_help.synthetic_help(tmp_path, size="small") == found
    assert (tmp_path / "records.jsonl").read_bytes() == before
    rows = read(tmp_path / "records.jsonl")
    assert {row["seed"] for row in rows} == {0, 1} and set(found) == {"H15 digits centroids k=5"}


def test_only_the_named_cell_is_run_and_a_wrong_name_is_one_sentence(tmp_path: Path, monkeypatch):
    cells = (Cell("centroids", "digits", {"k": 5}), Cell("centroids", "digits", {"k": 4}))
    monkeypatch.setitem(synthetic_help.SIZES, "small", Size(cells, 1, Budget(steps=2), {"digits": 2}, (1.0,)))
    synthetic_help.synthetic_help(tmp_path, size="small", only=["digits centroids k=4"])
    assert {row["name"].split(":")[0] for row in read(tmp_path / "records.jsonl")} == {"digits centroids k=4"}
    with pytest.raises(UserError, match="digits centroids k=5"):
        synthetic_help.synthetic_help(tmp_path, size="small", only=["digits centroids k=6"])


def test_cells_with_the_same_images_and_seed_share_a_generator_and_a_longer_one_is_another(tmp_path: Path):
    few = Bench(Cell("drift", "digits", {"k": 20, "pixels": 1}), 0, TINY, tmp_path)
    train, _ = few.split(20)
    one = few.trained(train)
    other = Bench(Cell("labels", "digits", {"k": 20}), 0, TINY, tmp_path)
    assert torch.equal(train.images, other.split(20)[0].images)
    other.trained(other.split(20)[0])
    assert len(list((tmp_path / "generators").iterdir())) == 1
    longer = other.trained(train, 3)
    assert one.trainer.step == 2 and longer.trainer.step == 6
    assert len(list((tmp_path / "generators").iterdir())) == 2


def test_samples_of_gaussians_fitted_to_class_means_leave_the_means_where_they_were(tmp_path: Path):
    size = Size((), 1, Budget(), {"digits": 2}, (10.0,))
    differences = []
    for seed in range(5):
        arms = dict(FAMILIES["centroids"](Bench(Cell("centroids", "digits", {"k": 5}), seed, size, tmp_path)))
        differences.append(arms["centroids + gaussian 10"]["macro_recall"] - arms["centroids"]["macro_recall"])
    assert np.mean(np.abs(differences)) < 0.03


def test_the_true_law_is_of_other_images_than_the_training_part_each_once_before_any_twice(tmp_path: Path):
    bench = Bench(Cell("labels", "digits", {"k": 5}), 1, TINY, tmp_path)
    train, rest = bench.split(5)
    fresh = _fresh(rest, wanted_labels(torch.bincount(train.labels), 100), bench)
    known = {image.tobytes() for image in train.images.numpy()}
    drawn = [image.tobytes() for image in fresh.images.numpy()]
    assert not known & set(drawn) and len(set(drawn)) == 100


def test_a_shift_goes_both_ways_and_brings_in_black():
    images = torch.zeros(200, 1, 4, 4, dtype=torch.uint8)
    images[:, :, :, 1] = 9
    moved = _shifted(images, 1, 0)
    columns = {tuple(image[0].any(dim=0).tolist()) for image in moved}
    assert columns == {(True, False, False, False), (False, False, True, False)}


def test_two_classes_of_ten_become_0_and_1(tmp_path: Path):
    pool = Bench(Cell("labels", "digits", {"k": 5}), 0, TINY, tmp_path).material.pool
    two = _two(pool, (3, 8))
    assert two.labels.tolist() == [int(c == 8) for c in pool.labels.tolist() if c in (3, 8)] and two.classes == (
        "3",
        "8",
    )


def test_an_arm_that_there_is_not_is_one_sentence():
    with pytest.raises(UserError, match="no arm 'x': choose one of a"):
        registered.contrast({"a": {}}, "x", "a", "macro_recall")


def test_every_size_has_five_seeds_or_is_no_result():
    assert all(size.seeds >= 5 for name, size in SIZES.items() if name != "small")
    assert json.dumps([cell.name for cell in SIZES["normal"].cells]).count("mnist") == len(MNIST)
