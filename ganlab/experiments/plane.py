"""A GAN small enough to watch: two networks of the plane, stepped one player at a time, and its recorded runs.

``ganlab experiment run plane-frames --out book/_static/lab/frames`` trains one GAN for each loss and writes what the
book's player needs: a script of some hundred kilobytes for each, with the weights of both networks at every frame.

Lessons: 06 What the generator feels, 09 The game.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ganlab.data.mixtures import GaussianMixture, ring
from ganlab.errors import UserError, unknown
from ganlab.experiments.parts import chosen
from ganlab.experiments.recorder import record
from ganlab.files import write_atomically
from ganlab.metrics import mode_counts
from ganlab.objectives import OBJECTIVES, PENALTIES
from ganlab.viz import PlaneFrame, plane_frame
from ganlab.viz.plane import latent_lines

LAW = ring(std=0.1)
SHOWN = 128  # points of each kind in a frame


@dataclass(frozen=True)
class PlaneConfig:
    """What a run in the plane needs to be repeated. Both networks have two hidden layers of ``width`` tanh units."""

    objective: str = "non-saturating"
    penalty: str = "none"
    weight: float | None = None
    width: int = 24
    lr_g: float = 2e-3
    lr_d: float = 6e-3
    beta1: float = 0.0
    beta2: float = 0.9
    batch: int = 128
    seed: int = 0


RUNS: dict[str, PlaneConfig] = {
    "minimax": PlaneConfig("minimax"),
    "non-saturating": PlaneConfig("non-saturating"),
    "least-squares": PlaneConfig("least-squares"),
    "wasserstein": PlaneConfig("wasserstein", "gp", 0.1),
    "relativistic": PlaneConfig("relativistic", "r1+r2", 0.03),
}
"""The losses to set side by side, with the penalty that each needs. Rates and networks are the same for all."""


class PlaneGAN:
    """A GAN in the plane that moves one player at a time.

    config: a `PlaneConfig`, or a name of `RUNS`. law: where the real points come from.
    Noise has two coordinates. Same config, same law: same bits on one machine.
    Raises UserError for names that do not exist and for sizes or rates that are not positive.
    """

    def __init__(self, config: PlaneConfig | str = "non-saturating", law: GaussianMixture = LAW) -> None:
        if isinstance(config, str):
            if config not in RUNS:
                raise unknown("run", config, RUNS)
            config = RUNS[config]
        if config.objective not in OBJECTIVES:
            raise unknown("objective", config.objective, OBJECTIVES)
        if config.penalty not in PENALTIES or PENALTIES[config.penalty].clips:
            raise unknown("penalty", config.penalty, [name for name, each in PENALTIES.items() if not each.clips])
        if min(config.width, config.batch, config.lr_g, config.lr_d) <= 0:
            raise UserError("widths, batch sizes and learning rates are positive")
        self.config, self.law = config, law
        self.objective = OBJECTIVES[config.objective]
        self.penalty = PENALTIES[config.penalty].weighted(config.weight)
        self.restart()

    def restart(self) -> None:
        """Back to the first weights, and to the first random number."""
        config = self.config
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(config.seed)
            self.G, self.D = _network(config.width, 2), _network(config.width, 1)
        self.rng = torch.Generator().manual_seed(config.seed)
        betas = (config.beta1, config.beta2)
        self._adam_g = torch.optim.Adam(self.G.parameters(), config.lr_g, betas)
        self._adam_d = torch.optim.Adam(self.D.parameters(), config.lr_d, betas)
        self.steps_d = self.steps_g = 0
        shown = torch.Generator().manual_seed(config.seed + 1)
        self._real, _ = self.law.sample(SHOWN, shown)
        self._noise = torch.randn(SHOWN, 2, generator=shown)

    def step_d(self) -> float:
        """One update of D alone, on fresh points; returns L_D before it, without the penalty."""
        real, fake = self._batch(), self.G(self._draw()).detach()
        loss = self.objective.discriminator(self.D(real), self.D(fake))
        penalty = self.penalty.weight * self.penalty.loss(self.D, real, fake, self.rng)
        _move(self._adam_d, loss + penalty)
        self.steps_d += 1
        return loss.item()

    def step_g(self) -> float:
        """One update of G alone, on fresh points; returns L_G before it."""
        fake = self.G(self._draw())
        real = self.D(self._batch()).detach() if self.objective.paired else None
        loss = self.objective.generator(real, self.D(fake))
        _move(self._adam_g, loss)
        self.steps_g += 1
        return loss.item()

    def step(self) -> tuple[float, float]:
        """D moves, then G; returns (L_D, L_G)."""
        return self.step_d(), self.step_g()

    def frame(self) -> PlaneFrame:
        """The five layers as they are now, always at the same real points and the same noise; counts the steps of G."""
        return plane_frame(self._real, self.G, self.D, self._noise, self.objective, step=self.steps_g)

    def weights(self) -> Tensor:
        """All weights of G, then all of D, layer by layer (matrix row by row, then bias), float32 (n,)."""
        parameters = [*self.G.parameters(), *self.D.parameters()]
        return torch.cat([p.detach().flatten() for p in parameters])

    def _draw(self) -> Tensor:
        return torch.randn(self.config.batch, 2, generator=self.rng)

    def _batch(self) -> Tensor:
        return self.law.sample(self.config.batch, self.rng)[0]


def plane_film(gan: PlaneGAN, steps: Iterable[int]) -> list[PlaneFrame]:
    """Train on and keep the frames after each of these numbers of G's steps, which must not fall.

    Raises UserError for a step that lies behind.
    """
    film = []
    for wanted in steps:
        if wanted < gan.steps_g:
            raise UserError(
                f"this run is at step {gan.steps_g} already: call restart() before asking for step {wanted}"
            )
        while gan.steps_g < wanted:
            gan.step()
        film.append(gan.frame())
    return film


def _network(width: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Linear(2, width), nn.Tanh(), nn.Linear(width, width), nn.Tanh(), nn.Linear(width, outputs)
    )  # fmt: skip


def _move(optimiser: torch.optim.Optimizer, loss: Tensor) -> None:
    optimiser.zero_grad()
    loss.backward()
    optimiser.step()


FRAMES = {"small": 4, "normal": 40, "full": 40}
LAST = {"small": 20, "normal": 2000, "full": 2000}


def plane_frames(
    out: str | Path, *, seed: int = 0, size: str | None = None, only: Sequence[str] = ()
) -> dict[str, Any]:
    """Train one GAN in the plane for each loss and write the frames that the book's player shows."""
    size, folder, names, found = size or "normal", Path(out), chosen("run", RUNS, only), {}
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        gan = PlaneGAN(PlaneConfig(**{**asdict(RUNS[name]), "seed": seed}))
        steps, losses, weights = frame_steps(FRAMES[size], LAST[size]), [], []
        for step in steps:
            seen = (float("nan"), float("nan"))
            while gan.steps_g < step:
                seen = gan.step()
            losses.append(seen)
            weights.append(gan.weights())
        write_atomically(folder / f"{name}.js", script(name, gan, steps, losses, torch.stack(weights)).encode())
        found[name] = _summary(gan)
        print(f"{name}: {found[name]}")
        record(
            folder / "records.jsonl",
            f"plane-{name}",
            {**found[name], "steps": steps[-1], "frames": len(steps)},
            seed=seed,
            config=asdict(gan.config),
            size=size,
            device="cpu",
        )
    return found


def frame_steps(count: int, last: int) -> list[int]:
    """``count`` steps from 0 to ``last``, dense at the beginning: rounded powers, each at least one after another."""
    steps = [0]
    for place in range(1, count):
        steps.append(max(steps[-1] + 1, round(last ** (place / (count - 1)))))
    return steps


def script(name: str, gan: PlaneGAN, steps: list[int], losses: list[tuple[float, float]], weights: Tensor) -> str:
    """One run as a script that any page can load, also one opened as a file: settings in JSON, weights in half floats.

    weights: (frames, n), as `PlaneGAN.weights` returns them, written little-endian in base64.
    """
    across, along = latent_lines()
    run = {
        "name": name,
        "config": asdict(gan.config),
        "weight": gan.penalty.weight,
        "centres": [[round(x, 6), round(y, 6)] for x, y in gan.law.centres],
        "std": gan.law.std,
        "steps": steps,
        "losses": [[None if np.isnan(x) else round(x, 4) for x in pair] for pair in losses],
        "lines": {"across": [round(x, 5) for x in across.tolist()], "along": [round(x, 5) for x in along.tolist()]},
        "weights": base64.b64encode(weights.numpy().astype("<f2").tobytes()).decode(),
    }
    return f"(window.ganlabRuns = window.ganlabRuns || []).push({json.dumps(run, allow_nan=False)});\n"


def _summary(gan: PlaneGAN, n: int = 2500) -> dict[str, float]:
    """Modes by the strict count, and the share of high quality (`ganlab.metrics.mode_counts`)."""
    rng = torch.Generator().manual_seed(0)
    with torch.no_grad():
        found = mode_counts(gan.G(torch.randn(n, 2, generator=rng)), gan.law)
    return {"modes": found.strict, "near": round(found.quality, 4)}


EXPERIMENTS = {"plane-frames": plane_frames}
