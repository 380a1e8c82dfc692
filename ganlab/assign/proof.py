"""The proof that an assignment's checks do their work: right answers pass, wrong answers and mutants do not.

For each task of code the solution, its stub, the right and the wrong answers and all mechanical mutants of the solution
go through the visible check and the hidden tests. What should not be so is a fault, in a sentence.

Lesson: 00 Start here.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from ganlab.assign.mutants import KINDS, Mutant, mutants, region
from ganlab.assign.source import Assignment, Task
from ganlab.assign.trial import Job, Outcome, run

SHARE = 0.95  # of a solution's mutants have to be rejected or named as equivalent
FATES = ("visible", "hidden", "equivalent", "survived")
_ENTRY = re.compile(r"- `(?P<old>.+?)` -> `(?P<new>.+?)`: (?P<reason>\S.*)")


@dataclass(frozen=True)
class Fate:
    """What became of a mutant: rejected by the "visible" check or by "hidden" tests only, "equivalent", or "survived".

    reason: why it is no mistake, where it is equivalent.
    """

    mutant: Mutant
    outcome: Outcome
    reason: str | None = None

    @property
    def name(self) -> str:
        """One of `FATES`."""
        if self.outcome.key is not None:
            return self.outcome.part
        return "survived" if self.reason is None else "equivalent"


@dataclass(frozen=True)
class TaskProof:
    """The counts of one task: right answers accepted, wrong ones rejected with their own key, and every mutant."""

    id: str
    title: str
    right: int
    wrong: int
    mutants: tuple[Fate, ...]
    faults: tuple[str, ...]

    def count(self, fate: str) -> int:
        """How many mutants met this fate."""
        return sum(mutant.name == fate for mutant in self.mutants)

    @property
    def stopped(self) -> int:
        """How many mutants an error or a limit stopped, so that no judge had to say what is wrong."""
        return sum(mutant.outcome.generic for mutant in self.mutants)

    @property
    def survivors(self) -> list[Mutant]:
        """The mutants that nothing notices and nobody explains."""
        return [fate.mutant for fate in self.mutants if fate.name == "survived"]

    def to_dict(self) -> dict[str, Any]:
        """The counts, those of the kinds of mutants, and the survivors with their lines."""
        kinds = Counter(fate.mutant.kind for fate in self.mutants)
        return {
            "right": self.right, "wrong": self.wrong, "mutants": len(self.mutants),
            **{fate: self.count(fate) for fate in FATES}, "stopped": self.stopped,
            "kinds": {kind: kinds[kind] for kind in KINDS if kinds[kind]},
            "survivors": [f"line {mutant.line}: {mutant.text}" for mutant in self.survivors],
        }  # fmt: skip


@dataclass(frozen=True)
class Proof:
    """All tasks of code of an assignment, and all faults."""

    name: str
    variant: int | None
    tasks: tuple[TaskProof, ...]

    @property
    def faults(self) -> list[str]:
        """What is to be mended, task by task; each begins with the task's id."""
        return [f"{task.id}: {fault}" for task in self.tasks for fault in task.faults]

    def text(self) -> str:
        """A table of the tasks, every mutant that survives, and the faults."""
        heads = ("task", "right", "wrong", "mutants", "by check", "by hidden", "equivalent", "survived")
        rows = [
            (task.id, task.right, task.wrong, len(task.mutants), *(task.count(fate) for fate in FATES))
            for task in self.tasks
        ]
        widths = [max(len(head), 6) for head in heads]
        lines = [f"{self.name}, {'published numbers' if self.variant is None else f'variant {self.variant}'}"]
        lines += [
            "  ".join(f"{cell:>{width}}" for cell, width in zip(row, widths, strict=True)) for row in [heads, *rows]
        ]
        for task in self.tasks:
            lines += [f"{task.id}: nothing notices line {m.line}, {m.text}" for m in task.survivors]
        lines += [f"fault in {fault}" for fault in self.faults] or ["no faults"]
        return "\n".join(lines)

    def to_dict(self) -> dict[str, Any]:
        """Plain data for a file of JSON."""
        tasks = {task.id: {"title": task.title, **task.to_dict()} for task in self.tasks}
        return {"assignment": self.name, "variant": self.variant, "tasks": tasks, "faults": self.faults}


def prove(assignment: Assignment, every: int = 1) -> Proof:
    """Try everything the source holds, and every mutant, on the checks of its tasks.

    every: 3 tries every third mutant only, which finds no fault that all of them would not.

    The answers run in forks of a fresh process, with limits. Raises UserError where a given cell or a check does not
    run at all, and where the system has no fork.
    """
    tasks = [task for task in assignment.tasks if not task.written]
    blank = replace(assignment, tasks=tuple(replace(task, solution=task.stub) for task in assignment.tasks))
    made = [mutants(task.solution) for task in tasks]
    changed = [found[::every] for found in made]
    answers = [_answers(task, mutated) for task, mutated in zip(tasks, changed, strict=True)]
    jobs = [
        Job(assignment, task.id, [*(code for _, code in tried), task.stub], blank)
        for task, tried in zip(tasks, answers, strict=True)
    ]
    outcomes = list(run(jobs))
    proofs = []
    for place, task in enumerate(tasks):
        *found, untouched = outcomes[place]
        tried = list(zip((name for name, _ in answers[place]), found, strict=True))
        proofs.append(_Evidence(task, tried, untouched, changed[place], made[place]).proof())
    return Proof(assignment.name, assignment.variant, tuple(proofs))


@dataclass(frozen=True)
class Equivalent:
    """An entry of an `equivalent` cell: a line of the solution, or a part of one, what it becomes, and why it may."""

    old: str
    new: str
    reason: str

    def names(self, mutant: Mutant) -> bool:
        """Whether putting the new text in the place of the old one makes this mutant's line."""
        places = (found.span() for found in re.finditer(f"(?={re.escape(self.old)})", mutant.old))
        line, length = mutant.old, len(self.old)
        return any(line[:start] + self.new + line[start + length :] == mutant.new for start, _ in places)


def equivalents(cell: str) -> list[Equivalent]:
    """The entries of an `equivalent` cell. A line that begins with blanks goes on with the reason before it."""
    text = re.sub(r"\n +", " ", cell)
    return [
        Equivalent(found["old"], found["new"], found["reason"])
        for found in map(_ENTRY.match, text.splitlines())
        if found
    ]


def _answers(task: Task, changed: list[Mutant]) -> list[tuple[str, str]]:
    """Everything that is tried on a task, with its name: the solution first, the mutants last."""
    named = [("the solution", task.solution), ("the stub", task.stub)]
    named += [(f"the right answer {answer.name!r}", answer.code) for answer in task.right]
    named += [(f"the wrong answer {answer.name!r}", answer.code) for answer in task.wrong]
    return named + [(f"the mutant {mutant.text}", mutant.code) for mutant in changed]


class _Evidence:
    """One task with the outcomes of all its answers."""

    def __init__(
        self, task: Task, tried: list[tuple[str, Outcome]], blank: Outcome, changed: list[Mutant], made: list[Mutant]
    ) -> None:
        self.task = task
        self.made = made  # all mutants, of which those in `changed` were tried
        self.tried = tried
        self.blank = blank
        outcomes = [outcome for _, outcome in tried]
        start, middle = 2, 2 + len(task.right)
        self.solution, self.stub = outcomes[:start]
        self.right = list(zip(task.right, outcomes[start:middle], strict=False))
        self.wrong = list(zip(task.wrong, outcomes[middle:], strict=False))
        self.entries = equivalents(task.equivalent)
        self.fates = [
            Fate(mutant, outcome, self.reason(mutant))
            for mutant, outcome in zip(changed, outcomes[middle + len(task.wrong) :], strict=True)
        ]

    def reason(self, mutant: Mutant) -> str | None:
        """Why a mutant is equivalent, by the first entry that names it."""
        return next((entry.reason for entry in self.entries if entry.names(mutant)), None)

    def proof(self) -> TaskProof:
        right = sum(outcome.key is None for _, outcome in self.right)
        wrong = sum(outcome.key == answer.key for answer, outcome in self.wrong)
        return TaskProof(self.task.id, self.task.title, right, wrong, tuple(self.fates), tuple(self.faults()))

    def faults(self) -> Iterator[str]:
        if self.solution.key is not None:
            yield f"the solution is {_told(self.solution)}"
        yield from self.faults_of_the_stub()
        yield from self.faults_of_the_right()
        yield from self.faults_of_the_wrong()
        yield from self.faults_of_the_mutants()
        yield from self.faults_of_the_equivalent()
        yield from self.leaks()

    def faults_of_the_stub(self) -> Iterator[str]:
        own = {
            node.name for node in ast.parse(self.task.stub).body if isinstance(node, (ast.FunctionDef, ast.ClassDef))
        }
        places = {"among the solutions of the tasks before": self.stub, "with every task blank": self.blank}
        for where, outcome in places.items():
            if outcome.key != "unwritten":
                yield f"the stub {where} is {_told(outcome)}, and should stop with its own NotImplementedError"
            elif outcome is self.stub and outcome.message not in own:
                yield f"the stub is not what stops: {outcome.message} is another task's"

    def faults_of_the_right(self) -> Iterator[str]:
        known = [ast.dump(ast.parse(self.task.solution))]
        for answer, outcome in self.right:
            dump = ast.dump(ast.parse(answer.code))
            if outcome.key is not None:
                yield f"the right answer {answer.name!r} is {_told(outcome)}"
            if dump in known:
                yield f"the right answer {answer.name!r} is the solution or another right answer over again"
            known.append(dump)
        if len(self.right) < 2:
            yield f"right answers besides the solution: {len(self.right)}; two or more are due"

    def faults_of_the_wrong(self) -> Iterator[str]:
        for answer, outcome in self.wrong:
            if outcome.key != answer.key:
                yield f"the wrong answer {answer.name!r} is {_told(outcome)}, and should be rejected as {answer.key}"
        if not self.wrong:
            yield "there is no wrong answer; one or more are due"

    def faults_of_the_mutants(self) -> Iterator[str]:
        left = sum(fate.name == "survived" for fate in self.fates)
        if left > (1 - SHARE) * len(self.made):
            yield f"{left} of {len(self.made)} mutants survive; {SHARE:.0%} have to be rejected or named as equivalent"

    def faults_of_the_equivalent(self) -> Iterator[str]:
        for line in self.task.equivalent.splitlines():
            if line.startswith("-") and not _ENTRY.match(line):
                yield f"an equivalent mutant is written ``- `old` -> `new`: reason``, not {line!r}"
        for entry in self.entries:
            fates = [fate for fate in self.fates if entry.names(fate.mutant)]
            if not any(map(entry.names, self.made)):
                yield f"the equivalent `{entry.old}` -> `{entry.new}` is no mutant of the solution any more"
            for fate in fates:
                if fate.outcome.key is not None:
                    yield f"the equivalent {fate.mutant.text} is {_told(fate.outcome)}"

    def leaks(self) -> Iterator[str]:
        """Whatever shows a part of the answer: the message of a judge, or a hint."""
        secrets = _secrets(self.task)
        shown = {f"hint {place}": hint for place, hint in enumerate(self.task.hints, 1)}
        for name, outcome in self.tried:
            if not outcome.generic and outcome.key != "unwritten":
                shown[f"the rejection of {name}"] = outcome.message
            if outcome.sealed is not None:
                yield f"the rejection of {name} shows the sealed {outcome.sealed}: {outcome.message}"
        for where, text in shown.items():
            for secret in secrets:
                if secret in text:
                    yield f"{where} shows `{secret}`, which is in the solution"
        if len(set(self.task.hints)) < len(self.task.hints):
            yield "two hints are the same"


def _told(outcome: Outcome) -> str:
    if outcome.key is None:
        return "accepted"
    if outcome.key == "unwritten":
        return f"stopped by the stub in {outcome.message}"
    part = {"visible": "the visible check", "hidden": "the hidden tests"}[outcome.part]
    return f"rejected by {part} as {outcome.key} ({outcome.message})"


def _secrets(task: Task) -> list[str]:
    """What a message must not show: the lines of the solution region and what its assignments and returns compute.

    Not what is short, what is only names, or what the statement says itself.
    """
    begin, end = region(task.solution)
    lines = [line.strip() for line in task.solution.splitlines()[begin : end - 1]]
    values = [
        ast.get_source_segment(task.solution, node.value) or ""
        for node in ast.walk(ast.parse(task.solution))
        if isinstance(node, (ast.Return, ast.Assign)) and node.value is not None and begin < node.lineno < end
    ]
    telling = {text for text in lines + values if len(text) >= 12 and not re.fullmatch(r"(return )?[\w\s,]+", text)}
    return sorted(text for text in telling if not text.startswith(("#", "for ", "def ")) and text not in task.statement)
