"""What the pieces share and what is not their subject: networks, optimisers, an update.

Lesson: 11 Failures and stabilisers.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise

import torch
from torch import Tensor, nn


def mlp(*widths: int, last: nn.Module | None = None) -> nn.Sequential:
    """Linear layers of these widths with leaky ReLUs between them, and ``last`` behind the last."""
    layers: list[nn.Module] = []
    for inputs, outputs in pairwise(widths):
        layers += [nn.Linear(inputs, outputs), nn.LeakyReLU(0.2)]
    layers.pop()
    return nn.Sequential(*layers, *([] if last is None else [last]))


def adam(network: nn.Module, lr: float, betas: tuple[float, float] = (0.5, 0.9)) -> torch.optim.Optimizer:
    """Adam with the little momentum that GANs bear."""
    return torch.optim.Adam(network.parameters(), lr, betas, fused=True)


def descend(optimiser: torch.optim.Optimizer, loss: Tensor) -> None:
    """One update along the gradient of this loss alone."""
    optimiser.zero_grad()
    loss.backward()
    optimiser.step()


def gradient_norm(network: nn.Module) -> Tensor:
    """The norm of the gradient that the weights hold now; 0 where they hold none."""
    grads = [p.grad.norm() for p in network.parameters() if p.grad is not None]
    return torch.stack(grads).norm() if grads else torch.zeros(())


@contextmanager
def seeded(seed: int) -> Iterator[torch.Generator]:
    """PyTorch's CPU generator under a seed inside the block; the caller's random numbers do not move."""
    with torch.random.fork_rng(devices=[]):
        yield torch.default_generator.manual_seed(seed)
