"""Sample sheets: many images in one picture, pixel for pixel.

Lesson: 14 The MLP GAN on MNIST.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from torch import Tensor

from ganlab.data import check_images, to_uint8
from ganlab.errors import UserError
from ganlab.files import write_atomically
from ganlab.viz.figure import png, subplots
from ganlab.viz.style import WIDTH, style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

GAP = 2  # pixels between neighbours
GREY = 128  # of the gaps: seen beside black digits and beside white photographs
CELL = 64  # pixels that a saved image should roughly have on its longer side


def sample_sheet(images: Tensor, columns: int | None = None) -> np.ndarray:
    """Lay images out in a grid, row by row, with grey gaps of two pixels and not one pixel changed.

    images: float (N, C, H, W) in [-1, 1], C 1 or 3. columns: the images in a row, the smallest square by default.
    Returns uint8 (rows*H + 2*(rows-1), columns*W + 2*(columns-1)), with a last axis of 3 for colour.
    Raises UserError for another shape, type or range, for no images and for columns below 1.
    """
    return _tile(_pixels(images), columns)


def save_sheet(images: Tensor, path: str | Path, columns: int | None = None) -> Path:
    """Write a sample sheet as a PNG file; small images are enlarged by a whole factor (nearest neighbour).

    Shapes, ranges and errors are those of `sample_sheet`. The file appears whole or not at all: a crash while writing
    leaves the file that was there before. Returns the path.
    """
    path = Path(path)
    write_atomically(path, png(enlarged_sheet(images, columns)))
    return path


def show_sheet(images: Tensor, title: str, columns: int | None = None) -> Figure:
    """A sample sheet as a figure with a title. Shapes, ranges and errors are those of `sample_sheet`."""
    sheet = enlarged_sheet(images, columns)
    with style():
        figure, (axes,) = subplots(1, 1, WIDTH * sheet.shape[0] / sheet.shape[1] + 0.4)
        picture(axes, sheet, title)
    return figure


def enlarged_sheet(images: Tensor, columns: int | None = None, cell: int = CELL) -> np.ndarray:
    """`sample_sheet` with images enlarged by the whole factor that brings them nearest to ``cell`` pixels from below.

    The gaps stay two pixels wide. An image of more than ``cell`` pixels keeps its size.
    """
    pixels = _pixels(images)
    factor = max(1, cell // max(pixels.shape[1:3]))
    return _tile(pixels.repeat(factor, axis=1).repeat(factor, axis=2), columns)


def picture(axes: Axes, sheet: np.ndarray, title: str) -> None:
    """Draw a sheet on matplotlib axes: black is 0 and white is 255 in every picture, so that two can be compared."""
    axes.imshow(sheet, vmin=0, vmax=255, interpolation="antialiased")  # nearest where it enlarges by whole factors
    axes.set_axis_off()
    axes.set_title(title)


def _pixels(images: Tensor) -> np.ndarray:
    """uint8 (N, H, W, C) of checked float images."""
    check_images(images, "the images of a sheet")
    if len(images) == 0:
        raise UserError("a sheet needs at least one image")
    if images.shape[1] not in (1, 3):
        raise UserError(f"a sheet shows images of 1 or 3 channels, not {images.shape[1]}: choose channels x[:, :1]")
    return to_uint8(images.detach()).permute(0, 2, 3, 1).cpu().numpy()


def _tile(pixels: np.ndarray, columns: int | None) -> np.ndarray:
    count, height, width, channels = pixels.shape
    if columns is not None and columns < 1:
        raise UserError(f"a sheet has at least one column, not {columns}")
    columns = min(count, columns or math.ceil(math.sqrt(count)))
    rows = math.ceil(count / columns)
    shape = (rows * (height + GAP) - GAP, columns * (width + GAP) - GAP, channels)
    sheet = np.full(shape, GREY, dtype=np.uint8)
    for index, image in enumerate(pixels):
        row, column = divmod(index, columns)
        top, left = row * (height + GAP), column * (width + GAP)
        sheet[top : top + height, left : left + width] = image
    return sheet[:, :, 0] if channels == 1 else sheet
