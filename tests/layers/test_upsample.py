"""The folded upsampling against the two steps that it replaces; DCGAN's initialisation; who normalises."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.nn.functional import conv2d, interpolate

from ganlab.layers import UpsampleConv2d, folded_kernel, has_batch_norm, initialise_normal


@given(
    n=st.integers(1, 3),
    inputs=st.integers(1, 4),
    outputs=st.integers(1, 4),
    height=st.integers(1, 6),
    width=st.integers(1, 6),
    bias=st.booleans(),
)
def test_folded_equals_upsampling_then_convolution_in_value_and_gradients(
    n: int, inputs: int, outputs: int, height: int, width: int, bias: bool
):
    torch.manual_seed(n + 10 * height + 100 * width)
    layer = UpsampleConv2d(inputs, outputs, bias=bias).double()
    x = torch.randn(n, inputs, height, width, dtype=torch.float64, requires_grad=True)
    oracle = conv2d(interpolate(x, scale_factor=2, mode="nearest"), layer.weight, layer.bias, padding=1)
    probe = torch.randn_like(oracle)
    wanted = [x, *layer.parameters()]
    for folded in (True, False):
        layer.folded = folded
        y = layer(x)
        assert y.shape == (n, outputs, 2 * height, 2 * width)
        torch.testing.assert_close(y, oracle)
        expected = torch.autograd.grad((oracle * probe).sum(), wanted, retain_graph=True)
        for got, want in zip(torch.autograd.grad((y * probe).sum(), wanted), expected, strict=True):
            torch.testing.assert_close(got, want)


def test_each_entry_of_the_folded_kernel_by_hand():
    """A single output row and the kernel (1, 10, 100 | ...): sums of the flipped taps, worked out on paper.

    In one dimension the taps (a, b, c) become (c, b + c, a + b, a); in two dimensions it is the outer product.
    """
    a = torch.tensor([1.0, 10.0, 100.0])
    one_axis = torch.tensor([100.0, 110.0, 11.0, 1.0])
    kernel = folded_kernel((a[:, None] * a[None, :])[None, None])
    assert kernel.shape == (1, 1, 4, 4)
    assert torch.equal(kernel[0, 0], one_axis[:, None] * one_axis[None, :])


def test_input_and_output_channels_are_not_confused():
    layer = UpsampleConv2d(2, 3, bias=False)
    assert layer.weight.shape == (3, 2, 3, 3)
    assert folded_kernel(layer.weight).shape == (2, 3, 4, 4)


def test_both_ways_share_one_set_of_parameters():
    folded, plain = UpsampleConv2d(2, 3), UpsampleConv2d(2, 3, folded=False)
    assert list(folded.state_dict()) == list(plain.state_dict()) == ["weight", "bias"]
    plain.load_state_dict(folded.state_dict())
    x = torch.randn(2, 2, 3, 3)
    torch.testing.assert_close(plain(x), folded(x))
    weight = folded.weight
    folded.folded = False
    assert folded.weight is weight and len(list(folded.parameters())) == 2


def test_without_bias_there_is_none():
    assert list(UpsampleConv2d(2, 3, bias=False).state_dict()) == ["weight"]


@pytest.mark.parametrize("std", [0.02, 0.5])
def test_initialisation_has_dcgans_mean_and_spread(std: float):
    torch.manual_seed(0)
    layers = {
        "conv": nn.Conv2d(16, 32, 4), "transposed": nn.ConvTranspose2d(16, 32, 4),
        "linear": nn.Linear(100, 90), "upsample": UpsampleConv2d(32, 32),
    }  # fmt: skip
    initialise_normal(nn.ModuleDict(layers), std)
    for name, layer in layers.items():
        weight = layer.weight.detach()
        n = weight.numel()
        assert n > 8000
        assert abs(float(weight.mean())) < 4 * std / math.sqrt(n), name
        # The standard deviation of a sample standard deviation is std / sqrt(2n).
        assert abs(float(weight.std()) - std) < 4 * std / math.sqrt(2 * n), name
        assert float(layer.bias.detach().abs().max()) == 0, name


def test_normalisation_gains_are_drawn_around_one():
    torch.manual_seed(0)
    norm = nn.BatchNorm2d(10_000)
    nn.init.constant_(norm.bias, 3.0)
    initialise_normal(norm)
    gain = norm.weight.detach()
    assert abs(float(gain.mean()) - 1) < 4 * 0.02 / math.sqrt(10_000)
    assert abs(float(gain.std()) - 0.02) < 4 * 0.02 / math.sqrt(20_000)
    assert float(norm.bias.detach().abs().max()) == 0


def test_layers_without_bias_can_be_initialised():
    initialise_normal(nn.Sequential(nn.Conv2d(1, 2, 3, bias=False), UpsampleConv2d(2, 1, bias=False)))


@pytest.mark.parametrize(
    ("layer", "mixes"),
    [
        (nn.BatchNorm1d(2), True),
        (nn.BatchNorm2d(2), True),
        (nn.BatchNorm3d(2), True),
        (nn.SyncBatchNorm(2), True),
        (nn.LayerNorm(2), False),
        (nn.GroupNorm(1, 2), False),
        (nn.InstanceNorm2d(2), False),
        (nn.Dropout(0.5), False),
    ],
)
def test_batch_norm_is_found_at_any_depth(layer: nn.Module, mixes: bool):
    assert has_batch_norm(nn.Sequential(nn.Linear(1, 1), nn.Sequential(nn.ReLU(), layer))) == mixes
    assert has_batch_norm(layer) == mixes
