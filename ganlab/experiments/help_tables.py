"""What lesson 18 prints of `synthetic-help`, from the values that ship with the package.

Lesson: 18 Does synthetic data help?
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ganlab.experiments import registered
from ganlab.experiments.tables import aligned
from ganlab.synthesis.scores import Gain

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Pair = tuple[str, str]


def plan() -> str:
    """What was expected of each contrast, one line each."""
    return "\n".join(f"{h.id:4}{h.expects:8}: {h.claim}" for h in registered.PLANS)


def gains(cell: str, pairs: Sequence[Pair], metric: str = "macro_recall") -> str:
    """A line for each (after, before): the paired gain in points with its 95 % interval, then both means.

    Raises UserError for a cell or an arm that was not recorded.
    """
    table = [["points (95 %)", "of", "mean", "over", "mean"]]
    for after, before in pairs:
        found, arms = registered.gain(cell, after, before, metric), registered.kept()[cell]
        mean_after, mean_before = (f"{np.mean(arms[arm][metric]):.3f}" for arm in (after, before))
        table.append([said(found), after, mean_after, before, mean_before])
    return f"{cell}, {metric.replace('_', ' ')}\n{aligned(table)}"


def said(gain: Gain) -> str:
    """+1.2 (-0.3 to +2.7), in points."""
    return f"{100 * gain.value:+.1f} ({100 * gain.low:+.1f} to {100 * gain.high:+.1f})"


def outcomes() -> list[registered.Outcome]:
    """Every expectation in every kept cell that it speaks of."""
    found = []
    for h in registered.PLANS:
        for cell, arms in registered.kept().items():
            if registered.speaks_of(h, cell) and {h.after, h.before} <= set(arms):
                gain = registered.gain(cell, h.after, h.before, h.metric)
                found.append(registered.Outcome(h.id, cell, gain, h.holds(gain)))
    return found


def outcome_table() -> str:
    """The plan with its results: gain, interval, and whether the expectation held."""
    expected = {h.id: h.expects for h in registered.PLANS}
    table = [["", "expected", "cell", "points (95 %)", ""]]
    table += [[each.id, expected[each.id], each.cell, said(each.gain), each.verdict] for each in outcomes()]
    return aligned(table)


def ratios(cell: str, source: str = "cgan", base: str = "plain") -> list[float]:
    """The ratios that were recorded in a cell."""
    start = f"{base} + {source} "
    found = [arm.removeprefix(start) for arm in registered.kept().get(cell, {}) if arm.startswith(start)]
    return sorted(float(text) for text in found if text.replace(".", "").isdigit())


def grid(cell: str) -> Figure:
    """The gain of every recorded ratio over its own baseline, for plain and for moved images."""
    from ganlab import viz

    drawn: dict[str, list[tuple[float, float, float]]] = {}
    for base, label in (("plain", "plain images"), ("moved", "moved images")):
        for ratio in ratios(cell):
            g = registered.gain(cell, f"{base} + cgan {ratio:g}", base)
            drawn.setdefault(label, []).append((100 * g.value, 100 * g.low, 100 * g.high))
    title = f"{cell.replace(' labels k=', ', ')} labels a class"
    return viz.gains_by_ratio(ratios(cell), drawn, "gain in macro recall (points)", title, 100 * registered.WORTH)


def worth_in_labels(cell: str, base: str, k: float) -> tuple[float, float]:
    """(b, c) of the error b n^-c through k and 2k labels a class, real images only, in a cell of the family labels."""
    from ganlab.synthesis import learning_curve

    arms = registered.kept()[cell]
    errors = [1 - float(np.mean(arms[arm]["macro_recall"])) for arm in (base, f"{base}, twice the labels")]
    return learning_curve([k, 2 * k], errors)


def seeds_that_gain(cell: str, after: str, before: str, metric: str = "macro_recall") -> tuple[int, int]:
    """(seeds in which ``after`` is the better one, all seeds)."""
    arms = registered.kept()[cell]
    d = np.subtract(arms[after][metric], arms[before][metric])
    return int((d > 0).sum()), len(d)
