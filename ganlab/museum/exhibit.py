"""Run a piece, and show it beside its healthy twin: picture, the line between them, diagnosis, cure.

Lesson: 11 Failures and stabilisers.
"""

from __future__ import annotations

import base64
import html
import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ganlab.errors import UserError
from ganlab.museum.kit import seeded
from ganlab.museum.piece import Piece, Run
from ganlab.museum.twin import diff, module, piece

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def run(name: str, *, seed: int = 0, healthy: bool = False, steps: int | None = None) -> Run:
    """Train a piece, sick unless ``healthy``, and return its curves and samples as plain data.

    Same name, seed and steps: same bits on one machine with one number of threads. ``steps``: fewer or more than the
    piece's own. The caller's random numbers do not move.
    Raises UserError for an unknown name and for less than one step.
    """
    told = piece(name)
    if steps is not None and steps < 1:
        raise UserError(f"a run of the museum takes one step or more, not {steps}")
    with seeded(seed) as rng:
        found: Run = module(name, healthy).train(rng, steps or told.steps)
    return found


def show(name: str, *, seed: int = 0, steps: int | None = None) -> Exhibit:
    """Train a piece and its healthy twin from one seed. In a notebook the result is a picture with its explanation.

    Takes some seconds. Raises UserError as `run` does.
    """
    sick, healthy = (run(name, seed=seed, healthy=well, steps=steps) for well in (False, True))
    return Exhibit(name, piece(name), seed, sick, healthy)


@dataclass(frozen=True, repr=False)
class Exhibit:
    """A piece and both of its runs: HTML where a notebook shows it, plain text elsewhere."""

    name: str
    piece: Piece
    seed: int
    sick: Run
    healthy: Run

    @property
    def diff(self) -> str:
        """The one line that differs, with its neighbours: from sick to healthy."""
        return diff(self.name)

    def figure(self) -> Figure:
        """Losses, telltale curve and samples, sick on the left, healthy on the right, on the same scales."""
        from ganlab.museum.picture import compare

        return compare({"sick": self.sick, "healthy": self.healthy}, self.piece.telltale)

    def measured(self) -> str:
        """The observable of both runs, in a sentence."""
        told = self.piece
        return (
            f"{told.observable[0].upper()}{told.observable[1:]}: {self.sick.value:.3g} sick, {self.healthy.value:.3g}"
            f" healthy, with seed {self.seed}."
        )

    def __repr__(self) -> str:
        told = self.piece
        return "\n\n".join([
            f"{told.title} ({self.name})",
            _wrapped(told.story),
            "What to look for\n" + "\n".join(_wrapped(f"- {line}", "  ") for line in told.symptoms),
            f"The one line, from sick to healthy\n{textwrap.indent(self.diff, '    ')}",
            f"Why\n{_wrapped(told.diagnosis)}",
            f"Cure\n{_wrapped(told.remedy)}",
            f"Measured\n{_wrapped(self.measured())}\n{_wrapped(told.limits.text())}",
            f"Source: {told.source}. Lesson {told.lesson}.",
        ])  # fmt: skip

    def _repr_html_(self) -> str:
        from ganlab.viz import png

        told, e = self.piece, html.escape
        picture = base64.b64encode(png(self.figure())).decode()
        symptoms = "".join(f"<li>{e(line)}</li>" for line in told.symptoms)
        return (
            '<section class="ganlab-museum">\n'
            f"<p><b>{e(told.title)}.</b> {e(told.story)}</p>\n"
            f'<p><img alt="{e(told.alt)}" style="max-width: 100%; height: auto"'
            f' src="data:image/png;base64,{picture}"></p>\n'
            f"<p><b>What to look for</b></p>\n<ul>{symptoms}</ul>\n"
            f"<p><b>The one line</b>, from sick to healthy</p>\n"
            f'<pre style="overflow-x: auto">{e(self.diff)}</pre>\n'
            f"<p><b>Why.</b> {e(told.diagnosis)}</p>\n<p><b>Cure.</b> {e(told.remedy)}</p>\n"
            f"<p><b>Measured.</b> {e(self.measured())} {e(told.limits.text())}</p>\n"
            f"<p><small>Source: {e(told.source)}. Lesson {told.lesson}.</small></p>\n</section>"
        )


def _wrapped(text: str, hanging: str = "") -> str:
    return textwrap.fill(text, 100, subsequent_indent=hanging)
