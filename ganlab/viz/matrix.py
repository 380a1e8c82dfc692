"""One picture for each cell of an ablation: what was changed runs along the rows and columns.

Lesson: 32 R3GAN.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from torch import Tensor

from ganlab.errors import UserError
from ganlab.viz.figure import subplots
from ganlab.viz.points import check_points, legend, scatter, window_of
from ganlab.viz.style import FAKE, WIDTH, style

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def ablation_matrix(
    rows: Sequence[str],
    columns: Sequence[str],
    points: Mapping[tuple[str, str], Tensor],
    words: Mapping[tuple[str, str], str],
    modes: Tensor,
) -> Figure:
    """A scatter for each cell (row, column): generated points (N, 2) over the modes (M, 2), in one window.

    words: a line above each cell, below the name of its column, such as its count of modes.
    Raises UserError for a cell without points.
    """
    missing = [(row, column) for row in rows for column in columns if (row, column) not in points]
    if missing:
        raise UserError(f"the matrix has no points for {' and '.join(missing[0])}: train that cell too")
    window = window_of(modes, modes)
    with style():
        figure, axes = subplots(len(rows), len(columns), WIDTH / len(columns) * len(rows) + 1.0)
        cells = [(row, column) for row in rows for column in columns]
        for place, cell in zip(axes, cells, strict=True):
            check_points(points[cell])
            scatter(place, points[cell], modes, FAKE, "generated", window)
            place.set_title(f"{cell[1]}\n{words[cell]}", fontsize=7.5)
            place.set_xlabel("$x_1$" if cell[0] == rows[-1] else "")
            place.set_ylabel(f"{cell[0]}\n$x_2$" if cell[1] == columns[0] else "")
            place.tick_params(labelleft=cell[1] == columns[0], labelbottom=cell[0] == rows[-1])
        legend(figure)
    return figure
