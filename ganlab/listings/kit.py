"""What the specimens share and what is not their subject: layers, images of the right size, a sheet.

Lesson: 15 The debugging clinic.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate

from ganlab import data

Net = nn.Module
Adam = torch.optim.Adam


def stack(*widths: int, between: Callable[[], nn.Module]) -> nn.Sequential:
    """Linear layers of these widths, with a fresh activation between two of them and none behind the last."""
    layers: list[nn.Module] = []
    for inputs, outputs in pairwise(widths):
        layers += [nn.Linear(inputs, outputs), between()]
    return nn.Sequential(*layers[:-1])


@cache
def _small() -> Tensor:
    return data.load("digits").floats()


@cache
def digits(n: int = 1198) -> Tensor:
    """Pixels 0..255 as float32 (n, 1, 28, 28): the embedded digits, enlarged to MNIST's size. At most 1198."""
    large = interpolate(_small()[:n], size=28, mode="bilinear")
    return ((large.clamp(-1, 1) + 1) * 127.5).round()


@cache
def photos(n: int = 64) -> Tensor:
    """float32 (n, 3, 218, 178) in [-1, 1]: digits in the size and colours of CelebA's photographs."""
    large = interpolate(_small()[:n], size=(218, 178), mode="bilinear")
    return large.expand(-1, 3, -1, -1).contiguous()


def sheet(pictures: list[Tensor], columns: int = 10) -> Tensor:
    """Pictures (h, w) side by side, row after row, as one picture."""
    rows = [torch.cat(pictures[k : k + columns], dim=1) for k in range(0, len(pictures), columns)]
    return torch.cat(rows)
