"""Maps and cells: what is drawn is what was handed in; what cannot be drawn is refused."""

from __future__ import annotations

import pytest
import torch

from ganlab.errors import UserError
from ganlab.viz import show_bins, show_maps, tsne


def test_a_map_keeps_two_far_clouds_apart_and_is_the_same_twice():
    x = torch.randn(60, 5, generator=torch.Generator().manual_seed(0))
    x[30:] += 50
    made = tsne(x, 10)
    assert made.shape == (60, 2) and torch.equal(made, tsne(x, 10))
    within = (made[:30] - made[:30].mean(0)).norm(dim=1).max()
    assert (made[:30].mean(0) - made[30:].mean(0)).norm() > within


def test_each_group_has_its_own_marker_and_name():
    points = torch.rand(20, 2)
    figure = show_maps({"a": points, "b": points}, torch.arange(20) % 2, ["real", "generated"])
    assert [axes.get_title() for axes in figure.axes] == ["a", "b"]
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["real", "generated"]
    first, second = figure.axes[0].collections
    assert len(first.get_offsets()) == len(second.get_offsets()) == 10
    assert not (first.get_facecolor()[0] == second.get_facecolor()[0]).all()


def test_flagged_cells_wear_a_triangle_and_cells_are_sorted_by_z():
    figure = show_bins([0.2, 0.5, 0.3], [0.4, 0.3, 0.3], [-5.0, 3.0, 0.1])
    real, generated, flagged = figure.axes[0].lines
    assert generated.get_ydata() == pytest.approx([20, 30, 50]) and real.get_ydata() == pytest.approx([40, 30, 30])
    assert list(flagged.get_xdata()) == [0, 2]


@pytest.mark.parametrize(
    ("call", "why"),
    [
        (lambda: tsne(torch.rand(3001, 2)), "3000 rows"),
        (lambda: tsne(torch.rand(10, 2), 10), "perplexity"),
        (lambda: show_maps({"a": torch.rand(5, 3)}), "shape"),
        (lambda: show_maps({"a": torch.rand(5, 2)}, torch.zeros(4, dtype=torch.long)), "group each"),
        (lambda: show_bins([0.1], [0.1, 0.2], [0.0]), "one entry"),
    ],
)
def test_what_cannot_be_drawn_is_refused(call, why):
    with pytest.raises(UserError, match=why):
        call()
