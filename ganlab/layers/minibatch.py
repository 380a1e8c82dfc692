"""A discriminator that sees more than one sample at a time: the spread of its batch, or packs of samples.

A score of one sample cannot say that all fakes are alike. Here D is shown what tells: how far a batch spreads
(minibatch standard deviation), or m samples as one input (packing), so that it judges p^m against q^m.
The functions hold no state and run under ``torch.func.vmap``. Lesson: 11 Failures and stabilisers.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ganlab.errors import UserError


def minibatch_std(x: Tensor, group: int = 0, eps: float = 1e-8) -> Tensor:
    """Append one feature that says how far the batch spreads: (N, C, ...) -> (N, C + 1, ...).

    The standard deviation of each feature over the samples of a group (over n, not n - 1; ``eps`` is added to the
    variance), averaged over all features and positions: one number for all samples of that group. ``group`` samples
    that follow each other make a group; 0 takes the whole batch.
    Raises UserError for a batch that the groups do not divide.
    Source: Karras et al. 2018, section 3 (groups of 4 and ``eps`` in their code).
    """
    n = len(x)
    size = group or n
    if size < 1 or n % size:
        raise UserError(f"a batch of {n} cannot be divided into groups of {group}: choose a batch size that can")
    groups = x.reshape(n // size, size, -1)
    spread = (groups.var(1, unbiased=False) + eps).sqrt().mean(1)
    column = spread.repeat_interleave(size).reshape(n, *[1] * (x.ndim - 1))
    return torch.cat([x, column.expand(n, 1, *x.shape[2:]).to(x.dtype)], 1)


class MinibatchStd(nn.Module):
    """`minibatch_std` as a layer: (N, C, ...) -> (N, C + 1, ...)."""

    def __init__(self, group: int = 0) -> None:
        super().__init__()
        self.group = group

    def forward(self, x: Tensor) -> Tensor:
        """Append the spread of the batch."""
        return minibatch_std(x, self.group)


def pack(x: Tensor, m: int) -> Tensor:
    """Join each m samples that follow each other to one, feature by feature: (N, C, ...) -> (N / m, m C, ...).

    Of independent samples of p it makes independent samples of p^m. ``m = 1`` gives x itself.
    Raises UserError for a batch that m does not divide.
    Source: Lin et al. 2018, section 2 (PacGAN).
    """
    if m < 1 or len(x) % m:
        raise UserError(f"a batch of {len(x)} cannot be packed by {m}: choose a batch size that is a multiple of it")
    return x if m == 1 else x.reshape(len(x) // m, m * x.shape[1], *x.shape[2:])


def couples_samples(network: nn.Module) -> bool:
    """Whether any layer mixes the samples of a batch, so that real and fake batches must be judged apart."""
    return any(isinstance(layer, MinibatchStd | nn.modules.batchnorm._BatchNorm) for layer in network.modules())
