"""The numbers that the quiz of lesson 05 asks for, and where its known mistakes lead."""

from __future__ import annotations

import math

import torch

from ganlab.metrics.divergences import game_value, normal, optimal_discriminator
from ganlab.objectives import minimax


def _height(value: float):
    return lambda x: torch.full_like(x, math.log(value))


def _best(p: float, q: float) -> float:
    return optimal_discriminator(_height(p), _height(q))(torch.zeros(1, dtype=torch.float64)).item()


NUMBERS = {
    "05/loss-at-the-end": lambda: minimax.discriminator(torch.zeros(1), torch.zeros(1)).item(),
    "05/one-point": lambda: _best(0.3, 0.1),
}
MISTAKES = {
    "05/loss-at-the-end": lambda: {
        round(-game_value(normal(), normal(60.0), (-12.0, 72.0)).value, 6),
        math.log(2),
        game_value(normal(), normal(), (-12.0, 12.0)).value,
        _best(1.0, 1.0),
    },
    "05/one-point": lambda: {_best(0.1, 0.3), 0.3 / 0.1, 0.3, math.log(0.3 / 0.1)},
}
