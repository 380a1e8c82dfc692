"""L2, repaired: the fully connected GAN for 28x28 digits that comes closest to working.

The layer sizes of the third document, which is written for torch. Lesson: 15 The debugging clinic.
"""

from __future__ import annotations

import math
import tempfile
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits as bce

from ganlab.listings.kit import Adam, Net, digits, stack

DEVICE = torch.device("cpu")
LATENT = 100
SHAPE = (1, 28, 28)
EVERY = 200


def activation() -> nn.Module:
    """A leaky ReLU that leaves its input alone."""
    return nn.LeakyReLU(0.2)


def generator() -> Net:
    """1 486 352 weights: (n, 100) to (n, 1, 28, 28) in [-1, 1]."""
    body = stack(LATENT, 256, 512, 1024, math.prod(SHAPE), between=activation)
    return nn.Sequential(body, nn.Tanh(), nn.Unflatten(1, SHAPE)).to(DEVICE)


def discriminator() -> Net:
    """533 505 weights: (n, 1, 28, 28) to scores (n, 1)."""
    body = stack(math.prod(SHAPE), 512, 256, 1, between=activation)
    return nn.Sequential(nn.Flatten(), body).to(DEVICE)


def noise(n: int) -> Tensor:
    """What G is fed."""
    return torch.randn(n, LATENT, device=DEVICE)


def scaled(pixels: Tensor) -> Tensor:
    """Pixels 0..255 as the numbers that D is shown."""
    return pixels / 127.5 - 1


def generator_loss(scores: Tensor) -> Tensor:
    """How far D is from calling these real."""
    return bce(scores, torch.ones_like(scores))


def discriminator_loss(real: Tensor, fake: Tensor) -> Tensor:
    """How badly D tells these scores apart."""
    return (bce(real, torch.ones_like(real)) + bce(fake, torch.zeros_like(fake))) / 2


def step(G: Net, D: Net, opt_G: Adam, opt_D: Adam, real: Tensor) -> tuple[Tensor, Tensor]:
    """One step: D's half, then G's."""
    opt_D.zero_grad()
    fake = G(noise(len(real))).detach()
    loss_D = discriminator_loss(D(real), D(fake))
    loss_D.backward()
    opt_D.step()
    opt_G.zero_grad()
    loss_G = generator_loss(D(G(noise(len(real)))))
    loss_G.backward()
    opt_G.step()
    return loss_D, loss_G


def optimisers(G: Net, D: Net) -> tuple[Adam, Adam]:
    """One for each network."""
    return Adam(G.parameters(), 2e-4, (0.5, 0.999)), Adam(D.parameters(), 2e-4, (0.5, 0.999))


def train(G: Net, D: Net, images: Tensor, epochs: int, size: int = 64, seed: int = 0) -> dict[str, int]:
    """Train both, and say with what."""
    torch.manual_seed(seed)
    opts, steps = optimisers(G, D), 0
    for _ in range(epochs):
        for pixels in images.split(size):
            n = len(pixels)
            loss_D, loss_G = step(G, D, *opts, scaled(pixels))
            if steps % EVERY == 0:
                print(f"step {steps}, {n} images: D {loss_D:.3f}, G {loss_G:.3f}")
            steps += 1
    return {"size": size, "steps": steps}


def samples(G: Net, n: int) -> Tensor:
    """Images (n, 1, 28, 28)."""
    with torch.no_grad():
        return G(noise(n))


def restored(path: Path) -> Net:
    """G with the weights of a file, whatever machine wrote it."""
    G = generator()
    G.load_state_dict(torch.load(path, map_location=DEVICE, weights_only=True))
    return G


def main(folder: Path | None = None) -> Tensor:
    """Train, save, load, and draw ten images."""
    path = (folder or Path(tempfile.mkdtemp())) / "generator.pt"
    G, D = generator(), discriminator()
    fit(G, D, path)
    return samples(restored(path), 10)


def fit(G: Net, D: Net, path: Path) -> None:
    """Train on a few images and save G."""
    train(G, D, digits(16), epochs=1, size=8)
    torch.save(G.state_dict(), path)
