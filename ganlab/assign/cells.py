"""Running the cells of an assignment in this process: for its author, never for a student's work.

Lesson: 00 Start here.
"""

from __future__ import annotations

import ast
import itertools
import linecache
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from ganlab.assign.source import Assignment, Task
from ganlab.errors import UserError
from ganlab.teaching.checks import sealed

Names = dict[str, Any]
_count = itertools.count()


def run(code: str, names: Names, label: str = "cell") -> None:
    """Execute a cell in ``names``; its lines appear in tracebacks."""
    file = f"<{label} {next(_count)}>"
    linecache.cache[file] = (len(code), None, code.splitlines(keepends=True), file)
    exec(compile(code, file, "exec"), names)


def bench(assignment: Assignment, task: Task) -> Names:
    """Fresh names with everything given up to this task: what a check finds around it."""
    names: Names = {"__name__": "__main__"}
    for code in assignment.given:
        run(code, names, "given")
    for earlier in assignment.tasks:
        for code in earlier.given:
            run(code, names, "given")
        if earlier.id == task.id:
            break
    return names


def answered(assignment: Assignment, task: Task, solution: str | None = None) -> Names:
    """Fresh names with all given cells and the solutions of all tasks up to this one, this one's from ``solution``."""
    names: Names = {"__name__": "__main__"}
    for code in assignment.given:
        run(code, names, "given")
    for earlier in assignment.tasks:
        for code in earlier.given:
            run(code, names, "given")
        last = earlier.id == task.id
        if not earlier.written:
            run(solution if last and solution is not None else earlier.solution, names, f"solution {earlier.id}")
        if last:
            break
    return names


def halves(code: str, names: Mapping[str, Any]) -> tuple[Callable[..., Any], Callable[[Any], None]]:
    """The `observe` and the `judge` of a check cell, defined among a copy of ``names``."""
    around = dict(names)
    run(code, around, "check")
    return around["observe"], around["judge"]


def seal(assignment: Assignment) -> Assignment:
    """Put digests in the place of every ``sealed(...)`` in a check, with the solutions' own values inside.

    So a check can recognise a number that it does not show.
    """
    return replace(assignment, tasks=tuple(_seal(assignment, task) for task in assignment.tasks))


def _seal(assignment: Assignment, task: Task) -> Task:
    if "sealed(" not in task.check:
        return task
    names = answered(assignment, task) | {"sealed": sealed}
    calls = [
        node
        for node in ast.walk(ast.parse(task.check))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "sealed"
    ]
    lines = task.check.splitlines(keepends=True)
    for call in sorted(calls, key=lambda node: (node.lineno, node.col_offset), reverse=True):
        if call.lineno != call.end_lineno:
            raise UserError(f"task {task.id}: write sealed(...) on one line")
        row = lines[call.lineno - 1]
        digest = eval(ast.unparse(call), names)
        lines[call.lineno - 1] = f'{row[: call.col_offset]}"{digest}"{row[call.end_col_offset :]}'
    return replace(task, check="".join(lines))
