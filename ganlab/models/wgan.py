"""WGAN: a critic instead of a judge. Arjovsky, Chintala and Bottou 2017, "Wasserstein GAN", algorithm 1.

The critic f gives every sample a number. Among all f of slope 1 the largest E f(x) - E f(G(z)) is the distance of p
and q by which earth is moved; clipping the weights to [-c, c] keeps the slope bounded by *some* constant, so what the
loss shows is a multiple of a lower bound. The networks are DCGAN's, as in section 4.1 of the paper.

The paper prints no table. It claims a loss that falls as the samples improve (section 4.2) and saw no mode collapse
(section 4.3); it calls clipping a "clearly terrible" way itself. Its code (martinarjovsky/WassersteinGAN) takes 100
steps of the critic instead of 5 before each of the first 25 steps of G and every 500th one; algorithm 1 does not, nor
do we. Ours, half a minute of one core on MNIST, beside the other models: a Frechet distance of 53.2 (floor 0.1) and
all ten digits, in the record ``mnist-models``. Lessons: 08 Wasserstein, 16 DCGAN.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.optim import Optimizer, RMSprop

from ganlab.errors import UserError
from ganlab.models.base import BatchSource, frozen
from ganlab.models.dcgan import DCGAN, DCGANConfig
from ganlab.objectives import PENALTIES, wasserstein


@dataclass(frozen=True)
class WGANConfig(DCGANConfig):
    """DCGAN's sizes with algorithm 1's rates: RMSprop at 5e-5, five steps of the critic for one of G.

    ``beta2`` is RMSprop's average of squared gradients (0.99, PyTorch's default, in the authors' code). ``beta1`` has
    to be 0: momentum on the critic made the authors' runs unstable at times (section 4.2). The bound c of the weights
    is the weight of penalty "clip": 0.01.
    """

    lr: float = 5e-5
    beta1: float = 0.0
    beta2: float = 0.99
    d_steps: int = 5
    fresh_noise: bool = True

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.beta1:
            raise UserError("RMSprop, the optimiser of wgan, has no momentum: leave out beta1, or train wgan_gp")


class WGAN(DCGAN):
    """Arjovsky et al. 2017. ``WGAN(shape, config, seed=0)``; its critic is called D here, as in every model."""

    name = "wgan"
    Config = WGANConfig
    config: WGANConfig
    default_objective, objectives = wasserstein, {"wasserstein": wasserstein}
    default_penalty, penalties = PENALTIES["clip"], {"clip": PENALTIES["clip"]}
    refuses = ("fresh_noise", "real_label", "spectral_norm", "ada_target", "ada_ramp", "unroll", "unroll_lr")

    def optimiser(self, player: str) -> Optimizer:
        """RMSprop for both players."""
        return RMSprop(self.weights(player), self.rate(player, self.config.lr), alpha=float(self.config.beta2))

    def step(self, batches: BatchSource, rng: torch.Generator) -> dict[str, Tensor]:
        """Algorithm 1: d_steps updates of the critic, its weights clipped after each, then one of G."""
        for _ in range(self.config.d_steps):
            real, _labels = next(batches)
            with self.autocast():
                with torch.no_grad():
                    fake = self.G(self.noise(len(real), rng))
                real_scores, fake_scores = self.judge(self.show(real, rng), self.show(fake, rng))
                loss_D = self.objective.discriminator(real_scores, fake_scores)  # E f(G(z)) - E f(x)
            self.descend("D", loss_D)  # which ends with w <- clip(w, -c, c)

        with frozen(self.D), self.autocast():
            fake = self.G(self.noise(len(real), rng))
            loss_G = self.objective.generator(None, self.D(self.show(fake, rng)))  # -E f(G(z))
        self.descend("G", loss_G)

        self.steps += 1
        return {
            "loss_D": loss_D.detach(), "loss_G": loss_G.detach(),
            "logit_real": real_scores.detach().float().mean(), "logit_fake": fake_scores.detach().float().mean(),
        }  # fmt: skip
