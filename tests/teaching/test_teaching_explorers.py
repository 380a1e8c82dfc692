"""The explorers of part II, moved as a reader moves them: their numbers are the package's."""

from __future__ import annotations

import math

import matplotlib.figure
import pytest

from ganlab.errors import UserError
from ganlab.metrics.divergences import game_value, normal
from ganlab.teaching import explorers

KINDS = {"VBox", "Image", "FloatSlider"}  # of ipywidgets 7.7 as well as of 8


@pytest.fixture
def titles(monkeypatch):
    """The titles of the figures that were drawn, in order."""
    monkeypatch.delenv("GANLAB_STATIC", raising=False)
    seen = []
    encode = explorers.png

    def drawn(figure):
        seen.append(figure.axes[0].get_title() or figure.get_suptitle())
        return encode(figure)

    monkeypatch.setattr(explorers, "png", drawn)
    return seen


def sliders(widget):
    assert {type(each).__name__ for each in (widget, *widget.children)} in (KINDS, KINDS | {"Dropdown"})
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


def test_choosing_f_and_moving_the_bell(titles):
    widget = explorers.divergence_explorer()
    assert titles[-1] == "reverse-kl: 1.606, slope in the mean -1.047, in the width -0.816"
    sliders(widget)["f"].value = "kl"
    entropy = 0.462 - math.log(10) / 2 - 0.5  # E_p log p, less the constant of a bell: from the best bell, N(0, 10)
    assert float(titles[-1].split()[1].rstrip(",")) == pytest.approx(entropy + (1.5**2 + 10) / 2, abs=1e-3)
    sliders(widget)["q: mean"].value = 0.0
    sliders(widget)["q: width"].value = math.sqrt(10)
    assert titles[-1] == "kl: 0.462, slope in the mean 0.000, in the width 0.000"
    sliders(widget)["f"].value = "pearson"
    sliders(widget)["q: width"].value = 0.5
    assert titles[-1] == "pearson: too large to be computed"
    with pytest.raises(UserError, match="unknown divergence"):
        explorers.divergence_explorer("kll")


def test_moving_a_line_and_choosing_the_leash(titles):
    widget = explorers.line_explorer(0.5)
    assert titles[-1] == "KL inf, JSD 0.6931, TV 1, $W_1$ 0.500; critic's value 0.500"
    sliders(widget)["critic"].value = "penalty, λ = 0.1"
    assert titles[-1].endswith("critic's value 1.750")  # 0.5 (1 + 0.5 / 0.2)
    sliders(widget)["theta"].value = 0.0
    assert titles[-1] == "KL 0, JSD 0.0000, TV 0, $W_1$ 0.000; critic's value 0.000"
    with pytest.raises(UserError, match="unknown leash"):
        explorers.line_explorer(0.5, "rope")


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
    "make",
    [
        explorers.density_explorer,
        explorers.gradient_explorer,
        explorers.divergence_explorer,
        explorers.line_explorer,
        explorers.transport_explorer,
    ],
)
def test_the_still_is_a_figure(monkeypatch, make):
    monkeypatch.setenv("GANLAB_STATIC", "1")
    assert isinstance(make(), matplotlib.figure.Figure)
