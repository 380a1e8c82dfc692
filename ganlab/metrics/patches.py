"""Small patches of images: texture, without the scene around it.

Lesson: 13 Evaluation.
"""

from __future__ import annotations

import torch
from torch import Tensor

from ganlab.errors import UserError

SIDE = 5


def random_patches(images: Tensor, each: int = 4, side: int = SIDE, *, seed: int = 0) -> Tensor:
    """``each`` patches of every image (N, C, H, W) at random places, flattened: (N * each, C side side).

    Their Frechet distance compares neighbouring pixels and knows nothing of the whole. Raises UserError for images
    smaller than a patch.
    """
    if images.ndim != 4 or min(images.shape[2:]) < side:
        raise UserError(f"patches of {side} pixels need images (N, C, H, W) of that size, not {tuple(images.shape)}")
    rng = torch.Generator().manual_seed(seed)
    n, _, height, width = images.shape
    top = torch.randint(height - side + 1, (n * each,), generator=rng)
    left = torch.randint(width - side + 1, (n * each,), generator=rng)
    span = torch.arange(side)
    which = torch.arange(n).repeat_interleave(each)
    cut = images[which[:, None, None], :, (top[:, None] + span)[:, :, None], (left[:, None] + span)[:, None, :]]
    return cut.permute(0, 3, 1, 2).flatten(1)  # an index on both sides of a slice has put the channels last
