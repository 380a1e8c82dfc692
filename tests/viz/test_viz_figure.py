"""Figures outside pyplot: encoded, shown once, never left open."""

from __future__ import annotations

import io
import sys

import numpy as np
import pytest
from PIL import Image

from ganlab.errors import UserError
from ganlab.viz import png, show, style, subplots
from ganlab.viz.figure import bands


def _figure():
    with style():
        figure, _ = subplots(1, 2, 2.0)
    return figure


def test_a_figure_shows_itself_in_a_notebook_without_any_set_up():
    picture = Image.open(io.BytesIO(_figure()._repr_png_()))
    assert picture.format == "PNG"
    assert picture.size == (624, 240)  # 5.2 and 2 inches at 120 dots an inch


def test_a_figure_is_not_registered_with_pyplot():
    import matplotlib.pyplot as plt

    open_before = plt.get_fignums()
    _figure()
    assert plt.get_fignums() == open_before


def test_the_text_beside_a_stored_picture_does_not_depend_on_its_size():
    small, large = (subplots(1, 2, height)[0] for height in (2.0, 3.3))
    assert repr(small) == repr(large) == "<Figure with 2 axes>"


def test_axes_come_row_by_row():
    figure, axes = subplots(2, 3, 2.0)
    assert axes == figure.axes
    assert len(axes) == 6
    assert axes[2].get_subplotspec().colspan.start == 2
    assert axes[3].get_subplotspec().rowspan.start == 1


def test_each_band_of_axes_stands_below_its_heading():
    figure, rows = bands(["first", "", "third"], 2, 1.5)
    assert figure.axes == [axes for row in rows for axes in row] and len(figure.axes) == 6
    figure.draw_without_rendering()
    tops = [max(axes.get_tightbbox().y1 for axes in row) for row in rows]
    for band, heading, top in zip(figure.subfigs, ("first", None, "third"), tops, strict=True):
        assert band._suptitle is None if heading is None else band.get_suptitle() == heading
        assert heading is None or band._suptitle.get_window_extent().y0 >= top


@pytest.mark.parametrize("shape", [(4, 6), (4, 6, 3)])
def test_png_of_an_array_is_lossless(shape):
    array = np.arange(np.prod(shape), dtype=np.uint8).reshape(shape)
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(png(array)))), array)


def test_png_of_a_figure_is_its_picture():
    assert Image.open(io.BytesIO(png(_figure()))).size == (624, 240)


@pytest.mark.parametrize("array", [np.zeros((4, 4)), np.zeros((2, 4, 4), np.uint8), np.zeros(4, np.uint8)], ids=str)
def test_png_refuses_what_is_no_picture(array):
    with pytest.raises(UserError, match="sample_sheet"):
        png(array)


def test_show_outside_a_notebook_says_what_to_do():
    with pytest.raises(UserError, match="savefig"):
        show(_figure())


def test_show_without_ipython_says_what_to_do(monkeypatch):
    monkeypatch.setitem(sys.modules, "IPython", None)
    with pytest.raises(UserError, match="savefig"):
        show(_figure())


def test_show_in_a_notebook_displays_the_figure(monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.get_ipython", lambda: object())
    monkeypatch.setattr("IPython.display.display", shown.append)
    figure = _figure()
    show(figure)
    assert shown == [figure]
