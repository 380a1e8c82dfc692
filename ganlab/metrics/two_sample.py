"""The classifier two-sample test: can anybody tell samples from real data?

Lesson: 13 Evaluation.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from ganlab.metrics.matrix import Extractor, pair
from ganlab.metrics.uncertainty import proportion

LEAST = 50


@dataclass(frozen=True)
class TwoSample:
    """Accuracy on ``n`` held-out samples, half of them real; ``p_value`` of "no better than a coin", one-sided.

    ``low`` and ``high`` are Wilson's 95 % interval. Under equal laws accuracy is 1/2 plus and minus 0.98 / sqrt(n).
    """

    accuracy: float
    low: float
    high: float
    p_value: float
    n: int


def classifier_two_sample(
    generated: Tensor, real: Tensor, classifier: Any = None, *, extractor: Extractor | None = None, seed: int = 0
) -> TwoSample:
    """Train a classifier to tell generated (N, d) from real (M, d) and test it on held-out halves.

    Lopez-Paz and Oquab 2017. As many of each kind as both sides have; one half trains, the other tests. ``classifier``
    is anything of scikit-learn with fit and predict; None is their nearest neighbours with k = sqrt(n) of the training
    half, on standardised features. An accuracy of one half says that *this* classifier at *this* n sees nothing.
    Raises UserError for fewer than 50 samples on a side, for features of two widths or not finite.
    """
    from scipy.stats import binomtest

    generated, real = pair(generated, real, extractor, LEAST, "a test that trains a classifier")
    count = min(len(generated), len(real))
    rng = torch.Generator().manual_seed(seed)
    halves: list[tuple[Tensor, Tensor]] = []
    a, b = (x[torch.randperm(len(x), generator=rng)[:count]] for x in (generated, real))
    for part in (slice(0, count // 2), slice(count // 2, count)):
        x = torch.cat([a[part], b[part]])
        halves.append((x, torch.cat([torch.zeros(len(a[part])), torch.ones(len(b[part]))])))
    (x, y), (x_test, y_test) = halves
    judge = neighbours_classifier(len(x)) if classifier is None else classifier
    judge.fit(x.numpy(), y.numpy())
    right = int((torch.as_tensor(judge.predict(x_test.numpy())) == y_test).sum())
    interval = proportion(right, len(y_test))
    p_value = float(binomtest(right, len(y_test), 0.5, alternative="greater").pvalue)
    return TwoSample(interval.value, interval.low, interval.high, p_value, len(y_test))


def neighbours_classifier(n: int) -> Any:
    """k nearest neighbours of standardised features, k the odd number next to sqrt(n)."""
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return make_pipeline(StandardScaler(), KNeighborsClassifier(max(1, int(n**0.5) // 2 * 2 + 1)))
