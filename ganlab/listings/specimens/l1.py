"""L1, repaired: a convolutional GAN for 28x28 digits, with the stages that its document leaves to three dots.

The layer sizes of the second document as far as they go, translated from Keras to torch.
Lesson: 15 The debugging clinic.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import softplus

from ganlab.listings.kit import Adam, Net, digits

LATENT = 100


def activation() -> nn.Module:
    """Keras' default slope; torch's own is 0.01."""
    return nn.LeakyReLU(0.3)


def norm() -> nn.Module:
    """Keras keeps 0.8 of the old statistics; torch's momentum is the share of the new ones."""
    return nn.BatchNorm1d(7 * 7 * 256, momentum=0.2)


def generator() -> Net:
    """(n, 100) to (n, 1, 28, 28) in [-1, 1], over 7x7 and 14x14."""
    return nn.Sequential(
        nn.Linear(LATENT, 7 * 7 * 256, bias=False), norm(), activation(),
        nn.Unflatten(1, (256, 7, 7)),
        nn.ConvTranspose2d(256, 64, 4, 2, 1), activation(),
        nn.ConvTranspose2d(64, 1, 4, 2, 1), nn.Tanh(),
    )  # fmt: skip


def discriminator() -> Net:
    """(n, 1, 28, 28) to logits (n, 1), over 14x14 and 7x7."""
    return nn.Sequential(
        nn.Conv2d(1, 32, 3, 2, 1), activation(),
        nn.Conv2d(32, 64, 3, 2, 1), activation(), nn.Flatten(), nn.Linear(64 * 7 * 7, 1),
    )  # fmt: skip


def noise(n: int) -> Tensor:
    """What G is fed."""
    return torch.randn(n, LATENT)


def both(z: Tensor) -> Tensor:
    """D behind G."""
    return discriminator()(generator()(z))


def optimisers(G: Net, D: Net) -> tuple[Adam, Adam]:
    """One for each network."""
    return Adam(G.parameters(), 2e-4, (0.5, 0.999)), Adam(D.parameters(), 2e-4, (0.5, 0.999))


def losses(D: Net, real: Tensor, fake: Tensor) -> tuple[Tensor, Tensor]:
    """D's loss, and the non-saturating one of G."""
    return softplus(-D(real)).mean() + softplus(D(fake.detach())).mean(), softplus(-D(fake)).mean()


def step(G: Net, D: Net, opt_G: Adam, opt_D: Adam, real: Tensor) -> None:
    """D's half, then G's."""
    for opt, player in ((opt_D, 0), (opt_G, 1)):
        loss = losses(D, real, G(noise(len(real))))[player]
        opt.zero_grad()
        loss.backward()
        opt.step()


def train(G: Net, D: Net, images: Tensor, steps: int, n: int = 64) -> None:
    """Train both."""
    opts = optimisers(G, D)
    for _ in range(steps):
        step(G, D, *opts, images[torch.randint(len(images), (n,))] / 127.5 - 1)


def main() -> Tensor:
    """From nothing to two samples."""
    G, D = generator(), discriminator()
    train(G, D, digits(16), steps=1, n=4)
    both(noise(2))
    return G(noise(2))
