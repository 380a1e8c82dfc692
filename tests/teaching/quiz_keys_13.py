"""The numbers that the quiz of lesson 13 asks for, and where its known mistakes lead."""

from __future__ import annotations

import torch

from ganlab.metrics import duplicate_probability, frechet_gaussians, support_from_half


def _one(mean: float, variance: float) -> tuple[torch.Tensor, torch.Tensor]:
    return torch.tensor([mean]), torch.tensor([[variance]])


def _support(draws: int = 40) -> int:
    """The support at which a batch holds a duplicate with chance one half, by exact probabilities."""
    support = draws
    while duplicate_probability(draws, support) > 0.5:
        support += 1
    return support


NUMBERS = {
    "13/one-dimension": lambda: frechet_gaussians(*_one(0, 1), *_one(1, 9)),
    "13/flagged-bins": lambda: 60 * 0.05,
    "13/support": lambda: float(_support()),
}
MISTAKES = {
    "13/one-dimension": lambda: {1.0 + (1 - 9) ** 2, 1.0 + abs(1 - 9), (1.0 - 3) ** 2},
    "13/flagged-bins": lambda: {0.0, 60 * 0.95},
    "13/support": lambda: {2.0 * 40, round(2 * support_from_half(40))},
}
