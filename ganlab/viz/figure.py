"""Making, showing and encoding figures, without pyplot: quick, headless, and never shown twice.

Lesson: 00 Start here.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ganlab.errors import UserError
from ganlab.viz.style import WIDTH

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def subplots(rows: int, columns: int, height: float) -> tuple[Figure, list[Axes]]:
    """A figure of the page's width and of ``height`` inches with rows x columns axes, listed row by row.

    Call it inside ``with style():``, since the look of an axis is fixed when the axis is made.
    """
    from ganlab.viz._page import PageFigure

    figure = PageFigure(figsize=(WIDTH, height), layout="constrained")
    return figure, list(figure.subplots(rows, columns, squeeze=False).flat)


def bands(headings: Sequence[str], columns: int, height: float) -> tuple[Figure, list[list[Axes]]]:
    """A figure of the page's width with a row of axes, ``height`` inches high, below each heading (may be "").

    Call it inside ``with style():``, as `subplots`.
    """
    from ganlab.viz._page import PageFigure

    figure = PageFigure(figsize=(WIDTH, height * len(headings)), layout="constrained")
    rows = []
    for band, heading in zip(figure.subfigures(len(headings), 1, squeeze=False).flat, headings, strict=True):
        rows.append(list(band.subplots(1, columns, squeeze=False).flat))
        if heading:
            band.suptitle(heading, x=0.01, ha="left", fontsize=9)
    return figure, rows


def show(figure: Figure) -> None:
    """Show a figure in the middle of a notebook cell (a cell's last value is shown without it).

    Raises UserError outside a notebook.
    """
    try:
        from IPython import get_ipython
        from IPython.display import display
    except ImportError:
        shell = None
    else:
        shell = get_ipython()
    if shell is None:
        raise UserError("figures are shown in a notebook: in a script save one with figure.savefig('picture.png')")
    display(figure)


def png(picture: np.ndarray | Figure) -> bytes:
    """The PNG bytes of a uint8 array (H, W) or (H, W, 3), pixel for pixel, or of a figure.

    Raises UserError for an array of another type or shape.
    """
    buffer = io.BytesIO()
    if isinstance(picture, np.ndarray):
        from PIL import Image

        grey_or_rgb = picture.ndim == 2 or (picture.ndim == 3 and picture.shape[2] == 3)
        if picture.dtype != np.uint8 or not grey_or_rgb:
            raise UserError(
                f"a picture is a uint8 array (H, W) or (H, W, 3), not {picture.dtype} {picture.shape}:"
                " make one with sample_sheet(images)"
            )
        Image.fromarray(picture).save(buffer, format="PNG")
    else:
        picture.savefig(buffer, format="png")
    return buffer.getvalue()
