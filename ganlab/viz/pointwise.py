"""The value of the game at one point, over every answer that a discriminator could give there.

Lesson: 05 The value function.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ganlab.errors import UserError
from ganlab.viz.figure import subplots
from ganlab.viz.style import DISCRIMINATOR, GENERATOR, OTHERS, style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LOOKS = (DISCRIMINATOR, GENERATOR, *OTHERS)


def value_at_a_point(pairs: Sequence[tuple[float, float]]) -> Figure:
    """p log D + q log(1 - D) over D in (0, 1) for each (p, q), with a star at its maximum, D = p / (p + q).

    Alternative text: "Arches over D. Each has one highest point, at p/(p+q), and falls without end at both sides."
    Raises UserError for no pairs, for more than four, and for a density that is not above zero.
    """
    if not 1 <= len(pairs) <= len(LOOKS):
        raise UserError(f"draw between one and {len(LOOKS)} pairs of densities, not {len(pairs)}")
    if any(not (density > 0 and np.isfinite(density)) for pair in pairs for density in pair):
        raise UserError("both densities at a point should be above zero and finite, or the arch has no highest point")
    answers = np.linspace(0.001, 0.999, 999)
    with style():
        figure, (axes,) = subplots(1, 1, 3.2)
        for (p, q), look in zip(pairs, LOOKS, strict=False):
            best = p / (p + q)
            axes.plot(answers, _value(p, q, answers), color=look.color, linestyle=look.line,
                      label=f"p = {p:g}, q = {q:g}: highest at {best:.2f}")  # fmt: skip
            axes.plot(best, _value(p, q, best), color=look.color, marker="*", markersize=11, linestyle="none")
        axes.set(xlabel="$D$ at this point", ylabel="$p\\,\\log D + q\\,\\log(1-D)$", xlim=(0, 1), ylim=(-4, 0.1))
        figure.legend(*axes.get_legend_handles_labels(), loc="outside upper center", fontsize=9)
    return figure


def _value(p: float, q: float, d: np.ndarray | float) -> np.ndarray | float:
    return p * np.log(d) + q * np.log1p(-np.asarray(d))
