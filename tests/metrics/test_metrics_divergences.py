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
    of_points,
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


@given(st.floats(-1.0, 1.0), st.floats(0.4, 2.5), st.floats(-1.0, 1.0), st.floats(0.4, 2.5))
@settings(max_examples=15, deadline=None)
def test_kl_and_its_reverse_meet_the_closed_form_within_their_error(mean_p, std_p, mean_q, std_q):
    p, q, span = normal(mean_p, std_p), normal(mean_q, std_q), (-30.0, 30.0)
    for name, wanted in (
        ("kl", gaussian_kl(mean_p, std_p, mean_q, std_q)),
        ("reverse-kl", gaussian_kl(mean_q, std_q, mean_p, std_p)),
    ):
        found = f_divergence(F_DIVERGENCES[name], p, q, span, breaks=(mean_p, mean_q))
        assert abs(found.value - wanted) <= found.error + 1e-9


@pytest.mark.parametrize("name", ["js", "gan"])
def test_two_formulas_of_the_game_agree(name):
    """As an f-divergence (weighted with q) and as the game's value (weighted with each law)."""
    p, q = normal(-1.0, 0.7), normal(0.5, 1.5)
    game, found = game_value(p, q, (-12.0, 16.0)), f_divergence(F_DIVERGENCES[name], p, q, (-12.0, 16.0))
    wanted = game.jensen_shannon if name == "js" else game.value
    assert abs(found.value - wanted) <= found.error + game.error + 1e-9


PARTNERS = {name: name for name in ("js", "squared-hellinger", "total-variation")} | {"kl": "reverse-kl"}


@pytest.mark.parametrize(("name", "partner"), PARTNERS.items())
def test_exchanging_p_and_q_gives_the_partner(name, partner):
    p, q, span = normal(0.0, 1.0), normal(1.0, 0.6), (-9.0, 10.0)
    one = f_divergence(F_DIVERGENCES[name], p, q, span, breaks=(0.0, 0.5, 1.0))
    other = f_divergence(F_DIVERGENCES[partner], q, p, span, breaks=(0.0, 0.5, 1.0))
    assert one.value == pytest.approx(other.value, abs=1e-6)


@pytest.mark.parametrize("name", [name for name in F_DIVERGENCES if name != "gan"])
@settings(max_examples=6, deadline=None)
@given(st.floats(-1.5, 1.5), st.floats(0.8, 1.3))
def test_a_divergence_is_not_negative_and_does_not_see_where_zero_is(name, d, std):
    f = F_DIVERGENCES[name]
    here = f_divergence(f, normal(), normal(d, std), (-12.0, 12.0), breaks=(0.0, d)).value
    moved = f_divergence(f, normal(5.0), normal(5 + d, std), (-7.0, 17.0), breaks=(5.0, 5 + d)).value
    assert here >= -1e-9
    assert here == pytest.approx(moved, rel=1e-4, abs=1e-6)


def uniform(low: float, high: float) -> LogDensity:
    return lambda x: torch.where((x > low) & (x < high), -math.log(high - low), -math.inf).double()


def test_mass_of_p_that_q_does_not_see_is_never_left_out():
    """E_q f(p/q) alone would say -0.35 here; the KL divergence is infinite."""
    for f in F_DIVERGENCES.values():
        with pytest.raises(UserError, match="where q has none"):
            f_divergence(f, uniform(0, 2), uniform(0, 1), (-1.0, 3.0), breaks=(0.0, 1.0, 2.0))
    for name, wanted in (("kl", math.log(2)), ("pearson", 1.0), ("total-variation", 0.5),
                         ("squared-hellinger", 2 - math.sqrt(2))):  # fmt: skip
        found = f_divergence(F_DIVERGENCES[name], uniform(0, 1), uniform(0, 2), (-1.0, 3.0), breaks=(0.0, 1.0, 2.0))
        assert found.value == pytest.approx(wanted, abs=1e-6)


def test_a_density_too_small_for_a_number_is_not_taken_for_zero():
    """q = N(0, 0.05^2) is no number where p = N(0, 0.7^2) still has mass: nothing there would be too little."""
    kl, p, q = F_DIVERGENCES["kl"], normal(0.0, 0.7), normal(0.0, 0.05)
    near = f_divergence(kl, p, q, (-1.8, 1.8), breaks=(0.0,))
    x = torch.linspace(-1.8, 1.8, 200_001, dtype=torch.float64)
    assert near.value == pytest.approx(float(torch.trapezoid(p(x).exp() * (p(x) - q(x)), x)), rel=1e-6)
    with pytest.raises(UserError, match="too large there"):
        f_divergence(kl, p, q, (-4.0, 4.0), breaks=(0.0,))


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
    value = game_value(uniform(0, 1), uniform(2, 3), (-1.0, 4.0), breaks=(0.0, 1.0, 2.0, 3.0))
    assert value.jensen_shannon == pytest.approx(math.log(2), abs=1e-9)
    assert value.value == pytest.approx(0, abs=1e-9)
    assert value.bayes_accuracy == pytest.approx(1)


def test_the_optimal_discriminator_of_a_shift_is_a_logistic_line():
    d, x = 1.0, torch.linspace(-3, 3, 13, dtype=torch.float64)
    torch.testing.assert_close(optimal_discriminator(normal(), normal(d))(x), torch.sigmoid(d * d / 2 - d * x))


@pytest.mark.parametrize("name", F_DIVERGENCES)
def test_the_bound_is_tight_at_the_optimal_critic_and_below_elsewhere(name):
    f, p, q = F_DIVERGENCES[name], normal(), normal(1.0)
    exact = f_divergence(f, p, q, (-9.0, 10.0)).value

    def best(x):
        return f.optimal(p(x) - q(x))

    assert variational_bound(f, best, p, q, (-9.0, 10.0)).value == pytest.approx(exact, abs=1e-6)
    off = variational_bound(f, lambda x: best(x) * 0.9 - 0.03, p, q, (-9.0, 10.0)).value
    assert off < exact - 1e-5


def test_a_critic_outside_the_domain_is_refused_and_not_called_a_bound():
    """T = 0.6 would make total variation's formula say 0.6 E_p 1 - 0.6 E_q 1 = 0, T = 2 x any number at all."""
    for name, outside in (("total-variation", 0.6), ("squared-hellinger", 1.5), ("reverse-kl", 0.1), ("js", 0.4)):
        with pytest.raises(UserError, match="outside the domain"):
            variational_bound(F_DIVERGENCES[name], lambda x, t=outside: 0 * x + t, normal(), normal(1.0), SPAN)


def test_point_sets_by_hand():
    x, y = torch.tensor([[0.0], [1.0]]), torch.tensor([[0.0], [0.0], [2.0], [3.0]])
    found = of_points(x, y)
    assert found.kl == math.inf and found.total_variation == 0.5
    assert found.jensen_shannon == pytest.approx(0.5 * math.log(2))
    nested = of_points(torch.tensor([[0.0], [0.0], [1.0]]), torch.tensor([[1.0], [0.0]]))
    assert nested.kl == pytest.approx(2 / 3 * math.log(4 / 3) + 1 / 3 * math.log(2 / 3))
    assert nested.total_variation == pytest.approx(1 / 6)


@given(st.lists(st.integers(0, 3), min_size=1, max_size=6), st.lists(st.integers(0, 3), min_size=1, max_size=6))
def test_point_sets_meet_scipys_entropies(x, y):
    from scipy.spatial.distance import jensenshannon
    from scipy.stats import entropy

    found = of_points(torch.tensor(x).float()[:, None], torch.tensor(y).float()[:, None])
    p, q = ([values.count(k) / len(values) for k in range(4)] for values in (x, y))
    assert found.kl == pytest.approx(float(entropy(p, q)), abs=1e-9)
    assert found.jensen_shannon == pytest.approx(float(jensenshannon(p, q)) ** 2, abs=1e-9)
    assert found.total_variation == pytest.approx(sum(abs(a - b) for a, b in zip(p, q, strict=True)) / 2)


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
        (lambda: normal(0.0, math.inf), "positive and finite"),
        (lambda: normal(math.nan), "finite mean"),
        (lambda: gaussian_kl(0, 1, 0, -1), "positive"),
        (lambda: gaussian_kl(math.nan, 1, 0, 1), "finite"),
        (lambda: shifted_gaussians(40.0), "at most 26"),
        (lambda: mixture([]), "one part"),
        (lambda: mixture([normal(), normal(1.0)], [0.5, math.nan]), "sum to one"),
        (lambda: mixture([normal(), normal(1.0)], [1.5, -0.5]), "positive"),
        (lambda: expectation(lambda x: 1 / x, normal(), (0.0, 1.0)), "settles only"),
        (lambda: f_divergence(F_DIVERGENCES["reverse-kl"], uniform(0, 1), uniform(0, 2), (0.1, 1.9)), "not finite"),
        (lambda: of_points(torch.zeros(2), torch.zeros(2)), r"shapes \(N, d\)"),
        (lambda: of_points(torch.zeros(2, 1), torch.zeros(2, 2)), r"shapes \(N, d\)"),
        (lambda: of_points(torch.tensor([[math.inf]]), torch.zeros(2, 1)), "not finite"),
        (lambda: mixture([normal()], [0.5]), "sum to one"),
        (lambda: expectation(torch.ones_like, normal(), (1.0, 1.0)), "not empty"),
        (lambda: expectation(torch.ones_like, normal(), (-math.inf, 1.0)), "finite"),
    ],
)
def test_a_mistake_is_one_sentence(mistake, words):
    with pytest.raises(UserError, match=words):
        mistake()
