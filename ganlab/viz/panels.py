"""Two pictures side by side: real against generated, on the same scale.

Lesson: 14 The MLP GAN on MNIST.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import Tensor

from ganlab.errors import UserError
from ganlab.viz.figure import subplots
from ganlab.viz.points import check_points, legend, scatter, window_of
from ganlab.viz.sheet import enlarged_sheet, picture
from ganlab.viz.style import FAKE, REAL, WIDTH, style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SHOWN = 64  # images a side: eight by eight


def real_against_generated(real: Tensor, fake: Tensor, modes: Tensor | None = None) -> Figure:
    """Real samples left, generated samples right, drawn alike.

    Images: float (N, C, H, W) in [-1, 1], both of one size; as many of each as both have, at most 64.
    Points: float (N, 2); both sides show the window of the *real* points (a diverged generator must not shrink the
    data to a dot), the title counts what lies outside it, and ``modes`` (M, 2) are marked on both sides.
    Raises UserError for shapes that differ and for images outside [-1, 1].
    """
    if real.shape[1:] != fake.shape[1:]:
        raise UserError(
            f"real samples of shape {tuple(real.shape[1:])} cannot stand beside generated ones of"
            f" {tuple(fake.shape[1:])}: bring both to one size"
        )
    return _sheets(real, fake) if real.ndim == 4 else _scatters(real, fake, modes)


def _sheets(real: Tensor, fake: Tensor) -> Figure:
    shown = min(len(real), len(fake), SHOWN)
    left, right = enlarged_sheet(real[:shown]), enlarged_sheet(fake[:shown])
    with style():
        figure, axes = subplots(1, 2, WIDTH / 2 * left.shape[0] / left.shape[1] + 0.3)
        picture(axes[0], left, "real")
        picture(axes[1], right, "generated")
    return figure


def _scatters(real: Tensor, fake: Tensor, modes: Tensor | None) -> Figure:
    check_points(real)
    check_points(fake)
    window = window_of(real, modes)
    with style():
        figure, axes = subplots(1, 2, WIDTH / 2 + 0.6)
        scatter(axes[0], real, modes, REAL, "real", window)
        scatter(axes[1], fake, modes, FAKE, "generated", window)
        legend(figure)
    return figure
