"""nbgrader's own syntax: the metadata of its cells and the lines that mark what a student does not get.

nbgrader is not needed to write it. Source: https://nbgrader.readthedocs.io, metadata schema version 3.

Lesson: 00 Start here.
"""

from __future__ import annotations

from typing import Any

BEGIN_HIDDEN, END_HIDDEN = "### BEGIN HIDDEN TESTS", "### END HIDDEN TESTS"
UNANSWERED = "YOUR ANSWER HERE"


def solution(grade_id: str) -> dict[str, Any]:
    """A cell that a student writes and code marks."""
    return {"nbgrader": _cell(grade_id, solution=True), "deletable": False}


def tests(grade_id: str, points: int) -> dict[str, Any]:
    """A locked cell that gives points if it runs without an error."""
    return {"nbgrader": _cell(grade_id, grade=True, locked=True, points=points), "deletable": False, "editable": False}


def answer(grade_id: str, points: int) -> dict[str, Any]:
    """A text that a student writes and a person marks."""
    fields = {"grade": True, "solution": True, "points": points, "cell_type": "markdown"}
    return {"nbgrader": _cell(grade_id, **fields), "deletable": False}


def locked(grade_id: str) -> dict[str, Any]:
    """A cell that is put back as it was before marking."""
    return {"nbgrader": _cell(grade_id, locked=True), "deletable": False, "editable": False}


def _cell(grade_id: str, **fields: Any) -> dict[str, Any]:
    plain = {"grade": False, "solution": False, "locked": False, "task": False, "cell_type": "code"}
    return plain | {"schema_version": 3, "grade_id": grade_id} | fields
