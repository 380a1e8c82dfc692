"""The explorers of part II, moved as a reader moves them: their numbers are the package's."""

from __future__ import annotations

import matplotlib.figure
import pytest

from ganlab.metrics.divergences import game_value, normal
from ganlab.teaching import explorers

KINDS = {"VBox", "Image", "FloatSlider"}  # of ipywidgets 7.7 as well as of 8


@pytest.fixture
def titles(monkeypatch):
    """The titles of the figures that were drawn, in order."""
    monkeypatch.delenv("GANLAB_STATIC", raising=False)
    seen = []
    encode = explorers.png
    monkeypatch.setattr(explorers, "png", lambda figure: seen.append(figure.axes[0].get_title()) or encode(figure))
    return seen


def sliders(widget):
    assert {type(each).__name__ for each in (widget, *widget.children)} == KINDS
    return {each.description: each for each in widget.children[1:]}


def test_moving_a_density_recomputes_the_game(titles):
    widget = explorers.density_explorer(0.0, 1.0, 1.0, 1.0)
    assert titles[-1] == "JSD 0.1114, V -1.1635, best accuracy 0.691"
    before = bytes(widget.children[0].value)
    sliders(widget)["q: mean"].value = 3.0
    sliders(widget)["p: width"].value = 0.3
    found = game_value(normal(0.0, 0.3), normal(3.0, 1.0), (-15.0, 15.0))
    assert titles[-1].startswith(f"JSD {found.jensen_shannon:.4f}, V {found.value:.4f}")
    assert bytes(widget.children[0].value) != before


@pytest.mark.parametrize("widths", [(0.3, 3.0), (3.0, 0.3)])
def test_every_place_of_the_sliders_has_a_value(titles, widths):
    explorers.density_explorer(-4.0, widths[0], 4.0, widths[1])
    assert titles[-1].startswith("JSD 0.6")


def test_moving_d_states_both_slopes(titles):
    widget = explorers.gradient_explorer()
    assert titles[-1].endswith("ratio 99")
    sliders(widget)["D"].value = 0.5
    assert titles[-1] == "D = 0.5: saturating 0.5, non-saturating 0.5, ratio 1"


def test_shifting_equal_points_costs_the_shift(titles):
    widget = explorers.transport_explorer(shift=0.0, spread=0.0)
    start = float(titles[-1].split("= ")[1])
    sliders(widget)["shift"].value = 4.0  # beyond every real point, so each is 4 further from its own partner's 0
    real = [float(x) for x in explorers.torch.randn(2, 6, generator=_rng(), dtype=explorers.torch.float64)[0]]
    assert start == pytest.approx(sum(map(abs, real)) / 6, abs=1e-3)
    assert float(titles[-1].split("= ")[1]) == pytest.approx(sum(abs(4 - x) for x in real) / 6, abs=1e-3)


def _rng():
    return explorers.torch.Generator().manual_seed(0)


@pytest.mark.parametrize(
    "make", [explorers.density_explorer, explorers.gradient_explorer, explorers.transport_explorer]
)
def test_the_still_is_a_figure(monkeypatch, make):
    monkeypatch.setenv("GANLAB_STATIC", "1")
    assert isinstance(make(), matplotlib.figure.Figure)
