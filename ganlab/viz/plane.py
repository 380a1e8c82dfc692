"""A GAN in the plane, in five layers: real points, generated points, D's surface, G's manifold, G's gradients.

The layers are computed once, as plain tensors (`plane_frame`), and drawn as often as wanted (`plane_panels`): one
panel, several losses side by side, or a film (`plane_player`). After GAN Lab (Kahng et al. 2019).

Lesson: 06 What the generator feels.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from ganlab.errors import UserError, unknown
from ganlab.objectives import Objective, non_saturating
from ganlab.viz.figure import subplots
from ganlab.viz.points import check_points, window_of
from ganlab.viz.style import BLACK, FAKE, GREEN, REAL, WIDTH, style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap
    from matplotlib.figure import Figure

Network = Callable[[Tensor], Tensor]

LAYERS = ("surface", "manifold", "real", "generated", "gradients")
CELLS = 48  # of the surface, on each side
LINES = 13  # of the latent grid, in each direction
POINTS = 25  # on each of these lines
TAIL = 0.02  # of the noise that the latent grid leaves out, at each end of each coordinate
ARROW = 0.18  # of the window's side: the longest arrow, where no other scale is asked for


@dataclass(frozen=True)
class PlaneFrame:
    """One moment of a GAN in the plane, ready to be drawn. All tensors are float32 on the CPU.

    ``real`` (N, 2) and ``fake`` (M, 2) points; ``surface`` (H, W) in [0, 1], D's verdict at ``ys`` (H,) and ``xs``
    (W,), with its border at 1/2; ``mesh`` (L, P, 2), the lines of a latent grid mapped by G, empty for noise of more
    than two coordinates; ``descent`` (M, 2), for each fake the direction -dL_G/dx of its own loss;
    ``verdict`` says what the surface is; ``accepted`` are the shares of real and generated points with a verdict
    above 1/2. ``step`` counts the updates so far, or is None.
    """

    real: Tensor
    fake: Tensor
    xs: Tensor
    ys: Tensor
    surface: Tensor
    mesh: Tensor
    descent: Tensor
    verdict: str
    accepted: tuple[float, float]
    step: int | None = None

    @property
    def text(self) -> str:
        """The frame in words, for a caption or as alternative text."""
        lengths = self.descent.norm(dim=1)
        when = "" if self.step is None else f"Step {self.step}. "
        return (
            f"{when}D takes {self.accepted[0]:.0%} of the real and {self.accepted[1]:.0%} of the generated points for"
            f" real. The generated points are centred at ({self.fake[:, 0].mean():.2f}, {self.fake[:, 1].mean():.2f});"
            f" G's gradient at them is {lengths.mean():.2g} long on average, {lengths.max():.2g} at most."
        )


def plane_frame(
    real: Tensor,
    generator: Network,
    discriminator: Network,
    noise: Tensor,
    objective: Objective = non_saturating,
    step: int | None = None,
) -> PlaneFrame:
    """Compute the five layers for a generator and a discriminator of the plane.

    real: (N, 2). generator: noise (M, k) -> points (M, 2). discriminator: points (M, 2) -> scores (M,) or (M, 1).
    noise: (M, k), drawn from N(0, I); for k of 1 or 2 there is a manifold, and its grid lines have equal shares of
    that law between them, so that small cells show where generated points are dense.
    The gradient of each fake is that of its own term in L_G: the mean's, times M. A paired objective meets the first
    M real points. Raises UserError for other shapes and for networks that return values that are not finite.
    """
    check_points(real)
    real = real.detach().float().cpu()
    fake = generator(noise).detach()
    check_points(fake)
    if objective.paired and len(real) < len(fake):
        raise UserError(f"{objective.name} pairs each fake with a real point: give at least {len(fake)} real points")

    def score(points: Tensor) -> Tensor:
        return discriminator(points).reshape(len(points))

    low, high = window_of(real, None)
    xs, ys = (torch.linspace(float(low[i]), float(high[i]), CELLS) for i in (0, 1))
    places = torch.stack(torch.meshgrid(xs, ys, indexing="xy"), dim=-1).reshape(-1, 2)
    at = fake.clone().requires_grad_(True)
    with torch.enable_grad():
        loss = objective.generator(score(real[: len(fake)]), score(at))
        (slope,) = torch.autograd.grad(loss * len(fake), at)
    with torch.no_grad():
        scores_real, scores_fake, scores = score(real), score(fake), score(places)
        mesh = generator(_latent_grid(noise.shape[1])).reshape(-1, POINTS, 2) if noise.shape[1] <= 2 else fake[:0]
    for values, who in ((fake, "generator"), (scores, "discriminator"), (slope, "generator's gradient")):
        if not bool(values.isfinite().all()):
            raise UserError(f"the {who} has values that are not finite: the run has diverged, draw an earlier frame")
    surface = verdict(objective, scores, scores_real, scores_fake).reshape(CELLS, CELLS)
    accepted = [
        float((verdict(objective, s, scores_real, scores_fake) > 0.5).float().mean())
        for s in (scores_real, scores_fake)
    ]
    return PlaneFrame(
        real, fake.float().cpu(), xs, ys, surface.float().cpu(), mesh.reshape(-1, POINTS, 2).float().cpu(),
        -slope.float().cpu(), verdict_name(objective), (accepted[0], accepted[1]), step,
    )  # fmt: skip


_PROBABILITIES = ("minimax", "non-saturating", "smoothed")
_CODES = {"least-squares": (0.0, 1.0), "least-squares-pearson": (-1.0, 1.0), "hinge": (-1.0, 1.0)}


def verdict(objective: Objective, scores: Tensor, real: Tensor, fake: Tensor) -> Tensor:
    """Scores as a number in [0, 1] that is above 1/2 where D leans towards *real*; scores of any shape, same shape out.

    Cross entropy: D itself. Least squares and hinge: the way from the fake code to the real one, cut off at both.
    Losses that look at differences only (Wasserstein, relativistic): the sigmoid of the score, measured from halfway
    between the mean scores of ``real`` and ``fake``.
    """
    if objective.name in _PROBABILITIES:
        return torch.sigmoid(scores)
    if objective.name in _CODES:
        low, high = _CODES[objective.name]
        return ((scores - low) / (high - low)).clamp(0, 1)
    return torch.sigmoid(scores - (real.mean() + fake.mean()) / 2)


def verdict_name(objective: Objective) -> str:
    """What `verdict` returns, for the scale beside the surface."""
    if objective.name in _PROBABILITIES:
        return "$D(x)$"
    return "score: 0 fake, 1 real" if objective.name in _CODES else "$\\sigma$(score $-$ halfway)"


def plane_panels(
    frames: PlaneFrame | Sequence[PlaneFrame] | Mapping[str, PlaneFrame],
    layers: Collection[str] = LAYERS,
    longest: float | None = None,
) -> Figure:
    """Draw one frame, or several side by side, by name or in order; ``frame.text`` is the alternative text of each.

    layers: which of the five to draw. Real points are circles, generated ones crosses; the thick line is D's border,
    the thin dotted ones its levels 0.1, 0.25, 0.75 and 0.9; the net is G's image of a grid of noise; arrows point
    where L_G falls. longest: the gradient whose arrow spans 0.18 of a side, and where longer ones are cut; by default
    the longest of all that are drawn, so that arrows can be compared within one figure. Give it to compare figures.
    Raises UserError for an unknown layer, for no frame, and for a scale that is not positive.
    """
    if isinstance(frames, Mapping):
        named = list(frames.items())
    else:
        named = [("", each) for each in ([frames] if isinstance(frames, PlaneFrame) else frames)]
    if not named:
        raise UserError("there is no frame to draw: make one with plane_frame(...)")
    for layer in layers:
        if layer not in LAYERS:
            raise unknown("layer", layer, LAYERS)
    if longest is not None and not longest > 0:
        raise UserError(f"the longest arrow stands for a positive gradient, not {longest:g}")
    most = max(float(frame.descent.norm(dim=1).max()) for _, frame in named)
    scale = longest or most
    said = f"{scale:.2g}{' or more' if most > scale else ''}"
    columns = 1 if len(named) == 1 else 2
    rows = -(-len(named) // columns)
    with style():
        figure, axes = subplots(rows, columns, rows * (0.86 if columns == 1 else 0.48) * WIDTH + 0.9)
        for each in axes[len(named) :]:
            each.set_axis_off()
        for place, (name, frame) in enumerate(named):
            _draw(axes[place], frame, layers, scale, said)
            axes[place].set_title(_title(name, frame), fontsize=11 if columns == 1 else 10)
            if place % columns:
                axes[place].set_ylabel("")
                axes[place].tick_params(labelleft=False)
            if place + columns < len(named):
                axes[place].set_xlabel("")
                axes[place].tick_params(labelbottom=False)
        if "surface" in layers:
            names = {frame.verdict for _, frame in named}
            label = names.pop() if len(names) == 1 else "verdict: 0 fake, 1 real"
            surface = axes[0].images[0]
            figure.colorbar(surface, ax=axes, label=label, aspect=25, shrink=0.8, pad=0.02, ticks=[0, 0.5, 1])
        handles, labels = axes[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=2, fontsize=9)
    return figure


def _title(name: str, frame: PlaneFrame) -> str:
    """Whose frame it is, when it was, and how many generated points the window misses."""
    low, high = torch.stack([frame.xs, frame.ys], 1)[[0, -1]]
    outside = int((~((frame.fake >= low) & (frame.fake <= high)).all(dim=1)).sum())
    when = "" if frame.step is None else f"step {frame.step}"
    missed = f"{outside} of {len(frame.fake)} outside" if outside else ""
    return "\n".join(filter(None, (", ".join(filter(None, (name, when))), missed)))


def _draw(axes: Axes, frame: PlaneFrame, layers: Collection[str], scale: float, longest: str) -> None:
    xs, ys, surface = frame.xs.numpy(), frame.ys.numpy(), frame.surface.numpy()
    real, fake = frame.real.numpy(), frame.fake.numpy()
    axes.grid(False)
    if "surface" in layers:
        extent = (float(xs[0]), float(xs[-1]), float(ys[0]), float(ys[-1]))
        axes.imshow(surface, cmap=_colours(), vmin=0, vmax=1, extent=extent, origin="lower", interpolation="bilinear")
        axes.contour(xs, ys, surface, [0.1, 0.25, 0.75, 0.9], colors=BLACK, linewidths=0.6, linestyles=":")
        axes.contour(xs, ys, surface, [0.5], colors=BLACK, linewidths=1.8)
        axes.plot([], [], color=BLACK, linewidth=1.8, label="D's border, 1/2")
    if "manifold" in layers and len(frame.mesh):
        for number, line in enumerate(frame.mesh.numpy()):
            label = "G of the latent grid" if number == 0 else None
            axes.plot(line[:, 0], line[:, 1], color=GREEN, linewidth=0.7, zorder=2, label=label)
    if "real" in layers:
        axes.scatter(real[:, 0], real[:, 1], s=9, c=REAL.color, marker=REAL.marker, linewidths=0,
                     alpha=0.6, zorder=3, label="real")  # fmt: skip
    if "generated" in layers:
        axes.scatter(fake[:, 0], fake[:, 1], s=14, c=FAKE.color, marker=FAKE.marker, linewidths=1.0,
                     zorder=4, label="generated")  # fmt: skip
    if "gradients" in layers:
        span = float(xs[-1] - xs[0])
        lengths = frame.descent.norm(dim=1, keepdim=True).clamp_min(1e-12)
        arrows = (frame.descent * (scale / lengths).clamp(max=1)).numpy()
        axes.quiver(*fake.T, *arrows.T, angles="xy", scale_units="xy", scale=max(scale, 1e-12) / (ARROW * span),
                    width=0.004, color=BLACK, zorder=5)  # fmt: skip
        axes.plot([], [], color=BLACK, marker="$\\rightarrow$", markersize=12, linestyle="none",
                  label=f"$-\\partial L_G/\\partial x$, longest {longest}")  # fmt: skip
    axes.set(xlim=(xs[0], xs[-1]), ylim=(ys[0], ys[-1]), aspect="equal", xlabel="$x_1$", ylabel="$x_2$")


def _colours() -> Colormap:
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("verdict", ["#f3b98f", "#ffffff", "#94c4e4"])


def latent_lines() -> tuple[Tensor, Tensor]:
    """Where the grid's lines lie, and the points along each: quantiles of N(0, 1), (LINES,) and (POINTS,)."""
    normal = torch.distributions.Normal(0.0, 1.0)
    across, along = (normal.icdf(torch.linspace(TAIL, 1 - TAIL, n)) for n in (LINES, POINTS))
    return across, along


def _latent_grid(coordinates: int) -> Tensor:
    """Noise on the lines of a grid, line after line with ``POINTS`` points each, (lines * POINTS, coordinates)."""
    across, along = latent_lines()
    if coordinates == 1:
        return along[:, None]
    lines = torch.stack(torch.meshgrid(across, along, indexing="ij"), dim=-1).reshape(-1, 2)
    return torch.cat([lines, lines.flip(1)])
