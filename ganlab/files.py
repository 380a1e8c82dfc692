"""Writing files whole or not at all, and reading files of JSON lines.

A file is written beside its target, flushed to the disk, and renamed over it: readers see the old one or the new
one, never a part, whatever instant the process dies at. Lesson: 35 Tools, reproducibility, deployment.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ganlab.errors import UserError


@contextlib.contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn an operating-system error while writing ``path`` into one sentence."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        raise UserError(
            f"cannot write {path}: {reason}; make room or choose another place (what was saved before is intact)"
        ) from error


def write_atomically(path: Path, content: bytes) -> None:
    """Write a whole file or nothing. Raises UserError where the folder is read-only or the disk is full."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with temporary.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)


def is_leftover(path: Path) -> bool:
    """Whether this is the unfinished file of a ``write_atomically`` that was killed."""
    return re.fullmatch(r"\..+\.\d+\.tmp", path.name) is not None


def remove_leftovers(folder: Path) -> None:
    """Remove what killed writes left in a folder and below it. Nothing may be writing there at the same time."""
    with writing(folder):
        for path in filter(is_leftover, folder.rglob(".*.tmp")):
            path.unlink(missing_ok=True)


def read_json_lines(path: Path) -> list[dict[str, Any]]:
    """The rows of a file of JSON lines. An unfinished last line is left out; a broken one before it is an error.

    Raises UserError naming the broken line.
    """
    rows = []
    for number, line in enumerate(path.read_bytes().split(b"\n")[:-1], 1):  # after the last newline: never finished
        try:
            row = json.loads(line)
        except (json.JSONDecodeError, UnicodeDecodeError, RecursionError):
            row = None
        if not isinstance(row, dict):
            raise UserError(f"line {number} of {path} is not a JSON object: remove that line")
        rows.append(row)
    return rows
