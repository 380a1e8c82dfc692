"""Stacked networks are the networks one by one, and draws of a seed do not depend on its neighbours."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from ganlab.errors import UserError
from ganlab.layers import Draws, Stacked


def networks(n=3):
    return [nn.Sequential(nn.Linear(2, 5), nn.LeakyReLU(0.2), nn.Linear(5, 1)) for _ in range(n)]


def test_one_pass_of_all_is_a_pass_of_each():
    parts = networks()
    x = torch.randn(3, 7, 2)
    torch.testing.assert_close(Stacked(parts)(x), torch.stack([net(own) for net, own in zip(parts, x, strict=True)]))


def test_the_gradient_of_the_sum_is_the_gradient_of_each():
    parts = networks()
    stacked, x = Stacked(parts), torch.randn(3, 7, 2)
    together = torch.autograd.grad(stacked(x).square().sum(), stacked.leaves())
    for place, net in enumerate(parts):
        alone = torch.autograd.grad(net(x[place]).square().sum(), list(net.parameters()))
        for a, b in zip(together, alone, strict=True):
            torch.testing.assert_close(a[place], b)


def test_other_parameters_can_be_lent_to_a_pass():
    one, two = Stacked(networks()), Stacked(networks())
    x = torch.randn(3, 4, 2)
    assert torch.equal(one(x, parameters=two.parameters), two(x))


@pytest.mark.parametrize(
    ("parts", "words"), [([], "one network or more"), ([nn.BatchNorm1d(2)], "without running statistics")]
)
def test_one_sentence_for_what_cannot_be_stacked(parts, words):
    with pytest.raises(UserError, match=words):
        Stacked(parts)


@pytest.mark.parametrize(
    "draw", [lambda d: d.normal(4, 2), lambda d: d.uniform(4), lambda d: d.integers(9, 4)], ids=["n", "u", "i"]
)
def test_a_seed_draws_the_same_whoever_is_beside_it(draw):
    together, alone, plain = Draws([5, 6]), Draws([6]), Draws([6])
    assert torch.equal(draw(together)[1], draw(alone)[0])
    state = alone.state()
    after = draw(alone)
    plain.load(state)
    assert torch.equal(draw(plain), after) and not torch.equal(draw(plain), after)
