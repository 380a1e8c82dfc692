"""Two parallel lines in the plane: how far apart several distances call them, and what a critic says of them.

Lesson: 08 Wasserstein: geometry, duality, Lipschitz.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from ganlab.errors import UserError
from ganlab.viz.figure import subplots
from ganlab.viz.style import BLACK, FAKE, GREEN, REAL, style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def line_panels(
    theta: float, distances: Mapping[str, Callable[[float], float]], slope: float, title: str = ""
) -> Figure:
    """Left the real line at 0 and the generated one at theta; middle the distances over theta; right a critic.

    distances: up to three functions of theta, by name, drawn with the present theta marked. slope: of the critic, whose
    score falls from the real line to the generated one and is flat elsewhere. Raises UserError unless -1 <= theta <= 1.
    """
    if not -1 <= theta <= 1:
        raise UserError(f"the generated line lies between -1 and 1, not at {theta:g}")
    looks = ((REAL.color, "-", "o"), (FAKE.color, "--", "^"), (BLACK, ":", "s"))
    with style():
        figure, (lines, table, critic) = subplots(1, 3, 2.6)
        for place, look, name in ((0.0, REAL, "real"), (theta, FAKE, "generated")):
            lines.plot([place, place], [0, 1], color=look.color, linestyle=look.line, label=name)
        lines.set(xlabel="$x_1$", ylabel="$x_2$", xlim=(-1.3, 1.3))
        everywhere = [i / 50 for i in range(-55, 56)]
        for (name, distance), (color, dashes, marker) in zip(distances.items(), looks, strict=False):
            for side in (everywhere[:55], everywhere[56:]):
                table.plot(side, [distance(each) for each in side], color=color, linestyle=dashes)
            table.plot([theta], [distance(theta)], color=color, linestyle=dashes, marker=marker, label=name)
        table.set(xlabel=r"$\theta$", ylabel="distance", ylim=(-0.05, 1.2))
        _critic(critic, theta, slope)
        figure.suptitle(title, fontsize=11)
        handles = [axes.get_legend_handles_labels() for axes in (lines, table)]
        figure.legend(
            *(first + second for first, second in zip(*handles, strict=True)), loc="outside lower center", ncols=5
        )
    return figure


def _critic(axes: Axes, theta: float, slope: float) -> None:
    first, last = sorted((0.0, theta))
    scores = [-slope * math.copysign(1, theta) * x for x in (first, last)]
    axes.plot([-1.3, first, last, 1.3], [scores[0], *scores, scores[1]], color=GREEN)
    axes.plot([0], [0], color=REAL.color, marker=REAL.marker, linestyle="none")
    axes.plot([theta], [-slope * abs(theta)], color=FAKE.color, marker="^", linestyle="none")
    axes.set(xlabel="$x_1$", ylabel="critic's score", xlim=(-1.3, 1.3))
