"""Rows of other people's tables, to be read beside ours. They are cited, not measured here.

Lessons: 11 Failures and stabilisers, 32 R3GAN.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Published:
    """One published row: covered modes (lax count), high quality in per cent, and where it stands."""

    method: str
    law: str
    modes: float
    quality: float
    source: str


VEEGAN, PACGAN = "Srivastava et al. 2017, table 1", "Lin et al. 2018, table 1"

PUBLISHED: dict[str, tuple[Published, ...]] = {
    "plane-benchmark": (
        Published("GAN", "ring", 1.0, 99.3, VEEGAN),
        Published("unrolled GAN", "ring", 7.6, 35.6, VEEGAN),
        Published("VEEGAN", "ring", 8.0, 52.9, VEEGAN),
        Published("GAN", "ring", 6.3, 98.2, PACGAN),
        Published("PacGAN4", "ring", 7.8, 95.9, PACGAN),
        Published("GAN", "grid", 3.3, 0.5, VEEGAN),
        Published("unrolled GAN", "grid", 23.6, 16.0, VEEGAN),
        Published("VEEGAN", "grid", 24.6, 40.0, VEEGAN),
        Published("GAN", "grid", 17.3, 94.8, PACGAN),
        Published("PacGAN4", "grid", 24.8, 93.6, PACGAN),
    )
}
"""By experiment. The same protocol, the same baseline: 1 mode of 8 in one paper, 6.3 in the other."""

R3GAN = {
    "Frechet distance, 1 pass of G an image": {
        "FFHQ-256": 2.75, "CIFAR-10": 1.96, "ImageNet-32": 1.27, "ImageNet-64": 2.09,
    },
    "stacked MNIST, modes of 1000 and KL": {
        "GAN + R1 + R2": (693, 0.927), "relativistic + R1 + R2": (1000, 0.0781),
        "R3GAN, 20.7 M a player": (1000, 0.029),
    },
}  # fmt: skip
"""Huang et al. 2024, with their own networks: what lesson 32 prints."""
