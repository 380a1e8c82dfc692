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
equivalent     markdown  mutants that are no mistakes: ``- `old` -> `new`: reason``, with lines or parts of lines
answer         markdown  a written task: the model answer (takes the place of solution, check and hidden)
rubric         markdown  how to mark it; for written tasks, and wherever words are needed
=============  ========  =====================================================================================

Text stands between triple quotes, as in any Python file: with r before them, or with every backslash doubled.
A cell that follows a task belongs to it. An instructor's private folder may hold a file of the same name: its `hidden`,
`wrong`, `rubric` and `variant` cells name their task and take the place of the public cells of that kind and task.

Lesson: 00 Start here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ganlab.assign import rules
from ganlab.errors import UserError, unknown

BANK = Path("notebooks/exercises/sources")
NEEDS = "assignments need jupytext and nbformat: pip install 'ganlab[assign]'"
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
_CODE_ONLY = ("solution", "check", "hidden", "wrong", "right", "explanation", "equivalent")
_JUPYTEXTS = ("kind", "cell_marker", "lines_to_next_cell")  # what jupytext adds to a cell's metadata, and the kind


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
    """All tasks of a lesson. ``name`` is the file's stem, ``number`` the lesson's two digits.

    private: whether an instructor's own cells are in it.
    """

    name: str
    number: str
    title: str
    opening: str
    given: tuple[str, ...]
    tasks: tuple[Task, ...]
    variants: dict[str, list[Any]] = field(default_factory=dict)
    variant: int | None = None
    private: bool = False

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
    if private is None:
        return _assignment(path, cells)
    overlay = private / path.name
    if not overlay.is_file():
        raise UserError(f"there is no {overlay}: --private takes a folder with a file named like the source")
    return replace(_assignment(path, _overlay(cells, list(_cells(overlay, partial=True)), overlay)), private=True)


@dataclass(frozen=True)
class _Cell:
    kind: str
    text: str
    fields: dict[str, Any]
    where: str
    task: str | None

    @property
    def place(self) -> tuple[str, str | None]:
        """What an overlay replaces together: all cells of a kind in a task, or all variant cells."""
        return self.kind, None if self.kind == "variant" else self.task


def _cells(path: Path, partial: bool = False) -> Iterator[_Cell]:
    """The cells of a file, each checked by itself. In a partial file (an overlay) cells name their task themselves."""
    try:
        import jupytext
    except ImportError:
        raise UserError(NEEDS) from None
    percent = {"extension": ".py", "format_name": "percent", "comment_magics": False}
    try:
        cells = jupytext.reads(path.read_text(encoding="utf-8"), fmt=percent).cells
    except (OSError, ValueError) as error:
        raise UserError(f"{path} cannot be read: {error}") from None
    task: str | None = None
    for place, cell in enumerate(cells, 1):
        if not cell.metadata.get("kind") and not cell.source.strip():
            continue
        where = f"{path.name}, cell {place}"
        kind, text, fields = _read(cell, where)
        if partial and kind not in _OVERLAID:
            raise UserError(f"{where}: a private file holds cells of kind {', '.join(_OVERLAID)} only")
        if partial and kind != "variant" and "task" not in fields:
            raise UserError(f'{where}: say which task the cell belongs to: task="10.1"')
        if not partial and kind != "task" and fields.get("task", task) != task:
            raise UserError(f"{where}: the cell stands in task {task}; move it below the head of its own")
        task = fields.get("task", task)
        if task is None and kind not in ("opening", "variant", "given"):
            raise UserError(f"{where}: a {kind} cell belongs below the task cell of its task")
        yield _Cell(kind, text, fields, where, task)


def _read(cell: Any, where: str) -> tuple[str, str, dict[str, Any]]:
    """Kind, text and fields of one of jupytext's cells, with all that can be said of it by itself."""
    kind, text = cell.metadata.get("kind"), cell.source.strip("\n")
    if cell.metadata.get("cell_marker") in ('"""', "'''"):
        if re.search(r"(?<!\\)\\(\\\\)*(?!\\)", text):
            raise UserError(f'{where}: begin a text that has backslashes with r""", or double each of them')
        text = text.replace("\\\\", "\\")
    if kind not in _KINDS:
        raise UserError(f'{where}: a cell begins with # %% kind="...", one of {", ".join(_KINDS)}')
    if (cell.cell_type == "markdown") != (kind in _MARKDOWN):
        raise UserError(f"{where}: a {kind} cell is {'[markdown]' if kind in _MARKDOWN else 'code'}")
    if not text.strip():
        raise UserError(f"{where}: this {kind} cell is empty")
    if cell.cell_type == "code" and (problem := rules.problem(kind, text)):
        raise UserError(f"{where}: {problem}")
    return kind, text, _fields(kind, cell.metadata, where)


def _fields(kind: str, metadata: dict[str, Any], where: str) -> dict[str, Any]:
    """The fields of a cell's head. Raises UserError for one that is missing, unknown or of the wrong type."""
    wanted = {"task": str} | _FIELDS.get(kind, {})
    fields = {key: metadata[key] for key in metadata if key not in _JUPYTEXTS}
    for key in fields:
        if key not in wanted:
            raise UserError(f"{where}: a {kind} cell has no field {key!r}; it may have {', '.join(wanted)}")
    for key, type_ in wanted.items():
        if key not in fields and (key == "hidden_points" or key not in _FIELDS.get(kind, {})):
            continue
        value: Any = fields.get(key)
        wrong_type = isinstance(value, bool) or not isinstance(value, type_)
        if wrong_type or value == "" or (type_ is int and fields[key] < 1):
            example = f'{key}="..."' if type_ is str else f"{key}=1 or more"
            raise UserError(f"{where}: a {kind} cell needs {example}")
    return fields


def _overlay(cells: list[_Cell], private: list[_Cell], path: Path) -> list[_Cell]:
    tasks = [str(cell.task) for cell in cells if cell.kind == "task"]
    for cell in private:
        if cell.kind != "variant" and cell.task not in tasks:
            raise unknown(f"task in {path}", str(cell.task), tasks)
    replaced = {cell.place for cell in private}
    names, own = _variants(cells), _variants(private)
    if own and own.keys() != names.keys():
        raise UserError(f"{path}: variant cells of a private file name what the source's do: {', '.join(names)}")
    return [cell for cell in cells if cell.place not in replaced] + private


def _assignment(path: Path, cells: list[_Cell]) -> Assignment:
    if not cells or [cell.kind == "opening" for cell in cells] != [True] + [False] * (len(cells) - 1):
        raise UserError(f"{path.name}: the first cell, and no other, is the opening with the heading # NN Title")
    heading, _, opening = cells[0].text.partition("\n")
    found = re.fullmatch(r"# (\d\d) (.+)", heading)
    if not found or not path.stem.startswith(found[1] + "-"):
        raise UserError(f"{path.name}: the opening's first line is # NN Title, with the NN of the file's name")
    number, title = found.groups()
    heads = [cell for cell in cells if cell.kind == "task"]
    for cell in heads:
        if not re.fullmatch(rf"{number}\.[1-9]\d?", str(cell.task)):
            raise UserError(f'{cell.where}: task ids look like "{number}.1", not {cell.task!r}')
    ids = [int(str(cell.task)[3:]) for cell in heads]
    if not ids or ids != sorted(set(ids)):
        raise UserError(f"{path.name}: an assignment has tasks, each with an id of its own, in the order of their ids")
    variants = _variants(cells)
    for cell in cells:
        if cell.kind not in (*_MARKDOWN, "variant") and (problem := rules.variant_problem(cell.text, variants)):
            raise UserError(f"{cell.where}: {problem}")
    tasks = []
    known: set[str] = set()
    for head in heads:
        task = _task(head, [cell for cell in cells if cell.task == head.task and cell is not head])
        known |= rules.defined(task.solution)
        if not task.written and (problem := rules.task_problem(task, known)):
            raise UserError(f"{path.name}, task {task.id}: {problem}")
        tasks.append(task)
    given = tuple(cell.text for cell in cells if cell.kind == "given" and cell.task is None)
    return Assignment(path.stem, number, title, opening.strip(), given, tuple(tasks), variants)


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
    if written == ("hidden_points" in fields):
        what = (
            "is written and has no hidden_points" if written else "needs hidden_points=1 or more for its hidden tests"
        )
        raise UserError(f"{head.where}: task {head.task} {what}")
    for kind in _CODE_ONLY if written else ():
        if texts(kind):
            raise UserError(f"{head.where}: task {head.task} is written (it has an answer); it has no {kind} cell")
    task = Task(
        id=str(head.task), statement=head.text, hidden_points=fields.pop("hidden_points", 0), **fields,
        given=texts("given"), hints=texts("hint"), solution=one("solution", not written),
        check=one("check", not written), hidden=one("hidden", not written),
        wrong=tuple(Answer(c.fields["name"], c.text, c.fields["key"]) for c in cells if c.kind == "wrong"),
        right=tuple(Answer(c.fields["name"], c.text) for c in cells if c.kind == "right"),
        explanation=one("explanation", not written), equivalent=one("equivalent"), answer=one("answer", written),
        rubric=one("rubric", written),
    )  # fmt: skip
    if len(task.hints) != 3:
        raise UserError(f"{head.where}: task {task.id} has {len(task.hints)} hints; three are due")
    names = [answer.name for answer in task.wrong + task.right]
    for name in names:
        if names.count(name) > 1:
            raise UserError(f"{head.where}: task {task.id} has two answers named {name!r}")
    if not written and (BEGIN in task.stub or END in task.stub or task.stub == task.solution):
        raise UserError(f"{head.where}: the solution of task {task.id} needs one {BEGIN} and, below it, one {END}")
    return task


def _variants(cells: list[_Cell]) -> dict[str, list[Any]]:
    """The assignments of all variant cells."""
    variants: dict[str, list[Any]] = {}
    for cell in cells:
        if cell.kind == "variant":
            variants |= rules.variant_values(cell.text)
    return variants
