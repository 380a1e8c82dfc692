"""What a learner has solved, in one file on their own machine: no account, no network.

Lesson: 00 Start here.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from ganlab.errors import UserError


@dataclass(frozen=True)
class Entry:
    """One run of a check: the task's id, whether the answer was right, and when (UTC, ISO 8601)."""

    task: str
    solved: bool
    when: str


def path() -> Path | None:
    """The journal's file: ``$GANLAB_PROGRESS``, or ``ganlab-progress.jsonl`` in the home folder; None for "off"."""
    wish = os.environ.get("GANLAB_PROGRESS", "")
    if wish == "off":
        return None
    return Path(wish).expanduser() if wish else Path.home() / "ganlab-progress.jsonl"


def note(task: str, *, solved: bool) -> None:
    """Append one line for one run of a check. A file that cannot be written is no reason to stop a check."""
    file = path()
    if file is None:
        return
    entry = {"task": task, "solved": solved, "when": datetime.now(UTC).isoformat(timespec="seconds")}
    try:
        with file.open("ab+") as journal:
            torn = journal.tell() > 0 and journal.seek(-1, os.SEEK_END) >= 0 and journal.read(1) != b"\n"
            journal.write(b"\n" * torn + json.dumps(entry).encode() + b"\n")
    except OSError as error:
        print(f"(your progress was not kept: {file} cannot be written, {error.strerror})")


def read() -> tuple[list[Entry], int]:
    """All entries of the journal, oldest first, and how many of its lines are none; nothing where it is not there yet.

    Raises UserError where the file is there and cannot be read.
    """
    file = path()
    if file is None or not file.exists():
        return [], 0
    try:
        lines = [line for line in file.read_bytes().split(b"\n") if line.strip()]
    except OSError as error:
        raise UserError(f"{file} cannot be read ({error.strerror}): set GANLAB_PROGRESS to another file") from error
    entries = [entry for entry in map(_entry, lines) if entry is not None]
    return entries, len(lines) - len(entries)


def _entry(line: bytes) -> Entry | None:
    """The entry of a line; None for a line that somebody else wrote, or that was torn."""
    try:
        row = json.loads(line)
        entry = Entry(row["task"], row["solved"], row["when"])
    except (ValueError, LookupError, TypeError, RecursionError):
        return None
    ours = isinstance(entry.task, str) and isinstance(entry.solved, bool) and isinstance(entry.when, str)
    return entry if ours else None
