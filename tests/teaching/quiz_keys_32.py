"""The numbers that the quiz of lesson 32 asks for, and where its known mistakes lead."""

from __future__ import annotations

import math

import torch
from torch.nn.functional import softplus

from ganlab.metrics import even_floor
from ganlab.objectives import input_gradient, non_saturating, relativistic, squared_norm


def _same_scores() -> float:
    scores = torch.full((8,), 5.0)
    return relativistic.discriminator(scores, scores).item()


def _mistaken_losses() -> set[float]:
    unsure = torch.zeros(8)
    return {non_saturating.discriminator(unsure, unsure).item(), softplus(torch.tensor(5.0)).item()}


def _charged(scale: float) -> float:
    """E |grad D|^2 where the images are ``scale`` times those in [-1, 1] and D's input is brought back to these."""
    x = torch.rand(16, 3, generator=torch.Generator().manual_seed(0)) * 2 - 1
    slopes = input_gradient(lambda y: (y / scale).tanh().sum(dim=1), scale * x)
    return squared_norm(slopes).mean().item()


NUMBERS = {
    "32/cannot-tell": _same_scores,
    "32/floor": lambda: even_floor(100, 26_000)["kl"],
    "32/other-units": lambda: _charged(1.0) / _charged(0.5),
}
MISTAKES = {
    "32/cannot-tell": _mistaken_losses,
    "32/floor": lambda: {0.0, 99 / 26_000},
    "32/other-units": lambda: {_charged(0.5) / _charged(1.0), math.sqrt(_charged(1.0) / _charged(0.5))},
}
