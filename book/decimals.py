"""Decimal numbers in prose and where they come from. A measured number is never typed: a cell or a record supplies it.

A decimal (0.58, 12.3 %) counts as supplied where the code or the output of the page has a number that rounds to it,
as it stands or in per cent. Formulas, code, links and roles are not prose; neither are the numbers of exercises (11.3),
sections and theorems. Whole numbers are not looked at: too many of them count things that a reader can count.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_NOT_PROSE = re.compile(
    r"```.*?```"  # code and directives
    r"|\$\$.*?\$\$|\$[^$]*\$"
    r"|`[^`]*`"  # also the text of a role such as {rec}`...`
    r"|\]\([^)]*\)|<[^>]*>"
    r"|\b(?:sections?|theorems?|chapters?|appendi(?:x|ces)|eq\.|CC BY) [\d.]+(?:(?:,| and| to) [\d.]+)*",
    re.DOTALL | re.IGNORECASE,
)
_DECIMAL = re.compile(r"(?<![\w.])\d+\.\d+(?!\w|\.\d)")
_NUMBER = re.compile(r"\d+\.?\d*(?:e[-+]?\d+)?")


def decimals(markdown: str, chapter: str | None = None) -> list[str]:
    """The decimals in the prose of a page, as written. With ``chapter`` ("11") its exercises (11.3) are left out."""
    found = _DECIMAL.findall(_NOT_PROSE.sub(" ", markdown))
    return [number for number in found if not (chapter and re.fullmatch(rf"{chapter}\.\d", number))]


def unsupplied(markdown: str, sources: Iterable[str], chapter: str | None = None) -> list[str]:
    """Those decimals that no number in ``sources`` (code and outputs) rounds to."""
    known = [float(number) for text in sources for number in _NUMBER.findall(text)]
    return [number for number in decimals(markdown, chapter) if not _supplied(number, known)]


def _supplied(number: str, known: list[float]) -> bool:
    wanted, half = float(number), 0.5 * 10.0 ** -len(number.split(".")[1])
    return any(abs(scale * value - wanted) <= half * (1 + 1e-9) for value in known for scale in (1, 100))
