"""D's logits of the images it trains on, of held-out ones and of fakes, over a run: is D learning them by heart?

Lessons: 11 Failures and stabilisers, 12 Monitoring.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ganlab.errors import UserError
from ganlab.viz.figure import subplots
from ganlab.viz.style import FAKE, GREEN, REAL, style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LINES = (("train", "training images", REAL.color, "-"), ("held_out", "held-out images", GREEN, "--"),
         ("fake", "fakes", FAKE.color, ":"))  # fmt: skip


def logit_gaps(runs: Mapping[str, Sequence[Mapping[str, float]]]) -> Figure:
    """One panel for each run: its rows have ``step`` and D's mean logit as ``train``, ``held_out`` and ``fake``.

    Panels share their scale. Alternative text: "Panels with three curves each, D's mean logit of training images,
    held-out images and fakes; where D learns its data by heart the held-out curve leaves the training curve for that
    of the fakes." Raises UserError for no run, and for a run without rows.
    """
    if not runs or not all(runs.values()):
        raise UserError("give each run with at least one row, such as SmallDataRun(...).train(500).looks")
    with style():
        figure, axes = subplots(1, len(runs), 3.2)
        for one, (name, rows) in zip(axes, runs.items(), strict=True):
            for key, label, colour, line in LINES:
                one.plot([r["step"] for r in rows], [r[key] for r in rows], color=colour, linestyle=line, label=label)
            one.set(xlabel="step", ylabel="mean logit of D" if one is axes[0] else "")
            one.set_title(name)
        low, high = (pick(one.get_ylim()[i] for one in axes) for i, pick in ((0, min), (1, max)))
        for one in axes:
            one.set_ylim(low, high)
        figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
    return figure
