"""The arches of the value at one point: their tops are where calculus puts them, and both ends fall."""

from __future__ import annotations

import math

import numpy as np
import pytest

from ganlab.errors import UserError
from ganlab.viz import value_at_a_point


def test_the_stars_stand_on_the_highest_points():
    (axes,) = value_at_a_point([(0.5, 0.5), (0.3, 0.1)]).axes
    arches, stars = axes.lines[0::2], axes.lines[1::2]
    for arch, star, (p, q) in zip(arches, stars, [(0.5, 0.5), (0.3, 0.1)], strict=True):
        d, value = arch.get_data()
        assert star.get_xdata()[0] == pytest.approx(p / (p + q))
        assert d[np.argmax(value)] == pytest.approx(p / (p + q), abs=0.002)
        assert star.get_ydata()[0] == pytest.approx(value.max(), abs=1e-5)
        assert value[0] < value.max() - 0.3 and value[-1] < value.max() - 0.3
    assert stars[0].get_ydata()[0] == pytest.approx(-math.log(2))


def test_arches_differ_in_more_than_colour():
    arches = value_at_a_point([(0.5, 0.5), (0.3, 0.1), (0.1, 0.3)]).axes[0].lines[0::2]
    assert len({arch.get_linestyle() for arch in arches}) == 3


@pytest.mark.parametrize("pairs", [[], [(0.5, 0.5)] * 5, [(0.0, 1.0)], [(1.0, -1.0)], [(1.0, math.inf)]])
def test_what_cannot_be_drawn_is_refused(pairs):
    with pytest.raises(UserError):
        value_at_a_point(pairs)
