"""Duplicates: exact probabilities, the support of a known law, its interval, near duplicates."""

from __future__ import annotations

import math
from itertools import product

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from ganlab.errors import UserError
from ganlab.metrics import birthday, closest_pairs, duplicate_probability, half_batch, support_from_half


def _rng(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@given(st.integers(0, 5), st.integers(1, 4))
def test_the_probability_is_that_of_counting_every_case(n, support):
    cases = list(product(range(support), repeat=n))
    expected = sum(len(set(case)) < n for case in cases) / len(cases)
    assert duplicate_probability(n, support) == pytest.approx(expected)


def test_twenty_three_people():
    assert half_batch(365) == 23 and duplicate_probability(23, 365) == pytest.approx(0.5073, abs=1e-4)
    assert support_from_half(math.sqrt(2 * math.log(2) * 365)) == pytest.approx(365)


def test_the_support_of_a_uniform_law_lies_in_its_interval_about_19_times_in_20():
    hits, estimates = 0, []
    for seed in range(200):
        found = birthday(torch.randint(0, 1000, (300, 1), generator=_rng(seed)).float())
        hits += found.low <= 1000 <= found.high
        estimates.append(1 / found.support)
    assert 0.9 <= hits / 200 <= 1
    assert sum(estimates) / 200 == pytest.approx(1 / 1000, rel=0.05)  # the collision rate is estimated without bias


def test_an_uneven_law_has_its_effective_support():
    shares = torch.tensor([0.5, 0.25, 0.25])
    x = torch.multinomial(shares, 4000, replacement=True, generator=_rng(0))[:, None].float()
    assert birthday(x).support == pytest.approx(1 / float(shares.square().sum()), rel=0.03)


def test_without_duplicates_only_a_lower_bound_is_given():
    found = birthday(torch.arange(100.0)[:, None])
    assert found.pairs == 0 and found.support == found.high == math.inf
    assert found.low == pytest.approx(4950 / -math.log(0.025))  # Poisson: no pair at 3.69 expected has chance 0.025


def test_near_pairs_are_counted_as_brute_force_counts_them_across_blocks():
    x = torch.rand(1300, 3, generator=_rng(1), dtype=torch.float64)
    apart = torch.pdist(x)
    assert birthday(x, 0.05).pairs == int((apart <= 0.05).sum())
    assert closest_pairs(x, 20) == pytest.approx(float(apart.sort().values[19]), abs=1e-6)


@pytest.mark.parametrize(
    ("call", "why"),
    [
        (lambda: birthday(torch.rand(1, 2)), "two samples"),
        (lambda: birthday(torch.rand(5, 2), -1.0), "never negative"),
        (lambda: closest_pairs(torch.rand(3, 2), 4), "3 pairs"),
        (lambda: duplicate_probability(3, 0), "1 or more"),
    ],
)
def test_what_has_no_duplicates_to_count_is_refused(call, why):
    with pytest.raises(UserError, match=why):
        call()
