"""The figure of an audit: a mark a player and a line, filled as the gradients are."""

from __future__ import annotations

import pytest

from ganlab.errors import UserError
from ganlab.viz import gradient_audit


def test_marks_and_words_say_what_is_held():
    (axes,) = gradient_audit([("make", "None", "None"), ("clear", "zero", "non-zero")]).axes
    marks = {(int(line.get_xdata()[0]), int(line.get_ydata()[0])): line.get_fillstyle() for line in axes.lines}
    assert marks == {(0, 0): "none", (1, 0): "none", (0, 1): "left", (1, 1): "full"}
    assert [text.get_text() for text in axes.texts] == ["None", "zero", "None", "non-zero"]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["make", "clear"]
    assert axes.yaxis_inverted()


def test_other_words_are_refused():
    with pytest.raises(UserError, match="and not some"):
        gradient_audit([("make", "some", "None")])
    with pytest.raises(UserError, match="at least one"):
        gradient_audit([])
