"""The two classic generator losses beside each other: over D's opinion of a fake, and over anything else.

Lesson: 06 What the generator feels.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ganlab.errors import UserError
from ganlab.viz.figure import subplots
from ganlab.viz.style import BLACK, BLUE, VERMILLION, Look, style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SATURATING = Look(BLUE, "--", "o")
NON_SATURATING = Look(VERMILLION, "-", "^")


def generator_slopes(d: float) -> Figure:
    """The sizes of d/ds log(1 - D) and d/ds (-log D), which are D and 1 - D, over D on a logarithmic scale.

    d: the D that is marked, in (0, 1); the title states both sizes and their ratio (1 - D) / D. Alternative text:
    "Two curves over D. Where D is near zero the saturating loss passes on next to nothing and the non-saturating one
    nearly everything; where D is near one it is the other way round." Raises UserError for d outside (0, 1).
    """
    if not 0 < d < 1:
        raise UserError(f"D is a probability between 0 and 1, both excluded, not {d:g}")
    with style():
        figure, (axes,) = subplots(1, 1, 3.4)
        grid = np.linspace(0.002, 0.998, 400)
        curves = (
            ("saturating, $\\log(1-D)$", SATURATING, grid, d),
            ("non-saturating, $-\\log D$", NON_SATURATING, 1 - grid, 1 - d),
        )
        for name, look, values, here in curves:
            axes.plot(grid, values, color=look.color, linestyle=look.line, label=name)
            axes.plot([d], [here], color=look.color, marker=look.marker, markersize=9, linestyle="none")
        axes.axvline(d, color=BLACK, linewidth=0.8, linestyle=":")
        axes.set(xlabel="$D$ of the fake", ylabel="size of $\\partial L_G/\\partial s$", yscale="log", xlim=(0, 1))
        axes.set_title(f"D = {d:.3g}: saturating {d:.3g}, non-saturating {1 - d:.3g}, ratio {(1 - d) / d:.3g}")
        figure.legend(*axes.get_legend_handles_labels(), loc="outside lower center", ncols=2)
    return figure


def two_losses(
    x: Sequence[float],
    saturating: Sequence[float],
    non_saturating: Sequence[float],
    xlabel: str,
    ylabel: str,
    yscale: str = "linear",
) -> Figure:
    """What both losses do over x, a measured number each: dashed with circles, and solid with triangles.

    All three are equally long; ``yscale`` is "linear" or "log". Raises UserError for lengths that differ, for fewer
    than two places, for a value that is not finite, and for one that a logarithmic scale cannot show.
    """
    values = [np.asarray(part, dtype=np.float64) for part in (x, saturating, non_saturating)]
    if len({part.shape for part in values}) > 1 or values[0].ndim != 1 or len(values[0]) < 2:
        raise UserError("two losses are drawn over at least two places, with one value each at every place")
    if not all(np.isfinite(part).all() for part in values):
        raise UserError("a value to be drawn is not finite: the run that made it has diverged")
    if yscale == "log" and min(part.min() for part in values[1:]) <= 0:
        raise UserError("a logarithmic scale shows values above zero only")
    with style():
        figure, (axes,) = subplots(1, 1, 3.0)
        for name, look, part in zip(
            ("saturating", "non-saturating"), (SATURATING, NON_SATURATING), values[1:], strict=True
        ):
            axes.plot(values[0], part, color=look.color, linestyle=look.line, marker=look.marker, markersize=5,
                      markevery=max(1, len(part) // 10), label=name)  # fmt: skip
        axes.set(xlabel=xlabel, ylabel=ylabel, yscale=yscale)
        figure.legend(*axes.get_legend_handles_labels(), loc="outside lower center", ncols=2)
    return figure
