"""What a monitor can be trusted with: false alarms on healthy runs, and which curve follows the quality of the samples.

Lesson: 12 Monitoring.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from scipy.stats import spearmanr
from torch import Tensor

from ganlab.data import load
from ganlab.experiments.recorder import record
from ganlab.metrics.transport import sliced_w1
from ganlab.models import GAN, GANConfig
from ganlab.objectives import OBJECTIVES, PENALTIES
from ganlab.training import ALARMS, Metric, Monitor, TrainConfig, Trainer, alarms, use_threads

CHECKPOINTS = 20
SEEDS = {"small": 1, "normal": 10, "full": 10}
RECIPES: dict[str, dict[str, Any]] = {
    "ring, R1 and R2": {"data": "ring", "penalty": "r1+r2", "weight": 0.1, "lr": 1e-3, "latent": 2},
    "digits, R1": {"data": "digits", "penalty": "r1", "weight": 0.1, "lr": 5e-4, "latent": 32},
}
"""Runs that nothing is known to be wrong with. None of them is a good one at this length."""
GAMES: dict[str, dict[str, Any]] = {
    "non-saturating": {"objective": "non-saturating", "penalty": "none", "d_steps": 1, "beta1": 0.5, "steps": 600},
    "wgan-gp": {"objective": "wasserstein", "penalty": "gp", "d_steps": 10, "beta1": 0.0, "steps": 300},
}
"""Two games on the ring for `curves_and_quality`: networks with two layers of 64, a rate of 0.001, a batch of 64."""


def false_alarms(out: str | Path, *, seed: int = 0, size: str | None = None) -> dict[str, Any]:
    """Watch healthy runs over ten seeds and count the alarms that go off."""
    size, found = size or "normal", {}
    use_threads(1)
    steps = {"small": 60, "normal": 1500, "full": 10_000}[size]
    for name, recipe in RECIPES.items():
        counts = dict.fromkeys(ALARMS, 0)
        for each in range(seed, seed + SEEDS[size]):
            for alarm in alarms(_healthy(recipe, each, steps)):
                counts[alarm.name] += 1
        found[name] = {"runs": SEEDS[size], "steps": steps, **counts, "all": sum(counts.values())}
        print(f"{name}: {found[name]}", flush=True)
        config = {**recipe, "steps": steps}
        path = Path(out) / "records.jsonl"
        record(path, f"false-alarms-{recipe['data']}", found[name], seed=seed, config=config, size=size, device="cpu")
    return found


def curves_and_quality(out: str | Path, *, seed: int = 0, size: str | None = None) -> dict[str, Any]:
    """Rank correlation of a run's curves with the distance of its samples from the data, over ten seeds."""
    size, found = size or "normal", {}
    use_threads(1)
    for name in GAMES:
        pairs = [watched(name, each)[1] for each in range(seed, seed + SEEDS[size])]
        loss, lead = ([pair[k] for pair in pairs] for k in ("loss_G", "lead"))
        found[name] = {
            "runs": len(pairs), "loss_lowest": round(min(loss), 2), "loss_highest": round(max(loss), 2),
            "lead_lowest": round(min(lead), 2), "lead_highest": round(max(lead), 2),
            "loss": [round(v, 2) for v in loss], "lead": [round(v, 2) for v in lead],
        }  # fmt: skip
        print(f"{name}: {found[name]}", flush=True)
        record(
            Path(out) / "records.jsonl", f"curves-{name}", found[name], seed=seed, config=GAMES[name], size=size,
            device="cpu",
        )  # fmt: skip
    return found


def watched(name: str, seed: int) -> tuple[list[dict[str, Any]], dict[str, float]]:
    """Train one of `GAMES` on the ring; return its rows at 20 checkpoints, and Spearman's rank correlation of two
    curves with the sliced W1 of 2 000 samples: G's loss, and D's lead (mean score of real less that of generated).

    The first two checkpoints are left out: D begins untrained, and its scores with it.
    """
    game = GAMES[name]
    ring, held_out = load("ring"), load("ring", "test")
    reference = held_out.floats(slice(0, 2000))
    every = game["steps"] // CHECKPOINTS

    def distance(x: Tensor) -> float:
        return float(sliced_w1(x, reference, 64, torch.Generator().manual_seed(0)))

    config = GANConfig(
        latent=2, lr=1e-3, beta1=game["beta1"], d_steps=game["d_steps"], g_widths=(64, 64), d_widths=(64, 64)
    )
    penalty = PENALTIES[game["penalty"]].weighted(1.0)
    model = GAN((2,), config, OBJECTIVES[game["objective"]], penalty, seed)
    monitor = Monitor(held_out, Metric("sliced W1", distance, 2000, every))  # type: ignore[arg-type]
    training = TrainConfig(seed=seed, log_every=every, ema_halflife=5, checkpoint_every=10**6)
    trainer = Trainer(model, ring, training, where="cpu", threads=torch.get_num_threads(), hooks=[monitor])
    rows = [row for row in trainer.run(game["steps"], progress=False) if row["step"] % every == 0]
    for row in rows:
        row["lead"] = row["logit_train"] - row["logit_generated"]
    late = rows[2:]
    quality = [row["metric_sliced W1"] for row in late]
    return rows, {curve: float(spearmanr([row[curve] for row in late], quality)[0]) for curve in ("loss_G", "lead")}


def _healthy(recipe: dict[str, Any], seed: int, steps: int) -> list[dict[str, Any]]:
    data = load(recipe["data"])
    config = GANConfig(latent=recipe["latent"], lr=recipe["lr"], g_widths=(64, 64), d_widths=(64, 64))
    penalty = PENALTIES[recipe["penalty"]].weighted(recipe["weight"])
    model = GAN(data.shape, config, penalty=penalty, seed=seed)
    training = TrainConfig(seed=seed, log_every=20, checkpoint_every=10**6)
    monitor = Monitor(load(recipe["data"], "test"))
    return Trainer(model, data, training, where="cpu", threads=torch.get_num_threads(), hooks=[monitor]).run(
        steps, progress=False
    )


EXPERIMENTS = {"false-alarms": false_alarms, "curves-and-quality": curves_and_quality}
