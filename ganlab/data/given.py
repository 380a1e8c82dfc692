"""Data that have no name here: a folder of pictures, an array in a .npy or .npz file. Images or rows of numbers.

Lesson: 13 Evaluation.
"""

from __future__ import annotations

import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import interpolate

from ganlab.data.contract import check_images, to_float
from ganlab.data.folder import load_folder
from ganlab.errors import UserError

NAMES = ("samples", "images", "features", "points", "x", "data", "arr_0")
_DAMAGE = (ValueError, KeyError, EOFError, OSError, zipfile.BadZipFile, zlib.error)


@dataclass(frozen=True)
class Given:
    """What a path held: images float (N, C, H, W), or rows (N, d).

    ``sure`` says that the range of the images is known to be [-1, 1], since they were 8-bit or reach below 0.
    """

    values: Tensor
    path: Path
    sure: bool

    @property
    def images(self) -> bool:
        """Whether these are images and not rows of numbers."""
        return self.values.ndim == 4


def read_given(path: str | Path, size: int | None = None) -> Given:
    """A folder of pictures, or the array of a .npy or .npz file; runs no code from it.

    Of a .npz with several arrays the one called samples, images, features, points, x or data is taken. Arrays (N, d)
    are rows; (N, H, W), (N, C, H, W) and (N, H, W, C) are images, 8-bit in 0..255 or floats. ``size`` brings images to
    size x size. Raises UserError, naming the path, for what cannot be read or is neither.
    """
    path = Path(path).expanduser()
    if path.is_dir():
        return Given(to_float(load_folder(path, "all", size).images), path, True)
    array = _array(path)
    if array.ndim == 2:
        return Given(_finite(torch.from_numpy(array.astype(np.float32)), path), path, True)
    if array.ndim not in (3, 4) or 0 in array.shape:
        raise UserError(
            f"the array in {path} has the shape {array.shape}: bring rows (N, d) or images (N, H, W), (N, C, H, W) or"
            " (N, H, W, C)"
        )
    images = torch.from_numpy(_channels_first(array))
    if array.dtype.kind in "iu":
        if array.min() < 0 or array.max() > 255:
            raise UserError(f"the integer images in {path} run from {array.min()} to {array.max()}: they must be 8-bit")
        images = to_float(images.to(torch.uint8))
    images = _finite(images.float(), path)
    if size is not None and images.shape[-2:] != (size, size):
        images = interpolate(images, (size, size), mode="bilinear", antialias=True)
    check_images(images, f"the images in {path}")
    return Given(images, path, array.dtype.kind in "iu" or bool(images.min() < 0))


def alike(generated: Given, real: Given) -> tuple[Tensor, Tensor]:
    """Both as tensors that may be compared: of one kind, one size and one range; or a UserError that says which differ.

    Float images that never fall below 0 are taken for [0, 1] and scaled where *both* sides are so.
    """
    a, b = generated.values, real.values
    if generated.images != real.images:
        kinds = ["images" if side.images else "rows of numbers" for side in (generated, real)]
        raise UserError(f"{generated.path} holds {kinds[0]} and {real.path} {kinds[1]}: bring two of a kind")
    if not real.images:
        if a.shape[1] != b.shape[1]:
            raise UserError(
                f"{generated.path} has rows of {a.shape[1]} numbers and {real.path} of {b.shape[1]}: bring"
                " the same columns of both"
            )
        return a, b
    if a.shape[1] != b.shape[1]:
        raise UserError(
            f"{generated.path} has images of {a.shape[1]} channels and {real.path} of {b.shape[1]}: save both grey or"
            " both in colour"
        )
    if a.shape[2:] != b.shape[2:]:
        sizes = [f"{x.shape[3]}x{x.shape[2]}" for x in (a, b)]
        raise UserError(
            f"{generated.path} has images of {sizes[0]} pixels and {real.path} of {sizes[1]}: bring both to one size"
            " with --size N"
        )
    if generated.sure and real.sure:
        return a, b
    if not generated.sure and not real.sure:
        return 2 * a - 1, 2 * b - 1
    unsure, sure = (generated, real) if real.sure else (real, generated)
    raise UserError(
        f"the images in {unsure.path} are floats that never fall below 0, and those in {sure.path} lie in [-1, 1]:"
        " bring both to one range"
    )


def _array(path: Path) -> np.ndarray:
    if path.suffix not in (".npy", ".npz"):
        found = "there is nothing" if not path.exists() else "no data are read from"
        raise UserError(f"{found} at {path}: give a folder of images, or a .npz or .npy file")
    try:
        with path.open("rb") as file:
            loaded = np.load(file, allow_pickle=False)
            array = loaded if isinstance(loaded, np.ndarray) else loaded[_which(loaded.files, path)]
    except FileNotFoundError:
        raise UserError(f"there is no file {path}: check the path") from None
    except _DAMAGE as error:
        raise UserError(f"{path} cannot be read as an array ({error}): write it with numpy.savez") from None
    if array.dtype.kind not in "fiub":
        raise UserError(f"the array in {path} holds {array.dtype} and no numbers: write it with numpy.savez")
    return array


def _which(names: list[str], path: Path) -> str:
    if len(names) == 1:
        return names[0]
    chosen = [name for name in NAMES if name in names]
    if not chosen:
        raise UserError(f"{path} holds the arrays {', '.join(names) or '(none)'}: call the one to use `samples`")
    return chosen[0]


def _channels_first(array: np.ndarray) -> np.ndarray:
    if array.ndim == 3:
        array = array[:, None]
    elif array.shape[1] not in (1, 3) and array.shape[3] in (1, 3):
        array = array.transpose(0, 3, 1, 2)
    return np.ascontiguousarray(array)


def _finite(values: Tensor, path: Path) -> Tensor:
    if not torch.isfinite(values).all():
        raise UserError(f"{path} holds NaN or infinite values: mend them or leave those rows out")
    return values
