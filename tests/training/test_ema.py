"""The moving average in closed form, and batch statistics that belong to the averaged weights."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from ganlab.training import EMA


def _one_weight(value: float) -> nn.Linear:
    network = nn.Linear(1, 1, bias=False)
    nn.init.constant_(network.weight, value)
    return network


def _set(network: nn.Module, value: float) -> None:
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.fill_(value)


def _averaged(ema: EMA) -> float:
    return float(next(iter(ema.network.parameters())))


@given(halflife=st.floats(0.5, 50), steps=st.integers(1, 60))
def test_weights_that_jump_once_and_stay_are_approached_in_closed_form(halflife: float, steps: int):
    """a_t = w + (a_0 - w) * prod keep_i with keep_i = 2^(-1/min(halflife, i/10)): early steps forget faster."""
    network = _one_weight(1.0)
    ema = EMA(network, halflife)
    _set(network, 5.0)
    for step in range(1, steps + 1):
        ema.update(step)
    left = math.prod(0.5 ** (1 / min(halflife, 0.1 * i)) for i in range(1, steps + 1))
    assert _averaged(ema) == pytest.approx(5 - 4 * left, rel=1e-5)


@pytest.mark.parametrize("halflife", [3, 20])
def test_after_one_half_life_half_the_distance_is_left(halflife: int):
    network = _one_weight(0.0)
    ema = EMA(network, halflife)
    start = 10 * halflife  # from here on the ramp of the early steps is over
    _set(network, 1.0)
    for step in range(start, start + halflife):
        ema.update(step)
    assert _averaged(ema) == pytest.approx(0.5, rel=1e-5)
    for step in range(start, start + halflife):
        ema.update(step)
    assert _averaged(ema) == pytest.approx(0.75, rel=1e-5)


def test_the_weights_of_an_average_sum_to_one():
    """Constant weights are their own average, from the first step to the last."""
    network = _one_weight(0.7)
    ema = EMA(network, 7.0)
    for step in range(1, 40):
        ema.update(step)
        assert _averaged(ema) == pytest.approx(0.7, rel=1e-6)


def test_half_life_zero_keeps_the_newest_weights():
    network = _one_weight(0.0)
    ema = EMA(network, 0.0)
    for step, value in enumerate([3.0, -1.0, 2.5], 1):
        _set(network, value)
        ema.update(step)
        assert _averaged(ema) == value


def test_an_average_smooths_a_rotation():
    """The reason for it (lesson 09): weights on a circle, an average near the centre."""
    network = nn.Linear(2, 1, bias=False)
    ema = EMA(network, 200)
    for step in range(1, 4001):
        angle = 2 * math.pi * step / 40
        with torch.no_grad():
            network.weight.copy_(torch.tensor([[math.cos(angle), math.sin(angle)]]))
        ema.update(step)
    assert float(network.weight.detach().norm()) == pytest.approx(1, rel=1e-5)
    # |average| = (1 - keep) / |1 - keep e^{i phi}| for a long rotation by phi a step
    keep, phi = 0.5 ** (1 / 200), 2 * math.pi / 40
    expected = (1 - keep) / abs(1 - keep * complex(math.cos(phi), math.sin(phi)))
    assert float(next(iter(ema.network.parameters())).norm()) == pytest.approx(expected, rel=1e-2)


def test_the_copy_is_apart_from_the_network_it_follows():
    network = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2), nn.Dropout(0.5))
    ema = EMA(network, 10)
    assert not any(m.training for m in ema.network.modules())
    assert not any(p.requires_grad for p in ema.network.parameters())
    assert all(m.training for m in network.modules()) and all(p.requires_grad for p in network.parameters())
    mine = {p.data_ptr() for p in ema.network.parameters()}
    assert not mine & {p.data_ptr() for p in network.parameters()}


# Batch statistics.


def _normed() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.ReLU(), nn.Linear(4, 2), nn.BatchNorm1d(2))


def _batches(n: int = 10) -> list[Tensor]:
    rng = torch.Generator().manual_seed(1)
    return [2 * torch.randn(16, 3, generator=rng) + 1 for _ in range(n)]


def test_recomputed_statistics_are_the_plain_mean_of_those_of_each_batch():
    ema = EMA(_normed(), 10)
    feed = iter(_batches())
    ema.refresh_statistics(lambda: next(feed))
    first, norm, relu, second, last = ema.network
    means, variances, means_2, variances_2 = [], [], [], []
    with torch.no_grad():
        for x in _batches():
            h = first(x)
            means.append(h.mean(0))
            variances.append(h.var(0, unbiased=True))
            normed = (h - h.mean(0)) / (h.var(0, unbiased=False) + norm.eps).sqrt() * norm.weight + norm.bias
            h = second(relu(normed))
            means_2.append(h.mean(0))
            variances_2.append(h.var(0, unbiased=True))
    torch.testing.assert_close(norm.running_mean, torch.stack(means).mean(0))
    torch.testing.assert_close(norm.running_var, torch.stack(variances).mean(0))
    torch.testing.assert_close(last.running_mean, torch.stack(means_2).mean(0), rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(last.running_var, torch.stack(variances_2).mean(0), rtol=1e-4, atol=1e-5)


def test_they_do_not_depend_on_what_was_there_before():
    results = []
    for rubbish in (0.0, 1e6):
        ema = EMA(_normed(), 10)
        for module in ema.network.modules():
            if isinstance(module, nn.BatchNorm1d):
                module.running_mean.fill_(rubbish)
                module.num_batches_tracked.fill_(int(rubbish))
        for _ in range(2):  # nor on how often they were recomputed
            feed = iter(_batches())
            ema.refresh_statistics(lambda feed=feed: next(feed))
        results.append([b.clone() for b in ema.network.buffers()])
    assert all(torch.equal(a, b) for a, b in zip(*results, strict=True))


def test_recomputing_leaves_weights_mode_momentum_and_the_trained_network_alone():
    network = _normed()
    ema = EMA(network, 10)
    trained = {name: value.clone() for name, value in network.state_dict().items()}
    weights = [p.clone() for p in ema.network.parameters()]
    feed = iter(_batches(4))
    ema.refresh_statistics(lambda: next(feed), batches=4)
    assert next(feed, None) is None, "as many batches as asked for"
    assert all(torch.equal(network.state_dict()[name], value) for name, value in trained.items())
    assert all(torch.equal(a, b) for a, b in zip(weights, ema.network.parameters(), strict=True))
    assert not any(m.training for m in ema.network.modules())
    assert [m.momentum for m in ema.network.modules() if isinstance(m, nn.BatchNorm1d)] == [0.1, 0.1]


def test_a_network_without_batch_norm_draws_nothing():
    ema = EMA(nn.Sequential(nn.Linear(2, 2), nn.LayerNorm(2)), 10)

    def draw() -> Tensor:
        raise AssertionError("nothing to measure")

    ema.refresh_statistics(draw)
    assert not ema.has_statistics
    assert EMA(_normed(), 10).has_statistics
