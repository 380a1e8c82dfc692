"""Stacked digits under four games: GAN or relativistic loss, R1 alone or R1 + R2 (Huang et al. 2024, table 1).

``ganlab experiment run stacked --out runs/stacked`` trains each cell of `CELLS` in a run folder of its own, draws
26 000 samples and counts the modes that the classifier of single digits sees in them, beside two floors: what a
perfectly even sampler gets, and what the real test images get through the same classifier. Killed and called again,
it goes on.

small: 100 modes of the embedded 8x8 digits, a few steps. normal: 100 modes of MNIST, on a CPU, with the convolutional
networks of DCGAN without normalisation (what is compared is the game, and R3GAN's own networks are slow there).
full: the 1 000 modes with R3GAN's networks and schedules, on one GPU.

Lesson: 32 R3GAN.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ganlab.data.stacked import STACKS
from ganlab.errors import NonFiniteError
from ganlab.experiments.parts import chosen
from ganlab.experiments.recorder import read, record
from ganlab.metrics.stacked import SAMPLES, even_floor, real_floor_of_stacks, stacked_counts
from ganlab.training import RunFolder, choose_device, open_run, train_run
from ganlab.training.device import fastest_precision

CELLS = {
    "gan+r1": ("non-saturating", "r1"),
    "gan+r1+r2": ("non-saturating", "r1+r2"),
    "relativistic+r1": ("relativistic", "r1"),
    "relativistic+r1+r2": ("relativistic", "r1+r2"),
}
"""The objective and the penalty of each cell."""


@dataclass(frozen=True)
class Setting:
    """What all cells share at a run size: the data, the model, the steps, and the rest as in ``config.json``."""

    data: str
    model: str
    steps: int
    settings: dict[str, Any]
    training: dict[str, Any]
    weight: float = 0.1
    side: int | None = None


_CONVOLUTIONAL = {"norm": "none", "beta1": 0.0, "beta2": 0.99, "lr": 5e-3}

SETTINGS = {
    "small": Setting(
        "stacked-digits", "dcgan", 60, {**_CONVOLUTIONAL, "width": 8},
        {"batch_size": 32, "lr_end": 1e-4, "schedule_steps": 60, "ema_halflife": 20.0},
    ),
    "normal": Setting(
        "stacked-mnist-100", "dcgan", 14_000,
        {**_CONVOLUTIONAL, "width": 32, "d_channels": [16, 32, 64], "g_extra": 1},
        {"batch_size": 32, "lr_end": 1e-4, "schedule_steps": 14_000, "ema_halflife": 300.0},
        weight=0.05,
    ),
    "full": Setting(
        "stacked-mnist", "r3gan", 20_000, {"width": 192, "lr": 2e-4, "beta2": 0.9},
        {"batch_size": 512, "ema_halflife": 0.0, "schedule_steps": 4000, "lr_end": 5e-5, "beta2_end": 0.99,
         "ema_halflife_end": 1000.0, "penalty_weight_end": 0.1},
        weight=1.0, side=32,
    ),
}  # fmt: skip
"""full: 10 million images of which 2 million are burn-in, as published, at 1.6 M parameters a player."""


def stacked(out: str | Path, *, seed: int = 0, size: str | None = None, only: Sequence[str] = ()) -> dict[str, Any]:
    """Modes of stacked digits under four games: GAN or relativistic, R1 or R1 + R2."""
    size = size or "normal"
    path, found = Path(out) / "records.jsonl", {}
    for cell in chosen("cell", CELLS, only):
        name = f"stacked-{cell}"
        rows = [r for r in (read(path, name) if path.exists() else []) if (r["seed"], r["size"]) == (seed, size)]
        if not rows:
            values = run_cell(cell, SETTINGS[size], Path(out) / f"{cell}-{size}-{seed}", seed)
            config = {**asked(cell, SETTINGS[size], seed), "precision": fastest_precision(choose_device())}
            rows = [record(path, name, values, seed=seed, config=config, size=size, device=choose_device())]
        found[cell] = values = rows[-1]["values"]
        print(
            f"{cell}: {values['modes']} of {values['total']} modes (an even sampler: {values['even_modes']:.1f}), KL"
            f" {values['kl']} (even {values['even_kl']:.4f}, real test images {values['real_kl']:.4f}; the classifier"
            f" mistakes {100 * values['mistaken']:.2f} % of them)"
        )
    return found


def asked(cell: str, setting: Setting, seed: int) -> dict[str, Any]:
    """What a cell asks of `train_run`, as in ``config.json``."""
    objective, penalty = CELLS[cell]
    every = {"log_every": 100, "checkpoint_every": 250, "sample_every": 10_000, "seed": seed}
    return {
        "objective": objective, "penalty": penalty, "penalty_weight": setting.weight, "size": setting.side,
        "settings": setting.settings, "training": {**setting.training, **every},
    }  # fmt: skip


def run_cell(cell: str, setting: Setting, folder: Path, seed: int) -> dict[str, Any]:
    """Train one cell, or go on with it, and count. A run that diverges covers nothing, and says at which step."""
    choices = {k: v for k, v in asked(cell, setting, seed).items() if v is not None}
    floors = _floors(setting)
    try:
        trainer = train_run(
            setting.model, setting.data, folder, steps=setting.steps, asked=choices, monitor=False,
            precision=fastest_precision(choose_device()), resume=RunFolder(folder).config_path.exists(), say=print,
        )  # fmt: skip
    except NonFiniteError as error:
        return {"modes": 0, "kl": None, "finite": False, "reason": str(error), "steps": setting.steps, **floors}
    counts = stacked_counts(open_run(folder).sample(SAMPLES), setting.data)
    seconds = trainer.log[-1]["seconds"]
    return {"modes": counts.modes, "kl": counts.kl, "finite": True, "steps": trainer.step, "seconds": seconds, **floors}


def _floors(setting: Setting) -> dict[str, Any]:
    total = STACKS[setting.data].modes
    even = even_floor(total)
    real, mistaken = real_floor_of_stacks(setting.data)
    return {
        "total": total, "n": SAMPLES, "even_modes": even["modes"], "even_kl": even["kl"], "real_modes": real.modes,
        "real_kl": real.kl, "mistaken": mistaken,
    }  # fmt: skip


EXPERIMENTS: dict[str, Callable[..., dict[str, Any]]] = {"stacked": stacked}
