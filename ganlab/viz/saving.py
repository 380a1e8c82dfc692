"""One picture of samples in a file, whatever they are: a sheet of images, or a scatter of points.

Lesson: 14 The MLP GAN on MNIST.
"""

from __future__ import annotations

from pathlib import Path

from torch import Tensor

from ganlab.errors import UserError
from ganlab.files import write_atomically
from ganlab.viz.figure import png
from ganlab.viz.points import show_points
from ganlab.viz.sheet import save_sheet


def can_be_drawn(shape: tuple[int, ...]) -> bool:
    """Whether one sample of this shape has a picture: an image (C, H, W) with C 1 or 3, or a point (2,)."""
    return (len(shape) == 3 and shape[0] in (1, 3)) or tuple(shape) == (2,)


def save_picture(samples: Tensor, path: str | Path) -> Path:
    """Write images (N, C, H, W) in [-1, 1] as a sheet, or points (N, 2) as a scatter; return the path.

    The file appears whole or not at all. Raises UserError for samples that have no picture.
    """
    if not can_be_drawn(tuple(samples.shape[1:])):
        raise UserError(f"samples of shape {tuple(samples.shape[1:])} have no picture: write them to a .npz file")
    if samples.ndim == 4:
        return save_sheet(samples, path)
    write_atomically(Path(path), png(show_points(samples, f"{len(samples)} generated points")))
    return Path(path)
