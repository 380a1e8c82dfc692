"""Each lesson has a recorded run time within the budget and states it; each fault is tried. Nothing is timed here."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import times as tool
from ganlab_book import times

from ganlab.experiments.recorder import FIELDS

HEAD = "*Reading:* 5 minutes. *Running:* about 10 seconds at the small size, on one CPU core."
PROSE = {"cell_type": "markdown", "metadata": {}, "source": [f"# 99 A lesson\n\n{HEAD} *Before this:* nothing."]}


@pytest.fixture
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A course of one lesson, 99, with a record of ten seconds and a head that says so."""
    lesson = tmp_path / "99-a-lesson.ipynb"
    lesson.write_text(json.dumps({"cells": [PROSE]}))
    monkeypatch.setattr(tool, "lessons", lambda: {"99": lesson})
    monkeypatch.setattr(tool, "ROOT", tmp_path)
    monkeypatch.setattr("ganlab_book.records.FOLDER", tmp_path)
    took(tmp_path, 10.4)
    return lesson


def took(folder: Path, cpu_seconds: float, size: str = "small", add: bool = False) -> None:
    row = dict.fromkeys(FIELDS, "") | {"name": "99", "size": size, "values": {"cpu_seconds": cpu_seconds}}
    (folder / "lessons").mkdir(exist_ok=True)
    with (folder / "lessons" / "99-a-lesson.jsonl").open("a" if add else "w") as file:
        file.write(json.dumps(row) + "\n")


def test_every_lesson_is_recorded_within_the_budget_and_says_so():
    assert tool.problems() == []


def test_the_lessons_take_twenty_five_seconds_on_average():
    taken = [found for number in tool.lessons() if (found := times.seconds(number, "small")) is not None]
    assert sum(taken) / len(taken) <= 25


def test_a_sound_course_has_no_problems(course):
    assert tool.problems() == []


def test_a_lesson_without_a_record_is_named(course):
    (course.parent / "lessons" / "99-a-lesson.jsonl").unlink()
    assert any("99 has no recorded time" in message for message in tool.problems())


def test_a_lesson_beyond_the_budget_is_named(course):
    took(course.parent, 61.0)
    assert any("takes 61 s at the small size" in message for message in tool.problems())


def test_a_time_at_the_normal_size_has_no_budget_and_is_stated(course):
    took(course.parent, 200.0, "normal", add=True)
    assert [message for message in tool.problems() if "budget" in message or "more than" in message] == []
    assert tool.main(["--write"]) == 0
    assert "about 10 seconds at the small size, about 3 minutes at the normal size, on" in course.read_text()


def test_a_time_from_the_keyboard_is_named_and_written_anew(course):
    course.write_text(course.read_text().replace("about 10 seconds", "no time at all"))
    assert tool.problems() == [f"{course.name} states another time than the record: run book/times.py --write"]
    assert tool.main(["--write"]) == 0
    assert HEAD in course.read_text()


def test_a_lesson_that_says_nothing_is_named(course):
    course.write_text(json.dumps({"cells": [PROSE | {"source": ["# 99 A lesson"]}]}))
    assert any("does not say how long" in message for message in tool.problems())


def test_reading_counts_words_outside_of_folds_and_lines_of_code():
    prose = {
        "cell_type": "markdown",
        "metadata": {},
        "source": ["word " * 1200 + "<details>" + "x " * 999 + "</details>"],
    }
    code = {"cell_type": "code", "metadata": {}, "source": ["x = 1\n\n"] * 100}
    first = {"cell_type": "code", "metadata": {"tags": ["setup"]}, "source": ["x\n"] * 500}
    assert times.size_of({"cells": [prose, code, first]}) == (1200, 100)
    assert times.reading({"cells": [prose, code, first]}) == 20


@pytest.mark.parametrize(
    ("amount", "words"),
    [(1.0, "about 5 seconds"), (32.4, "about 30 seconds"), (89.0, "about 90 seconds"), (180.0, "about 3 minutes")],
)
def test_seconds_are_rounded_as_one_says_them(amount, words):
    assert times.spoken(amount) == words
