"""Class and style: the grid that shows what a conditional generator takes from y and what from z.

Lesson: 17 Conditional GANs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from ganlab.errors import UserError
from ganlab.viz import _live
from ganlab.viz.figure import png
from ganlab.viz.sheet import enlarged_sheet, show_sheet

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Draw = Callable[[Tensor, Tensor], Tensor]
"""Noise (n, latent) and classes (n,), int64 -> images (n, C, H, W) in [-1, 1]."""
REACH = 3.0
"""How far the sliders go, in standard deviations of the noise."""


@torch.no_grad()
def class_grid(draw: Draw, z: Tensor, classes: int) -> Figure:
    """One row for each z (n, latent), one column for each class: the same noise under every label.

    Raises UserError for fewer than two classes, and as `show_sheet` does.
    """
    if classes < 2:
        raise UserError(f"a grid of classes has two of them or more, not {classes}")
    labels = torch.arange(classes).repeat(len(z))
    images = draw(z.repeat_interleave(classes, 0), labels)
    return show_sheet(images, "across: the class y; down: the noise z", columns=classes)


def moved(z: Tensor, ways: Mapping[str, Tensor], places: Mapping[str, float]) -> Tensor:
    """Noise (..., latent) whose coordinate along each named way is that of ``places``; the rest of it stays.

    ways: unit vectors (latent,), at right angles. A coordinate of Gaussian noise along one is a standard normal number.
    """
    for name, place in places.items():
        z = z + (place - z @ ways[name])[..., None] * ways[name]
    return z


def class_explorer(draw: Draw, ways: Mapping[str, Tensor], classes: int, seed: int = 0) -> Any:
    """All classes in one style: a slider for each of ``ways`` in which it can be changed, and a box for its seed.

    draw: `Draw`. ways: as in `moved`. Returns a widget; its still figure is a `class_grid` of five places from -2 to 2
    along the first way. Raises UserError for fewer than two classes, for no ways, and where ipywidgets is missing.
    """
    if classes < 2:
        raise UserError(f"a grid of classes has two of them or more, not {classes}")
    if not ways:
        raise UserError("an explorer of styles needs one way or more in which to move: give unit vectors by name")
    first, latent = next(iter(ways)), len(next(iter(ways.values())))

    def style(number: int) -> Tensor:
        return torch.randn(latent, generator=torch.Generator().manual_seed(number))

    if _live.still():
        return class_grid(draw, torch.stack([moved(style(seed), ways, {first: t}) for t in range(-2, 3)]), classes)
    widgets = _live.ipywidgets()
    view = widgets.Image(format="png")
    box = widgets.BoundedIntText(seed, min=0, max=2**31 - 1, description="seed of the style")
    sliders = {name: widgets.FloatSlider(0.0, min=-REACH, max=REACH, step=0.25, description=name) for name in ways}

    @torch.no_grad()
    def redraw(_change: object = None) -> None:
        z = moved(style(box.value), ways, {name: slider.value for name, slider in sliders.items()})
        images = draw(z.expand(classes, -1), torch.arange(classes))
        view.value = png(enlarged_sheet(images, columns=classes))

    for control in (box, *sliders.values()):
        control.observe(redraw, "value")
    redraw()
    return widgets.VBox([view, box, *sliders.values()])
