"""Clipping of gradients by their norm. It caps a long step; it cannot lengthen a short one.

Not to be confused with the clipping of *weights* (`clip_weights`), which bounds the critic's slope.
Lesson: 11 Failures and stabilisers.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from ganlab.errors import UserError


def gradient_norm(gradients: Sequence[Tensor]) -> Tensor:
    """The Euclidean norm of all gradients together, a float64 scalar (squares of float32 would overflow)."""
    return torch.stack([g.double().square().sum() for g in gradients]).sum().sqrt()


def clip_by_norm(gradients: Sequence[Tensor], bound: float) -> list[Tensor]:
    """g min(1, bound / |g|), with one norm for all gradients together: (3, 4) to norm 1 is (0.6, 0.8).

    A gradient within the bound comes back to the bit. No state: it runs under ``torch.func.vmap``.
    Raises UserError for a bound that is not positive. Source: Pascanu et al. 2013, algorithm 1.
    """
    if not bound > 0:
        raise UserError(f"gradients are clipped to a norm above 0, not to {bound:g}")
    scale = (bound / gradient_norm(gradients)).clamp(max=1.0)  # a norm of 0 gives inf, hence 1
    return [(g * scale).to(g.dtype) for g in gradients]
