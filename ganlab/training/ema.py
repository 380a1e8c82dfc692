"""An exponential moving average of a network's weights, with batch statistics recomputed before use.

The average smooths the rotation of the game (lesson 09). Batch-normalisation statistics are not averaged: those of
the training network belong to other weights, so they are measured afresh for the averaged ones.
Source: Yazici et al. 2019; Karras et al. 2018 for the half-life.
"""

from __future__ import annotations

import copy
from collections.abc import Callable

import torch
from torch import Tensor, nn

from ganlab.layers import has_batch_norm


class EMA:
    """``network`` is the averaged copy; ``update`` moves it towards the trained one after each step."""

    def __init__(self, network: nn.Module, halflife: float) -> None:
        """``halflife`` in steps: after so many steps a past weight counts half. 0 keeps the newest weights."""
        self.network = copy.deepcopy(network).eval().requires_grad_(False)
        self.halflife = halflife
        self._trained = [p.detach() for p in network.parameters()]
        self._averaged = [p.detach() for p in self.network.parameters()]

    @torch.no_grad()
    def update(self, step: int) -> None:
        """Average in the weights after step number ``step`` (from 1). Early steps forget faster, as nothing is old."""
        keep = 0.5 ** (1 / max(min(self.halflife, 0.1 * step), 1e-8)) if self.halflife > 0 else 0.0
        torch._foreach_lerp_(self._averaged, self._trained, 1 - keep)

    @torch.no_grad()
    def refresh_statistics(self, draw: Callable[[], Tensor], batches: int = 10) -> None:
        """Recompute every running mean and variance over ``batches`` inputs from ``draw``, as plain averages."""
        norms = [m for m in self.network.modules() if isinstance(m, nn.modules.batchnorm._BatchNorm)]
        if not norms:
            return
        momenta = [m.momentum for m in norms]
        for norm in norms:
            norm.reset_running_stats()
            norm.momentum = None  # PyTorch's name for a plain average over all batches seen
        self.network.train()
        for _ in range(batches):
            self.network(draw())
        self.network.eval()
        for norm, momentum in zip(norms, momenta, strict=True):
            norm.momentum = momentum

    @property
    def has_statistics(self) -> bool:
        """Whether the network normalises over the batch at all."""
        return has_batch_norm(self.network)
