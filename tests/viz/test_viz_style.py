"""The look: readable without colour, readable on a phone, and never forced on the reader's own figures."""

from __future__ import annotations

import itertools
import subprocess
import sys

import matplotlib
import pytest
from matplotlib.colors import to_rgb

from ganlab.viz.style import DISCRIMINATOR, FAKE, GENERATOR, OTHERS, RC, REAL, WIDTH, apply_style, style

CURVES = (DISCRIMINATOR, GENERATOR, *OTHERS)


def _contrast_with_white(color: str) -> float:
    """WCAG 2.1: relative luminance, then (1 + 0.05) / (L + 0.05)."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(color)]
    return 1.05 / (0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2] + 0.05)


@pytest.mark.parametrize("pair", [(REAL, FAKE), *itertools.combinations(CURVES, 2)], ids=str)
def test_two_roles_of_one_figure_differ_in_colour_in_line_and_in_marker(pair):
    a, b = pair
    assert a.color != b.color
    assert a.line != b.line
    assert a.marker != b.marker


@pytest.mark.parametrize("look", [REAL, FAKE, *CURVES], ids=str)
def test_every_role_stands_out_from_white_paper(look):
    assert _contrast_with_white(look.color) >= 3  # WCAG 2.1, 1.4.11, graphical objects


def test_the_contrast_measure_knows_black_and_white():
    assert _contrast_with_white("#000000") == pytest.approx(21)
    assert _contrast_with_white("#FFFFFF") == pytest.approx(1)


def test_the_smallest_letter_is_readable_on_a_phone():
    sizes = [value for key, value in RC.items() if key.endswith("size") and isinstance(value, (int, float))]
    pixels_per_point = 390 / (WIDTH * 72)  # a page of 390 CSS pixels shows the figure at its full width
    assert len(sizes) >= 6
    assert min(sizes) * pixels_per_point >= 10


def test_the_context_manager_restores_the_readers_settings():
    before = dict(matplotlib.rcParams)
    with style():
        assert matplotlib.rcParams["font.size"] == RC["font.size"]
        assert matplotlib.rcParams["axes.grid"] is True
    assert dict(matplotlib.rcParams) == before


def test_the_context_manager_restores_the_settings_after_an_error():
    before = dict(matplotlib.rcParams)
    with pytest.raises(ZeroDivisionError), style():
        1 / 0
    assert dict(matplotlib.rcParams) == before


def test_apply_style_lasts():
    with matplotlib.rc_context():
        apply_style()
        assert matplotlib.rcParams["axes.labelsize"] == RC["axes.labelsize"]
        assert matplotlib.rcParams["axes.grid"] is True


def test_importing_viz_loads_nothing_heavy_and_drawing_needs_no_pyplot():
    code = """if True:
        import sys, ganlab.viz
        print(*({"matplotlib", "ipywidgets", "PIL"} & set(sys.modules)))
        ganlab.viz.loss_curves([{"step": 0, "loss_D": 1.4, "loss_G": 0.7}])._repr_png_()
        print(*({"matplotlib", "matplotlib.pyplot", "ipywidgets"} & set(sys.modules)))
    """
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split("\n") == ["", "matplotlib", ""]
