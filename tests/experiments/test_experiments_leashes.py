"""The critic between two lines: what each leash leaves of a slope, and the same critic again."""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn

from ganlab.errors import UserError
from ganlab.experiments.leashes import LEASHES, critic, line, measure, train_critic
from ganlab.layers import lipschitz_bound
from ganlab.metrics.transport import w1_matching
from ganlab.objectives import minimax


def test_two_lines_are_as_far_apart_as_their_places():
    assert line(0.3, 5).tolist() == [[pytest.approx(0.3), pytest.approx(h)] for h in (0, 0.25, 0.5, 0.75, 1)]
    heights = torch.tensor([[0.2], [0.9]])
    assert w1_matching(line(0.0, heights), line(-0.7, heights))[0] == pytest.approx(0.7)
    theta = torch.tensor(0.5, requires_grad=True)
    assert torch.autograd.grad(line(theta, 4).sum(), theta)[0] == 4


def test_a_linear_critic_is_measured_exactly():
    D = nn.Linear(2, 1)
    with torch.no_grad():
        D.weight.copy_(torch.tensor([[-3.0, 4.0]]))
    found = measure(D, 0.5)
    assert found.value == pytest.approx(1.5, abs=1e-5) and found.slope == pytest.approx(5.0)


@pytest.mark.parametrize("depth", [2, 4])
def test_the_clipped_critic_stays_below_its_bound(depth):
    D = train_critic("clip", 40, weight=0.02, depth=depth)
    assert all(float(w.abs().max()) <= 0.02 for w in D.parameters())
    found = measure(D)
    assert found.value <= found.slope * (1 + 1e-5)
    assert found.slope <= lipschitz_bound(D) <= 0.02**depth * 64 ** (depth - 1) * math.sqrt(2)


def test_the_penalised_critic_is_as_steep_as_the_formula():
    """1 + theta / 2 lambda: for lambda 0.5 twice the target."""
    found = measure(train_critic("gp", 300, weight=0.5))
    assert found.slope == pytest.approx(2.0, rel=0.03) and found.value == pytest.approx(2.0, rel=0.03)


def test_the_normalised_critic_is_not_steeper_than_one():
    assert measure(train_critic("spectral", 60)).slope <= 1 + 1e-3


def test_the_same_seed_is_the_same_critic_and_another_is_not():
    one, again, other = (train_critic("none", 5, seed=seed, objective=minimax)(line(0.4)) for seed in (0, 0, 1))
    assert torch.equal(one, again) and not torch.equal(one, other)


@pytest.mark.parametrize(
    ("mistake", "words"),
    [
        (lambda: train_critic("rope", 5), f"unknown leash.*{LEASHES[1]}"),
        (lambda: train_critic("clip", 0), "one step or more"),
        (lambda: critic(1), "two layers or more"),
    ],
)
def test_a_mistake_is_one_sentence(mistake, words):
    with pytest.raises(UserError, match=words):
        mistake()
