"""DCGAN without one of its rules: what was taken away is gone, and nothing else is."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch
from torch import nn

from ganlab.experiments.rules import but, cost, torch_weights, without_norm
from ganlab.models import DCGAN, GAN, DCGANConfig, GANConfig

SHAPE = (1, 8, 8)
RULES = DCGANConfig(latent=32, width=16)


def layers(model: DCGAN) -> Iterator[nn.Module]:
    return (layer for player in (model.G, model.D) for layer in player.modules())


def kinds(model: DCGAN) -> list[str]:
    return [type(layer).__name__ for layer in layers(model)]


def test_without_changes_it_is_dcgan_to_the_bit() -> None:
    model, same = DCGAN(SHAPE, RULES, seed=4), but()(SHAPE, RULES, seed=4)
    assert kinds(model) == kinds(same)
    assert all(torch.equal(a, b) for a, b in zip(model.parameters(), same.parameters(), strict=True))


def test_without_norm_both_players_lose_it_and_keep_the_rest() -> None:
    whole, bare = kinds(DCGAN(SHAPE, RULES)), kinds(but(without_norm)(SHAPE, RULES))
    assert whole.count("BatchNorm2d") == 3
    assert bare == [kind.replace("BatchNorm2d", "Identity") for kind in whole]


def test_torchs_weights_have_torchs_spread() -> None:
    """U(-a, a) with a = 1 / sqrt(inputs of a unit), whose standard deviation is a / sqrt(3)."""
    model = but(torch_weights)(SHAPE, DCGANConfig(latent=64, width=64))
    for layer in (model.G.project, model.D.layers[2]):
        inputs = layer.weight[0].numel()
        assert layer.weight.std().item() == pytest.approx((3 * inputs) ** -0.5, rel=0.05)
    assert all(bool((layer.weight == 1).all()) for layer in layers(model) if isinstance(layer, nn.BatchNorm2d))


def test_costs_are_those_of_the_arithmetic() -> None:
    flat = cost(GAN, GANConfig(latent=5, g_widths=(7,), d_widths=(3,)), SHAPE)
    assert flat.weights == (5 * 7 + 7) + (7 * 64 + 64) + (64 * 3 + 3) + (3 + 1)
    assert flat.multiplications == 5 * 7 + 7 * 64 + 64 * 3 + 3
    # Sides 2, 4, 8: a kernel of 4 x 4 meets every pixel of the smaller map, once for each pair of channels.
    conv = cost(DCGAN, RULES, SHAPE)
    there = 32 * 32 * 2 * 2 + 2 * 2 * 16 * 32 * 16 + 4 * 4 * 16 * 16
    back = 4 * 4 * 16 * 16 + 2 * 2 * 16 * 16 * 32 + 32 * 2 * 2
    assert conv.multiplications == there + back
