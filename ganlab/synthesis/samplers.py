"""Who makes the synthetic images. A maker is handed the train part and nothing else, and returns a sampler.

Lesson: 18 Does synthetic data help?
"""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import torch
from torch import Tensor

from ganlab.data import ImageData, to_uint8
from ganlab.training.streams import stream


class Sampler(Protocol):
    """Draws images of wanted classes."""

    def sample(self, labels: Tensor, seed: int) -> Tensor:
        """labels int64 (N,) -> float images (N, C, H, W) in [-1, 1]; the same for the same labels and seed."""

    def scores(self, images: Tensor, labels: Tensor) -> Tensor:
        """How real the discriminator finds float images (N, C, H, W) of these classes: (N,), higher is more real."""


class Maker(Protocol):
    """Fits a sampler to labelled images."""

    def __call__(self, train: ImageData, seed: int, folder: Path) -> Sampler:
        """Train on ``train`` alone, keep what can be resumed in ``folder``."""

    def seconds(self, train: ImageData) -> float:
        """About how long that takes on this machine."""


class Between:
    """SMOTE: a new image lies between an image and one of its nearest neighbours of the same class, pixel by pixel.

    Chawla, Bowyer, Hall and Kegelmeyer 2002. A maker and sampler in one; it has no discriminator.
    """

    def __init__(self, neighbours: int = 5) -> None:
        self.neighbours = neighbours
        self.images: dict[int, Tensor] = {}

    def __call__(self, train: ImageData, seed: int, folder: Path) -> Between:
        """Keep the images of each class."""
        assert train.labels is not None
        made = Between(self.neighbours)
        made.images = {int(c): train.floats((train.labels == c).nonzero()[:, 0]) for c in train.labels.unique()}
        return made

    def seconds(self, train: ImageData) -> float:
        """Nothing is trained."""
        return 0.0

    def sample(self, labels: Tensor, seed: int) -> Tensor:
        """Float images (N, C, H, W) of the wanted classes."""
        rng = stream(seed, "between")
        first = next(iter(self.images.values()))
        made = torch.empty(len(labels), *first.shape[1:])
        for c, images in self.images.items():
            wanted = (labels == c).nonzero()[:, 0]
            near = torch.cdist(images.flatten(1), images.flatten(1)).argsort(dim=1)[:, 1 : self.neighbours + 1]
            one = torch.randint(len(images), (len(wanted),), generator=rng)
            if near.shape[1] == 0:
                made[wanted] = images[one]
                continue
            other = near[one, torch.randint(near.shape[1], (len(wanted),), generator=rng)]
            along = torch.rand(len(wanted), 1, 1, 1, generator=rng)
            made[wanted] = images[one] + along * (images[other] - images[one])
        return made

    def scores(self, images: Tensor, labels: Tensor) -> Tensor:
        """No discriminator: all images are alike to it."""
        return torch.zeros(len(images))


def wanted_labels(counts: Tensor, n: int) -> Tensor:
    """The labels of the next n synthetic images, int64 (n,): each goes to the class that has fewest images so far.

    counts (K,): real images of each class. With equal counts the classes take turns; the first m of the n labels are
    those that m alone would have had, so that a smaller ratio is the beginning of a larger one.
    """
    have, labels = counts.tolist(), []
    for _ in range(n):
        c = min(range(len(have)), key=lambda k: have[k])
        labels.append(c)
        have[c] += 1
    return torch.tensor(labels, dtype=torch.int64)


def best_of(images: Tensor, scores: Tensor, draws: int) -> Tensor:
    """Of each ``draws`` candidates in a row the one with the highest score: (N * draws, ...), (N * draws,) -> (N, ...).

    A filter with a fixed price: it always returns what was asked for, whatever the scores.
    """
    chosen = scores.view(-1, draws).argmax(dim=1)
    return images[torch.arange(len(chosen)) * draws + chosen]


def synthetic_set(sampler: Sampler, labels: Tensor, seed: int, name: str, classes: tuple[str, ...]) -> ImageData:
    """Unfiltered images of these labels, as a data set of its own (uint8)."""
    return ImageData(name, to_uint8(sampler.sample(labels, seed)), labels, classes)
