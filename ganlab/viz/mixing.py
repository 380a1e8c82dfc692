"""What mixing in synthetic images does: a gain over the ratio, and the learning curve of real images.

Lesson: 18 Does synthetic data help?
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from ganlab.errors import UserError
from ganlab.viz.figure import subplots
from ganlab.viz.style import BLACK, BLUE, GREEN, PURPLE, VERMILLION, Look, style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LOOKS = (
    Look(BLUE, "-", "o"), Look(VERMILLION, "--", "^"), Look(GREEN, "-.", "s"), Look(PURPLE, ":", "D"),
    Look(BLACK, "-", "x"),
)  # fmt: skip
Point = tuple[float, float, float]


def gains_by_ratio(
    ratios: Sequence[float], gains: Mapping[str, Sequence[Point]], ylabel: str, title: str = "", worth: float = 0.0
) -> Figure:
    """Gains (value, low, high) over the ratio synthetic / real, a line with intervals for each name (five at most).

    The zero line is the baseline of each name; ``worth`` draws a second one. Ratios stand at equal distances.
    Raises UserError for a name with another number of gains than there are ratios.
    """
    if any(len(points) != len(ratios) for points in gains.values()) or not 1 <= len(gains) <= len(LOOKS):
        raise UserError(f"draw one gain for each of the {len(ratios)} ratios, and one to {len(LOOKS)} lines")
    with style():
        figure, (axes,) = subplots(1, 1, 3.4)
        axes.axhline(0, color=BLACK, linewidth=1)
        if worth:
            axes.axhline(worth, color=BLACK, linewidth=1, linestyle=":")
            axes.annotate("worth having", (1, worth), xycoords=("axes fraction", "data"), ha="right", va="bottom")
        for step, ((name, points), look) in enumerate(zip(gains.items(), LOOKS, strict=False)):
            middle, low, high = np.asarray(points, dtype=float).T
            x = np.arange(len(ratios)) + 0.08 * (step - (len(gains) - 1) / 2)
            axes.errorbar(x, middle, np.abs([middle - low, high - middle]), color=look.color, linestyle=look.line,
                          marker=look.marker, capsize=3, label=name)  # fmt: skip
        axes.set(xlabel="ratio synthetic / real", ylabel=ylabel, title=title)
        axes.set_xticks(range(len(ratios)), [f"{ratio:g}" for ratio in ratios])
        figure.legend(*axes.get_legend_handles_labels(), loc="outside lower center", ncols=2)
    return figure


def curve_of_labels(
    sizes: Sequence[float], errors: Sequence[Point], b: float, c: float, marks: Mapping[str, tuple[float, float]]
) -> Figure:
    """Errors (value, low, high) of real images only over the number of labels, their power law b n^-c, and marks.

    marks: further points (labels, error) by name, four at most. Both axes are logarithmic.
    """
    with style():
        figure, (axes,) = subplots(1, 1, 3.4)
        middle, low, high = np.asarray(errors, dtype=float).T
        axes.errorbar(sizes, middle, np.abs([middle - low, high - middle]), color=BLUE, marker="o", linestyle="none",
                      capsize=3, label="real images only")  # fmt: skip
        n = np.geomspace(min(sizes), 2 * max(sizes), 50)
        axes.plot(n, b * n**-c, color=BLUE, linestyle="--", label=f"{b:.2f} n^-{c:.2f}")
        for (name, (labels, error)), look in zip(marks.items(), LOOKS[1:], strict=False):
            axes.plot(
                [labels], [error], color=look.color, marker=look.marker, markersize=8, linestyle="none", label=name
            )
        axes.set(xscale="log", yscale="log", xlabel="real labelled images", ylabel="1 - macro recall")
        ticks = [*sizes, 2 * max(sizes)]
        axes.set_xticks(ticks, [f"{tick:.0f}" for tick in ticks])
        axes.set_xticks([], minor=True)
        figure.legend(*axes.get_legend_handles_labels(), loc="outside lower center", ncols=2)
    return figure
