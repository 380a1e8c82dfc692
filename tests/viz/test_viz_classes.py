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
from ganlab.viz.classes import moved

WAYS = {"dark": torch.tensor([1.0, 0.0]), "idle": torch.tensor([0.0, 1.0])}


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


def test_a_slider_moves_the_style_of_all_classes_and_its_seed_another_one():
    widget = class_explorer(draw, WAYS, 4, seed=3)
    view, box = _the(widget, "Image")[0], _the(widget, "BoundedIntText")[0]
    first, second = _the(widget, "FloatSlider")

    def pixels() -> np.ndarray:
        return np.asarray(Image.open(io.BytesIO(view.value)))

    before = pixels()
    second.value = 1.0
    assert np.array_equal(before, pixels()), "draw looks at the first coordinate alone"
    box.value = 4
    assert np.array_equal(before, pixels()), "both coordinates are the sliders'"
    first.value = 2.0
    changed = (before != pixels()).any(axis=0)
    cell = (before.shape[1] + 2) // 4
    for column in range(4):
        left = column * cell
        assert changed[left : left + (cell - 2) // 2].all()
        assert not changed[left + (cell - 2) // 2 : left + cell - 2].any()
    assert {type(each).__name__ for each in _all(widget)} <= {"VBox", "Image", "FloatSlider", "BoundedIntText"}
    assert [first.description, second.description] == list(WAYS) and box.description


def test_moved_noise_has_the_places_asked_for_and_keeps_the_rest():
    z = torch.randn(5, 3, generator=torch.Generator().manual_seed(0))
    ways = {"a": torch.tensor([0.6, 0.8, 0.0]), "b": torch.tensor([0.8, -0.6, 0.0])}
    there = moved(z, ways, {"a": 2.0, "b": -1.0})
    torch.testing.assert_close(there @ ways["a"], torch.full((5,), 2.0))
    torch.testing.assert_close(there @ ways["b"], torch.full((5,), -1.0))
    assert torch.equal(there[:, 2], z[:, 2])
    torch.testing.assert_close(moved(z, ways, {"b": 0.5}) @ ways["a"], z @ ways["a"])


def test_the_still_is_a_figure(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("GANLAB_STATIC", "1")
    assert isinstance(class_explorer(draw, WAYS, 4), matplotlib.figure.Figure)


@pytest.mark.parametrize("still", ["0", "1"])
def test_one_class_is_no_grid(still: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("GANLAB_STATIC", still)
    with pytest.raises(UserError, match="two of them"):
        class_explorer(draw, WAYS, 1)


def test_no_way_to_move_is_one_sentence():
    with pytest.raises(UserError, match="one way or more"):
        class_explorer(draw, {}, 4)
