"""Processes that may run anything: sandboxes for marked code, started, asked and ended from here.

On Linux each is a fork of one prepared process (`ganlab.assign.worker`), walled in by namespaces and watched by a guard
(`ganlab.assign.guard`). Where there are no walls to be had, `Sandboxes` refuses, unless it is told that this is
meant; then it keeps the limits as far as the system offers them.

Lesson: 00 Start here.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol

import ganlab
from ganlab.assign.channel import Answer, Asking, ClosedError, LateError, Output
from ganlab.errors import UserError

_PATIENCE = 120.0  # seconds for a process to import everything
_PROBE = "import ganlab, torch\nfor module in (ganlab, torch): open(module.__file__).close()"
_APPARMOR = Path("/proc/sys/kernel/apparmor_restrict_unprivileged_userns")
_INHERITED = (
    "PYTHONPATH", "PYTHONHOME", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "HOME", "USERPROFILE", "MPLCONFIGDIR", "TZ",
    "TMPDIR", "TEMP", "TMP", "SYSTEMROOT", "WINDIR", "APPDATA", "LOCALAPPDATA",
)  # fmt: skip
_SET = {
    "LANG": "C.UTF-8", "PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONIOENCODING": "utf-8:backslashreplace",
    "PYTHONUNBUFFERED": "1", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1",
    "CUDA_VISIBLE_DEVICES": "", "MPLBACKEND": "Agg", "GANLAB_PROGRESS": "off", "PIP_NO_INDEX": "1", "NO_COLOR": "1",
}  # fmt: skip


@dataclass(frozen=True)
class Limits:
    """What one submission may use: seconds on the clock, megabytes of memory and of files, processes at a time."""

    seconds: float = 120
    megabytes: int = 2048
    room: int = 256
    processes: int = 16

    @property
    def piece(self) -> float:
        """Seconds for one cell, and for one check."""
        return self.seconds / 6


class EndedError(Exception):
    """A sandbox is gone. The message says why, in words that complete "it ..."; ``over`` names a limit it passed."""

    def __init__(self, message: str, over: str | None = None) -> None:
        super().__init__(message)
        self.over = over


class Sandbox:
    """One process that runs marked code. Close it, or use it in a with block."""

    def __init__(self, channel: socket.socket, output: int, life: _Life) -> None:
        self._channel = channel
        self._asking = Asking(channel, Output(output))
        self._life = life

    def ask(self, question: dict[str, Any], seconds: float) -> Answer:
        """Put a question; marked code is stopped after ``seconds``, and the sandbox ended if it does not stop.

        Raises EndedError, or ForgedError where marked code wrote what nobody asked for.
        """
        try:
            return self._asking.ask({**question, "seconds": seconds}, seconds + max(1.0, seconds / 4))
        except LateError:
            self.close()
            raise EndedError(f"was still running after {seconds:g} seconds and could not be stopped") from None
        except ClosedError:
            raise self._life.ended() from None

    def close(self) -> None:
        """End it, with everything it started."""
        self._channel.close()
        self._life.end()

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _Life(Protocol):
    """How a sandbox lives on, seen from here."""

    def ended(self) -> EndedError:
        """Why it ended."""

    def end(self) -> None:
        """Kill it."""


class Sandboxes:
    """Makes sandboxes, from any thread. ``walls`` is False where ``unsafe`` let the marked code run without.

    modules: what marked code will import. covered: folders that it must not see, wherever they lie.
    Raises UserError where the system offers no walls and ``unsafe`` is not set.
    """

    def __init__(
        self, limits: Limits, *, unsafe: bool = False, modules: Sequence[str] = (), covered: Sequence[Path] = ()
    ) -> None:
        self.limits = limits
        self.walls = sys.platform == "linux"
        self._forks: _Forks | None = None
        if self.walls:
            self._forks = _Forks(limits, modules, covered)
            try:
                self._try(unsafe)
            except BaseException:
                self._forks.close()
                raise
        elif not unsafe:
            raise UserError(_refusal(f"there are no namespaces on {sys.platform}"))

    def open(self, seconds: float | None = None) -> Sandbox:
        """A new sandbox that lives at most so long. Raises EndedError if it cannot be made."""
        return self._forks.open(seconds, self.walls) if self._forks else _single(self.limits.room)

    def close(self) -> None:
        """End all sandboxes."""
        if self._forks:
            self._forks.close()

    def __enter__(self) -> Sandboxes:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _try(self, unsafe: bool) -> None:
        try:
            self._probe()
        except EndedError as error:
            if not unsafe:
                raise UserError(_refusal(str(error))) from None
            self.walls = False
            self._probe()

    def _probe(self) -> None:
        with self.open() as sandbox:
            answer = sandbox.ask({"ask": "cell", "code": _PROBE}, 60)
        if answer.kind != "done":
            why = answer.text.partition("\n")[0]
            raise UserError(f"a sandbox cannot read this Python's packages ({why}): `chmod -R a+rX` the folder")


def _refusal(why: str) -> str:
    hint = "mark on a Linux machine that does"
    with contextlib.suppress(OSError):
        if _APPARMOR.read_text().strip() == "1" and os.geteuid() != 0:
            hint = "run it with sudo, or first `sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0`"
    return (
        f"this system offers no sandbox for what students hand in ({why}): {hint}, "
        "or say --unsafe if nothing on this machine can be harmed or read that matters"
    )


class _Forks:
    """The prepared process on Linux, and the way to ask it for forks."""

    def __init__(self, limits: Limits, modules: Sequence[str], covered: Sequence[Path]) -> None:
        self._limits = limits
        self._lock = threading.Lock()
        self._folder = tempfile.TemporaryDirectory(prefix="ganlab-", ignore_cleanup_errors=True)
        base = Path(self._folder.name)
        for name in ("root", "work"):
            (base / name).mkdir()
        here, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._control = here
        with there, (base / "errors").open("wb") as errors:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "ganlab.assign.worker"],
                stdin=there.fileno(), stdout=subprocess.DEVNULL, stderr=errors, cwd="/", env=_environment(),
                start_new_session=True,
            )  # fmt: skip
        hidden = {str(place) for path in covered for place in (path.absolute(), path.resolve())}
        wishes = {"modules": list(modules), "covered": sorted(hidden), "folder": self._folder.name}
        try:
            here.settimeout(_PATIENCE)
            here.send(json.dumps(wishes).encode())
            ready = here.recv(100)
        except OSError:
            ready = b""
        except BaseException:
            self.close()
            raise
        if not ready:
            said = (base / "errors").read_text(errors="replace").strip().splitlines()
            self.close()
            raise UserError(f"the process for marking does not start ({said[-1] if said else 'it says nothing'})")

    def open(self, seconds: float | None, walls: bool) -> Sandbox:
        base = Path(self._folder.name)
        limits = self._limits
        order = {
            "seconds": seconds, "megabytes": limits.megabytes, "processes": limits.processes, "room": limits.room,
            "root": str(base / "root") if walls else None, "workshop": str(base / "work"),
        }  # fmt: skip
        channel, inner_channel = socket.socketpair()
        leash, inner_leash = socket.socketpair()
        output, inner_output = os.pipe()
        try:
            with self._lock, inner_channel, inner_leash:
                inner = [inner_channel.fileno(), inner_output, inner_leash.fileno()]
                socket.send_fds(self._control, [json.dumps(order).encode()], inner)
        except OSError:
            pass  # the worker is gone, and so is the other end of all of these
        finally:
            os.close(inner_output)
        return Sandbox(channel, output, _Leash(leash, limits))

    def close(self) -> None:
        with self._lock:
            self._control.close()
        self._process.kill()
        self._process.wait()
        self._folder.cleanup()


class _Leash:
    """The line to a sandbox's guard."""

    def __init__(self, leash: socket.socket, limits: Limits) -> None:
        self._leash = leash
        self._limits = limits

    def ended(self) -> EndedError:
        try:
            self._leash.settimeout(10)
            report = json.loads(self._leash.makefile("rb").readline() or b"{}")
        except (OSError, ValueError):
            report = {}
        finally:
            self.end()
        if "failed" in report:
            return EndedError(str(report["failed"]))
        if "over" in report:
            story = {
                "seconds": f"was stopped at the time limit for the whole notebook ({self._limits.seconds:g} seconds)",
                "memory": f"took more than {self._limits.megabytes} MB of memory",
                "processes": f"started more than {self._limits.processes} processes",
            }[report["over"]]
            return EndedError(story, report["over"])
        return EndedError(_ending(report.get("status")))

    def end(self) -> None:
        self._leash.close()


class _Process:
    """A sandbox without walls that is a process of its own, where there is no fork."""

    def __init__(self, process: subprocess.Popen[bytes], folder: Path) -> None:
        self._process = process
        self._folder = folder

    def ended(self) -> EndedError:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(10)
        status = self._process.poll()
        self.end()
        return EndedError(_ending(status if status is None or status >= 0 else 128 - status))

    def end(self) -> None:
        if hasattr(os, "killpg"):
            with contextlib.suppress(OSError):
                os.killpg(self._process.pid, signal.SIGKILL)
        self._process.kill()
        self._process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)


def _single(room: int) -> Sandbox:
    """Start Python anew; the process calls back at a port of this machine and shows that it knows a secret."""
    folder = Path(tempfile.mkdtemp(prefix="ganlab-"))
    secret = secrets.token_hex(16).encode()
    with socket.create_server(("127.0.0.1", 0)) as server:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "ganlab.assign.worker", "alone", str(server.getsockname()[1]), str(room)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=folder,
            env=_environment() | {"HOME": str(folder), "USERPROFILE": str(folder), "TMPDIR": str(folder)},
            start_new_session=hasattr(os, "killpg"),
        )  # fmt: skip
        assert process.stdin is not None and process.stdout is not None
        with process.stdin as stdin:
            stdin.write(secret + b"\n")
        output = os.dup(process.stdout.fileno())
        process.stdout.close()
        life = _Process(process, folder)
        server.settimeout(_PATIENCE)
        try:
            while True:
                channel, _ = server.accept()
                channel.settimeout(_PATIENCE)
                with channel.makefile("rb", buffering=0) as said:
                    known = said.read(len(secret)) == secret
                if known:
                    return Sandbox(channel, output, life)
                channel.close()
        except OSError:
            life.end()
            os.close(output)
            raise EndedError("did not start") from None


def _ending(status: int | None) -> str:
    if status is None:
        return "closed the line to the marking"
    if status > 128:
        name = signal.strsignal(status - 128) if status - 128 < signal.NSIG else None
        return f"crashed Python ({(name or f'signal {status - 128}').lower()})"
    return f"ended Python (exit status {status})"


def _environment() -> dict[str, str]:
    """Nothing of the caller's environment but what Python needs to start: keys and passwords live there."""
    kept = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    package = str(Path(ganlab.__file__).parents[1])
    path = os.pathsep.join([*filter(None, [os.environ.get("PYTHONPATH")]), package])
    programs = os.environ.get("PATH", "") if os.name == "nt" else "/usr/local/bin:/usr/bin:/bin"
    search = os.pathsep.join([str(Path(sys.executable).parent), programs])
    from ganlab import data

    return kept | _SET | {"PYTHONPATH": path, "PATH": search, "GANLAB_DATA": str(data.root())}
