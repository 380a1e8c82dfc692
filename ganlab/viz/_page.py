"""The figure class behind every picture. It imports matplotlib, so it is imported when the first figure is drawn."""

from __future__ import annotations

import io

from matplotlib.figure import Figure


class PageFigure(Figure):
    """A figure outside pyplot: nothing stays open, no window appears, and a notebook shows it once, where it is
    a cell's last value. Notebooks find its picture by ``_repr_png_``, with or without ``%matplotlib inline``.
    """

    def __repr__(self) -> str:
        # Without the size in pixels, so that a stored output does not change with the data set or the run size.
        return f"<Figure with {len(self.axes)} axes>"

    def _repr_png_(self) -> bytes:
        buffer = io.BytesIO()
        self.savefig(buffer, format="png")
        return buffer.getvalue()
