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
