"""SNGAN: residual networks, and a D whose every layer is divided by its largest singular value. Miyato, Kataoka, Koyama
and Yoshida 2018, "Spectral Normalization for Generative Adversarial Networks".

A network is no steeper than the product of its layers' spectral norms, and each is held near 1 by one step of power
iteration a pass (algorithm 1; `ganlab.layers.with_spectral_norm`). The objective is the hinge (eq. 16 and 17).
Networks of table 4, with widths that double inwards instead of one width of 128 (D) and 256 (G) everywhere.

The paper, on CIFAR-10 without labels: inception score 8.22 +- 0.05 and Frechet distance 21.7 +- 0.21 (ResNet with the
hinge, table 2: mean and deviation over models of several seeds). Ours, half a minute of one core on MNIST, beside the
other models: a Frechet distance of 52.9 (floor 0.1) and nine digits, in the record ``mnist-models``; the zoo's has
longer. Lessons: 08 Wasserstein, 16 DCGAN.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from itertools import pairwise
from typing import ClassVar

from torch import Tensor, nn

from ganlab.errors import UserError
from ganlab.layers import MinibatchStd, UpsampleConv2d
from ganlab.models.base import Model, ModelConfig
from ganlab.models.dcgan import DCGAN, halvings
from ganlab.objectives import PENALTIES, hinge


@dataclass(frozen=True)
class SNGANConfig(ModelConfig):
    """Adam at 2e-4 with betas 0 and 0.9 and five steps of D, as the authors' code configures CIFAR-10 without labels.

    (pfnet-research/sngan_projection, ``sn_cifar10_unconditional.yml``, whose rate also falls to 0; table 1 of the paper
    lists the settings of its plain convolutional networks.)

    ``width`` channels next to the image, doubled at each halving of its side.

    ``spectral_norm=false`` takes from the model what it is named after, for comparison.
    """

    latent: int = 128
    beta1: float = 0.0
    beta2: float = 0.9
    d_steps: int = 5
    spectral_norm: bool = field(default=True, kw_only=True)
    width: int = 16


def convolution(inputs: int, outputs: int, kernel: int, gain: float = 1.0, up: bool = False) -> nn.Module:
    """A convolution that keeps the side, or doubles it first (``up``), its weights Glorot's uniform times ``gain``."""
    conv = UpsampleConv2d(inputs, outputs) if up else nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2)
    nn.init.xavier_uniform_(conv.weight, gain)
    nn.init.zeros_(conv.bias)  # type: ignore[arg-type]
    return conv


class Block(nn.Module):
    """x -> shortcut(x) + residual(x), figure 8 of the paper. Inputs of shape (N, inputs, H, W).

    ``resample``: 1 keeps the side, 2 doubles it, 0.5 halves it. ``norm``: batch normalisation before each activation,
    as in G. ``first``: the block that sees the image, which it does not rectify. The shortcut is the identity where it
    can be, and a 1x1 convolution where channels or side change.
    """

    def __init__(self, inputs: int, outputs: int, resample: float = 1, norm: bool = False, first: bool = False) -> None:
        super().__init__()
        up: list[nn.Module] = [nn.Upsample(scale_factor=2)] if resample == 2 else []
        down: list[nn.Module] = [nn.AvgPool2d(2)] if resample == 0.5 else []
        self.residual = nn.Sequential(
            *([nn.BatchNorm2d(inputs)] if norm else []), *([] if first else [nn.ReLU()]),
            convolution(inputs, outputs, 3, math.sqrt(2), up=bool(up)),
            *([nn.BatchNorm2d(outputs)] if norm else []), nn.ReLU(),
            convolution(outputs, outputs, 3, math.sqrt(2)), *down,
        )  # fmt: skip
        project = [convolution(inputs, outputs, 1)] if inputs != outputs or resample != 1 else []
        # Channels are mixed at the smaller side: a 1x1 convolution and a resampling commute.
        self.shortcut = nn.Sequential(*project, *up) if up else nn.Sequential(*down, *project)

    def forward(self, x: Tensor) -> Tensor:
        """The sum of both ways."""
        return self.shortcut(x) + self.residual(x)


class ResidualGenerator(nn.Module):
    """(N, latent) -> (N, C, side, side) in (-1, 1): a linear map to the smallest grid, then blocks that double it."""

    def __init__(self, latent: int, channels: tuple[int, ...], shape: tuple[int, ...]) -> None:
        super().__init__()
        side = shape[1] >> (len(channels) - 1)
        linear = nn.Linear(latent, channels[0] * side * side)
        nn.init.xavier_uniform_(linear.weight)
        self.project = nn.Sequential(linear, nn.Unflatten(1, (channels[0], side, side)))
        self.blocks = nn.Sequential(*(Block(a, b, 2, norm=True) for a, b in pairwise(channels)))
        self.image = nn.Sequential(
            nn.BatchNorm2d(channels[-1]), nn.ReLU(), convolution(channels[-1], shape[0], 3), nn.Tanh()
        )

    def forward(self, z: Tensor) -> Tensor:
        """Map noise to images."""
        return self.image(self.blocks(self.project(z)))


class ResidualDiscriminator(nn.Module):
    """(N, C, side, side) -> (N,) logits: blocks that halve, two that do not, a sum over the grid, a linear map."""

    def __init__(self, channels: tuple[int, ...], shape: tuple[int, ...], dropout: float, minibatch_std: int) -> None:
        super().__init__()
        halving = (Block(a, b, 0.5, first=i == 0) for i, (a, b) in enumerate(pairwise((shape[0], *channels))))
        self.blocks = nn.Sequential(
            *halving, Block(channels[-1], channels[-1]), Block(channels[-1], channels[-1]), nn.ReLU(),
            *([nn.Dropout2d(dropout)] if dropout else []), *([MinibatchStd(minibatch_std)] if minibatch_std else []),
        )  # fmt: skip
        self.head = nn.Linear(channels[-1] + bool(minibatch_std), 1)
        nn.init.xavier_uniform_(self.head.weight)

    def forward(self, x: Tensor) -> Tensor:
        """Map images to one score each."""
        return self.head(self.blocks(x).sum((2, 3))).squeeze(1)


class SNGAN(Model):
    """Miyato et al. 2018. ``SNGAN(shape, config, objective, penalty, seed)``."""

    name = "sngan"
    takes = ("images",)
    Config = SNGANConfig
    config: SNGANConfig
    default_objective = hinge
    penalties: ClassVar = {name: penalty for name, penalty in PENALTIES.items() if not penalty.clips}
    refuses = ("real_label", "unroll", "unroll_lr")

    def build(self) -> dict[str, nn.Module]:
        """G and D; the base puts the spectral norm on D."""
        c, side = self.config, self.shape[1]
        if self.shape[2] != side:
            raise UserError(f"sngan takes square images, not {side} by {self.shape[2]} pixels: resize with --size 32")
        channels = tuple(c.width * 2**i for i in range(halvings(side) + 1))
        return {
            "G": ResidualGenerator(c.latent, channels[::-1], self.shape),
            "D": ResidualDiscriminator(channels[:-1], self.shown_shape, c.dropout, c.minibatch_std),
        }

    step = DCGAN.step  # type: ignore[assignment]
    """Algorithm 1 of Goodfellow et al. 2014, as `DCGAN.step` spells it out: SNGAN changes D and the loss alone."""
