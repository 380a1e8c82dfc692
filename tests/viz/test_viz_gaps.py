"""The figure of D's logits on training and held-out images."""

from __future__ import annotations

import pytest

from ganlab.errors import UserError
from ganlab.viz import logit_gaps

ROWS = [
    {"step": 0, "train": 0.0, "held_out": 0.1, "fake": -0.2},
    {"step": 100, "train": 3.0, "held_out": -2.0, "fake": -2.5},
]


def test_each_panel_has_the_three_lines_with_their_values_and_all_share_one_scale():
    figure = logit_gaps({"plain": ROWS, "calm": ROWS[:1]})
    left, right = figure.axes
    assert [line.get_label() for line in left.lines] == ["training images", "held-out images", "fakes"]
    assert [list(line.get_ydata()) for line in left.lines] == [[0.0, 3.0], [0.1, -2.0], [-0.2, -2.5]]
    assert left.get_ylim() == right.get_ylim() and left.get_title() == "plain"
    assert left.get_xlabel() == "step" and left.get_ylabel() == "mean logit of D"
    assert len({line.get_linestyle() for line in left.lines}) == 3


@pytest.mark.parametrize("runs", [{}, {"plain": []}])
def test_nothing_to_draw_is_one_sentence(runs):
    with pytest.raises(UserError, match="at least one row"):
        logit_gaps(runs)
