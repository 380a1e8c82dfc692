"""How good a classifier is, class by class, and how sure one can be: scores, paired intervals, learning curves.

Lesson: 18 Does synthetic data help?
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from torch import Tensor

from ganlab.errors import UserError


def scores(probabilities: Tensor, labels: Tensor, minority: int) -> dict[str, float]:
    """Accuracy, macro recall, recall of the minority class, and the area under precision-recall curves.

    probabilities (N, K), labels (N,). ``pr_auc`` is the average precision of each class against the rest, averaged
    over the classes that occur; ``minority_pr_auc`` that of the minority class. All from scikit-learn.
    """
    from sklearn.metrics import accuracy_score, average_precision_score, recall_score

    truth, guess = labels.numpy(), probabilities.argmax(dim=1).numpy()
    present = np.unique(truth)
    precision = {c: float(average_precision_score(truth == c, probabilities[:, c].numpy())) for c in present}
    recalls = dict(zip(present, recall_score(truth, guess, labels=present, average=None, zero_division=0), strict=True))
    return {
        "accuracy": float(accuracy_score(truth, guess)),
        "macro_recall": float(np.mean(list(recalls.values()))),
        "minority_recall": float(recalls.get(minority, 0.0)),
        "pr_auc": float(np.mean(list(precision.values()))),
        "minority_pr_auc": precision.get(minority, 0.0),
    }


@dataclass(frozen=True)
class Gain:
    """A difference of two arms with the ends of its 95 % interval, and how many seeds stand behind it."""

    value: float
    low: float
    high: float
    seeds: int


def paired_gain(after: Sequence[float], before: Sequence[float]) -> Gain:
    """Student's paired interval: the same seeds in both, in the same order. Raises UserError for fewer than two."""
    a, b = np.asarray(after, dtype=float), np.asarray(before, dtype=float)
    if a.shape != b.shape or a.ndim != 1 or len(a) < 2:
        raise UserError(f"a paired interval needs the same two or more seeds on both sides, not {len(a)} and {len(b)}")
    d = a - b
    return _student(float(d.mean()), float(d.var(ddof=1) / len(d)), len(d))


def recall_gain(after: np.ndarray, before: np.ndarray, labels: np.ndarray) -> Gain:
    """The gain in macro recall with an interval for both lotteries: which seeds, and which test images.

    after, before: boolean (S, N), right or wrong for each seed and test image; labels (N,). The two variances add up:
    that of the S seed means, and, class by class, that of the N images' mean differences. A little wide, since the
    second holds a share of the first. Student's t with S - 1 degrees of freedom.
    """
    if after.shape != before.shape or after.ndim != 2 or len(after) < 2:
        raise UserError("a paired interval needs the same two or more seeds and the same test images on both sides")
    d = after.astype(float) - before.astype(float)
    classes = np.unique(labels)
    by_class = np.stack([d[:, labels == c].mean(axis=1) for c in classes], axis=1)
    each_seed, each_image = by_class.mean(axis=1), d.mean(axis=0)
    of_seeds = each_seed.var(ddof=1) / len(d)
    of_images = (
        sum(each_image[labels == c].var(ddof=1) / (labels == c).sum() for c in classes if (labels == c).sum() > 1)
        / len(classes) ** 2
    )
    return _student(float(each_seed.mean()), float(of_seeds + of_images), len(d))


def learning_curve(sizes: Sequence[float], errors: Sequence[float]) -> tuple[float, float]:
    """(b, c) of error = b n^-c by least squares on logarithms, c at least 0. Errors of nought count as 1e-4."""
    x, y = np.log(np.asarray(sizes, dtype=float)), np.log(np.maximum(np.asarray(errors, dtype=float), 1e-4))
    if len(x) < 2 or len(np.unique(x)) < 2:
        raise UserError("a learning curve needs errors at two sizes or more")
    slope, height = np.polyfit(x, y, 1)
    c = max(0.0, -float(slope))
    return (math.exp(float(height)) if c else float(np.exp(y.mean()))), c


def doubled(sizes: Sequence[float], errors: np.ndarray) -> Gain:
    """What twice the labels would bring: errors (S, len(sizes)) by seed -> the fall of error from n to 2n, n the last.

    The curve of `learning_curve` is fitted to each seed. An extrapolation by one doubling, no measurement.
    """
    falls = []
    for row in errors:
        b, c = learning_curve(sizes, row)
        falls.append(b * sizes[-1] ** -c * (1 - 2.0**-c))
    d = np.asarray(falls)
    return _student(float(d.mean()), float(d.var(ddof=1) / len(d)), len(d))


def _student(value: float, variance: float, seeds: int) -> Gain:
    from scipy.stats import t

    reach = float(t.ppf(0.975, seeds - 1)) * math.sqrt(variance)
    return Gain(value, value - reach, value + reach, seeds)
