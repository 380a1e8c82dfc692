"""Modes, quality and balance: by hand, by closed form, and against a perfect sampler."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from ganlab.data.mixtures import grid, moons, ring
from ganlab.errors import UserError
from ganlab.metrics.modes import mean_mode_counts, mode_counts, mode_floor, mode_intervals

RING, GRID = ring(), grid()


def at_centres(law, counts, offset=0.0):
    """counts[k] points beside centre k, ``offset`` standard deviations to the right."""
    return law.means.repeat_interleave(torch.tensor(counts), 0) + torch.tensor([offset * law.std, 0.0])


def test_lax_and_strict_differ_between_1_and_20():
    found = mode_counts(at_centres(RING, [1, 19, 20, 0, 460, 0, 0, 0]), RING)
    assert (found.modes, found.strict, found.n) == (4, 2, 500)
    assert found.good == found.nearest == (1, 19, 20, 0, 460, 0, 0, 0)


@pytest.mark.parametrize(("offset", "quality"), [(2.99, 1.0), (3.01, 0.0)])
def test_high_quality_ends_at_three_standard_deviations(offset, quality):
    found = mode_counts(at_centres(GRID, [50] * 25, offset), GRID)
    assert found.quality == quality and found.modes == 25 * quality and found.kl == 0.0


def test_the_mean_over_seeds_is_that_of_each_figure():
    one, eight = at_centres(RING, [320] + [0] * 7, 3.01), at_centres(RING, [40] * 8)
    found = mean_mode_counts([one, eight], RING)
    assert (found["modes"], found["strict"], found["quality"]) == (4.0, 4.0, 0.5)
    assert found["kl"] == pytest.approx(math.log(8) / 2) and set(found) == set(mode_floor(RING))
    with pytest.raises(UserError, match="one seed at least"):
        mean_mode_counts([], RING)


@given(st.lists(st.integers(0, 200), min_size=8, max_size=8).filter(lambda counts: sum(counts) >= 320))
def test_the_divergence_is_that_of_the_shares_from_equal_ones(counts):
    shares = [c / sum(counts) for c in counts if c]
    wanted = sum(p * math.log(8 * p) for p in shares)
    assert mode_counts(at_centres(RING, counts), RING).kl == pytest.approx(wanted, abs=1e-12)


def test_collapse_to_one_mode_costs_log_k():
    assert mode_counts(at_centres(GRID, [2500] + [0] * 24), GRID).kl == pytest.approx(math.log(25))


def test_bad_samples_still_weigh_on_the_balance():
    """Dust between modes is of no quality, yet belongs to its nearest centre."""
    dust = torch.zeros(400, 2) + torch.tensor([0.5, 0.0])
    found = mode_counts(torch.cat([at_centres(RING, [50] * 8), dust.double()]), RING)
    assert found.quality == 0.5 and found.nearest[0] == 450 and found.good[0] == 50


def test_copies_of_the_centres_are_of_high_quality_and_without_spread():
    found = mode_counts(at_centres(GRID, [50] * 25, offset=0.01), GRID)
    assert found.quality == 1.0 and found.spread == pytest.approx(0.01 / math.sqrt(2))
    assert mode_counts(at_centres(GRID, [50] * 25, offset=5.0), GRID).spread == 0.0


@pytest.mark.parametrize("law", [RING, GRID], ids=["ring", "grid"])
def test_a_perfect_sampler_meets_its_floor(law):
    """The mean of 200 perfect samples of 2500 lies within four standard errors of the exact expectation."""
    rng = torch.Generator().manual_seed(7)
    runs = [mode_counts(law.sample(2500, rng)[0], law).values() for _ in range(200)]
    floor = mode_floor(law)
    for name, wanted in floor.items():
        seen = torch.tensor([run[name] for run in runs], dtype=torch.float64)
        assert abs(float(seen.mean()) - wanted) <= 4 * float(seen.std()) / math.sqrt(200) + 1e-9, name


def test_the_floor_in_closed_form():
    assert mode_floor(RING)["quality"] == pytest.approx(1 - math.exp(-4.5), abs=1e-12)
    assert mode_floor(RING)["quality"] == pytest.approx(0.9889, abs=5e-5)
    assert mode_floor(RING)["kl"] == pytest.approx(7 / 5000, rel=0.01)
    assert mode_floor(GRID)["kl"] == pytest.approx(24 / 5000, rel=0.01)
    assert mode_floor(GRID)["strict"] == pytest.approx(25, abs=1e-6)


def test_intervals_hold_the_value_and_the_spread_of_a_share():
    """For a share the bootstrap's width is that of the normal approximation, 2 * 1.96 * sqrt(p (1-p) / n)."""
    points = torch.cat([at_centres(RING, [125] * 8), at_centres(RING, [125] * 8, offset=5.0)])
    ends = mode_intervals(points, RING, resamples=2000)
    assert ends["quality"][0] < 0.5 < ends["quality"][1]
    assert ends["quality"][1] - ends["quality"][0] == pytest.approx(2 * 1.96 * math.sqrt(0.25 / 2000), rel=0.1)
    assert ends["modes"] == ends["strict"] == (8.0, 8.0)
    assert mode_intervals(points, RING, resamples=2000) == ends


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: mode_counts(torch.zeros(400, 3), RING), r"shape \(N, 2\)"),
        (lambda: mode_counts(torch.zeros(319, 2), RING), "takes 320 samples or more, not 319"),
        (lambda: mode_floor(GRID, 999), "takes 1000 samples"),
        (lambda: mode_counts(torch.full((400, 2), float("nan")), RING), "not all finite"),
        (lambda: mode_counts(torch.zeros(10_000, 2), moons()), "overlap"),
        (lambda: mode_intervals(torch.zeros(400, 2), RING, level=1.0), "level between 0 and 1"),
        (lambda: mode_intervals(torch.zeros(400, 2), RING, resamples=10), "100 resamples"),
    ],
)
def test_one_sentence_for_a_mistake(call, words):
    with pytest.raises(UserError, match=words):
        call()
