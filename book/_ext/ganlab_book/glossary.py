"""The glossary page, English with the Chinese words of the documents. Data: book/glossary.tsv."""

from __future__ import annotations

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxRole

from .chapters import chapters
from .tables import Generated, read


class CourseGlossary(Generated):
    """Every entry of glossary.tsv; `{term}`mode collapse`` on any page links here."""

    sources = ("glossary.tsv", "chapters.tsv")

    def markdown(self) -> list[str]:
        lines = [":::{glossary}"]
        for row in read("glossary.tsv"):
            lines += row["english"].split(" / ")
            lines += [f"  {{chinese}}`{row['chinese']}` · {row['meaning']} *{_lessons(row['lessons'].split())}*", ""]
        return [*lines, ":::"]

    def run(self) -> list[nodes.Node]:
        """A dot in an identifier (Software 2.0) breaks the theme's script, which uses it as a CSS selector."""
        found = super().run()
        terms = self.env.get_domain("std")
        for term in (term for node in found for term in node.findall(nodes.term)):
            for dotted in [name for name in term["ids"] if "." in name]:
                plain = dotted.replace(".", "-")
                term["ids"][term["ids"].index(dotted)] = plain
                terms.objects["term", term.astext()] = (self.env.docname, plain)
                terms._terms[term.astext().lower()] = (self.env.docname, plain)
                for index in term.findall(addnodes.index):
                    index["entries"] = [
                        tuple(plain if part == dotted else part for part in entry) for entry in index["entries"]
                    ]
        return found


class Chinese(SphinxRole):
    """Words marked as Chinese in the page, for a screen reader's voice and the choice of the font."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        return [nodes.inline("", self.text, classes=["language-zh"])], []


def _lessons(numbers: list[str]) -> str:
    """Where a term is at work: links to the lessons that exist, then those still to come."""
    there = [f"[{number}](/{chapters()[number].page}.ipynb)" for number in numbers if chapters()[number].page]
    planned = [number for number in numbers if not chapters()[number].page]
    said = [f"lesson{'s' * (len(there) > 1)} {', '.join(there)}"] if there else []
    said += [f"planned: {', '.join(planned)}"] if planned else []
    return f"({'; '.join(said)})"


def setup(app: Sphinx) -> None:
    app.add_directive("course-glossary", CourseGlossary)
    app.add_role("chinese", Chinese())
