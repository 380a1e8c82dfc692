"""The numbers that the quiz of lesson 08 asks for, and where its known mistakes lead."""

from __future__ import annotations

import math

import torch
from torch import nn

from ganlab.layers import lipschitz_bound
from ganlab.metrics.transport import w1_sorted
from ganlab.objectives import clip_weights

X, Y = torch.tensor([0.0, 1.0]), torch.tensor([0.0, 3.0])


def _steepest(bound: float, layers: int = 5) -> float:
    """The bound on the slope of a critic whose weights all sit at the clipping bound."""
    critic = nn.Sequential(*(nn.Linear(4, 4) for _ in range(layers)))
    for parameter in critic.parameters():
        nn.init.constant_(parameter, 1.0)
    clip_weights(critic, bound)
    return lipschitz_bound(critic)


def _penalised_slope(weight: float, distance: float = 1.0) -> float:
    """The slope g that earns most: distance g - weight (g - 1)^2, found on a fine grid."""
    g = torch.linspace(0, 4, 400_001, dtype=torch.float64)
    return g[(distance * g - weight * (g - 1).square() * 1.0).argmax()].item()


def _jsd(shared: float) -> float:
    """JSD of two laws that agree on a share of their mass and never meet elsewhere."""
    return (1 - shared) * math.log(2)


NUMBERS = {
    "08/two-points": lambda: w1_sorted(X, Y).item(),
    "08/halved-clip": lambda: _steepest(0.02) / _steepest(0.01),
    "08/penalty-slope": lambda: _penalised_slope(5.0),
}
MISTAKES = {
    "08/two-points": lambda: {(X - Y.flip(0)).abs().mean().item(), (X - Y).square().mean().sqrt().item(), _jsd(0.5)},
    "08/halved-clip": lambda: {2.0, 2.0 * 5, _steepest(0.02, layers=4) / _steepest(0.01, layers=4)},
    "08/penalty-slope": lambda: {1.0, 1 + 1 / 5, _penalised_slope(10.0)},
}
