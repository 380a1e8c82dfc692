"""The sick twin of a piece: the same file with one line changed, compiled under a name of its own.

Lesson: 11 Failures and stabilisers.
"""

from __future__ import annotations

import difflib
import importlib
import linecache
from functools import cache
from pathlib import Path
from types import ModuleType

from ganlab.errors import unknown
from ganlab.museum.piece import Piece

NAMES = (
    "mode-collapse", "vanishing-gradient", "oscillation", "discriminator-overfitting", "memorisation",
    "saturated-sigmoid", "batch-norm-blindness", "forgotten-zero-grad", "detached-fake", "swapped-labels",
    "range-mismatch", "weight-clipping",
)  # fmt: skip
"""In the order of the tour."""


def names() -> list[str]:
    """The pieces, in the order of the tour."""
    return list(NAMES)


def piece(name: str) -> Piece:
    """The piece of this name. Raises UserError for a name that there is not."""
    found: Piece = module(name, healthy=True).PIECE
    return found


@cache
def module(name: str, healthy: bool) -> ModuleType:
    """The code of a piece, as it is or with its mistake. Raises UserError for a name that there is not."""
    if name not in NAMES:
        raise unknown("museum piece", name, NAMES)
    sound = importlib.import_module(f"ganlab.museum.pieces.{name.replace('-', '_')}")
    if healthy:
        return sound
    text, place = broken(source(name), sound.PIECE), f"<{name} with its mistake>"
    linecache.cache[place] = (len(text), None, text.splitlines(keepends=True), place)  # for tracebacks
    sick = ModuleType(f"{sound.__name__}_sick")
    exec(compile(text, place, "exec"), sick.__dict__)
    return sick


def source(name: str) -> str:
    """The healthy source text of a piece."""
    return Path(str(module(name, healthy=True).__file__)).read_text(encoding="utf-8")


def broken(text: str, piece: Piece) -> str:
    """The source with the mistake in place of the cure. Raises ValueError unless exactly one line is the cure."""
    lines = text.splitlines(keepends=True)
    places = [place for place, line in enumerate(lines) if line.strip() == piece.cure]
    if len(places) != 1:
        raise ValueError(f"{piece.title}: {len(places)} lines read {piece.cure!r}, and it takes one")
    lines[places[0]] = lines[places[0]].replace(piece.cure, piece.mistake) if piece.mistake else ""
    return "".join(lines)


def diff(name: str, context: int = 3) -> str:
    """From sick to healthy as a unified diff without its header: the line that goes, the line that comes."""
    sound = source(name)
    sick = broken(sound, piece(name))
    lines = list(difflib.unified_diff(sick.splitlines(), sound.splitlines(), n=context, lineterm=""))[3:]
    indent = min(len(line[1:]) - len(line[1:].lstrip()) for line in lines if line[1:].strip())
    return "\n".join((line[0] + " " + line[1 + indent :]).rstrip() for line in lines)
