"""The failure simulator: pick a symptom, look at the curves of a run that shows it, guess the cause.

Lesson: 11 Failures and stabilisers.
"""

from __future__ import annotations

import base64
import html
import random
from typing import Any

from ganlab.errors import UserError
from ganlab.museum.picture import single
from ganlab.museum.shelf import stored
from ganlab.museum.twin import names, piece
from ganlab.viz import _live, png

SEED = 1  # the kept runs that the museum's pages do not show
STILLS = 3
ALT = "One training run: its two losses, a third curve, and its samples at the end."


def guess() -> Any:
    """A menu of symptoms, the curves and samples of the run behind each, and a menu of causes.

    A right guess gives the cure; a wrong one says what that cause would have looked like. Returns a widget; with
    ``GANLAB_STATIC=1`` the first three runs with their answers folded. Nothing is trained.
    Raises UserError where ipywidgets is missing.
    """
    if _live.still():
        return Stills(cases()[:STILLS])
    widgets = _live.ipywidgets()
    symptom = widgets.Dropdown(options=[(piece(name).symptoms[0], name) for name in cases()], description="symptom")
    titles = sorted((piece(name).title, name) for name in names())
    cause = widgets.Dropdown(options=[("choose", None), *titles], description="cause")
    view, says = widgets.Image(format="png"), widgets.HTML()
    symptom.layout.width = "100%"

    def look(_change: object = None) -> None:
        cause.value = None
        view.value = curves(symptom.value)

    def judge(_change: object = None) -> None:
        says.value = verdict(symptom.value, cause.value) if cause.value else ""

    symptom.observe(look, "value")
    cause.observe(judge, "value")
    look()
    return widgets.VBox([symptom, view, cause, says])


def cases() -> list[str]:
    """The pieces of the museum in an order that tells nothing, the same every time."""
    order = list(names())
    random.Random(SEED).shuffle(order)
    return order


def curves(name: str) -> bytes:
    """Losses, telltale curve and samples of the kept sick run, as PNG, without a word on what is wrong."""
    return png(single(stored(name, SEED).sick, piece(name).telltale))


def verdict(name: str, guessed: str) -> str:
    """What to say, in HTML, when the run of ``name`` is taken for ``guessed``. Raises UserError for unknown names."""
    told, other = piece(name), piece(guessed)
    e = html.escape
    if name == guessed:
        return f"<p><b>Yes: {e(told.title)}.</b> {e(told.diagnosis)}</p><p><b>Cure.</b> {e(told.remedy)}</p>"
    return f"<p><b>Not {e(other.title)}.</b> There you would see: {e(other.symptoms[0])}</p>"


class Stills:
    """Some runs one below the other, the answer of each folded away: what the widget is on a page."""

    def __init__(self, chosen: list[str]) -> None:
        if not chosen:
            raise UserError("there is no run to show: give at least one name of ganlab.museum.names()")
        self.chosen = chosen

    def __repr__(self) -> str:
        return "\n".join(
            f"{place}. {piece(name).symptoms[0]}\n   {ALT}" for place, name in enumerate(self.chosen, start=1)
        )

    def _repr_html_(self) -> str:
        parts = []
        for place, name in enumerate(self.chosen, start=1):
            picture = base64.b64encode(curves(name)).decode()
            parts.append(
                f"<p><b>{place}.</b> {html.escape(piece(name).symptoms[0])}</p>\n"
                f'<p><img alt="{ALT}" style="max-width: 100%; height: auto"'
                f' src="data:image/png;base64,{picture}"></p>\n'
                f"<details><summary>Cause and cure</summary>{verdict(name, name)}</details>"
            )
        return '<section class="ganlab-museum">\n' + "\n".join(parts) + "\n</section>"
