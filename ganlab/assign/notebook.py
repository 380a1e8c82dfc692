"""Inside the sandbox: a notebook without a page, which runs cells and the first halves of checks when it is asked.

It lives in one process with marked code, so nothing that it says is believed: `judge` answers are asked of another
sandbox, in which no marked code has ever run.

Lesson: 00 Start here.
"""

from __future__ import annotations

import contextlib
import io
import linecache
import os
import signal
import socket
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator
from typing import Any, NoReturn

import torch
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

import ganlab
from ganlab import teaching
from ganlab.assign import cells
from ganlab.assign.channel import Answering
from ganlab.teaching import checks
from ganlab.teaching.checks import NotWrittenError, Rejected

_AGAIN = 0.5  # seconds between two calls to stop, for code that catches the first
_SHOWN = 5  # lines of a traceback that are told
Reply = tuple[str, str]


class TimeUp(BaseException):
    """Raised in marked code when its time is over. Like Ctrl-C, `except Exception` does not catch it."""


class Notebook:
    """Cells, and what the assignment gives, in two rooms that share their objects and not their names.

    Questions: "begin" (run everything given), "give" (show one part of it), "cell", "keep" (remember the names as they
    are for the hidden tests of a task), "look" (run a check's `observe`), "judge". What raises does not end anything.
    """

    def __init__(self, channel: socket.socket) -> None:
        self._line = Answering(channel)
        self._process = os.getpid()
        self._shell: Any = Shell.instance()
        self._names: dict[str, Any] = self._shell.user_ns
        self._names |= _provided() | {"progress": getattr(teaching, "progress", None)}
        self._given: cells.Names = {}
        self._stages: dict[str, cells.Names] = {}
        self._kept: dict[str, dict[str, Any]] = {}
        self._judges: dict[str, checks.Judge] = {}

    def serve(self) -> None:
        """Answer every question until the channel closes."""
        answers: dict[str, Callable[[dict[str, Any]], Reply]] = {
            "begin": self._begin, "give": self._give, "cell": self._cell, "keep": self._keep, "look": self._look,
            "judge": self._judge,
        }  # fmt: skip
        for question in self._line.questions():
            try:
                with _limited(question["seconds"]):
                    kind, text = answers[question["ask"]](question)
            except BaseException as error:  # noqa: BLE001 - whatever it is, there is one answer
                kind, text = "stopped", _stopped(error, question["seconds"])
            if os.getpid() != self._process:
                os._exit(0)  # marked code forked, and this is the copy
            for stream in (sys.stdout, sys.stderr):
                with contextlib.suppress(Exception):
                    stream.flush()
            left = 0
            with contextlib.suppress(Exception):
                left = _others()
            self._line.answer(question, kind, text, left)

    def _begin(self, question: dict[str, Any]) -> Reply:
        """Run all that is given, stage by stage, before any marked code and with the seed that the proof uses."""
        with contextlib.redirect_stdout(io.StringIO()):
            ganlab.teaching.setup()
            torch.set_num_threads(1)
            self._given |= _provided()
            with torch.random.fork_rng(devices=[]):
                torch.manual_seed(0)
                for stage, code in question["given"]:
                    cells.run(code, self._given, "given")
                    self._stages[stage] = dict(self._given)
        return "done", ""

    def _give(self, question: dict[str, Any]) -> Reply:
        """Show the student's cells what one stage brought."""
        stages = list(self._stages)
        place = stages.index(question["stage"])
        before = self._stages[stages[place - 1]] if place else {}
        new = {name: value for name, value in self._stages[stages[place]].items() if before.get(name) is not value}
        self._names.update({name: value for name, value in new.items() if not name.startswith("__")})
        return "done", ""

    def _cell(self, question: dict[str, Any]) -> Reply:
        result = self._shell.run_cell(question["code"], store_history=False)
        error = result.error_before_exec or result.error_in_exec
        return ("done", "") if error is None else ("raised", self._told(error, question["seconds"]))

    def _keep(self, question: dict[str, Any]) -> Reply:
        self._kept[question["task"]] = dict(self._names)
        return "done", ""

    def _look(self, question: dict[str, Any]) -> Reply:
        """Run `observe` among what is given; for the hidden tests, with the student's names as they were kept."""
        task, stage = question["task"], self._stages[question["task"]]
        if question["part"] == "hidden":
            self._names.clear()
            self._names.update(self._kept[task])
        around = dict(stage)
        for name in question["defines"]:  # what something given may call
            if name in self._names and name not in stage:
                self._given[name] = around[name] = self._names[name]
        cells.run(question["observe"], around, "check")
        try:
            return "seen", checks.look(task, around["observe"], self._names)
        except NotWrittenError as error:
            return "blank", str(error)
        except Rejected as error:
            return "rejected", f"{error.key}\n{error.message}"

    def _judge(self, question: dict[str, Any]) -> Reply:
        code = question["judge"]
        if code not in self._judges:
            around = dict(self._stages[question["task"]])
            cells.run(code, around, "judge")
            self._judges[code] = around["judge"]
        torch.manual_seed(0)
        rejected = checks.verdict(self._judges[code], question["seen"])
        return ("right", "") if rejected is None else ("rejected", f"{rejected.key}\n{rejected.message}")

    def _told(self, error: BaseException, seconds: float) -> str:
        """An error as its kind, its message, and the lines of the notebook on the way to it."""
        if isinstance(error, (TimeUp, SystemExit)):
            return _stopped(error, seconds)
        lines = ["".join(traceback.format_exception_only(error)).strip()]
        if not isinstance(error, SyntaxError):
            for frame, number in traceback.walk_tb(error.__traceback__):
                if frame.f_globals is self._names:
                    name, file = frame.f_code.co_name, frame.f_code.co_filename
                    where = "" if name.startswith("<module") else f" of {name}"
                    lines.append(f"  line {number}{where}: {linecache.getline(file, number).strip()}")
        return "\n".join(lines if len(lines) <= _SHOWN + 1 else [lines[0], "  ...", *lines[-_SHOWN:]])


class Shell(InteractiveShell):
    """IPython without history, files, its user's settings, or a window; errors are told in the answer instead."""

    def enable_gui(self, gui: str | None = None) -> None:
        """There is no window to enable."""

    def ask_exit(self) -> NoReturn:
        """End the cell as sys.exit() does."""
        raise SystemExit

    def showtraceback(self, *_: object, **__: object) -> None:
        """Print nothing."""

    def showsyntaxerror(self, *_: object, **__: object) -> None:
        """Print nothing."""


def prepare() -> None:
    """Make the one shell of this process, before the fork, and run it once: much is imported only then."""
    settings = Config()
    settings.HistoryManager.enabled = False
    with tempfile.TemporaryDirectory() as folder:
        shell: Any = Shell.instance(config=settings, ipython_dir=folder)
    shell.displayhook.write_output_prompt = lambda: None
    shell.system = shell.system_raw  # the other one needs a terminal
    for name in ("pip", "conda", "mamba", "uv"):
        shell.register_magic_function(_no_install, magic_name=name)
    with contextlib.redirect_stdout(io.StringIO()):
        teaching.setup()
        shell.run_cell("None", store_history=False)


def _provided() -> dict[str, Any]:
    """What every notebook of an assignment has imported before its first own cell."""
    return {"__name__": "__main__", "ganlab": ganlab} | {name: getattr(checks, name) for name in cells.CHECKING}


def _no_install(line: str) -> None:
    """Stands in for %pip."""
    print("(nothing is installed while marking)")


def _others() -> int:
    """How many processes there are besides this one and the first of the sandbox; 0 where no such first one is."""
    if os.getppid() != 1:
        return 0
    return sum(name.isdigit() for name in os.listdir("/proc")) - 2  # noqa: PTH208 - called after every cell


@contextlib.contextmanager
def _limited(seconds: float | None) -> Iterator[None]:
    """Raise TimeUp in the block when its time is over, again and again while it goes on."""
    if seconds is None or not hasattr(signal, "setitimer"):
        yield
        return

    def stop(*_: object) -> None:
        raise TimeUp

    signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds, _AGAIN)
    try:
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
    except TimeUp:  # it may have come in the line before
        signal.setitimer(signal.ITIMER_REAL, 0)
        raise


def _stopped(error: BaseException, seconds: float) -> str:
    """What stopped a piece of code that nothing else could catch."""
    if isinstance(error, TimeUp):
        return f"it was still running after {seconds:g} seconds"
    if isinstance(error, SystemExit):
        return "it leaves Python (`exit` or `sys.exit`)"
    return "".join(traceback.format_exception_only(error)).strip()
