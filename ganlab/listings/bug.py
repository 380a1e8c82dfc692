"""What a bug is: lines that differ, what one sees, a measurement that shows it, and an assertion that keeps it out.

Lesson: 15 The debugging clinic.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Literal

import torch

Kind = Literal["crash", "silent", "latent", "environment", "claim", "sound"]


@dataclass(frozen=True)
class Change:
    """Where repaired and broken code differ: lines of the repaired source, and what stands in their place.

    ``cure``: one or more whole lines that occur once, ``mistake``: any number of lines; both without the indentation
    of the first. An empty mistake means that the lines are missing.
    """

    cure: str
    mistake: str = ""


@dataclass(frozen=True)
class Bug:
    """One bug of a listing.

    ``kind``: "crash" stops the program; "silent" changes what is learned, without a word; "latent" waits for another
    change, or for another machine; "environment" is in the installation; "claim" is a sentence about the code that
    the code does not keep, and "sound" looks like a bug and is none (both without a change). ``probe`` measures on
    the code of a specimen, and ``asserted`` is a condition on what it ``seen``. ``missing``: definitions of the
    module that are not there. ``along``: bugs whose assertions fail too, since this bug contains them.
    ``translated``: what is different from the listing, where it was not written for torch.
    """

    id: str
    title: str
    kind: Kind
    symptom: str
    changes: tuple[Change, ...] = ()
    missing: tuple[str, ...] = ()
    probe: Callable[[ModuleType], Any] | None = None
    asserted: str = ""
    along: tuple[str, ...] = ()
    translated: str = ""

    @property
    def coded(self) -> bool:
        """Whether the bug can be put into the repaired code."""
        return bool(self.changes or self.missing)

    def holds(self, seen: Any) -> bool:
        """Whether the assertion holds for a measurement."""
        return bool(eval(self.asserted, {"seen": seen, "torch": torch, "math": math}))


@dataclass(frozen=True)
class Finding:
    """What an examination found: the measurement, and whether the assertion "holds", "fails", or was never reached.

    It is not reached ("stopped") where the code raised an error on the way; ``error`` has it in a line.
    """

    bug: str
    outcome: Literal["holds", "fails", "stopped"]
    seen: Any = None
    error: str = ""
