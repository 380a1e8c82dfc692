"""Who may see which image: train, validation, and a test part that nothing is chosen on.

A leak flatters every later number, so it is refused and not warned of: no image may be in two parts, neither by its
index nor by its pixels. Lesson: 18 Does synthetic data help?
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import torch
from torch import Tensor

from ganlab import data
from ganlab.data import ImageData
from ganlab.data.folder import load_folder
from ganlab.errors import UserError

TEST_SHARE, VALIDATION_SHARE = 0.3, 0.2
LEAST = 12  # images of a class in a folder: 4 to test on, and at least 4 to train on
LEAST_POOL = 4  # different images of a class that are not in the test part: 2 to train on, 2 to choose on
MOST_TEST = 2000


class Leak(UserError):
    """An image stands in two parts that must have none in common."""


@dataclass(frozen=True)
class Material:
    """The labelled images of a study: ``pool`` to learn from, ``test`` that is looked at once, at the end.

    ``twins`` pool images were left out because they are pixel for pixel in the test part, or twice in the pool.
    """

    pool: ImageData
    test: ImageData
    licence: str
    twins: int = 0

    @property
    def classes(self) -> tuple[str, ...]:
        """The names of the classes."""
        assert self.pool.classes is not None
        return self.pool.classes


@dataclass(frozen=True)
class Split:
    """What one seed of a study draws from the pool: indices, int64. ``spare`` holds the labels that are not used."""

    train: Tensor
    validation: Tensor
    spare: Tensor


def prepare(name: str | os.PathLike[str], size: int | None = None) -> Material:
    """The material of a data set by its name, or of a folder with one sub-folder for each class.

    A named data set keeps its own test part (2 000 images of it at most, the same for everybody); of a folder three
    tenths of each class are put aside. Raises UserError for points, unlabelled images, one class only, and a class
    with too few images.
    """
    if name in data.names():
        pool, test = data.load(name, "train", size), data.load(name, "test", size)
        licence = data.info(str(name)).licence
        if not isinstance(pool, ImageData) or not isinstance(test, ImageData):
            raise UserError(f"{name} is made of points: give labelled images, by name or as a folder")
        index = torch.randperm(len(test), generator=_rng(0))[:MOST_TEST].sort().values
        return material(pool, taken(test, index), licence)
    path = Path(name).expanduser()
    everything = load_folder(path, "all", size)
    if everything.labels is None or everything.classes is None:
        raise UserError(f"the images in {path} have no labels: put those of each class into a sub-folder of their own")
    counts = torch.bincount(everything.labels, minlength=len(everything.classes))
    for label, count in zip(everything.classes, counts.tolist(), strict=True):
        if count < LEAST:
            raise UserError(
                f"class {label!r} in {path} has {count} image{'s' if count > 1 else ''}, and a study needs {LEAST} of"
                f" each class: add {LEAST - count}, or take that sub-folder away"
            )
    order = torch.randperm(len(everything), generator=_rng(0))
    aside = _first_of_each(everything.labels, order, [max(4, round(TEST_SHARE * n)) for n in counts.tolist()])
    rest = torch.ones(len(everything), dtype=torch.bool)
    rest[aside] = False
    index = aside[:MOST_TEST]
    return material(taken(everything, rest.nonzero()[:, 0]), taken(everything, index.sort().values), _licence_of(path))


def material(pool: ImageData, test: ImageData, licence: str) -> Material:
    """The material of two sets of labelled images, twins left out of the pool. Raises UserError for one class."""
    if pool.labels is None or test.labels is None or pool.classes is None:
        raise UserError(f"{pool.name} has no labels: a study of synthetic data needs them")
    if len(pool.labels.unique()) < 2:
        raise UserError(f"{pool.name} has one class only: a classifier needs two or more, one sub-folder for each")
    seen, keep = set(digests(test.images)), []
    for index, digest in enumerate(digests(pool.images)):
        if digest not in seen:
            keep.append(index)
        seen.add(digest)
    left = torch.bincount(pool.labels[keep], minlength=len(pool.classes)).tolist() if keep else [0]
    if min(left) < LEAST_POOL:
        short = pool.classes[left.index(min(left))]
        raise UserError(
            f"class {short!r} of {pool.name} has {min(left)} different images to train on, and a study needs"
            f" {LEAST_POOL}: the others are the same picture again, or one that is tested on"
        )
    return Material(taken(pool, torch.tensor(keep)), test, licence, len(pool) - len(keep))


def divide(pool: ImageData, labels: int | None = None, seed: int = 0) -> Split:
    """Draw train and validation from the pool, class by class.

    ``labels``: images of each class to train on, and half as many again (at least 4) to choose on; None for all there
    are, a fifth of them to choose on. Raises UserError, with the class and the number, where that many are not there.
    """
    assert pool.labels is not None and pool.classes is not None
    counts = torch.bincount(pool.labels, minlength=len(pool.classes)).tolist()
    order = torch.randperm(len(pool), generator=_rng(seed))
    if labels is None:
        chosen_on = [max(2, round(VALIDATION_SHARE * n)) for n in counts]
        trained_on = [n - m for n, m in zip(counts, chosen_on, strict=True)]
    else:
        extra = max(4, labels // 2)
        short = min(range(len(counts)), key=lambda c: counts[c])
        if labels < 2 or labels + extra > counts[short]:
            most = max(0, min(counts[short] - 4, 2 * counts[short] // 3))
            raise UserError(
                f"--labels {labels} asks for {labels} images of each class to train on and {extra} to choose on, and"
                f" class {pool.classes[short]!r} has {counts[short]}: ask for 2 to {most}, or leave --labels out"
            )
        trained_on, chosen_on = [labels] * len(counts), [extra] * len(counts)
    both = [n + m for n, m in zip(trained_on, chosen_on, strict=True)]
    train = _first_of_each(pool.labels, order, trained_on)
    head = _first_of_each(pool.labels, order, both)
    split = Split(train, _without(head, train), _without(order, head))
    check_indices(train=split.train, validation=split.validation, spare=split.spare)
    return split


def check_indices(**parts: Tensor) -> None:
    """Raise Leak where an index stands in two of the named parts."""
    for (first, a), (second, b) in combinations(parts.items(), 2):
        shared = set(a.tolist()) & set(b.tolist())
        if shared:
            raise Leak(
                f"{len(shared)} images are in {first} and in {second}, index {min(shared)} among them: draw the"
                " parts without replacement from one shuffled list"
            )


def check_pixels(**parts: Tensor) -> None:
    """Raise Leak where the same image, byte for byte, stands in two of the named parts; uint8 (N, C, H, W) each."""
    seen = {name: set(digests(images)) for name, images in parts.items()}
    for (first, a), (second, b) in combinations(seen.items(), 2):
        if a & b:
            raise Leak(
                f"{len(a & b)} images stand in {first} and in {second}, pixel for pixel: whoever made the one has"
                " seen the other, so no number of this study could be believed"
            )


def digests(images: Tensor) -> list[bytes]:
    """A fingerprint of each image's bytes, uint8 (N, C, H, W)."""
    return [hashlib.blake2b(image.tobytes(), digest_size=16).digest() for image in images.cpu().numpy()]


def taken(images: ImageData, index: Tensor) -> ImageData:
    """The images at these indices, with their labels."""
    assert images.labels is not None
    return ImageData(images.name, images.images[index], images.labels[index], images.classes)


def joined(a: ImageData, b: ImageData) -> ImageData:
    """Both sets of labelled images as one."""
    assert a.labels is not None and b.labels is not None
    return ImageData(a.name, torch.cat([a.images, b.images]), torch.cat([a.labels, b.labels]), a.classes)


def first_share(labels: Tensor, share: float) -> Tensor:
    """Indices of the first ``share`` of each class (at least one image): labels (N,) -> int64, in order."""
    counts = torch.bincount(labels)
    wanted = [max(1, round(share * n)) if n else 0 for n in counts.tolist()]
    return _first_of_each(labels, torch.arange(len(labels)), wanted).sort().values


def _first_of_each(labels: Tensor, order: Tensor, counts: list[int]) -> Tensor:
    """The first counts[c] indices of ``order`` whose label is c, for every c, in the order of ``order``."""
    ordered = labels[order]
    rank = torch.zeros(len(order), dtype=torch.int64)
    for c in range(len(counts)):
        of_class = ordered == c
        rank[of_class] = torch.arange(int(of_class.sum()))
    return order[rank < torch.tensor(counts)[ordered]]


def _without(a: Tensor, b: Tensor) -> Tensor:
    return a[~torch.isin(a, b)]


def _rng(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def _licence_of(folder: Path) -> str:
    found = sorted(path.name for path in folder.iterdir() if path.stem.lower() in ("licence", "license", "copying"))
    return f"see {found[0]} in the folder" if found else "unknown: find out before you share images made from them"
