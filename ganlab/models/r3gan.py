"""R3GAN: the relativistic game with R1 + R2, and networks without a trick. Huang, Gokaslan, Kuleshov and Tompkin 2024,
"The GAN is dead; long live the GAN! A Modern GAN Baseline".

What is there: each fake is compared with one real; the slope of D is charged at both, in every step; two mirrored
residual networks whose blocks begin as the identity; Adam without momentum. What is not: normalisation anywhere, a
mapping network, noise inputs, minibatch statistics, equalised rates, output skips, an output nonlinearity, lazy
regularisation. Learning rate, gamma, beta2, half-life and augmentation follow cosines over a burn-in:
`ganlab.training.Cosine`. Their ends in the authors' presets, each from start to end of the burn-in: rate 2e-4 to
5e-5, beta2 0.9 to 0.99, half-life from 0, augmentation from 0 to 0.3 (FFHQ) .. 0.55 (CIFAR-10), and gamma, which goes
with the data: 0.05 to 0.005 (CIFAR-10), 0.5 to 0.05 and 1 to 0.1 (ImageNet at 32 and 64), 2 to 0.2 and 150 to 15 (FFHQ
at 64 and 256); 20 million images of burn-in, 200 on ImageNet.

Checked against a public copy of the authors' code (not against the paper's own text): blocks, gains, bases, the order
of 1x1 and resampling, where biases are, the losses, a batch and noise of its own for each player, the presets above.
Not checked: the setting for stacked MNIST (its preset is not in the code, and the paper's table 4 was not at hand).
Ours differs in three things: maps may begin at 4 to 7 pixels instead of 4; any number of channels goes in and out; and
the penalties take the slope at the images that D is shown, where the authors' code goes back through the augmentation.
Takes square images whose side halves to 4..7 pixels (8, 28, 32, 64 and others), or points.

Ours on MNIST, a small one on one core for a quarter of an hour (the zoo's ``r3gan-mnist``): a Frechet distance of 12.2
(floor 0.1) and all ten digits. Plain convolutions in the same game come nearer in five minutes: their steps are several
times as fast there (records ``zoo`` and ``mnist-budget``). Lesson: 32 R3GAN.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn.functional import leaky_relu

from ganlab.errors import UserError
from ganlab.layers import doubled, halved
from ganlab.models.base import BatchSource, Model, ModelConfig, frozen
from ganlab.models.points import PointCritic, PointGenerator
from ganlab.objectives import PENALTIES, relativistic

SLOPE = 0.2
GAIN = math.sqrt(2 / (1 + SLOPE**2))
"""What a leaky ReLU takes from the root mean square of a symmetric input, given back by the layer before it."""


@dataclass(frozen=True)
class R3GANConfig(ModelConfig):
    """``width`` channels in every stage (a multiple of half a ``group``), ``blocks`` residual blocks in each.

    Parameters of each player at four stages of two blocks: 0.28 M at width 64, 0.82 M at 128, 1.6 M at 192, and 20.7 M
    at 768, the paper's for stacked MNIST. ``widths`` overrides ``width`` stage by stage, from the smallest map to the
    largest: (64, 32, 16) is what a CPU can bear at 28x28. ``group`` channels of a 3x3 convolution see each other.
    """

    latent: int = 64
    beta1: float = 0.0
    beta2: float = 0.99
    width: int = 64
    widths: tuple[int, ...] = ()
    blocks: int = 2
    group: int = 16

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.blocks < 1 or self.group < 1:
            raise UserError(f"blocks and group must be 1 or more, not {self.blocks} and {self.group}")
        for width in self.widths or (self.width,):
            if width < 1 or 2 * width % min(self.group, 2 * width):
                raise UserError(
                    f"a block of width {width} has {2 * width} inner channels, which do not divide into groups of"
                    f" {self.group}: choose a multiple of {math.ceil(self.group / 2)}"
                )


def scaled(layer: nn.Conv2d | nn.Linear, gain: float = 1.0) -> nn.Conv2d | nn.Linear:
    """The layer with weights from N(0, gain^2 / fan_in), biases 0: it keeps the mean square of its input times gain^2.

    Source: He et al. 2015, section 2.2. Draws from the global generator.
    """
    nn.init.normal_(layer.weight, 0.0, gain / math.sqrt(layer.weight[0].numel()))
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
    return layer


class ResidualBlock(nn.Module):
    """x + W3 a(W2 a(W1 x)): 1x1 up to 2C channels, grouped 3x3, 1x1 back; a is a leaky ReLU. The identity at first.

    In a network of L blocks W1 and W2 begin L^(-1/4) times smaller and W3 at 0, so that an update of the whole does not
    grow with L. Source: Huang et al. 2024, section 4; Zhang et al. 2019 (Fix-up), with m = 3 layers: L^(-1 / (2m - 2)).
    """

    def __init__(self, channels: int, group: int, blocks_in_all: int) -> None:
        super().__init__()
        inner, gain = 2 * channels, GAIN * blocks_in_all ** (-1 / 4)
        self.expand = scaled(nn.Conv2d(channels, inner, 1), gain)
        self.look = scaled(nn.Conv2d(inner, inner, 3, padding=1, groups=max(1, inner // group)), gain)
        self.project = scaled(nn.Conv2d(inner, channels, 1, bias=False), 0.0)

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) -> (N, C, H, W)."""
        return x + self.project(leaky_relu(self.look(leaky_relu(self.expand(x), SLOPE)), SLOPE))


class Transition(nn.Module):
    """To the next stage: doubled or halved and, where the width changes, a 1x1 convolution on the smaller map."""

    def __init__(self, inputs: int, outputs: int, up: bool) -> None:
        super().__init__()
        self.up = up
        self.widen = nn.Identity() if inputs == outputs else scaled(nn.Conv2d(inputs, outputs, 1, bias=False))

    def forward(self, x: Tensor) -> Tensor:
        """Twice or half the side."""
        return doubled(self.widen(x)) if self.up else self.widen(halved(x))


class ResidualGenerator(nn.Module):
    """(N, latent) -> (N, C, side, side): a learned basis scaled by z, then stages of blocks with doublings between.

    Without a final nonlinearity a sample may leave [-1, 1] a little. D judges it as it is, in every step; what leaves
    the model, in eval mode, is clamped.
    """

    def __init__(self, latent: int, widths: tuple[int, ...], blocks: int, group: int, shape: tuple[int, ...]) -> None:
        super().__init__()
        side, every = shape[1] >> (len(widths) - 1), blocks * len(widths)
        self.basis = nn.Parameter(torch.randn(widths[0], side, side))
        self.scale = scaled(nn.Linear(latent, widths[0], bias=False))
        stages: list[nn.Module] = [ResidualBlock(widths[0], group, every) for _ in range(blocks)]
        for inputs, outputs in pairwise(widths):
            stages += [Transition(inputs, outputs, up=True)]
            stages += [ResidualBlock(outputs, group, every) for _ in range(blocks)]
        self.stages = nn.Sequential(*stages)
        self.paint = scaled(nn.Conv2d(widths[-1], shape[0], 1, bias=False))

    def forward(self, z: Tensor) -> Tensor:
        """Map noise to images."""
        x = self.paint(self.stages(self.scale(z)[:, :, None, None] * self.basis))
        return x if self.training else x.clamp(-1, 1)


class ResidualDiscriminator(nn.Module):
    """(N, C, side, side) -> (N,) logits: the generator's mirror image, down to a depthwise basis and a linear map."""

    def __init__(self, widths: tuple[int, ...], blocks: int, group: int, shape: tuple[int, ...]) -> None:
        super().__init__()
        side, every, inwards = shape[1] >> (len(widths) - 1), blocks * len(widths), widths[::-1]
        self.read = scaled(nn.Conv2d(shape[0], inwards[0], 1, bias=False))
        stages: list[nn.Module] = [ResidualBlock(inwards[0], group, every) for _ in range(blocks)]
        for inputs, outputs in pairwise(inwards):
            stages += [Transition(inputs, outputs, up=False)]
            stages += [ResidualBlock(outputs, group, every) for _ in range(blocks)]
        self.stages = nn.Sequential(*stages)
        self.basis = scaled(nn.Conv2d(widths[0], widths[0], side, groups=widths[0], bias=False))
        self.head = scaled(nn.Linear(widths[0], 1, bias=False))

    def forward(self, x: Tensor) -> Tensor:
        """Map images to one score each."""
        return self.head(self.basis(self.stages(self.read(x))).flatten(1)).squeeze(1)


def stages(side: int) -> int:
    """How many stages lead from 4..7 pixels to ``side``: 2 for 8, 3 for 28, 4 for 32, 5 for 64.

    MNIST goes over 7, 14 and 28 pixels as it is: a step takes 0.60 of the time of one at 32 (width 16, one thread,
    median of eight interleaved pairs, 0.53 to 0.64), and nothing is padded.
    Raises UserError where halving does not end there.
    """
    count, left = 1, side
    while left > 7 and left % 2 == 0:
        left, count = left // 2, count + 1
    if not 4 <= left <= 7:
        raise UserError(f"r3gan cannot halve images of side {side} down to 4 to 7 pixels: resize with --size 32")
    return count


class R3GAN(Model):
    """Huang et al. 2024. ``R3GAN(shape, config, objective, penalty, seed)``."""

    name = "r3gan"
    takes = ("images", "points")
    Config = R3GANConfig
    default_objective, default_penalty = relativistic, PENALTIES["r1+r2"]
    refuses = ("dropout", "minibatch_std", "unroll", "ada_target", "real_label", "spectral_norm")
    config: R3GANConfig

    def build(self) -> dict[str, nn.Module]:
        """G and D, mirrored; for points two perceptrons, D with Fourier features of its input."""
        c = self.config
        if len(self.shape) == 1:
            depth = c.blocks + 1
            critic = PointCritic(self.shown_shape[0], c.width, depth, fourier=(1.0,))
            for fixed in PointCritic.FIXED:
                getattr(critic, fixed).requires_grad_(False)
            return {"G": PointGenerator(c.latent, c.width, depth), "D": critic}
        side = self.shape[1]
        if self.shape[2] != side:
            raise UserError(f"r3gan takes square images, not {side} by {self.shape[2]} pixels: resize with --size 32")
        widths = c.widths or (c.width,) * stages(side)
        if side % (1 << (len(widths) - 1)) or side >> (len(widths) - 1) < 2:
            raise UserError(f"widths names {len(widths)} stages, too many for images of side {side}")
        return {
            "G": ResidualGenerator(c.latent, widths, c.blocks, c.group, self.shape),
            "D": ResidualDiscriminator(widths, c.blocks, c.group, self.shown_shape),
        }

    def step(self, batches: BatchSource, rng: torch.Generator) -> dict[str, Tensor]:
        """Equation 2 for D, with R1 and R2 in every step; then G, against reals and noise of its own."""
        for _ in range(self.config.d_steps):
            real, _labels = next(batches)
            with self.autocast():
                with torch.no_grad():
                    fake = self.G(self.noise(len(real), rng))
                shown, shown_fake = self.show(real, rng), self.show(fake, rng)
                real_logits, fake_logits, penalty = self.judge_and_charge(shown, shown_fake, rng)
                loss_D = self.objective.discriminator(real_logits, fake_logits) + penalty
            self.descend("D", loss_D)

        real, _labels = next(batches)
        with frozen(self.D), self.autocast():
            fake = self.G(self.noise(len(real), rng))
            real_logits_G, fake_logits_G = self.judge(self.show(real, rng), self.show(fake, rng))
            loss_G = self.objective.generator(real_logits_G, fake_logits_G)
        self.descend("G", loss_G)

        self.steps += 1
        return {
            "loss_D": loss_D.detach(), "loss_G": loss_G.detach(),
            "logit_real": real_logits.detach().float().mean(), "logit_fake": fake_logits.detach().float().mean(),
        }  # fmt: skip

    @torch.no_grad()
    def fakes(self, z: Tensor) -> Tensor:
        """G's samples, float32, as they leave the model: images clamped to [-1, 1]."""
        x = super().fakes(z)
        return x.clamp(-1, 1) if x.ndim == 4 else x
