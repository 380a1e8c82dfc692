"""Spectral norms against the singular value decomposition."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from ganlab.errors import UserError
from ganlab.layers import largest_singular_value, lipschitz_bound, with_spectral_norm


def _rng() -> torch.Generator:
    return torch.Generator().manual_seed(0)


@pytest.mark.parametrize("shape", [(5, 3), (3, 5), (8, 8)])
def test_power_iteration_finds_the_largest_singular_value(shape):
    weight = torch.randn(shape, generator=_rng(), dtype=torch.float64)
    exact = float(torch.linalg.svdvals(weight)[0])
    found = [float(largest_singular_value(weight, steps, _rng())) for steps in (1, 3, 200)]
    assert found[0] <= found[1] <= found[2] <= exact + 1e-12
    assert found[2] == pytest.approx(exact, abs=1e-9)


@settings(deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 6), st.integers(1, 6))
def test_power_iteration_never_says_too_much(seed, rows, columns):
    rng = torch.Generator().manual_seed(seed)
    weight = torch.randn(rows, columns, generator=rng, dtype=torch.float64)
    exact = float(torch.linalg.svdvals(weight)[0])
    found = [float(largest_singular_value(weight, steps, torch.Generator().manual_seed(1))) for steps in (1, 2, 6)]
    assert found == sorted(found) or max(found) - found[-1] < 1e-12
    assert 0 <= found[-1] <= exact * (1 + 1e-12)


def test_the_error_shrinks_with_the_fourth_power_of_the_ratio():
    """Singular values 1 and r: after k rounds from (a, b) sigma is short by about (1 - r^2)/2 (b/a)^2 r^(4k-2)."""
    r = 0.7
    weight = torch.diag(torch.tensor([1.0, r], dtype=torch.float64))
    a, b = torch.randn(2, generator=_rng(), dtype=torch.float64).tolist()
    for rounds in (4, 6, 8):
        short = 1 - float(largest_singular_value(weight, rounds, _rng()))
        assert short == pytest.approx((1 - r * r) / 2 * (b / a) ** 2 * r ** (4 * rounds - 2), rel=0.1)


def test_the_zero_matrix_stretches_nothing():
    assert float(largest_singular_value(torch.zeros(3, 2), 5, _rng())) == 0.0


LAYERS = [
    (lambda: nn.Conv1d(2, 3, 3), (2, 3)),
    (lambda: nn.Conv2d(2, 3, 3), (2, 3, 3)),
    (lambda: nn.ConvTranspose1d(2, 3, 3), (2, 3)),
    (lambda: nn.ConvTranspose2d(2, 3, 3), (2, 3, 3)),
    (lambda: nn.Linear(4, 5), (4,)),
]


@pytest.mark.parametrize(("make", "shape"), LAYERS)
def test_each_layers_weight_as_a_matrix_has_norm_one(make, shape):
    """The matrix has a row for each output channel, the second axis of a transposed convolution's weight."""
    torch.manual_seed(0)  # before the weights are drawn: rounds converge slowly where two singular values nearly agree
    layer = make()
    normed = with_spectral_norm(nn.Sequential(layer))[0]
    with torch.no_grad():
        for _ in range(200):
            normed(torch.zeros(1, *shape))  # in training mode each forward pass is one more round of power iteration
    weight = normed.weight.detach()
    matrix = weight.transpose(0, 1) if isinstance(layer, (nn.ConvTranspose1d, nn.ConvTranspose2d)) else weight
    assert float(torch.linalg.svdvals(matrix.flatten(1))[0]) == pytest.approx(1, abs=1e-4)


def test_a_network_with_spectral_norm_has_slope_one_or_less():
    torch.manual_seed(0)
    network = with_spectral_norm(nn.Sequential(nn.Linear(2, 32), nn.ReLU(), nn.Linear(32, 1)))
    with torch.no_grad():
        for _ in range(50):
            network(torch.randn(4, 2))
    x = torch.randn(500, 2, requires_grad=True)
    (slope,) = torch.autograd.grad(network.eval()(x).sum(), x)
    assert float(slope.norm(dim=1).max()) <= 1 + 1e-3
    assert lipschitz_bound(network) == pytest.approx(1.0, abs=1e-3)


def test_the_bound_is_the_product_of_the_layers():
    network = nn.Sequential(nn.Linear(2, 2, bias=False), nn.ReLU(), nn.Linear(2, 1, bias=False))
    network[0].weight.data = torch.diag(torch.tensor([3.0, 1.0]))
    network[2].weight.data = torch.tensor([[0.0, 2.0]])
    assert lipschitz_bound(network) == pytest.approx(6.0)


@pytest.mark.parametrize(
    "mistake",
    [
        lambda: largest_singular_value(torch.ones(3)),
        lambda: largest_singular_value(torch.ones(0, 3)),
        lambda: largest_singular_value(torch.ones(3, 3), 0),
        lambda: largest_singular_value(torch.full((3, 3), float("nan"))),
    ],
)
def test_a_mistake_is_one_sentence(mistake):
    with pytest.raises(UserError, match="power iteration"):
        mistake()
