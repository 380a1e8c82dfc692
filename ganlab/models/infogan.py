"""InfoGAN: classes that nobody named. Chen, Duan, Houthooft, Schulman, Sutskever and Abbeel 2016, "InfoGAN:
Interpretable Representation Learning by Information Maximizing Generative Adversarial Nets".

G's input is [z | c]: noise, and a code c of one category and some numbers in [-1, 1]. A recogniser Q, a head on D's
trunk, guesses c from G(z, c). The game is V(D, G) - lambda L_I(G, Q) with the bound of eq. 5

    L_I = E log Q(c | G(z, c)) + H(c) <= I(c; G(z, c)),

an equality where Q is the posterior. No label is ever looked at: what a category comes to mean is for us to find out.
The paper's claim: a code of ten categories names MNIST digits with 5 % error. Ours in the zoo (five minutes of one
core, one seed; book/records/zoo.jsonl): 46.4 % error, by chance 88.7 %; three categories have a digit of their own.
Lesson: 17 Conditional GANs.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, one_hot

from ganlab.errors import UserError
from ganlab.models.base import BatchSource, Model, frozen
from ganlab.models.dcgan import ConvDiscriminator, DCGANConfig, conv_pair


@dataclass(frozen=True)
class InfoGANConfig(DCGANConfig):
    """The code: ``categories`` of one variable, and ``numbers`` in [-1, 1]. ``info_weight``, ``number_weight``: lambda.

    The paper's MNIST code is 10 categories and 2 numbers beside 62 of noise, with lambda 1 (appendix C), or smaller
    where there are numbers (section 6, which names none; 0.1 is what popular reimplementations take). Its Q gives a
    number's standard deviation too; ours is 1, as in the authors' code for MNIST.
    """

    norm: str = "none"
    categories: int = 10
    numbers: int = 2
    info_weight: float = 1.0
    number_weight: float = 0.1

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.categories < 2 or self.numbers < 0:
            raise UserError(
                f"a code has 2 categories or more and 0 numbers or more, not {self.categories} and "
                f"{self.numbers}: choose --set categories and --set numbers"
            )
        for name in ("info_weight", "number_weight"):
            if not 0 <= getattr(self, name) < float("inf"):
                raise UserError(f"{name} must be 0 or more, not {getattr(self, name)}")


def category_bound(logits: Tensor, category: Tensor) -> Tensor:
    """E log Q(c|x) + H(c) for c uniform over K categories, in nats: logits (N, K) of Q, categories (N,); <= ln K."""
    return math.log(logits.shape[1]) - cross_entropy(logits, category)


def number_bound(means: Tensor, numbers: Tensor) -> Tensor:
    """The same, summed, for numbers (N, M) uniform in [-1, 1], with Q(c|x) = N(mean, 1): H(c) = ln 2 each."""
    log_q = -0.5 * (numbers - means).square() - 0.5 * math.log(2 * math.pi)
    return (log_q + math.log(2)).sum(1).mean()


class InfoGAN(Model):
    """Chen et al. 2016. ``InfoGAN(shape, config, objective, penalty, seed)``; it looks at no labels."""

    name = "infogan"
    takes = ("images",)
    Config = InfoGANConfig
    config: InfoGANConfig
    refuses = ("pack", "unroll")
    D: ConvDiscriminator
    Q: nn.Linear

    def build(self) -> dict[str, nn.Module]:
        """G of the code [z | one-hot(c) | numbers], D, and Q: one linear head on the trunk of D."""
        generator, judge = conv_pair(self.config, self.code_size, self.shape, self.shape)
        recogniser = nn.Linear(judge.head.in_features, self.config.categories + self.config.numbers)
        nn.init.normal_(recogniser.weight, 0.0, 0.02)
        return {"G": generator, "D": judge, "Q": recogniser}

    def weights(self, player: str) -> list[nn.Parameter]:
        """Q moves together with D, whose trunk it shares."""
        return [*super().weights(player), *(self.Q.parameters() if player == "D" else ())]

    @property
    def choices(self) -> int:
        """The categories."""
        return self.config.categories

    @property
    def code_size(self) -> int:
        """Noise, categories, numbers."""
        return self.config.latent + self.config.categories + self.config.numbers

    def noise(self, n: int, rng: torch.Generator, labels: Tensor | None = None) -> Tensor:
        """[z | one-hot(c) | numbers], (n, code_size): c uniform or ``labels`` (n,), the numbers uniform in [-1, 1]."""
        code = super().noise(n, rng, labels)
        numbers = torch.rand(n, self.config.numbers, generator=rng, device=rng.device)
        code[:, self.config.latent + self.config.categories :] = 2 * numbers - 1
        return code

    def code(self, z: Tensor, labels: Tensor) -> Tensor:
        """[z | one-hot(c) | 0], for noise (N, latent) and categories (N,): every number in the middle of its range."""
        numbers = z.new_zeros(len(z), self.config.numbers)
        return torch.cat([z, one_hot(labels, self.choices).to(z.dtype), numbers], 1)

    def recognised(self, x: Tensor, code: Tensor) -> tuple[Tensor, Tensor]:
        """D's logits (N,) of what it sees, and the weighted bound on the information that x keeps of its code."""
        start, k = self.config.latent, self.config.categories
        features = self.D.layers(x).flatten(1)
        guess = self.Q(features).float()
        information = self.config.info_weight * category_bound(guess[:, :k], code[:, start : start + k].argmax(1))
        if self.config.numbers:
            information = information + self.config.number_weight * number_bound(guess[:, k:], code[:, start + k :])
        return self.D.head(features).squeeze(1), information

    def step(self, batches: BatchSource, rng: torch.Generator) -> dict[str, Tensor]:
        """Eq. 6, min over G and Q, max over D, of V(D, G) - lambda L_I(G, Q); the shared trunk moves in D's turn."""
        for _ in range(self.config.d_steps):
            real, _labels = next(batches)
            code = self.noise(len(real), rng)
            with self.autocast():
                with torch.set_grad_enabled(not self.config.fresh_noise):
                    fake = self.G(code)
                shown, shown_fake = self.show(real, rng), self.show(fake.detach(), rng)
                real_logits, (fake_logits, information) = self.D(shown), self.recognised(shown_fake, code)
                loss_D = self.objective.discriminator(real_logits, fake_logits) - information
            if self.penalty.per_sample:
                loss_D = loss_D + self.penalty_weight * self.penalty.loss(self.D, shown, shown_fake, rng)
            self.descend("D", loss_D)

        with frozen(self.D), frozen(self.Q), self.autocast():
            if self.config.fresh_noise:
                code = self.noise(len(real), rng)
                fake = self.G(code)
            real_again = self.D(shown).detach() if self.objective.paired else None
            logits, information = self.recognised(self.show(fake, rng), code)
            loss_G = self.objective.generator(real_again, logits) - information
        self.descend("G", loss_G)

        self.steps += 1
        return {
            "loss_D": loss_D.detach(), "loss_G": loss_G.detach(), "information": information.detach(),
            "logit_real": real_logits.detach().float().mean(), "logit_fake": fake_logits.detach().float().mean(),
            **self.adapt(real_logits),
        }  # fmt: skip
