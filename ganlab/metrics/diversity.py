"""How far samples lie from each other, over all and within each class.

Lesson: 13 Evaluation.
"""

from __future__ import annotations

from torch import Tensor

from ganlab.errors import UserError
from ganlab.metrics.matrix import BLOCK, as_features, exact_distances


def mean_pairwise_distance(x: Tensor) -> float:
    """The mean Euclidean distance of two different rows of x (N, d), over all pairs.

    What the LPIPS diversity of Zhang et al. 2018 and Huang et al. 2018 does in their features. It is large for noise as
    well: read it beside that of real data, and never as "more is better".
    Raises UserError for fewer than 2 rows and values that are not finite.
    """
    x = as_features(x, None, "these samples")
    if len(x) < 2:
        raise UserError("a distance between samples needs two of them")
    total = sum(float(exact_distances(part, x).double().sum()) for part in x.split(BLOCK))
    return total / (len(x) * (len(x) - 1))


def class_diversity(x: Tensor, labels: Tensor, classes: int) -> tuple[float | None, ...]:
    """`mean_pairwise_distance` within each class, for rows (N, d) with int64 labels (N,); None below two samples.

    A generator that draws one picture of each class passes every test of class shares and fails here.
    Raises UserError where labels do not fit the rows or the classes.
    """
    if labels.shape != (len(x),) or (len(labels) and not 0 <= int(labels.min()) <= int(labels.max()) < classes):
        raise UserError(f"{len(x)} samples need a label each, between 0 and {classes - 1}")
    groups = (x[labels == c] for c in range(classes))
    return tuple(mean_pairwise_distance(group) if len(group) > 1 else None for group in groups)
