"""The class and style grid: columns are classes, rows are styles, and the controls move what they say."""

from __future__ import annotations

import io

import matplotlib.figure
import numpy as np
import pytest
import torch
from PIL import Image

from ganlab.errors import UserError
from ganlab.viz import class_explorer, class_grid


@pytest.fixture(autouse=True)
def live(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GANLAB_STATIC", raising=False)


def draw(z: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """2x2 images: the left half is the style, the right half the class."""
    columns = torch.stack([torch.tanh(z[:, 0]), y.float() / 4 - 0.5], 1)
    return columns[:, None, None, :].expand(-1, 1, 2, 2)


def _all(widget):
    return [widget, *(inner for child in getattr(widget, "children", ()) for inner in _all(child))]


def _the(widget, kind):
    return [each for each in _all(widget) if type(each).__name__ == kind]


def test_down_goes_the_noise_and_across_the_class():
    seen = []
    z = torch.tensor([[2.0, 0.0], [-2.0, 0.0]])
    class_grid(lambda z, y: seen.append((z, y)) or draw(z, y), z, 3)  # type: ignore[func-returns-value]
    assert seen[0][1].tolist() == [0, 1, 2, 0, 1, 2]
    assert seen[0][0][:, 0].tolist() == [2, 2, 2, -2, -2, -2]


def test_the_slider_walks_from_one_style_to_the_other_and_the_classes_stay():
    widget = class_explorer(draw, 2, 4, seed=3)
    view, slider, boxes = _the(widget, "Image")[0], _the(widget, "FloatSlider")[0], _the(widget, "BoundedIntText")

    def pixels() -> np.ndarray:
        return np.asarray(Image.open(io.BytesIO(view.value)))

    first = pixels()
    slider.value = 1.0
    last = pixels()
    boxes[0].value = boxes[1].value
    slider.value = 0.0
    assert np.array_equal(pixels(), last), "style B as style A"
    changed = (first != last).any(axis=0)
    cell = (first.shape[1] + 2) // 4
    for column in range(4):
        left = column * cell
        assert changed[left : left + (cell - 2) // 2].all()
        assert not changed[left + (cell - 2) // 2 : left + cell - 2].any()
    assert {type(each).__name__ for each in _all(widget)} <= {"VBox", "Image", "FloatSlider", "BoundedIntText"}
    assert all(control.description for control in (slider, *boxes))


def test_the_still_is_a_figure(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("GANLAB_STATIC", "1")
    assert isinstance(class_explorer(draw, 2, 4), matplotlib.figure.Figure)


@pytest.mark.parametrize("still", ["0", "1"])
def test_one_class_is_no_grid(still: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("GANLAB_STATIC", still)
    with pytest.raises(UserError, match="two of them"):
        class_explorer(draw, 2, 1)
