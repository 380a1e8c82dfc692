"""Submissions for the tiny source, made by hand: what a student may hand in, honest or not."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

from ganlab.assign import editions
from ganlab.assign.source import Assignment

SCALED = "def scaled(x):\n    return 3 * x"
SHIFTED = "def shifted(x):\n    return scaled(x) - 4"
RIGHT = {"07.1": SCALED, "07.2": SHIFTED}
Book = dict[str, Any]


def notebook(assignment: Assignment, answers: dict[str, str] | None = None, own: dict[str, str] | None = None) -> Book:
    """The student edition with answers in it (by default all right), and own cells behind others' first lines."""
    book: Book = json.loads(editions.text(editions.student(assignment)))
    for task, code in (RIGHT if answers is None else answers).items():
        cell_of(book, f"solution {task}")["source"] = f"# ganlab: solution {task}\n{code}"
    for behind, code in (own or {}).items():
        place = book["cells"].index(cell_of(book, behind))
        book["cells"].insert(place + 1, {"cell_type": "code", "metadata": {}, "source": code, "outputs": []})
    return book


def cell_of(book: Book, words: str) -> dict[str, Any]:
    """The first cell with these words in its first line."""
    return next(cell for cell in book["cells"] if words in text_of(cell).partition("\n")[0])


def text_of(cell: dict[str, Any]) -> str:
    """A cell's source as one text."""
    return "".join(cell["source"])


def without(book: Book, *words: str) -> Book:
    """The notebook without these cells."""
    book = copy.deepcopy(book)
    for each in words:
        book["cells"].remove(cell_of(book, each))
    return book


def hand_in(folder: Path, student: str, book: Book | bytes, name: str = "07-scale-and-shift.ipynb") -> Path:
    """Put a notebook where a student's folder is."""
    path = folder / student / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(book if isinstance(book, bytes) else json.dumps(book).encode())
    return path
