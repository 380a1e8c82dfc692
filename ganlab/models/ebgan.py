"""EBGAN: D is an autoencoder, and its error an energy. Zhao, Mathieu and LeCun 2017, "Energy-based Generative
Adversarial Networks".

D(x) = |Dec(Enc(x)) - x|, low where D can rebuild x. D pushes the energy of data down and that of fakes up, but only
to a margin m: L_D = E D(x) + E [m - D(G(z))]+ and L_G = E D(G(z)), eq. 1 and 2. In EBGAN-PT, G's loss also gains the
pulling-away term, the mean squared cosine of the codes Enc(G(z)) of two fakes (section 2.4).

The paper compares by histograms over a grid of fully connected networks on MNIST, 512 EBGANs (Adam at 1e-3, m = 10)
and 6144 GANs: more of the EBGANs train (section 4.1, table 1). We have not searched that grid. Ours, half a minute of
one core on MNIST, beside the other models: a Frechet distance of 192.3 (floor 0.1) and two digits, in the record
``mnist-models``; the zoo's has twice as long. Lesson: 07 A zoo of divergences.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn

from ganlab.errors import UserError
from ganlab.layers import initialise_normal
from ganlab.models.base import BatchSource, Model, ModelConfig, frozen
from ganlab.models.dcgan import ConvGenerator, halvings
from ganlab.objectives import PENALTIES, energy_based, pull_away
from ganlab.objectives.losses import exact


@dataclass(frozen=True)
class EBGANConfig(ModelConfig):
    """``margin`` m of the energy of fakes; ``pt`` the weight of the pulling-away term (0.1 in section 2.4, 0 for none).

    ``width`` channels next to the image, doubled at each halving of its side; ``code`` numbers between Enc and Dec.
    """

    lr: float = 5e-4
    width: int = 32
    code: int = 64
    margin: float = 10.0
    pt: float = 0.1

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.code < 1:
            raise UserError(f"code must be 1 or more, not {self.code}")
        if not 0 <= self.pt < math.inf:
            raise UserError(f"pt must be 0 (no pulling-away term) or more, not {self.pt}")
        energy_based(self.margin)


class Autoencoder(nn.Module):
    """(N, C, side, side) -> (N,), the energy: the Euclidean distance of an image to what is rebuilt from its code."""

    def __init__(self, channels: tuple[int, ...], code: int, shape: tuple[int, ...]) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for inputs, outputs in zip((shape[0], *channels), channels, strict=False):
            layers += [nn.Conv2d(inputs, outputs, 4, stride=2, padding=1), nn.LeakyReLU(0.2, inplace=True)]
        grid = (channels[-1], shape[1] >> len(channels), shape[1] >> len(channels))
        self.encode = nn.Sequential(*layers, nn.Flatten(), nn.Linear(math.prod(grid), code))
        layers = [nn.Linear(code, math.prod(grid)), nn.ReLU(inplace=True), nn.Unflatten(1, grid)]
        for inputs, outputs in zip(channels[::-1], (*channels[-2::-1], shape[0]), strict=True):
            layers += [nn.ConvTranspose2d(inputs, outputs, 4, stride=2, padding=1), nn.ReLU(inplace=True)]
        self.decode = nn.Sequential(*layers[:-1])

    def energy(self, x: Tensor, code: Tensor) -> Tensor:
        """How far x (N, ...) is from what is rebuilt from its code (N, code), in float32: (N,)."""
        return torch.linalg.vector_norm(exact(self.decode(code) - x).flatten(1), dim=1)

    def forward(self, x: Tensor) -> Tensor:
        """One energy for each image."""
        return self.energy(x, self.encode(x))


class EBGAN(Model):
    """Zhao et al. 2017. ``EBGAN(shape, config, seed=0)``; with ``pt`` above 0 the paper's EBGAN-PT."""

    name = "ebgan"
    takes = ("images",)
    Config = EBGANConfig
    config: EBGANConfig
    D: Autoencoder
    default_objective = energy_based()
    objectives: ClassVar = {default_objective.name: default_objective}
    penalties: ClassVar = {"none": PENALTIES["none"]}
    refuses = (
        "fresh_noise", "real_label", "minibatch_std", "dropout", "ada_target", "ada_ramp", "unroll", "unroll_lr",
    )  # fmt: skip

    def build(self) -> dict[str, nn.Module]:
        """DCGAN's G, and an autoencoder of mirrored convolutions."""
        c, side = self.config, self.shape[1]
        if self.shape[2] != side:
            raise UserError(f"ebgan takes square images, not {side} by {self.shape[2]} pixels: resize with --size 32")
        self.objective = energy_based(c.margin)
        channels = tuple(c.width * 2**i for i in range(halvings(side)))
        networks = {
            "G": ConvGenerator(c.latent, channels[::-1], self.shape, "transposed"),
            "D": Autoencoder(channels, c.code, self.shown_shape),
        }
        initialise_normal(networks["G"])
        return networks

    def step(self, batches: BatchSource, rng: torch.Generator) -> dict[str, Tensor]:
        """Section 2.1, with the pulling-away term of section 2.4."""
        for _ in range(self.config.d_steps):
            real, _labels = next(batches)
            with self.autocast():
                with torch.no_grad():
                    fake = self.G(self.noise(len(real), rng))
                energy, fake_energy = self.judge(self.show(real, rng), self.show(fake, rng))
                loss_D = self.objective.discriminator(energy, fake_energy)  # E D(x) + E [m - D(G(z))]+
            self.descend("D", loss_D)

        with frozen(self.D), self.autocast():
            fake = self.show(self.G(self.noise(len(real), rng)), rng)
            code = self.D.encode(fake)
            loss_G = self.objective.generator(None, self.D.energy(fake, code))  # E D(G(z))
            if self.config.pt:
                loss_G = loss_G + self.config.pt * pull_away(self.rank.gather(code))
        self.descend("G", loss_G)

        self.steps += 1
        return {
            "loss_D": loss_D.detach(), "loss_G": loss_G.detach(),
            "logit_real": self.config.margin - energy.detach().mean(),
            "logit_fake": self.config.margin - fake_energy.detach().mean(),
        }  # fmt: skip

    def scores(self, x: Tensor, rng: torch.Generator, labels: Tensor | None = None) -> Tensor:
        """m - D(x), (N,): like the logits of other models above 0 where D takes a sample for real."""
        return self.config.margin - super().scores(x, rng)
