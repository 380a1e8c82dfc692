"""The listings by name: repaired source, the same with bugs in it, and the examination for each bug.

Lesson: 15 The debugging clinic.
"""

from __future__ import annotations

import difflib
import importlib
import inspect
import textwrap
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType

from ganlab.errors import unknown
from ganlab.listings.bug import Bug, Finding
from ganlab.listings.probes import RAISED, seeded
from ganlab.listings.surgery import broken, compiled

NAMES = ("L0", "L1", "L2", "L3", "L4")


@dataclass(frozen=True)
class Listing:
    """One listing. ``title`` says what it is, ``document`` where it stands, ``text`` is the repaired source."""

    name: str
    title: str
    document: str
    text: str
    bugs: tuple[Bug, ...]

    def bug(self, id: str) -> Bug:
        """The bug of this id. Raises UserError for one that there is not."""
        for bug in self.bugs:
            if bug.id == id:
                return bug
        raise unknown(f"bug of {self.name}", id, [bug.id for bug in self.bugs])

    @property
    def coded(self) -> list[str]:
        """The ids of the bugs that are in the code; the others are in the installation's text or in the claims."""
        return [bug.id for bug in self.bugs if bug.coded]

    def source(self, *ids: str) -> str:
        """The source with these bugs in it; the repaired one without any. ``source(*coded)`` is the broken listing."""
        return broken(self.text, self._chosen(ids))

    def load(self, *ids: str) -> ModuleType:
        """A fresh module of ``source(*ids)``."""
        return compiled(self.name, self.source(*ids), ids)

    def diff(self, id: str, context: int = 1) -> str:
        """From broken to repaired as a unified diff without its header; empty for a bug that is not in the code."""
        sick, sound = self.source(id).splitlines(), self.text.splitlines()
        lines = list(difflib.unified_diff(sick, sound, n=context, lineterm=""))[2:]
        return "\n".join(line for line in lines if not line.startswith("@@"))

    def probe(self, id: str) -> str:
        """The source of a bug's probe, and its assertion."""
        bug = self.bug(id)
        if bug.probe is None:
            return f"{bug.id} is not in the code: {bug.symptom}"
        code = textwrap.dedent(inspect.getsource(bug.probe))
        return f"{code}\nseen = {bug.probe.__name__}(code)\nassert {bug.asserted}"

    def show(self, id: str) -> None:
        """Print a bug: its name, the lines that go and come, the symptom, the assertion."""
        bug = self.bug(id)
        print(f"{bug.id} ({bug.kind}): {bug.title}\n\n{self.diff(id)}\n")
        print(textwrap.fill(bug.symptom, 100))
        if bug.asserted:
            print(f"\nassert {bug.asserted}")

    def examine(self, id: str, code: ModuleType, seed: int = 0) -> Finding:
        """Measure a bug on a module of this listing, under a seed; the caller's random numbers do not move.

        An error that the code raises on the way is a finding, not an error. Raises ValueError for a bug without probe.
        """
        bug = self.bug(id)
        if bug.probe is None:
            raise ValueError(f"{id} has no probe: it is a {bug.kind}, not in the code")
        try:
            with seeded(seed):
                seen = bug.probe(code)
        except RAISED as e:
            return Finding(id, "stopped", error=f"{type(e).__name__}: {e}".splitlines()[0])
        return Finding(id, "holds" if bug.holds(seen) else "fails", seen)

    def _chosen(self, ids: Iterable[str]) -> list[Bug]:
        return [self.bug(id) for id in ids]


def names() -> list[str]:
    """The listings, in the order of the documents."""
    return list(NAMES)


@cache
def listing(name: str) -> Listing:
    """The listing of this name. Raises UserError for one that there is not."""
    if name not in NAMES:
        raise unknown("listing", name, NAMES)
    chart = importlib.import_module(f"ganlab.listings.charts.{name.lower()}")
    text = Path(__file__).with_name("specimens").joinpath(f"{name.lower()}.py").read_text(encoding="utf-8")
    return Listing(name, chart.TITLE, chart.DOCUMENT, text, chart.BUGS)


def bugs() -> list[dict[str, str]]:
    """The table of all bugs: rows with listing, id, kind, title, line, symptom, probe, assertion."""
    rows = []
    for found in map(listing, NAMES):
        for bug in found.bugs:
            gone = next((c.mistake or f"(missing) {c.cure}" for c in bug.changes), ", ".join(bug.missing))
            probe = (inspect.getdoc(bug.probe) or "") if bug.probe else ""
            rows.append({"listing": found.name, "id": bug.id, "kind": bug.kind, "title": bug.title, "line": gone,
                         "symptom": bug.symptom, "probe": probe, "assertion": bug.asserted})  # fmt: skip
    return rows
