"""What a student handed in: a notebook file, read as plain text and sorted by what its cells are for.

Nothing in the file is trusted: it may be too large, no notebook, of another assignment, or made to do harm. A cell says
what it is by a mark in its first lines (``# ganlab: solution 10.2``), or by nbgrader's metadata where that is gone.

Lesson: 00 Start here.
"""

from __future__ import annotations

import errno
import json
import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ganlab.errors import UserError

LARGEST = 16 << 20  # bytes of a notebook
_MOST_CELLS, _MOST_CODE = 1000, 1 << 20  # cells, and characters of all of them
_MARK = re.compile(r"[ \t]*(?:#|<!--) *ganlab: *(solution|check|hidden|given|answer) +(\d\d\.\w{1,3})\b[^\n]*")
_HEAD = 5  # lines in which the mark may stand: a cell magic or a form's title may be above it
_GRADE_ID = re.compile(r"(solution|check|hidden|given|answer)-(\d\d)-(\w{1,3})")
_UNNUMBERED = ("setup", "imports")


class UnreadableError(Exception):
    """A file is no notebook that can be marked; the message says why, in words for a list."""


@dataclass(frozen=True)
class Cell:
    """kind: "solution", "check", "hidden", "given", "answer" with their ``name`` ("10.2", "10.a"), "setup", "imports",
    or "own" for what the student added. ``text`` is all of the source, for errors name its lines.
    """

    kind: str
    name: str
    text: str


@dataclass(frozen=True)
class Notebook:
    """The cells that matter, in order, and what the notebook says about itself."""

    cells: tuple[Cell, ...]
    assignment: str | None = None
    variant: int | None = None

    def texts(self, kind: str, name: str) -> list[str]:
        """All cells of this kind and name."""
        return [cell.text for cell in self.cells if (cell.kind, cell.name) == (kind, name)]

    def belongs_to(self, name: str, number: str) -> bool:
        """Whether this is work on an assignment, as far as one can tell: other numbers tell that it is not."""
        numbers = {cell.name[:2] for cell in self.cells if cell.name}
        if numbers:
            return number in numbers
        return self.assignment in (None, name)


@dataclass(frozen=True)
class HandedIn:
    """All that one student handed in: the files to choose from, the newest first. There may be none."""

    student: str
    files: tuple[Path, ...]


def collect(folder: Path, without: Path | None = None) -> list[HandedIn]:
    """The students and their notebooks in a folder: a folder each, or a file each. ``without``: a folder left out.

    A student's name is that of the first folder below, or of the file. Links are not followed; checkpoints and hidden
    files are left out. Raises UserError for a missing folder, or one without a notebook.
    """
    if not folder.is_dir():
        raise UserError(f"there is no folder {folder}: give the folder with the notebooks that were handed in")
    found: dict[str, list[Path]] = {}
    skipped = without.resolve() if without else None
    for entry in sorted(folder.iterdir()):
        if _ignored(entry.name) or entry.resolve() == skipped:
            continue
        if entry.is_dir():
            found[entry.name] = [] if entry.is_symlink() else list(_notebooks(entry, skipped))
        elif entry.suffix == ".ipynb":
            found.setdefault(entry.stem, []).append(entry)
    if not any(found.values()):
        raise UserError(
            f"there is no notebook in {folder}: it should hold STUDENT/*.ipynb or STUDENT.ipynb (unpack archives first)"
        )
    return [HandedIn(student, tuple(sorted(files, key=_newest_first))) for student, files in sorted(found.items())]


def read(path: Path) -> Notebook:
    """Read a notebook. Raises UnreadableError."""
    try:
        data = json.loads(_content(path).decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise UnreadableError("the file is not text in UTF-8") from None
    except (ValueError, RecursionError):
        raise UnreadableError("the file is not a notebook (it is not JSON)") from None
    return parse(data)


def parse(data: Any) -> Notebook:
    """A notebook from what JSON made of it. Raises UnreadableError."""
    if not isinstance(data, dict):
        raise UnreadableError("the file is not a notebook")
    if isinstance(data.get("worksheets"), list):
        raise UnreadableError("the notebook is in the format of 2014: open and save it again")
    if not isinstance(data.get("cells"), list):
        raise UnreadableError("the file is not a notebook (it has no cells)")
    cells = tuple(filter(None, map(_cell, data["cells"])))
    if len(cells) > _MOST_CELLS:
        raise UnreadableError(f"the notebook has more than {_MOST_CELLS} cells of code")
    if sum(len(cell.text) for cell in cells) > _MOST_CODE:
        raise UnreadableError("the notebook holds more than a megabyte of code")
    about = _mapping(_mapping(data.get("metadata")).get("ganlab"))
    name, variant = about.get("assignment"), about.get("variant")
    return Notebook(cells, name if isinstance(name, str) else None, variant if type(variant) is int else None)


def _content(path: Path) -> bytes:
    """The bytes of a plain file of a decent size: no link, no pipe, no device."""
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
        with open(descriptor, "rb") as file:  # noqa: PTH123 - a descriptor
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise UnreadableError("it is not a plain file")
            content = file.read(LARGEST + 1)
    except OSError as error:
        why = "it is a link, and links are not followed" if error.errno == errno.ELOOP else error.strerror
        raise UnreadableError(f"the file cannot be read ({why})") from None
    if len(content) > LARGEST:
        raise UnreadableError(f"the file is larger than {LARGEST >> 20} MB: clear the outputs and hand it in again")
    return content


def _cell(data: Any) -> Cell | None:
    """A cell that matters: code, and texts that are answers."""
    data = _mapping(data)
    source = data.get("source", "")
    if isinstance(source, list):
        source = "".join(part for part in source if isinstance(part, str))
    if not isinstance(source, str):
        return None
    kind, name = _kind(source, _mapping(_mapping(data.get("metadata")).get("nbgrader")).get("grade_id"))
    if data.get("cell_type") == "markdown":
        return Cell(kind, name, source) if kind == "answer" else None
    if data.get("cell_type") != "code" or kind == "answer" or not source.strip():
        return None
    return Cell(kind, name, source)


def _kind(source: str, grade_id: Any) -> tuple[str, str]:
    """Kind and name: the mark decides, for it travels with what the student wrote."""
    for line in source.strip("\n").split("\n", _HEAD)[:_HEAD]:
        if found := _MARK.match(line):
            return found[1], found[2]
    if isinstance(grade_id, str):
        if found := _GRADE_ID.fullmatch(grade_id):
            return found[1], f"{found[2]}.{found[3]}"
        if grade_id in _UNNUMBERED:
            return grade_id, ""
    return "own", ""


def unmarked(text: str) -> str:
    """A cell's text without the lines that say what it is."""
    return "\n".join(line for line in text.split("\n") if not _MARK.match(line))


def _notebooks(folder: Path, skipped: Path | None) -> Iterator[Path]:
    for place, folders, files in os.walk(folder, followlinks=False):
        here = Path(place)
        folders[:] = [name for name in folders if not _ignored(name) and (here / name).resolve() != skipped]
        yield from (here / name for name in files if name.endswith(".ipynb") and not _ignored(name))


def _ignored(name: str) -> bool:
    return name.startswith(".") or name == "__MACOSX"


def _newest_first(path: Path) -> tuple[float, str]:
    try:
        return -path.lstat().st_mtime, str(path)
    except OSError:
        return 0.0, str(path)


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
