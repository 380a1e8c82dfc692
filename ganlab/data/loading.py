"""``load``: from a name or a folder to samples in memory. Lesson: 14 The MLP GAN on MNIST."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import torch
from torch.nn.functional import interpolate

from ganlab import errors
from ganlab.data import mixtures
from ganlab.data.contract import ImageData, PointData
from ganlab.data.digits import load_digits
from ganlab.data.download import ensure
from ganlab.data.folder import load_folder
from ganlab.data.idx import read_idx
from ganlab.data.registry import FASHION_CLASSES, TEST_POINTS, TRAIN_POINTS, info, names
from ganlab.data.stacked import load_stacked

_MIXTURES: dict[str, Callable[[], mixtures.Density]] = {
    "ring": mixtures.ring,
    "grid": mixtures.grid,
    "moons": mixtures.moons,
    "line": mixtures.line,
}
_POINT_SEEDS = {"train": 1, "test": 2}


def load(name: str | os.PathLike[str], split: str = "train", size: int | None = None) -> ImageData | PointData:
    """A data set by its name, or a folder of images by its path, on the CPU.

    A registered name comes first; anything else that exists or contains a separator ("./ring") is a folder, for which
    see ``ganlab.data.folder``. ``split`` is "train" or "test". ``size`` makes the images size x size: a folder's are
    resized and cropped, those of a named data set resized (bilinear, antialiased). Points are 100 000 ("train") or
    10 000 ("test") draws from two fixed seeds. Raises UserError for an unknown name or split, a size where none
    belongs, files that are missing and cannot be had, and images that cannot be read.
    """
    if split not in _POINT_SEEDS:
        raise errors.unknown("split", split, _POINT_SEEDS)
    if name not in names():
        if not _is_path(name):
            raise errors.unknown("data set", str(name), names())
        return load_folder(Path(name), split, size)
    entry = info(str(name))
    if entry.kind == "points":
        if size is not None:
            raise errors.UserError(f"--size is for images, and {entry.name} is made of points: leave it out")
        return _load_points(entry.name, split)
    if size is not None and not 1 <= size <= 1024:
        raise errors.UserError(f"--size must be between 1 and 1024 pixels, not {size}")
    images = load_stacked(entry.name, split, _load_images) if entry.made_of else _load_images(entry.name, split)
    return images if size in (None, entry.shape[-1]) else _resized(images, size)


def _load_images(name: str, split: str) -> ImageData:
    return load_digits(split) if name == "digits" else _load_idx(name, split)


def _resized(data: ImageData, size: int) -> ImageData:
    parts = [
        interpolate(part.float(), (size, size), mode="bilinear", antialias=True).round().clamp(0, 255).to(torch.uint8)
        for part in data.images.split(10_000)
    ]
    return ImageData(data.name, torch.cat(parts), data.labels, data.classes)


def _is_path(name: str | os.PathLike[str]) -> bool:
    if not isinstance(name, str):
        return True
    separated = os.sep in name or (os.altsep is not None and os.altsep in name)
    return separated or (name != "" and Path(name).expanduser().exists())


def _load_points(name: str, split: str) -> PointData:
    mixture = _MIXTURES[name]()
    generator = torch.Generator().manual_seed(_POINT_SEEDS[split])
    points, labels = mixture.sample(TRAIN_POINTS if split == "train" else TEST_POINTS, generator)
    return PointData(name, points, labels, mixture)


def _load_idx(name: str, split: str) -> ImageData:
    """MNIST and its kin: only the two files of the split have to be there."""
    start = "train" if split == "train" else "t10k"
    images_file, labels_file = (file for file in info(name).files if file.name.startswith(start))
    folder = ensure(name, (images_file, labels_file))
    images = torch.from_numpy(read_idx(folder / images_file.name, 3)).unsqueeze(1)
    labels = torch.from_numpy(read_idx(folder / labels_file.name, 1)).long()
    return ImageData(name, images, labels, FASHION_CLASSES if name == "fashion-mnist" else tuple("0123456789"))
