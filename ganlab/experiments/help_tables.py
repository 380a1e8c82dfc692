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
BASES = ("plain", "moved")
GENERATORS = ("cgan", "long cgan", "best cgan")
"""The usual generator of the study, the one that was trained longer, and the best recipe."""


def plan() -> str:
    """What was expected of each contrast, one line each."""
    return "\n".join(f"{h.id:4}{h.expects:8}: {h.claim} ({h.cells})" for h in registered.PLANS)


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
    """Every registered hypothesis with its result: gain, interval and verdict in each recorded cell, or "not run"."""
    table, found = [["", "expected", "cell", "points (95 %)", ""]], outcomes()
    for h in registered.PLANS:
        own = [each for each in found if each.id == h.id]
        table += [[h.id, h.expects, each.cell, said(each.gain), each.verdict] for each in own]
        if not own:
            table.append([h.id, h.expects, h.cells, "", "not run"])
    return aligned(table)


def owed() -> list[str]:
    """The registered cells that have no record yet."""
    return [cell for cell in _planned() if cell not in registered.kept()]


def _planned() -> list[str]:
    from ganlab.experiments.synthetic_help import SIZES

    return [cell.name for cell in SIZES["normal"].cells]


def ratios(cell: str, source: str = "cgan", base: str = "plain") -> list[float]:
    """The ratios that were recorded in a cell."""
    start = f"{base} + {source} "
    found = [arm.removeprefix(start) for arm in registered.kept().get(cell, {}) if arm.startswith(start)]
    return sorted(float(text) for text in found if text.replace(".", "").isdigit())


def mixes() -> list[tuple[str, str]]:
    """Every (cell, generator) whose samples were mixed with real images in some ratio, in the order of the plan.

    The usual generator of a cell "longer" is left out: it is that of the cell "labels" with as many of them.
    """
    cells = [cell for cell in _planned() if cell in registered.kept()]
    found = [(cell, source) for cell in cells for source in GENERATORS if ratios(cell, source)]
    return [(cell, source) for cell, source in found if " longer " not in cell or source != "cgan"]


def signs() -> str:
    """On which side of 0 the gains of all recorded mixes lie, ratio by ratio, and the largest gain among them.

    A mix gains over the same images without it where its whole 95 % interval lies above 0, and loses where it lies
    below; "?" counts those that hold 0. A GAN that fills up a rare class is held against weights in the loss.
    """
    table = [["cell", "images", "loses", "?", "gains", "largest gain", "at r"]]
    total = np.zeros(3, dtype=int)
    rare = [(cell, "cgan") for cell in _planned() if "plain + cgan fills up" in registered.kept().get(cell, {})]
    for cell, source in [*mixes(), *rare]:
        for base in BASES:
            found = _gains(cell, source, base)
            loses, gains = (sum(side(g) == sign for g in found.values()) for sign in (-1, 1))
            best = max(found, key=lambda r: found[r].value)
            counts = [loses, len(found) - loses - gains, gains]
            total += counts
            name = cell if source == "cgan" else cell.replace("longer", source.split()[0]).replace("better", "best")
            table.append([name, base, *map(str, counts), said(found[best]), best])
    return f"{aligned(table)}\nin all: {total[0]} lose, {total[1]} unsettled, {total[2]} gain"


def _gains(cell: str, source: str, base: str) -> dict[str, Gain]:
    found = {f"{r:g}": registered.gain(cell, f"{base} + {source} {r:g}", base) for r in ratios(cell, source)}
    return found or {"fills up": registered.gain(cell, f"{base} + cgan fills up", f"{base} + weighted")}


def side(gain: Gain) -> int:
    """1 where the whole interval lies above 0, -1 below, 0 where it holds 0."""
    return int(gain.low > 0) - int(gain.high < 0)


def grid(cell: str, source: str = "cgan") -> Figure:
    """The gain of every recorded ratio over its own baseline, for plain and for moved images."""
    from ganlab import viz

    drawn: dict[str, list[tuple[float, float, float]]] = {}
    for base, label in (("plain", "plain images"), ("moved", "moved images")):
        for ratio in ratios(cell, source):
            g = registered.gain(cell, f"{base} + {source} {ratio:g}", base)
            drawn.setdefault(label, []).append((100 * g.value, 100 * g.low, 100 * g.high))
    title = f"{cell.replace(' labels k=', ', ')} labels a class"
    return viz.gains_by_ratio(
        ratios(cell, source), drawn, "gain in macro recall (points)", title, 100 * registered.WORTH
    )


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
