"""How the checks of the exercises were checked. Data: book/records/exercises/ and the exercises' own sources.

    {proofs}        (directive) the counts of every task
    {equivalents}   (directive) the mutants that are no mistakes, each with its reason

`python notebooks/exercises/prove.py` makes the counts.
"""

from __future__ import annotations

from typing import Any

from sphinx.application import Sphinx

from ganlab.assign.proof import equivalents

from . import records
from .tables import table
from .teaching import FromSources

COLUMNS = {
    "right": "right", "wrong": "wrong", "mutants": "mutants", "visible": "by check", "hidden": "by hidden",
    "equivalent": "equivalent", "survived": "survived", "stopped": "by error",
}  # fmt: skip


class Proofs(FromSources):
    def markdown(self) -> list[str]:
        for path in records.files("exercises"):
            self.env.note_dependency(str(path))
        try:
            counts = {row["name"]: row["values"] for row in records.rows("exercises")}
        except records.NoRecord as reason:
            raise self.error(f"{reason}: run python notebooks/exercises/prove.py") from None
        return [summary(counts), "", *table(["task", *COLUMNS.values()], rows(counts), "proofs")]


def summary(counts: dict[str, dict[str, Any]]) -> str:
    """All tasks in a sentence."""
    made, visible, hidden, equal, left = (
        sum(task[key] for task in counts.values()) for key in ("mutants", "visible", "hidden", "equivalent", "survived")
    )
    return (
        f"{len(counts)} tasks and {made} mutants: {visible} are rejected by the visible checks, {hidden} by hidden "
        f"tests only, {equal} are equivalent, {left} survive."
    )


def rows(counts: dict[str, dict[str, Any]]) -> list[list[str]]:
    """One row a task, and the sums."""
    lines = [[f"{{task}}`{task}`", *(str(values[key]) for key in COLUMNS)] for task, values in counts.items()]
    sums = [sum(values[key] for values in counts.values()) for key in COLUMNS]
    return [*lines, ["**all**", *(f"**{total}**" for total in sums)]]


class Equivalents(FromSources):
    def markdown(self) -> list[str]:
        lines = [
            f"- **{task.id}** `` {entry.old} `` became `` {entry.new} ``: {entry.reason}"
            for assignment in self.asked()
            for task in assignment.tasks
            for entry in equivalents(task.equivalent)
        ]
        return lines or ["*There is none.*"]


def reread(app: Sphinx, env: object, added: set[str], changed: set[str], removed: set[str]) -> list[str]:
    """A new source is nobody's dependency yet."""
    return [page for page in ("book/checks",) if page in app.env.found_docs]


def setup(app: Sphinx) -> None:
    app.connect("env-get-outdated", reread)
    app.add_directive("proofs", Proofs)
    app.add_directive("equivalents", Equivalents)
