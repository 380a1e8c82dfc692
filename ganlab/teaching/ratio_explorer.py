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
    most = max(max(help_tables.ratios(*mix)) for mix in help_tables.mixes())
    ranges = {"ratio": {"min": 0.1, "max": most, "step": 0.1}}
    return _explorer(_draw, {"ratio": ratio}, ranges, {"ratio": "ratio"})


def _draw(ratio: float) -> Figure:
    from ganlab.viz import subplots

    mixes, names = help_tables.mixes(), []
    with style():
        figure, (axes,) = subplots(1, 1, 1.6 + 0.36 * len(mixes))
        axes.axvline(0, color=BLACK, linewidth=1)
        for step, (base, look) in enumerate(BASES.items()):
            for place, (cell, source) in enumerate(mixes):
                shown = min(help_tables.ratios(cell, source), key=lambda r: abs(r - ratio))
                gain = registered.gain(cell, f"{base} + {source} {shown:g}", base)
                reach = [[100 * (gain.value - gain.low)], [100 * (gain.high - gain.value)]]
                label = "" if place else f"{base} images"
                height = place + 0.24 * (step - 0.5)
                axes.errorbar([100 * gain.value], [height], xerr=reach, color=look.color, capsize=3, linestyle="none",
                              marker=look.marker, markersize=4, label=label)  # fmt: skip
                if not step:
                    names.append(f"{cell}{'' if source == 'cgan' else ', ' + source.split()[0]}, r = {shown:g}")
        axes.set(xlabel="gain in macro recall (points)", xlim=(-35, 15), ylim=(len(mixes) - 0.5, -0.5))
        axes.set_yticks(range(len(mixes)), names)
        axes.set_title(f"r = {ratio:g}: {100 * ratio / (1 + ratio):.0f} % of a batch is synthetic")
        figure.legend(*axes.get_legend_handles_labels(), loc="outside lower center", ncols=2)
    return figure
