"""What the code cells of a source have to look like, so that every edition and every mark can be made from them.

Nothing is run here: code is parsed. Every function returns the words that complete "file, cell 7: ...", or None.

Lesson: 00 Start here.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ganlab.assign.source import Task

_ANSWERS = ("solution", "wrong", "right")
_HALVES = ("check", "hidden")
_DEFINITIONS = (ast.FunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom)
_NAME = re.compile(r"[A-Z][A-Z0-9_]+")


def problem(kind: str, code: str) -> str | None:
    """What is wrong with a cell by itself."""
    try:
        body = ast.parse(code).body
    except SyntaxError as error:
        return f"line {error.lineno} of this {kind} cell is not Python: {error.msg}"
    if kind == "variant":
        if not all(_variant(line) for line in body):
            return "a variant cell holds lines NAME = [published, other, ...] or NAME = range(n), in capital letters"
    elif kind in _HALVES:
        names = [line.name if isinstance(line, ast.FunctionDef) else "" for line in body]
        if names != ["observe", "judge"]:
            return f"a {kind} cell defines observe(...) and judge(seen), and nothing else"
        if not parameters(code, "observe") or len(parameters(code, "judge")) != 1:
            return "observe takes the learner's functions by name, and judge takes what observe returned"
    elif kind in _ANSWERS and not all(isinstance(line, _DEFINITIONS) for line in body):
        return f"a {kind} cell defines functions, and runs nothing"
    return None


def task_problem(task: Task, known: Collection[str]) -> str | None:
    """What does not fit together in a task of code; ``known`` is what this task's solution and earlier ones define."""
    try:
        runs = all(isinstance(line, _DEFINITIONS) for line in ast.parse(task.stub).body)
    except SyntaxError:
        runs = False
    if not runs or "raise NotImplementedError()" in task.stub.splitlines():
        return "the solution region stands inside the body of a function, so that the stub can be defined"
    for kind in _HALVES:
        for name in parameters(getattr(task, kind), "observe"):
            if name not in known:
                return f"observe of the {kind} cell takes {name!r}, which no solution up to here defines"
    for answer in task.wrong + task.right:
        missing = defined(task.solution) - defined(answer.code)
        if missing:
            return f"the answer {answer.name!r} does not define {', '.join(sorted(missing))}"
    return None


def variant_problem(code: str, variants: Collection[str]) -> str | None:
    """What keeps a value from taking the place of a variant's name everywhere in a cell."""
    for node in ast.walk(ast.parse(code)):
        name = _bound(node)
        if name in variants:
            return f"{name} is a name of the variant: a value takes its place, so nothing else may be called that"
        if isinstance(node, ast.FormattedValue):
            plain = isinstance(node.value, ast.Name) and node.conversion == -1 and node.format_spec is None
            inside = {part.id for part in ast.walk(node.value) if isinstance(part, ast.Name)} & set(variants)
            if inside and not plain:
                return f"write {{{min(inside)}}} plain in an f-string, without format or arithmetic"
    return None


def _bound(node: ast.AST) -> str | None:
    """The name that an assignment, a parameter or a keyword argument binds."""
    if isinstance(node, ast.Name):
        return None if isinstance(node.ctx, ast.Load) else node.id
    return node.arg if isinstance(node, (ast.arg, ast.keyword)) else None


def defined(code: str) -> set[str]:
    """The functions and classes that a cell defines."""
    return {line.name for line in ast.parse(code).body if isinstance(line, (ast.FunctionDef, ast.ClassDef))}


def parameters(code: str, function: str) -> list[str]:
    """The names of the parameters of a function that a cell defines."""
    for line in ast.parse(code).body:
        if isinstance(line, ast.FunctionDef) and line.name == function:
            return [argument.arg for argument in line.args.args]
    return []


def variant_values(code: str) -> dict[str, list[Any]]:
    """The names of a variant cell with all their values, read and not run."""
    return dict(filter(None, map(_variant, ast.parse(code).body)))


def _variant(line: ast.stmt) -> tuple[str, list[Any]] | None:
    """The name and the values of one line; None if it is no such line."""
    if not (isinstance(line, ast.Assign) and len(line.targets) == 1 and isinstance(line.targets[0], ast.Name)):
        return None
    name, value = line.targets[0].id, line.value
    try:
        if isinstance(value, ast.Call) and ast.unparse(value.func) == "range":
            values = list(range(*(ast.literal_eval(argument) for argument in value.args)))
        elif isinstance(value, ast.List):
            values = ast.literal_eval(value)
        else:
            return None
    except (ValueError, TypeError):
        return None
    return (name, values) if _NAME.fullmatch(name) and len(values) > 1 else None
