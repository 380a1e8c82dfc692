"""The ablation matrix: a picture in every cell, in order, all in one window."""

from __future__ import annotations

from itertools import combinations

import pytest
import torch
from matplotlib.backends.backend_agg import FigureCanvasAgg

from ganlab import viz
from ganlab.data.mixtures import ring
from ganlab.errors import UserError

ROWS, COLUMNS = ("GAN", "relativistic"), ("none", "R1")


def _points() -> dict[tuple[str, str], torch.Tensor]:
    rng = torch.Generator().manual_seed(0)
    return {
        (r, c): torch.randn(20, 2, generator=rng) + i for i, (r, c) in enumerate((r, c) for r in ROWS for c in COLUMNS)
    }


def test_each_cell_shows_its_own_points_and_words_in_the_window_of_the_modes():
    points, modes = _points(), ring().means.float()
    words = {cell: f"{cell[0]} with {cell[1]}" for cell in points}
    figure = viz.ablation_matrix(ROWS, COLUMNS, points, words, modes)
    assert [axes.get_title().splitlines() for axes in figure.axes] == [[cell[1], words[cell]] for cell in points]
    for axes, cloud in zip(figure.axes, points.values(), strict=True):
        drawn = axes.collections[-1].get_offsets()
        assert torch.allclose(torch.as_tensor(drawn.data, dtype=torch.float32), cloud)
    assert len({(axes.get_xlim(), axes.get_ylim()) for axes in figure.axes}) == 1


def test_no_title_leaves_the_figure_or_meets_its_neighbour():
    columns = ("none", "r1", "r2", "r1+r2")
    points = {(row, column): torch.zeros(2, 2) for row in ROWS for column in columns}
    words = dict.fromkeys(points, "8, 8, 8 of 8 modes")
    figure = viz.ablation_matrix(ROWS, columns, points, words, ring().means.float())
    FigureCanvasAgg(figure).draw()
    boxes = [axes.title.get_window_extent() for axes in figure.axes]
    assert all(figure.bbox.x0 <= box.x0 and box.x1 <= figure.bbox.x1 for box in boxes)
    assert not any(one.overlaps(other) for one, other in combinations(boxes, 2))


def test_a_missing_cell_is_named():
    points = _points()
    del points[("relativistic", "R1")]
    with pytest.raises(UserError, match="no points for relativistic and R1"):
        viz.ablation_matrix(ROWS, COLUMNS, points, {}, ring().means)
