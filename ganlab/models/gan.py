"""The original GAN: two multilayer perceptrons. Goodfellow et al. 2014, "Generative Adversarial Nets".

The default layer sizes are those of the third document's MNIST project (1 486 352 and 533 505 parameters at 28x28 and
100 noise dimensions). The paper's own for MNIST, by its code (goodfeli/adversarial, mnist.yaml): two layers of 1200
rectifiers and a sigmoid in G, two maxout layers of 240 units with dropout in D, momentum at a rate of 0.1 and batches
of 100. Takes images, flattened, or points. Lessons: 10, 14.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn

from ganlab.errors import UserError
from ganlab.layers import MinibatchStd
from ganlab.models.base import BatchSource, Model, ModelConfig, frozen


@dataclass(frozen=True)
class GANConfig(ModelConfig):
    """Widths of the hidden layers of both players; ``norm`` is batch normalisation in G ("batch" or "none")."""

    latent: int = 100
    g_widths: tuple[int, ...] = (256, 512, 1024)
    d_widths: tuple[int, ...] = (512, 256)
    norm: str = "none"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.norm not in ("none", "batch"):
            raise UserError(f"norm must be 'none' or 'batch', not {self.norm!r}")
        if not self.g_widths or not self.d_widths or min(self.g_widths + self.d_widths) < 1:
            raise UserError("g_widths and d_widths need at least one layer of width 1 or more")


class MLPGenerator(nn.Module):
    """(N, latent) -> (N, *shape); images end in tanh, so they lie in (-1, 1); points are on their own scale."""

    def __init__(self, latent: int, widths: tuple[int, ...], shape: tuple[int, ...], norm: str = "none") -> None:
        super().__init__()
        self.shape = shape
        layers: list[nn.Module] = []
        for i, (inputs, outputs) in enumerate(pairwise((latent, *widths))):
            layers.append(nn.Linear(inputs, outputs))
            if norm == "batch" and i > 0:
                layers.append(nn.BatchNorm1d(outputs))
            layers.append(nn.LeakyReLU(0.2, inplace=True))
        layers.append(nn.Linear(widths[-1], math.prod(shape)))
        if len(shape) == 3:
            layers.append(nn.Tanh())
        self.layers = nn.Sequential(*layers)

    def forward(self, z: Tensor) -> Tensor:
        """Map noise to samples."""
        return self.layers(z).view(-1, *self.shape)


class MLPDiscriminator(nn.Module):
    """(N, *shape) -> (N,) logits. The sigmoid belongs to the loss.

    ``dropout`` after each hidden layer; with ``minibatch_std`` the last layer is told the spread of that many samples.
    """

    def __init__(
        self, widths: tuple[int, ...], shape: tuple[int, ...], dropout: float = 0.0, minibatch_std: int = 0
    ) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for inputs, outputs in pairwise((math.prod(shape), *widths)):
            layers += [nn.Linear(inputs, outputs), nn.LeakyReLU(0.2, inplace=True)]
            if dropout:
                layers.append(nn.Dropout(dropout))
        if minibatch_std:
            layers.append(MinibatchStd(minibatch_std))
        self.layers = nn.Sequential(*layers, nn.Linear(widths[-1] + bool(minibatch_std), 1))

    def forward(self, x: Tensor) -> Tensor:
        """Map samples to one score each."""
        return self.layers(x.flatten(1)).squeeze(1)


class GAN(Model):
    """Goodfellow et al. 2014. ``GAN(shape, config, objective, penalty, seed)``."""

    name = "gan"
    takes = ("images", "points")
    Config = GANConfig
    config: GANConfig
    wider = "d_widths=1024,512"

    def build(self) -> dict[str, nn.Module]:
        """G and D as in the paper: nothing but linear layers and pointwise functions."""
        c = self.config
        generator = MLPGenerator(c.latent, c.g_widths, self.shape, c.norm)
        return {"G": generator, "D": MLPDiscriminator(c.d_widths, self.shown_shape, c.dropout, c.minibatch_std)}

    def step(self, batches: BatchSource, rng: torch.Generator) -> dict[str, Tensor]:
        """Algorithm 1 of the paper: d_steps updates of D, then one of G."""
        for _ in range(self.config.d_steps):
            # Sample a minibatch of real data and one of noise. D's loss needs no gradient in G.
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
