"""Trying answers of the author's own against the checks of their task, each in a process of its own.

An answer may loop for ever, leave, or eat all memory: it runs in a fork that has a limit of processor time and of
memory, and only its outcome comes back. The forks come from a fresh process that has imported torch and run nothing, so
they neither share a state with the caller nor inherit a GPU. This is no sandbox: students' work goes to `grade`.

Lesson: 00 Start here.
"""

from __future__ import annotations

import gc
import json
import math
import os
import pickle
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NoReturn

import torch

from ganlab.assign import cells
from ganlab.assign.source import Assignment, Task
from ganlab.errors import UserError
from ganlab.teaching.checks import Judge, NotWrittenError, Rejected, look, sealed, verdict
from ganlab.teaching.observation import decode

GENERIC = ("missing", "raised", "type", "malformed", "time", "ended")  # keys of rejections that no judge wrote
_PATIENCE = 120.0  # seconds of processor time for the solution; another answer gets 2 and ten times what that took
_SAID = 42  # how a fork of the server leaves that has written its line; given cells may leave by themselves
_ROOM = 2 * 1024**3  # bytes that an answer may take beyond what is already there


@dataclass(frozen=True)
class Outcome:
    """What became of an answer: accepted where ``key`` is None, else rejected in ``part`` with a key and a message.

    part: "visible" or "hidden"; an answer whose cell does not run is rejected by the visible part, for a learner sees
    it there. key "unwritten" is a stub's, and its message the name of the function. ``sealed`` is the number or word of
    the message that a check had sealed, where there is one.
    """

    part: str
    key: str | None = None
    message: str = ""
    sealed: str | None = None

    @property
    def generic(self) -> bool:
        """Whether an error or a limit stopped it, and no judge said what is wrong."""
        return self.key in GENERIC


@dataclass(frozen=True)
class Job:
    """Answers to one task. The limit of time is set by the first, which should be the solution.

    Where ``blank`` is given, the same assignment with other solutions before this task, the last answer is tried there.
    """

    assignment: Assignment
    task: str
    codes: Sequence[str]
    blank: Assignment | None = None


def run(jobs: Sequence[Job]) -> Iterator[list[Outcome]]:
    """The outcomes of each job's answers, job by job. Raises UserError where a given cell or a check does not run."""
    if not hasattr(os, "fork"):
        raise UserError("proving an assignment needs a system with fork: use Linux, macOS or WSL")
    for job in jobs:
        yield _Server.at_hand().do(job)


class _Server:
    """A process that has imported torch and run nothing; it forks once for each job, and is kept for the next one."""

    kept: _Server | None = None

    def __init__(self) -> None:
        settings = {"CUDA_VISIBLE_DEVICES": "", "OMP_NUM_THREADS": "1", "GANLAB_PROGRESS": "off"}
        self.process = subprocess.Popen(
            [sys.executable, "-c", f"from {__name__} import serve; serve()"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=os.environ | settings,
            start_new_session=True,
        )

    @classmethod
    def at_hand(cls) -> _Server:
        if cls.kept is None or cls.kept.process.poll() is not None:
            cls.kept = cls()
        return cls.kept

    def do(self, job: Job) -> list[Outcome]:
        assert self.process.stdin is not None and self.process.stdout is not None
        reply = b""
        try:
            pickle.dump(job, self.process.stdin)
            self.process.stdin.flush()
            reply = self.process.stdout.readline()
        finally:
            if not reply:  # interrupted, or gone: nothing of it may go on
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()
        said = json.loads(reply) if reply else f"the process that tries the answers to task {job.task} was ended"
        if isinstance(said, str):
            raise UserError(said)
        return [Outcome(**outcome) for outcome in said]


def serve() -> None:
    """The server's loop: read a job, do it in a fork, write one line of JSON; prints go nowhere."""
    import torch._dynamo  # comes with the first optimiser and takes a second: once, not in every fork

    torch.set_num_threads(1)
    gc.collect()
    gc.freeze()  # a job that collects does not walk, and so copy, all that torch brings
    answers, nowhere = os.dup(1), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    while True:
        try:
            job = pickle.load(sys.stdin.buffer)
        except EOFError:
            return
        child = os.fork()
        if child == 0:
            _do(job, answers)
        _, status = os.waitpid(child, 0)
        if os.waitstatus_to_exitcode(status) != _SAID:
            _say(answers, f"the given cells or the check of task {job.task} end the process that runs them")


def _do(job: Job, answers: int) -> NoReturn:
    """In a fork of the server: say what came out, and leave with status `_SAID`."""
    status = 1
    try:
        _say(answers, _said(job))
        status = _SAID
    finally:
        os._exit(status)


def _said(job: Job) -> list[dict[str, Any]] | str:
    """The outcomes, or a sentence where there are none."""
    try:
        return [asdict(outcome) for outcome in _outcomes(job)]
    except Exception as error:  # noqa: BLE001 - an author's cell may raise anything
        told = f"{type(error).__name__}: {error}"
        return f"the given cells up to task {job.task} and its check do not run by themselves: {told}"


def _say(answers: int, said: Any) -> None:
    with open(answers, "wb", closefd=False) as pipe:
        pipe.write(json.dumps(said).encode() + b"\n")


def _outcomes(job: Job) -> list[Outcome]:
    task = job.assignment.task(job.task)
    names = cells.answered(job.assignment, task, "")
    around = cells.bench(job.assignment, task)
    judges = {part: cells.halves(code, around)[1] for part, code in _parts(task)}
    trials = [_Trial(task, names, judges)] * len(job.codes)
    if job.blank is not None:
        trials[-1] = _Trial(task, cells.answered(job.blank, job.blank.task(job.task), ""), judges)
    gc.collect()
    gc.freeze()  # the forks leave these objects where they are
    seconds = _PATIENCE
    outcomes: list[Outcome] = []
    for code, trial in zip(job.codes, trials, strict=True):
        outcome, used = _forked(lambda say, code=code, trial=trial: trial.run(code, say), seconds)  # type: ignore[misc]
        if not outcomes:
            seconds = 2 + 10 * used
        outcomes.append(outcome)
    return outcomes


def _parts(task: Task) -> tuple[tuple[str, str], ...]:
    return ("visible", task.check), ("hidden", task.hidden)


@dataclass(frozen=True)
class _Trial:
    """Everything that is there before the answer is."""

    task: Task
    names: cells.Names
    judges: dict[str, Judge]

    def run(self, code: str, say: Callable[[Outcome], None]) -> None:
        """In the fork: run the answer's cell, then both parts of the check; say how far it came, then the outcome."""
        try:
            cells.run(code, self.names, "answer")
        except BaseException as error:  # noqa: BLE001 - whatever it is, the learner would see it
            return say(Outcome("visible", "raised", f"{type(error).__name__}: {error}"))
        for part, check in _parts(self.task):
            say(Outcome(part, "ended", "the process ended"))  # stands if nothing follows
            if (outcome := self.part(part, check)).key is not None:
                return say(outcome)
        say(Outcome("hidden"))

    def part(self, part: str, check: str) -> Outcome:
        observe, _ = cells.halves(check, self.names)
        try:
            observation = look(self.task.id, observe, self.names)
            rejected = verdict(self.judges[part], observation)
        except NotWrittenError as error:
            return Outcome(part, "unwritten", error.function)
        except Rejected as early:
            return Outcome(part, early.key, early.message)
        except SystemExit:
            return Outcome(part, "ended", "the answer leaves Python")
        if rejected is None:
            return Outcome(part)
        shown = None if rejected.key in GENERIC else _shown(rejected.message, check, decode(observation))
        return Outcome(part, rejected.key, rejected.message, shown)


def _shown(message: str, check: str, seen: Any) -> str | None:
    """The first word or number of a message that is sealed in the check and that the answer did not give itself."""
    digests = re.findall(r'"([0-9a-f]{16})"', check)
    for word in re.findall(r"-?\d+(?:\.\d+)?(?:e[+-]?\d+)?|\w+", message) if digests else ():
        value = _value(word)
        if any(sealed(value, places) in digests for places in range(9)) and not _gave(seen, value):
            return word
    return None


def _value(word: str) -> float | str:
    try:
        return float(word)
    except ValueError:
        return word


def _gave(seen: Any, value: float | str) -> bool:
    """Whether the value is in the observation, up to the digits that a message may cut off."""
    numbers = [entry for entry in _entries(seen) if isinstance(entry, (int, float))]
    if isinstance(value, str):
        return value in _entries(seen)
    return any(math.isclose(value, number, rel_tol=1e-2) for number in numbers)


def _entries(seen: Any) -> Iterator[Any]:
    """Every number and text in an observation."""
    if isinstance(seen, torch.Tensor):
        yield from seen.flatten().tolist()
    elif isinstance(seen, dict):
        yield from _entries(list(seen.values()))
    elif isinstance(seen, (list, tuple)):
        for entry in seen:
            yield from _entries(entry)
    else:
        yield seen


def _forked(work: Callable[[Callable[[Outcome], None]], None], seconds: float) -> tuple[Outcome, float]:
    """Run ``work`` in a fork; return the last outcome it said and the processor time it took.

    A fork that uses more than ``seconds`` of processor time, or twenty times that on the clock, ends with key "time".
    """
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        _be_quiet_and_small(seconds)
        try:
            work(lambda outcome: _write(writing, outcome))
        finally:
            os._exit(0)
    os.close(writing)
    said, late = _read(reading, time.monotonic() + 20 * seconds)
    if late:
        os.kill(child, signal.SIGKILL)
    _, status, usage = os.wait4(child, 0)
    outcome = said[-1] if said else Outcome("visible", "ended", "the process ended")
    if late or (os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGPROF):
        outcome = Outcome(outcome.part, "time", "the answer does not come to an end")
    return outcome, usage.ru_utime + usage.ru_stime


def _be_quiet_and_small(seconds: float) -> None:
    """In a fork: print nothing, and stop at the limits of processor time and memory."""
    import resource

    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    if sys.platform == "linux":  # elsewhere a process cannot tell how large it is
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        size = pages * resource.getpagesize() + _ROOM
        resource.setrlimit(resource.RLIMIT_AS, (size, resource.getrlimit(resource.RLIMIT_AS)[1]))


def _write(writing: int, outcome: Outcome) -> None:
    os.write(writing, json.dumps(asdict(outcome)).encode() + b"\n")


def _read(reading: int, until: float) -> tuple[list[Outcome], bool]:
    """All outcomes written to a pipe before it is closed, and whether the time was up first."""
    said, late = b"", False
    with open(reading, "rb", buffering=0) as pipe:
        while not late:
            ready, _, _ = select.select([pipe], [], [], max(0.0, until - time.monotonic()))
            late = not ready
            if ready:
                part = pipe.read(65536)
                if not part:
                    break
                said += part
    return [Outcome(**json.loads(line)) for line in said.split(b"\n")[:-1]], late
