"""Pages put together from one file a lesson, so that who writes a lesson adds files and edits none.

    ```{each-lesson} sessions       every book/sessions/NN-slug.md, in the order of the lessons
    ```

The text takes the fence's place before the page is parsed: headings, roles and directives in it work as in the page.
"""

from __future__ import annotations

import re
from pathlib import Path

from sphinx.application import Sphinx

from .tables import BOOK

FENCE = re.compile(r"^```\{each-lesson\} (\w+)\n```$", re.MULTILINE)


def files(folder: str) -> list[Path]:
    """The files of book/<folder>, in the order of the lessons they are named after."""
    return sorted((BOOK / folder).glob("[0-9][0-9]-*.md"))


def gathered(text: str) -> str:
    """The text of a page with every fence replaced by what it asks for."""
    return FENCE.sub(lambda fence: "\n".join(path.read_text("utf-8") for path in files(fence[1])).rstrip(), text)


def put_together(app: Sphinx, page: str, source: list[str]) -> None:
    for folder in FENCE.findall(source[0]):
        for path in files(folder):
            app.env.note_dependency(str(path))
    source[0] = gathered(source[0])


def setup(app: Sphinx) -> None:
    app.connect("source-read", put_together)
