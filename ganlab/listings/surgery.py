"""From the repaired source to the broken one: lines exchanged, definitions taken out, the rest left as it is.

Lesson: 15 The debugging clinic.
"""

from __future__ import annotations

import ast
import linecache
import textwrap
from collections.abc import Iterable
from types import ModuleType

from ganlab.listings.bug import Bug, Change


def broken(text: str, bugs: Iterable[Bug]) -> str:
    """The source with these bugs in it. Raises ValueError unless every cure is there once and no two overlap."""
    bugs = list(bugs)
    lines = text.splitlines()
    changes = dict.fromkeys(change for bug in bugs for change in bug.changes)
    found = sorted(((_place(lines, change), change) for change in changes), key=lambda pair: pair[0])
    out, at = [], 0
    for (start, end), change in found:
        if start < at:
            raise ValueError(f"two bugs change line {start + 1}: {lines[start].strip()!r}")
        indent = lines[start][: len(lines[start]) - len(lines[start].lstrip())]
        out += lines[at:start] + textwrap.indent(change.mistake, indent).splitlines()
        at = end
    return _without("\n".join(out + lines[at:]) + "\n", [name for bug in bugs for name in bug.missing])


def _place(lines: list[str], change: Change) -> tuple[int, int]:
    cure = [line.strip() for line in change.cure.splitlines()]
    bare = [line.strip() for line in lines]
    places = [start for start in range(len(bare)) if bare[start : start + len(cure)] == cure]
    if len(places) != 1:
        raise ValueError(f"{len(places)} places read {change.cure!r}, and it takes one")
    return places[0], places[0] + len(cure)


def _without(text: str, names: list[str]) -> str:
    lines, tree = text.splitlines(), ast.parse(text)
    for node in reversed(tree.body):
        named = {getattr(node, "name", "")} | {getattr(target, "id", "") for target in getattr(node, "targets", [])}
        if named & set(names):
            del lines[node.lineno - 1 : node.end_lineno]
    return "\n".join(lines) + "\n"


def compiled(name: str, text: str, bugs: Iterable[str]) -> ModuleType:
    """The source as a module of its own; tracebacks show its lines. ``__text__`` holds the source."""
    place = f"<{name} with {', '.join(bugs) or 'nothing wrong'}>"
    linecache.cache[place] = (len(text), None, text.splitlines(keepends=True), place)
    module = ModuleType(f"ganlab.listings.specimens.{name.lower()}_opened")
    module.__dict__["__text__"] = text
    exec(compile(text, place, "exec"), module.__dict__)
    return module
