"""What a learner has solved, in one file on their own machine: no account, no network.

Lesson: 00 Start here.
"""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ganlab.files import read_json_lines


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
        with file.open("a", encoding="utf-8") as journal:
            journal.write(json.dumps(entry) + "\n")
    except OSError as error:
        print(f"(your progress was not kept: {file} cannot be written, {error.strerror})")


def entries() -> list[dict[str, Any]]:
    """All lines of the journal, oldest first; an empty list where there is none yet."""
    file = path()
    return list(read_json_lines(file)) if file is not None and file.exists() else []
