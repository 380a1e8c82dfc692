"""Marking one submission: its cells and the first halves of its checks in a sandbox, the second halves in another.

Nothing that comes out of the sandbox is believed but an observation that a judge finds right, and its questions are
put one at a time: the hidden tests are not there before it is their turn, and their judges never are.

Lesson: 00 Start here.
"""

from __future__ import annotations

import builtins
import re
import threading
import time
from dataclasses import replace

from ganlab.assign.channel import KEPT, Answer, ForgedError
from ganlab.assign.marks import NOT_RUN, Marks, Part, Problem, TaskMarks
from ganlab.assign.nbgrader import UNANSWERED
from ganlab.assign.paper import Paper, Step
from ganlab.assign.sandbox import EndedError, Sandbox, Sandboxes
from ganlab.assign.source import Task
from ganlab.assign.submission import Notebook, unmarked
from ganlab.errors import UserError

_STARTS = 3  # tries to open a sandbox
_LIVES = 12  # how often a submission is run again without what ended its process
_STARTING, _JUDGING = 60.0, 10.0  # seconds
_PROBLEMS = 50  # that are told of the student's own cells
_MESSAGE = 1000  # characters
_QUOTED = {*dir(builtins), "tensor", "torch", "nan", "inf", "bool", "uint8", "int8", "int16", "int32", "int64"}
_QUOTED |= {"float16", "float32", "float64"}
_WRONG = "what your code does is not what the task asks for."
_IN_A_NOTEBOOK = " Run the cell that defines it, then this one again."
_GENERIC = {
    "missing": "a function that it needs is not there.",
    "type": "your code returned something that is no number, list or tensor.",
    "raised": "your code stopped with an error.",
}


class Judge:
    """The second halves of the checks, in a sandbox of their own in which no marked code ever runs.

    An observation is not to be trusted: a judge that it sends into an endless loop is stopped, and counts it as wrong.
    """

    def __init__(self, paper: Paper, sandboxes: Sandboxes) -> None:
        self._paper = paper
        self._sandboxes = sandboxes
        self._sandbox: Sandbox | None = None

    def verdict(self, task: str, part: str, seen: str) -> Part:
        """Right, or the judge's rejection. Raises UserError where the assignment's given cells do not run."""
        question = {"ask": "judge", "task": task, "judge": self._paper.halves[task, part][1], "seen": seen}
        answer = Answer("stopped", "")
        for _ in range(2):  # once more, in case the judge did not end by what it saw
            if self._sandbox is None:
                self._sandbox = opened(self._paper, self._sandboxes)
            try:
                answer = self._sandbox.ask(question, _JUDGING)
                break
            except (EndedError, ForgedError):
                self.close()
        if answer.kind == "right":
            return Part(True)
        if answer.kind == "rejected":
            rejected = _rejected(answer.text, _MESSAGE)
            if part == "hidden" and not _says_only(rejected.message, question["judge"]):
                return replace(rejected, message=_WRONG)
            return rejected
        return Part(False, "malformed", "what your code returned cannot be judged.")

    def close(self) -> None:
        """End the sandbox."""
        if self._sandbox is not None:
            self._sandbox.close()
        self._sandbox = None


def opened(paper: Paper, sandboxes: Sandboxes, seconds: float | None = None) -> Sandbox:
    """A new sandbox in which everything given has been run; ``seconds`` are for what comes then.

    Nothing that was handed in has a part in this. Raises UserError where it does not work.
    """
    why = ""
    for start in range(_STARTS):
        time.sleep(start)  # the machine may be short of memory or processes for a moment
        sandbox = sandboxes.open(None if seconds is None else _STARTING + seconds)
        try:
            answer = sandbox.ask({"ask": "begin", "given": paper.given}, _STARTING)
        except (EndedError, ForgedError) as error:
            why = f"it {error}"
        else:
            if answer.kind == "done":
                return sandbox
            why = answer.text
        sandbox.close()
    raise UserError(f"the given cells of {paper.assignment.name} do not run in a sandbox: {why}")


class Marking:
    """One submission on its way. ``stop`` ends it early, with what is there."""

    def __init__(
        self, paper: Paper, notebook: Notebook, sandboxes: Sandboxes, judge: Judge, stop: threading.Event
    ) -> None:
        self._paper = paper
        self._notebook = notebook
        self._sandboxes = sandboxes
        self._judge = judge
        self._stop = stop
        self._until = time.monotonic() + sandboxes.limits.seconds
        self._steps = paper.steps(notebook)
        self._fatal: set[Step] = set()
        self._parts: dict[tuple[str, str], Part] = {}
        self._outputs: dict[Step, str] = {}
        self._errors: dict[Step, str] = {}
        self._notes: list[str] = []

    def run(self) -> None:
        """Run, and again without what ended the process, until all is done, time is over, or nothing helps."""
        for _ in range(_LIVES):
            if self._once():
                return
        self._notes.append(f"it ended the process {_LIVES} times; the rest was not run")

    def marks(self, student: str, notes: tuple[str, ...] = ()) -> Marks:
        """What it came to; ``notes`` go before those of the run."""
        tasks = tuple(self._task(task) for task in self._paper.assignment.tasks)
        own = tuple(
            Problem(step.where, error) for step, error in self._in_order(self._errors, "") if step.kind == "cell"
        )
        return Marks(student, tasks, (*notes, *self._paper.notes(self._notebook), *self._notes), own[:_PROBLEMS])

    def _once(self) -> bool:
        """One process. Whether nothing is left to do."""
        step = self._steps[0]
        self._leaver: Step | None = None
        try:
            with opened(self._paper, self._sandboxes, self._left()) as sandbox:
                for step in self._steps:
                    if self._stop.is_set():
                        return True
                    if self._left() < 0.1:
                        raise EndedError("ran out of time")
                    if step not in self._fatal and not self._is_pointless(step):
                        self._take(step, sandbox)
                return True
        except ForgedError:
            self._notes.append("it wrote into the line between sandbox and marking, where marking then stopped")
            self._lose(step, "forged", "wrote an answer that is none")
            return True
        except EndedError as error:
            if self._stop.is_set():
                return True
            if error.over in ("processes", "memory") and self._leaver is not None:
                step = self._leaver
            self._lose(step, "ended", str(error))
            if self._left() < 0.1:
                self._notes.append(f"the time limit of {self._sandboxes.limits.seconds:g} seconds ended it")
                return True
            self._fatal.add(step)
            return False

    def _take(self, step: Step, sandbox: Sandbox) -> None:
        seconds = min(self._sandboxes.limits.piece, self._left())
        if step.kind == "give":
            sandbox.ask({"ask": "give", "stage": step.name}, seconds)
        elif step.kind == "cell":
            answer = sandbox.ask({"ask": "cell", "code": step.code}, seconds)
            self._count(step, answer)
            self._outputs.setdefault(step, answer.output)
            if answer.kind != "done":
                self._errors.setdefault(step, answer.text[:_MESSAGE])
            return
        if step.kind == "visible":
            sandbox.ask({"ask": "keep", "task": step.name}, seconds)
        if step.kind in ("visible", "hidden") and (step.name, step.kind) not in self._parts:
            observe, _ = self._paper.halves[step.name, step.kind]
            question = {
                "ask": "look", "task": step.name, "part": step.kind, "observe": observe,
                "defines": self._paper.defines[step.name],
            }  # fmt: skip
            answer = sandbox.ask(question, seconds)
            self._count(step, answer)
            if step.kind == "visible":
                self._outputs.setdefault(step, answer.output)
            self._parts[step.name, step.kind] = self._part(step, answer)

    def _count(self, step: Step, answer: Answer) -> None:
        """Remember who left processes running: it is to blame if they have become too many later."""
        if not answer.left:
            self._leaver = None
        elif self._leaver is None:
            self._leaver = step

    def _part(self, step: Step, answer: Answer) -> Part:
        """What an answer is worth: an observation goes to the judge, and anything else is worth nothing."""
        visible = step.kind == "visible"
        if answer.kind == "seen":
            return self._judge.verdict(step.name, step.kind, answer.text)
        if answer.kind == "blank":
            return Part(False, "blank", "Not written yet.")
        if answer.kind == "rejected":
            rejected = _rejected(answer.text, _MESSAGE)
            if visible:
                return replace(rejected, message=rejected.message.removesuffix(_IN_A_NOTEBOOK))
            key = rejected.key if rejected.key in _GENERIC else "raised"
            return Part(False, key, _GENERIC[key])
        return Part(
            False, "stopped", f"your code was stopped: {answer.text[:_MESSAGE]}." if visible else _GENERIC["raised"]
        )

    def _is_pointless(self, step: Step) -> bool:
        """Hidden tests, where the check of the task already had to be stopped."""
        visible = self._parts.get((step.name, "visible"), NOT_RUN)
        return step.kind == "hidden" and visible.key in ("stopped", "ended", "not run")

    def _lose(self, step: Step, key: str, how: str) -> None:
        """Nothing for this step, and how that came."""
        if step.kind in ("visible", "hidden"):
            self._parts.setdefault((step.name, step.kind), Part(False, key, f"your code {how}."))
            self._notes.append(f"the {'check' if step.kind == 'visible' else 'hidden tests'} of {step.name}: it {how}")
        elif step.kind == "cell":
            self._errors[step] = f"this cell {how}"
            self._notes.append(f"{step.where} {how}")

    def _task(self, task: Task) -> TaskMarks:
        if task.written:
            answers = [unmarked(text).strip() for text in self._notebook.texts("answer", task.id)]
            return TaskMarks(task, answer="\n\n".join(text for text in answers if text != UNANSWERED))
        visible = self._parts.get((task.id, "visible"), NOT_RUN)
        hidden = self._parts.get((task.id, "hidden"), NOT_RUN)
        problems = tuple(Problem(step.where, error) for step, error in self._in_order(self._errors, task.id))
        output = "".join(output for _, output in self._in_order(self._outputs, task.id))
        return TaskMarks(task, visible, hidden, problems, output[: 2 * KEPT])

    def _in_order(self, said: dict[Step, str], name: str) -> list[tuple[Step, str]]:
        return [(step, said[step]) for step in self._steps if step in said and step.name == name]

    def _left(self) -> float:
        return self._until - time.monotonic()


def _says_only(message: str, judge: str) -> bool:
    """Whether a message holds only numbers, Python's names, and words of its judge.

    A judge may quote what it saw, and marked code that has seen a hidden test may return it to be quoted.
    """
    known = _QUOTED | set(re.findall(r"\w+", judge))
    return all(word in known or re.fullmatch(r"\d+e?\d*", word) for word in re.findall(r"\w+", message))


def _rejected(text: str, most: int) -> Part:
    key, _, message = text.partition("\n")
    return Part(False, key[:100], message if len(message) <= most else message[:most] + " ...")
