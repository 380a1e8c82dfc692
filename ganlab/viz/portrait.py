"""Phase portraits: the field of a game of two players, where updates wander in it, and what its eigenvalues predict.

Lesson: 09 The game: why training circles, and what stops it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from ganlab.dynamics import UPDATES, Game, dirac, multipliers, trajectory, velocity
from ganlab.errors import UserError
from ganlab.objectives import Objective, minimax
from ganlab.viz import _live
from ganlab.viz.figure import png, subplots
from ganlab.viz.style import BLACK, DISCRIMINATOR, GENERATOR, ORANGE, OTHERS, PURPLE, WIDTH, Look, style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FIFTH, SIXTH = Look(PURPLE, (0, (5, 1, 1, 1, 1, 1)), "D"), Look(ORANGE, (0, (8, 2)), "P")  # type: ignore[arg-type]
LOOKS = (DISCRIMINATOR, GENERATOR, *OTHERS, FIFTH, SIXTH)
ARROWS = 15  # of the field, on each side


def phase_portrait(
    game: Game,
    paths: Mapping[str, Tensor],
    *,
    equilibrium: Sequence[float] = (0.0, 0.0),
    radius: bool = True,
    reach: float | None = None,
) -> Figure:
    """The velocity field of a game with one number a player, paths through it, and their distance from equilibrium.

    paths: up to six of them by name, each (steps + 1, 2) as `ganlab.dynamics.trajectory` returns it; a square marks
    the start, the path's own marker its end, a star the equilibrium. A path is drawn up to its first point that is
    not finite. radius: also draw the distances over the steps, on a logarithmic scale. reach: half the side of the
    window; by default all paths fit. The legend states each last distance.
    Raises UserError for games of more numbers, other shapes, no paths or more than six, and a reach of zero or less.
    """
    if game.size != 1:
        raise UserError(f"a phase portrait shows one number for each player, this game has {game.size}")
    if not 1 <= len(paths) <= len(LOOKS):
        raise UserError(f"a phase portrait shows 1 to {len(LOOKS)} paths that can be told apart, not {len(paths)}")
    if reach is not None and not reach > 0:
        raise UserError(f"the reach of a portrait is positive, not {reach:g}")
    centre = torch.tensor(equilibrium, dtype=torch.float64)
    walked = {name: _finite(path, name) for name, path in paths.items()}
    distances = {name: (path - centre).norm(dim=1) for name, path in walked.items()}
    half = reach or 1.15 * max(float((path - centre).abs().max()) for path in walked.values()) or 1.0
    with style():
        figure, axes = subplots(1 + radius, 1, WIDTH + 0.3 + 2.1 * radius)
        if radius and (grid := axes[0].get_gridspec()):
            grid.set_height_ratios([WIDTH - 0.6, 1.9])
        _field(axes[0], game, centre, half)
        for (name, path), look in zip(walked.items(), LOOKS, strict=False):
            every = max(1, len(path) // 8)
            marks: dict[str, Any] = {
                "color": look.color,
                "linestyle": look.line,
                "linewidth": 1.6,
                "marker": look.marker,
            }
            axes[0].plot(
                *path.numpy().T, **marks, markersize=5, markevery=[-1], label=_ending(name, path, distances[name])
            )
            axes[0].plot(*path[0].numpy(), color=look.color, marker="s", markersize=6, fillstyle="none")
            if radius:
                axes[1].plot(distances[name].clamp_min(1e-12).numpy(), **marks, markersize=4, markevery=every)
        axes[0].plot(*centre.numpy(), color=BLACK, marker="*", markersize=11, linestyle="none", label="equilibrium")
        if radius:
            axes[1].set(xlabel="step", ylabel="distance from\nequilibrium", yscale="log")
            _plain_ticks(axes[1])
        figure.legend(*axes[0].get_legend_handles_labels(), loc="outside upper center", ncols=2, fontsize=9)
    return figure


def eigenvalue_plane(values: Mapping[str, Tensor], h: float | None = None) -> Figure:
    """Eigenvalues of a game's Jacobian in the complex plane; with h also 1 + h * eigenvalue and the unit circle.

    values: up to six sets by name, each complex (n,), as `ganlab.dynamics.eigenvalues` returns it. Left of the
    vertical line the flow pulls in; inside the circle a simultaneous step of size h does.
    Raises UserError for no sets or more than six, and for h that is not positive.
    """
    if h is not None and not h > 0:
        raise UserError(f"a step size is positive, not {h:g}")
    _check_sets(values)
    with style():
        figure, axes = subplots(1, 1 if h is None else 2, WIDTH * (0.75 if h is None else 0.62) + 0.3)
        _complex(axes[0], values, "eigenvalue $\\lambda$ of the flow")
        axes[0].axvline(0, color=BLACK, linewidth=1)
        if h is not None:
            _complex(axes[1], {name: 1 + h * each for name, each in values.items()}, f"$1 + h\\lambda$, $h$ = {h:g}")
            _circle(axes[1])
        figure.legend(*axes[0].get_legend_handles_labels(), loc="outside upper center", ncols=2, fontsize=9)
    return figure


def unit_circle(values: Mapping[str, Tensor]) -> Figure:
    """Multipliers of updates (`ganlab.dynamics.multipliers`) with the unit circle: inside, the update pulls in.

    values: up to six sets by name, each complex (n,). The legend states the largest modulus of each set.
    Raises UserError for no sets or more than six.
    """
    _check_sets(values)
    with style():
        figure, (axes,) = subplots(1, 1, WIDTH)
        named = {f"{name}: at most {float(each.abs().max()):.5f}": each for name, each in values.items()}
        _complex(axes, named, "multiplier of one update")
        _circle(axes)
        figure.legend(*axes.get_legend_handles_labels(), loc="outside upper center", ncols=1, fontsize=9)
    return figure


def portrait_explorer(start: Sequence[float] = (1.0, -1.0), steps: int = 200, objective: Objective = minimax) -> Any:
    """Sliders on the Dirac-GAN: step size h, weight gamma of R1, ratio of the rates, and a choice of the update.

    start: (theta, psi). objective: the losses; those of `minimax` and `non_saturating` differ away from the equilibrium
    only. The ratio is h_D / h_G with h_G * h_D = h^2. Returns a widget with the portrait and, below
    it, the multipliers of the update at the equilibrium; its still figure is the portrait of four updates at h = 0.1.
    Raises UserError where ipywidgets is missing, and for a start of another size than 2.
    """
    w = torch.tensor(start, dtype=torch.float64)
    if w.shape != (2,):
        raise UserError(f"the Dirac-GAN starts at two numbers (theta, psi), not {len(start)}")
    if _live.still():
        names = ("simultaneous", "alternating", "extragradient", "optimistic")
        game = dirac(objective)
        return phase_portrait(game, {name: trajectory(game, w, 0.1, steps, UPDATES[name]) for name in names})
    widgets = _live.ipywidgets()
    view = widgets.Image(format="png")
    says = widgets.Label()
    h = widgets.FloatLogSlider(0.1, min=-2, max=math.log10(5), step=0.05, description="step size h")
    gamma = widgets.FloatSlider(0.0, min=0, max=4, step=0.05, description="R1: gamma")
    ratio = widgets.FloatLogSlider(1.0, min=0, max=2, base=4, step=0.5, description="h_D / h_G")
    method = widgets.Dropdown(options=list(UPDATES), description="update")

    def redraw(_change: object = None) -> None:
        game, update = dirac(objective, r1=gamma.value), UPDATES[method.value]
        rates = (h.value / math.sqrt(ratio.value), h.value * math.sqrt(ratio.value))
        path = trajectory(game, w, rates, steps, update)
        view.value = png(phase_portrait(game, {method.value: path}, reach=2.5))
        says.value = _prediction(game, rates, method.value)

    for control in (h, gamma, ratio, method):
        control.observe(redraw, "value")
    redraw()
    return widgets.VBox([view, says, h, gamma, ratio, method])


def _prediction(game: Game, rates: tuple[float, float], method: str) -> str:
    if method == "adam":
        return "Adam has no linear part at the equilibrium: look at its path"
    largest = float(multipliers(game, torch.zeros(2), rates, UPDATES[method]).abs().max())
    fate = "pulls in" if largest < 1 - 1e-9 else "turns for ever" if largest < 1 + 1e-9 else "drives out"
    return f"largest multiplier {largest:.5f}: near the equilibrium this update {fate}"


def _finite(path: Tensor, name: str) -> Tensor:
    path = path.detach().double()
    if path.ndim != 2 or path.shape[1] != 2 or len(path) == 0:
        raise UserError(f"the path {name!r} should have the shape (steps + 1, 2), not {tuple(path.shape)}")
    good = path.isfinite().all(dim=1).long().cumprod(0).bool()
    if not good[0]:
        raise UserError(f"the path {name!r} starts at a point that is not finite")
    return path[good]


def _ending(name: str, path: Tensor, distance: Tensor) -> str:
    return f"{name}: ends at {float(distance[-1]):.3g}"


def _plain_ticks(axes: Axes) -> None:
    """Within two powers of ten, 1.4 reads better than 1.4 * 10^0."""
    from matplotlib.ticker import ScalarFormatter

    low, high = axes.get_ylim()
    if high < 100 * low:
        axes.yaxis.set_major_formatter(ScalarFormatter())
        axes.yaxis.set_minor_formatter(ScalarFormatter())
        axes.tick_params(axis="y", which="minor", labelsize=8)


def _field(axes: Axes, game: Game, centre: Tensor, half: float) -> None:
    line = torch.linspace(-half, half, ARROWS, dtype=torch.float64)
    points = torch.stack(torch.meshgrid(line, line, indexing="xy"), -1).reshape(-1, 2) + centre
    field = torch.stack([velocity(game, point).detach() for point in points])
    axes.quiver(*points.numpy().T, *field.numpy().T, color="#999999", angles="xy", width=0.003, zorder=1)
    x, y = centre.tolist()
    axes.set(xlim=(x - half, x + half), ylim=(y - half, y + half), aspect="equal")
    axes.set(xlabel="generator $\\theta$", ylabel="discriminator $\\psi$")


def _complex(axes: Axes, values: Mapping[str, Tensor], title: str) -> None:
    for (name, each), look in zip(values.items(), LOOKS, strict=False):
        x, y = each.real.numpy(), each.imag.numpy()
        axes.scatter(x, y, s=45, marker=look.marker, facecolors="none", edgecolors=look.color, linewidths=1.6,
                     label=name, zorder=3)  # fmt: skip
    axes.set(xlabel="real part", ylabel="imaginary part", title=title)
    axes.axhline(0, color=BLACK, linewidth=0.4)


def _circle(axes: Axes) -> None:
    angle = torch.linspace(0, 2 * math.pi, 200)
    axes.plot(angle.cos().numpy(), angle.sin().numpy(), color=BLACK, linewidth=1, linestyle="--", zorder=2)
    axes.set_aspect("equal")


def _check_sets(values: Mapping[str, Tensor]) -> None:
    if not 1 <= len(values) <= len(LOOKS):
        raise UserError(f"one figure shows 1 to {len(LOOKS)} sets of eigenvalues, not {len(values)}")
