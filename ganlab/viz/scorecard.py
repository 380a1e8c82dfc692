"""A score card as a picture: every metric on one axis, in units of what real data vary by.

Lesson: 13 Evaluation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from torch import Tensor

from ganlab.errors import UserError
from ganlab.viz.figure import subplots
from ganlab.viz.style import BLACK, FAKE, REAL, SKY, style

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class Mark:
    """One row of the picture: its value and interval in half-widths of the floor (within -1..1 is real data's own)."""

    name: str
    group: str
    value: float
    low: float
    high: float
    worse: bool


def show_card(marks: Sequence[Mark]) -> Figure:
    """Rows in the order given, a heading for each group; a filled circle is like real data, a cross is not.

    The axis is linear between -1 and 1 and logarithmic beyond. Raises UserError for no rows.
    """
    if not marks:
        raise UserError("a score card has at least one row")
    places, labels, headings, at = [], [], [], 0
    for index, mark in enumerate(marks):
        if index == 0 or marks[index - 1].group != mark.group:
            headings.append((at, mark.group))
            at += 1
        places.append(at)
        labels.append(mark.name)
        at += 1
    with style():
        figure, (axes,) = subplots(1, 1, 0.9 + 0.24 * at)
        axes.axvspan(-1, 1, color=SKY, alpha=0.35, linewidth=0)
        for place, mark in zip(places, marks, strict=True):
            look = FAKE if mark.worse else REAL
            axes.plot([mark.low, mark.high], [place, place], "-", color=look.color, linewidth=1.5)
            axes.plot(mark.value, place, look.marker, color=look.color, ms=7, mew=2 if mark.worse else 1)
        axes.set_xscale("symlog", linthresh=1.0, linscale=0.7)
        reach = max(3.0, *(1.5 * abs(m.value) for m in marks))
        axes.set_xlim(-reach, reach)
        axes.set_yticks(places, labels)
        for place, group in headings:
            axes.text(0.0, place, group, transform=axes.get_yaxis_transform(), va="center", ha="left", weight="bold",
                      color=BLACK, fontsize=9)  # fmt: skip
        axes.set_ylim(at - 0.4, -0.6)
        axes.grid(visible=False, axis="y")
        axes.set_xlabel("away from real data (the band)")
    return figure


def show_spectra(power: Tensor, power_real: Tensor) -> Figure:
    """Mean radial spectra in decibels over frequency: power (N, R) and power_real (M, R) of `radial_power`."""
    with style():
        figure, (axes,) = subplots(1, 1, 2.7)
        for rows, look, name in ((power_real, REAL, "real"), (power, FAKE, "generated")):
            curve = 10 * rows.double().mean(dim=0).clamp(min=1e-9).log10()
            axes.plot(
                range(1, len(curve)), curve[1:], look.line, marker=look.marker, ms=4, color=look.color, label=name
            )
        axes.set(xlabel="frequency (waves across the image)", ylabel="power in dB")
        axes.legend()
    return figure
