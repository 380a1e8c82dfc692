"""The ablation matrix: a picture in every cell, in order, all in one window."""

from __future__ import annotations

import pytest
import torch

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
    assert [axes.get_title().splitlines()[0] for axes in figure.axes] == list(words.values())
    for axes, cloud in zip(figure.axes, points.values(), strict=True):
        drawn = axes.collections[-1].get_offsets()
        assert torch.allclose(torch.as_tensor(drawn.data, dtype=torch.float32), cloud)
    assert len({(axes.get_xlim(), axes.get_ylim()) for axes in figure.axes}) == 1


def test_a_missing_cell_is_named():
    points = _points()
    del points[("relativistic", "R1")]
    with pytest.raises(UserError, match="no points for relativistic and R1"):
        viz.ablation_matrix(ROWS, COLUMNS, points, {}, ring().means)
