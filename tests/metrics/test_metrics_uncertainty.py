"""Intervals that cover what they promise, the case where the bootstrap does not, floors of equal laws."""

from __future__ import annotations

import pytest
import torch
from scipy import stats

from ganlab.errors import UserError
from ganlab.metrics import Floor, bootstrap, frechet_distance, leave_groups_out, proportion, real_floor


def _rng(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def _mean(x: torch.Tensor) -> float:
    return float(x.mean())


@pytest.mark.parametrize("method", [bootstrap, leave_groups_out])
def test_the_interval_of_a_mean_covers_it_about_as_often_as_it_says(method):
    covered = 0
    for seed in range(200):
        found = method(_mean, torch.randn(60, 1, generator=_rng(seed)))
        covered += found.low <= 0 <= found.high
    # 95 % promised; both methods are known to give a little less at so few samples. Chance alone moves it by 3 %.
    assert 0.88 <= covered / 200 <= 0.99


def test_the_bootstrap_of_a_mean_agrees_with_scipy():
    x = torch.randn(100, generator=_rng(0), dtype=torch.float64).exp()
    ours = bootstrap(_mean, x, repeats=4000)
    theirs = stats.bootstrap((x.numpy(),), lambda v, axis: v.mean(axis=axis), method="percentile", n_resamples=4000)
    width = theirs.confidence_interval.high - theirs.confidence_interval.low
    assert ours.low == pytest.approx(theirs.confidence_interval.low, abs=0.06 * width)
    assert ours.high == pytest.approx(theirs.confidence_interval.high, abs=0.06 * width)


def test_the_bootstrap_of_a_frechet_distance_misses_its_own_value_and_leaving_groups_out_does_not():
    x, y = torch.randn(2, 200, 24, generator=_rng(1), dtype=torch.float64)

    def statistic(part: torch.Tensor) -> float:
        return frechet_distance(part, y)

    biased, honest = bootstrap(statistic, x), leave_groups_out(statistic, x)
    assert biased.value < biased.low, "resampling adds the bias of a sample once more"
    assert honest.low < honest.value < honest.high


def test_leaving_single_rows_out_gives_the_textbook_error_of_a_mean():
    x = torch.randn(40, generator=_rng(2), dtype=torch.float64)
    # 20 groups of 2: the jackknife error of a mean is that of the group means, exactly.
    found = leave_groups_out(_mean, x, groups=20)
    order = torch.randperm(40, generator=_rng(0))
    groups = torch.empty(20, dtype=torch.float64)
    for g in range(20):
        groups[g] = x[order[g::20]].mean()
    error = float(groups.std() / 20**0.5)
    assert found.high - found.value == pytest.approx(stats.norm.ppf(0.975) * error)


@pytest.mark.parametrize(("k", "n"), [(0, 10), (3, 10), (10, 10), (480, 1000)])
def test_wilsons_interval_agrees_with_scipy(k, n):
    ours, theirs = proportion(k, n), stats.binomtest(k, n).proportion_ci(method="wilson")
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=1e-12)


def test_a_floor_splits_without_overlap_and_the_same_way_each_time():
    seen = []

    def metric(a: torch.Tensor, b: torch.Tensor) -> float:
        assert len(a) == 4 and len(b) == 5 and not set(a.tolist()) & set(b.tolist())
        seen.append(tuple(a.tolist()))
        return float(a.sum())

    real = torch.arange(10)
    assert real_floor(metric, real, 4, 5).values == real_floor(metric, real, 4, 5).values
    assert len(set(seen)) > 1


def test_a_floor_has_the_mean_and_deviation_of_its_values():
    floor = Floor((1.0, 2.0, 6.0))
    assert (floor.mean, floor.sd) == pytest.approx((3, 7**0.5))
    half = stats.t.ppf(0.975, 2) * 7**0.5 * (4 / 3) ** 0.5  # a prediction interval from three values
    assert (floor.low, floor.high) == pytest.approx((3 - half, 3 + half))
    assert Floor((1.0, 2.0, 6.0), (0, 5), half=4.0).high == 5


@pytest.mark.parametrize(
    ("call", "why"),
    [
        (lambda: bootstrap(_mean, torch.rand(9)), "at least 10"),
        (lambda: bootstrap(_mean, torch.rand(20), level=1.0), "between 0 and 1"),
        (lambda: leave_groups_out(_mean, torch.rand(19)), "at least 20"),
        (lambda: real_floor(lambda a, b: 0.0, torch.rand(10), 6, 5), "11|6 and 5"),
        (lambda: real_floor(lambda a, b: 0.0, torch.rand(10), 5, 5, repeats=1), "two repeats"),
        (lambda: proportion(5, 4), "no share"),
    ],
)
def test_what_gives_no_interval_is_refused(call, why):
    with pytest.raises(UserError, match=why):
        call()
