"""Which topic of which document is taught where. Data: book/topics.tsv (one line for each topic)."""

from __future__ import annotations

from sphinx.application import Sphinx

from .chapters import chapters
from .tables import Generated, read, table

APPENDICES = {
    "A": "[notation](/book/notation.md)",
    "B": "[glossary](/book/glossary.md)",
    "C": "[bibliography](/book/bibliography.md)",
    "D": "[errata](/book/errata.md)",
    "E": "[instructor page](/book/instructor.md)",
    "F": "[misconceptions](/book/instructor.md)",
}
FLAGS = {"": "", "error": "✗", "unsupported": "?"}


def written(row: dict[str, str]) -> list[bool]:
    """For each chapter of the topic, whether its lesson exists. Appendices do not count."""
    known = chapters()
    return [known[place].page is not None for place in row["chapters"].split() if place in known]


def count(rows: list[dict[str, str]]) -> str:
    """How far the teaching of these topics has come, in a phrase."""
    taught = sum(all(written(row)) for row in rows)
    begun = sum(any(written(row)) for row in rows) - taught
    return f"{len(rows)} topics: {taught} taught, {begun} begun, {len(rows) - taught - begun} still to come"


class SourceMap(Generated):
    """The topics of one document, `{source-map} S0`; without an argument, how far the whole course is."""

    optional_arguments = 1
    sources = ("topics.tsv", "chapters.tsv")

    def markdown(self) -> list[str]:
        rows = read("topics.tsv")
        if not self.arguments:
            return [f"**{count(rows)}.**"]
        mine = [row for row in rows if row["document"] == self.arguments[0]]
        if not mine:
            raise self.error(f"topics.tsv has no document {self.arguments[0]!r}")
        cells = [[row["id"], row["topic"], FLAGS[row["flag"]], _places(row), row["experiment"]] for row in mine]
        heading = ["topic", "what it says", "", "taught in", "settled by"]
        return [f"{count(mine)}.", "", *table(heading, cells, "source-map")]


def _places(row: dict[str, str]) -> str:
    """Links to the lessons that exist, then the chapters that are planned, then the appendices."""
    places = row["chapters"].split()
    lessons = [chapters()[place] for place in places if place in chapters()]
    there = [f"[chapter {lesson.number}](/{lesson.page}.ipynb)" for lesson in lessons if lesson.page]
    planned = [lesson.number for lesson in lessons if not lesson.page]
    if planned:
        word = "chapter" if len(planned) == 1 else "chapters"
        lines = [", ".join(planned[start : start + 3]) for start in range(0, len(planned), 3)]
        there.append(f"planned: {word} {'<br>'.join(lines)}")
    return "<br>".join(there + [APPENDICES[place] for place in places if place in APPENDICES])


def setup(app: Sphinx) -> None:
    app.add_directive("source-map", SourceMap)
