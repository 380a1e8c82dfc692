"""The classifier two-sample test: its level, its power against the Bayes accuracy, any classifier of scikit-learn."""

from __future__ import annotations

import math

import pytest
import torch
from scipy import stats
from sklearn.linear_model import LogisticRegression

from ganlab.errors import UserError
from ganlab.metrics import classifier_two_sample


def _draw(n: int, seed: int, d: int = 1) -> torch.Tensor:
    return torch.randn(n, d, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_under_equal_laws_it_rejects_about_one_time_in_twenty():
    found = [classifier_two_sample(_draw(200, s, 3), _draw(200, s + 1000, 3), seed=s) for s in range(100)]
    assert sum(f.p_value < 0.05 for f in found) <= 11  # a level of 0.05: more than 11 of 100 has chance 0.01
    assert sum(f.low <= 0.5 <= f.high for f in found) >= 88
    assert all(f.n == 200 for f in found)


@pytest.mark.parametrize("shift", [1.0, 2.0, 4.0])
def test_between_shifted_normals_a_linear_judge_reaches_the_bayes_accuracy(shift):
    bayes = 0.5 * (1 + math.erf(shift / 2 / math.sqrt(2)))
    found = classifier_two_sample(_draw(4000, 0) + shift, _draw(4000, 1), LogisticRegression())
    assert found.low - 0.005 <= bayes <= found.high + 0.005 and found.p_value < 1e-6


def test_its_power_is_that_of_the_binomial_test_at_the_bayes_accuracy():
    # Lopez-Paz and Oquab 2017, theorem 1, with the exact binomial in the place of the normal law.
    shift, n, repeats = 0.35, 200, 100
    bayes = stats.norm.cdf(shift / 2)
    least = next(right for right in range(n) if stats.binomtest(right, n, alternative="greater").pvalue < 0.05)
    power = stats.binom.sf(least - 1, n, bayes)
    found = [
        classifier_two_sample(_draw(n, s) + shift, _draw(n, s + 1000), LogisticRegression(), seed=s)
        for s in range(repeats)
    ]
    low, high = stats.binom.interval(0.998, repeats, power)
    assert 0.4 < power < 0.8 and low <= sum(f.p_value < 0.05 for f in found) <= high


def test_the_judge_decides_what_is_seen():
    # Same mean, another width: a line cannot tell them apart, neighbours can.
    a, b = 3 * _draw(1500, 2, 2), _draw(1500, 3, 2)
    assert classifier_two_sample(a, b, LogisticRegression()).accuracy < 0.58
    assert classifier_two_sample(a, b).accuracy > 0.75


def test_the_larger_side_is_cut_so_that_a_coin_is_right_half_the_time():
    found = classifier_two_sample(_draw(5000, 4), _draw(100, 5))
    assert found.n == 100 and found.accuracy < 0.7


def test_too_few_samples_are_refused():
    with pytest.raises(UserError, match="at least 50"):
        classifier_two_sample(_draw(49, 0), _draw(500, 1))
