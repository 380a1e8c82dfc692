"""The user's own images: a folder of pictures, or a folder of sub-folders whose names are the labels.

The rules, all of them:

- Sub-folders are labels; the classes are their sorted names. Pictures directly in the folder have no labels, and a
  folder may not hold both kinds. Deeper folders belong to the sub-folder they are in.
- A file counts by its suffix; names that begin with a dot are skipped, so are other suffixes.
- If every picture is stored in a greyscale format, C = 1; otherwise all are read as RGB, C = 3.
- Transparency is flattened on white. A phone's rotation mark is obeyed. Of an animation the first frame counts.
- Without a size, all pictures must be square and equally large. With one, each is scaled until its shorter side fits
  and cropped about its centre.
- "test" is a fixed tenth, chosen by a hash of each file's name relative to the folder; "train" is the rest. The two
  never overlap, and a picture stays on its side when others come or go.

Lesson: 14 The MLP GAN on MNIST.
"""

from __future__ import annotations

import hashlib
import struct
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch

from ganlab.data.contract import ImageData
from ganlab.errors import UserError
from ganlab.progress import bar

if TYPE_CHECKING:
    from PIL.Image import Image

SUFFIXES = (".bmp", ".gif", ".jpeg", ".jpg", ".pgm", ".png", ".ppm", ".tif", ".tiff", ".webp")


def load_folder(folder: Path, split: str = "train", size: int | None = None) -> ImageData:
    """A folder of images -> uint8 (N, C, H, W), by the rules at the top of this file; named after the folder.

    ``split`` is "train", "test", or "all" for every picture.

    Raises UserError, naming the folder or the first file at fault, where the folder is missing or empty, a picture
    cannot be read, or the sizes do not agree and no ``size`` was given.
    """
    if size is not None and size < 1:
        raise UserError(f"--size must be 1 or more, not {size}")
    folder = folder.expanduser()
    files = _image_files(folder)
    channels, side = _survey(folder, files, size)
    labelled = files[0].parent != folder
    classes = tuple(sorted({_label(folder, file) for file in files})) if labelled else None
    chosen = [file for file in files if split == "all" or _held_out(folder, file) == (split == "test")]
    if not chosen:
        raise UserError(
            f"none of the {len(files)} images in {folder} falls into the {split} split (a fixed tenth is test): add"
            " images, or use the other split"
        )
    images = _decode(chosen, channels, side, size is not None)
    labels = torch.tensor([classes.index(_label(folder, file)) for file in chosen]) if classes else None
    return ImageData(folder.resolve().name, images, labels, classes)


def _image_files(folder: Path) -> list[Path]:
    """Every image file of the folder in a fixed order, either all directly in it or all in sub-folders."""
    if not folder.exists():
        raise UserError(f"there is no folder {folder}: check the path")
    if not folder.is_dir():
        raise UserError(f"{folder} is a file: give the folder that holds your images")
    found = [
        path
        for path in folder.rglob("*")
        if path.suffix.lower() in SUFFIXES and not _hidden(path.relative_to(folder)) and path.is_file()
    ]
    if not found:
        raise UserError(f"{folder} holds no images: put files ending in {', '.join(SUFFIXES)} there, or in sub-folders")
    loose = sorted(path for path in found if path.parent == folder)
    if loose and len(loose) < len(found):
        raise UserError(
            f"{folder} holds images both directly ({loose[0].name}) and in sub-folders, which are labels: move all of"
            " them into sub-folders, or none"
        )
    return sorted(found, key=lambda path: path.relative_to(folder).as_posix())


def _survey(folder: Path, files: list[Path], size: int | None) -> tuple[int, int]:
    """(channels, side) for all files, from their headers alone; both splits must agree on them."""
    headers = [_header(file) for file in files]
    channels = 1 if all(grey for grey, _ in headers) else 3
    if size is not None:
        return channels, size
    expected, _ = Counter(extent for _, extent in headers).most_common(1)[0]
    for file, (_, extent) in zip(files, headers, strict=True):
        if extent != expected:
            raise UserError(
                f"{file} is {_times(extent)} where {_times(expected)} was expected, as in most of {folder}: resize and"
                " crop all images with --size N (size=N in Python)"
            )
    if expected[0] != expected[1]:
        raise UserError(
            f"{files[0]} is {_times(expected)}, and images must be square: crop all of them with --size N (size=N in"
            f" Python), say --size {min(expected)}"
        )
    return channels, expected[0]


def _decode(files: list[Path], channels: int, side: int, resize: bool) -> torch.Tensor:
    from PIL import Image, ImageOps

    pixels = np.empty((len(files), side, side, channels), np.uint8)
    # The bar appears where reading takes longer than two seconds, and only in a terminal.
    for row, file in zip(pixels, bar(files, desc="reading images", delay=2, leave=False), strict=True):
        picture = _picture(file, channels)
        if resize:
            picture = ImageOps.fit(picture, (side, side), Image.Resampling.LANCZOS)
        row[:] = np.asarray(picture).reshape(side, side, channels)
    return torch.from_numpy(pixels).permute(0, 3, 1, 2).contiguous()


def _picture(file: Path, channels: int) -> Image:
    """One file as 8-bit "L" or "RGB", upright and without transparency."""
    from PIL import Image, ImageOps

    with _reading(file), Image.open(file) as opened:
        picture = ImageOps.exif_transpose(opened)
        if picture.mode.startswith(("I", "F")):
            picture = _from_16_bits(picture)
        if "transparency" in picture.info or picture.mode in ("LA", "La", "PA", "RGBA", "RGBa"):
            white = Image.new("RGBA", picture.size, "white")
            white.alpha_composite(picture.convert("RGBA"))
            picture = white.convert("RGB")
        return picture.convert("L" if channels == 1 else "RGB")


def _from_16_bits(picture: Image) -> Image:
    """Greyscale 0..65535 -> 0..255. Pillow's own conversion would clip at 255 and leave a white page."""
    from PIL import Image

    values = np.asarray(picture)
    if picture.mode == "F" or values.min() < 0 or values.max() > 65535:
        raise ValueError("its values need more than 16 bits")
    return Image.fromarray(np.rint(values / 257).astype(np.uint8))


def _header(file: Path) -> tuple[bool, tuple[int, int]]:
    """(is stored in a greyscale format, (width, height)), without decoding the pixels."""
    from PIL import Image

    with _reading(file):
        if file.stat().st_size == 0:
            raise ValueError("it is empty, 0 bytes")
        with Image.open(file) as picture:
            return picture.mode in ("1", "L", "LA", "La", "F") or picture.mode.startswith("I"), picture.size


@contextmanager
def _reading(file: Path) -> Iterator[None]:
    """Turn what Pillow raises on a bad file into one sentence that names the file."""
    from PIL import Image, UnidentifiedImageError

    try:
        yield
    except UnidentifiedImageError as error:
        raise _unreadable(file, "it holds no picture that can be recognised") from error
    except Image.DecompressionBombError as error:
        raise _unreadable(file, "it claims to be too large to open safely") from error
    except OSError as error:
        raise _unreadable(file, error.strerror or str(error)) from error
    # Pillow lets these through from damaged headers and chunks.
    except (ValueError, SyntaxError, EOFError, KeyError, IndexError, OverflowError, struct.error, zlib.error) as error:
        raise _unreadable(file, str(error)) from error


def _unreadable(file: Path, reason: str) -> UserError:
    return UserError(f"{file} cannot be read as an image ({reason}): replace it or take it away")


def _held_out(folder: Path, file: Path) -> bool:
    """Whether a file belongs to "test": one in ten, by its name alone, the same on every machine."""
    name = file.relative_to(folder).as_posix().encode("utf-8", "surrogateescape")
    return int.from_bytes(hashlib.sha256(name).digest()[:8], "big") % 10 == 0


def _label(folder: Path, file: Path) -> str:
    return file.relative_to(folder).parts[0]


def _hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)


def _times(extent: tuple[int, int]) -> str:
    return f"{extent[0]}x{extent[1]}"
