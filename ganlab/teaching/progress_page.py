"""The progress page: which tasks are solved, which are open, and which comes next. Read from the learner's journal.

Lesson: 00 Start here.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

from ganlab.errors import unknown
from ganlab.teaching import journal

TASKS = Path(__file__).parent / "tasks.json"
_MARKS = {"solved": "✓", "not right yet": "✗", "open": "·", "read by a person": "–"}


@dataclass(frozen=True)
class Task:
    """One task as the learner's pages know it. ``written``: a person reads it, no check can."""

    id: str
    title: str
    lesson: str
    lesson_title: str
    points: int
    minutes: int
    difficulty: str
    written: bool


@dataclass(frozen=True, repr=False)
class Progress:
    """A table of tasks or of lessons with what comes next: HTML where a notebook shows it, plain text elsewhere.

    lesson: the one that is shown, None for all. latest: the lesson that was worked on last.
    """

    lesson: str | None
    tasks: tuple[Task, ...]
    solved: frozenset[str]
    tried: frozenset[str]
    latest: str | None
    notes: tuple[str, ...]

    @property
    def chosen(self) -> list[Task]:
        """The tasks of the page: those of its lesson, or all."""
        return [task for task in self.tasks if self.lesson in (None, task.lesson)]

    @property
    def next(self) -> Task | None:
        """The first open task from this lesson on (or from the latest one), else of all; None where all are solved."""
        lessons = [task.lesson for task in self.tasks]
        from_here = self.lesson or self.latest
        start = lessons.index(from_here) if from_here else 0
        for task in self.tasks[start:] + self.tasks[:start]:
            if not task.written and task.id not in self.solved:
                return task
        return None

    def state(self, task: Task) -> str:
        """In words: "solved", "not right yet", "open", or "read by a person"."""
        if task.written:
            return "read by a person"
        if task.id in self.solved:
            return "solved"
        return "not right yet" if task.id in self.tried else "open"

    def _repr_html_(self) -> str:
        caption, heads, rows = self._table()
        columns = "".join(f'<th scope="col">{escape(head)}</th>' for head in heads)
        lines = [
            f'<tr><th scope="row">{escape(row[0])}</th>{"".join(f"<td>{escape(cell)}</td>" for cell in row[1:])}</tr>'
            for row in rows
        ]
        table = f"<table><caption>{escape(caption)}</caption><thead><tr>{columns}</tr></thead>"
        paragraphs = "".join(f"<p>{escape(text)}</p>" for text in self._after())
        return f'<div class="ganlab-progress">{table}<tbody>{"".join(lines)}</tbody></table>{paragraphs}</div>'

    def __repr__(self) -> str:
        caption, heads, rows = self._table()
        widths = [max(map(len, column)) for column in zip(heads, *rows, strict=True)]
        lines = [
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
            for row in [heads, *rows]
        ]
        return "\n".join([caption, "", *lines, "", *self._after()])

    def _table(self) -> tuple[str, Sequence[str], list[Sequence[str]]]:
        """Caption, heads and rows: of the lesson's tasks, or of all lessons."""
        if self.lesson is None:
            lessons = list(dict.fromkeys((task.lesson, task.lesson_title) for task in self.tasks))
            parts = [(name, [task for task in self.tasks if task.lesson == name[0]]) for name in lessons]
            rows: list[Sequence[str]] = [(" ".join(name), *self._counts(part)) for name, part in parts]
            return f"All exercises: {self._sum()}", ("lesson", "tasks solved", "points", "minutes left"), rows
        rows = [
            (task.id, task.title, task.difficulty, f"{task.minutes}", f"{task.points}", self._marked(task))
            for task in self.chosen
        ]
        heads = ("task", "what", "difficulty", "minutes", "points", "state")
        return f"{self.lesson} {self.chosen[0].lesson_title}: {self._sum()}", heads, rows

    def _counts(self, tasks: list[Task]) -> tuple[str, str, str]:
        """Tasks solved, points reached, and minutes left of tasks that a check can see."""
        seen = [task for task in tasks if not task.written]
        done = [task for task in seen if task.id in self.solved]
        points, reached = sum(task.points for task in seen), sum(task.points for task in done)
        left = sum(task.minutes for task in seen) - sum(task.minutes for task in done)
        return f"{len(done)} of {len(seen)}", f"{reached} of {points}", f"{left}"

    def _sum(self) -> str:
        solved, points, minutes = self._counts(self.chosen)
        return f"{solved} tasks solved, {points} points, {minutes} minutes left"

    def _marked(self, task: Task) -> str:
        return f"{_MARKS[self.state(task)]} {self.state(task)}"

    def _after(self) -> list[str]:
        """What stands below the table: the next task, then remarks on the journal."""
        task = self.next
        if task is None:
            return ["Every task is solved.", *self.notes]
        lesson = "" if task.lesson == self.lesson else f" in lesson {task.lesson} {task.lesson_title}"
        return [f"Next: {task.id} {task.title}{lesson} ({task.minutes} minutes, {task.difficulty}).", *self.notes]


def progress(lesson: str | None = None) -> Progress:
    """What the learner has solved: the tasks of one lesson, "10", or all lessons. A notebook shows it as a table.

    A task counts as solved from the first time that its check found it right. Points are those of the whole task; the
    hidden tests that belong to some of them run only when the work is marked. Nothing is sent anywhere.
    Raises UserError for a lesson without exercises, and for a journal that cannot be read.
    """
    tasks = tuple(Task(**row) for row in json.loads(TASKS.read_text(encoding="utf-8")))
    lessons = sorted({task.lesson for task in tasks})
    if lesson is not None and lesson not in lessons:
        raise unknown("lesson", str(lesson), lessons)
    entries, strange = journal.read()
    home = {task.id: task.lesson for task in tasks}
    tried = [entry.task for entry in entries]
    known = [home[task] for task in tried if task in home]
    return Progress(
        lesson=lesson,
        tasks=tasks,
        solved=frozenset(entry.task for entry in entries if entry.solved),
        tried=frozenset(tried),
        latest=known[-1] if known else None,
        notes=tuple(_notes(strange, sorted(set(tried) - set(home)))),
    )


def _notes(strange: int, others: list[str]) -> Iterable[str]:
    """Where the progress is kept, and what in the journal could not be shown."""
    file = journal.path()
    if file is None:
        yield "Your progress is not kept: GANLAB_PROGRESS is off."
        return
    yield f"Kept in {_short(file)}, on this machine only."
    if "google.colab" in sys.modules and not file.is_relative_to("/content/drive"):
        yield "Colab deletes this file when the session ends: mount your Drive and set GANLAB_PROGRESS to a file there."
    if strange:
        yield f"Lines of that file that are no entries of the journal, and left out here: {strange}."
    if others:
        yield f"The file also names tasks that this version of the course does not have: {', '.join(others[:5])}."


def _short(file: Path) -> str:
    """The path with ~ for the home folder."""
    home = Path.home()
    return f"~/{file.relative_to(home).as_posix()}" if file.is_relative_to(home) else str(file)
