"""Runs that were broken on purpose and one that was not: their logs, for a reader who is to find what is wrong.

``ganlab experiment run alarm-logs --out book/_static/lab`` trains a small multilayer GAN on the digits for each of
`RUNS` under a monitor, and writes ``logs.js``, from which the widget of the lesson's page draws.

Lesson: 12 Monitoring.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ganlab.data import ImageData, load
from ganlab.experiments.recorder import record
from ganlab.experiments.short_runs import ZeroToOne
from ganlab.files import write_atomically
from ganlab.models import GAN, GANConfig
from ganlab.objectives import OBJECTIVES, PENALTIES
from ganlab.training import ALARMS, Monitor, TrainConfig, Trainer, alarms, use_threads

STEPS = {"small": 120, "normal": 2000, "full": 2000}
EVERY = 40
SHOWN = ("loss_D", "loss_G", "update_D", "update_G", "spread", "outside", "unreached", "overfit_auc")
RUNS: dict[str, dict[str, Any]] = {
    "frozen": {"wrong_weights": True},
    "healthy": {"penalty": "r1", "weight": 0.1},
    "overfit": {"images": 100, "widths": 128},
    "d-has-won": {"objective": "minimax", "d_steps": 5},
    "range": {"zero_to_one": True},
}
"""What is done to each run; the names are those of the alarms that are meant to notice."""


def watched_run(name: str, seed: int, steps: int) -> list[dict[str, Any]]:
    """The log of one of `RUNS`, a row each 40 steps."""
    how = RUNS[name]
    everything, held_out = load("digits"), load("digits", "test")
    assert isinstance(everything, ImageData)
    kind = ZeroToOne if how.get("zero_to_one") else ImageData
    data = kind("digits", everything.images[: how.get("images")])
    width = how.get("widths", 64)
    config = GANConfig(32, 1e-3, d_steps=how.get("d_steps", 1), g_widths=(width, width), d_widths=(2 * width, width))
    objective = OBJECTIVES[how.get("objective", "non-saturating")]
    penalty = PENALTIES[how.get("penalty", "none")].weighted(how.get("weight"))
    model = GAN(data.shape, config, objective, penalty, seed=seed)
    training = TrainConfig(seed=seed, log_every=EVERY, checkpoint_every=10**6)
    trainer = Trainer(model, data, training, where="cpu", threads=torch.get_num_threads(), hooks=[Monitor(held_out)])
    if how.get("wrong_weights"):  # of a copy: the steps that are taken are nobody's
        trainer.model.optimisers["G"] = torch.optim.Adam(copy.deepcopy(model.G).parameters())
    return trainer.run(steps, progress=False)


def alarm_logs(out: str | Path, *, seed: int = 0, size: str | None = None) -> dict[str, Any]:
    """Break runs on purpose, keep their logs for the widget of lesson 12, and record which alarm went off when."""
    size, folder = size or "normal", Path(out)
    folder.mkdir(parents=True, exist_ok=True)
    use_threads(1)
    found, logs = {}, {}
    for name, how in RUNS.items():
        logs[name] = columns(watched_run(name, seed, STEPS[size]))
        first = {alarm.name: alarm.first for alarm in alarms(rows_of(logs[name]))}
        found[name] = {alarm: first.get(alarm) for alarm in ALARMS}
        print(f"{name}: {first}", flush=True)
        config = {**how, "steps": STEPS[size]}
        record(
            folder / "records.jsonl",
            f"alarm-logs-{name}",
            found[name],
            seed=seed,
            config=config,
            size=size,
            device="cpu",
        )
    write_atomically(folder / "logs.js", f"window.ganlabLogs = {json.dumps(logs, allow_nan=False)};\n".encode())
    return found


def columns(rows: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    """Rows as columns: the steps, and each scalar of `SHOWN` to four digits, None where a row lacks it."""
    kept: dict[str, list[Any]] = {"step": [row["step"] for row in rows]}
    for name in SHOWN:
        values = [row.get(name) for row in rows]
        kept[name] = [None if value is None or not np.isfinite(value) else float(f"{value:.4g}") for value in values]
    return kept


def rows_of(log: Mapping[str, Sequence[Any]]) -> list[dict[str, Any]]:
    """The rows of such columns."""
    return [dict(zip(log, values, strict=True)) for values in zip(*log.values(), strict=True)]


EXPERIMENTS = {"alarm-logs": alarm_logs}
