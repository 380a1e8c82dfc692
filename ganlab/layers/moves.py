"""Images that a classifier must call the same: a little turned, shifted, zoomed, perhaps mirrored.

The classical augmentation of a labelled set. Lesson: 18 Does synthetic data help?
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F


@dataclass(frozen=True)
class Moves:
    """How far an image may be moved without changing its label.

    ``rotate`` is in degrees, ``shift`` and ``zoom`` are shares of the image's side and size, ``flip`` allows left-right
    mirror images (a digit does not survive one, a shirt does).
    """

    rotate: float = 10.0
    shift: float = 0.07
    zoom: float = 0.1
    flip: bool = False


def move(x: Tensor, moves: Moves, generator: torch.Generator) -> Tensor:
    """Rotate, shift, zoom and perhaps mirror every image by its own random amount; (N, C, H, W) in [-1, 1], same out.

    What comes in over the border is background (-1).
    """
    return warp(x, draw_moves(len(x), moves, generator))


def draw_moves(n: int, moves: Moves, generator: torch.Generator) -> Tensor:
    """The affine maps of n random moves, (n, 2, 3), on the device of the generator."""
    device = generator.device

    def draw(limit: float) -> Tensor:
        return (2 * torch.rand(n, generator=generator, device=device) - 1) * limit

    angle, zoom = draw(math.radians(moves.rotate)), 1 + draw(moves.zoom)
    mirror = draw(1.0).sign() if moves.flip else torch.ones(n, device=device)
    cos, sin = zoom * angle.cos(), zoom * angle.sin()
    # affine_grid measures in half sides, so a shift by a share of the side is twice that share.
    rows = [cos * mirror, -sin, draw(2 * moves.shift), sin * mirror, cos, draw(2 * moves.shift)]
    return torch.stack(rows, dim=1).view(n, 2, 3)


def warp(x: Tensor, maps: Tensor) -> Tensor:
    """Each image (N, C, H, W) under its affine map (N, 2, 3); background (-1) comes in over the border."""
    grid = F.affine_grid(maps, list(x.shape), align_corners=False)
    # Zero padding of x + 1 is padding of x with -1.
    return F.grid_sample(x + 1, grid, mode="bilinear", padding_mode="zeros", align_corners=False) - 1
