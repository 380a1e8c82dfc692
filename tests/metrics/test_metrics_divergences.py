"""Exact divergences against closed forms, and identities that tie them together."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from ganlab.errors import UserError
from ganlab.metrics.divergences import (
    LogDensity,
    expectation,
    f_divergence,
    game_value,
    gaussian_kl,
    mixture,
    normal,
    optimal_discriminator,
    shifted_gaussians,
    variational_bound,
)
from ganlab.objectives.divergences import F_DIVERGENCES

SPAN = (-12.0, 14.0)


@pytest.mark.parametrize("d", [0.5, 1.0, 2.0])
def test_quadrature_meets_the_closed_forms(d):
    closed = shifted_gaussians(d)
    for name, wanted in zip(("kl", "pearson", "squared-hellinger", "total-variation"), closed, strict=True):
        found = f_divergence(F_DIVERGENCES[name], normal(), normal(d), SPAN, breaks=[d / 2])
        assert found.value == pytest.approx(wanted, abs=1e-7)
        assert abs(found.value - wanted) <= found.error + 1e-8


def test_kl_of_two_widths():
    found = f_divergence(F_DIVERGENCES["kl"], normal(1.0, 0.5), normal(-0.5, 2.0), (-20.0, 20.0))
    assert found.value == pytest.approx(gaussian_kl(1.0, 0.5, -0.5, 2.0), abs=1e-8)
    reverse = f_divergence(F_DIVERGENCES["reverse-kl"], normal(-0.5, 2.0), normal(1.0, 0.5), (-9.0, 11.0))
    assert reverse.value == pytest.approx(gaussian_kl(1.0, 0.5, -0.5, 2.0), abs=1e-6)


def test_equal_laws_are_worth_minus_log_four_and_a_coin():
    same = game_value(normal(), normal(), SPAN)
    assert same.jensen_shannon == pytest.approx(0, abs=1e-9)
    assert same.value == pytest.approx(-math.log(4), abs=1e-9)
    assert same.bayes_accuracy == pytest.approx(0.5, abs=1e-9)


@settings(max_examples=10)
@given(st.floats(0.2, 3.0), st.floats(0.5, 2.0))
def test_the_jensen_shannon_divergence_is_symmetric_and_bounded(d, std):
    p, q = normal(), normal(d, std)
    left, right = game_value(p, q, (-15.0, 18.0)), game_value(q, p, (-15.0, 18.0))
    assert left.jensen_shannon == pytest.approx(right.jensen_shannon, abs=1e-7)
    assert 0 <= left.jensen_shannon <= math.log(2)


@pytest.mark.parametrize(("p", "q"), [((-3.0, 2.0), (3.0, 0.3)), ((0.0, 3.0), (0.0, 0.2))])
def test_laws_of_very_unequal_widths_have_a_game_value_too(p, q):
    left, right = (game_value(normal(*a), normal(*b), (-16.0, 16.0)) for a, b in ((p, q), (q, p)))
    assert 0 < left.jensen_shannon < math.log(2)
    assert left.jensen_shannon == pytest.approx(right.jensen_shannon, abs=1e-9)
    assert left.bayes_accuracy == pytest.approx(right.bayes_accuracy, abs=2e-5)  # mass beyond the span


def test_disjoint_supports_have_the_largest_game_value():
    def uniform(low: float) -> LogDensity:
        return lambda x: torch.where((x > low) & (x < low + 1), 0.0, -math.inf).double()

    value = game_value(uniform(0.0), uniform(2.0), (-1.0, 4.0), breaks=(0.0, 1.0, 2.0, 3.0))
    assert value.jensen_shannon == pytest.approx(math.log(2), abs=1e-9)
    assert value.value == pytest.approx(0, abs=1e-9)
    assert value.bayes_accuracy == pytest.approx(1)


def test_the_optimal_discriminator_of_a_shift_is_a_logistic_line():
    d, x = 1.0, torch.linspace(-3, 3, 13, dtype=torch.float64)
    torch.testing.assert_close(optimal_discriminator(normal(), normal(d))(x), torch.sigmoid(d * d / 2 - d * x))


@pytest.mark.parametrize("name", ["kl", "js", "squared-hellinger", "pearson", "gan"])
def test_the_bound_is_tight_at_the_optimal_critic_and_below_elsewhere(name):
    f, p, q = F_DIVERGENCES[name], normal(), normal(1.0)
    exact = f_divergence(f, p, q, (-9.0, 10.0)).value

    def best(x):
        return f.optimal(p(x) - q(x))

    assert variational_bound(f, best, p, q, (-9.0, 10.0)).value == pytest.approx(exact, abs=1e-6)
    off = variational_bound(f, lambda x: best(x) - 0.05, p, q, (-9.0, 10.0)).value
    assert off < exact - 1e-5


def test_the_gradient_of_the_non_saturating_loss_is_kl_minus_two_jsd():
    """Arjovsky and Bottou 2017, theorem 2.5, by quadrature and central differences, for a mean and for a width."""
    p = normal()
    for mean, std in ((1.0, 1.0), (0.7, 1.6)):

        def loss_slope(direction, mean=mean, std=std):
            d_star = optimal_discriminator(p, normal(mean, std))  # frozen at the present q

            def loss(step):
                q = normal(mean + step * (1 - direction), std + step * direction)
                return expectation(lambda x: -d_star(x).log(), q, (-14.0, 14.0)).value

            return (loss(1e-4) - loss(-1e-4)) / 2e-4

        def target_slope(direction, mean=mean, std=std):
            def target(step):
                m, s = mean + step * (1 - direction), std + step * direction
                return gaussian_kl(m, s, 0.0, 1.0) - 2 * game_value(p, normal(m, s), (-14.0, 14.0)).jensen_shannon

            return (target(1e-4) - target(-1e-4)) / 2e-4

        for direction in (0, 1):
            assert loss_slope(direction) == pytest.approx(target_slope(direction), abs=1e-5)


def test_a_mixture_has_mass_one_and_its_parts_mean():
    law = mixture([normal(-2.0, 0.5), normal(3.0, 1.0)], [0.25, 0.75])
    assert expectation(torch.ones_like, law, (-8.0, 12.0)).value == pytest.approx(1.0, abs=1e-8)
    assert expectation(lambda x: x, law, (-8.0, 12.0)).value == pytest.approx(0.25 * -2 + 0.75 * 3, abs=1e-7)


@pytest.mark.parametrize(
    ("mistake", "words"),
    [
        (lambda: normal(0.0, 0.0), "positive"),
        (lambda: gaussian_kl(0, 1, 0, -1), "positive"),
        (lambda: mixture([normal()], [0.5]), "sum to one"),
        (lambda: expectation(torch.ones_like, normal(), (1.0, 1.0)), "not empty"),
        (lambda: expectation(torch.ones_like, normal(), (-math.inf, 1.0)), "finite"),
    ],
)
def test_a_mistake_is_one_sentence(mistake, words):
    with pytest.raises(UserError, match=words):
        mistake()
