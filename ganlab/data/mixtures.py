"""Two-dimensional laws that can be drawn from and whose density is known exactly.

Ring and grid follow the protocol of VEEGAN (Srivastava et al. 2017, section 4.1) and PacGAN (Lin et al. 2018).
Lesson: 11 Failures and stabilisers.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import product
from typing import Protocol

import torch
from torch import Tensor

from ganlab.errors import UserError


class Density(Protocol):
    """A law on the plane: draw from it, and ask how likely a point is."""

    @property
    def name(self) -> str:
        """What the law is called."""

    def sample(self, n: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """(points float32 (n, 2), labels int64 (n,)) on the generator's device."""

    def log_density(self, x: Tensor) -> Tensor:
        """log p(x) for x (N, 2): float64 (N,), natural logarithm, differentiable."""


@dataclass(frozen=True)
class GaussianMixture:
    """Equal parts of isotropic Gaussians: p(x) = 1/K sum_k N(x; centre_k, std^2 I).

    ``classes[k]`` is the label of a point of component k.
    """

    name: str
    centres: tuple[tuple[float, float], ...]
    std: float
    classes: tuple[int, ...]

    def __post_init__(self) -> None:
        _positive("std", self.std)

    @property
    def means(self) -> Tensor:
        """The centres as float64 (K, 2)."""
        return torch.tensor(self.centres, dtype=torch.float64)

    def sample(self, n: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Pick a component for each point, then add its noise: (float32 (n, 2), int64 (n,))."""
        device = generator.device
        component = torch.randint(len(self.centres), (n,), generator=generator, device=device)
        noise = torch.randn(n, 2, generator=generator, device=device)
        points = self.means.float().to(device)[component] + self.std * noise
        return points, torch.tensor(self.classes, device=device)[component]

    def log_density(self, x: Tensor) -> Tensor:
        """log p(x) by log-sum-exp over the components, in float64: finite however far x lies from every centre."""
        squares = (x.double()[:, None, :] - self.means.to(x.device)).square().sum(-1)
        exponents = -squares / (2 * self.std**2)
        return torch.logsumexp(exponents, 1) - math.log(len(self.centres) * 2 * math.pi * self.std**2)


@dataclass(frozen=True)
class NoisySegment:
    """Uniform on the segment from ``start`` to ``end``, plus isotropic Gaussian noise.

    With t the coordinate along the segment, measured from its middle, d the distance from its line and L its length:
    p(x) = N(d; 0, std^2) * [Phi((L/2 - t) / std) - Phi((-L/2 - t) / std)] / L.
    """

    name: str
    start: tuple[float, float]
    end: tuple[float, float]
    std: float

    def __post_init__(self) -> None:
        _positive("std", self.std)
        _positive("the segment's length", math.dist(self.start, self.end))

    def sample(self, n: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """A uniform place on the segment, then the noise: (float32 (n, 2), int64 zeros (n,): one class)."""
        device = generator.device
        start, end = torch.tensor([self.start, self.end], device=device)
        place = torch.rand(n, 1, generator=generator, device=device)
        noise = torch.randn(n, 2, generator=generator, device=device)
        return start + place * (end - start) + self.std * noise, torch.zeros(n, dtype=torch.int64, device=device)

    def log_density(self, x: Tensor) -> Tensor:
        """The closed form above, in float64 and in logarithms: finite however far x lies from the segment."""
        start, end = torch.tensor([self.start, self.end], dtype=torch.float64, device=x.device)
        length = math.dist(self.start, self.end)
        along = (end - start) / length
        offset = x.double() - (start + end) / 2
        # The law is symmetric about its middle; with |t| both arguments of Phi sit in the lower tail, where the
        # difference keeps its digits.
        t = (offset @ along).abs()
        d = offset[:, 0] * along[1] - offset[:, 1] * along[0]
        near = torch.special.log_ndtr((length / 2 - t) / self.std)
        far = torch.special.log_ndtr((-length / 2 - t) / self.std)
        across = -0.5 * (d / self.std).square() - math.log(self.std * math.sqrt(2 * math.pi))
        return across + near + torch.log1p(-torch.exp(far - near)) - math.log(length)


def ring(modes: int = 8, radius: float = 1.0, std: float = 0.01) -> GaussianMixture:
    """Gaussians at equal angles on a circle, the first at angle 0; the label is the mode. VEEGAN, section 4.1."""
    _positive("modes", modes)
    angles = [2 * math.pi * k / modes for k in range(modes)]
    centres = tuple((radius * math.cos(a), radius * math.sin(a)) for a in angles)
    return GaussianMixture("ring", centres, std, tuple(range(modes)))


def grid(side: int = 5, spacing: float = 2.0, std: float = 0.05) -> GaussianMixture:
    """side^2 Gaussians on a square grid about the origin; the label is the mode. VEEGAN, section 4.1."""
    _positive("side", side)
    line_up = [spacing * (k - (side - 1) / 2) for k in range(side)]
    return GaussianMixture("grid", tuple(product(line_up, line_up)), std, tuple(range(side**2)))


def moons(std: float = 0.1) -> GaussianMixture:
    """Two interleaved half circles of radius 1, each a chain of 64 Gaussians; the label is the moon (0 upper, 1 lower).

    The law *is* this finite mixture of 128 Gaussians at equal angles along the arcs, not noise about a continuous arc:
    so its density is exact. Neighbouring centres are 0.049 apart, which no eye can tell from an arc at the default std.
    """
    angles = [math.pi * (k + 0.5) / 64 for k in range(64)]
    upper = tuple((math.cos(a), math.sin(a)) for a in angles)
    lower = tuple((1 - math.cos(a), 0.5 - math.sin(a)) for a in angles)
    return GaussianMixture("moons", upper + lower, std, (0,) * 64 + (1,) * 64)


def line(std: float = 0.05) -> NoisySegment:
    """The segment from (-1, -1) to (1, 1) under isotropic noise: data that fill next to none of the plane."""
    return NoisySegment("line", (-1.0, -1.0), (1.0, 1.0), std)


def _positive(name: str, value: float) -> None:
    if not (math.isfinite(value) and value > 0):
        raise UserError(f"{name} must be a positive number, not {value}")
