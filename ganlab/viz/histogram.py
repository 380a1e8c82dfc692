"""Histograms of numbers: the pixels of two sets of images, and two samples on the line.

Lesson: 00 Start here (`density_1d`), 14 The MLP GAN on MNIST (`pixel_histogram`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from torch import Tensor

from ganlab.errors import UserError
from ganlab.viz.figure import subplots
from ganlab.viz.style import FAKE, REAL, style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

BINS = 60


def pixel_histogram(real: Tensor, fake: Tensor) -> Figure:
    """How often each grey value occurs in real (solid) and generated (dashed) images, on a logarithmic scale.

    real, fake: images of any shape and of any range: this is the figure that shows that two ranges do not match
    (data in [0, 1] against a tanh in [-1, 1]), so it refuses none. The legend states each smallest and largest value.
    Raises UserError where there is nothing to count, or a value is not finite.
    """
    return _two_histograms(real, fake, "pixel value", "share of pixels", density=False)


def density_1d(real: Tensor, fake: Tensor) -> Figure:
    """The densities of two samples on the line, as histograms of area 1: real solid, generated dashed.

    real, fake: (N,) or (N, 1), on their own scale. The legend states each mean and standard deviation.
    Raises UserError for another shape, where there is nothing to count, and where a value is not finite.
    """
    for x in (real, fake):
        if x.ndim > 2 or (x.ndim == 2 and x.shape[1] != 1):
            raise UserError(f"numbers have the shape (N,) or (N, 1), not {tuple(x.shape)}")
    return _two_histograms(real, fake, "$x$", "density", density=True)


def _two_histograms(real: Tensor, fake: Tensor, xlabel: str, ylabel: str, density: bool) -> Figure:
    values = {"real": _numbers(real, "real"), "generated": _numbers(fake, "generated")}
    low = min(x.min() for x in values.values())
    high = max(x.max() for x in values.values())
    edges = np.linspace(low, high if high > low else low + 1.0, BINS + 1)
    with style():
        figure, (axes,) = subplots(1, 1, 3.0)
        for (name, x), look in zip(values.items(), (REAL, FAKE), strict=True):
            heights = np.histogram(x, edges, density=density)[0]
            if not density:
                heights = heights / len(x)
            summary = f"mean {x.mean():.2f}, std {x.std():.2f}" if density else f"{x.min():.2f} to {x.max():.2f}"
            axes.stairs(
                heights, edges, color=look.color, linestyle=look.line, linewidth=1.8, label=f"{name}: {summary}"
            )
        axes.set_xlabel(xlabel)
        axes.set_ylabel(ylabel)
        if not density:
            axes.set_yscale("log")
        figure.legend(*axes.get_legend_handles_labels(), loc="outside upper center", ncols=2)
    return figure


def _numbers(x: Tensor, who: str) -> np.ndarray:
    numbers = x.detach().double().cpu().numpy().ravel()
    if len(numbers) == 0:
        raise UserError(f"the {who} sample is empty: there is nothing to count")
    if not np.isfinite(numbers).all():
        raise UserError(f"the {who} sample has values that are not finite: the run that made it has diverged")
    return numbers
