"""Variants: the same task with other numbers, so that a copied answer fails while the checks follow.

A name of the source's variant cell stands for a number everywhere: as a Python name in code, as ``{NAME}`` in text.

Lesson: 00 Start here.
"""

from __future__ import annotations

import io
import itertools
import random
import re
import tokenize
from collections.abc import Collection, Iterator
from dataclasses import fields, replace
from typing import Any

from ganlab.assign.source import Answer, Assignment, Task


def choose(variants: dict[str, list[Any]], seed: int | None) -> dict[str, Any]:
    """A value for each name: the first for None, else one of the others, drawn by a generator of its (seed, name)."""
    if seed is None:
        return {name: values[0] for name, values in variants.items()}
    return {name: random.Random(f"{seed}/{name}").choice(values[1:]) for name, values in variants.items()}


def in_code(code: str, values: dict[str, Any]) -> str:
    """Put the values in the place of their names; strings, comments and attributes keep theirs, {NAME} excepted."""
    lines = list(io.StringIO(code))
    for token, following in reversed(list(_names(code, values))):
        literal = repr(values[token.string])
        if following == "." or (following == "**" and literal.startswith("-")):
            literal = f"({literal})"
        row, start, end = token.start[0] - 1, token.start[1], token.end[1]
        lines[row] = lines[row][:start] + literal + lines[row][end:]
    return in_text("".join(lines), values)


def _names(code: str, names: Collection[str]) -> Iterator[tuple[tokenize.TokenInfo, str]]:
    """Where one of the names stands by itself, with the text that follows it.

    Inside an f-string there is none: Python 3.12 and later take f-strings apart, 3.11 does not.
    """
    tokens = list(tokenize.generate_tokens(io.StringIO(code).readline))
    before, depth = "", 0
    for token, after in itertools.pairwise(tokens):
        kind = tokenize.tok_name[token.type]
        depth += kind.endswith("STRING_START") - kind.endswith("STRING_END")
        if token.type == tokenize.NAME and token.string in names and before != "." and not depth:
            yield token, after.string
        before = token.string


def in_text(text: str, values: dict[str, Any]) -> str:
    """Put the values in the place of ``{NAME}``; every other brace stays."""
    return re.sub(r"\{([A-Z][A-Z0-9_]*)\}", lambda m: str(values.get(m[1], m[0])), text)


def apply(assignment: Assignment, seed: int | None) -> Assignment:
    """The assignment with every name of its variant cell replaced in code and text."""
    values = choose(assignment.variants, seed)
    return replace(
        assignment,
        variant=seed,
        opening=in_text(assignment.opening, values),
        given=tuple(in_code(code, values) for code in assignment.given),
        tasks=tuple(_task(task, values) for task in assignment.tasks),
    )


_CODE = ("solution", "check", "hidden")
_TEXT = ("title", "statement", "explanation", "equivalent", "answer", "rubric")


def _task(task: Task, values: dict[str, Any]) -> Task:
    changed: dict[str, Any] = {}
    for entry in fields(task):
        value = getattr(task, entry.name)
        if entry.name in _CODE:
            changed[entry.name] = in_code(value, values)
        elif entry.name in _TEXT:
            changed[entry.name] = in_text(value, values)
    changed["given"] = tuple(in_code(code, values) for code in task.given)
    changed["hints"] = tuple(in_text(hint, values) for hint in task.hints)
    for kind in ("wrong", "right"):
        answers: tuple[Answer, ...] = getattr(task, kind)
        changed[kind] = tuple(replace(answer, code=in_code(answer.code, values)) for answer in answers)
    return replace(task, **changed)
