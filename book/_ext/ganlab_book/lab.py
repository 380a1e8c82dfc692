"""Widgets of a page in plain JavaScript (book/_static/lab/): they need no kernel, no network, and work from a file.

    {widget} densities        (directive) one of WIDGETS, in place
    {plane-player}            (directive) the player of GANs in the plane; options :run: and :beside: name the loss it
                              opens with, and one to stand beside it

In a notebook, give the cell whose still figure the widget replaces the tag ``widget-densities``: the page then has
the widget, and the figure stays for everybody without JavaScript, for GitHub and for Colab.
"""

from __future__ import annotations

from typing import Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective
from sphinx.writers.html5 import HTML5Translator

from .tables import BOOK

WIDGETS = {
    "densities": "two densities to move, with D*, V and the Jensen–Shannon divergence",
    "slopes": "the saturating and the non-saturating gradient over D",
    "divergences": "a bell fitted to two humps by one of six f-divergences, with f, its conjugate and its best critic",
    "lines": "two parallel lines to move apart, with KL, JSD, total variation, W1 and a critic",
    "transport": "two point sets on the line, and what moving one onto the other costs",
    "eigenvalues": "the Dirac-GAN's path and multipliers under step size, penalty and ratio of the rates",
    "ladder": "a stack of convolutions to build, with its sides and its receptive field",
    "loop": "a training step, line by line: who holds which gradients, and who moves",
    "alarms": "five recorded runs to read row by row: where does the trouble begin, and what is it?",
    "styles": "a conditional generator's pictures: choose the class, and move one noise along slant and ink",
    "walls": "two real points and two fakes to place: D's best loss under the GAN's and the paired loss",
    "plane": "a GAN in the plane, played and stepped, with five losses, two of them side by side",
}
RUNS = BOOK / "_static" / "lab" / "frames"
TAG = "tag_widget-"
OFF = "This place has a widget ({}). It needs JavaScript, which is switched off here."


class lab_widget(nodes.General, nodes.Element):
    """Where a widget goes; ``name`` says which, ``run`` and ``beside`` what the player opens with."""


class Widget(SphinxDirective):
    """`{widget} NAME`."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        if self.arguments[0] not in WIDGETS:
            raise self.error(f"there is no widget {self.arguments[0]!r}: choose one of {', '.join(WIDGETS)}")
        return [lab_widget(name=self.arguments[0])]


class PlanePlayer(SphinxDirective):
    """`{plane-player}`, with the run it opens with."""

    option_spec: ClassVar[dict[str, Any]] = {
        "run": directives.unchanged_required,
        "beside": directives.unchanged_required,
    }

    def run(self) -> list[nodes.Node]:
        chosen = {"run": "non-saturating"} | self.options
        for run in chosen.values():
            if not (RUNS / f"{run}.js").exists():
                raise self.error(f"there is no run {run!r} in book/_static/lab/frames")
        return [lab_widget(name="plane", **chosen)]


def visit(translator: HTML5Translator, node: lab_widget) -> None:
    name = node["name"]
    run = "".join(f' data-{key}="{node[key]}"' for key in ("run", "beside") if node.get(key))
    inside = f"<p>{OFF.format(WIDGETS[name])}</p>"
    translator.body.append(f'<div class="ganlab-lab" data-widget="{name}"{run}>{inside}</div>\n')
    raise nodes.SkipNode


def elsewhere(_translator: Any, _node: lab_widget) -> None:
    raise nodes.SkipNode


def from_tags(_app: Sphinx, doctree: nodes.document) -> None:
    """A notebook's cell with the tag widget-NAME gets the widget after its output."""
    for cell in list(doctree.findall(nodes.container)):
        for name in [c.removeprefix(TAG) for c in cell["classes"] if c.startswith(TAG)]:
            if name in WIDGETS:
                cell.append(lab_widget(name=name))
            else:
                logging.getLogger(__name__).warning(f"there is no widget {name!r} (a cell's tag)", location=cell)


def load(app: Sphinx, _page: str, _template: str, _context: dict[str, Any], doctree: nodes.document | None) -> None:
    """The scripts go only where a widget is."""
    names = {node["name"] for node in doctree.findall(lab_widget)} if doctree is not None else set()
    if not names:
        return
    app.add_css_file("lab/lab.css")
    files = ["maths", "lab"]
    files += ["widgets"] if names - {"plane", "ladder", "loop", "alarms", "styles"} else []
    files += ["ladder"] if "ladder" in names else []
    files += ["loop"] if "loop" in names else []
    files += ["logs", "alarms"] if "alarms" in names else []
    files += ["digits", "styles"] if "styles" in names else []
    files += ["scene", "player"] if "plane" in names else []
    for file in files:
        app.add_js_file(f"lab/{file}.js", defer="defer")


def setup(app: Sphinx) -> None:
    app.add_node(lab_widget, html=(visit, None), latex=(elsewhere, None), text=(elsewhere, None))
    app.add_directive("widget", Widget)
    app.add_directive("plane-player", PlanePlayer)
    app.connect("doctree-read", from_tags)
    app.connect("html-page-context", load)
