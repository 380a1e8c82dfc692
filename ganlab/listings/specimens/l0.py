"""L0, repaired: a fully connected GAN for 28x28 digits.

The layer sizes of the first document's program, which calls three libraries in one loop; translated to torch.
Lesson: 15 The debugging clinic.
"""

from __future__ import annotations

from functools import partial

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits as bce

from ganlab.listings.kit import Adam, Net, digits, sheet, stack

REQUIRES = ("torch>=2.6", "numpy>=2.0")
LATENT = 100
SHAPE = (1, 28, 28)
between = lambda: nn.LeakyReLU(0.2)  # noqa: E731


def generator() -> Net:
    """1 506 448 weights: (n, 100) to (n, 1, 28, 28) in [-1, 1]."""
    return nn.Sequential(
        stack(LATENT, 128, 256, 512, 1024, int(np.prod(SHAPE)), between=between),
        nn.Tanh(),
        nn.Unflatten(1, SHAPE),
    )


def discriminator() -> Net:
    """533 505 weights: (n, 1, 28, 28) to logits (n, 1)."""
    return nn.Sequential(nn.Flatten(), stack(784, 512, 256, 1, between=between))


def noise(n: int) -> Tensor:
    """What G is fed."""
    return torch.randn(n, LATENT)


def scaled(pixels: Tensor) -> Tensor:
    """Pixels 0..255 in the range of a tanh."""
    return pixels / 127.5 - 1


def batch(images: Tensor, n: int) -> Tensor:
    """A random batch."""
    return scaled(images[torch.randint(len(images), (n,))])


def optimisers(G: Net, D: Net) -> tuple[Adam, Adam]:
    """One for each network."""
    weights = [*G.parameters()]
    optimiser = partial(Adam, lr=2e-4, betas=(0.5, 0.999))
    return optimiser(weights), optimiser(D.parameters())


def discriminator_loss(D: Net, images: Tensor, labels: Tensor) -> Tensor:
    """How badly D tells what the labels say."""
    return bce(D(images), labels)


def generator_loss(D: Net, G: Net, z: Tensor) -> Tensor:
    """How far D is from calling fakes real."""
    fake = G(z)
    logits = D(fake)
    return bce(logits, torch.ones(len(z), 1))


def judgement(D: Net, real: Tensor, fake: Tensor) -> Tensor:
    """D's loss on both kinds of images, half and half."""
    n = rows = len(fake)
    shown = real
    right = torch.ones(rows, 1)
    wrong = torch.zeros(n, 1)
    on_real, on_fake = discriminator_loss(D, shown, right), discriminator_loss(D, fake, wrong)
    return 0.5 * (on_real + on_fake)


def update_D(G: Net, D: Net, opt_D: Adam, real: Tensor) -> Tensor:
    """D's half of a step."""
    fake = G(noise(len(real))).detach()
    loss = judgement(D, real, fake)
    loss.backward()
    opt_D.step()
    return loss


def update_G(G: Net, D: Net, opt_G: Adam, n: int) -> Tensor:
    """G's half of a step."""
    loss = generator_loss(D, G, noise(n))
    loss.backward()
    opt_G.step()
    return loss


def clear(*opts: Adam) -> None:
    """Forget the last gradients."""
    for opt in opts:
        opt.zero_grad()


def step(G: Net, D: Net, opt_G: Adam, opt_D: Adam, real: Tensor) -> tuple[Tensor, Tensor]:
    """One step: D's half, then G's."""
    clear(opt_G, opt_D)
    loss_D = update_D(G, D, opt_D, real)
    loss_G = update_G(G, D, opt_G, len(real))
    return loss_D, loss_G


def train(G: Net, D: Net, images: Tensor, epochs: int = 100, n: int = 128) -> None:
    """Train both; a line an epoch."""
    opt_G, opt_D = optimisers(G, D)
    for epoch in range(epochs):
        for _ in range(len(images) // n):
            loss_D, loss_G = step(G, D, opt_G, opt_D, batch(images, n))
        print(f"epoch {epoch}: D {loss_D:.3f}, G {loss_G:.3f}")


def picture(samples: Tensor, i: int) -> Tensor:
    """One of the samples, as (28, 28)."""
    return samples[i, 0]


def main() -> Tensor:
    """From nothing to a sheet of 100 digits."""
    G, D = generator(), discriminator()
    train(G, D, digits(16), epochs=1, n=8)
    samples = G(noise(100)).detach()
    return sheet([picture(samples, i) for i in range(100)])
