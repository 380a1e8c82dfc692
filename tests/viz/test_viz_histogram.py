"""Histograms: areas and shares, two line styles, and a range mismatch that can be seen."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from ganlab.errors import UserError
from ganlab.viz import density_1d, pixel_histogram


def _steps(figure):
    """(label, heights, edges, patch) of each histogram."""
    return [(p.get_label(), *p.get_data()[:2], p) for p in figure.axes[0].patches]


def test_a_density_has_area_one():
    rng = torch.Generator().manual_seed(0)
    real, fake = torch.randn(500, 1, generator=rng) + 3, torch.randn(300, generator=rng)
    for _, heights, edges, _ in _steps(density_1d(real, fake)):
        assert (heights * np.diff(edges)).sum() == pytest.approx(1)


def test_shares_of_pixels_add_up_to_one():
    real, fake = torch.rand(5, 1, 8, 8), torch.rand(7, 1, 8, 8) * 2 - 1
    for _, heights, _, _ in _steps(pixel_histogram(real, fake)):
        assert heights.sum() == pytest.approx(1)


def test_a_range_mismatch_is_seen_in_the_bins_and_in_the_legend():
    real, fake = torch.linspace(0, 1, 100), torch.linspace(-1, 1, 100)
    (name, heights, edges, _), (other, others, same_edges, _) = _steps(pixel_histogram(real, fake))
    assert (name, other) == ("real: 0.00 to 1.00", "generated: -1.00 to 1.00")
    assert np.array_equal(edges, same_edges)
    below = edges[1:] <= 0
    assert heights[below].sum() == 0
    assert others[below].sum() == pytest.approx(0.5)


def test_a_range_that_is_no_image_range_is_drawn_and_not_refused():
    (name, *_), _ = _steps(pixel_histogram(torch.tensor([0, 255], dtype=torch.uint8), torch.zeros(2)))
    assert name == "real: 0.00 to 255.00"


def test_the_legend_of_a_density_states_mean_and_deviation():
    (name, *_), _ = _steps(density_1d(torch.tensor([2.0, 4.0]), torch.zeros(2)))
    assert name == "real: mean 3.00, std 1.00"


@pytest.mark.parametrize("draw", [density_1d, pixel_histogram])
def test_two_line_styles_two_colours_labelled_axes_and_a_legend(draw):
    figure = draw(torch.rand(50), torch.rand(50))
    (_, _, _, real), (_, _, _, fake) = _steps(figure)
    assert real.get_linestyle() in ("-", "solid")
    assert fake.get_linestyle() in ("--", "dashed")
    assert real.get_edgecolor() != fake.get_edgecolor()
    assert figure.axes[0].get_xlabel()
    assert figure.axes[0].get_ylabel()
    assert len(figure.legends[0].get_texts()) == 2


def test_one_value_everywhere_is_one_full_bin():
    for _, heights, _, _ in _steps(pixel_histogram(torch.zeros(9), torch.zeros(9))):
        assert heights.max() == 1


@pytest.mark.parametrize(
    ("draw", "x", "message"),
    [
        (density_1d, torch.zeros(3, 2), r"\(N,\) or \(N, 1\)"),
        (density_1d, torch.zeros(0), "empty"),
        (pixel_histogram, torch.tensor([0.0, torch.nan]), "not finite"),
    ],
    ids=["plane", "empty", "nan"],
)
def test_what_cannot_be_counted_is_refused(draw, x, message):
    with pytest.raises(UserError, match=message):
        draw(torch.zeros(3), x)
