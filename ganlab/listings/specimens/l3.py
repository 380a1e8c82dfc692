"""L3, repaired: a convolutional GAN for 16x16 images in colour.

The layer sizes of the fourth document, which is written for torch and calls photographs of faces medical images; here
digits take their place. Lesson: 15 The debugging clinic.
"""

from __future__ import annotations

import tempfile
from functools import partial
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate, softplus

from ganlab.listings.kit import Adam, Net, photos

REQUIRES = ("torch>=2.6",)
DEVICE = torch.device("cpu")
LATENT = 100
BATCH = 64
EVERY = 10


def generator() -> Net:
    """136 896 weights: (n, 100, 1, 1) to (n, 3, 16, 16) in [-1, 1], over 4x4 and 8x8."""
    G = nn.Sequential(
        nn.ConvTranspose2d(LATENT, 64, 4, 1, 0, bias=False), nn.BatchNorm2d(64), nn.ReLU(),
        nn.ConvTranspose2d(64, 32, 4, 2, 1, bias=False), nn.BatchNorm2d(32), nn.ReLU(),
        nn.ConvTranspose2d(32, 3, 4, 2, 1, bias=False), nn.Tanh(),
    )  # fmt: skip
    return initialised(G)


def discriminator() -> Net:
    """136 192 weights: (n, 3, 16, 16) to logits (n, 1, 1, 1), over 8x8 and 4x4."""
    D = nn.Sequential(
        nn.Conv2d(3, 64, 4, 2, 1, bias=False), nn.LeakyReLU(0.2),
        nn.Conv2d(64, 128, 4, 2, 1, bias=False), nn.LeakyReLU(0.2),
        nn.Conv2d(128, 1, 4, 1, 0, bias=False),
    )  # fmt: skip
    return initialised(D)


def initialised(network: Net) -> Net:
    """Weights of convolutions from N(0, 0.02)."""
    for layer in network.children():
        if isinstance(layer, (nn.Conv2d, nn.ConvTranspose2d)):
            nn.init.normal_(layer.weight, 0, 0.02)
    return network.to(DEVICE)


def noise(n: int) -> Tensor:
    """What G is fed."""
    return torch.randn(n, LATENT, 1, 1, device=DEVICE)


def prepared(images: Tensor) -> Tensor:
    """Images (n, 3, h, w) in [-1, 1] as D is shown them."""
    images = interpolate(images, size=(16, 16), mode="area")
    return images


def d_loss(real: Tensor, fake: Tensor) -> Tensor:
    """How badly D tells these scores apart."""
    return softplus(-real).mean() + softplus(fake).mean()


def g_loss(fake: Tensor) -> Tensor:
    """How far D is from calling these real."""
    return softplus(-fake).mean()


def descend(opt: Adam, loss: Tensor) -> None:
    """One update along the gradient of this loss alone."""
    opt.zero_grad()
    loss.backward()
    opt.step()


def step(G: Net, D: Net, opt_G: Adam, opt_D: Adam, real: Tensor) -> tuple[Tensor, Tensor]:
    """One step: D's half, then G's."""
    n = len(real)
    fake = G(noise(n))
    score_real, score_fake = D(real).flatten(), D(fake.detach()).flatten()
    loss_D = d_loss(score_real, score_fake)
    descend(opt_D, loss_D)
    shown = fake
    score_fake = D(shown).flatten()
    loss_G = g_loss(score_fake)
    descend(opt_G, loss_G)
    return loss_D, loss_G


def optimisers(G: Net, D: Net) -> tuple[Adam, Adam]:
    """One for each network."""
    optimiser = partial(Adam, lr=2e-4, betas=(0.5, 0.999))
    return optimiser(G.parameters()), optimiser(D.parameters())


def save(samples: Tensor, path: Path) -> None:
    """Write a sheet of samples."""
    torch.save(samples, path)


def train(G: Net, D: Net, images: Tensor, epochs: int, folder: Path, size: int = BATCH) -> None:
    """Train both; a sheet every so many steps."""
    opts, steps = optimisers(G, D), 0
    for _ in range(epochs):
        for batch in images.split(size):
            step(G, D, *opts, prepared(batch))
            steps += 1
            if steps % EVERY == 0:
                save(G(noise(4)).detach(), folder / f"step-{steps:06}.pt")


def main() -> Tensor:
    """From nothing to four samples."""
    G, D = generator(), discriminator()
    train(G, D, photos(2), 1, Path(tempfile.mkdtemp()), size=1)
    return G(noise(4)).detach()
