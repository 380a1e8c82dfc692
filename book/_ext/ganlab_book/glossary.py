"""The glossary page, English with the Chinese words of the documents. Data: book/glossary.tsv."""

from __future__ import annotations

from sphinx.application import Sphinx

from .tables import Generated, read


class CourseGlossary(Generated):
    """Every entry of glossary.tsv; `{term}`mode collapse`` on any page links here."""

    sources = ("glossary.tsv",)

    def markdown(self) -> list[str]:
        lines = [":::{glossary}"]
        for row in read("glossary.tsv"):
            lines += row["english"].split(" / ")
            lines += [f"  *{row['chinese']}* · {row['meaning']}", ""]
        return [*lines, ":::"]


def setup(app: Sphinx) -> None:
    app.add_directive("course-glossary", CourseGlossary)
