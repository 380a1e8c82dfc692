"""What a monitor can be trusted with: the experiments write complete rows, and a planted relation is found."""

from __future__ import annotations

from pathlib import Path

import pytest

from ganlab.experiments import EXPERIMENTS, read, watching
from ganlab.training import ALARMS


@pytest.fixture(autouse=True)
def _short(monkeypatch):
    monkeypatch.setitem(watching.GAMES, "wgan-gp", {**watching.GAMES["wgan-gp"], "d_steps": 1, "steps": 40})
    monkeypatch.setitem(watching.GAMES, "non-saturating", {**watching.GAMES["non-saturating"], "steps": 40})


def test_false_alarms_are_counted_for_each_recipe_and_alarm(tmp_path: Path):
    found = EXPERIMENTS["false-alarms"](tmp_path, size="small")
    assert set(found) == set(watching.RECIPES)
    rows = read(tmp_path / "records.jsonl")
    assert [row["values"] for row in rows] == list(found.values())
    for values in found.values():
        assert values["all"] == sum(values[name] for name in ALARMS)


def test_curves_are_recorded_with_their_range(tmp_path: Path):
    EXPERIMENTS["curves-and-quality"](tmp_path, size="small")
    for row in read(tmp_path / "records.jsonl"):
        assert row["values"]["loss_lowest"] == min(row["values"]["loss"])
        assert -1 <= row["values"]["lead_lowest"] <= row["values"]["lead_highest"] <= 1


def test_there_are_twenty_checkpoints_and_a_lead_is_a_difference():
    rows, _ = watching.watched("non-saturating", 0)
    assert len(rows) == watching.CHECKPOINTS
    assert rows[5]["lead"] == rows[5]["logit_train"] - rows[5]["logit_generated"]
