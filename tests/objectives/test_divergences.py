"""f-divergences against their definitions: conjugates by a numerical supremum, optimal critics by autograd."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from ganlab.errors import UserError
from ganlab.objectives import minimax
from ganlab.objectives.divergences import F_DIVERGENCES, gan
from ganlab.objectives.energy import energy_based, pull_away

each = pytest.mark.parametrize("d", F_DIVERGENCES.values(), ids=F_DIVERGENCES)
RATIOS = torch.logspace(-6, 6, 200_001, dtype=torch.float64)
OUTPUTS = torch.linspace(-3, 1.5, 19, dtype=torch.float64)


@each
def test_the_conjugate_is_the_supremum(d):
    for t in d.activation(OUTPUTS):
        if d.name == "pearson" and t < -2:
            continue  # below -2 the supremum over u >= 0 is -1; the formula stays above it
        u = torch.cat([torch.zeros(1, dtype=torch.float64), RATIOS])
        values = u * t - d.f(u)
        supremum = float(values[torch.isfinite(values)].max())
        assert float(d.conjugate(t)) == pytest.approx(supremum, abs=2e-5)


@each
def test_the_activation_ends_in_the_domain_and_the_shortcut_is_exact(d):
    t = d.activation(OUTPUTS)
    assert bool((t >= d.low).all()) and bool((t <= d.high).all())
    torch.testing.assert_close(d.conjugate_of_activation(OUTPUTS), d.conjugate(t), rtol=1e-9, atol=1e-9)


@each
def test_the_optimal_critic_is_the_slope_of_f(d):
    log_ratio = torch.tensor([-2.0, -0.7, 0.4, 1.9], dtype=torch.float64)
    u = log_ratio.exp().requires_grad_(True)
    (slope,) = torch.autograd.grad(d.f(u).sum(), u)
    torch.testing.assert_close(d.optimal(log_ratio), slope)


@each
def test_f_is_zero_at_one(d):
    wanted = -math.log(4) if d is gan else 0.0
    assert float(d.f(torch.tensor(1.0, dtype=torch.float64))) == pytest.approx(wanted, abs=1e-12)


@each
@given(st.floats(0.01, 20), st.floats(-3, 1.5))
def test_no_critic_beats_the_conjugate(d, u, v):
    """Fenchel and Young: f(u) + f*(t) >= u t."""
    t = d.activation(torch.tensor(v, dtype=torch.float64))
    assert float(d.f(torch.tensor(u, dtype=torch.float64)) + d.conjugate(t) - u * t) >= -1e-9


@each
@given(st.floats(0.01, 20), st.floats(0.01, 20))
def test_f_lies_below_its_chords(d, u, w):
    ends = d.f(torch.tensor([u, w], dtype=torch.float64))
    assert float(d.f(torch.tensor((u + w) / 2, dtype=torch.float64))) <= float(ends.mean()) + 1e-12


@each
@given(st.floats(-4, 4))
def test_the_tangent_at_a_ratio_starts_at_minus_the_conjugate(d, r):
    """f(u) - f'(u) u = -f*(f'(u)): what the tangent reads at u = 0, and the identity behind the bound."""
    r = torch.tensor(r, dtype=torch.float64)
    t = d.optimal(r)
    if d.name == "total-variation" and r == 0:
        return  # at the corner any slope will do
    assert float(d.f(r.exp()) - t * r.exp()) == pytest.approx(-float(d.conjugate(t)), rel=1e-9, abs=1e-9)


def test_the_gan_divergence_plays_the_minimax_game():
    real, fake = torch.tensor([0.3, -1.2]).double(), torch.tensor([2.0, 0.1]).double()
    ours = gan.objective(non_saturating=False)
    torch.testing.assert_close(ours.discriminator(real, fake), minimax.discriminator(real, fake))
    torch.testing.assert_close(ours.generator(None, fake), minimax.generator(None, fake))


@each
def test_the_non_saturating_generator_has_the_other_half_of_the_game(d):
    v = torch.tensor([-1.0, 0.5], dtype=torch.float64)
    torch.testing.assert_close(d.objective().generator(None, v), -d.activation(v).mean())


@each
def test_losses_stay_finite_at_large_outputs(d):
    v = torch.tensor([-60.0, 60.0])
    game = d.objective()
    assert bool(torch.isfinite(game.discriminator(v, v))) and bool(torch.isfinite(game.generator(None, v)))


@pytest.mark.parametrize(("name", "t"), [("reverse-kl", 0.5), ("js", 0.4), ("gan", 0.0), ("total-variation", 0.6)])
def test_a_value_outside_the_domain_is_refused(name, t):
    with pytest.raises(UserError, match="outside the domain"):
        F_DIVERGENCES[name].bound(torch.tensor([t]), torch.tensor([-0.1]))


def test_a_value_that_is_not_finite_is_refused():
    with pytest.raises(UserError, match="finite"):
        F_DIVERGENCES["kl"].bound(torch.tensor([math.nan]), torch.tensor([0.0]))


def test_the_energy_losses_by_hand():
    game = energy_based(margin=1.0)
    assert float(game.discriminator(torch.tensor([0.2]), torch.tensor([0.5]))) == pytest.approx(0.7)
    assert float(game.discriminator(torch.tensor([0.2, 0.4]), torch.tensor([0.5, 3.0]))) == pytest.approx(0.3 + 0.25)
    assert float(game.generator(None, torch.tensor([0.5, 0.1]))) == pytest.approx(0.3)
    with pytest.raises(UserError, match="positive"):
        energy_based(0.0)


@pytest.mark.parametrize("angle", [0.0, 0.3, math.pi / 2, 2.0])
def test_the_pull_away_term_is_the_squared_cosine(angle):
    codes = torch.tensor([[2.0, 0.0], [3 * math.cos(angle), 3 * math.sin(angle)]])
    assert float(pull_away(codes)) == pytest.approx(math.cos(angle) ** 2, abs=1e-6)


def test_the_pull_away_term_of_equal_codes_is_one_and_needs_two():
    assert float(pull_away(torch.ones(5, 3))) == pytest.approx(1.0)
    with pytest.raises(UserError, match="N >= 2"):
        pull_away(torch.ones(1, 3))


# Properties, for laws on a few points.

masses = st.lists(st.tuples(st.floats(0.01, 1), st.floats(0.01, 1)), min_size=3, max_size=6)
HIGHEST = {"js": math.log(2), "gan": 0.0, "total-variation": 1.0, "squared-hellinger": 2.0}
EXCHANGED = {"kl": "reverse-kl", "reverse-kl": "kl", "js": "js", "gan": "gan", "total-variation": "total-variation",
             "squared-hellinger": "squared-hellinger"}  # fmt: skip


def _laws(rows):
    p, q = torch.tensor(rows, dtype=torch.float64).T
    return p / p.sum(), q / q.sum()


def _between(d, p, q):
    return float((q * d.f(p / q)).sum())


@each
@given(masses)
def test_no_divergence_falls_below_its_value_at_equal_laws_or_leaves_its_range(d, rows):
    p, q = _laws(rows)
    lowest = -math.log(4) if d is gan else 0.0
    assert _between(d, p, q) >= lowest - 1e-12
    assert _between(d, p, p) == pytest.approx(lowest, abs=1e-12)
    if d.name in HIGHEST:
        assert _between(d, p, q) <= HIGHEST[d.name] + 1e-12


@pytest.mark.parametrize("name", EXCHANGED)
@given(masses)
def test_exchanging_the_laws_exchanges_kl_and_reverse_kl_and_leaves_the_symmetric_ones(name, rows):
    p, q = _laws(rows)
    forward, backward = F_DIVERGENCES[name], F_DIVERGENCES[EXCHANGED[name]]
    assert _between(forward, p, q) == pytest.approx(_between(backward, q, p), abs=1e-10)


def test_pearson_is_not_symmetric():
    p, q = _laws([(0.9, 0.5), (0.1, 0.5)])
    pearson = F_DIVERGENCES["pearson"]
    assert abs(_between(pearson, p, q) - _between(pearson, q, p)) > 0.1


@each
@given(masses)
def test_a_judge_who_cannot_tell_two_points_apart_never_sees_more(d, rows):
    """Merging two points into one never raises a divergence."""
    p, q = _laws(rows)
    merged = [torch.cat([law[:2].sum()[None], law[2:]]) for law in (p, q)]
    assert _between(d, *merged) <= _between(d, p, q) + 1e-12


@given(masses)
def test_the_jensen_shannon_divergence_is_below_the_total_variation_times_log_two(rows):
    """Lin 1991, theorem 3: why the accuracy of the best judge saturates before the value does (lesson 05)."""
    p, q = _laws(rows)
    assert _between(F_DIVERGENCES["js"], p, q) <= math.log(2) * _between(F_DIVERGENCES["total-variation"], p, q) + 1e-12


# Gradients, precision, bad input.


@each
@pytest.mark.parametrize("non_saturating", [True, False])
def test_gradients_of_both_losses_in_float64(d, non_saturating):
    real = torch.tensor([0.3, -0.7], dtype=torch.float64, requires_grad=True)
    fake = torch.tensor([0.9, -0.4], dtype=torch.float64, requires_grad=True)
    game = d.objective(non_saturating)
    for loss in (game.discriminator, game.generator):
        assert loss(real, fake).dtype is torch.float64
        assert torch.autograd.gradcheck(loss, (real, fake))


@each
def test_losses_are_those_of_float32_under_autocast(d):
    real, fake = torch.tensor([1.5, -2.25]).bfloat16(), torch.tensor([0.75, 1.5]).bfloat16()
    for loss in (d.objective().discriminator, d.objective(False).generator, d.objective().generator):
        with torch.autocast("cpu", torch.bfloat16):
            value = loss(real, fake)
        assert value.dtype is torch.float32
        assert torch.equal(value, loss(real.float(), fake.float()))


@each
@given(st.floats(-3, 1.2), st.floats(0.05, 1))
def test_a_higher_output_on_real_samples_is_better_for_d_and_never_worse_for_g_on_fakes(d, v, lift):
    low, high = (torch.tensor([value], dtype=torch.float64) for value in (v, v + lift))
    fake, game = torch.tensor([0.1], dtype=torch.float64), d.objective()
    assert float(game.discriminator(high, fake)) < float(game.discriminator(low, fake))
    assert float(game.generator(None, high)) < float(game.generator(None, low))


@pytest.mark.parametrize("name", [name for name, d in F_DIVERGENCES.items() if d.high < math.inf])
@pytest.mark.parametrize("who", ["real", "fake"])
def test_every_bounded_domain_refuses_a_value_above_it_on_either_side(name, who):
    d = F_DIVERGENCES[name]
    inside, outside = torch.tensor([d.low if d.closed else -0.3]), torch.tensor([d.high + 0.1])
    values = {"real": inside, "fake": inside, who: outside}
    with pytest.raises(UserError, match=f"domain of f\\* of {name}"):
        d.bound(**values)


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_energies_that_are_not_finite_are_refused(bad):
    with pytest.raises(UserError, match="not all finite"):
        energy_based().values(torch.tensor([0.1, 0.2]), torch.tensor([bad, 0.2]))


@given(st.lists(st.floats(0, 5), min_size=1, max_size=5), st.floats(0.1, 2), st.floats(0.01, 1))
def test_the_energy_game_rewards_low_energy_of_data_and_stops_at_the_margin(energies, margin, lift):
    game, e = energy_based(margin), torch.tensor(energies, dtype=torch.float64)
    zero = torch.zeros(1, dtype=torch.float64)
    assert float(game.discriminator(e + lift, zero)) > float(game.discriminator(e, zero)) >= 0
    assert float(game.generator(None, e + lift)) > float(game.generator(None, e))
    assert float(game.discriminator(zero, e + lift)) <= float(game.discriminator(zero, e))
    assert float(game.discriminator(zero, e + margin)) == 0.0


def test_gradients_of_the_energy_game_and_of_the_pull_away_term_in_float64():
    real = torch.tensor([0.3, 0.7], dtype=torch.float64, requires_grad=True)
    fake = torch.tensor([0.4, 1.9], dtype=torch.float64, requires_grad=True)
    for loss in (energy_based().discriminator, energy_based().generator):
        assert torch.autograd.gradcheck(loss, (real, fake))
    codes = torch.randn(4, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(1), requires_grad=True)
    assert torch.autograd.gradcheck(pull_away, codes)


@given(st.integers(0, 1000), st.floats(0.1, 10))
def test_the_pull_away_term_lies_between_zero_and_one_and_ignores_lengths(seed, scale):
    codes = torch.randn(4, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))
    value = float(pull_away(codes))
    assert 0 <= value <= 1 + 1e-12
    assert float(pull_away(scale * codes)) == pytest.approx(value)
