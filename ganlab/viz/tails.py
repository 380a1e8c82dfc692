"""How often a sample has values that are far out: the share beyond a size, both axes logarithmic.

Lesson: 06 What the generator feels.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from torch import Tensor

from ganlab.errors import UserError
from ganlab.viz.figure import subplots
from ganlab.viz.style import BLUE, VERMILLION, Look, style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LOOKS = (Look(VERMILLION, "-", "^"), Look(BLUE, "--", "o"))


def tail_shares(samples: Mapping[str, Tensor]) -> Figure:
    """The share of values larger than t in size, over t, for one or two samples (N,) of any scale.

    A law with a variance falls off like a cliff; a heavy tail is a straight line, and a Cauchy law's has the slope -1.
    Raises UserError for no sample, for more than two, for fewer than two values and for one that is not finite.
    """
    if not 0 < len(samples) <= len(LOOKS):
        raise UserError(f"one or two samples can be told apart here, not {len(samples)}")
    with style():
        figure, (axes,) = subplots(1, 1, 3.0)
        for (name, sample), look in zip(samples.items(), LOOKS, strict=False):
            sizes = np.sort(np.abs(sample.detach().double().cpu().numpy().ravel()))
            if len(sizes) < 2 or not np.isfinite(sizes).all():
                raise UserError(f"the sample {name!r} needs two finite values or more to have a tail")
            shares = 1 - np.arange(len(sizes)) / len(sizes)  # of values at least as large as this one
            kept = np.unique(np.geomspace(1, len(sizes), 200).astype(int))  # from the largest value on
            axes.plot(sizes[-kept], shares[-kept], color=look.color, linestyle=look.line, marker=look.marker,
                      markersize=5, markevery=20, label=name)  # fmt: skip
        axes.set(xlabel="size t", ylabel="share of values beyond t", xscale="log", yscale="log")
        axes.set_xlim(left=0.1)
        figure.legend(*axes.get_legend_handles_labels(), loc="outside lower center", ncols=2)
    return figure
