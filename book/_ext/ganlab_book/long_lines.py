"""Printed lines that no page is wide enough for are sentences or lists: on the page they wrap, and a table scrolls."""

from __future__ import annotations

from docutils import nodes
from sphinx.application import Sphinx

WIDEST = 100  # characters; what is longer is no table of ours


def mark(app: Sphinx, doctree: nodes.document) -> None:
    """Give an output with longer lines the class `long-lines`, which ganlab.css lets wrap."""
    for block in doctree.findall(nodes.literal_block):
        if "output" in block["classes"] and max(map(len, block.astext().splitlines()), default=0) > WIDEST:
            block["classes"].append("long-lines")


def setup(app: Sphinx) -> None:
    app.connect("doctree-read", mark)
