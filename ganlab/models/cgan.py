"""Conditional GAN: both players are told the class. Mirza and Osindero 2014, "Conditional Generative Adversarial Nets".

How G is told is never in doubt: its input is [z | one-hot(y)]. How D is told is a choice. By concatenation y joins x at
D's input (in that paper, whose D is a small MLP, after one hidden layer of each). By projection (Miyato and Koyama
2018, "cGANs with Projection Discriminator", eq. 3) the logit is psi(phi(x)) + <v_y, phi(x)>: the form that
log p(x|y)/q(x|y) takes where log p(y|x) is linear in phi(x). Images have the networks of `ganlab.models.dcgan`, points
those of `ganlab.models.gan`.

Mirza and Osindero report digits drawn to order and a Parzen-window likelihood of 132 nats on MNIST, below the 225 of
the unconditional GAN (table 1); Miyato and Koyama, on ImageNet at 128 pixels, an inception score of 29.7 and a mean FID
within the classes of 103.1 by projection, 21.1 and 141.2 by concatenation (as their repository states them). Ours on
the 8x8 digits (800 steps, three seeds, relativistic with R1 and R2; book/records/conditional.jsonl): label fidelity
0.930 by concatenation and 0.951 by projection, Frechet distance 1.69 and 1.15 beside a floor of 0.48. On MNIST (1500
steps, a minute of one core): 0.840 and 0.956, distance 10.7 and 2.54 beside 0.14.
Lesson: 17 Conditional GANs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn.functional import one_hot

from ganlab.errors import UserError
from ganlab.models.base import BatchSource, Model, frozen
from ganlab.models.dcgan import DCGANConfig, conv_pair
from ganlab.models.gan import MLPDiscriminator, MLPGenerator


@dataclass(frozen=True)
class CGANConfig(DCGANConfig):
    """``condition`` is how D is told the class: "concat" or "projection". ``widths`` of the hidden layers for points.

    ``norm`` (D's) is "none", so that any penalty can be chosen.
    """

    norm: str = "none"
    condition: str = "concat"
    widths: tuple[int, ...] = (128, 128)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.condition not in ("concat", "projection"):
            raise UserError(f"condition must be 'concat' or 'projection', not {self.condition!r}")
        if min(self.widths, default=0) < 1:
            raise UserError("widths needs at least one layer of width 1 or more")


class ConcatDiscriminator(nn.Module):
    """(N, C, ...), (N,) -> (N,) logits: ``network`` judges x with one channel more for each class, 1 for y's and 0.

    At the input, not before a last linear layer: there w x + b_y could never say whether x and y belong together.
    """

    def __init__(self, network: nn.Module, classes: int) -> None:
        super().__init__()
        self.network, self.classes = network, classes

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        """Map items and their classes to one score each."""
        channels = one_hot(y, self.classes).to(x.dtype).view(len(x), self.classes, *[1] * (x.ndim - 2))
        return self.network(torch.cat([x, channels.expand(-1, -1, *x.shape[2:])], 1))


class ProjectionDiscriminator(nn.Module):
    """(N, C, ...), (N,) -> (N,) logits: psi(phi(x)) + <v_y, phi(x)>, with ``phi`` the trunk, psi linear, v a table."""

    def __init__(self, phi: nn.Module, psi: nn.Linear, classes: int) -> None:
        super().__init__()
        self.phi, self.psi, self.v = phi, psi, nn.Embedding(classes, psi.in_features)
        nn.init.normal_(self.v.weight, 0.0, 0.02)

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        """Map items and their classes to one score each."""
        features = self.phi(x).flatten(1)
        return self.psi(features).squeeze(1) + (self.v(y) * features).sum(1)


class CGAN(Model):
    """Mirza and Osindero 2014; with ``condition="projection"`` Miyato and Koyama 2018. ``CGAN(..., classes=10)``."""

    name = "cgan"
    takes = ("images", "points")
    Config = CGANConfig
    config: CGANConfig
    labelled = conditional = True
    refuses = ("pack", "unroll")

    def build(self) -> dict[str, nn.Module]:
        """G of the code [z | one-hot(y)], and D of x and y."""
        c, classes = self.config, self.choices
        concat = c.condition == "concat"
        seen = (self.shape[0] + concat * classes, *self.shape[1:])
        generator: nn.Module
        phi: nn.Module
        if len(self.shape) == 3:
            generator, judge = conv_pair(c, self.code_size, self.shape, seen)
            phi, psi = judge.layers, judge.head
        else:
            generator = MLPGenerator(self.code_size, c.widths, self.shape)
            hidden = MLPDiscriminator(c.widths, seen, c.dropout, c.minibatch_std).layers
            psi = cast(nn.Linear, hidden.pop(-1))
            phi = hidden
        if concat:
            network = nn.Sequential(phi, nn.Flatten(), psi, nn.Flatten(0))
            return {"G": generator, "D": ConcatDiscriminator(network, classes)}
        return {"G": generator, "D": ProjectionDiscriminator(phi, psi, classes)}

    def step(self, batches: BatchSource, rng: torch.Generator) -> dict[str, Tensor]:
        """The game of eq. 2: D judges (x, y), and the fakes of a step are made for the classes of its real batch."""
        for _ in range(self.config.d_steps):
            real, y = self.labelled_batch(batches)
            with self.autocast():
                with torch.set_grad_enabled(not self.config.fresh_noise):
                    fake = self.G(self.noise(len(real), rng, y))
                shown, shown_fake = self.show(real, rng), self.show(fake.detach(), rng)
                real_logits, fake_logits, penalty = self.judge_and_charge(shown, shown_fake, rng, y)
                loss_D = self.objective.discriminator(real_logits, fake_logits) + penalty
            self.descend("D", loss_D)

        critic = self.critic(y)
        with frozen(self.D), self.autocast():
            if self.config.fresh_noise:
                fake = self.G(self.noise(len(real), rng, y))
            real_again = critic(shown).detach() if self.objective.paired else None
            loss_G = self.objective.generator(real_again, critic(self.show(fake, rng)))
        self.descend("G", loss_G)

        self.steps += 1
        return {
            "loss_D": loss_D.detach(), "loss_G": loss_G.detach(),
            "logit_real": real_logits.detach().float().mean(), "logit_fake": fake_logits.detach().float().mean(),
            **self.adapt(real_logits),
        }  # fmt: skip
