"""The kernel inception distance on any features: squared MMD with a cubic kernel, without bias.

Lesson: 13 Evaluation.
"""

from __future__ import annotations

import torch
from torch import Tensor

from ganlab.metrics.matrix import BLOCK, Extractor, pair


def kid(a: Tensor, b: Tensor, extractor: Extractor | None = None) -> float:
    """Unbiased squared MMD of generated ``a`` (N, d) and real ``b`` (M, d), kernel (x.y / d + 1)^3; may be negative.

    Binkowski et al. 2018 (section 4), Gretton et al. 2012 (lemma 6). Its mean under equal laws is 0 at every N and M,
    which the Frechet distance cannot say; it sees the first three moments and nothing else. Under equal laws it is a
    *degenerate* U-statistic: its bootstrap is too wide there, so take splits for an interval.

    ``a`` and ``b`` are features, or samples that ``extractor`` turns into features. All pairs are used, in double
    precision. Raises UserError for fewer than 2 samples on a side, features of two widths, values that are not finite.
    """
    x, y = (features.double() for features in pair(a, b, extractor, 2, "a kernel distance"))
    within = sum((_kernel_sum(z, z) - _diagonal_sum(z)) / (len(z) * (len(z) - 1)) for z in (x, y))
    return float(within - 2 * _kernel_sum(x, y) / (len(x) * len(y)))


def _kernel_sum(x: Tensor, y: Tensor) -> Tensor:
    return torch.stack([((part @ y.T) / x.shape[1] + 1).pow(3).sum() for part in x.split(BLOCK)]).sum()


def _diagonal_sum(x: Tensor) -> Tensor:
    return (x.square().sum(dim=1) / x.shape[1] + 1).pow(3).sum()
