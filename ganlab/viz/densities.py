"""Two densities on the line and the best discriminator between them.

Lesson: 05 The value function.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from ganlab.errors import UserError
from ganlab.viz.figure import subplots
from ganlab.viz.style import DISCRIMINATOR, FAKE, REAL, style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LogDensity = Callable[[Tensor], Tensor]
PLACES = 601  # at which the curves are computed


def density_pair(log_p: LogDensity, log_q: LogDensity, span: tuple[float, float], title: str = "") -> Figure:
    """Above p (solid) and q (dashed), below D* = p / (p + q) with 1/2 dotted, computed from the logit log p - log q.

    log_p, log_q: log densities, float64 (N,) -> (N,), as `ganlab.metrics.divergences.normal` returns them.
    span: the part of the line that is drawn. Alternative text: "Two bells on the line, real and generated, and below
    them the probability of real, which is near one where only real points fall and near zero where only generated
    ones do." Raises UserError for a span that is empty or not finite.
    """
    low, high = span
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise UserError(f"the span of a picture is finite and not empty, unlike {low:g} to {high:g}")
    x = torch.linspace(low, high, PLACES, dtype=torch.float64)
    p, q = log_p(x), log_q(x)
    with style():
        figure, (above, below) = subplots(2, 1, 4.4)
        for values, look, name in ((p, REAL, "$p$, real"), (q, FAKE, "$q$, generated")):
            above.plot(x.numpy(), values.exp().numpy(), color=look.color, linestyle=look.line, marker=look.marker,
                       markevery=PLACES // 10, markersize=4, label=name)  # fmt: skip
        below.plot(x.numpy(), torch.sigmoid(p - q).numpy(), color=DISCRIMINATOR.color, label="$D^*$")
        below.axhline(0.5, color=DISCRIMINATOR.color, linewidth=0.8, linestyle=":")
        above.set(ylabel="density", title=title, xlim=span, ylim=(0, None))
        above.tick_params(labelbottom=False)
        below.set(xlabel="$x$", ylabel="$D^*(x)$", xlim=span, ylim=(-0.03, 1.03))
        above.legend(fontsize=9)
    return figure
