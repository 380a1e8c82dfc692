"""Things to play with in part II: two densities, the generator's slope, and two point sets on the line.

Each returns a widget whose numbers come from the package's own functions; with ``GANLAB_STATIC=1`` in the environment
a still figure. The book's pages have the same widgets in plain JavaScript (book/_static/lab/).

Lessons: 05 The value function, 06 What the generator feels, 08 Wasserstein.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import torch

from ganlab.metrics.divergences import game_value, normal
from ganlab.metrics.transport import w1_sorted
from ganlab.viz import _live, density_pair, generator_slopes, png, transport_plan

if TYPE_CHECKING:
    from matplotlib.figure import Figure

WIDE = (-7.0, 7.0)  # the part of the line that is drawn
POINTS = 6  # of each of the two samples


def density_explorer(mean_p: float = 0.0, std_p: float = 1.0, mean_q: float = 2.0, std_q: float = 1.0) -> Any:
    """Two Gaussians to move and to widen, with D*, JSD, V(D*, G) and the accuracy of the best discriminator.

    Raises UserError where ipywidgets is missing.
    """

    def draw(mean_p: float, std_p: float, mean_q: float, std_q: float) -> Figure:
        p, q = normal(mean_p, std_p), normal(mean_q, std_q)
        reach = 10 * max(std_p, std_q)
        span = (min(mean_p, mean_q) - reach, max(mean_p, mean_q) + reach)
        found = game_value(p, q, span, breaks=(mean_p, mean_q))
        numbers = f"JSD {found.jensen_shannon:.4f}, V {found.value:.4f}, best accuracy {found.bayes_accuracy:.3f}"
        return density_pair(p, q, WIDE, numbers)

    means, stds = {"min": -4.0, "max": 4.0, "step": 0.1}, {"min": 0.3, "max": 3.0, "step": 0.1}
    settings = {"mean_p": mean_p, "std_p": std_p, "mean_q": mean_q, "std_q": std_q}
    ranges = {"mean_p": means, "std_p": stds, "mean_q": means, "std_q": stds}
    names = {"mean_p": "p: mean", "std_p": "p: width", "mean_q": "q: mean", "std_q": "q: width"}
    return _explorer(draw, settings, ranges, names)


def gradient_explorer(d: float = 0.01) -> Any:
    """A slider on D and what the saturating and the non-saturating loss pass on to the fake's score there.

    Raises UserError for d outside (0, 1), and where ipywidgets is missing.
    """
    return _explorer(generator_slopes, {"d": d}, {"d": {"min": 0.005, "max": 0.995, "step": 0.005}}, {"d": "D"})


def transport_explorer(shift: float = 1.0, spread: float = 1.0, seed: int = 0) -> Any:
    """Six real points, six generated ones to shift and to spread, their pairing in order, and W1.

    Raises UserError where ipywidgets is missing.
    """
    rng = torch.Generator().manual_seed(seed)
    real, noise = torch.randn(2, POINTS, generator=rng, dtype=torch.float64)

    def draw(shift: float, spread: float) -> Figure:
        fake = shift + spread * noise
        figure = transport_plan(real, fake, f"$W_1$ = {float(w1_sorted(real, fake)):.3f}")
        figure.axes[0].set_xlim(*WIDE)
        return figure

    ranges = {"shift": {"min": -4.0, "max": 4.0, "step": 0.1}, "spread": {"min": 0.0, "max": 2.0, "step": 0.1}}
    return _explorer(draw, {"shift": shift, "spread": spread}, ranges, {"shift": "shift", "spread": "spread"})


def _explorer(
    draw: Callable[..., Figure],
    settings: dict[str, float],
    ranges: dict[str, dict[str, float]],
    names: dict[str, str],
) -> Any:
    """A picture and one slider for each argument of ``draw``; the figure at the first settings as the still."""
    if _live.still():
        return draw(**settings)
    widgets = _live.ipywidgets()
    view = widgets.Image(format="png", value=png(draw(**settings)))
    sliders = {
        key: widgets.FloatSlider(
            value, description=names[key], readout_format=".3f" if key == "d" else ".1f", **ranges[key]
        )
        for key, value in settings.items()
    }

    def redraw(_change: object = None) -> None:
        view.value = png(draw(**{key: slider.value for key, slider in sliders.items()}))

    for slider in sliders.values():
        slider.observe(redraw, "value")
    return widgets.VBox([view, *sliders.values()])
