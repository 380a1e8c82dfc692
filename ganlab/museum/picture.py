"""The pictures of a piece: losses, telltale curve and samples of one run, or of two side by side on the same scales.

Lesson: 11 Failures and stabilisers.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from ganlab.museum.piece import Curve, Run
from ganlab.viz import style, subplots
from ganlab.viz.points import window_of
from ganlab.viz.sheet import enlarged_sheet, picture
from ganlab.viz.style import DISCRIMINATOR, FAKE, GENERATOR, GREEN, REAL

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SHEET = 16  # images shown of a run


def compare(runs: Mapping[str, Run], telltale: Curve) -> Figure:
    """One column for each run, its title above: losses, telltale, samples. Rows share their scale."""
    with style():
        figure, axes = subplots(3, len(runs), 7.4 if len(runs) > 1 else 7.0)
        everything = torch.cat([part for run in runs.values() for part in (run.real, run.samples)])
        rows = [axes[start : start + len(runs)] for start in range(0, len(axes), len(runs))]
        for place, (title, run) in enumerate(runs.items()):
            _losses(rows[0][place], run)
            rows[0][place].set_title(title, fontweight="bold")
            _telltale(rows[1][place], run, telltale)
            draw_samples(rows[2][place], run.real, run.samples, everything)
        for row in rows[:2]:
            _same_height(row)
            for one in row[1:]:
                one.tick_params(labelleft=False)
                one.set_ylabel("")
        if next(iter(runs.values())).samples.ndim == 2:
            for one in rows[2][1:]:
                one.set_ylabel("")
        _legend(figure, 3)
    return figure


def single(run: Run, telltale: Curve | None = None) -> Figure:
    """One run without any word on how it is: losses, samples and, where asked for, the telltale curve."""
    with style():
        figure, axes = subplots(1, 2 if telltale is None else 3, 2.6)
        _losses(axes[0], run)
        axes[0].set(title="losses", ylabel="")
        if telltale is not None:
            _telltale(axes[1], run, telltale)
            axes[1].set(title=textwrap.fill(telltale.label, 18), ylabel="")
        draw_samples(axes[-1], run.real, run.samples)
        for one in axes:
            one.title.set_fontsize(10)
        _legend(figure, 3)
    return figure


def thumbnail(run: Run) -> Figure:
    """The samples of a run alone, small."""
    with style():
        figure, (axes,) = subplots(1, 1, 1.9)
        figure.set_size_inches(1.9, 1.9)
        draw_samples(axes, run.real, run.samples)
        axes.set(title="", xlabel="", ylabel="")
        axes.tick_params(labelbottom=False, labelleft=False)
    return figure


def draw_samples(axes: Axes, real: Tensor, samples: Tensor, everything: Tensor | None = None) -> None:
    """Images as a sheet, points over the real ones, numbers as two histograms; the axes hold ``everything``."""
    everything = torch.cat([real, samples]) if everything is None else everything
    if samples.ndim == 4:
        picture(axes, enlarged_sheet(samples[:SHEET].clamp(-1, 1), cell=32), "generated")
    elif samples.shape[1] == 2:
        _points(axes, real, samples, everything)
    else:
        _numbers(axes, real, samples, everything)


def _losses(axes: Axes, run: Run) -> None:
    for name, label, look in (("loss_D", "loss of D", DISCRIMINATOR), ("loss_G", "loss of G", GENERATOR)):
        axes.plot(*run.curve(name), color=look.color, linestyle=look.line, linewidth=1.4, label=label)
    axes.set(xlabel="step", ylabel="loss")


def _telltale(axes: Axes, run: Run, curve: Curve) -> None:
    axes.plot(*run.curve(curve.name), color=REAL.color, linewidth=1.6)
    if curve.level is not None:
        axes.axhline(curve.level, color=GREEN, linestyle=":", linewidth=1.6, label=curve.level_label)
    axes.set(xlabel="step", ylabel=curve.label, yscale="log" if curve.log else "linear")
    if curve.ends is not None:
        low, high = curve.ends
        axes.set_ylim(low - 0.05 * (high - low), high + 0.05 * (high - low))


def _points(axes: Axes, real: Tensor, samples: Tensor, everything: Tensor) -> None:
    low, high = (corner.tolist() for corner in window_of(everything, None))
    for who, points, look, size in (("real", real, REAL, 5), ("generated", samples, FAKE, 12)):
        x, y = points.T.numpy()
        drawn = axes.scatter(x, y, s=size, c=look.color, marker=look.marker, linewidths=0.8, label=who)
        drawn.set_alpha(0.35 if look is REAL else 1)
    axes.set(xlim=(low[0], high[0]), ylim=(low[1], high[1]), aspect="equal", xlabel="$x_1$", ylabel="$x_2$")


def _numbers(axes: Axes, real: Tensor, samples: Tensor, everything: Tensor) -> None:
    edges = np.linspace(float(everything.min()), float(everything.max()), 33).tolist()
    axes.hist(real.flatten().numpy(), edges, color=REAL.color, alpha=0.5, density=True, label="real")
    axes.hist(
        samples.flatten().numpy(), edges, color=FAKE.color, density=True, histtype="step", linewidth=1.8,
        linestyle=FAKE.line, label="generated",
    )  # fmt: skip
    axes.set(xlabel="x", ylabel="density")


def _same_height(row: list[Axes]) -> None:
    limits = [one.get_ylim() for one in row]
    for one in row:
        one.set_ylim(min(low for low, _ in limits), max(high for _, high in limits))


def _legend(figure: Figure, columns: int) -> None:
    found: dict[str, Artist] = {}
    for one in figure.axes:
        handles, labels = one.get_legend_handles_labels()
        found |= dict(zip(labels, handles, strict=True))
    figure.legend(list(found.values()), list(found), loc="outside lower center", ncols=columns)
