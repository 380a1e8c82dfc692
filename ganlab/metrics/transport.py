"""How far samples lie apart on the ground: Wasserstein distances and the kernel distance MMD.

Lesson: 08 Wasserstein: geometry, duality, Lipschitz.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from ganlab.errors import UserError


def w1_sorted(x: Tensor, y: Tensor) -> Tensor:
    """W1 between two samples on the line, exactly: sort both and pair them in order; a scalar, differentiable.

    x: (N,), y: (M,). For N != M it is the area between the two distribution functions.
    Raises UserError for empty samples, other shapes, whole numbers, and values that are not finite.
    """
    _checked(x, y, dimensions=1)
    if len(x) == len(y):
        return (x.sort().values - y.sort().values).abs().mean()
    points = torch.cat([x, y]).sort().values
    gaps = points[1:] - points[:-1]
    F, F_tilde = (
        torch.searchsorted(each.sort().values.to(points.dtype), points[:-1], right=True).to(points.dtype) / len(each)
        for each in (x, y)
    )
    return (gaps * (F - F_tilde).abs()).sum()


def w1_matching(x: Tensor, y: Tensor) -> tuple[float, Tensor]:
    """W1 between two samples of the same size in any dimension, and who is moved where: (distance, index into y).

    x, y: (N, d). An optimal assignment, on the CPU and without gradients; its time grows as N^3, so take at most a few
    thousand points.
    Raises UserError as `w1_sorted` does, and for samples of different sizes.
    """
    from scipy.optimize import linear_sum_assignment

    _checked(x, y, dimensions=2)
    if len(x) != len(y):
        raise UserError(f"a matching pairs samples of the same size, not {len(x)} with {len(y)}")
    cost = _distances(x.detach().double().cpu(), y.detach().double().cpu())
    rows, columns = linear_sum_assignment(cost.numpy())
    return float(cost[rows, columns].mean()), torch.as_tensor(columns)


def sliced_w1(x: Tensor, y: Tensor, directions: int = 128, rng: torch.Generator | None = None) -> Tensor:
    """The mean of W1 over random directions; x: (N, d), y: (M, d); a scalar.

    Between laws it is at most W1 and is zero only where they agree. Source: Bonneel et al. 2015.
    Raises UserError as `w1_sorted` does, and for no directions.
    """
    _checked(x, y, dimensions=2)
    if directions < 1:
        raise UserError(f"slices need one direction or more, not {directions}")
    dtype = torch.promote_types(x.dtype, y.dtype)
    rays = torch.randn(x.shape[1], directions, generator=rng, dtype=dtype).to(x.device)
    rays = rays / rays.norm(dim=0)
    along_x, along_y = (x.to(dtype) @ rays).T, (y.to(dtype) @ rays).T
    if len(x) == len(y):
        return (along_x.sort().values - along_y.sort().values).abs().mean()
    return torch.stack([w1_sorted(a, b) for a, b in zip(along_x, along_y, strict=True)]).mean()


def mmd2(x: Tensor, y: Tensor, bandwidths: Sequence[float] = (0.5, 1.0, 2.0, 4.0)) -> Tensor:
    """The unbiased estimate of the squared maximum mean discrepancy, a scalar that may be negative.

    The kernel is the mean of Gaussian ones, exp(-|x - y|^2 / 2h^2), over the bandwidths h.

    x: (N, d), y: (M, d), at least two samples each. Source: Gretton et al. 2012, lemma 6.
    Raises UserError as `w1_sorted` does, and for bandwidths that are not positive.
    """
    _checked(x, y, dimensions=2)
    dtype = torch.promote_types(x.dtype, y.dtype)
    x, y = x.to(dtype), y.to(dtype)
    if min(len(x), len(y)) < 2 or not bandwidths or not all(h > 0 for h in bandwidths):
        raise UserError("MMD needs two samples or more on each side, and positive bandwidths")

    def kernel(a: Tensor, b: Tensor) -> Tensor:
        distance = _distances(a, b).square()
        return torch.stack([(-distance / (2 * h * h)).exp() for h in bandwidths]).mean(dim=0)

    def off_diagonal(k: Tensor) -> Tensor:
        return (k.sum() - torch.diagonal(k).sum()) / (len(k) * (len(k) - 1))

    return off_diagonal(kernel(x, x)) + off_diagonal(kernel(y, y)) - 2 * kernel(x, y).mean()


def _distances(x: Tensor, y: Tensor) -> Tensor:
    """All Euclidean distances (N, M), from differences: products are faster, but far from 0 they lose the digits."""
    return torch.cdist(x, y, compute_mode="donot_use_mm_for_euclid_dist")


def _checked(x: Tensor, y: Tensor, dimensions: int) -> None:
    shape = "(N,)" if dimensions == 1 else "(N, d)"
    for sample in (x, y):
        if sample.ndim != dimensions or not len(sample):
            raise UserError(f"a sample here has the shape {shape} with N >= 1, not {tuple(sample.shape)}")
        if not sample.is_floating_point():
            raise UserError(f"a sample holds floating-point numbers, not {sample.dtype}: call .float() on it")
        if not bool(torch.isfinite(sample).all()):
            raise UserError("a sample holds a value that is not finite")
    if dimensions == 2 and x.shape[1] != y.shape[1]:
        raise UserError(f"samples of {x.shape[1]} and {y.shape[1]} dimensions cannot be compared")
