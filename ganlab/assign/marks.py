"""What a submission is worth, and why: plain data between marking and its reports.

Lesson: 00 Start here.
"""

from __future__ import annotations

from dataclasses import dataclass

from ganlab.assign.source import Task


@dataclass(frozen=True)
class Part:
    """The visible or the hidden half of a task: right, or what is wrong. ``key`` is a judge's, or of `marking`."""

    right: bool
    key: str = ""
    message: str = ""


NOT_RUN = Part(False, "not run", "Not run.")


@dataclass(frozen=True)
class Problem:
    """A cell that stopped with an error: which one, and the error."""

    where: str
    error: str


@dataclass(frozen=True)
class TaskMarks:
    """One task of one student. A written task has the student's text as ``answer`` and waits for a person."""

    task: Task
    visible: Part = NOT_RUN
    hidden: Part = NOT_RUN
    problems: tuple[Problem, ...] = ()
    output: str = ""
    answer: str = ""

    @property
    def points(self) -> int:
        """What the two halves give together; 0 for a written task until a person has read it."""
        return self.task.points * self.visible.right + self.task.hidden_points * self.hidden.right


@dataclass(frozen=True)
class Marks:
    """Everything about one student. ``notes`` are what was unusual; ``problems`` those of the student's own cells."""

    student: str
    tasks: tuple[TaskMarks, ...]
    notes: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()

    @property
    def points(self) -> int:
        """The sum over the tasks."""
        return sum(task.points for task in self.tasks)

    @property
    def pending(self) -> int:
        """Points that wait for a person."""
        return sum(task.task.points for task in self.tasks if task.task.written)
