"""How far a value would move: floors from real splits, intervals by the bootstrap or by leaving groups out.

Three different questions. A *floor* says what a perfect sampler would be given at this sample size: real data stand
in for the samples, several times. An *interval* says how much the value of these samples depends on which ones were
drawn. Neither says that the metric is the right one.

The bootstrap draws samples again *with* replacement. It is right for means and smooth functions of means (precision at
fixed radii, a power spectrum), and wrong where a repeated sample changes the statistic: a nearest neighbour at distance
nought, a covariance that is biased once more. There `leave_groups_out` is the honest choice.

Lesson: 13 Evaluation.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import NormalDist

import torch
from torch import Tensor

from ganlab.errors import UserError

Statistic = Callable[[Tensor], float]
Statistics = Callable[[Tensor], Sequence[float]]
Comparison = Callable[[Tensor, Tensor], float]
Comparisons = Callable[[Tensor, Tensor], Sequence[float]]


@dataclass(frozen=True)
class Interval:
    """A value with the ends of its interval and the way they were found."""

    value: float
    low: float
    high: float
    how: str


@dataclass(frozen=True)
class Floor:
    """What real data get in place of the samples: the values of all repeats, and where the metric can go at all."""

    values: tuple[float, ...]
    bounds: tuple[float, float] = (-math.inf, math.inf)

    @property
    def mean(self) -> float:
        """Their mean."""
        return sum(self.values) / len(self.values)

    @property
    def sd(self) -> float:
        """Their standard deviation."""
        mean = self.mean
        return (sum((value - mean) ** 2 for value in self.values) / (len(self.values) - 1)) ** 0.5

    @property
    def low(self) -> float:
        """Two standard deviations below the mean."""
        return max(self.mean - 2 * self.sd, self.bounds[0])

    @property
    def high(self) -> float:
        """Two standard deviations above the mean."""
        return min(self.mean + 2 * self.sd, self.bounds[1])


def real_floor(
    metric: Comparison, real: Tensor, n: int, m: int | None = None, *, repeats: int = 10, seed: int = 0
) -> Floor:
    """``metric(n real rows, m other real rows)`` over ``repeats`` random disjoint splits of real (N, ...).

    m: None for all rows that are left. The splits of one data set overlap from repeat to repeat, so the spread is that
    of re-splitting these data; fresh data would spread a little more. Raises UserError where n + m rows are not there.
    """
    return real_floors(lambda a, b: (metric(a, b),), real, n, m, repeats=repeats, seed=seed)[0]


def real_floors(
    metric: Comparisons, real: Tensor, n: int, m: int | None = None, *, repeats: int = 10, seed: int = 0
) -> list[Floor]:
    """`real_floor` for a metric of several values at once: a floor for each of them."""
    m = len(real) - n if m is None else m
    if n < 1 or m < 1 or n + m > len(real):
        raise UserError(f"a floor needs {n} and {max(m, 1)} different real samples of {len(real)}: take fewer")
    if repeats < 2:
        raise UserError("a floor needs two repeats or more, so that its spread is known")
    rng = torch.Generator().manual_seed(seed)
    rows = []
    for _ in range(repeats):
        order = torch.randperm(len(real), generator=rng)
        rows.append([float(value) for value in metric(real[order[:n]], real[order[n : n + m]])])
    return [Floor(tuple(values)) for values in zip(*rows, strict=True)]


def bootstrap(statistic: Statistic, x: Tensor, *, repeats: int = 200, level: float = 0.95, seed: int = 0) -> Interval:
    """Percentile interval of statistic(x) over ``repeats`` draws of the rows of x (N, ...) with replacement.

    For means and smooth functions of means. Not for Frechet distances, neighbour counts or duplicates: a drawn row
    comes about 0.63 N times as a new one, and its copies lie at distance nought; take `leave_groups_out`.
    Source: Efron 1979. Raises UserError for fewer than 10 rows and for a level outside (0, 1).
    """
    _check(x, 10, level)
    rng = torch.Generator().manual_seed(seed)
    values = [float(statistic(x[torch.randint(len(x), (len(x),), generator=rng)])) for _ in range(repeats)]
    ends = torch.tensor(values, dtype=torch.float64).quantile(
        torch.tensor([(1 - level) / 2, (1 + level) / 2], dtype=torch.float64)
    )
    return Interval(float(statistic(x)), float(ends[0]), float(ends[1]), f"bootstrap, {repeats} draws")


def leave_groups_out(
    statistic: Statistic, x: Tensor, *, groups: int = 10, level: float = 0.95, seed: int = 0
) -> Interval:
    """statistic(x) plus and minus a normal quantile times the delete-a-group jackknife's standard error.

    The rows of x (N, ...) are shuffled into ``groups`` groups and the statistic is computed without each of them in
    turn, so no row is ever repeated: this suits Frechet distances and neighbour counts. It measures spread, never bias,
    and with ten groups the error itself is known to about a quarter. Source: Shao and Wu 1989.
    Raises UserError for fewer than two rows a group, and for a level outside (0, 1).
    """
    return leave_groups_out_each(lambda part: (statistic(part),), x, groups=groups, level=level, seed=seed)[0]


def leave_groups_out_each(
    statistics: Statistics, x: Tensor, *, groups: int = 10, level: float = 0.95, seed: int = 0
) -> list[Interval]:
    """`leave_groups_out` for a function that gives several values at once: an interval for each of them."""
    _check(x, 2 * groups, level)
    if groups < 2:
        raise UserError("leaving groups out needs two groups or more")
    order = torch.randperm(len(x), generator=torch.Generator().manual_seed(seed))
    group = torch.empty(len(x), dtype=torch.long)
    group[order] = torch.arange(len(x)) % groups
    rows = [[float(value) for value in statistics(x[group != g])] for g in range(groups)]
    values = torch.tensor(rows, dtype=torch.float64)
    errors = ((groups - 1) / groups * (values - values.mean(dim=0)).square().sum(dim=0)).sqrt()
    reaches = NormalDist().inv_cdf((1 + level) / 2) * errors
    how = f"{groups} groups left out in turn"
    whole = [float(value) for value in statistics(x)]
    return [Interval(v, v - r, v + r, how) for v, r in zip(whole, reaches.tolist(), strict=True)]


def proportion(successes: int, n: int, level: float = 0.95) -> Interval:
    """Wilson's interval for a share of n independent trials. Raises UserError for n < 1 or a count outside 0..n."""
    if n < 1 or not 0 <= successes <= n:
        raise UserError(f"{successes} of {n} is no share: count between 0 and n, with n at least 1")
    z = NormalDist().inv_cdf((1 + level) / 2)
    share = successes / n
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    reach = z / (1 + z * z / n) * (share * (1 - share) / n + z * z / (4 * n * n)) ** 0.5
    low = centre - reach if successes else 0.0
    return Interval(share, low, centre + reach if successes < n else 1.0, "Wilson")


def _check(x: Tensor, least: int, level: float) -> None:
    if len(x) < least:
        raise UserError(f"{len(x)} samples are too few for an interval: take at least {least}")
    if not 0 < level < 1:
        raise UserError(f"the level of an interval lies between 0 and 1, not at {level}")
