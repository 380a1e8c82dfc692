"""A slider for the mixing ratio over what was recorded: how far synthetic images move a classifier, cell by cell.

Lesson: 18 Does synthetic data help?
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ganlab.experiments import help_tables, registered
from ganlab.teaching.explorers import _explorer
from ganlab.viz.style import BLACK, BLUE, VERMILLION, Look, style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

BASES = {"plain": Look(BLUE, "-", "o"), "moved": Look(VERMILLION, "--", "^")}


def ratio_explorer(ratio: float = 1.0) -> Any:
    """The gain at one ratio, synthetic / real, in every recorded cell; the nearest recorded ratio of each is shown.

    Raises UserError where ipywidgets is missing.
    """
    most = max(max(help_tables.ratios(cell)) for cell in _cells())
    ranges = {"ratio": {"min": 0.5, "max": most, "step": 0.5}}
    return _explorer(_draw, {"ratio": ratio}, ranges, {"ratio": "ratio"})


def _cells() -> list[str]:
    """The recorded cells with ratios."""
    return [cell for cell in registered.kept() if help_tables.ratios(cell)]


def _draw(ratio: float) -> Figure:
    from ganlab.viz import subplots

    cells, names = _cells(), []
    with style():
        figure, (axes,) = subplots(1, 1, 3.4)
        axes.axhline(0, color=BLACK, linewidth=1)
        for step, (base, look) in enumerate(BASES.items()):
            for place, cell in enumerate(cells):
                shown = min(help_tables.ratios(cell), key=lambda r: abs(r - ratio))
                gain = registered.gain(cell, f"{base} + cgan {shown:g}", base)
                reach = [[100 * (gain.value - gain.low)], [100 * (gain.high - gain.value)]]
                label = "" if place else f"{base} images"
                axes.errorbar([place + 0.12 * (step - 0.5)], [100 * gain.value], reach, color=look.color, capsize=4,
                              linestyle="none", marker=look.marker, label=label)  # fmt: skip
                if not step:
                    names.append(f"{cell.replace(' ', chr(10), 1)}\nr = {shown:g}")
        axes.set(ylabel="gain in macro recall (points)", ylim=(-25, 15), xlim=(-0.5, len(cells) - 0.5))
        axes.set_xticks(range(len(cells)), names)
        axes.set_title(f"r = {ratio:g}: {100 * ratio / (1 + ratio):.0f} % of a batch is synthetic")
        figure.legend(*axes.get_legend_handles_labels(), loc="outside lower center", ncols=2)
    return figure
