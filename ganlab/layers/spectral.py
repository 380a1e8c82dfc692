"""Spectral normalisation: every weight matrix divided by its largest singular value, so that D cannot be steep.

Lesson: 08 Wasserstein: geometry, duality, Lipschitz.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

from ganlab.errors import UserError


def with_spectral_norm(network: nn.Module) -> nn.Module:
    """Put PyTorch's spectral norm on every linear and convolutional layer, in place; return the network.

    Source: Miyato et al. 2018, algorithm 1. A convolution's kernel is taken as a matrix, as there.
    """
    for module in list(network.modules()):
        if isinstance(module, (nn.Linear, nn.Conv1d, nn.Conv2d, nn.ConvTranspose1d, nn.ConvTranspose2d)):
            spectral_norm(module)
    return network


def largest_singular_value(weight: Tensor, steps: int = 20, rng: torch.Generator | None = None) -> Tensor:
    """The largest singular value of a matrix (n, m) by power iteration, from below; a scalar.

    Source: Miyato et al. 2018, appendix A. Raises UserError for a tensor that is no matrix, for values
    that are not finite, and for no steps.
    """
    if weight.ndim != 2 or weight.numel() == 0:
        raise UserError(f"power iteration takes a matrix (n, m), not shape {tuple(weight.shape)}")
    if steps < 1:
        raise UserError(f"power iteration takes one step or more, not {steps}")
    if not bool(torch.isfinite(weight).all()):
        raise UserError("power iteration met a weight that is not finite: the run has diverged")
    v = torch.randn(weight.shape[1], generator=rng, dtype=weight.dtype, device=weight.device)
    for _ in range(steps):
        u = nn.functional.normalize(weight @ v, dim=0)
        v = nn.functional.normalize(weight.T @ u, dim=0)
    return u @ weight @ v


def lipschitz_bound(network: nn.Module) -> float:
    """The product of the largest singular values of all linear layers: no slope of a ReLU network exceeds it."""
    bound = 1.0
    for module in network.modules():
        if isinstance(module, nn.Linear):
            bound *= float(torch.linalg.matrix_norm(module.weight.detach(), ord=2))
    return bound
