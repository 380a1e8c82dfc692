"""Points in the plane: samples of 2-D laws, with the modes that they should cover.

Lesson: 11 Failures and stabilisers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from ganlab.errors import UserError
from ganlab.viz.figure import subplots
from ganlab.viz.style import BLACK, REAL, WIDTH, Look, style

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

DRAWN = 2500  # points at most: the sample size of the 2-D protocol (VEEGAN), and enough ink


def show_points(points: Tensor, title: str, modes: Tensor | None = None) -> Figure:
    """Scatter of points, as circles, with the modes as black plus signs.

    points: float (N, 2), on their own scale; the first 2 500 are drawn. modes: (M, 2).
    Raises UserError for another shape and for no points.
    """
    check_points(points)
    with style():
        figure, (axes,) = subplots(1, 1, 0.8 * WIDTH)
        scatter(axes, points, modes, REAL, title, window_of(points, modes))
        legend(figure)
    return figure


def check_points(points: Tensor) -> None:
    """Raise UserError unless points is (N, 2) with N > 0."""
    if points.ndim == 2 and points.shape[1] == 1:
        raise UserError("these points are numbers: draw them with density_1d(real, fake)")
    if points.ndim != 2 or points.shape[1] != 2 or len(points) == 0:
        raise UserError(f"points in the plane have the shape (N, 2) with N > 0, not {tuple(points.shape)}")


def window_of(points: Tensor, modes: Tensor | None) -> tuple[Tensor, Tensor]:
    """The lower and upper corner, each (2,), of a square around finite points and modes, with room on each side."""
    seen = points.detach().float().cpu()
    seen = seen[seen.isfinite().all(dim=1)]
    if modes is not None:
        seen = torch.cat([seen, modes.float().cpu()])
    if len(seen) == 0:
        raise UserError("none of these points is finite: the run that made them has diverged")
    low, high = seen.min(dim=0).values, seen.max(dim=0).values
    half = (high - low).max().clamp_min(1e-6) * 0.65
    return (low + high) / 2 - half, (low + high) / 2 + half


def scatter(
    axes: Axes, points: Tensor, modes: Tensor | None, look: Look, who: str, window: tuple[Tensor, Tensor]
) -> None:
    """Draw points (N, 2) on axes that show exactly the window; the title says whose they are and how many it misses."""
    drawn = points.detach().float().cpu()[:DRAWN]
    low, high = window
    outside = int((~((drawn >= low) & (drawn <= high)).all(dim=1)).sum())
    if modes is not None:
        centres = modes.float().cpu()
        axes.scatter(centres[:, 0], centres[:, 1], s=150, marker="+", c=BLACK, linewidths=1.0, label="modes")
    filled = look.marker not in "x+"
    axes.scatter(
        drawn[:, 0], drawn[:, 1], s=10, marker=look.marker, alpha=0.5, label=who, c=look.color,
        linewidths=0 if filled else 0.8, zorder=3,
    )  # fmt: skip
    axes.set_xlim(float(low[0]), float(high[0]))
    axes.set_ylim(float(low[1]), float(high[1]))
    axes.set_aspect("equal")
    axes.set_xlabel("$x_1$")
    axes.set_ylabel("$x_2$")
    axes.set_title(who + (f"\n{outside} of {len(drawn)} outside" if outside else ""))


def legend(figure: Figure) -> None:
    """One legend below all axes of a scatter figure, each entry once."""
    entries: dict[str, Artist] = {}
    for axes in figure.axes:
        handles, labels = axes.get_legend_handles_labels()
        entries.update(zip(labels, handles, strict=True))
    figure.legend(
        list(entries.values()), list(entries), loc="outside lower center", ncols=len(entries), markerscale=1.2
    )
