"""Walks through the latent space: along the straight line, and along the sphere on which the noise lives.

A Gaussian vector of n coordinates has a norm near sqrt(n), hardly ever a small one. The middle of a straight line
between two such vectors is shorter by about sqrt(2): noise that the generator almost never saw (White 2016,
"Sampling generative networks", section 2.1).

Lesson: 14 The MLP GAN on MNIST.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from ganlab.errors import UserError
from ganlab.viz.figure import subplots
from ganlab.viz.sheet import enlarged_sheet, picture
from ganlab.viz.style import WIDTH, style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# Below this angle (in radians, from 0 or from pi) sin(angle) is too small to divide by.
_PARALLEL = 1e-6


def latent_walk(generate: Callable[[Tensor], Tensor], z0: Tensor, z1: Tensor, steps: int = 8) -> Figure:
    """The images on the way from z0 to z1: straight line above, sphere below.

    generate: noise (n, *latent) -> images (n, C, H, W) in [-1, 1]. z0, z1: one noise vector each, (*latent).
    Raises UserError for fewer than 2 steps and for vectors of two shapes.
    """
    if steps < 2:
        raise UserError(f"a walk needs at least 2 steps, its two ends, not {steps}")
    t = torch.linspace(0, 1, steps)
    with torch.no_grad():
        line, sphere = generate(lerp(z0, z1, t)), generate(slerp(z0, z1, t))
    # About 1.5 pixels of sheet for each pixel of the page, whatever the number of steps.
    sheets = [enlarged_sheet(images, columns=steps, cell=max(16, 1000 // steps)) for images in (line, sphere)]
    with style():
        figure, axes = subplots(2, 1, 2 * (WIDTH * sheets[0].shape[0] / sheets[0].shape[1] + 0.4))
        picture(axes[0], sheets[0], "along the straight line")
        picture(axes[1], sheets[1], "along the sphere")
    return figure


def lerp(z0: Tensor, z1: Tensor, t: Tensor) -> Tensor:
    """Linear interpolation (1 - t) z0 + t z1: (*latent), (*latent) and (n,) to (n, *latent).

    Raises UserError for vectors of two shapes.
    """
    _check_pair(z0, z1)
    t = _column(t, z0)
    return (1 - t) * z0 + t * z1


def slerp(z0: Tensor, z1: Tensor, t: Tensor) -> Tensor:
    """Spherical interpolation (Shoemake 1985): the direction turns evenly, the norm goes straight from |z0| to |z1|.

    (*latent), (*latent) and (n,) to (n, *latent); each argument is one vector, whatever its shape. For vectors of
    equal norm it is (sin((1-t)a) z0 + sin(ta) z1) / sin a with the angle a between them, and every point keeps that
    norm. Falls back to `lerp` where the arc is not defined: parallel vectors (where both agree), opposite ones and
    zero.
    Raises UserError for vectors of two shapes.
    """
    _check_pair(z0, z1)
    a, b = z0.double(), z1.double()
    norm_a, norm_b = a.norm(), b.norm()
    if norm_a == 0 or norm_b == 0:
        return lerp(z0, z1, t)
    a, b = a / norm_a, b / norm_b
    # Kahan's formula: the arc cosine of the product would lose half its digits near 0 and near pi.
    angle = 2 * torch.atan2((a - b).norm(), (a + b).norm())
    if angle < _PARALLEL or angle > torch.pi - _PARALLEL:
        return lerp(z0, z1, t)
    u = _column(t, a)
    direction = (torch.sin((1 - u) * angle) * a + torch.sin(u * angle) * b) / torch.sin(angle)
    return (((1 - u) * norm_a + u * norm_b) * direction).to(z0.dtype)


def _column(t: Tensor, z: Tensor) -> Tensor:
    return t.to(dtype=z.dtype, device=z.device).reshape(-1, *[1] * z.ndim)


def _check_pair(z0: Tensor, z1: Tensor) -> None:
    if z0.shape != z1.shape:
        raise UserError(f"both ends of a walk have one shape, not {tuple(z0.shape)} and {tuple(z1.shape)}")
