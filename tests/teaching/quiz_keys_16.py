"""The numbers that the quiz of lesson 16 asks for, and where its known mistakes lead."""

from __future__ import annotations

import torch
from torch import nn

from ganlab.listings.specimens import l3


def _up(padding: int = 1) -> int:
    return nn.ConvTranspose2d(1, 1, 4, 2, padding)(torch.zeros(1, 1, 7, 7)).shape[-1]


def _down() -> int:
    return nn.Conv2d(1, 1, 4, 2, 1)(torch.zeros(1, 1, 7, 7)).shape[-1]


def _pixels_seen() -> int:
    """How wide a patch of the image a gradient of one score of the listing's discriminator reaches."""
    x = torch.zeros(1, 3, 64, 64, requires_grad=True)
    scores = l3.discriminator()(x)
    (slope,) = torch.autograd.grad(scores[0, 0, 6, 6], x)
    rows = slope.abs().sum((0, 1, 3)).nonzero()
    return int(rows.max() - rows.min()) + 1


def _torchs_share() -> float:
    """The momentum under which torch keeps 0.8 of the old statistics: zeros stay after a batch of ones to 0.8."""
    layer = nn.BatchNorm1d(1, momentum=0.2)
    layer(torch.ones(2, 1))
    assert abs(layer.running_mean.item() - (1 - 0.8)) < 1e-6
    return layer.momentum


NUMBERS = {
    "16/one-up": _up,
    "16/three-down": _pixels_seen,
    "16/keras": _torchs_share,
}
MISTAKES = {
    "16/one-up": lambda: {float(_down()), float(_up(padding=0)), _up(padding=0) - 1.0},
    "16/three-down": lambda: {1.0 + 3 * 3, 3.0 * 4, 1.0 + 3 + 3 * 2 + 3 * 2},
    "16/keras": lambda: {0.8, nn.BatchNorm2d(1).momentum},
}
