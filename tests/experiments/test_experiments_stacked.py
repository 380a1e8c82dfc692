"""The four cells on stacked digits: small, resumed, and honest about a run that diverged."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from ganlab.errors import NonFiniteError, UserError
from ganlab.experiments import read
from ganlab.experiments import stacked as experiment
from ganlab.experiments.stacked import CELLS, SETTINGS, Setting, asked, run_cell, stacked
from ganlab.experiments.tables import recorded
from ganlab.training import RunFolder, build_model


@pytest.fixture(autouse=True)
def _threads() -> Iterator[None]:
    yield
    torch.set_num_threads(1)


QUICK = Setting(
    "stacked-digits", "dcgan", 3, {"norm": "none", "width": 2, "latent": 4},
    {"batch_size": 8, "lr_end": 0.0, "schedule_steps": 3},
)  # fmt: skip


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(SETTINGS, "small", QUICK)
    monkeypatch.setattr(experiment, "SAMPLES", 500)
    monkeypatch.setattr(experiment, "_floors", lambda setting: {"total": 100, "n": 500, "even_modes": 99.3,
                        "even_kl": 0.1, "real_modes": 100, "real_kl": 0.1, "mistaken": 0.01})  # fmt: skip


def test_four_cells_leave_four_rows_and_a_second_call_trains_nothing(quick: None, tmp_path: Path, monkeypatch: Any):
    found = stacked(tmp_path, size="small")
    rows = read(tmp_path / "records.jsonl")
    assert [row["name"] for row in rows] == [f"stacked-{cell}" for cell in CELLS]
    for row, (objective, penalty) in zip(rows, CELLS.values(), strict=True):
        assert (row["config"]["objective"], row["config"]["penalty"]) == (objective, penalty)
        assert 1 <= row["values"]["modes"] <= 100 and row["values"]["kl"] > 0 and row["values"]["finite"]
    monkeypatch.setattr(experiment, "run_cell", lambda *given: pytest.fail("trained again"))
    assert stacked(tmp_path, size="small") == found


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_the_row_names_the_precision_that_the_run_had(
    precision: str, quick: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(experiment, "fastest_precision", lambda device: precision)
    stacked(tmp_path, size="small", only=["gan+r1"])
    config = RunFolder(tmp_path / "gan+r1-small-0").read_config()
    assert read(tmp_path / "records.jsonl")[0]["config"]["precision"] == config["machine"]["precision"] == precision


def test_one_cell_can_be_chosen_and_a_half_trained_one_goes_on(quick: None, tmp_path: Path):
    run_cell("gan+r1", Setting(**{**vars(QUICK), "steps": 1}), tmp_path / "gan+r1-small-0", 0)
    stacked(tmp_path, size="small", only=["gan+r1"])
    straight = run_cell("gan+r1", QUICK, tmp_path / "straight", 0)
    row = read(tmp_path / "records.jsonl")[0]["values"]
    assert (row["modes"], row["kl"]) == (straight["modes"], straight["kl"])
    with pytest.raises(UserError, match="unknown cell"):
        stacked(tmp_path, size="small", only=["gan+r3"])


def test_a_run_that_diverges_is_a_row_and_covers_nothing(quick: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def diverge(*given: Any, **options: Any) -> None:
        raise NonFiniteError("the loss of D became infinite or NaN at step 7")

    monkeypatch.setattr(experiment, "train_run", diverge)
    found = stacked(tmp_path, size="small", only=["relativistic+r1"])["relativistic+r1"]
    assert (found["modes"], found["kl"], found["finite"]) == (0, None, False) and "step 7" in found["reason"]


def test_the_record_is_of_these_settings_and_the_paired_game_with_both_penalties_reaches_its_goal():
    """Settings that were changed must be recorded anew: ``ganlab experiment run stacked``, with each seed."""
    rows = recorded("stacked")
    for row in rows:
        cell, config = row["name"].removeprefix("stacked-"), dict(row["config"])
        assert config.pop("precision") in ("float32", "bfloat16")
        assert config == asked(cell, SETTINGS[row["size"]], row["seed"])
        assert row["commit"] and not row["commit"].endswith("-dirty")
    best = {row["seed"]: row["values"] for row in rows if row["name"] == "stacked-relativistic+r1+r2"}
    assert 0 in best
    for found in best.values():
        assert found["n"] == 26_000 and found["modes"] == found["total"] and found["kl"] <= 0.02


@pytest.mark.parametrize("size", SETTINGS)
@pytest.mark.parametrize("cell", CELLS)
def test_every_size_asks_for_a_model_that_can_be_built(size: str, cell: str):
    setting, choices = SETTINGS[size], asked(cell, SETTINGS[size], 0)
    channels = {"stacked-digits": (2, 8), "stacked-mnist-100": (2, 28), "stacked-mnist": (3, 28)}[setting.data]
    side = setting.side or channels[1]
    small = {**choices["settings"], **({"width": 8} if setting.model == "r3gan" else {})}
    model = build_model({**choices, "model": setting.model, "shape": [channels[0], side, side], "settings": small})
    assert (model.objective.name, model.penalty.name) == CELLS[cell]
    assert model.penalty.weight == setting.weight and model.config.beta1 == 0


def test_the_full_size_is_the_published_schedule():
    full = SETTINGS["full"]
    images = full.steps * full.training["batch_size"]
    assert images == pytest.approx(10e6, rel=0.05) and full.training["schedule_steps"] * 5 == full.steps
    assert (full.weight, full.training["penalty_weight_end"]) == (1.0, 0.1)
    assert (full.settings["beta2"], full.training["beta2_end"]) == (0.9, 0.99)
