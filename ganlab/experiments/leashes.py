"""A critic between two parallel lines, on one of four leashes: the cheapest place to see what a leash does to a slope.

The real points lie on an upright line at 0, the generated ones on the same line at theta (Arjovsky et al. 2017,
example 1), so that W1 is |theta|, and the best critic of slope 1 falls evenly from one line to the other.

Lesson: 08 Wasserstein: geometry, duality, Lipschitz.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from ganlab.errors import UserError, unknown
from ganlab.layers import with_spectral_norm
from ganlab.objectives import PENALTIES, Objective, clip_weights, input_gradient, wasserstein

LEASHES = ("none", "clip", "spectral", "gp")
WIDTH, BATCH, RATE = 64, 64, 3e-3


def line(theta: float | Tensor, heights: Tensor | int = 64) -> Tensor:
    """Points (N, 2) on the upright line at x_1 = theta, at these heights (N, 1), or at so many from 0 to 1."""
    h = torch.linspace(0, 1, heights)[:, None] if isinstance(heights, int) else heights
    return torch.cat([theta + 0 * h, h], dim=1)


def critic(depth: int) -> nn.Sequential:
    """A ReLU network of the plane with ``depth`` linear layers, 64 units wide. Raises UserError for fewer than two."""
    if depth < 2:
        raise UserError(f"the critic between the lines has two layers or more, not {depth}")
    layers: list[nn.Module] = [nn.Linear(2, WIDTH), nn.ReLU()]
    for _ in range(depth - 2):
        layers += [nn.Linear(WIDTH, WIDTH), nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(WIDTH, 1))


def train_critic(
    leash: str,
    steps: int,
    weight: float | None = None,
    theta: float = 1.0,
    depth: int = 3,
    objective: Objective = wasserstein,
    seed: int = 0,
) -> nn.Sequential:
    """Train D alone between the lines at 0 and at theta, with Adam and a rate that falls to 0; return it.

    leash: one of `LEASHES`: none; weights clipped to [-weight, weight] after each step; spectral normalisation of every
    layer; a gradient penalty times weight. weight: None for the published one. Real and generated points are paired at
    equal heights. Raises UserError for another leash, and for no steps.
    """
    if leash not in LEASHES:
        raise unknown("leash", leash, LEASHES)
    if steps < 1:
        raise UserError(f"a critic is trained for one step or more, not {steps}")
    torch.manual_seed(seed)
    D = critic(depth)
    if leash == "spectral":
        with_spectral_norm(D)
    penalty = PENALTIES[leash if leash in PENALTIES else "none"].weighted(weight)
    optimiser = torch.optim.Adam(D.parameters(), RATE, (0.0, 0.9))
    for step in range(steps):
        optimiser.param_groups[0]["lr"] = RATE * (1 - step / steps)
        heights = torch.rand(BATCH, 1)
        real, fake = line(0.0, heights), line(theta, heights)
        loss = objective.discriminator(D(real), D(fake)) + penalty.weight * penalty.loss(D, real, fake, None)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        if penalty.clips:
            clip_weights(D, penalty.weight)
    return D.eval()


class Measured(NamedTuple):
    """What a critic says of two lines."""

    value: float
    slope: float


def measure(D: nn.Module, theta: float = 1.0) -> Measured:
    """E_p f - E_q f between the lines, and the largest size of the gradient of f between them."""
    real, fake = line(0.0), line(theta)
    mixed = real.lerp(fake, torch.linspace(0, 1, 21)[:, None, None])
    slope = input_gradient(D, mixed.reshape(-1, 2)).norm(dim=1)
    return Measured((D(real).mean() - D(fake).mean()).item(), slope.max().item())
