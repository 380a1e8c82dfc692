"""Densities on the line, and the best discriminator between two of them.

Lessons: 05 The value function, 07 A zoo of divergences.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from ganlab.errors import UserError
from ganlab.viz.figure import subplots
from ganlab.viz.style import DISCRIMINATOR, FAKE, GREEN, REAL, Look, style

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
    x = torch.linspace(*_checked(span), PLACES, dtype=torch.float64)
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


def density_curves(laws: Mapping[str, LogDensity], span: tuple[float, float]) -> Figure:
    """Up to three densities on one axis, told apart by colour, line and marker; the first looks like the real data.

    laws: log densities by name, float64 (N,) -> (N,). span: the part of the line that is drawn.
    Raises UserError for no law, for more than three, and for a span that is empty or not finite.
    """
    looks = (REAL, FAKE, Look(GREEN, ":", "v"))
    if not 0 < len(laws) <= len(looks):
        raise UserError(f"one to {len(looks)} densities can be told apart in one picture, not {len(laws)}")
    x = torch.linspace(*_checked(span), PLACES, dtype=torch.float64)
    with style():
        figure, (axes,) = subplots(1, 1, 3.0)
        for (name, log_density), look in zip(laws.items(), looks, strict=False):
            axes.plot(x.numpy(), log_density(x).exp().numpy(), color=look.color, linestyle=look.line,
                      marker=look.marker, markevery=PLACES // 12, markersize=4, label=name)  # fmt: skip
        axes.set(xlabel="$x$", ylabel="density", xlim=span, ylim=(0, None))
        figure.legend(*axes.get_legend_handles_labels(), loc="outside upper center", ncols=2)
    return figure


def _checked(span: tuple[float, float]) -> tuple[float, float]:
    low, high = span
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise UserError(f"the span of a picture is finite and not empty, unlike {low:g} to {high:g}")
    return low, high
