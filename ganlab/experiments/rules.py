"""DCGAN with one of its rules taken away, and what a pair of players costs.

The rules are those of Radford, Metz and Chintala 2016. Lesson: 16 DCGAN.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from ganlab.models import DCGAN, Model, ModelConfig


def torch_weights(network: nn.Module) -> None:
    """Draw the initial weights anew, as torch's own layers do it, in the place of N(0, 0.02²)."""
    for layer in network.modules():
        if hasattr(layer, "reset_parameters"):
            layer.reset_parameters()  # type: ignore[operator]


def without_norm(network: nn.Module) -> None:
    """Take every batch normalisation out of a player of `DCGAN`; put nothing in its place."""
    for place, layer in enumerate(network.layers):  # type: ignore[arg-type]
        if isinstance(layer, nn.BatchNorm2d):
            network.layers[place] = nn.Identity()  # type: ignore[operator,assignment]


def but(*changes: Callable[[nn.Module], None]) -> type[DCGAN]:
    """`DCGAN` with each change made to both of its new networks."""

    class Changed(DCGAN):
        def build(self) -> dict[str, nn.Module]:
            players = super().build()
            for change in changes:
                for network in players.values():
                    change(network)
            return players

    return Changed


class Cost(NamedTuple):
    """Weights of both players, and multiplications for one image that passes through both."""

    weights: int
    multiplications: int


def cost(kind: type[Model], config: ModelConfig, shape: tuple[int, ...]) -> Cost:
    """What a pair costs, for images of ``shape`` (C, H, W); normalisation and pointwise functions are not counted."""
    model = kind(shape, config)
    with FlopCounterMode(display=False) as counter:
        model.D(model.G(torch.zeros(1, config.latent)))
    return Cost(sum(p.numel() for p in model.parameters()), counter.get_total_flops() // 2)
