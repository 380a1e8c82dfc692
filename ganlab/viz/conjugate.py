"""One f-divergence at work: two densities, its best critic, f with a tangent, and the conjugate.

Lesson: 07 A zoo of divergences: f-GAN, LSGAN, EBGAN, hinge, relativistic.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from ganlab.errors import UserError
from ganlab.viz.figure import subplots
from ganlab.viz.style import BLACK, FAKE, GREEN, REAL, style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from ganlab.objectives.divergences import FDivergence

LogDensity = Callable[[Tensor], Tensor]
PLACES = 801
RATIOS = 4.0  # p/q, up to which f is drawn


def conjugate_panels(
    divergence: FDivergence, log_p: LogDensity, log_q: LogDensity, at: float, span: tuple[float, float], title: str = ""
) -> Figure:
    """Four panels: p and q; the best critic T* = f'(p/q); f with its tangent at the ratio found at ``at``; f*.

    log_p, log_q: log densities, float64 (N,) -> (N,). The tangent has the slope T*(at) and starts, at u = 0, at
    -f*(T*(at)), which the last panel shows: a convex f is the upper envelope of its tangents.
    Raises UserError for a span that is empty or not finite, and for a place outside it.
    """
    low, high = span
    if not (math.isfinite(low) and math.isfinite(high) and low <= at <= high and low < high):
        raise UserError(f"the place {at:g} has to lie within the span, {low:g} to {high:g}")
    x = torch.linspace(low, high, PLACES, dtype=torch.float64)
    p, q = log_p(x), log_q(x)
    place = torch.tensor([at], dtype=torch.float64)
    r = log_p(place) - log_q(place)
    u, t = float(r.exp()), float(divergence.optimal(r))
    height = float(divergence.conjugate(torch.tensor(t, dtype=torch.float64)))
    with style():
        figure, (laws, critic, convex, dual) = subplots(2, 2, 5.0)
        for values, look, name in ((p, REAL, "$p$, the data"), (q, FAKE, "$q$, one bell")):
            laws.plot(x.numpy(), values.exp().numpy(), color=look.color, linestyle=look.line, label=name)
        critic.plot(x.numpy(), divergence.optimal(p - q).numpy(), color=BLACK)
        for axes in (laws, critic):
            axes.axvline(at, color=BLACK, linewidth=0.8, linestyle=":")
            axes.set(xlabel="$x$", xlim=span)
        critic.plot([at], [t], color=GREEN, marker="^", markersize=9, linestyle="none")
        ratios = torch.linspace(1e-4, max(RATIOS, 1.2 * min(u, 20.0)), PLACES, dtype=torch.float64)
        convex.plot(ratios.numpy(), divergence.f(ratios).numpy(), color=BLACK)
        widest = float(ratios[-1])
        convex.plot([0.0, widest], [-height, t * widest - height], color=GREEN, linestyle="--")
        convex.plot([u], [float(divergence.f(r.exp()))], color=GREEN, marker="^", markersize=9, linestyle="none")
        convex.plot([0], [-height], color=GREEN, marker="s", markersize=7, linestyle="none", clip_on=False)
        values = _around(divergence, t)
        dual.plot(values.numpy(), divergence.conjugate(values).numpy(), color=BLACK)
        dual.plot([t], [height], color=GREEN, marker="s", markersize=7, linestyle="none")
        laws.set(ylabel="density", ylim=(0, None))
        critic.set(ylabel="$T^*(x)$", ylim=_window(divergence.optimal(p - q), t))
        convex.set(xlabel="$u=p/q$", ylabel="$f(u)$", xlim=(0, widest),
                   ylim=_window(divergence.f(ratios), -height))  # fmt: skip
        dual.set(xlabel="$t$", ylabel="$f^*(t)$")
        figure.suptitle(title, fontsize=11)
        figure.legend(*laws.get_legend_handles_labels(), loc="outside lower center", ncols=2)
    return figure


def _around(divergence: FDivergence, t: float) -> Tensor:
    """Values of T in the domain of f*, about t."""
    low, high = max(divergence.low, t - 3), min(divergence.high, t + 2)
    room = 0 if divergence.closed else 0.01
    return torch.linspace(low + room, high - room, PLACES, dtype=torch.float64)


def _window(values: Tensor, shown: float) -> tuple[float, float]:
    """A range that shows one value and as much of the others as six units allow."""
    low, high = max(float(values.min()), -4.0), min(float(values.max()), 4.0)
    low, high = min(low, shown), max(high, shown)
    room = 0.08 * (high - low) + 0.02
    return low - room, high + room
