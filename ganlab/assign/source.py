"""The one source of an assignment: a Python file of cells, from which every edition and every mark is made.

The format is jupytext's percent format (``# %% [markdown] kind="task" ...``), so editors show cells. The kind says what
a cell is for:

=============  ========  =====================================================================================
kind           language  what it is
=============  ========  =====================================================================================
opening        markdown  first cell; its heading ``# NN Title`` names the lesson; text above all tasks
variant        code      ``NAME = [published, other, ...]`` or ``NAME = range(n)``: what ``--variant`` changes
given          code      shown and locked: imports, helpers; before the first task or inside one
task           markdown  statement; ``task="10.2" title="..." points=2 hidden_points=1 minutes=10 difficulty="easy"``
hint           markdown  three a task: the direction, the formula, almost the code
solution       code      the answer, with ``### BEGIN SOLUTION`` and ``### END SOLUTION`` inside its function
check          code      ``observe`` and ``judge`` that the learner runs (see `ganlab.teaching.check`)
hidden         code      ``observe`` and ``judge`` for marking only
wrong          code      a plausible wrong answer, ``name="no detach" key="graph"``: the key its rejection must carry
right          code      the right answer written differently, ``name="..."``; two or more a task
explanation    markdown  why the answer is right; shown with the solution
equivalent     markdown  mutants that are no mistakes: ``- `old line` -> `new line`: reason``
answer         markdown  a written task: the model answer (takes the place of solution, check and hidden)
rubric         markdown  how to mark it; for written tasks, and wherever words are needed
=============  ========  =====================================================================================

An instructor's private folder may hold a file of the same name: its `hidden`, `wrong`, `rubric` and `variant` cells
take the place of the public cells of that kind and task.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ganlab.errors import UserError, unknown

BANK = Path("notebooks/exercises/sources")
BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"
_DIFFICULTIES = ("easy", "medium", "hard")
_OVERLAID = ("hidden", "wrong", "rubric", "variant")
_FIELDS: dict[str, dict[str, type]] = {
    "task": {"task": str, "title": str, "points": int, "minutes": int, "difficulty": str, "hidden_points": int},
    "wrong": {"name": str, "key": str},
    "right": {"name": str},
}
_KINDS = (
    "opening", "variant", "given", "task", "hint", "solution", "check", "hidden", "wrong", "right", "explanation",
    "equivalent", "answer", "rubric",
)  # fmt: skip
_MARKDOWN = ("opening", "task", "hint", "explanation", "equivalent", "answer", "rubric")


@dataclass(frozen=True)
class Answer:
    """A complete solution cell: a wrong answer with the key of its rejection, or another right one (``key`` None)."""

    name: str
    code: str
    key: str | None = None


@dataclass(frozen=True)
class Task:
    """One task. ``code`` tasks have solution, check and hidden; ``written`` tasks have an answer and a rubric."""

    id: str
    title: str
    statement: str
    points: int
    hidden_points: int
    minutes: int
    difficulty: str
    given: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()
    solution: str = ""
    check: str = ""
    hidden: str = ""
    wrong: tuple[Answer, ...] = ()
    right: tuple[Answer, ...] = ()
    explanation: str = ""
    equivalent: str = ""
    answer: str = ""
    rubric: str = ""

    @property
    def written(self) -> bool:
        """Whether a person marks it, by the rubric."""
        return bool(self.answer)

    @property
    def total(self) -> int:
        """Points of the visible and the hidden part together."""
        return self.points + self.hidden_points

    @property
    def stub(self) -> str:
        """The solution as a student gets it, in nbgrader's own words."""
        return stub(self.solution)


@dataclass(frozen=True)
class Assignment:
    """All tasks of a lesson. ``name`` is the file's stem, ``number`` the lesson's two digits."""

    name: str
    number: str
    title: str
    opening: str
    given: tuple[str, ...]
    tasks: tuple[Task, ...]
    variants: dict[str, list[Any]] = field(default_factory=dict)
    variant: int | None = None

    def task(self, task: str) -> Task:
        """The task with this id. Raises UserError for an unknown one."""
        for candidate in self.tasks:
            if candidate.id == task:
                return candidate
        raise unknown("task", task, [candidate.id for candidate in self.tasks])

    @property
    def points(self) -> int:
        """The sum over all tasks."""
        return sum(task.total for task in self.tasks)


def stub(solution: str) -> str:
    """Replace each solution region by nbgrader's stub, at the region's indentation."""
    region = re.compile(rf"^([ \t]*){BEGIN}.*?{END}[ \t]*$", re.DOTALL | re.MULTILINE)
    return region.sub(r"\1# YOUR CODE HERE\n\1raise NotImplementedError()", solution)


def find(assignment: str, bank: Path = BANK) -> Path:
    """The source file for a path, a name ("10-the-training-loop") or a lesson's number ("10").

    Raises UserError where there is none.
    """
    path = Path(assignment)
    if path.suffix == ".py":
        if not path.is_file():
            raise UserError(f"there is no source file {path}: give the path of an assignment's .py file")
        return path
    if not bank.is_dir():
        raise UserError(f"there is no folder {bank} here: run this in the course's folder, or give the source's path")
    sources = sorted(bank.glob("[0-9][0-9]-*.py"))
    for source in sources:
        if assignment in (source.stem, source.stem[:2]):
            return source
    raise unknown("assignment", assignment, [source.stem for source in sources])


def read(path: Path, private: Path | None = None) -> Assignment:
    """Read an assignment, and lay the file of the same name in the folder ``private`` over it.

    Raises UserError that names the file and the cell for whatever is missing, unknown or out of place.
    """
    cells = list(_cells(path))
    if private is not None:
        if not private.is_dir():
            raise UserError(f"there is no folder {private}: --private takes the folder with your own hidden tests")
        overlay = private / path.name
        if overlay.is_file():
            cells = _overlay(cells, list(_cells(overlay, partial=True)), overlay)
    return _assignment(path, cells)


@dataclass(frozen=True)
class _Cell:
    kind: str
    text: str
    fields: dict[str, Any]
    where: str
    task: str | None


def _cells(path: Path, partial: bool = False) -> Iterator[_Cell]:
    """The cells of a file with their kinds checked. In a partial file (an overlay) cells name their task themselves."""
    try:
        import jupytext
    except ImportError:
        raise UserError("assignments need jupytext and nbformat: pip install 'ganlab[assign]'") from None
    try:
        cells = jupytext.reads(path.read_text(encoding="utf-8"), fmt="py:percent").cells
    except (UnicodeDecodeError, ValueError) as error:
        raise UserError(f"{path} cannot be read: {error}") from None
    task: str | None = None
    for place, cell in enumerate(cells, 1):
        where = f"{path.name}, cell {place}"
        kind = cell.metadata.get("kind")
        if kind is None and not cell.source.strip():
            continue
        if kind not in _KINDS:
            raise UserError(f'{where}: a cell begins with # %% kind="...", one of {", ".join(_KINDS)}')
        if (cell.cell_type == "markdown") != (kind in _MARKDOWN):
            raise UserError(f"{where}: a {kind} cell is {'[markdown]' if kind in _MARKDOWN else 'code'}")
        fields = {key: cell.metadata[key] for key in cell.metadata if key in _FIELDS.get(kind, {}) or key == "task"}
        for key, wanted in _FIELDS.get(kind, {}).items():
            if key != "hidden_points" and not isinstance(fields.get(key), wanted):
                raise UserError(f"{where}: a {kind} cell needs {key}=... ({wanted.__name__})")
        if partial and kind not in _OVERLAID:
            raise UserError(f"{where}: a private file holds cells of kind {', '.join(_OVERLAID)} only")
        if partial and kind != "variant" and "task" not in fields:
            raise UserError(f'{where}: say which task the cell belongs to: task="10.1"')
        task = fields.get("task", task)
        yield _Cell(kind, cell.source.strip("\n"), fields, where, task)


def _overlay(cells: list[_Cell], private: list[_Cell], path: Path) -> list[_Cell]:
    tasks = [cell.task for cell in cells if cell.kind == "task"]
    for cell in private:
        if cell.kind != "variant" and cell.task not in tasks:
            raise unknown(f"task in {path}", str(cell.task), [str(task) for task in tasks])
    replaced = {(cell.kind, None if cell.kind == "variant" else cell.task) for cell in private}
    kept = [c for c in cells if (c.kind, None if c.kind == "variant" else c.task) not in replaced]
    return kept + private


def _assignment(path: Path, cells: list[_Cell]) -> Assignment:
    if not cells or cells[0].kind != "opening":
        raise UserError(f"{path.name}: the first cell is the opening, with the heading # NN Title")
    heading, _, opening = cells[0].text.partition("\n")
    found = re.fullmatch(r"# (\d\d) (.+)", heading)
    if not found or not path.stem.startswith(found[1] + "-"):
        raise UserError(f"{path.name}: the opening's first line is # NN Title, with the NN of the file's name")
    order = [cell for cell in cells if cell.kind == "task"]
    tasks = tuple(_task(head, [c for c in cells if c.task == head.task and c is not head]) for head in order)
    if len({task.id for task in tasks}) < len(tasks) or not tasks:
        raise UserError(f"{path.name}: every assignment has tasks, and each has an id of its own")
    for task in tasks:
        if not re.fullmatch(rf"{found[1]}\.[1-9]\d?", task.id):
            raise UserError(f'{path.name}: task ids look like "{found[1]}.1", not {task.id!r}')
    variants: dict[str, list[Any]] = {}
    for cell in cells:
        if cell.kind == "variant":
            variants |= _variants(cell)
    given = tuple(cell.text for cell in cells if cell.kind == "given" and cell.task is None)
    return Assignment(path.stem, found[1], found[2], opening.strip(), given, tasks, variants)


def _task(head: _Cell, cells: list[_Cell]) -> Task:
    def texts(kind: str) -> tuple[str, ...]:
        return tuple(cell.text for cell in cells if cell.kind == kind)

    def one(kind: str, needed: bool = False) -> str:
        found = texts(kind)
        if len(found) > 1 or (needed and not found):
            raise UserError(f"{head.where}: task {head.task} needs one {kind} cell, and has {len(found)}")
        return found[0] if found else ""

    written = bool(texts("answer"))
    fields = {key: value for key, value in head.fields.items() if key != "task"}
    if fields["difficulty"] not in _DIFFICULTIES:
        raise unknown(f"difficulty of task {head.task}", fields["difficulty"], _DIFFICULTIES)
    hidden_points = fields.pop("hidden_points", 0)
    if not written and not (isinstance(hidden_points, int) and hidden_points > 0):
        raise UserError(f"{head.where}: task {head.task} needs hidden_points=... (int), the points of its hidden tests")
    task = Task(
        id=str(head.task), statement=head.text, hidden_points=0 if written else hidden_points, **fields,
        given=texts("given"), hints=texts("hint"), solution=one("solution", not written),
        check=one("check", not written), hidden=one("hidden", not written),
        wrong=tuple(Answer(c.fields["name"], c.text, c.fields["key"]) for c in cells if c.kind == "wrong"),
        right=tuple(Answer(c.fields["name"], c.text) for c in cells if c.kind == "right"),
        explanation=one("explanation", not written), equivalent=one("equivalent"), answer=one("answer", written),
        rubric=one("rubric", written),
    )  # fmt: skip
    if written and (task.solution or task.check or task.hidden):
        raise UserError(f"{head.where}: task {task.id} is written: it has an answer and a rubric, and no code to run")
    if len(task.hints) != 3:
        raise UserError(f"{head.where}: task {task.id} has {len(task.hints)} hints; three are due")
    if not written and (task.solution.count(BEGIN), task.solution.count(END)) != (1, 1):
        raise UserError(f"{head.where}: the solution of task {task.id} needs one {BEGIN} and one {END}")
    return task


def _variants(cell: _Cell) -> dict[str, list[Any]]:
    """The assignments of a variant cell, read and not run: lists of constants, or range(n)."""
    variants = {}
    for line in ast.parse(cell.text).body:
        try:
            assert isinstance(line, ast.Assign) and isinstance(line.targets[0], ast.Name)
            name, value = line.targets[0].id, line.value
            if isinstance(value, ast.Call) and ast.unparse(value.func) == "range":
                variants[name] = list(range(*(ast.literal_eval(argument) for argument in value.args)))
            else:
                variants[name] = list(ast.literal_eval(value))
            assert variants[name]
        except (AssertionError, ValueError, TypeError):
            raise UserError(f"{cell.where}: a variant cell holds lines NAME = [published, other, ...]") from None
    return variants
