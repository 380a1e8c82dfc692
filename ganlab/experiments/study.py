"""Studies over seeds: every variant trains all its seeds as one batch, and a study that was killed goes on.

A study is a list of variants. Each leaves one row a seed in ``out/records.jsonl``; while a variant trains, its whole
state lies in ``out/NAME.pt``. Run again with the same folder, a study skips what is recorded and goes on where it
stopped, to the same rows (but for time, seconds and commit).

Lesson: 11 Failures and stabilisers.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch

from ganlab.data.mixtures import GaussianMixture
from ganlab.errors import UserError
from ganlab.experiments.recorder import read, record
from ganlab.metrics.modes import mode_counts
from ganlab.training import checkpoint
from ganlab.training.many import ManyConfig, ManyGANs

SAMPLES = 2500
LOOK = 50
SAVE_EVERY = 30.0


@dataclass(frozen=True)
class Variant:
    """One row of a table: its name, what it trains on which law, and columns of words (a cause, a source)."""

    name: str
    config: ManyConfig
    law: GaussianMixture
    words: dict[str, str] = field(default_factory=dict)

    def described(self) -> dict[str, Any]:
        """The variant as the record's ``config``: all settings, the law, the words."""
        law = {"law": self.law.name, "modes": len(self.law.centres), "std": self.law.std}
        return {**asdict(self.config), "fourier": list(self.config.fourier), **law, **self.words}


def run_study(variants: Sequence[Variant], out: str | Path, seeds: Sequence[int], size: str) -> dict[str, Any]:
    """Train what is not recorded yet in ``out`` and return the means of each variant over its seeds.

    Values of a row: modes, strict, quality, kl, spread (`ganlab.metrics.mode_counts` of 2500 samples; a seed whose
    points are not finite covers nothing), gradient (the mean norm of G's gradient over the second half, before any
    clipping; None if not finite), seconds (processor time of this seed's share), finite.
    Raises UserError where ``out`` holds rows of the same names with other settings or another size.
    """
    path = Path(out) / "records.jsonl"
    found: dict[str, Any] = {}
    for variant in variants:
        rows = _recorded(path, variant, size)
        missing = [seed for seed in seeds if seed not in rows]
        if missing:
            values = _train(variant, Path(out) / f"{variant.name}.pt", seeds)
            for seed in missing:
                rows[seed] = record(
                    path, variant.name, values[seed], seed=seed, config=variant.described(), size=size, device="cpu"
                )["values"]
        (Path(out) / f"{variant.name}.pt").unlink(missing_ok=True)
        found[variant.name] = _means([rows[seed] for seed in seeds])
        print(variant.name + ":", ", ".join(f"{key} {value:.3g}" for key, value in found[variant.name].items()))
    return found


def _train(variant: Variant, path: Path, seeds: Sequence[int]) -> dict[int, dict[str, Any]]:
    gans = ManyGANs(variant.config, variant.law, seeds)
    norms = torch.zeros(len(seeds), dtype=torch.float64)
    looks, seconds = 0, 0.0
    if path.exists():
        saved = checkpoint.load(path)
        gans.load(saved["gans"])
        norms, looks, seconds = saved["norms"], saved["looks"], saved["seconds"]
    written, started = time.monotonic(), time.process_time()
    while gans.steps < variant.config.steps:
        gans.train(min(gans.steps + LOOK, variant.config.steps))
        if 2 * gans.steps >= variant.config.steps:
            norms, looks = norms + gans.norms["G"].double(), looks + 1
        if time.monotonic() - written > SAVE_EVERY:
            spent = seconds + time.process_time() - started
            state = {"gans": gans.state(), "norms": norms, "looks": looks, "seconds": spent}
            checkpoint.save(path, state)
            written = time.monotonic()
    seconds += time.process_time() - started
    means = norms / max(looks, 1)
    return {
        seed: {**_measured(points, variant.law), "gradient": _finite(mean), "seconds": round(seconds / len(seeds), 3)}
        for seed, points, mean in zip(seeds, gans.sample(SAMPLES), means, strict=True)
    }


def _measured(points: torch.Tensor, law: GaussianMixture) -> dict[str, Any]:
    if not bool(torch.isfinite(points).all()):
        return {"modes": 0, "strict": 0, "quality": 0.0, "kl": None, "spread": None, "finite": False}
    return {**mode_counts(points, law).values(), "finite": True}


def _finite(value: torch.Tensor) -> float | None:
    return float(value) if bool(torch.isfinite(value)) else None


def _recorded(path: Path, variant: Variant, size: str) -> dict[int, dict[str, Any]]:
    rows = read(path, variant.name) if path.exists() else []
    for row in rows:
        if row["config"] != variant.described() or row["size"] != size:
            raise UserError(
                f"{path} holds rows of {variant.name} with other settings or another size: choose another --out"
            )
    return {row["seed"]: row["values"] for row in rows}


def _means(rows: Sequence[dict[str, Any]]) -> dict[str, float]:
    numbers = {key: [row[key] for row in rows if row[key] is not None] for key in rows[0] if key != "finite"}
    return {key: sum(values) / len(values) for key, values in numbers.items() if values}
