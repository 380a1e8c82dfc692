"""Who is moved where: two point sets on the line, paired in order.

Lesson: 08 Wasserstein: geometry, duality, Lipschitz.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import Tensor

from ganlab.errors import UserError
from ganlab.viz.figure import subplots
from ganlab.viz.style import BLACK, FAKE, REAL, style

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def transport_plan(x: Tensor, y: Tensor, title: str = "") -> Figure:
    """Real points above, generated points below, and a line from each generated point to its partner, in order.

    x, y: (N,) both: pairing in order is the cheapest on the line. Alternative text: "Two rows of points; lines join
    them from left to right without crossing." Raises UserError for other shapes, and for values that are not finite.
    """
    if x.ndim != 1 or x.shape != y.shape or len(x) == 0:
        raise UserError(f"a plan pairs two samples (N,) of one size, not {tuple(x.shape)} with {tuple(y.shape)}")
    if not bool((x.isfinite() & y.isfinite()).all()):
        raise UserError("a point of the plan is not finite")
    above, below = (each.detach().double().cpu().sort().values.numpy() for each in (x, y))
    with style():
        figure, (axes,) = subplots(1, 1, 2.4)
        for a, b in zip(above, below, strict=True):
            axes.plot([a, b], [1, 0], color=BLACK, linewidth=0.9, zorder=1)
        for values, row, look, name in ((above, 1, REAL, "real"), (below, 0, FAKE, "generated")):
            axes.scatter(values, [row] * len(values), s=60, color=look.color, marker=look.marker, label=name, zorder=2)
        axes.set(xlabel="$x$", ylim=(-0.3, 1.3), title=title)
        axes.set_yticks([0, 1], ["generated", "real"])
        axes.grid(axis="y", visible=False)
    return figure
