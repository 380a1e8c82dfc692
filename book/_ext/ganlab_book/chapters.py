"""The 36 chapters: which exist as lessons, which are still to come. Data: book/chapters.tsv.

`{lesson}`10`` links to the lesson where it exists and says "planned" where it does not;
`{ch}`10`` is the number alone. The directive `{chapters} minimax` lists one part, `{ready}` what is written.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxRole

from .tables import BOOK, Generated, read, table

NOTEBOOKS = BOOK.parent / "notebooks"


@dataclass(frozen=True)
class Chapter:
    number: str
    part: str
    title: str
    settles: str
    page: str | None  # "notebooks/part/NN-slug" where the lesson exists

    @property
    def link(self) -> str:
        name = f"{self.number} {self.title}"
        return f"[{name}](/{self.page}.ipynb)" if self.page else f"{name} *(planned)*"


@cache
def chapters() -> dict[str, Chapter]:
    """Every chapter by its two-digit number."""
    lessons = (path for path in NOTEBOOKS.glob("*/[0-9][0-9]-*.ipynb") if path.parent.name != "exercises")
    pages = {path.name[:2]: path for path in lessons}

    def page(path: Path | None) -> str | None:
        return path.relative_to(BOOK.parent).with_suffix("").as_posix() if path else None

    return {
        row["chapter"]: Chapter(
            number=row["chapter"],
            part=row["part"],
            title=row["title"],
            settles=row["settles"],
            page=page(pages.get(row["chapter"])),
        )
        for row in read("chapters.tsv")
    }


class Chapters(Generated):
    """The chapters of one part, with what each settles and whether it is there."""

    required_arguments = 1
    sources = ("chapters.tsv",)

    def markdown(self) -> list[str]:
        mine = [chapter for chapter in chapters().values() if chapter.part == self.arguments[0]]
        if not mine:
            raise self.error(f"no chapter belongs to the part {self.arguments[0]!r} in chapters.tsv")
        there = sum(chapter.page is not None for chapter in mine)
        say = f"{there} of {len(mine)} lessons of this part are here; the others are planned and not yet written."
        if there == len(mine):
            say = f"All {there} lessons of this part are here."
        rows = [[chapter.link, chapter.settles] for chapter in mine]
        return [say, "", *table(["lesson", "what it settles"], rows)]


class Ready(Generated):
    """The lessons that exist, in order."""

    sources = ("chapters.tsv",)

    def markdown(self) -> list[str]:
        ready = [chapter for chapter in chapters().values() if chapter.page]
        return [f"- {chapter.link}: {_lower(chapter.settles)}" for chapter in ready] or ["*None yet.*"]


class Lesson(SphinxRole):
    """A link to a lesson by its number, or its name and "(planned)"; `{ch}` prints the number alone."""

    def __init__(self, short: bool = False) -> None:
        super().__init__()
        self.short = short

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        chapter = chapters().get(self.text)
        if chapter is None:
            return [], [self.inliner.reporter.warning(f"there is no chapter {self.text!r} in chapters.tsv")]
        name = chapter.number if self.short else f"{chapter.number} {chapter.title}"
        if chapter.page is None:
            return [nodes.Text(name)] if self.short else [nodes.emphasis("", name), nodes.Text(" (planned)")], []
        link = addnodes.pending_xref(
            "",
            nodes.inline("", name),
            refdomain="std",
            reftype="doc",
            refexplicit=True,
            reftarget=f"/{chapter.page}",
            refdoc=self.env.docname,
            refwarn=True,
        )
        return [link], []


def _lower(text: str) -> str:
    return text[0].lower() + text[1:]


def reread(app: Sphinx, env: object, added: set[str], changed: set[str], removed: set[str]) -> list[str]:
    """When a lesson appears or goes, every prose page may have to say so."""
    if not any(name.startswith("notebooks/") for name in added | removed):
        return []
    return [name for name in app.env.found_docs if name.startswith("book/")]


def setup(app: Sphinx) -> None:
    chapters.cache_clear()
    app.add_directive("chapters", Chapters)
    app.add_directive("ready", Ready)
    app.add_role("lesson", Lesson())
    app.add_role("ch", Lesson(short=True))
    app.connect("env-get-outdated", reread)
