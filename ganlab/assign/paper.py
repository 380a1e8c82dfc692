"""An assignment and a submission brought together: what is run, in which order, and what is unusual about it.

Our cells in our order, the student's solutions in their places, the student's own cells behind the cell of ours that
they stand behind, and the visible check of a task where it stands in the notebook. The hidden tests come when no cell
is left to run, so that nothing that prints or stops can have seen one.

Lesson: 00 Start here.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cached_property

from ganlab.assign import editions, rules, submission
from ganlab.assign.source import Assignment
from ganlab.assign.submission import Cell, Notebook

_IMPORTS = (ast.Import, ast.ImportFrom)


@dataclass(frozen=True)
class Step:
    """One thing to do in the sandbox. ``kind``: "give", "cell", "visible" or "hidden".

    name: of what is given, or the task's id, "" for the student's own cells. ``where`` says in words which cell it is.
    """

    kind: str
    name: str
    code: str = ""
    where: str = ""


class Paper:
    """An assignment as marking needs it."""

    def __init__(self, assignment: Assignment) -> None:
        self.assignment = assignment
        self.tasks = [task for task in assignment.tasks if not task.written]
        self._edition = submission.parse(editions.student(assignment)).cells

    @cached_property
    def given(self) -> list[tuple[str, str]]:
        """What is run before everything else: each given cell by its name, each task's own imports by its id."""
        stages = []
        for cell in self._edition:
            if cell.kind == "given":
                stages.append((cell.name, cell.text))
            elif cell.kind == "solution":
                lines = [ast.unparse(line) for line in ast.parse(cell.text).body if isinstance(line, _IMPORTS)]
                stages.append((cell.name, "\n".join(lines)))
        return stages

    @cached_property
    def halves(self) -> dict[tuple[str, str], tuple[str, str]]:
        """For each (task, "visible" or "hidden") the code of `observe` and that of `judge`."""
        return {
            (task.id, part): (_function(code, "observe"), _function(code, "judge"))
            for task in self.tasks
            for part, code in (("visible", task.check), ("hidden", task.hidden))
        }

    @cached_property
    def defines(self) -> dict[str, list[str]]:
        """For each task the names that solutions define up to it: what something given may call."""
        names: set[str] = set()
        lists = {}
        for task in self.tasks:
            names |= rules.defined(task.solution)
            lists[task.id] = sorted(names)
        return lists

    @cached_property
    def modules(self) -> list[str]:
        """What the given cells and the solutions import; torch._dynamo comes with the first optimiser."""
        codes = [*self.assignment.given, *(code for task in self.tasks for code in (*task.given, task.solution))]
        names = {"torch._dynamo"} if any("optim" in code for code in codes) else set()
        for node in (node for code in codes for node in ast.walk(ast.parse(code))):
            if isinstance(node, ast.Import):
                names |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        return sorted(names)

    def steps(self, notebook: Notebook) -> list[Step]:
        """Everything there is to do, in order."""
        behind = self._behind(notebook)
        steps = list(behind.get(-1, []))
        late: list[Step] = []
        for place, cell in enumerate(self._edition):
            if cell.kind == "given":
                steps.append(Step("give", cell.name))
            elif cell.kind == "solution":
                texts = notebook.texts("solution", cell.name)
                steps += [Step("cell", cell.name, text, _which(cell.name, n, texts)) for n, text in enumerate(texts, 1)]
            elif cell.kind == "check":
                own = bool(notebook.texts("solution", cell.name))
                (steps if own else late).append(Step("visible", cell.name))
            steps += behind.get(place, [])
        return steps + late + [Step("hidden", task.id) for task in self.tasks]

    def notes(self, notebook: Notebook) -> list[str]:
        """What is unusual about a submission, before anything of it runs."""
        notes = []
        other = notebook.assignment is not None and notebook.variant != self.assignment.variant
        if other:
            made, marked = (_variant(variant) for variant in (notebook.variant, self.assignment.variant))
            notes.append(f"the notebook has {made}; it was marked with {marked}")
        for task in self.assignment.tasks:
            kind = "answer" if task.written else "solution"
            count = len(notebook.texts(kind, task.id))
            if count == 0:
                notes.append(f"the cell for {task.id} is missing")
            elif count > 1:
                notes.append(f"there are {count} cells for {task.id}{'' if task.written else '; the last one counts'}")
        changed = [f"{cell.kind} {cell.name}" for cell in self._edition if self._is_changed(cell, notebook)]
        if changed and not other:
            notes.append(f"cells that are ours were changed, and ours were used: {', '.join(changed)}")
        return notes

    def _behind(self, notebook: Notebook) -> dict[int, list[Step]]:
        """The student's own cells, by the place of the cell of ours that they stand behind (-1: none at all)."""
        places = {(cell.kind, cell.name): place for place, cell in enumerate(self._edition) if cell.name}
        unnamed = {_plain(cell.text): place for place, cell in enumerate(self._edition) if not cell.name}
        kinds = [cell.kind for cell in self._edition]
        first = kinds.index("solution") - 1 if "solution" in kinds else len(kinds) - 1
        here, behind = first, dict[int, list[Step]]()
        number = 0
        for cell in notebook.cells:
            number += cell.kind != "answer"
            place = places.get((cell.kind, cell.name)) if cell.name else unnamed.get(_plain(cell.text))
            if place is not None:
                here = max(place, first)
            elif cell.kind == "own":
                behind.setdefault(here, []).append(Step("cell", "", cell.text, f"code cell {number}"))
        return behind

    def _is_changed(self, cell: Cell, notebook: Notebook) -> bool:
        if cell.kind not in ("given", "check", "hidden"):
            return False
        return any(_plain(text) != _plain(cell.text) for text in notebook.texts(cell.kind, cell.name))


def _function(code: str, name: str) -> str:
    """The lines of one function of a cell."""
    (function,) = (node for node in ast.parse(code).body if isinstance(node, ast.FunctionDef) and node.name == name)
    return "\n".join(code.splitlines()[function.lineno - 1 : function.end_lineno]) + "\n"


def _which(task: str, number: int, texts: list[str]) -> str:
    return f"the cell for {task}" if len(texts) == 1 else f"cell {number} of {len(texts)} for {task}"


def _plain(code: str) -> str:
    """Code without marks and without what editors change: Colab's form lines, spaces at the ends of lines."""
    lines = [line.rstrip() for line in submission.unmarked(code).splitlines()]
    return "\n".join(line for line in lines if not line.replace(" ", "").startswith("#@")).strip()


def _variant(variant: int | None) -> str:
    return "the published numbers" if variant is None else f"the numbers of variant {variant}"
