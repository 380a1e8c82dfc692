"""Curves of runs, played step by step: say where the trouble begins and what it is, then ask the alarms.

Lesson: 12 Monitoring.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from ganlab.errors import UserError
from ganlab.training.alarms import ALARMS, Alarm, alarms
from ganlab.viz import _live, png, style
from ganlab.viz.figure import bands
from ganlab.viz.gauges import GAUGES, Gauge
from ganlab.viz.style import DISCRIMINATOR, FAKE, OTHERS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Log = Sequence[Mapping[str, Any]]
WELL = "nothing is wrong"
SHOWN = ("loss_D", "update_D", "spread")
ROOM = 0.35  # of a panel's height, above the curves, for its legend
PANELS = tuple(gauge for gauge in GAUGES if set(SHOWN) & set(gauge.scalars))


def spot_the_trouble(logs: Sequence[Log]) -> Any:
    """A box that plays the curves of one log after another; the answer is that of `ganlab.training.alarms`.

    Each log: rows with "step" and what a `Monitor` adds. Every control can be reached and moved by keyboard. With
    ``GANLAB_STATIC=1`` the result is a figure with all runs and every alarm that goes off, the earliest first, with its
    step and its reason.
    Raises UserError for no log, for one with fewer than two rows, and where ipywidgets is missing.
    """
    tables = [list(log) for log in logs]
    if not tables or any(len(table) < 2 for table in tables):
        raise UserError("there is nothing to play: give at least one log, each with two rows or more")
    return _still(tables) if _live.still() else _box(tables)


def verdict(log: Log, step: int, guess: str) -> str:
    """What to tell a learner who stopped ``log`` at ``step`` and said ``guess``, an alarm's name or `WELL`."""
    found = _in_time(log)
    if not found:
        told = "Right: no alarm goes off" if guess == WELL else "No alarm goes off"
        return f"{told}. That is no proof of health: look at the samples and at a metric."
    hit = next((alarm for alarm in found if alarm.name == guess), None)
    told = "Not this one." if hit is None else f"Right: {guess}. {_when(hit, step)}"
    return " ".join([told, *(f"The alarm says {alarm}." for alarm in found)])


def _in_time(log: Log) -> list[Alarm]:
    """The alarms of a log by the step at which each was first raised."""
    return sorted(alarms(log), key=lambda alarm: alarm.first)


def _when(alarm: Alarm, step: int) -> str:
    if step < alarm.first:
        return f"You stopped at step {step}, {alarm.first - step} steps before the alarm, which waits until it is sure."
    return f"You stopped at step {step}, {step - alarm.first} steps after the alarm."


def _box(tables: list[list[Mapping[str, Any]]]) -> Any:
    widgets = _live.ipywidgets()
    run = widgets.Dropdown(options=[(f"run {i + 1}", i) for i in range(len(tables))], description="curves of")
    play = widgets.Play(value=1, min=1, max=len(tables[0]), interval=400, description="play")
    slider = widgets.IntSlider(value=1, min=1, max=len(tables[0]), description="rows seen")
    guess = widgets.Dropdown(options=[WELL, *ALARMS], description="trouble")
    stop = widgets.Button(description="Stop: it begins here")
    view, says = widgets.Image(format="png"), widgets.HTML()
    widgets.jslink((play, "value"), (slider, "value"))

    def redraw(_change: object = None) -> None:
        table = tables[run.value]
        view.value = png(_draw([(table, slider.value, None)]))
        view.alt = f"curves of run {run.value + 1} up to step {table[slider.value - 1]['step']}"
        says.value = ""

    def change_run(_change: object) -> None:
        rows = len(tables[run.value])
        slider.value = play.value = 1
        slider.max = play.max = rows
        redraw()

    def judge(_button: object) -> None:
        table = tables[run.value]
        view.value = png(_draw([(table, len(table), slider.value)]))
        says.value = f"<p role='status'>{escape(verdict(table, table[slider.value - 1]['step'], guess.value))}</p>"

    run.observe(change_run, "value")
    slider.observe(redraw, "value")
    stop.on_click(judge)
    redraw()
    return widgets.VBox([run, view, widgets.HBox([play, slider]), widgets.HBox([guess, stop]), says])


def _still(tables: list[list[Mapping[str, Any]]]) -> Figure:
    return _draw([(table, len(table), None) for table in tables], answers=True)


def _draw(runs: list[tuple[list[Mapping[str, Any]], int, int | None]], answers: bool = False) -> Figure:
    """One line of panels for each (log, rows to show, row where the learner stopped)."""
    with style():
        told = [_answer(i, table) if answers else "" for i, (table, _, _) in enumerate(runs, start=1)]
        figure, rows = bands(told, len(PANELS), 2.8)
        for panels, (table, seen, stopped) in zip(rows, runs, strict=True):
            found = _in_time(table) if answers or stopped is not None else []
            for one, gauge in zip(panels, PANELS, strict=True):
                _panel(one, gauge, table, seen)
                if stopped is not None:
                    _mark(one, table[stopped - 1]["step"], "you", color="grey", linestyle="--")
                for label, alarm in zip(("alarm", *[None] * len(found)), found, strict=False):
                    _mark(one, alarm.first, label, color="black", linestyle=":", linewidth=1.8)
                one.legend(fontsize=6, loc="upper right", labelspacing=0.3).set_in_layout(False)
        for one in rows[-1]:
            one.set_xlabel("step", fontsize=9)
    return figure


def _answer(number: int, log: Log) -> str:
    found = [f"{alarm.name}, step {alarm.first}: {alarm.seen}" for alarm in _in_time(log)]
    return textwrap.fill(f"Run {number}. {'; then '.join(found) or 'No alarm.'}", 78)


def _mark(axes: Axes, step: int, label: str | None, **look: Any) -> None:
    axes.axvline(step, ymax=1 - ROOM, label=label, **look)


def _panel(axes: Axes, gauge: Gauge, table: list[Mapping[str, Any]], seen: int) -> None:
    """The curves as far as they are seen, on axes for the whole run: nothing jumps while it plays."""
    whole = gauge.series(table)
    now = gauge.series(table[:seen])
    for look, label in zip((DISCRIMINATOR, FAKE, OTHERS[0]), whole, strict=False):
        if label in now:
            short = textwrap.fill(label, 20)
            axes.plot(*now[label], color=look.color, linestyle=look.line, linewidth=1.4, label=short)
    values = [value for _, series in whole.values() for value in series]
    if values:
        low, high = min(values), max(values)
        axes.set_yscale("log" if gauge.log else "linear")
        if gauge.log:
            axes.set_ylim(low / 1.5, 1.5 * high * (2.25 * high / low) ** (ROOM / (1 - ROOM)))
        else:
            pad = 0.05 * (high - low) or 0.1
            axes.set_ylim(low - pad, high + pad + (high - low + 2 * pad) * ROOM / (1 - ROOM))
    axes.set_xlim(0, table[-1]["step"])
    axes.set_title(textwrap.fill(gauge.title, 20), fontsize=8)
    axes.tick_params(which="both", labelsize=7)
