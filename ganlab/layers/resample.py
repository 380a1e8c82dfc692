"""Resampling by two that neither shifts nor aliases: one fixed kernel, the outer product of [1, 3, 3, 1] with itself.

Doubling is bilinear interpolation, halving is its transpose over four; beyond the border lies 0. Both are linear and
depthwise, so that they may change places with a 1x1 convolution. Lesson: 32 R3GAN.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import conv2d, conv_transpose2d


def _kernel(x: Tensor) -> Tensor:
    """(C, 1, 4, 4), sum 1 in each channel."""
    taps = torch.tensor([1.0, 3.0, 3.0, 1.0], dtype=x.dtype, device=x.device) / 8
    return (taps[:, None] * taps).repeat(x.shape[1], 1, 1, 1)


def doubled(x: Tensor) -> Tensor:
    """(N, C, H, W) -> (N, C, 2H, 2W), bilinear. Source: Huang et al. 2024, section 4 (Zhang 2019 for the kernel)."""
    return conv_transpose2d(x, 4 * _kernel(x), stride=2, padding=1, groups=x.shape[1])


def halved(x: Tensor) -> Tensor:
    """(N, C, H, W) -> (N, C, H/2, W/2), even sides: weighted means over 4x4 pixels, [1, 3, 3, 1] / 8 each way."""
    return conv2d(x, _kernel(x), stride=2, padding=1, groups=x.shape[1])
