"""Which weights hold gradients after each line of a training step, as a figure.

Lesson: 10 The training loop, line by line.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ganlab.errors import UserError
from ganlab.viz.figure import subplots
from ganlab.viz.style import DISCRIMINATOR, GENERATOR, style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MARKS = {"None": "none", "zero": "left", "non-zero": "full"}


def gradient_audit(rows: Sequence[tuple[str, str, str]]) -> Figure:
    """One row a line, read downwards: what D's and G's weights hold after it.

    rows: (line, D holds, G holds) as `ganlab.teaching.workbench.audit` returns them; both hold "None" (an empty mark),
    "zero" (half full) or "non-zero" gradients (full). Raises UserError for no rows and for other words.
    """
    if not rows:
        raise UserError("the audit has no lines: give it at least one")
    words = {word for _, *pair in rows for word in pair}
    if not words <= set(MARKS):
        raise UserError(f"weights hold {', '.join(MARKS)} and not {', '.join(sorted(words - set(MARKS)))}")
    with style():
        figure, (axes,) = subplots(1, 1, 0.9 + 0.3 * len(rows))
        for column, look in ((0, DISCRIMINATOR), (1, GENERATOR)):
            for row, (_, *pair) in enumerate(rows):
                axes.plot(column, row, color=look.color, marker=look.marker, markersize=10, linestyle="none",
                          fillstyle=MARKS[pair[column]])  # type: ignore[arg-type]  # fmt: skip
                axes.text(column + 0.12, row, pair[column], va="center", fontsize=10)
        axes.set(
            xlim=(-0.3, 1.7), ylim=(len(rows) - 0.4, -0.6), xlabel="what the weights hold", ylabel="line, downwards"
        )
        axes.set_xticks([0, 1], ["D", "G"])
        axes.set_yticks(range(len(rows)), [line for line, *_ in rows])
    return figure
