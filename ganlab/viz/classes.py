"""Class and style: the grid that shows what a conditional generator takes from y and what from z.

Lesson: 17 Conditional GANs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from ganlab.errors import UserError
from ganlab.viz import _live
from ganlab.viz.figure import png
from ganlab.viz.latent import slerp
from ganlab.viz.sheet import enlarged_sheet, show_sheet

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Draw = Callable[[Tensor, Tensor], Tensor]
"""Noise (n, latent) and classes (n,), int64 -> images (n, C, H, W) in [-1, 1]."""


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


def class_explorer(draw: Draw, latent: int, classes: int, seed: int = 0) -> Any:
    """All classes in one style, and a slider from that style to another; boxes for the seeds of the two.

    draw: `Draw`. Returns a widget; its still figure is a `class_grid` of five styles along the way.
    Raises UserError for fewer than two classes, and where ipywidgets is missing.
    """

    def styles(first: int, second: int, share: Tensor) -> Tensor:
        z0, z1 = (torch.randn(latent, generator=torch.Generator().manual_seed(s)) for s in (first, second))
        return slerp(z0, z1, share)

    if _live.still():
        return class_grid(draw, styles(seed, seed + 1, torch.linspace(0, 1, 5)), classes)
    if classes < 2:
        raise UserError(f"a grid of classes has two of them or more, not {classes}")
    widgets = _live.ipywidgets()
    view = widgets.Image(format="png")
    boxes = [
        widgets.BoundedIntText(seed + i, min=0, max=2**31 - 1, description=f"seed of style {name}")
        for i, name in enumerate("AB")
    ]
    slider = widgets.FloatSlider(0.0, min=0.0, max=1.0, step=0.05, description="from A to B")

    @torch.no_grad()
    def redraw(_change: object = None) -> None:
        z = styles(boxes[0].value, boxes[1].value, torch.tensor([slider.value]))
        view.value = png(enlarged_sheet(draw(z.repeat(classes, 1), torch.arange(classes)), columns=classes))

    for control in (*boxes, slider):
        control.observe(redraw, "value")
    redraw()
    return widgets.VBox([view, *boxes, slider])
