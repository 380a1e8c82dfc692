"""The numbers that the quiz of lesson 06 asks for, and where its known mistakes lead."""

from __future__ import annotations

import math

import torch

from ganlab.objectives import Objective, minimax, non_saturating


def _slope(game: Objective, d: float) -> float:
    s = torch.tensor([math.log(d / (1 - d))], dtype=torch.float64, requires_grad=True)
    return torch.autograd.grad(game.generator(None, s), s)[0].item()


def _at(game: Objective) -> float:
    return game.generator(None, torch.zeros(1)).item()


NUMBERS = {
    "06/ratio": lambda: _slope(non_saturating, 0.1) / _slope(minimax, 0.1),
    "06/at-one-half": lambda: _at(non_saturating),
}
MISTAKES = {
    "06/ratio": lambda: {1 / 0.1, 1 / 9, 0.9, _slope(non_saturating, 0.01) / _slope(minimax, 0.01)},
    "06/at-one-half": lambda: {0.5, minimax.discriminator(torch.zeros(1), torch.zeros(1)).item(), _at(minimax)},
}
