"""How far a value would move: floors from real splits, intervals by the bootstrap or by leaving groups out.

Two different questions. A *floor* says what a perfect sampler would be given at this sample size: real data stand
in for the samples, several times; its ends are those of a 95 % *prediction* interval, for one fresh value. An
*interval* says how much the value of these samples depends on which ones were drawn. Neither says that the metric is
the right one.

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
    """What real data get in place of the samples: the values of all repeats, and where the metric can go at all.

    ``half`` is half the width of the 95 % prediction interval for one fresh value. None stands for Student's
    t s sqrt(1 + 1/K) from the deviation s of the K values, which is right where they spread as fresh values would.
    """

    values: tuple[float, ...]
    bounds: tuple[float, float] = (-math.inf, math.inf)
    half: float | None = None

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
    def reach(self) -> float:
        """How far from the mean one fresh value of a perfect sampler may lie, 19 times of 20."""
        if self.half is not None:
            return self.half
        return _student(len(self.values) - 1) * self.sd * (1 + 1 / len(self.values)) ** 0.5

    @property
    def low(self) -> float:
        """The lower end of the prediction interval, within the bounds."""
        return max(self.mean - self.reach, self.bounds[0])

    @property
    def high(self) -> float:
        """The upper end of the prediction interval, within the bounds."""
        return min(self.mean + self.reach, self.bounds[1])


def real_floor(
    metric: Comparison, real: Tensor, n: int, m: int | None = None, *, repeats: int = 10, seed: int = 0
) -> Floor:
    """``metric(n real rows, m other real rows)`` over ``repeats`` random disjoint splits of real (N, ...).

    m: None for all rows that are left. The splits re-use one data set. For a *contrast* of its two sides (a distance, a
    ratio, a test of one against the other) they spread as fresh data would, as in a permutation test: what one side
    has too much of, the other lacks. For a metric with a level of its own, such as precision, the two sides' errors
    cancel instead of adding up and the spread is too small: take `swapped_floors`.
    Raises UserError where n + m rows are not there.
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


def swapped_floors(
    metric: Comparisons, samples: Tensor, real: Tensor, n: int, *, repeats: int = 20, seed: int = 0
) -> list[tuple[Interval, Floor]]:
    """Value and floor of n samples, for metrics that have a level of their own: the luck of the reference cancels.

    Two disjoint random halves A and B of n real rows each. The value is the mean of metric(samples, A) and
    metric(samples, B), the floor's mean that of metric(A, B) and metric(B, A): both have met the same references, so
    for a perfect sampler their difference has mean 0, and to first order it is a mean over the samples less one over
    the real rows. Its variance is measured on real data at half of the size: n / 2 rows in place of the samples, n more
    in place of A and B, ``repeats`` times; half of the mean square belongs to n, as the variance of a mean does. It is
    taken for no less than that of a share which misses one of the 2n rows. Student's quantile has ``repeats`` degrees
    of freedom. Raises UserError where 2n real rows are not there.
    """
    if n < 2 or 2 * n > len(real):
        raise UserError(f"a floor needs {2 * max(n, 2)} different real samples of {len(real)}: take fewer")
    rng = torch.Generator().manual_seed(seed)
    real = real[torch.randperm(len(real), generator=rng)[: 2 * n]]
    a, b = real[:n], real[n:]
    values = leave_groups_out_each(lambda part: _mean_of(metric(part, a), metric(part, b)), samples[:n], seed=seed)
    forth, back = metric(a, b), metric(b, a)
    squares = []
    for _ in range(repeats):
        x, y, z = real[torch.randperm(2 * n, generator=rng)].split(n // 2)[:3]
        as_samples, as_real = _mean_of(metric(x, y), metric(x, z)), _mean_of(metric(y, z), metric(z, y))
        squares.append([(v - w) ** 2 for v, w in zip(as_samples, as_real, strict=True)])
    found = []
    for value, first, second, square in zip(values, forth, back, zip(*squares, strict=True), strict=True):
        variance = max(sum(square) / repeats / 2, 1.5 / (2 * n * n))
        found.append((value, Floor((first, second), half=_student(repeats) * variance**0.5)))
    return found


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


def _mean_of(first: Sequence[float], second: Sequence[float]) -> list[float]:
    return [(x + y) / 2 for x, y in zip(first, second, strict=True)]


def _student(freedom: int) -> float:
    """The 0.975 quantile of Student's t."""
    from scipy.stats import t

    return float(t.ppf(0.975, freedom))


def _check(x: Tensor, least: int, level: float) -> None:
    if len(x) < least:
        raise UserError(f"{len(x)} samples are too few for an interval: take at least {least}")
    if not 0 < level < 1:
        raise UserError(f"the level of an interval lies between 0 and 1, not at {level}")
