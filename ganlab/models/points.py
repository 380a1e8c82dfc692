"""Networks for points of the plane whose every part can be switched: what the studies of stabilisers compare.

Both players are multilayer perceptrons without state (no running statistics, no counters), so that several seeds of
them run as one (`ganlab.layers.stacked`). Lesson: 11 Failures and stabilisers.
"""

from __future__ import annotations

import math
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ganlab.layers import minibatch_std


def batch_norm(width: int) -> nn.Module:
    """Batch normalisation by the batch at hand, in training and in sampling: it keeps no running statistics."""
    return nn.BatchNorm1d(width, track_running_stats=False)


class PointGenerator(nn.Module):
    """(N, latent + categories) -> (N, 2). The last ``categories`` inputs are a one-hot category, if there is one."""

    def __init__(self, inputs: int, width: int, depth: int, norm: bool = False) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for place, (a, b) in enumerate(pairwise([inputs, *[width] * depth])):
            layers += [nn.Linear(a, b), *([batch_norm(b)] if norm and place else []), nn.LeakyReLU(0.2)]
        self.layers = nn.Sequential(*layers, nn.Linear(width, 2))

    def forward(self, z: Tensor) -> Tensor:
        """Map noise to points."""
        return self.layers(z)


class SpectralLinear(nn.Linear):
    """A linear layer divided by its largest singular value, found anew in each pass by power iteration from one vector.

    Miyato et al. 2018 (algorithm 1) keep the vector between passes and iterate once; ten iterations from a fixed one
    need no state. As there, the singular vectors count as constants for the gradient.
    """

    def forward(self, x: Tensor) -> Tensor:
        """x W^T / sigma(W) + b."""
        with torch.no_grad():
            v = F.normalize(torch.ones_like(self.weight[0]) + torch.arange(self.in_features) / self.in_features, dim=0)
            for _ in range(10):
                u = F.normalize(self.weight @ v, dim=0)
                v = F.normalize(self.weight.mT @ u, dim=0)
        return F.linear(x, self.weight / (u @ self.weight @ v), self.bias)


class PointCritic(nn.Module):
    """(N, inputs) -> (N,) logits.

    ``fourier`` scales s add 32 features cos(2 pi s w x + b) each, with fixed random w and b (Tancik et al. 2020): an
    MLP on raw coordinates cannot bend at the width of a narrow mode. ``spectral``: every layer is 1-Lipschitz.
    ``spread``: the minibatch standard deviation joins the last hidden layer. ``norm``: batch normalisation after every
    hidden layer but the first. ``keep`` in a pass multiplies the hidden units (dropout): (N, depth * width).
    """

    FIXED = ("frequencies", "phases")

    def __init__(
        self,
        inputs: int,
        width: int,
        depth: int,
        fourier: tuple[float, ...] = (),
        spectral: bool = False,
        spread: bool = False,
        norm: bool = False,
    ) -> None:
        super().__init__()
        linear = SpectralLinear if spectral else nn.Linear
        self.spread = spread
        # Parameters, as stacked networks keep no buffers; ``FIXED`` names them for the optimiser to leave alone.
        self.frequencies = nn.ParameterList(2 * math.pi * s * torch.randn(32, inputs) for s in fourier)
        self.phases = nn.ParameterList(2 * math.pi * torch.rand(32) for _ in fourier)
        sizes = [inputs + 32 * len(fourier), *[width] * depth]
        self.hidden = nn.ModuleList(linear(a, b) for a, b in pairwise(sizes))
        self.norms = nn.ModuleList(batch_norm(width) if norm and i else nn.Identity() for i in range(depth))
        self.head = linear(width + spread, 1)

    def forward(self, x: Tensor, keep: Tensor | None = None) -> Tensor:
        """Map points (or packs of points) to one score each."""
        waves = [torch.cos(x @ w.mT + b) for w, b in zip(self.frequencies, self.phases, strict=True)]
        h = torch.cat([x, *waves], 1)
        for place, (layer, norm) in enumerate(zip(self.hidden, self.norms, strict=True)):
            h = F.leaky_relu(norm(layer(h)), 0.2)
            if keep is not None:
                h = h * keep[:, place * h.shape[1] : (place + 1) * h.shape[1]]
        return self.head(minibatch_std(h) if self.spread else h).squeeze(1)
