"""The first images of generators that upsample in different ways, and the peak that a grid leaves in their spectrum.

After Odena, Dumoulin and Olah 2016. Lesson: 16 DCGAN.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import torch
from torch import Tensor, nn

CHANNELS = (32, 16, 8, 1)


def first_images(way: Callable[[int, int], nn.Module], seed: int) -> Tensor:
    """128 images (128, 1, 32, 32) of a generator that has learned nothing yet: `CHANNELS`, DCGAN's rules, tanh.

    way: from numbers of channels in and out to a layer with a ``weight`` that doubles the side. The caller's random
    numbers do not move.
    """
    layers: list[nn.Module] = [nn.BatchNorm2d(CHANNELS[0]), nn.ReLU()]
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.manual_seed(seed)
        for inputs, outputs in pairwise(CHANNELS):
            up = way(inputs, outputs)
            nn.init.normal_(up.weight, 0, 0.02)  # type: ignore[arg-type]
            layers += [up, nn.BatchNorm2d(outputs), nn.ReLU()]
        layers[-2:] = [nn.Tanh()]  # neither normalisation nor ReLU at G's output
        return nn.Sequential(*layers)(torch.randn(128, CHANNELS[0], 4, 4))


def peak(power: Tensor) -> float:
    """How far the shortest wave stands above the four waves before it, in decibels; 0 for white noise.

    power: (N, R) of `ganlab.metrics.radial_power`. A grid of every second pixel is all at the shortest wave.
    """
    ends = power.mean(0)
    return float(10 * (ends[-1] / ends[-5:-1].mean()).log10())
