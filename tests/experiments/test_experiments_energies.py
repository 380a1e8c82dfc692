"""The energy-based game on the digits: who moves when, what is logged, what the pull-away term does."""

from __future__ import annotations

import pytest
import torch

from ganlab.errors import UserError
from ganlab.experiments.energies import energy_game


def test_the_log_is_the_loss_of_the_energies():
    found = energy_game(0.0, alone=3, steps=6)
    loss, real, fake = found.log.T
    assert found.log.shape == (6, 3) and found.fakes.shape == (500, 1, 8, 8)
    assert float(found.fakes.abs().max()) <= 1
    # All energies of an untrained D lie on one side of a margin of 0.1, or of one of 10.
    far = energy_game(0.0, alone=1, steps=2, margin=10.0)
    assert torch.allclose(far.log[:, 0], far.log[:, 1] + 10 - far.log[:, 2], atol=1e-5)
    assert bool((loss >= real - 1e-6).all()) and bool((loss <= real + 0.1 + 1e-6).all())
    assert bool((fake >= 0).all())


def test_the_generator_waits_while_d_is_alone():
    """Two games that differ in the weight only are the same to the bit until G moves, and not after."""
    one, other = (energy_game(weight, alone=4, steps=8, seed=1).log for weight in (0.0, 5.0))
    assert torch.equal(one[:5], other[:5]) and not torch.equal(one[6:], other[6:])


def test_the_pull_away_term_keeps_the_fakes_apart():
    """The lesson's claim at half of its length."""
    sick, sound = (energy_game(weight, alone=100, steps=400) for weight in (0.0, 0.1))
    assert sound.cosine < sick.cosine and sound.spread > 2 * sick.spread


@pytest.mark.parametrize("mistake", [{"weight": -1.0}, {"weight": 0.1, "alone": 8, "steps": 8}])
def test_a_mistake_is_one_sentence(mistake):
    with pytest.raises(UserError, match="fewer steps"):
        energy_game(**mistake)
    with pytest.raises(UserError, match="positive"):
        energy_game(0.1, margin=0.0)
