"""L4, repaired: a small fully connected GAN for 28x28 digits.

The layer sizes of the fifth document, translated from Keras to torch. Lesson: 15 The debugging clinic.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits as bce

from ganlab.listings.kit import Adam, Net, digits, sheet, stack

REQUIRES = ("torch>=2.6",)
LATENT = 100
REAL, FAKE = 1.0, 0.0
ROWS, COLUMNS = 8, 8
EPOCHS = 1


def generator() -> Net:
    """227 344 weights: (n, 100) to (n, 784) in [-1, 1]."""
    return nn.Sequential(stack(LATENT, 256, 784, between=nn.ReLU), nn.Tanh())


def discriminator() -> Net:
    """201 217 weights: (n, 784) to logits (n, 1)."""
    return stack(784, 256, 1, between=nn.ReLU)


def noise(n: int) -> Tensor:
    """What G is fed."""
    return torch.randn(n, LATENT)


def scaled(pixels: Tensor) -> Tensor:
    """Pixels 0..255 (n, 1, 28, 28) as D is shown them."""
    pixels = pixels / 127.5 - 1
    return pixels.flatten(1)


def labelled(logits: Tensor, label: float) -> Tensor:
    """The cross-entropy of these logits, if all have one label."""
    return bce(logits, torch.full_like(logits, label))


def discriminator_loss(D: Net, real: Tensor, fake: Tensor) -> Tensor:
    """How badly D tells these apart."""
    return labelled(D(real), REAL) + labelled(D(fake), FAKE)


def generator_loss(D: Net, fake: Tensor) -> Tensor:
    """How far D is from calling these real."""
    return labelled(D(fake), REAL)


def optimisers(G: Net, D: Net) -> tuple[Adam, Adam]:
    """One for each network."""
    return Adam(G.parameters(), 2e-4), Adam(D.parameters(), 2e-4)


def step(G: Net, D: Net, opt_G: Adam, opt_D: Adam, real: Tensor) -> Tensor:
    """One step: D's half, then G's. Gives the fakes that D saw."""
    fake = G(noise(len(real))).detach()
    opt_D.zero_grad()
    discriminator_loss(D, real, fake).backward()
    opt_D.step()
    opt_G.zero_grad()
    generator_loss(D, G(noise(len(real)))).backward()
    opt_G.step()
    return fake


def train(G: Net, D: Net, images: Tensor, epochs: int, n: int = 32) -> Tensor:
    """Train both; a sheet at the end of every tenth epoch, and one at the very end."""
    opts = optimisers(G, D)
    for epoch in range(epochs):
        for start in range(0, len(images), n):
            real = scaled(images[start : start + n])
            fake = step(G, D, *opts, real)
            last = start + n >= len(images)
            if (epoch + 1) % 10 == 0 and last:
                show(real, fake)
    return show(real, fake)


def show(real: Tensor, fake: Tensor) -> Tensor:
    """Real images above, generated ones below, on a sheet (1, rows * 28, columns * 28)."""
    pictures = torch.cat([real, fake]).view(-1, 28, 28)
    if len(pictures) > ROWS * COLUMNS:
        raise ValueError(f"{len(pictures)} pictures do not fit on a sheet of {ROWS} by {COLUMNS}")
    return sheet([*pictures], COLUMNS)


def main() -> Tensor:
    """From nothing to a sheet."""
    return train(generator(), discriminator(), digits(32), EPOCHS)
