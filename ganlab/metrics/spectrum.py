"""The radial power spectrum: how much structure images have at each scale.

Lesson: 13 Evaluation.
"""

from __future__ import annotations

import torch
from torch import Tensor

from ganlab.errors import UserError

LEAST_SIDE = 8
FINE = 0.5
"""Frequencies above this share of the Nyquist frequency count as fine detail."""


def radial_power(images: Tensor) -> Tensor:
    """Mean power of each image (N, C, H, H) in rings of equal frequency: (N, H // 2 + 1), frequencies 0..H // 2.

    Ring r averages |FFT|^2 / H^2 over the frequencies whose rounded length is r (corners beyond H // 2 are left out, as
    in Durall et al. 2020), and over the channels. White noise of variance v gives v in every ring but ring 0, where the
    mean is.
    Raises UserError for images that are not square or smaller than 8 pixels, and for values that are not finite.
    """
    if images.ndim != 4 or images.shape[2] != images.shape[3] or images.shape[3] < LEAST_SIDE:
        raise UserError(
            f"a spectrum needs square images (N, C, H, H) of at least {LEAST_SIDE} pixels, not {tuple(images.shape)}"
        )
    if not torch.isfinite(images).all():
        raise UserError("images are not all finite: look for NaN or infinity")
    side = images.shape[-1]
    frequency = torch.fft.fftfreq(side) * side
    ring = torch.hypot(frequency[:, None], frequency).round().long().flatten()
    kept = ring <= side // 2
    members = torch.nn.functional.one_hot(ring[kept], side // 2 + 1).float()
    rows = []
    for part in images.split(1000):
        power = torch.fft.fft2(part.float()).abs().square().mean(dim=1).flatten(1) / side**2
        rows.append(power[:, kept] @ members / members.sum(dim=0))
    return torch.cat(rows) if rows else torch.empty(0, side // 2 + 1)


def fine_detail(power: Tensor, power_real: Tensor) -> float:
    """Power of fine detail against real images, in decibels: 0 is right, below 0 blurred, above 0 noisy.

    power, power_real: (N, R) and (M, R) from `radial_power`. The mean power of the rings above half the Nyquist
    frequency, 10 log10 of the ratio. A smooth function of two means, so its bootstrap is right; a ratio of means over
    images does not see blur and noise that cancel: look at the curve. Raises UserError for real images without any.
    """
    a, b = (_fine(p) for p in (power, power_real))
    if b <= 0:
        raise UserError("the real images have no fine detail at all: compare at their own size")
    return float(10 * torch.log10((a / b).clamp(min=1e-12)))


def spectral_distance(power: Tensor, power_real: Tensor) -> float:
    """Mean size, over the rings 1.., of the difference of the two mean spectra in decibels; 0 where they agree."""
    a, b = (10 * torch.log10(p.double().mean(dim=0)[1:].clamp(min=1e-12)) for p in (power, power_real))
    if a.shape != b.shape:
        raise UserError("spectra of images of two sizes cannot be compared: bring both to one size")
    return float((a - b).abs().mean())


def _fine(power: Tensor) -> Tensor:
    rings = power.shape[1]
    return power.double()[:, int(FINE * (rings - 1)) + 1 :].mean()
