"""The experiment on InfoGAN's code: what it measures on a generator and a Q that are known, and its rows."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from ganlab.data import ImageData, load
from ganlab.errors import UserError
from ganlab.experiments import information, read
from ganlab.experiments.tables import recorded
from ganlab.models.infogan import InfoGAN

SMALL = information.SIZES["small"]


class Drawn:
    """A trainer whose generator draws real test digits: those of class ``turn(category)``."""

    def __init__(self, model: InfoGAN, turn: int) -> None:
        self.model, self.turn = model, turn

    def sample(self, n: int, seed: int, labels: torch.Tensor) -> torch.Tensor:
        test = load("digits", "test")
        assert isinstance(test, ImageData) and test.labels is not None
        places = [torch.nonzero(test.labels == (c + self.turn) % 10).flatten() for c in range(10)]
        chosen = torch.stack([places[c][i // 10 % len(places[c])] for i, c in enumerate(labels.tolist())])
        return test.floats(chosen)


def test_a_code_that_names_each_digit_by_another_name_agrees_with_the_classes(monkeypatch: pytest.MonkeyPatch):
    """A Q that knows the classes, under names turned by three: all agree but for the classifier's own mistakes."""
    trainer: Any = Drawn(information.train("with", replace(SMALL, steps=1)).model, 3)
    test = load("digits", "test")
    known = {image.numpy().tobytes(): int(label) for image, label in zip(test.floats(), test.labels, strict=True)}

    def knows(_model: InfoGAN, x: torch.Tensor) -> torch.Tensor:
        names = torch.tensor([(known[image.numpy().tobytes()] - 3) % 10 for image in x])
        return 50.0 * torch.nn.functional.one_hot(names, 10)

    monkeypatch.setattr(information, "_guess", knows)
    found = information.measure(trainer, SMALL)
    assert found["matched_real"] == 1 and found["bound"] == pytest.approx(math.log(10))
    assert found["matched"] > 0.97 and found["information"] > 0.95 * math.log(10)
    assert found["chance"] < 0.2 and found["ceiling"] == pytest.approx(math.log(10))


def test_a_small_run_writes_both_rows_and_goes_on_where_it_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(information, "SIZES", {"small": replace(SMALL, steps=2)})
    means = information.information(tmp_path, size="small")
    rows = read(tmp_path / "records.jsonl")
    assert [row["name"] for row in rows] == ["information-with", "information-without"]
    assert [row["config"]["settings"]["info_weight"] for row in rows] == [1.0, 0.0]
    for row in rows:
        values = row["values"]
        assert 0 <= values["information"] <= values["ceiling"] + 1e-9 and values["distance"] > values["distance_floor"]
        assert means[row["name"]]["matched"] == values["matched"]
    information.information(tmp_path, size="small")
    assert len(read(tmp_path / "records.jsonl")) == 2


def test_without_the_bound_q_moves_nothing_and_stays_as_it_was_drawn():
    fresh, trained = (information.train("without", replace(SMALL, steps=steps)).model for steps in (1, 3))
    assert isinstance(fresh, InfoGAN) and isinstance(trained, InfoGAN)
    assert torch.equal(fresh.Q.weight, trained.Q.weight)
    moved = information.train("with", replace(SMALL, steps=3)).model
    assert isinstance(moved, InfoGAN) and not torch.equal(fresh.Q.weight, moved.Q.weight)


def test_an_unknown_variant_is_one_sentence():
    with pytest.raises(UserError, match="variant"):
        information.train("within", SMALL)


def test_what_lesson_17_says_of_the_bound():
    """In each of three recorded seeds: more than twice as often as by chance with it, hardly oftener without."""
    rows = {(row["name"].rsplit("-", 1)[1], row["seed"]): row["values"] for row in recorded("information")}
    assert set(rows) == {(variant, seed) for variant in information.WEIGHTS for seed in range(3)}
    for (variant, _), values in rows.items():
        often = values["matched"] / values["chance"]
        assert often > 2 if variant == "with" else often < 1.1
