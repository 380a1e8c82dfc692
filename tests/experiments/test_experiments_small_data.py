"""A GAN on a hundred images: what each condition trains on, instruments that can read both ways, rows that are kept."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from ganlab.data import load, to_float
from ganlab.errors import UserError
from ganlab.experiments import read, small_data
from ganlab.experiments.small_data import CONDITIONS, SmallDataRun, held_out, turned, turned_share


def test_the_share_of_turned_images_reads_near_0_of_upright_digits_and_near_three_quarters_of_turned_ones():
    upright = to_float(held_out().images)
    assert turned_share(upright) < 0.05
    assert 0.7 < turned_share(to_float(turned(held_out().images))) < 0.8
    quarter = upright.rot90(1, (2, 3))
    assert turned_share(quarter) > 0.9


def test_the_instrument_never_saw_the_digits_it_is_tested_on_nor_did_any_gan():
    known = {image.numpy().tobytes() for image in load("digits").images}
    assert not any(image.numpy().tobytes() in known for image in held_out().images)
    run = SmallDataRun("plain", 2)
    assert {image.numpy().tobytes() for image in run.images} <= known and len(run.images) == 100


def test_turned_data_are_four_orientations_of_each_image():
    run = SmallDataRun("turned-data")
    given = run.trainer.batches.data.images
    assert len(given) == 400
    for count in range(4):
        assert torch.equal(given[100 * count : 100 * (count + 1)], run.images.rot90(count, (2, 3)))
    assert len(SmallDataRun("plain").trainer.batches.data) == 100
    assert len(SmallDataRun("all-data").trainer.batches.data) == len(load("digits"))


def test_conditions_differ_in_what_they_say_and_start_from_the_same_weights_and_images():
    one, other = SmallDataRun("plain", 1), SmallDataRun("diffaugment", 1)
    assert torch.equal(one.images, other.images)
    assert all(torch.equal(a, b) for a, b in zip(one.model.parameters(), other.model.parameters(), strict=True))
    assert not torch.equal(one.images, SmallDataRun("plain", 3).images)
    changed = {name: set(c.settings) | ({"turned"} if c.turned else set()) for name, c in CONDITIONS.items()}
    assert changed["plain"] == set() and changed["turned-data"] == {"turned"}


def test_looking_changes_nothing():
    seen, unseen = SmallDataRun("adaptive").train(3), SmallDataRun("adaptive").train(3)
    for _ in range(3):
        seen.look()
    assert seen.look() == seen.look()
    seen.train(5), unseen.train(5)
    assert all(torch.equal(a, b) for a, b in zip(seen.model.parameters(), unseen.model.parameters(), strict=True))


def test_a_recorded_run_is_not_made_again_and_a_missing_one_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(small_data.STEPS, "small", 2)
    two = ("plain", "turns-half")
    found = small_data.small_data(tmp_path, size="small", only=two)
    rows = read(tmp_path / "records.jsonl")
    assert [row["name"] for row in rows] == ["small-data-plain", "small-data-turns-half"]
    assert set(found) == {"plain", "turns-half"} and rows[1]["config"]["model"]["augment_p"] == 0.5
    assert rows[0]["values"]["gap"] == pytest.approx(rows[0]["values"]["train"] - rows[0]["values"]["held_out"])
    (tmp_path / "records.jsonl").write_text((tmp_path / "records.jsonl").read_text().splitlines()[0] + "\n")
    small_data.small_data(tmp_path, size="small", only=two)
    again = read(tmp_path / "records.jsonl")
    assert len(again) == 2 and again[1]["values"] == rows[1]["values"]
    with pytest.raises(UserError, match="another size"):
        small_data._means(tmp_path / "records.jsonl", "normal", ["plain"])


def test_an_unknown_condition_is_one_sentence():
    with pytest.raises(UserError, match="condition"):
        SmallDataRun("palin")
