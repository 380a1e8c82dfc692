"""What training ten seeds side by side is worth: ten plain loops against one batched model, in one interleaved run.

The gain is that of overhead shared: large where the networks are small, nothing where one network already fills the
processor. Lesson: 11 Failures and stabilisers.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from ganlab.data.mixtures import ring
from ganlab.experiments.recorder import record
from ganlab.objectives import OBJECTIVES, PENALTIES
from ganlab.training.many import ManyConfig, ManyGANs, players

SEEDS = 10
WIDTHS = {"small": (8,), "normal": (32, 64, 128), "full": (32, 64, 128, 256)}
ROUNDS = {"small": 2, "normal": 9, "full": 15}
STEPS = 5


def plain_loop(config: ManyConfig, seed: int) -> Callable[[], None]:
    """One seed as anybody would write it: two modules, two fused optimisers, the package's losses and penalties.

    Returns the function that takes one step. Takes an objective, a penalty and Adam's settings from ``config``.
    """
    law, rng = ring(), torch.Generator().manual_seed(seed)
    G, D = players(config, seed)
    objective, penalty = OBJECTIVES[config.objective], PENALTIES[config.penalty].weighted(config.weight)
    betas = (config.beta1, config.beta2)
    adam_g = torch.optim.Adam(G.parameters(), config.lr_g, betas, fused=True)
    adam_d = torch.optim.Adam(D.parameters(), config.lr_d, betas, fused=True)

    def noise() -> torch.Tensor:
        return torch.randn(config.batch, config.latent, generator=rng)

    def step() -> None:
        real, _ = law.sample(config.batch, rng)
        with torch.no_grad():
            fake = G(noise())
        loss = objective.discriminator(D(real), D(fake)) + penalty.weight * penalty.loss(D, real, fake, rng)
        adam_d.zero_grad()
        loss.backward()
        adam_d.step()
        D.requires_grad_(False)
        loss = objective.generator(None, D(G(noise())))
        adam_g.zero_grad()
        loss.backward()
        adam_g.step()
        D.requires_grad_(True)

    return step


def many_gain(out: str | Path, *, seed: int = 0, size: str | None = None) -> dict[str, Any]:
    """Time ten seeds one by one and as one batched model, at several widths, with and without R1 + R2."""
    size, found = size or "normal", {}
    for width in WIDTHS[size]:
        for penalty, weight in (("none", 0.0), ("r1+r2", 0.1)):
            config = ManyConfig(width_g=width, width_d=width, batch=128, penalty=penalty, weight=weight)
            name = f"many-gain-{width}-{penalty}"
            found[name] = _timed(config, range(seed, seed + SEEDS), ROUNDS[size])
            print(name, found[name])
            record(
                Path(out) / "records.jsonl", name, found[name],
                seed=seed, config=asdict(config), size=size, device="cpu",
            )  # fmt: skip
    return found


def _timed(config: ManyConfig, seeds: range, rounds: int) -> dict[str, float]:
    """Processor time of a step of all seeds, both ways, and the median of the rounds' ratios with its range."""
    loops, gans = [plain_loop(config, seed) for seed in seeds], ManyGANs(config, ring(), seeds)

    def separate() -> None:
        for loop in loops:
            for _ in range(STEPS):
                loop()

    def together() -> None:
        gans.train(gans.steps + STEPS)

    def seconds(call: Callable[[], None]) -> float:
        start = time.process_time()
        call()
        return (time.process_time() - start) / STEPS

    for warm in (separate, together):
        warm()
    pairs = [(seconds(separate), seconds(together)) for _ in range(rounds)]
    ratios = [a / b for a, b in pairs]
    return {
        "separate_ms": 1e3 * statistics.median(a for a, _ in pairs),
        "together_ms": 1e3 * statistics.median(b for _, b in pairs),
        "ratio": statistics.median(ratios),
        "ratio_low": min(ratios),
        "ratio_high": max(ratios),
    }


EXPERIMENTS: dict[str, Callable[..., dict[str, Any]]] = {"many-gain": many_gain}
