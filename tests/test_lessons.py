"""Docstrings point to lessons by number and title: the titles are those of the course's outline."""

import csv
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
POINTER = re.compile(r"Lesson: (\d\d) ([^.\n(]+)")


def titles() -> dict[str, str]:
    with (ROOT / "book" / "chapters.tsv").open(encoding="utf-8") as file:
        return {row["chapter"]: row["title"] for row in csv.DictReader(file, delimiter="\t")}


def test_every_pointer_to_a_lesson_has_the_title_of_the_outline() -> None:
    known, found = titles(), 0
    for path in sorted((ROOT / "ganlab").rglob("*.py")):
        for number, title in POINTER.findall(path.read_text(encoding="utf-8")):
            found += 1
            assert known[number].startswith(title.strip()), f"{path.name} calls lesson {number} {title.strip()!r}"
    assert found > 20, "the pattern no longer finds the pointers"
