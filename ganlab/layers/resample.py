"""Resampling by two that neither shifts nor aliases: one fixed kernel, the outer product of [1, 3, 3, 1] with itself.

Doubling is bilinear interpolation, halving is its transpose over four; beyond the border lies 0. Both are linear and
depthwise, so that they may change places with a 1x1 convolution. The kernel is a product, so each is two products with
a narrow matrix, down and across: up to 64 pixels a side that is far quicker on a CPU, where depthwise convolutions are
slow in a second backward pass. Lesson: 32 R3GAN.
"""

from __future__ import annotations

import torch
from torch import Tensor


def _doubling(n: int, like: Tensor) -> Tensor:
    """(2n, n): row r weighs the two nearest of n pixels by 3/4 and 1/4."""
    matrix = torch.zeros(2 * n + 2, n, dtype=like.dtype, device=like.device)
    pixel = torch.arange(n, device=like.device)
    for tap, weight in enumerate((0.25, 0.75, 0.75, 0.25)):
        matrix[2 * pixel + tap, pixel] = weight
    return matrix[1:-1]


def doubled(x: Tensor) -> Tensor:
    """(N, C, H, W) -> (N, C, 2H, 2W), bilinear. Source: Huang et al. 2024, section 4 (Zhang 2019 for the kernel)."""
    height, width = x.shape[2:]
    return _doubling(height, x) @ x @ _doubling(width, x).T


def halved(x: Tensor) -> Tensor:
    """(N, C, H, W) -> (N, C, H/2, W/2), even sides: weighted means over 4x4 pixels, [1, 3, 3, 1] / 8 each way."""
    height, width = x.shape[2:]
    return _doubling(height // 2, x).T @ x @ _doubling(width // 2, x) / 4
