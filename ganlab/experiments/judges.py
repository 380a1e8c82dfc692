"""Three discriminators taken to an end: one that is exact at every moment, one that descends, one that is perfect.

Sources: Goodfellow et al. 2014, proposition 1; Arjovsky and Bottou 2017, theorem 2.4.
Lessons: 05 The value function, 06 What the generator feels.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import logsigmoid

from ganlab.errors import UserError
from ganlab.metrics.divergences import normal
from ganlab.objectives import minimax, non_saturating
from ganlab.progress import bar

CLAMP = 1e-7  # the smallest probability whose logarithm `minimise_value` takes


class Felt(NamedTuple):
    """What a frozen G feels at one step of D: the share of right answers, both gradient norms, and epsilon."""

    right: float
    saturating: float
    non_saturating: float
    epsilon: float


def update(optimiser: torch.optim.Optimizer, loss: Tensor) -> None:
    """One step of the optimiser down a scalar loss, from gradients of zero."""
    optimiser.zero_grad()
    loss.backward()
    optimiser.step()


def against_exact(
    loss_G: Callable[[Tensor], Tensor], seed: int, mean: float, std: float, steps: int = 300
) -> tuple[list[float], float, float]:
    """G(z) = mean + std z against the exact D* of every moment, data N(0, 1): V at each step, the last mean and std.

    loss_G: of the scores s* = log p/q of 256 fakes (256,), minimised by Adam. V is an integral over [-14, 14].
    Raises UserError for a std that is not positive.
    """
    if not std > 0:
        raise UserError(f"the generator starts with a positive std, not {std:g}")
    grid, data = torch.linspace(-14, 14, 2801, dtype=torch.float64), normal()
    rng, values = torch.Generator().manual_seed(seed), []
    weights = torch.tensor([mean, math.log(std)]).double().requires_grad_()
    optimiser = torch.optim.Adam([weights], 0.03)
    for _ in bar(range(steps)):
        z = torch.randn(256, generator=rng, dtype=torch.float64)
        fake = weights[0] + weights[1].exp() * z
        law = normal(weights[0].item(), weights[1].exp().item())
        p, q = data(grid), law(grid)
        V = p.exp() * logsigmoid(p - q) + q.exp() * logsigmoid(q - p)
        values.append(0.01 * V.sum().item())
        update(optimiser, loss_G(data(fake) - law(fake)))
    return values, weights[0].item(), weights[1].exp().item()


def minimise_value(seed: int, steps: int = 300) -> tuple[float, float, float, float]:
    """D *descends* E_q log D + E_p log(1 - D), clamped, with q = p = N(0, 1): a wrong formula of the sources, run.

    Returns the last loss, the least and the largest D of the last real batch, and the largest pull on a fake.
    """
    torch.manual_seed(seed)
    D = nn.Sequential(nn.Linear(1, 16), nn.Tanh(), nn.Linear(16, 1), nn.Sigmoid())
    optimiser = torch.optim.Adam(D.parameters(), 1e-2)
    for _ in range(steps):
        real, fake = torch.randn(2, 256, 1)
        fake.requires_grad_()
        loss = D(fake).clamp(min=CLAMP).log().mean() + (1 - D(real)).clamp(min=CLAMP).log().mean()
        update(optimiser, loss)
    lowest, highest = torch.aminmax(D(real))
    assert fake.grad is not None
    return loss.item(), lowest.item(), highest.item(), fake.grad.abs().max().item()


def against_frozen(seed: int, marks: Sequence[int]) -> list[Felt]:
    """Two parallel lines in the plane, one real, one generated and frozen; D learns, and G's gradient is measured.

    marks: the steps of D at which to measure. G can only shift, so its own slope is M = 1. ``epsilon`` is the largest
    D + |grad D| on a fake, so that |saturating| <= epsilon / (1 - epsilon) where epsilon < 1 (theorem 2.4).
    Raises UserError for no marks.
    """
    if not marks:
        raise UserError("name at least one step at which to measure")
    torch.manual_seed(seed)
    D = nn.Sequential(nn.Linear(2, 32), nn.ReLU(), nn.Linear(32, 1))
    optimiser, rows = torch.optim.Adam(D.parameters(), 5e-3), []
    for step in bar(range(max(marks) + 1)):
        real = torch.stack([torch.zeros(64), torch.rand(64)], 1)
        fake = torch.stack([torch.ones(64), torch.rand(64)], 1).requires_grad_()
        s_real, s_fake = D(real), D(fake)
        if step in marks:
            rows.append(_felt(s_real, s_fake, fake))
        update(optimiser, minimax.discriminator(s_real, s_fake))
    return rows


def _felt(s_real: Tensor, s_fake: Tensor, fake: Tensor) -> Felt:
    believed = torch.sigmoid(s_fake)
    values = [believed.sum(), *(game.generator(None, s_fake) for game in (minimax, non_saturating))]
    steep, *slopes = (torch.autograd.grad(value, fake, retain_graph=True)[0] for value in values)
    epsilon = (believed + steep.norm(dim=1, keepdim=True)).max().item()
    right = torch.cat([s_real > 0, s_fake < 0]).float().mean().item()
    saturating, other = (slope.sum(0).norm().item() for slope in slopes)
    return Felt(right, saturating, other, epsilon)
