"""Feature matrices: from an extractor or as they come, checked, with the distances between their rows.

Lesson: 13 Evaluation.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from ganlab.errors import UserError

Extractor = Callable[[Tensor], Tensor]
BLOCK = 512
"""Rows at a time: with 60 000 rows on the other side a block is a quarter of a gigabyte."""


def as_features(x: Tensor, extractor: Extractor | None = None, what: str = "these samples", batch: int = 500) -> Tensor:
    """Features (N, d) of x: what ``extractor`` makes of x in batches, or x itself where it is a matrix already.

    Raises UserError for a result that is no matrix with a row for each sample, and for values that are not finite.
    """
    if extractor is not None:
        with torch.no_grad():
            parts = [extractor(part) for part in x.split(batch)]
        features = torch.cat([part.flatten(1).cpu() for part in parts]) if parts else x.new_empty(0, 1)
        if len(features) != len(x):
            raise UserError(f"the extractor made {len(features)} rows of {len(x)} samples: it must make one for each")
    else:
        features = x
    if features.ndim != 2:
        raise UserError(
            f"{what} must be a matrix (samples, features), not of shape {tuple(features.shape)}: hand in an extractor,"
            " or flatten them"
        )
    if not torch.isfinite(features).all():
        raise UserError(f"{what} are not all finite: look for NaN or infinity")
    return features


def pair(a: Tensor, b: Tensor, extractor: Extractor | None, least: int, why: str) -> tuple[Tensor, Tensor]:
    """Features of generated ``a`` and real ``b``, of one width and at least ``least`` rows each; or a UserError."""
    a = as_features(a, extractor, "the generated samples")
    b = as_features(b, extractor, "the real samples")
    if a.shape[1] != b.shape[1]:
        raise UserError(f"features of width {a.shape[1]} and {b.shape[1]} cannot be compared: take both alike")
    if min(len(a), len(b)) < least:
        raise UserError(
            f"{min(len(a), len(b))} samples are too few for {why}: bring at least {least} generated and {least} real"
        )
    return a, b


def nearest(a: Tensor, b: Tensor, k: int = 1) -> Tensor:
    """Distances from each row of a (N, d) to its k nearest rows of b (M, d), in order: (N, k), float64.

    Two exactly equal rows are at distance exactly nought.
    """
    return _nearest(a, b, k)[0]


def nearest_rows(a: Tensor, b: Tensor, k: int = 1) -> Tensor:
    """The positions in b (M, d) of the k rows nearest to each row of a (N, d), in order: (N, k) int64."""
    return _nearest(a, b, k)[1]


def _nearest(a: Tensor, b: Tensor, k: int) -> tuple[Tensor, Tensor]:
    """Neighbours by one matrix product; then their distances from the differences, which the product blurs near 0."""
    centre = b.double().mean(dim=0)
    a, b = a.double() - centre, b.double() - centre
    squares = b.square().sum(dim=1)
    distances, rows = [], []
    for part in a.split(BLOCK):
        found = torch.addmm(squares, part, b.T, alpha=-2).topk(k, largest=False).indices
        exact, order = (part[:, None] - b[found]).norm(dim=2).sort(dim=1)
        distances.append(exact)
        rows.append(found.gather(1, order))
    return torch.cat(distances), torch.cat(rows)


def radii(x: Tensor, k: int) -> Tensor:
    """The distance of each row of x (N, d) from its k-th nearest *other* row: (N,)."""
    return nearest(x, x, k + 1)[:, k]


def exact_distances(a: Tensor, b: Tensor) -> Tensor:
    """Euclidean distances (N, M), float64, through one matrix product about a common centre.

    The product leaves some rounding where rows are equal; pairs that come so near are computed again.
    """
    centre = b.double().mean(dim=0)
    a, b = a.double() - centre, b.double() - centre
    squares = a.square().sum(1)[:, None] + b.square().sum(1)
    squared = squares - 2 * a @ b.T
    rows, columns = (squared < 1e-9 * squares).nonzero(as_tuple=True)
    distance = squared.clamp_(min=0).sqrt_()
    distance[rows, columns] = (a[rows] - b[columns]).norm(dim=1)
    return distance
