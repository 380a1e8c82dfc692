"""Real beside generated: the same scale on both sides, for images and for points."""

from __future__ import annotations

import pytest
import torch

from ganlab.errors import UserError
from ganlab.viz import real_against_generated, show_points

CORNERS = torch.tensor([[-1.0, -1.0], [1.0, -1.0], [-1.0, 1.0], [1.0, 1.0]])


def test_both_sheets_are_drawn_at_one_size_and_on_one_grey_scale():
    real, fake = torch.full((9, 1, 8, 8), -0.5), torch.full((30, 1, 8, 8), 0.5)
    figure = real_against_generated(real, fake)
    left, right = figure.axes
    assert (left.get_title(), right.get_title()) == ("real", "generated")
    assert left.images[0].get_array().shape == right.images[0].get_array().shape
    assert left.images[0].get_clim() == right.images[0].get_clim() == (0, 255)


def test_a_sheet_shows_at_most_eight_by_eight():
    x = torch.zeros(100, 1, 8, 8)
    assert real_against_generated(x, x).axes[0].images[0].get_array().shape == (8 * 64 + 7 * 2,) * 2


def test_points_share_their_frame_and_differ_by_marker_and_colour():
    figure = real_against_generated(CORNERS, 0.1 * CORNERS, modes=CORNERS)
    left, right = figure.axes
    assert left.get_xlim() == right.get_xlim()
    assert left.get_ylim() == right.get_ylim()
    real, fake = left.collections[1], right.collections[1]
    assert real.get_paths()[0].vertices.shape != fake.get_paths()[0].vertices.shape  # circle, cross
    assert real.get_facecolor()[0, :3].tolist() != fake.get_edgecolor()[0, :3].tolist()
    assert real.get_offsets().tolist() == CORNERS.tolist()


def test_every_axis_of_points_is_labelled_and_the_modes_are_in_a_legend():
    figure = real_against_generated(CORNERS, CORNERS, modes=CORNERS)
    assert {text.get_text() for text in figure.legends[0].get_texts()} == {"real", "generated", "modes"}
    for axes in figure.axes:
        assert axes.get_xlabel() == "$x_1$"
        assert axes.get_ylabel() == "$x_2$"
        assert axes.collections[0].get_label() == "modes"
        assert axes.collections[0].get_offsets().tolist() == CORNERS.tolist()


def test_a_diverged_generator_does_not_shrink_the_data_and_is_counted():
    fake = torch.cat([CORNERS, torch.full((3, 2), 1e6), torch.full((2, 2), torch.nan)])
    left, right = real_against_generated(CORNERS, fake).axes
    assert left.get_xlim() == pytest.approx((-1.3, 1.3))
    assert right.get_xlim() == left.get_xlim()
    assert left.get_title() == "real"
    assert right.get_title() == "generated\n5 of 9 outside"


def test_the_frame_holds_the_modes_that_no_sample_reached():
    (axes,) = show_points(CORNERS[:1], "one corner", modes=CORNERS).axes
    assert axes.get_xlim()[1] > 1
    assert axes.get_title() == "one corner"


def test_a_frame_around_one_point_is_not_empty():
    low, high = show_points(CORNERS[:1], "one point").axes[0].get_xlim()
    assert low < -1 < high


@pytest.mark.parametrize(
    ("real", "fake", "message"),
    [
        (torch.zeros(4, 1, 8, 8), torch.zeros(4, 1, 28, 28), "bring both to one size"),
        (torch.zeros(4, 1, 8, 8), torch.full((4, 1, 8, 8), 2.0), "."),
        (torch.zeros(4, 1), torch.zeros(4, 1), "density_1d"),
        (torch.zeros(4, 3), torch.zeros(4, 3), r"\(N, 2\)"),
        (torch.zeros(4, 2), torch.zeros(0, 2), "N > 0"),
        (torch.full((4, 2), torch.nan), torch.zeros(4, 2), "diverged"),
    ],
    ids=["two sizes", "out of range", "numbers", "3-D", "none", "nan"],
)
def test_what_cannot_be_compared_is_refused(real, fake, message):
    with pytest.raises(UserError, match=message):
        real_against_generated(real, fake)
