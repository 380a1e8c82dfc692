"""What the generated pages share: reading a table from a file beside the pages, and parsing Markdown we wrote."""

from __future__ import annotations

import csv
from pathlib import Path

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.util.docutils import SphinxDirective

BOOK = Path(__file__).resolve().parents[2]


def read(name: str) -> list[dict[str, str]]:
    """The rows of book/<name>, a tab-separated file with a heading line and no quoting."""
    with (BOOK / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


class Generated(SphinxDirective):
    """A directive whose content is the Markdown that `markdown()` returns, made from the files in `sources`."""

    has_content = False
    sources: tuple[str, ...] = ()

    def markdown(self) -> list[str]:
        raise NotImplementedError

    def run(self) -> list[nodes.Node]:
        for name in self.sources:
            self.env.note_dependency(str(BOOK / name))
        holder = nodes.Element()
        holder.document = self.state.document
        self.state.nested_parse(StringList(self.markdown(), self.get_source_info()[0]), 0, holder)
        return holder.children


def table(heading: list[str], rows: list[list[str]], classes: str = "") -> list[str]:
    """A Markdown table inside a box that scrolls sideways on a narrow screen."""
    lines = [f"| {' | '.join(cells)} |" for cells in [heading, ["---"] * len(heading), *rows]]
    return [f"::::{{div}} table-box {classes}".rstrip(), "", *lines, "", "::::", ""]
