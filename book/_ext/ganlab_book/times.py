"""How long a lesson takes: reading counted from its words and lines, running from book/records/lessons/.

    {hours} minimax     (directive) what a part takes: reading, running, exercises

`python book/times.py` measures, records, and writes the line of each lesson that begins with *Reading:*.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

from . import teaching
from .chapters import chapters
from .records import files, rows
from .tables import BOOK, Generated

FILE = "lessons"  # folder of book/records: a file a lesson, one row a size, values cpu_seconds and wall_seconds
SIZES = ("small", "normal")
BUDGET = 60.0  # seconds of one CPU core that a lesson may take at the small size
WORDS, LINES = 120, 10  # read in a minute: half of the usual speed, since there are formulas
FOLDED = re.compile(r"<details>.*?</details>", re.DOTALL)


def size_of(notebook: dict[str, Any]) -> tuple[int, int]:
    """Words outside of folds, and lines of code that are not blank; the setup cell does not count."""
    words = lines = 0
    for cell in notebook["cells"]:
        text = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            words += len(FOLDED.sub("", text).split())
        elif "setup" not in cell["metadata"].get("tags", []):
            lines += sum(bool(line.strip()) for line in text.splitlines())
    return words, lines


def reading(notebook: dict[str, Any]) -> int:
    """Minutes, in steps of five."""
    words, lines = size_of(notebook)
    return 5 * max(1, round((words / WORDS + lines / LINES) / 5))


def seconds(number: str, size: str) -> float | None:
    """What one CPU core needs for a lesson at a size, or None where that was not recorded."""
    if not files(FILE):
        return None
    found = [row["values"]["cpu_seconds"] for row in rows(FILE, number) if row["size"] == size]
    return found[-1] if found else None


def spoken(amount: float) -> str:
    """Seconds as one says them: to the next five, from a minute and a half on in minutes."""
    if amount < 90:
        return f"about {max(5, 5 * round(amount / 5))} seconds"
    return f"about {round(amount / 60)} minutes"


def sentence(number: str, notebook: dict[str, Any]) -> str:
    """The line of a lesson's head. Sizes that were not recorded are left out."""
    known = [(size, seconds(number, size)) for size in SIZES]
    runs = [f"{spoken(taken)} at the {size} size" for size, taken in known if taken is not None]
    return (
        f"*Reading:* {reading(notebook)} minutes. *Running:* {', '.join(runs) or 'not yet measured'}, on one CPU core."
    )


class Hours(Generated):
    """What the lessons of a part take that are here: reading, running, and exercises by their authors' estimate."""

    required_arguments = 1
    sources = ("chapters.tsv",)

    def markdown(self) -> list[str]:
        for path in files(FILE):
            self.env.note_dependency(str(path))
        here = [lesson for lesson in chapters().values() if lesson.part == self.arguments[0] and lesson.page]
        if not here:
            raise self.error(f"no lesson of the part {self.arguments[0]!r} is here, so there is nothing to add up")
        paths = [BOOK.parent / f"{lesson.page}.ipynb" for lesson in here]
        read = sum(reading(json.loads(path.read_text(encoding="utf-8"))) for path in paths)
        numbers = [lesson.number for lesson in here]
        work = sum(teaching.minutes(teaching.chosen(n)) for n in numbers if n in teaching.assignments())
        runs = {size: [seconds(n, size) for n in numbers] for size in SIZES}
        ran = [f"{spoken(sum(each))} at the {size} size" for size, each in runs.items() if None not in each]  # type: ignore[arg-type]
        every = f" Running every lesson once takes {', '.join(ran)}, measured on one CPU core." if ran else ""
        return [f"Reading {_hours(read)}, exercises {_hours(work)}.{every}"]


def _hours(minutes: int) -> str:
    """135 as "about 2 h 15 min"."""
    whole, rest = divmod(5 * round(minutes / 5), 60)
    return "about " + " ".join([f"{whole} h"] * bool(whole) + [f"{rest} min"] * bool(rest or not whole))


def missing(number: str) -> str | None:
    """What is wrong with the record of a lesson at the small size, or None."""
    taken = seconds(number, "small")
    if taken is None:
        return f"lesson {number} has no recorded time at the small size: run python book/times.py {number}"
    if taken > BUDGET:
        return f"lesson {number} takes {taken:.0f} s at the small size, more than {BUDGET:.0f}"
    return None


def head(path: Path) -> re.Match[str] | None:
    """Where the line of a lesson stands in its file."""
    return re.search(r"\*Reading:\* \d+ minutes\. \*Running:\* [^\n]*? on one CPU core\.", path.read_text("utf-8"))


def setup(app: Sphinx) -> None:
    app.add_directive("hours", Hours)
