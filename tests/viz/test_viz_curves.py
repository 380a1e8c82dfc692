"""Loss curves: the smoothing by its properties, the figure by what a reader needs to tell."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ganlab.errors import UserError
from ganlab.viz import loss_curves, run_curves, smooth

ROWS = [
    {"step": s, "loss_D": 1.4 + 0.1 * math.sin(s), "loss_G": 0.7 - 0.001 * s, "score_real": 0.5, "note": "text"}
    for s in range(0, 200, 2)
]
VALUES = st.lists(st.floats(-100, 100), min_size=1, max_size=40)


def _lines(figure):
    (axes,) = figure.axes
    return {line.get_label(): line for line in axes.lines if not line.get_label().startswith("_")}


@given(value=st.floats(-1e3, 1e3), n=st.integers(1, 40), window=st.integers(1, 20))
def test_a_constant_stays_constant(value, n, window):
    assert smooth(np.full(n, value), window) == pytest.approx(np.full(n, value), abs=1e-9)


@given(values=VALUES, window=st.integers(1, 20))
def test_what_rises_still_rises(values, window):
    assert (np.diff(smooth(np.sort(values), window)) >= -1e-9).all()


@given(values=VALUES, window=st.integers(1, 20))
def test_no_value_leaves_the_range(values, window):
    smoothed = smooth(np.array(values), window)
    assert len(smoothed) == len(values)
    assert smoothed.min() >= min(values) - 1e-9
    assert smoothed.max() <= max(values) + 1e-9


def test_a_straight_line_stays_away_from_the_ends():
    line = np.arange(50.0)
    assert smooth(line, 5)[5:-5] == pytest.approx(line[5:-5])


def test_the_running_mean_against_its_definition():
    values = np.random.default_rng(0).normal(size=30)
    expected = [values[max(0, i - 4) : i + 5].mean() for i in range(30)]
    assert smooth(values, 4) == pytest.approx(expected)


def test_noise_becomes_smaller_by_the_root_of_the_window():
    noise = np.random.default_rng(0).normal(size=20_000)
    assert smooth(noise, 12).std() == pytest.approx(1 / math.sqrt(25), rel=0.1)


def test_nothing_to_smooth():
    assert len(smooth(np.array([]), 3)) == 0


def test_d_and_g_differ_in_colour_line_and_marker_and_the_axes_are_labelled():
    figure = loss_curves(ROWS)
    lines = _lines(figure)
    d, g = lines["loss_D"], lines["loss_G"]
    assert d.get_linestyle() == "-"
    assert g.get_linestyle() == "-."
    assert d.get_color() != g.get_color()
    assert d.get_marker() != g.get_marker()
    assert figure.axes[0].get_xlabel() == "step"
    assert figure.axes[0].get_ylabel() == "loss"
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["loss_D", "loss_G"]


def test_each_curve_is_drawn_raw_and_thin_under_its_mean():
    raw, thick = loss_curves(ROWS, names=["loss_D"]).axes[0].lines
    assert raw.get_linewidth() < thick.get_linewidth()
    assert raw.get_ydata() == pytest.approx([row["loss_D"] for row in ROWS])
    assert thick.get_ydata() == pytest.approx(smooth(raw.get_ydata(), len(ROWS) // 20))
    assert raw.get_xdata() == pytest.approx([row["step"] for row in ROWS])


def test_reference_lines_are_dashed_level_and_in_the_colour_of_their_player():
    figure = loss_curves(ROWS, equilibrium={"loss_D": 2 * math.log(2), "loss_G": math.log(2)})
    lines = _lines(figure)
    reference = lines["loss_D where q = p: 1.386"]
    assert reference.get_linestyle() == "--"
    assert list(reference.get_ydata()) == [2 * math.log(2)] * 2
    assert reference.get_color() == lines["loss_D"].get_color()
    assert lines["loss_G where q = p: 0.693"].get_color() == lines["loss_G"].get_color()


def test_no_reference_line_unless_asked():
    assert set(_lines(loss_curves(ROWS))) == {"loss_D", "loss_G"}


def test_four_scalars_take_four_looks_whoever_comes_first():
    names = ["a", "loss_D", "b_D", "loss_G"]
    rows = [{"step": s, **{name: float(s) for name in names}} for s in range(3)]
    lines = _lines(loss_curves(rows, names))
    assert list(lines) == names
    assert len({line.get_linestyle() for line in lines.values()}) == 4
    assert len({line.get_color() for line in lines.values()}) == 4
    assert lines["loss_D"].get_linestyle() == "-"
    assert lines["loss_G"].get_linestyle() == "-."


def test_a_mixed_axis_is_not_called_a_loss():
    assert loss_curves(ROWS, names=["score_real"]).axes[0].get_ylabel() == "value"


def test_missing_and_infinite_values_are_left_out():
    rows = [{"step": 0, "loss_D": 1.0}, {"step": 1}, {"step": 2, "loss_D": math.inf}, {"step": 3, "loss_D": 3.0}]
    raw = loss_curves(rows, names=["loss_D"]).axes[0].lines[0]
    assert raw.get_xdata().tolist() == [0, 3]


def test_a_scalar_that_was_never_finite_draws_an_empty_curve():
    assert len(loss_curves([{"step": 0, "loss_D": math.nan}], names=["loss_D"]).axes[0].lines[0].get_xdata()) == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([],), "no rows yet"),
        ((ROWS, ["loss_d"]), "did you mean .*'loss_D'"),
        ((ROWS, ["note"]), "unknown scalar"),
        ((ROWS, ["loss_D"], {"lossD": 1.0}), "unknown scalar 'lossD'"),
        (([{"step": 0, **{c: 0.0 for c in "abcde"}}], list("abcde")), "at most 4"),
    ],
    ids=["no rows", "misspelt", "not a number", "misspelt reference", "five curves"],
)
def test_mistakes_are_named(arguments, message):
    with pytest.raises(UserError, match=message):
        loss_curves(*arguments)


def test_runs_are_drawn_as_the_log_that_they_would_have_left():
    rows = [{"step": step, "one": step**2, "other": 1.0 - step} for step in range(30)]
    runs = {name: [row[name] for row in rows] for name in ("one", "other")}
    found, wanted = (
        [line.get_xydata() for line in figure.axes[0].lines]
        for figure in (run_curves(runs, {"one": 2.0}), loss_curves(rows, ["one", "other"], {"one": 2.0}))
    )
    assert len(found) == len(wanted) == 5
    assert all(np.array_equal(a, b) for a, b in zip(found, wanted, strict=True))


@pytest.mark.parametrize(("curves", "message"), [({"a": [1.0], "b": [1.0, 2.0]}, "lengths"), ({}, "no rows")])
def test_runs_that_cannot_be_drawn_together(curves, message):
    with pytest.raises(UserError, match=message):
        run_curves(curves)
