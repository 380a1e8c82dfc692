"""The MLP GAN on digits in seconds: narrow networks, few steps, and one thing changed: its pixels' range or its noise.

Lesson: 14 The MLP GAN on MNIST.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from ganlab.data import ImageData
from ganlab.models import GAN, GANConfig
from ganlab.training import TrainConfig, Trainer

NARROW = {"lr": 1e-3, "g_widths": (128, 256), "d_widths": (256, 128)}
"""What a short run changes in `GANConfig`: smaller layers, and longer steps."""


class ZeroToOne(ImageData):
    """Images on [0, 1], the wrong scale for a G that ends in tanh: the line that the third document leaves out."""

    def floats(self, index: Tensor | slice | None = None) -> Tensor:
        """Pixels from 0 to 1 where they should lie from -1 to 1."""
        return (super().floats(index) + 1) / 2


class UniformNoise(GAN):
    """The GAN whose z has uniform coordinates, as in Radford et al. 2016, in the place of normal ones."""

    def noise(self, n: int, rng: torch.Generator, labels: Tensor | None = None) -> Tensor:
        """(n, latent) from U(-1, 1)."""
        return 2 * torch.rand(n, self.config.latent, generator=rng, device=rng.device) - 1


class ShortRun(NamedTuple):
    """Samples (count, C, H, W) of the averaged generator, on the CPU, and D's loss at the last step."""

    samples: Tensor
    loss_D: float


def short_run(
    data: ImageData, steps: int, seed: int, *, latent: int = 100, kind: type[GAN] = GAN, count: int = 2_000
) -> ShortRun:
    """Train `NARROW` networks for ``steps``; ``kind`` is `GAN` or one with a single thing changed."""
    model = kind(data.shape, GANConfig(latent=latent, **NARROW), seed=seed)  # type: ignore[arg-type]
    trainer = Trainer(model, data, TrainConfig(seed=seed, ema_halflife=100))
    log = trainer.run(steps, progress=False)
    samples = trainer.averaged_generator()(model.noise(count, trainer.rng)).cpu()
    return ShortRun(samples, log[-1]["loss_D"])


def background(images: Tensor, low: float) -> tuple[float, float]:
    """Shares of pixels that show the background's grey to the nearest of 256 levels, and that are darker than it.

    images: any shape, on a scale from ``low`` (the background) to 1. Nothing is darker than the background of a digit.

    >>> background(torch.tensor([-1.0, 1.0, -0.999, -0.9]), low=-1)
    (0.5, 0.0)
    """
    grey = 255 * (images - low) / (1 - low)
    return (grey.abs() < 0.5).float().mean().item(), (grey < -0.5).float().mean().item()
