"""The table of regularisers: nothing is missing, every weight is the one in use, and what it says of D is measured."""

from __future__ import annotations

import importlib
import math

import pytest
import torch
from torch import nn

from ganlab.layers import with_spectral_norm
from ganlab.metrics.divergences import normal, optimal_discriminator
from ganlab.objectives import PENALTIES, REGULARISERS, instance_noise, pull_away, regularisers

ROWS = {row.name: row for row in REGULARISERS}


def test_every_penalty_and_everything_that_is_no_penalty_has_its_row():
    others = {"spectral norm", "instance noise", "label smoothing", "pull-away"}
    assert set(ROWS) == (set(PENALTIES) - {"none"}) | others
    assert len(ROWS) == len(REGULARISERS) == len(repr(regularisers()).splitlines()) - 1


@pytest.mark.parametrize("name", ROWS)
def test_a_row_leads_to_something_in_the_package(name: str):
    path, _, key = ROWS[name].where.partition("[")
    module, _, attribute = path.rpartition(".")
    found = getattr(importlib.import_module(module), attribute)
    if key:
        assert found[key.strip("'\"]")].name == name and ROWS[name].weight == f"{found[name].weight:g}"
    else:
        assert callable(found)
    assert ROWS[name].source and ROWS[name].formula


def test_clipped_slopes_shrink_like_a_power_of_the_bound():
    """The most that a clipped network can do: all weights at c. Each layer more makes it another power of c."""
    for layers in (1, 2, 3):
        slopes = []
        for c in (0.01, 0.02):
            net = nn.Sequential(*(nn.Linear(4, 4, bias=False) for _ in range(layers)))
            for linear in net:
                nn.init.constant_(linear.weight, c)
            x = torch.ones(1, 4, requires_grad=True)
            (gradient,) = torch.autograd.grad(net(x)[0, 0], x)
            slopes.append(float(gradient.abs().max()))
        assert slopes[1] / slopes[0] == pytest.approx(2**layers, rel=1e-5)


def _steepest(net: nn.Module) -> float:
    x = torch.randn(500, 3, generator=torch.Generator().manual_seed(1), requires_grad=True)
    (gradient,) = torch.autograd.grad(net(x).sum(), x)
    return float(gradient.norm(dim=1).max())


def test_under_spectral_norm_no_slope_exceeds_one():
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(3, 16), nn.ReLU(), nn.Linear(16, 16), nn.ReLU(), nn.Linear(16, 1))
    for parameter in net.parameters():
        nn.init.normal_(parameter, std=2.0)
    steep = _steepest(net)
    with_spectral_norm(net)
    for _ in range(50):
        net(torch.randn(4, 3))  # in train mode each call sharpens the singular values
    assert steep > 10 and _steepest(net) < 1 + 1e-3


def test_instance_noise_makes_the_laws_overlap_and_d_follows_the_blurred_ones():
    """Two points 1 apart and noise of std 0.5: the logit of N(0, .25) against N(1, .25) is (1 - 2x) / (2 * .25)."""
    rng = torch.Generator().manual_seed(0)
    real, fake = (instance_noise(torch.full((200_000,), at), 0.5, rng).double() for at in (0.0, 1.0))
    best = optimal_discriminator(normal(0.0, 0.5), normal(1.0, 0.5))
    for x in (0.2, 0.5, 0.9):
        near_real, near_fake = (float(((s - x).abs() < 0.02).sum()) for s in (real, fake))
        share = near_real / (near_real + near_fake)
        assert share == pytest.approx(1 / (1 + math.exp(-(1 - 2 * x) / 0.5)), abs=0.02)
        assert share == pytest.approx(float(best(torch.tensor(x, dtype=torch.float64))), abs=0.02)


def test_the_pull_away_term_is_finite_and_flat_where_the_codes_are_zero():
    codes = torch.zeros(3, 4, requires_grad=True)
    value = pull_away(codes)
    (gradient,) = torch.autograd.grad(value, codes)
    assert float(value.detach()) == 0.0 and torch.isfinite(gradient).all()


def test_the_pull_away_term_is_that_of_float32_under_autocast():
    codes = torch.randn(4, 3, generator=torch.Generator().manual_seed(2)).bfloat16()
    with torch.autocast("cpu", torch.bfloat16):
        low = pull_away(codes)
    assert low.dtype is torch.float32
    torch.testing.assert_close(low, pull_away(codes.float()), rtol=0, atol=0)
