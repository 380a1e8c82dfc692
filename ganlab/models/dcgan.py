"""DCGAN: two convolutional networks. Radford, Metz and Chintala 2016, "Unsupervised Representation Learning with
Deep Convolutional Generative Adversarial Networks".

The paper's rules: strided convolutions instead of pooling; batch normalisation except at G's output and D's input;
ReLU in G and tanh at its end, LeakyReLU 0.2 in D; weights from N(0, 0.02); Adam with lr 2e-4 and beta1 0.5. The
kernels of 4x4 are those of soumith/dcgan.torch, by one of the authors; the paper's Theano code (Newmu/dcgan_code) has
5x5, and draws z from U(-1, 1) where we take N(0, I). Takes square images whose side halves down to 7 pixels or fewer:
8, 28, 32, 64 and others. Lesson: 16 DCGAN.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn

from ganlab.errors import UserError
from ganlab.layers import MinibatchStd, UpsampleConv2d, initialise_normal
from ganlab.models.base import BatchSource, Model, ModelConfig, frozen


@dataclass(frozen=True)
class DCGANConfig(ModelConfig):
    """``width`` is the number of channels next to the image; each halving of the side doubles it.

    ``norm`` is D's: "batch" (the paper) or "none" (needed under per-sample penalties). ``upsampling`` is
    "transposed" (4x4, stride 2) or "nearest" (nearest upsampling, then 3x3, in G; 3x3 in D).
    ``g_channels`` and ``d_channels`` override what ``width`` implies, from the smallest map to the largest in G,
    from the image inwards in D. ``g_extra`` is ours: so many 3x3 convolutions of G at its smallest grid, where one
    sees most of the image. ``dropout`` (of the `Stabilisers`) drops whole channels.
    """

    fresh_noise: bool = False
    width: int = 64
    norm: str = "batch"
    upsampling: str = "transposed"
    g_channels: tuple[int, ...] = ()
    d_channels: tuple[int, ...] = ()
    g_extra: int = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.norm not in ("none", "batch"):
            raise UserError(f"norm must be 'none' or 'batch', not {self.norm!r}")
        if self.upsampling not in ("transposed", "nearest"):
            raise UserError(f"upsampling must be 'transposed' or 'nearest', not {self.upsampling!r}")
        if min(self.g_channels + self.d_channels, default=1) < 1:
            raise UserError("g_channels and d_channels must be 1 or more")
        if self.g_extra < 0:
            raise UserError(f"g_extra must be 0 or more, not {self.g_extra}")


def halvings(side: int) -> int:
    """How often a side halves: at least twice if it can, and until 4 to 7 pixels are left.

    28 -> 7 and 8 -> 2 take two halvings, 32 -> 4 takes three. Raises UserError where no such number exists.
    """
    count, left = 0, side
    while left % 2 == 0 and (left > 7 or count < 2):
        left, count = left // 2, count + 1
    if count == 0 or not 2 <= left <= 7:
        raise UserError(f"dcgan cannot halve images of side {side} down to 7 pixels or fewer: resize with --size 32")
    return count


class ConvGenerator(nn.Module):
    """(N, latent) -> (N, C, side, side) in (-1, 1): a linear map to a small grid, ``extra`` layers there, doublings."""

    def __init__(
        self, latent: int, channels: tuple[int, ...], shape: tuple[int, ...], upsampling: str, extra: int = 0
    ) -> None:
        super().__init__()
        image, side, _ = shape
        transposed = upsampling == "transposed"
        doublings = len(channels) if transposed else len(channels) - 1
        self.grid = (channels[0], side >> doublings, side >> doublings)
        self.project = nn.Linear(latent, channels[0] * self.grid[1] ** 2, bias=False)
        # No bias before batch normalisation: it would be subtracted again.
        layers: list[nn.Module] = [nn.BatchNorm2d(channels[0]), nn.ReLU(inplace=True)]
        for _ in range(extra):
            here = nn.Conv2d(channels[0], channels[0], 3, padding=1, bias=False)
            layers += [here, nn.BatchNorm2d(channels[0]), nn.ReLU(inplace=True)]
        for inputs, outputs in pairwise(channels):
            up = (
                nn.ConvTranspose2d(inputs, outputs, 4, stride=2, padding=1, bias=False)
                if transposed
                else UpsampleConv2d(inputs, outputs, bias=False)
            )
            layers += [up, nn.BatchNorm2d(outputs), nn.ReLU(inplace=True)]
        if transposed:
            layers.append(nn.ConvTranspose2d(channels[-1], image, 4, stride=2, padding=1))
        else:
            layers.append(nn.Conv2d(channels[-1], image, 3, padding=1))
        self.layers = nn.Sequential(*layers, nn.Tanh())

    def forward(self, z: Tensor) -> Tensor:
        """Map noise to images."""
        return self.layers(self.project(z).view(-1, *self.grid))


class ConvDiscriminator(nn.Module):
    """(N, C, side, side) -> (N,) logits: strided convolutions, then one linear map. The sigmoid is in the loss."""

    def __init__(
        self,
        channels: tuple[int, ...],
        shape: tuple[int, ...],
        norm: str,
        kernel: int,
        dropout: float,
        minibatch_std: int = 0,
    ) -> None:
        super().__init__()
        image, side, _ = shape
        layers: list[nn.Module] = []
        for i, (inputs, outputs) in enumerate(pairwise((image, *channels))):
            normed = norm == "batch" and i > 0
            layers.append(nn.Conv2d(inputs, outputs, kernel, stride=2, padding=1, bias=not normed))
            if normed:
                layers.append(nn.BatchNorm2d(outputs))
            layers.append(nn.LeakyReLU(0.2, inplace=True))
            if dropout:
                layers.append(nn.Dropout2d(dropout))
        for _ in channels:  # both kernels, with padding 1 and stride 2, halve an even side
            side = (side + 2 - kernel) // 2 + 1
        if minibatch_std:
            layers.append(MinibatchStd(minibatch_std))
        self.layers = nn.Sequential(*layers)
        self.head = nn.Linear((channels[-1] + bool(minibatch_std)) * side * side, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Map images to one score each."""
        return self.head(self.layers(x).flatten(1)).squeeze(1)


def conv_pair(
    c: DCGANConfig, code_size: int, shape: tuple[int, ...], shown_shape: tuple[int, ...]
) -> tuple[ConvGenerator, ConvDiscriminator]:
    """G and D, mirrored, with DCGAN's initialisation. G takes (N, code_size), D takes (N, *shown_shape).

    Draws from the global generator. Raises UserError for images whose side does not fit.
    """
    side = shape[1]
    if shape[2] != side:
        raise UserError(f"dcgan takes square images, not {side} by {shape[2]} pixels: resize with --size 32")
    doublings = [c.width * 2**i for i in range(halvings(side))]
    nearest = c.upsampling == "nearest"
    g_channels = c.g_channels or (*reversed(doublings), *([c.width] if nearest else []))
    d_channels = c.d_channels or tuple(doublings)
    if side % (1 << max(len(g_channels) - nearest, 1)) or side >> len(d_channels) < 1:
        raise UserError(f"g_channels or d_channels have too many stages for images of side {side}")
    generator = ConvGenerator(code_size, g_channels, shape, c.upsampling, c.g_extra)
    discriminator = ConvDiscriminator(d_channels, shown_shape, c.norm, 3 if nearest else 4, c.dropout, c.minibatch_std)
    initialise_normal(generator)
    initialise_normal(discriminator)
    return generator, discriminator


class DCGAN(Model):
    """Radford et al. 2016. ``DCGAN(shape, config, objective, penalty, seed)``."""

    name = "dcgan"
    takes = ("images",)
    Config = DCGANConfig
    config: DCGANConfig
    plain = "norm=none"

    def build(self) -> dict[str, nn.Module]:
        """G and D of the paper (see `conv_pair`)."""
        generator, discriminator = conv_pair(self.config, self.code_size, self.shape, self.shown_shape)
        return {"G": generator, "D": discriminator}

    def step(self, batches: BatchSource, rng: torch.Generator) -> dict[str, Tensor]:
        """Algorithm 1 of Goodfellow et al. 2014: d_steps updates of D, then one of G."""
        for _ in range(self.config.d_steps):
            real, _labels = next(batches)
            with self.autocast():
                with torch.set_grad_enabled(not self.config.fresh_noise):
                    fake = self.G(self.noise(len(real), rng))
                # D sees the two batches as they are, or as the chosen stabilisers show them.
                shown, shown_fake = self.show(real, rng), self.show(fake.detach(), rng)
                real_logits, fake_logits, penalty = self.judge_and_charge(shown, shown_fake, rng)
                loss_D = self.objective.discriminator(real_logits, fake_logits) + penalty
            self.descend("D", loss_D)

        # Through the updated D, whose weights stand still and collect no gradient.
        with frozen(self.D), self.autocast():
            if self.config.fresh_noise:
                fake = self.G(self.noise(len(real), rng))
            shown_fake = self.show(fake, rng)
            opponent = self.opponent(shown, shown_fake)
            real_again = opponent(shown).detach() if self.objective.paired else None
            loss_G = self.objective.generator(real_again, opponent(shown_fake))
        self.descend("G", loss_G)

        self.steps += 1
        return {
            "loss_D": loss_D.detach(), "loss_G": loss_G.detach(),
            "logit_real": real_logits.detach().float().mean(), "logit_fake": fake_logits.detach().float().mean(),
            **self.adapt(real_logits),
        }  # fmt: skip
