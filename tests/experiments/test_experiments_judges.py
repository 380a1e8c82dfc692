"""Judges taken to an end: the value against quadrature, the clamp, and theorem 2.4's bound."""

from __future__ import annotations

import math

import pytest
import torch

from ganlab.errors import UserError
from ganlab.experiments.judges import CLAMP, against_exact, against_frozen, minimise_value, update
from ganlab.metrics.divergences import game_value, normal
from ganlab.objectives import minimax


def test_an_update_forgets_the_gradient_before():
    weight = torch.ones(1, requires_grad=True)
    optimiser = torch.optim.SGD([weight], 0.5)
    for wanted in (0.5, 0.25):  # the slope of w^2 / 2 is w
        update(optimiser, weight.square().sum() / 2)
        assert weight.item() == wanted


@pytest.mark.parametrize(("mean", "std"), [(3.0, 0.5), (-2.0, 2.0)])
def test_the_first_value_is_that_of_the_game_before_any_step(mean, std):
    values, *_ = against_exact(lambda s: minimax.generator(None, s), 0, mean, std, steps=1)
    exact = game_value(normal(), normal(mean, std), (-14.0, 14.0)).value
    assert math.isclose(values[0], exact, abs_tol=1e-6)


def test_a_flat_loss_leaves_the_generator_where_it_is():
    values, mean, std = against_exact(lambda s: 0 * s.sum(), 0, 1.0, 2.0, steps=3)
    assert len(set(values)) == 1 and mean == 1
    assert math.isclose(std, 2, rel_tol=1e-6)  # it starts as a float32 logarithm


def test_down_the_exact_value_the_value_falls_and_against_it_rises():
    down, up = (
        against_exact(lambda s, sign=sign: sign * minimax.generator(None, s), 0, 1.0, 1.0, steps=20)[0]
        for sign in (1, -1)
    )
    assert down[-1] < down[0] == up[0] < up[-1]


def test_the_descent_ends_at_the_clamp_without_a_slope():
    loss, lowest, highest, pull = minimise_value(0)
    assert math.isclose(loss, math.log(CLAMP), abs_tol=1e-3) and pull == 0
    assert 0 <= lowest <= highest <= 1 and (highest < 1e-3 or lowest > 1 - 1e-3)


def test_the_gradient_of_a_frozen_generator_obeys_theorem_2_4():
    first, *later = against_frozen(0, (0, 100, 400))
    assert first.right < 1 and [row.right for row in later] == [1, 1]
    assert all(row.saturating <= 1.001 * row.epsilon / (1 - row.epsilon) for row in later if row.epsilon < 1)
    assert later[1].saturating < later[0].saturating < later[0].non_saturating < later[1].non_saturating


def test_measuring_does_not_change_the_run():
    assert against_frozen(1, (5, 20))[-1] == against_frozen(1, (20,))[-1]


def test_a_mistake_is_one_sentence():
    with pytest.raises(UserError, match="positive std"):
        against_exact(lambda s: s.sum(), 0, 0.0, 0.0)
    with pytest.raises(UserError, match="at least one step"):
        against_frozen(0, ())
