"""Loss curves: what the log says, and what an equilibrium would say.

Lesson: 10 The training loop, line by line.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from ganlab.errors import UserError, unknown
from ganlab.viz.figure import subplots
from ganlab.viz.style import DISCRIMINATOR, GENERATOR, OTHERS, Look, style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LOSSES = ("loss_D", "loss_G")


def loss_curves(
    rows: Iterable[Mapping[str, float]],
    names: Sequence[str] = LOSSES,
    equilibrium: Mapping[str, float] | None = None,
) -> Figure:
    """Curves over the training steps: the values thin, their running mean thick, D solid and G dash-dotted.

    rows: the rows of a run's log.jsonl, each with ``step`` and scalars; a row may lack a scalar, and values that are
    not finite are left out. names: the scalars to draw, at most four.
    equilibrium: the value that a scalar has where q = p and D cannot tell (Goodfellow et al. 2014, theorem 1: 2 log 2
    for ``loss_D``, log 2 for the non-saturating ``loss_G``), drawn as a dashed line. A curve that sits on its line
    proves nothing by itself: a collapsed run can do that too.
    Raises UserError for no rows, for a name that no row has, and for more than four names.
    """
    table = list(rows)
    if not table:
        raise UserError("the log has no rows yet: train for a few more steps, then draw the curves")
    known = {key for row in table for key, value in row.items() if key != "step" and isinstance(value, (int, float))}
    for name in (*names, *(equilibrium or {})):
        if name not in known:
            raise unknown("scalar", name, known)
    looks = _looks(names)
    with style():
        figure, (axes,) = subplots(1, 1, 3.2)
        for name in names:
            look = looks[name]
            steps, values = _column(table, name)
            axes.plot(steps, values, color=look.color, linewidth=0.7, alpha=0.35)
            axes.plot(
                steps, smooth(values, max(1, len(values) // 20)), label=name, color=look.color, linestyle=look.line,
                linewidth=2.2, marker=look.marker, markersize=5, markevery=max(1, len(values) // 8),
            )  # fmt: skip
        for name, value in (equilibrium or {}).items():
            color = looks[name].color if name in looks else "grey"
            axes.axhline(value, color=color, linestyle="--", linewidth=1.2, label=f"{name} where q = p: {value:.3f}")
        axes.set_xlabel("step")
        axes.set_ylabel("loss" if all(name.startswith("loss") for name in names) else "value")
        figure.legend(*axes.get_legend_handles_labels(), loc="outside upper center", ncols=2)
    return figure


def run_curves(curves: Mapping[str, Sequence[float]], equilibrium: Mapping[str, float] | None = None) -> Figure:
    """`loss_curves` of a few runs that started together: one value at each step, by name.

    curves: at most four, equally long. Raises UserError for lengths that differ, and as `loss_curves` does.
    """
    if len({len(values) for values in curves.values()}) > 1:
        raise UserError("the curves are of different lengths: draw runs of equally many steps together")
    rows = [
        {"step": step, **dict(zip(curves, values, strict=True))}
        for step, values in enumerate(zip(*curves.values(), strict=True))
    ]
    return loss_curves(rows, list(curves), equilibrium)


def smooth(values: np.ndarray, window: int) -> np.ndarray:
    """The running mean over ``window`` values to each side, fewer at the two ends.

    values: float (n,). Returns float64 (n,): constants stay, what rises still rises, no value leaves the range of
    the input, and away from the ends straight lines stay. Unlike an exponential average it does not lag behind.
    """
    if len(values) == 0:
        return np.zeros(0)
    sums = np.concatenate([[0.0], np.cumsum(values, dtype=np.float64)])
    index = np.arange(len(values))
    first, last = np.maximum(index - window, 0), np.minimum(index + window + 1, len(values))
    return (sums[last] - sums[first]) / (last - first)


def _column(table: list[Mapping[str, float]], name: str) -> tuple[np.ndarray, np.ndarray]:
    pairs = [(row["step"], row[name]) for row in table if name in row and np.isfinite(row[name])]
    steps, values = np.array(pairs, dtype=np.float64).reshape(-1, 2).T
    return steps, values


def _looks(names: Sequence[str]) -> dict[str, Look]:
    """Who is drawn how: the first ``_D`` and the first ``_G`` as the two players, the others in the looks left over."""
    free = [DISCRIMINATOR, GENERATOR, *OTHERS]
    if len(names) > len(free):
        raise UserError(f"{len(names)} curves in one figure cannot be told apart: draw at most {len(free)}")
    looks: dict[str, Look] = {}
    for ending, look in (("_D", DISCRIMINATOR), ("_G", GENERATOR)):
        player = next((name for name in names if name.endswith(ending)), None)
        if player is not None:
            looks[player] = look
            free.remove(look)
    return looks | dict(zip((name for name in names if name not in looks), free, strict=False))
