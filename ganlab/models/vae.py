"""VAE: a generator that is trained without a judge. Kingma and Welling 2014, "Auto-Encoding Variational Bayes".

Not a GAN: the baseline beside which every chapter can put one. An encoder E gives for each x a normal law q(z|x), the
decoder, called G here since it draws the samples, a law p(x|z); both climb one lower bound of log p(x), eq. 10:

    ELBO(x) = E_{q(z|x)} log p(x|z) - KL(q(z|x) || N(0, I)),      z = mean(x) + deviation(x) * noise.

There is no D and no game: the loss is -ELBO, it falls, and it can be read. As in the paper (section 5, appendix C)
both networks have one hidden layer of 500 tanh units and pixels are Bernoulli. There batches are of 100, Adagrad
takes the steps and the weights decay a little; here Adam, without decay. The paper's figure 2 is a plot: with 20
latent numbers the bound on MNIST's test images climbs to about -100 nats, in 100 million images. Ours, half a minute
of one core: a bound of -113 nats, a Frechet distance of 39.9 (floor 0.1) and all ten digits, in the record
``mnist-models``. Lessons: 04 The VAE, and a first look at the implicit alternative; 14 The MLP GAN on MNIST.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ganlab.errors import UserError
from ganlab.models.base import BatchSource, Model, ModelConfig
from ganlab.objectives import PENALTIES, Objective
from ganlab.objectives.losses import exact


@dataclass(frozen=True)
class VAEConfig(ModelConfig):
    """``widths`` of the hidden layers of E, and in reverse of G; none at all makes both linear.

    ``likelihood``: "bernoulli" takes grey values for probabilities, as the paper does with MNIST; "gaussian" has the
    standard deviation ``noise`` around G(z), and is the one for points.
    """

    latent: int = 20
    lr: float = 1e-3
    beta1: float = 0.9
    widths: tuple[int, ...] = (500,)
    likelihood: str = "bernoulli"
    noise: float = 0.1

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.likelihood not in ("bernoulli", "gaussian"):
            raise UserError(f"likelihood must be 'bernoulli' or 'gaussian', not {self.likelihood!r}")
        if not 0 < self.noise < math.inf:
            raise UserError(f"noise must be a positive number, not {self.noise}")
        if min(self.widths, default=1) < 1:
            raise UserError("widths must be 1 or more")


def _mlp(sizes: tuple[int, ...]) -> nn.Sequential:
    """Linear layers of these sizes with tanh between them."""
    layers: list[nn.Module] = []
    for inputs, outputs in pairwise(sizes):
        layers += [nn.Linear(inputs, outputs), nn.Tanh()]
    return nn.Sequential(*layers[:-1])


class Encoder(nn.Module):
    """(N, *shape) -> mean and log-variance of q(z|x), each (N, latent)."""

    def __init__(self, shape: tuple[int, ...], widths: tuple[int, ...], latent: int) -> None:
        super().__init__()
        self.layers = _mlp((math.prod(shape), *widths, 2 * latent))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Where z may lie, given x."""
        mean, log_variance = self.layers(x.flatten(1)).chunk(2, 1)
        return mean, log_variance


class Decoder(nn.Module):
    """(N, latent) -> (N, *shape), the mean of p(x|z): images in (-1, 1), points on their own scale."""

    def __init__(self, latent: int, widths: tuple[int, ...], shape: tuple[int, ...], bernoulli: bool) -> None:
        super().__init__()
        self.shape, self.bernoulli = shape, bernoulli
        self.layers = _mlp((latent, *widths, math.prod(shape)))

    def parameter(self, z: Tensor) -> Tensor:
        """What p(x|z) is told, (N, *shape): the logit of white (Bernoulli), or the mean (Gaussian)."""
        return self.layers(z).view(-1, *self.shape)

    def forward(self, z: Tensor) -> Tensor:
        """The mean; 2 sigmoid(l) - 1 = tanh(l / 2)."""
        parameter = self.parameter(z)
        if self.bernoulli:
            return torch.tanh(parameter / 2)
        return torch.tanh(parameter) if len(self.shape) == 3 else parameter


def kl_to_standard_normal(mean: Tensor, log_variance: Tensor) -> Tensor:
    """KL(N(mean, diag exp(log_variance)) || N(0, I)) in nats, (N,), of two tensors (N, latent). Paper: appendix B."""
    return 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance).sum(1)


def _no_game(*logits: Tensor | None) -> Tensor:
    raise UserError("a VAE has no discriminator and plays no game: its loss is minus VAE.elbo")


elbo = Objective("elbo", _no_game, _no_game, "Kingma and Welling 2014, eq. 10")
"""The name of what a VAE climbs. Its value needs data and networks: `VAE.elbo`."""


class VAE(Model):
    """Kingma and Welling 2014. ``VAE(shape, config, seed=0)``. One player, G, whose updates move E as well."""

    name = "vae"
    takes = ("images", "points")
    players = ("G",)
    wider = "widths=1000"
    Config = VAEConfig
    config: VAEConfig
    E: Encoder
    G: Decoder
    default_objective, objectives = elbo, {elbo.name: elbo}
    penalties: ClassVar = {"none": PENALTIES["none"]}
    refuses = (
        "d_steps", "fresh_noise", "ttur", "real_label", "instance_noise", "pack", "minibatch_std", "dropout",
        "spectral_norm", "augment", "augment_p", "ada_target", "ada_ramp", "unroll", "unroll_lr",
    )  # fmt: skip

    def build(self) -> dict[str, nn.Module]:
        """E and G, mirrored."""
        c = self.config
        if c.likelihood == "bernoulli" and len(self.shape) != 3:
            raise UserError("points are no grey values: choose --set likelihood=gaussian")
        return {
            "E": Encoder(self.shape, c.widths, c.latent),
            "G": Decoder(c.latent, c.widths[::-1], self.shape, c.likelihood == "bernoulli"),
        }

    def weights(self, player: str) -> list[nn.Parameter]:
        """Encoder and decoder climb the same bound in the same update."""
        return [*self.E.parameters(), *self.G.parameters()]

    def log_likelihood(self, x: Tensor, z: Tensor) -> Tensor:
        """log p(x|z) in nats, (N,), of samples (N, *shape) and codes (N, latent), in float32 at least."""
        if self.config.likelihood == "bernoulli":
            logits = self.G.parameter(z)
            loss = F.binary_cross_entropy_with_logits(exact(logits), (x + 1) / 2, reduction="none")
            return -loss.flatten(1).sum(1)
        variance = self.config.noise**2
        errors = (x - self.G(z)).flatten(1).square().sum(1) / variance
        return -0.5 * (errors + math.prod(self.shape) * math.log(2 * math.pi * variance))

    def elbo(self, x: Tensor, noise: Tensor) -> tuple[Tensor, Tensor]:
        """log p(x|z) and the KL, each (N,), of x (N, *shape) with one noise (N, latent) for each; ELBO is their
        difference, by estimate: the mean over the noise is at most log p(x).
        """
        mean, log_variance = self.E(x)
        z = mean + (log_variance / 2).exp() * noise
        return self.log_likelihood(x, z), kl_to_standard_normal(exact(mean), exact(log_variance))

    def step(self, batches: BatchSource, rng: torch.Generator) -> dict[str, Tensor]:
        """Algorithm 1 with one draw of the noise for each item (L = 1): E and G climb the bound together."""
        x, _labels = next(batches)
        with self.autocast():
            reconstruction, kl = self.elbo(x, self.noise(len(x), rng))
            loss_G = (kl - reconstruction).mean()
        self.descend("G", loss_G)

        self.steps += 1
        return {
            "loss_G": loss_G.detach(), "reconstruction": reconstruction.detach().mean(), "kl": kl.detach().mean(),
        }  # fmt: skip
