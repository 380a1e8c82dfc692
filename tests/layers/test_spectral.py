"""Spectral norms against the singular value decomposition."""

from __future__ import annotations

import pytest
import torch
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
    "mistake", [lambda: largest_singular_value(torch.ones(3)), lambda: largest_singular_value(torch.ones(3, 3), 0)]
)
def test_a_mistake_is_one_sentence(mistake):
    with pytest.raises(UserError, match="power iteration"):
        mistake()
