"""Score cards as pictures: shape and place say what colour says."""

from __future__ import annotations

import pytest
import torch

from ganlab.errors import UserError
from ganlab.viz.scorecard import Mark, compare_cards, compare_spectra, show_card, show_spectra

MARKS = [
    Mark("one", "a", 0.5, 0.0, 0.9, worse=False),
    Mark("two", "a", 40.0, 30.0, 50.0, worse=True),
    Mark("three", "b", -4.0, -5.0, -3.0, worse=True),
    Mark("four", "b", -4.0, -5.0, -3.0, worse=False),
]


def test_each_row_has_its_marker_at_its_value_and_groups_are_named():
    axes = show_card(MARKS).axes[0]
    drawn = [line for line in axes.lines if len(line.get_xdata()) == 1]
    assert [float(line.get_xdata()[0]) for line in drawn] == [0.5, 40, -4, -4]
    assert [line.get_marker() for line in drawn] == ["o", "x", "x", "o"]
    assert [text.get_text() for text in axes.texts] == ["a", "b"]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["one", "two", "three", "four"]


def test_the_grid_has_a_shape_for_each_verdict_and_a_number_where_it_matters():
    axes = compare_cards({"G": MARKS}).axes[0]
    drawn = [line for line in axes.lines if len(line.get_xdata()) == 1]
    assert [line.get_marker() for line in drawn] == ["o", "^", "v", "o"]
    assert drawn[0].get_markerfacecolor() != "white" and drawn[3].get_markerfacecolor() == "white"
    assert [text.get_text() for text in axes.texts] == ["40", "-4.0", "-4.0"]


def test_spectra_are_drawn_in_decibels_without_the_mean():
    power = torch.tensor([[5.0, 10.0, 100.0]])
    real, generated = show_spectra(10 * power, power).axes[0].lines
    assert list(real.get_ydata()) == pytest.approx([10, 20]) and list(generated.get_ydata()) == pytest.approx([20, 30])


def test_spectra_are_compared_by_name_and_not_by_colour_alone():
    power = torch.tensor([[5.0, 10.0, 100.0]])
    names = ("one", "two", "three")
    axes = compare_spectra({name: factor * power for factor, name in enumerate(names, 1)}).axes[0]
    assert [text.get_text() for text in axes.get_legend().get_texts()] == list(names)
    assert list(axes.lines[0].get_ydata()) == pytest.approx([10, 20])
    assert len({line.get_marker() for line in axes.lines}) == len({line.get_linestyle() for line in axes.lines}) == 3
    with pytest.raises(UserError, match="one is the least"):
        compare_spectra({})


def test_what_cannot_be_drawn_is_refused():
    with pytest.raises(UserError, match="at least one row"):
        show_card([])
    for cards in ({}, {"G": []}, {"G": MARKS, "H": MARKS[:2]}):
        with pytest.raises(UserError, match="row by row"):
            compare_cards(cards)
