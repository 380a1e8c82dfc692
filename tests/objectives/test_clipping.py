"""Clipping by norm: the textbook's vector, PyTorch's own function as oracle, and what it cannot do."""

from __future__ import annotations

import copy

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from ganlab.errors import UserError
from ganlab.objectives import clip_by_norm, gradient_norm


def test_three_and_four_clipped_to_norm_one():
    (clipped,) = clip_by_norm([torch.tensor([3.0, 4.0])], 1.0)
    torch.testing.assert_close(clipped, torch.tensor([0.6, 0.8]))
    (apart,) = clip_by_norm([torch.tensor([3.0, 4.0])], 2.5)
    torch.testing.assert_close(apart, torch.tensor([1.5, 2.0]))


def test_one_norm_for_all_gradients_together_not_one_each():
    a, b = clip_by_norm([torch.tensor([3.0]), torch.tensor([[4.0]])], 1.0)
    assert float(a) == pytest.approx(0.6) and float(b) == pytest.approx(0.8)


def test_a_vanishing_gradient_stays_as_small_as_it_was():
    for size in (1e-6, 1e-30, 0.0):
        tiny = torch.full((3,), size)
        assert torch.equal(clip_by_norm([tiny], 1.0)[0], tiny)


def test_an_exploding_gradient_whose_squares_overflow_is_clipped_not_zeroed():
    (clipped,) = clip_by_norm([torch.tensor([3e25, 4e25])], 1.0)
    torch.testing.assert_close(clipped, torch.tensor([0.6, 0.8]))


@given(st.floats(1e-3, 1e3), st.floats(1e-2, 1e2), st.integers(0, 1000))
def test_the_norm_never_exceeds_the_bound_and_the_direction_stays(size: float, bound: float, seed: int):
    g = torch.randn(7, generator=torch.Generator().manual_seed(seed), dtype=torch.float64) * size
    (clipped,) = clip_by_norm([g], bound)
    assert float(gradient_norm([clipped])) <= bound * (1 + 1e-12)
    assert float(torch.cosine_similarity(g, clipped, dim=0)) == pytest.approx(1.0)
    if float(gradient_norm([g])) <= bound:
        assert torch.equal(g, clipped)


@pytest.mark.parametrize("bound", [0.1, 1e6])
def test_it_agrees_with_pytorchs_clipping_up_to_pytorchs_epsilon(bound: float):
    torch.manual_seed(0)
    network = nn.Sequential(nn.Linear(3, 5), nn.Tanh(), nn.Linear(5, 1))
    network(torch.randn(9, 3)).square().sum().backward()
    ours = clip_by_norm([p.grad for p in network.parameters()], bound)
    twin = copy.deepcopy(network)
    for p, q in zip(network.parameters(), twin.parameters(), strict=True):
        q.grad = p.grad.clone()
    norm = nn.utils.clip_grad_norm_(twin.parameters(), bound)
    torch.testing.assert_close(gradient_norm([p.grad for p in network.parameters()]).float(), norm)
    for mine, q in zip(ours, twin.parameters(), strict=True):
        torch.testing.assert_close(mine, q.grad, rtol=1e-5, atol=1e-8)


def test_several_seeds_at_once_have_a_norm_each():
    a, b = torch.randn(3, 4), torch.randn(3, 2, 2)
    a[0] *= 1e-3
    b[0] *= 1e-3
    together = torch.func.vmap(lambda x, y: clip_by_norm([x, y], 1.0))(a, b)
    for i in range(3):
        for ours, alone in zip((t[i] for t in together), clip_by_norm([a[i], b[i]], 1.0), strict=True):
            torch.testing.assert_close(ours, alone)
    assert torch.equal(together[0][0], a[0])


@pytest.mark.parametrize("bound", [0.0, -1.0, float("nan")])
def test_a_bound_that_is_not_positive_is_refused(bound: float):
    with pytest.raises(UserError, match="norm above 0"):
        clip_by_norm([torch.ones(2)], bound)
