"""Things to play with in part II: densities, the generator's slope, a zoo of divergences, point sets, two lines.

Each returns a widget whose numbers come from the package's own functions; with ``GANLAB_STATIC=1`` in the environment
a still figure. The book's pages have the same widgets in plain JavaScript (book/_static/lab/).

Lessons: 05 The value function, 06 What the generator feels, 07 A zoo of divergences, 08 Wasserstein.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import torch

from ganlab.errors import UserError, unknown
from ganlab.metrics.divergences import f_divergence, game_value, mixture, normal, of_points
from ganlab.metrics.transport import w1_matching, w1_sorted
from ganlab.objectives import F_DIVERGENCES
from ganlab.viz import (
    _live,
    conjugate_panels,
    density_pair,
    generator_slopes,
    line_panels,
    png,
    transport_plan,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

WIDE = (-7.0, 7.0)  # the part of the line that is drawn
MOST = 1e9  # a divergence that grows with the span is infinite on the whole line
STEP = 1e-4  # of the differences that make a slope
SEEN = (-8.0, 8.0)  # the part where the humps and the bell are drawn
POINTS = 6  # of each of the two samples
LEASHES = {"slope 1 at most": float("inf"), "penalty, λ = 10": 10.0, "penalty, λ = 1": 1.0, "penalty, λ = 0.1": 0.1}
"""The critic's leashes by name, with the weight of a gradient penalty."""


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


def divergence_explorer(name: str = "reverse-kl", mean: float = 1.5, std: float = 1.0, look: float = 3.0) -> Any:
    """Two humps and a bell to fit to them by any f: the divergence, what it tells G, f, its conjugate and its critic.

    name: one of `F_DIVERGENCES`. mean, std: the bell q = N(mean, std^2). look: the place whose ratio p/q and T* are
    marked. The two slopes are those of the divergence, and of G's loss -E_q f*(T) with the best critic held.
    Raises UserError for another name, and where ipywidgets is missing.
    """
    if name not in F_DIVERGENCES:
        raise unknown("divergence", name, F_DIVERGENCES)
    p = mixture([normal(-3.0), normal(3.0)])

    def draw(mean: float, std: float, look: float, name: str = name) -> Figure:
        f = F_DIVERGENCES[name]

        def far(mean: float, std: float) -> float:
            span = (mean - 6 * std - 8, mean + 6 * std + 8)
            return f_divergence(f, p, normal(mean, std), span, (-3.0, 0.0, 3.0, mean)).value

        try:
            here = far(mean, std)
            across, along = (
                (far(mean + STEP, std), far(mean - STEP, std)),
                (far(mean, std + STEP), far(mean, std - STEP)),
            )
        except UserError:  # a bell that is too narrow for this f, which a reader may well try
            here = math.inf
        if abs(here) > MOST:
            numbers = "too large to be computed"
        else:
            value, in_mean, in_width = map(_short, (here, *((a - b) / (2 * STEP) for a, b in (across, along))))
            numbers = f"{value}, slope in the mean {in_mean}, in the width {in_width}"
        return conjugate_panels(f, p, normal(mean, std), look, SEEN, f"{name}: {numbers}")

    ranges = {
        "mean": {"min": -6.0, "max": 6.0, "step": 0.05},
        "std": {"min": 0.5, "max": 6.0, "step": 0.05},
        "look": {"min": -8.0, "max": 8.0, "step": 0.1},
    }
    names = {"mean": "q: mean", "std": "q: width", "look": "look at x"}
    chosen = {"name": ("f", list(F_DIVERGENCES), name)}
    return _explorer(draw, {"mean": mean, "std": std, "look": look}, ranges, names, chosen)


def line_explorer(theta: float = 0.6, leash: str = "slope 1 at most") -> Any:
    """Two parallel lines to move apart, with KL, JSD, TV and W1, and the best critic on a leash, one of `LEASHES`.

    Raises UserError for another leash, and where ipywidgets is missing.
    """
    if leash not in LEASHES:
        raise unknown("leash", leash, LEASHES)
    heights = torch.linspace(0, 1, 8, dtype=torch.float64)[:, None]

    def line(theta: float) -> torch.Tensor:
        return torch.cat([theta + 0 * heights, heights], dim=1)

    def draw(theta: float, leash: str = leash) -> Figure:
        found, w1 = of_points(line(0.0), line(theta)), w1_matching(line(0.0), line(theta))[0]
        slope = 1 + abs(theta) / (2 * LEASHES[leash])
        distances = {
            "$W_1$": lambda t: w1_matching(line(0.0), line(t))[0],
            "JSD": lambda t: of_points(line(0.0), line(t)).jensen_shannon,
            "TV": lambda t: of_points(line(0.0), line(t)).total_variation,
        }
        numbers = f"KL {found.kl:g}, JSD {found.jensen_shannon:.4f}, TV {found.total_variation:g}, $W_1$ {w1:.3f}"
        return line_panels(theta, distances, slope, f"{numbers}; critic's value {slope * abs(theta):.3f}")

    chosen = {"leash": ("critic", list(LEASHES), leash)}
    return _explorer(
        draw, {"theta": theta}, {"theta": {"min": -1.0, "max": 1.0, "step": 0.05}}, {"theta": "theta"}, chosen
    )


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


def _short(value: float) -> str:
    """A number of a title, also where an f has made it enormous; none is "-0.000"."""
    return f"{value + 0.0:.3f}".replace("-0.000", "0.000") if abs(value) < 1e4 else f"{value:.1e}"


def _explorer(
    draw: Callable[..., Figure],
    settings: dict[str, float],
    ranges: dict[str, dict[str, float]],
    names: dict[str, str],
    choices: Mapping[str, tuple[str, list[str], str]] | None = None,
) -> Any:
    """A picture and one slider for each argument of ``draw``; the figure at the first settings as the still.

    choices: by argument, what to call it, what can be chosen, and what is chosen at first.
    """
    if _live.still():
        return draw(**settings)
    widgets = _live.ipywidgets()
    view = widgets.Image(format="png", value=png(draw(**settings)))
    sliders = {
        key: widgets.FloatSlider(
            value,
            description=names[key],
            readout_format={0.005: ".3f", 0.05: ".2f"}.get(ranges[key]["step"], ".1f"),
            **ranges[key],
        )
        for key, value in settings.items()
    }

    boxes = {
        key: widgets.Dropdown(options=options, value=first, description=label)
        for key, (label, options, first) in (choices or {}).items()
    }
    controls = {**boxes, **sliders}

    def redraw(_change: object = None) -> None:
        view.value = png(draw(**{key: control.value for key, control in controls.items()}))

    for control in controls.values():
        control.observe(redraw, "value")
    return widgets.VBox([view, *controls.values()])
