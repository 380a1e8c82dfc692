"""Multipliers of updates at an equilibrium: closed forms, and against the update itself a small distance away."""

from __future__ import annotations

import math

import pytest
import torch

from ganlab.dynamics import UPDATES, adam, alternating, bilinear, dirac, extragradient, multipliers, optimistic
from ganlab.errors import UserError

ORIGIN = torch.zeros(2, dtype=torch.float64)


def largest(game, h, update=UPDATES["simultaneous"]) -> float:
    return float(multipliers(game, ORIGIN, h, update).abs().max())


@pytest.mark.parametrize("h", [0.1, 1.0, 3.0])
def test_simultaneous_steps_on_the_dirac_gan_leave(h):
    assert largest(dirac(), h) == pytest.approx(math.sqrt(1 + h * h / 4))


@pytest.mark.parametrize("ratio", [1, 4, 16])
def test_rates_with_one_product_have_one_modulus(ratio):
    rates = (0.1 / math.sqrt(ratio), 0.1 * math.sqrt(ratio))
    assert largest(dirac(), rates) == pytest.approx(math.sqrt(1 + 0.01 / 4))


def test_alternating_steps_stay_on_the_circle_up_to_four():
    for h in (0.1, 1.0, 3.9):
        assert largest(dirac(), h, alternating) == pytest.approx(1)
    # Trace 2 - h^2/4 and determinant 1: at h = 4.1 the eigenvalues are real.
    trace = 2 - 4.1**2 / 4
    assert largest(dirac(), 4.1, alternating) == pytest.approx((-trace + math.sqrt(trace**2 - 4)) / 2)


@pytest.mark.parametrize("gamma", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("name", ["simultaneous", "alternating", "extragradient"])
def test_the_multipliers_are_those_of_the_update_itself(name, gamma):
    game, tiny, rates = dirac(r1=gamma), 1e-6, (0.2, 0.5)
    moved = [UPDATES[name](game, tiny * axis, rates, None)[0] / tiny for axis in torch.eye(2, dtype=torch.float64)]
    expected = torch.linalg.eigvals(torch.stack(moved, 1))
    found = multipliers(game, ORIGIN, rates, UPDATES[name])
    assert torch.allclose(found.abs().sort().values, expected.abs().sort().values, atol=1e-5)


def test_optimistic_steps_shrink_as_their_largest_multiplier_says():
    game, h = bilinear(), 0.3
    w, memory = torch.tensor([1e-3, 0.0], dtype=torch.float64), None
    sizes = []
    for _ in range(200):
        w, memory = optimistic(game, w, h, memory)
        sizes.append(float(w.norm()))
    assert (sizes[-1] / sizes[99]) ** (1 / 100) == pytest.approx(largest(game, h, optimistic), rel=1e-2)


def test_extragradient_on_the_bilinear_game():
    h = 0.1
    assert largest(bilinear(), h, extragradient) == pytest.approx(math.hypot(1 - h * h, h))


def test_games_of_more_numbers():
    game = bilinear(torch.diag(torch.tensor([1.0, 2.0])))
    found = multipliers(game, torch.zeros(4), 0.5)
    assert found.abs().max() == pytest.approx(math.hypot(1, 0.5 * 2))
    assert len(multipliers(game, torch.zeros(4), 0.5, optimistic)) == 8


def test_adam_is_refused():
    with pytest.raises(UserError, match="no linear part"):
        multipliers(dirac(), ORIGIN, 0.1, adam)


@pytest.mark.parametrize("rates", [0.0, -0.1, (0.1, 0.0), (0.1, 0.1, 0.1), math.inf])
def test_rates_that_are_none_are_refused(rates):
    with pytest.raises(UserError, match="positive number"):
        multipliers(dirac(), ORIGIN, rates)


@pytest.mark.parametrize("h", [0.05, 0.3])
def test_the_optimistic_multipliers_solve_their_polynomial(h):
    """m^2 - (1 + 2 i h) m + i h = 0 and its conjugate: sum and product of the roots."""
    found = multipliers(bilinear(), ORIGIN, h, optimistic)
    total, product = complex(found.sum()), complex(found.prod())
    assert abs(total - 2) < 1e-9  # (1 + 2ih) + (1 - 2ih)
    assert abs(product - h * h) < 1e-9
    for root in found.tolist():
        assert min(abs(root**2 - (1 + 2j * s * h) * root + 1j * s * h) for s in (1, -1)) < 1e-9
