"""The birthday paradox as a test of diversity: how many duplicates, and what support they speak for.

Lesson: 13 Evaluation.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from ganlab.errors import UserError
from ganlab.metrics.matrix import BLOCK, as_features, exact_distances


@dataclass(frozen=True)
class Birthday:
    """``pairs`` of n samples are duplicates; ``support`` is 1 over the collision rate, with a 95 % interval.

    The support of a law with shares p_i is the *effective* one, 1 / sum of p_i^2: N for N equally likely values. With
    no pair at all ``support`` and ``high`` are infinite and ``low`` is what the sample size can still exclude.
    """

    n: int
    pairs: int
    support: float
    low: float
    high: float


def birthday(x: Tensor, within: float = 0.0) -> Birthday:
    """Count the pairs of rows of x (N, d) at most ``within`` apart, and estimate the support.

    The estimate is C(N, 2) / pairs; the rule of Arora, Risteski and Zhang 2018, about n^2 where half the batches of n
    hold a duplicate, is the same thing read backwards (`half_batch`). The interval takes the number of pairs for a
    Poisson count, right while pairs are few and different. For continuous data ``within`` decides everything: choose it
    on real data.
    Raises UserError for fewer than 2 rows, a negative distance, and values that are not finite.
    """
    x = as_features(x, None, "these samples")
    if len(x) < 2:
        raise UserError("duplicates need two samples or more")
    if within < 0:
        raise UserError(f"a distance is never negative, and this one is {within}")
    found = sum(int((exact_distances(part, x) <= within).sum()) for part in x.split(BLOCK))
    pairs, all_pairs = (found - len(x)) // 2, math.comb(len(x), 2)
    least, most = _poisson_ends(pairs)
    return Birthday(
        n=len(x),
        pairs=pairs,
        support=all_pairs / pairs if pairs else math.inf,
        low=all_pairs / most,
        high=all_pairs / least if least else math.inf,
    )


def closest_pairs(x: Tensor, pairs: int) -> float:
    """The distance within which exactly ``pairs`` pairs of rows of x (N, d) lie: real data's own measure of "the same".

    Raises UserError where there are not so many pairs.
    """
    if not 1 <= pairs <= math.comb(len(x), 2):
        raise UserError(f"{len(x)} samples have {math.comb(len(x), 2)} pairs, and {pairs} were asked for")
    smallest = torch.empty(0)
    for start in range(0, len(x), BLOCK):
        distance = exact_distances(x[start : start + BLOCK], x)
        # Only pairs (i, j) with j > i, so that each counts once and none with itself.
        later = torch.arange(len(x)) > torch.arange(start, start + len(distance))[:, None]
        candidates = torch.cat([smallest, distance[later]])
        smallest = candidates.topk(min(pairs, len(candidates)), largest=False).values
    return float(smallest.max())


def duplicate_probability(n: int, support: int) -> float:
    """P(at least one duplicate among n draws from ``support`` equally likely values), exactly."""
    if support < 1 or n < 0:
        raise UserError("n is 0 or more and the support 1 or more")
    if n > support:
        return 1.0
    return -math.expm1(sum(math.log1p(-i / support) for i in range(n)))


def half_batch(support: int) -> int:
    """The smallest batch of which at least half hold a duplicate; near sqrt(2 log 2 support)."""
    n = 1
    while duplicate_probability(n, support) < 0.5:
        n += 1
    return n


def support_from_half(n: float) -> float:
    """The support of which half the batches of n hold a duplicate, to first order: n^2 / (2 log 2)."""
    return n * n / (2 * math.log(2))


def _poisson_ends(count: int) -> tuple[float, float]:
    """The exact 95 % interval for the mean of a Poisson count (Garwood 1936)."""
    from scipy.stats import chi2

    low = 0.5 * float(chi2.ppf(0.025, 2 * count)) if count else 0.0
    return low, 0.5 * float(chi2.ppf(0.975, 2 * count + 2))
