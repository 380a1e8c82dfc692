"""A score card as a picture: every metric on one axis, in units of what real data vary by.

Lesson: 13 Evaluation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from torch import Tensor

from ganlab.errors import UserError
from ganlab.viz.figure import subplots
from ganlab.viz.style import BLACK, FAKE, GENERATOR, OTHERS, REAL, SKY, style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
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
    with style():
        groups = 1 + sum(a.group != b.group for a, b in pairwise(marks))
        figure, (axes,) = subplots(1, 1, 0.9 + 0.24 * (len(marks) + groups))
        draw_marks(axes, marks)
    return figure


def draw_marks(axes: Axes, marks: Sequence[Mark]) -> None:
    """The picture of `show_card` on axes that are there."""
    places, headings, at = [], [], 0
    for index, mark in enumerate(marks):
        if index == 0 or marks[index - 1].group != mark.group:
            headings.append((at, mark.group))
            at += 1
        places.append(at)
        at += 1
    axes.axvspan(-1, 1, color=SKY, alpha=0.35, linewidth=0)
    for place, mark in zip(places, marks, strict=True):
        look = FAKE if mark.worse else REAL
        axes.plot([mark.low, mark.high], [place, place], "-", color=look.color, linewidth=1.5)
        axes.plot(mark.value, place, look.marker, color=look.color, ms=7, mew=2 if mark.worse else 1)
    axes.set_xscale("symlog", linthresh=1.0, linscale=0.7)
    reach = max(3.0, *(1.5 * abs(m.value) for m in marks))
    axes.set_xlim(-reach, reach)
    axes.set_yticks(places, [mark.name for mark in marks])
    where = axes.get_yaxis_transform()
    for place, group in headings:
        axes.text(0.0, place, group, transform=where, va="center", ha="left", weight="bold", color=BLACK, fontsize=9)
    axes.set_ylim(at - 0.4, -0.6)
    axes.grid(visible=False, axis="y")
    axes.set_xlabel("away from real data (the band)")


def show_spectra(power: Tensor, power_real: Tensor) -> Figure:
    """Mean radial spectra in decibels over frequency: power (N, R) and power_real (M, R) of `radial_power`."""
    from matplotlib.ticker import MaxNLocator

    with style():
        figure, (axes,) = subplots(1, 1, 2.7)
        for rows, look, name in ((power_real, REAL, "real"), (power, FAKE, "generated")):
            curve = 10 * rows.double().mean(dim=0).clamp(min=1e-9).log10()
            axes.plot(
                range(1, len(curve)), curve[1:], look.line, marker=look.marker, ms=4, color=look.color, label=name
            )
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.set(xlabel="frequency (waves across the image)", ylabel="power in dB")
        axes.legend()
    return figure


def compare_spectra(powers: Mapping[str, Tensor]) -> Figure:
    """Mean radial spectra of up to three sets of images, by name: each (N, R) of `radial_power`, in decibels.

    Raises UserError for none, or for more than three.
    """
    from matplotlib.ticker import MaxNLocator

    looks = (GENERATOR, *OTHERS)
    if not 1 <= len(powers) <= len(looks):
        raise UserError(f"{len(looks)} spectra at most are told apart in one picture, and one is the least")
    with style():
        figure, (axes,) = subplots(1, 1, 2.9)
        for (name, rows), look in zip(powers.items(), looks, strict=False):
            curve = 10 * rows.double().mean(dim=0).clamp(min=1e-12).log10()
            axes.plot(
                range(1, len(curve)), curve[1:], look.line, marker=look.marker, ms=4, color=look.color, label=name
            )
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.set(xlabel="frequency (waves across the image)", ylabel="power in dB")
        axes.legend()
    return figure


def compare_cards(cards: Mapping[str, Sequence[Mark]]) -> Figure:
    """Several generators on the same metrics: a grid of rows (metrics, by group) and columns (generators).

    Dot: like real data. Triangle up or down: worse, above or below what real data get. Small ring: beyond real data on
    the side that is not worse. The number is the distance from real data in half-widths of the floor, where it is more
    than 1. Raises UserError for no cards, and for cards that do not share their rows.
    """
    columns = list(cards.values())
    if not columns or not columns[0] or any([m.name for m in c] != [m.name for m in columns[0]] for c in columns):
        raise UserError("cards are compared row by row: bring at least one, all with the same metrics in one order")
    with style():
        figure, (axes,) = subplots(1, 1, 0.8 + 0.27 * len(columns[0]))
        for x, marks in enumerate(columns):
            for y, mark in enumerate(marks):
                inside = abs(mark.value) <= 1
                shape = "o" if inside or not mark.worse else "^" if mark.value > 0 else "v"
                hollow = not inside and not mark.worse
                color = FAKE.color if mark.worse else REAL.color
                axes.plot(x, y, shape, ms=8, color=color, mfc="white" if hollow else color)
                if not inside:
                    axes.annotate(_rounded(mark.value), (x, y), (7, 0), textcoords="offset points", va="center", size=9)
        axes.set_xticks(range(len(columns)), list(cards))
        axes.xaxis.tick_top()
        axes.set_yticks(range(len(columns[0])), [mark.name for mark in columns[0]])
        for y in range(1, len(columns[0])):
            if columns[0][y].group != columns[0][y - 1].group:
                axes.axhline(y - 0.5, color=BLACK, linewidth=0.6)
        axes.set(xlim=(-0.4, len(columns) - 0.2), ylim=(len(columns[0]) - 0.5, -0.5))
        axes.grid(visible=False)
    return figure


def _rounded(value: float) -> str:
    return f"{value:.0f}" if abs(value) >= 10 else f"{value:.1f}"
