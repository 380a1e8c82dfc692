"""The three editions of an assignment: what a student gets, what a page of the book shows, what an instructor keeps.

Student and instructor edition are one notebook twice, written in nbgrader's own syntax: what nbgrader releases from the
second is the first. Every cell that marking has to find says so in its first line as well
(``# ganlab: solution 10.2``), because metadata do not survive every editor.

Lesson: 00 Start here.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import ganlab
from ganlab.assign import nbgrader
from ganlab.assign.address import COURSE
from ganlab.assign.cells import CHECKING
from ganlab.assign.source import BANK, BEGIN, END, NEEDS, Assignment, Task
from ganlab.errors import UserError
from ganlab.files import write_atomically

try:
    import nbformat
    from nbformat import NotebookNode
except ImportError:
    raise UserError(NEEDS) from None

STUDENTS, SOLUTIONS = BANK.parent, BANK.parent / "solutions"  # where the published editions are
_HINTS = ("the direction", "the formula", "almost the code")
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_HIDDEN_NOTE = "# Hidden tests run here when the work is marked."


def student(assignment: Assignment) -> NotebookNode:
    """Statements, folded hints, stubs and visible checks; no output, and nothing of a solution or a hidden test."""
    return _handout(assignment, for_instructor=False)


def instructor(assignment: Assignment) -> NotebookNode:
    """The student edition with solutions, hidden tests, rubrics and known wrong answers in nbgrader's regions."""
    return _handout(assignment, for_instructor=True)


def solution(assignment: Assignment) -> NotebookNode:
    """Statements and hints with solutions, checks and explanations behind folds: a page of the book, not yet run."""
    letters = itertools.count()
    cells = [*_beginning(assignment, _reader(assignment), CHECKING), *_given(assignment, assignment.given, letters)]
    for task in assignment.tasks:
        cells += _posed(assignment, task, letters)
        if task.written:
            cells += [_folded(f"answer-{_dashed(task.id)}", f"A model answer to {task.id}", task.answer)]
        else:
            plain = "\n".join(line for line in task.solution.split("\n") if line.strip() not in (BEGIN, END))
            cells += [
                _code("solution", task.id, plain, **_fold(f"A solution of {task.id}")),
                _folded(f"explanation-{_dashed(task.id)}", f"Why this answers {task.id}", task.explanation),
                _code("check", task.id, _checking(task, task.check), **_fold(f"The check of {task.id}")),
            ]
    return _notebook(assignment, cells)


EDITIONS = {"student": student, "solution": solution, "instructor": instructor}


def build(assignment: Assignment, out: Path) -> list[Path]:
    """Write ``out/student/NN-slug.ipynb``, ``out/solution/...`` and ``out/instructor/...``; return their paths.

    Raises UserError for an assignment with private cells if ``out`` lies in a clone of the course.
    """
    if assignment.private and _in_course(out):
        raise UserError(
            f"{out} is in the course's repository, where your hidden tests must not be: use --out ../editions"
        )
    paths = {name: out / name / f"{assignment.name}.ipynb" for name in EDITIONS}
    for name, edition in EDITIONS.items():
        write_atomically(paths[name], text(edition(assignment)).encode())
    return list(paths.values())


def text(notebook: NotebookNode) -> str:
    """The bytes of a notebook's file: sorted keys, one newline at the end."""
    nbformat.validate(notebook)
    return str(nbformat.writes(notebook)).rstrip("\n") + "\n"


def _in_course(folder: Path) -> bool:
    """Whether a folder lies in a git work tree that is the course's own."""
    above = [folder.resolve(), *folder.resolve().parents]
    return any((parent / BANK).is_dir() for parent in above) and any((parent / ".git").exists() for parent in above)


def _handout(assignment: Assignment, for_instructor: bool) -> NotebookNode:
    letters = itertools.count()
    cells = _beginning(assignment, _doer(assignment), sorted([*CHECKING, "progress"]), locked=True)
    cells += _given(assignment, assignment.given, letters, locked=True)
    for task in assignment.tasks:
        cells += _posed(assignment, task, letters, locked=True)
        cells += _worked(task) if for_instructor else _blank(task)
    return _notebook(assignment, [*cells, _cell("code", "progress", f'progress("{assignment.number}")')])


def _blank(task: Task) -> list[NotebookNode]:
    if task.written:
        return [_answer(task, nbgrader.UNANSWERED)]
    return [_solution(task, task.stub), _check(task), _hidden(task, _HIDDEN_NOTE)]


def _worked(task: Task) -> list[NotebookNode]:
    if task.written:
        rubric = f"**Rubric ({_points(task.points)})**\n\n{task.rubric}"
        return [_answer(task, f"{BEGIN}\n**A model answer**\n\n{task.answer}\n\n{rubric}\n{END}")]
    region = [nbgrader.BEGIN_HIDDEN, *_remarks(task), _checking(task, task.hidden), nbgrader.END_HIDDEN]
    return [_solution(task, task.solution), _check(task), _hidden(task, "\n".join([_HIDDEN_NOTE, *region]))]


def _remarks(task: Task) -> Iterator[str]:
    """What an instructor knows besides, as comments: in the region that nbgrader removes."""
    if task.rubric:
        yield "# Rubric"
        yield from (f"# {line}".rstrip() for line in task.rubric.split("\n"))
    if task.wrong:
        yield "# Wrong answers that the checks tell apart, each with the key of its rejection"
        yield from (f"# - {wrong.name}: {wrong.key}" for wrong in task.wrong)


def _solution(task: Task, code: str) -> NotebookNode:
    return _code("solution", task.id, code, **nbgrader.solution(f"solution-{_dashed(task.id)}"))


def _check(task: Task) -> NotebookNode:
    """The visible check, its code folded in Jupyter and on Colab."""
    folded = {"tags": ["hide-input"], "jupyter": {"source_hidden": True}, "cellView": "form"}
    graded = nbgrader.tests(f"check-{_dashed(task.id)}", task.points)
    return _code("check", task.id, f"# @title Check {task.id}\n{_checking(task, task.check)}", **folded, **graded)


def _hidden(task: Task, code: str) -> NotebookNode:
    return _code("hidden", task.id, code, **nbgrader.tests(f"hidden-{_dashed(task.id)}", task.hidden_points))


def _answer(task: Task, answer: str) -> NotebookNode:
    grade_id = f"answer-{_dashed(task.id)}"
    source = f"<!-- ganlab: answer {task.id} -->\n{answer}"
    return _cell("markdown", grade_id, source, **nbgrader.answer(grade_id, task.points))


def _beginning(assignment: Assignment, words: str, imports: Iterable[str], locked: bool = False) -> list[NotebookNode]:
    """Heading, setup cell, imports, opening. The setup cell has the same bytes as in the lessons."""
    needed = f"from ganlab.teaching import {', '.join(imports)}"
    cells = [
        _cell("markdown", "heading", f"# {assignment.number} Exercises: {assignment.title}\n\n{words}"),
        _cell("code", "setup", COURSE.setup, tags=["setup"], **(nbgrader.locked("setup") if locked else {})),
        _cell("code", "imports", needed, **(nbgrader.locked("imports") if locked else {})),
    ]
    return [*cells, _cell("markdown", "opening", assignment.opening)] if assignment.opening else cells


def _doer(assignment: Assignment) -> str:
    """Below the heading of a notebook to work in: the button that opens it, if it is the published one."""
    if assignment.variant is None:
        return COURSE.badge((STUDENTS / f"{assignment.name}.ipynb").as_posix())
    return f"*Variant {assignment.variant}. On Colab, open this very file: File, Upload notebook.*"


def _reader(assignment: Assignment) -> str:
    """Below the heading of the page with the solutions: where to work first."""
    folded = "Hints, solutions and the reasons for them are folded away."
    if assignment.variant is not None:
        return f"*Variant {assignment.variant}. {folded}*"
    notebook = STUDENTS / f"{assignment.name}.ipynb"
    where = f"The button opens the notebook to work in; in a clone it is `{notebook.name}` in `{STUDENTS.as_posix()}`."
    return f"{COURSE.badge(notebook.as_posix())}\n\n{where} {folded}"


def _given(
    assignment: Assignment, codes: Iterable[str], letters: Iterator[int], locked: bool = False
) -> Iterator[NotebookNode]:
    """Cells that are shown and locked: 10.a, 10.b, ... through the whole notebook."""
    for code, place in zip(codes, letters, strict=False):
        name = f"{assignment.number}.{_LETTERS[place % 26]}{place // 26 or ''}"
        yield _code("given", name, code, **(nbgrader.locked(f"given-{_dashed(name)}") if locked else {}))


def _posed(assignment: Assignment, task: Task, letters: Iterator[int], locked: bool = False) -> Iterator[NotebookNode]:
    """A task without its answer: the statement, what is given, three hints."""
    worth = f"{_points(task.total)}, read by a person" if task.written else _points(task.total)
    if not task.written:
        worth += f" ({task.points} + {task.hidden_points} for hidden tests)"
    minutes = f"{task.minutes} minute{'s' * (task.minutes != 1)}"
    head = f"## {task.id} {task.title}\n\n*{task.difficulty} · {minutes} · {worth}*"
    yield _cell("markdown", f"task-{_dashed(task.id)}", f"{head}\n\n{task.statement}")
    yield from _given(assignment, task.given, letters, locked)
    hints = [_details(f"Hint {place}: {_HINTS[place - 1]}", hint) for place, hint in enumerate(task.hints, 1)]
    yield _cell("markdown", f"hints-{_dashed(task.id)}", "\n\n".join(hints))


def _checking(task: Task, halves: str) -> str:
    return f'{halves}\n\n\ncheck("{task.id}", observe, judge)'


def _points(points: int) -> str:
    return f"{points} point{'s' * (points != 1)}"


def _folded(name: str, summary: str, words: str) -> NotebookNode:
    return _cell("markdown", name, _details(summary, words))


def _details(summary: str, words: str) -> str:
    return f"<details><summary>{summary}</summary>\n\n{words}\n\n</details>"


def _fold(what: str) -> dict[str, Any]:
    """Metadata that fold a cell's code in the book and in Jupyter."""
    prompts = {"code_prompt_show": what, "code_prompt_hide": what}
    return {"tags": ["hide-input"], "jupyter": {"source_hidden": True}, "mystnb": prompts}


def _code(kind: str, name: str, code: str, **metadata: Any) -> NotebookNode:
    """A code cell that marking finds by its first line."""
    return _cell("code", f"{kind}-{_dashed(name)}", f"# ganlab: {kind} {name}\n{code}", **metadata)


def _cell(type_: str, name: str, source: str, **metadata: Any) -> NotebookNode:
    new = nbformat.v4.new_code_cell if type_ == "code" else nbformat.v4.new_markdown_cell
    return new(source, id=name, metadata=metadata)


def _dashed(name: str) -> str:
    return name.replace(".", "-")


def _notebook(assignment: Assignment, cells: list[NotebookNode]) -> NotebookNode:
    metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
        "ganlab": {"assignment": assignment.name, "variant": assignment.variant, "version": ganlab.__version__},
    }
    return nbformat.v4.new_notebook(cells=cells, metadata=metadata)
