"""The failure museum's pages, drawn at build time from the runs that the package keeps (ganlab/museum/runs).

{museum} mode-collapse    (directive) a piece: its picture, symptoms, the one line, why, cure, what was measured
{museum-entrance}         (directive) every piece with its samples, as links
{museum-quiz}             (directive) the quiz made of pictures
"""

from __future__ import annotations

import base64
import html
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from ganlab import museum, viz
from ganlab.errors import UserError
from ganlab.museum.picture import thumbnail
from ganlab.teaching import quiz

from .tables import BOOK, Generated

RUNS = BOOK.parent / "ganlab" / "museum"


def image(figure: Any, alt: str) -> str:
    """A figure as an <img> that carries its own bytes."""
    data = base64.b64encode(viz.png(figure)).decode()
    return f'<img alt="{html.escape(alt)}" src="data:image/png;base64,{data}">'


class Museum(Generated):
    """`{museum} NAME`."""

    required_arguments = 1

    def markdown(self) -> list[str]:
        for path in [*RUNS.glob("*.py"), *RUNS.glob("pieces/*.py"), *RUNS.glob("runs/*.json")]:
            self.env.note_dependency(str(path))
        try:
            return told(self.arguments[0])
        except UserError as reason:
            raise self.error(str(reason)) from None


def told(name: str) -> list[str]:
    """The Markdown of a piece."""
    exhibit, piece = museum.stored(name), museum.piece(name)
    figure = image(exhibit.figure(), piece.alt)
    return [
        piece.story, "",
        "```{raw} html", f'<p class="ganlab-museum">{figure}</p>', "```", "",
        f"*{piece.steps} steps with seed {exhibit.seed}; sick on the left, its healthy twin on the right.*", "",
        "**What to look for**", "", *(f"- {line}" for line in piece.symptoms), "",
        "**The one line**, from sick to healthy", "", "```diff", exhibit.diff, "```", "",
        f"**Why.** {piece.diagnosis}", "",
        f"**Cure.** {piece.remedy}", "",
        f"**Measured.** {exhibit.measured()} {piece.limits.text()}", "",
        f"*Source:* {piece.source}. *Lesson:* {{lesson}}`{piece.lesson}`. *The code, from top to bottom:* "
        f"`ganlab/museum/pieces/{name.replace('-', '_')}.py`. *Run it:*", "",
        "```python", "import ganlab", f'ganlab.museum.show("{name}", seed=2)', "```", "",
    ]  # fmt: skip


class Entrance(SphinxDirective):
    """`{museum-entrance}`."""

    def run(self) -> list[nodes.Node]:
        cards = []
        for name in museum.names():
            self.env.note_dependency(str(RUNS / "runs" / f"{name}-0.json"))
            piece, exhibit = museum.piece(name), museum.stored(name)
            picture = image(thumbnail(exhibit.sick), f"Samples of the sick run of {piece.title}.")
            first = html.escape(piece.symptoms[0])
            cards.append(
                f'<li><a href="{name}.html">{picture}<b>{html.escape(piece.title)}</b></a><span>{first}</span></li>'
            )
        return [nodes.raw("", f'<ul class="ganlab-museum-hall">{"".join(cards)}</ul>', format="html")]


class Quiz(SphinxDirective):
    """`{museum-quiz}`."""

    def run(self) -> list[nodes.Node]:
        self.env.note_dependency(str(BOOK.parent / "ganlab" / "teaching" / "quizzes" / "museum.toml"))
        return [nodes.raw("", quiz("museum")._repr_html_(), format="html")]


def setup(app: Sphinx) -> None:
    app.add_directive("museum", Museum)
    app.add_directive("museum-entrance", Entrance)
    app.add_directive("museum-quiz", Quiz)
