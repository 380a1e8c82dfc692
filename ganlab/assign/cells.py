"""Running the cells of an assignment in this process: for its author, never for a student's work.

Lesson: 00 Start here.
"""

from __future__ import annotations

import ast
import contextlib
import io
import itertools
import linecache
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import torch

import ganlab
from ganlab.assign.source import Assignment, Task
from ganlab.errors import UserError
from ganlab.teaching import checks
from ganlab.teaching.checks import sealed

Names = dict[str, Any]
CHECKING = ("attempt", "check", "matches", "near", "reject")  # what every assignment imports from ganlab.teaching
_count = itertools.count()


def run(code: str, names: Names, label: str = "cell") -> None:
    """Execute a cell in ``names``; its lines appear in tracebacks."""
    file = f"<{label} {next(_count)}>"
    linecache.cache[file] = (len(code), None, code.splitlines(keepends=True), file)
    exec(compile(code, file, "exec"), names)


def bench(assignment: Assignment, task: Task) -> Names:
    """Fresh names with everything given up to this task: what a check finds around it."""
    return _played(assignment, task, lambda _: None)


def answered(assignment: Assignment, task: Task, solution: str | None = None) -> Names:
    """Fresh names with all given cells and the solutions of all tasks up to this one, this one's from ``solution``."""
    return _played(assignment, task, lambda t: t.solution if solution is None or t is not task else solution)


def _played(assignment: Assignment, task: Task, answer: Callable[[Task], str | None]) -> Names:
    """The names of a notebook after its cells up to a task, run as after the setup cell: torch's seed is 0."""
    names: Names = {"__name__": "__main__", "ganlab": ganlab}
    names |= {name: getattr(checks, name) for name in CHECKING}
    with _seeded():
        for code in assignment.given:
            run(code, names, "given")
        for earlier in assignment.tasks:
            for code in earlier.given:
                run(code, names, "given")
            run(answer(earlier) or "", names, f"solution {earlier.id}")
            if earlier.id == task.id:
                break
    return names


@contextlib.contextmanager
def _seeded() -> Iterator[None]:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        yield


def halves(code: str, names: Mapping[str, Any]) -> tuple[Callable[..., Any], Callable[[Any], None]]:
    """The `observe` and the `judge` of a check cell, defined among a copy of ``names``."""
    around = dict(names)
    run(code, around, "check")
    return around["observe"], around["judge"]


def seal(assignment: Assignment) -> Assignment:
    """Put digests in the place of every ``sealed(...)`` in a check, with the solutions' own values inside.

    So a check can recognise a number that it does not show. Raises UserError for a call that cannot be computed.
    """
    return replace(assignment, tasks=tuple(_seal(assignment, task) for task in assignment.tasks))


def _seal(assignment: Assignment, task: Task) -> Task:
    if "sealed(" not in task.check + task.hidden:
        return task
    names = answered(assignment, task) | {"sealed": sealed}
    return replace(task, check=_digested(task.check, names, task.id), hidden=_digested(task.hidden, names, task.id))


def _digested(code: str, names: Names, task: str) -> str:
    calls = [
        node
        for node in ast.walk(ast.parse(code))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "sealed"
    ]
    lines = [line.encode() for line in io.StringIO(code)]  # the columns of a syntax tree count bytes
    for call in sorted(calls, key=lambda node: (node.lineno, node.col_offset), reverse=True):
        if call.lineno != call.end_lineno:
            raise UserError(f"task {task}: write sealed(...) on one line")
        try:
            with _seeded():
                digest = eval(ast.unparse(call), names)
        except Exception as error:
            raise UserError(f"task {task}: {ast.unparse(call)} cannot be computed ({error})") from error
        row = lines[call.lineno - 1]
        lines[call.lineno - 1] = row[: call.col_offset] + f'"{digest}"'.encode() + row[call.end_col_offset :]
    return b"".join(lines).decode()
