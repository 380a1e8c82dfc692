"""The figure class behind every picture. It imports matplotlib, so it is imported when the first figure is drawn."""

from __future__ import annotations

import io

from matplotlib.figure import Figure


class PageFigure(Figure):
    """A figure outside pyplot: nothing stays open, no window appears, and a notebook shows it once, where it is
    a cell's last value. Notebooks find its picture by ``_repr_png_``, with or without ``%matplotlib inline``.
    """

    def _repr_png_(self) -> bytes:
        buffer = io.BytesIO()
        self.savefig(buffer, format="png")
        return buffer.getvalue()
