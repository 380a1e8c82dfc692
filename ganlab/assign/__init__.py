"""Assignments for instructors: one source makes every edition, proves its own checks, and marks what students hand in.

Lesson: 00 Start here. The instructor's pages of the book walk through it.
"""

from __future__ import annotations

from pathlib import Path

from ganlab.assign.source import BANK, Assignment


def load(assignment: str, *, bank: Path = BANK, private: Path | None = None, variant: int | None = None) -> Assignment:
    """An assignment ready for use: read, overlaid with a private folder, its variant chosen, its numbers sealed.

    assignment: a lesson's number ("10"), a source's name, or a path to its .py file.
    Raises UserError for what cannot be found or read.
    """
    from ganlab.assign import cells, source, variants

    return cells.seal(variants.apply(source.read(source.find(assignment, bank), private), variant))


__all__ = ["BANK", "Assignment", "load"]
