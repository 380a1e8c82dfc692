"""What leaves marking: a table of marks, a page for each student, a file for Gradescope, a page of what to read.

Names, texts, errors and outputs are a stranger's: pages hold them escaped and run nothing, tables hold no formulas, and
no name of a file is a student's own word.

Lesson: 00 Start here.
"""

from __future__ import annotations

import csv
import html
import io
import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any

from ganlab.assign.marks import Marks, Part, TaskMarks
from ganlab.assign.source import Assignment

_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")
_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
_DEVICES = {"con", "prn", "aux", "nul", *(f"{kind}{n}" for kind in ("com", "lpt") for n in range(10))}
_PAGE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; }}
body {{ font: 1rem/1.5 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem; }}
table {{ border-collapse: collapse; }}
th, td {{ border-bottom: 1px solid; padding: .3rem .8rem .3rem 0; text-align: left; vertical-align: top; }}
td.number {{ text-align: right; }}
pre {{ white-space: pre-wrap; overflow-wrap: anywhere; border-left: .2rem solid; padding-left: .8rem; }}
</style>
</head>
<body>
<main>
{body}
</main>
</body>
</html>
"""


def marks_csv(rows: Iterable[Marks], assignment: Assignment) -> str:
    """One row a student: name, each task, total, out of, points to be given by hand, status.

    A written task's field is empty until a person fills it in; its points are in the column "by hand".
    """
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(["student", *(task.id for task in assignment.tasks), "total", "out of", "by hand", "status"])
    for marks in rows:
        points = ["" if task.task.written else task.points for task in marks.tasks]
        row = [field(marks.student), *points, marks.points, assignment.points, marks.pending]
        writer.writerow([*row, field("; ".join(marks.notes)) or "ok"])
    return table.getvalue()


def feedback(marks: Marks, assignment: Assignment) -> str:
    """A student's page: what each task gave and what is wrong with it. Holds no code of a hidden test, no solution."""
    title = f"{assignment.number} {assignment.title}: feedback for {line(marks.student)}"
    parts = [f"<h1>{_text(title)}</h1>", f"<p>{_text(_score(marks, assignment))}</p>"]
    if marks.notes:
        parts += ["<h2>To note</h2>", _list(marks.notes)]
    parts += ["<h2>Points</h2>", _points(marks)]
    parts += [_task(task) for task in marks.tasks]
    if marks.problems:
        parts.append("<h2>Your own cells</h2>")
        parts += [f"<p>In {_text(problem.where)}:</p>{_pre(problem.error)}" for problem in marks.problems]
    return _PAGE.format(title=_text(title), body="\n".join(parts))


def by_hand(rows: Sequence[Marks], assignment: Assignment) -> str | None:
    """A page for the person who reads: for each written task its rubric, then every answer. None if there is none."""
    parts = [f"<h1>{_text(f'{assignment.number} {assignment.title}: answers to read')}</h1>"]
    written = [place for place, task in enumerate(assignment.tasks) if task.written]
    for place in written:
        task = assignment.tasks[place]
        parts += [f"<h2>{_text(f'{task.id} {task.title} ({_count(task.points)})')}</h2>", _pre(task.statement)]
        parts += ["<h3>Rubric</h3>", _pre(task.rubric), "<h3>Answers</h3>"]
        for marks in rows:
            answer = marks.tasks[place].answer.strip()
            parts.append(f"<h4>{_text(line(marks.student))}</h4>")
            parts.append(_pre(answer) if answer else "<p>No answer was found.</p>")
    title = f"{assignment.number}: answers to read"
    return _PAGE.format(title=_text(title), body="\n".join(parts)) if written else None


def gradescope(marks: Marks, assignment: Assignment) -> dict[str, Any]:
    """Gradescope's results.json (gradescope-autograders.readthedocs.io): hidden tests show when marks are published."""
    tests = []
    for task in marks.tasks:
        name = f"{task.task.id} {task.task.title}"
        if task.task.written:
            continue
        tests.append(_test(name, task.task.id, task.visible, task.task.points, "visible", _details(task)))
        hidden = (f"{name} (hidden tests)", f"{task.task.id}.h", task.hidden, task.task.hidden_points)
        tests.append(_test(*hidden, "after_published", ""))
    notes = [_score(marks, assignment), *marks.notes]
    return {
        "score": marks.points, "output": clean("\n".join(notes)), "output_format": "text",
        "test_output_format": "text", "test_name_format": "text", "visibility": "visible",
        "stdout_visibility": "hidden", "tests": tests,
    }  # fmt: skip


def file_names(students: Iterable[str]) -> dict[str, str]:
    """For each student a name for files that every system takes, no two the same: letters, digits, "-", "_", "."."""
    names: dict[str, str] = {}
    taken: set[str] = set()
    for student in students:
        name = re.sub(r"[^\w.-]+", "_", unicodedata.normalize("NFC", line(student)))[:50].strip("._") or "student"
        name = f"_{name}" if name.partition(".")[0].lower() in _DEVICES else name
        unique, count = name, 1
        while unique.casefold() in taken:
            count += 1
            unique = f"{name}-{count}"
        taken.add(unique.casefold())
        names[student] = unique
    return names


def clean(text: str) -> str:
    """Text that can be shown: no terminal colours, no overwritten lines, no characters that hide or turn others."""
    lines = _ESCAPES.sub("", text).replace("\r\n", "\n").split("\n")
    text = "\n".join(line.rstrip("\r").rpartition("\r")[2] for line in lines)
    return _UNSEEN.sub("\N{REPLACEMENT CHARACTER}", text)


def line(text: str) -> str:
    """Clean text in one line, at most 200 characters of it."""
    return " ".join(clean(text).split())[:200]


def field(text: str) -> str:
    """Text for a cell of a table: a spreadsheet takes it for text, whatever it begins with."""
    text = " ".join(clean(text).split())
    return f"'{text}" if text.startswith(_FORMULA) else text


def _points(marks: Marks) -> str:
    rows = []
    for task in marks.tasks:
        got = f"{task.task.points} to be given by hand" if task.task.written else f"{task.points} of {task.task.total}"
        name = _text(f"{task.task.id} {task.task.title}")
        rows.append(f'<tr><th scope="row">{name}</th><td class="number">{_text(got)}</td></tr>')
    head = '<tr><th scope="col">Task</th><th scope="col">Points</th></tr>'
    return f"<table>\n<thead>{head}</thead>\n<tbody>\n" + "\n".join(rows) + "\n</tbody>\n</table>"


def _task(task: TaskMarks) -> str:
    parts = [f"<h2>{_text(f'{task.task.id} {task.task.title}')}</h2>"]
    if task.task.written:
        parts.append(f"<p>{_count(task.task.points)}, to be given by a person who reads your answer:</p>")
        parts.append(_pre(task.answer) if task.answer.strip() else "<p>No answer was found.</p>")
        return "\n".join(parts)
    rows = (("Check", task.visible, task.task.points), ("Hidden tests", task.hidden, task.task.hidden_points))
    parts += [f"<p><strong>{name}</strong> ({_count(points)}): {_text(_said(part))}</p>" for name, part, points in rows]
    for problem in task.problems:
        parts.append(f"<p>An error in {_text(problem.where)}:</p>{_pre(problem.error)}")
    if task.output.strip():
        parts.append(f"<details><summary>What your cell printed</summary>{_pre(task.output)}</details>")
    return "\n".join(parts)


def _said(part: Part) -> str:
    if part.right:
        return "right."
    return part.message if part.key in ("blank", "not run") else f"not right yet: {part.message}"


def _score(marks: Marks, assignment: Assignment) -> str:
    waiting = f", and {_count(marks.pending)} to be given by hand" if marks.pending else ""
    return f"{marks.points} of {_count(assignment.points)}{waiting}."


def _test(name: str, number: str, part: Part, points: int, visibility: str, details: str) -> dict[str, Any]:
    output = "\n".join(filter(None, [_said(part), details]))
    return {
        "name": name, "number": number, "score": points if part.right else 0, "max_score": points,
        "status": "passed" if part.right else "failed", "output": clean(output),
        "output_format": "text", "visibility": visibility,
    }  # fmt: skip


def _details(task: TaskMarks) -> str:
    return "\n".join(f"An error in {problem.where}:\n{problem.error}" for problem in task.problems)


def _count(points: int) -> str:
    return f"{points} point{'s' * (points != 1)}"


def _list(items: Iterable[str]) -> str:
    return "<ul>\n" + "\n".join(f"<li>{_text(item)}</li>" for item in items) + "\n</ul>"


def _pre(text: str) -> str:
    return f'<pre dir="auto" tabindex="0">{html.escape(clean(text).strip(chr(10)))}</pre>'


def _text(text: str) -> str:
    """Escaped text, with `code` in its own type."""
    return re.sub(r"`([^`\n]+)`", r"<code>\1</code>", html.escape(clean(text)))
