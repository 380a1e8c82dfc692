"""One sandbox from outside: a process that starts it, watches its time, memory and processes, and ends it.

The guard is a fork of the worker. It makes a first process, which is the init of a process namespace: it builds the
walls, starts the student's process, and takes in orphans. When the guard kills the first process, the kernel kills
everything in the namespace; when the guard dies, so does the first process. Marked code sees none of this.

Lesson: 00 Start here.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import select
import shutil
import signal
import socket
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from ganlab.assign import namespaces, seccomp

_PAUSE = 20  # milliseconds between two looks
_FILES = 128  # that may be open at once
_CHANNEL = 3  # the descriptor on which the student's process is asked
Work = Callable[[socket.socket], None]


@dataclass(frozen=True)
class Order:
    """What one sandbox is to be.

    seconds: on the clock, None for no limit. megabytes: of each process, and 5/4 of that for all of them. room:
    megabytes for files. root: an empty folder to build a root in; None for no walls (``--unsafe``), where the marked
    code then works in a folder below ``workshop``. view: what it sees.
    """

    seconds: float | None
    megabytes: int
    processes: int
    room: int
    root: str | None
    workshop: str
    view: namespaces.View


@dataclass(frozen=True)
class Ends:
    """Descriptors that a sandbox is born with: where it is asked, where it prints, where its guard reports."""

    channel: int
    output: int
    leash: int


def guard(order: Order, ends: Ends, admit: int, work: Work) -> None:
    """In a fork of the worker: have ``work`` done on the channel in a sandbox; say on the leash how it ended.

    ``admit`` is a socket to the worker, which names the users of the new namespace. The sandbox is killed when the
    other end of the leash closes. Reports are lines of JSON with one of the keys "failed" (it could not be built),
    "over" (the limit that was passed) or "status" (128 and more: the signal that ended it).
    """
    namespaces.die_with_parent()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    _close_all_but(0, 1, 2, *vars(ends).values(), admit)
    with socket.socket(fileno=ends.leash) as leash:
        try:
            report = _watched(order, ends, admit, work, leash)
        except OSError as error:
            report = {"failed": error.strerror or str(error)}
        with contextlib.suppress(OSError):
            leash.sendall(json.dumps(report).encode() + b"\n")


def _watched(order: Order, ends: Ends, admit: int, work: Work, leash: socket.socket) -> dict[str, object]:
    walls = order.root is not None
    if walls:
        namespaces.leave_user_and_processes()
    else:
        namespaces.adopt_orphans()
    os.write(admit, b".")
    os.read(admit, 1)
    os.close(admit)
    here, there = socket.socketpair()
    base = _own_memory()
    home = namespaces.HOME if walls else Path(tempfile.mkdtemp(dir=order.workshop))
    first = os.fork()
    if first == 0:
        _last_words(lambda: _first(order, ends, home, there, work), there)
    for descriptor in (ends.channel, ends.output, there.detach()):
        os.close(descriptor)
    word, descriptors, _, _ = socket.recv_fds(here, 1000, 1)
    if descriptors:
        census = _Census(descriptors[0], base, None if walls else (os.getpid(), first))
        report = _watch(order, census, first, leash)
        census.kill(first)
    else:
        _wait(first)
        report = {"failed": word.decode(errors="replace") or "its first process ended"}
    if not walls:
        shutil.rmtree(home, ignore_errors=True)
    return report


def _watch(order: Order, census: _Census, first: int, leash: socket.socket) -> dict[str, object]:
    """Look again and again until the sandbox ends, breaks a limit, or is not needed any more."""
    until = None if order.seconds is None else time.monotonic() + order.seconds
    pause = _PAUSE if order.root is not None else 5 * _PAUSE  # everybody's /proc is long
    poll = select.poll()
    poll.register(leash, select.POLLIN)
    while True:
        if poll.poll(pause):
            return {}
        ended = os.waitid(os.P_PID, first, os.WEXITED | os.WNOHANG | os.WNOWAIT)  # its number stays taken
        if ended:
            return {"status": ended.si_status + (0 if ended.si_code == os.CLD_EXITED else 128)}
        pids = census.pids()
        if len(pids) > order.processes:
            return {"over": "processes"}
        if census.more_than(order.megabytes * 5 // 4 << 20, pids):  # later than the limit that raises MemoryError
            return {"over": "memory"}
        if until is not None and time.monotonic() > until:
            return {"over": "seconds"}


class _Census:
    """Who lives in the sandbox and how much memory they take.

    proc: the sandbox's own /proc. Without walls it is everybody's, and ``ours`` are the guard and the first process:
    then those below them live in the sandbox. base: the memory that the worker had taken before the fork.
    """

    def __init__(self, proc: int, base: int, ours: tuple[int, int] | None) -> None:
        self._proc = proc
        self._base = base
        self._ours = ours

    def pids(self) -> set[int]:
        """All processes but the first."""
        pids = {int(name) for name in os.listdir(self._proc) if name.isdigit()}  # noqa: PTH208 - a descriptor
        return pids - {1} if self._ours is None else self._below(pids)

    def more_than(self, limit: int, pids: Iterable[int]) -> bool:
        """Whether they take more than ``limit`` bytes beside the base.

        The sum over all is a bound that costs little; memory that they share is told apart only where it matters.
        """
        return (
            sum(map(self._bound, pids)) - self._base > limit
            and sum(self._share(pid) or self._bound(pid) for pid in pids) - self._base > limit
        )

    def kill(self, first: int) -> None:
        """End the first process, which ends its namespace; without walls, everything below before it."""
        while self._ours and (pids := self.pids()):
            for signum in (signal.SIGSTOP, signal.SIGKILL):  # what stands still makes no more processes
                for pid in pids:
                    _signal(pid, signum)
                pids |= self.pids()
            time.sleep(0.002)
        _signal(first, signal.SIGKILL)
        _wait(first)

    def _bound(self, pid: int) -> int:
        return self._bytes(pid, "status", ("RssAnon", "RssShmem", "VmSwap"))

    def _share(self, pid: int) -> int:
        return self._bytes(pid, "smaps_rollup", ("Pss_Anon", "Pss_Shmem", "SwapPss"))

    def _bytes(self, pid: int, file: str, wanted: tuple[str, ...]) -> int:
        rows = (line.partition(":") for line in self._read(f"{pid}/{file}").splitlines())
        return sum(int(value.split()[0]) << 10 for name, _, value in rows if name in wanted)

    def _below(self, pids: set[int]) -> set[int]:
        """Of these processes, those that descend from ours and live; orphans are children of ours by adoption."""
        parents = {}
        for pid in pids:
            fields = self._read(f"{pid}/stat").rpartition(")")[2].split()
            if fields and fields[0] != "Z":
                parents[pid] = int(fields[1])
        found = set(self._ours or ())
        while new := {pid for pid, parent in parents.items() if parent in found} - found:
            found |= new
        return found - set(self._ours or ())

    def _read(self, name: str) -> str:
        try:
            descriptor = os.open(name, os.O_RDONLY, dir_fd=self._proc)
            with open(descriptor, encoding="utf-8", errors="replace") as file:  # noqa: PTH123 - a descriptor
                return file.read()
        except OSError:  # it has ended, or hides
            return ""


def _first(order: Order, ends: Ends, home: Path, report: socket.socket, work: Work) -> None:
    """The first process of the sandbox: build the walls, start the student's, then only take in orphans."""
    namespaces.die_with_parent()
    os.setsid()  # a signal to "my group" must not reach the worker
    for signum in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
        with contextlib.suppress(OSError, ValueError):
            signal.signal(signum, signal.SIG_DFL)  # which the first process of a namespace never gets from inside
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")  # where memory runs out, this goes first
    namespaces.keep_memory_private()
    if order.root is None:
        namespaces.adopt_orphans()
    else:
        namespaces.leave_system()
        namespaces.change_root(Path(order.root), order.view, order.room)
    proc = os.open("/proc", os.O_RDONLY | os.O_DIRECTORY)
    ready, go = os.pipe()
    student = os.fork()
    if student == 0:
        _last_words(lambda: _student(order, ends, home, go, work), report)
    os.close(go)
    if os.read(ready, 1):
        socket.send_fds(report, [b"."], [proc])
    _close_all_but()
    while True:
        pid, status = os.wait()
        if pid == student:
            code = os.waitstatus_to_exitcode(status)
            os._exit(code if code >= 0 else 128 - code)


def _student(order: Order, ends: Ends, home: Path, ready: int, work: Work) -> None:
    """The process that runs marked code: no rights, limits of its own, nothing open but three streams and a channel."""
    os.setsid()
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.chdir(home)
    os.environ.update(HOME=str(home), TMPDIR=str(home if order.root is None else "/tmp"), USER="student", PWD=str(home))
    for name, number in _limits(order).items():
        _, hard = resource.getrlimit(getattr(resource, name))
        number = number if hard == resource.RLIM_INFINITY else min(number, hard)
        resource.setrlimit(getattr(resource, name), (number, number))
    namespaces.die_with_parent()
    if order.root is not None:
        namespaces.give_up_rights()
        if seccomp.available():
            seccomp.refuse()
    os.write(ready, b".")
    channel = os.dup(ends.channel)
    for target, source in enumerate((nothing, os.dup(ends.output), ends.output)):
        os.dup2(source, target)
    if channel != _CHANNEL:
        os.dup2(channel, _CHANNEL)
    _close_all_but(0, 1, 2, _CHANNEL)
    os.set_inheritable(_CHANNEL, False)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for signum in (signal.SIGPIPE, signal.SIGXFSZ):  # as Python starts: what was not written raises OSError
        signal.signal(signum, signal.SIG_IGN)
    work(socket.socket(fileno=_CHANNEL))


def _limits(order: Order) -> dict[str, int]:
    limits = {  # a core of one byte is none; with 0 bytes a system's core handler would still get a crash
        "RLIMIT_DATA": _own_data() + (order.megabytes << 20), "RLIMIT_FSIZE": order.room << 20,
        "RLIMIT_NOFILE": _FILES, "RLIMIT_CORE": 1, "RLIMIT_MEMLOCK": 0, "RLIMIT_MSGQUEUE": 0, "RLIMIT_RTPRIO": 0,
    }  # fmt: skip
    if order.seconds is not None:
        limits["RLIMIT_CPU"] = int(order.seconds) + 10
    if order.root is not None:  # without walls it would count everything that the user runs
        limits["RLIMIT_NPROC"] = order.processes * 2  # threads count too
    return limits


def _last_words(act: Callable[[], None], report: socket.socket) -> NoReturn:
    """In a fork: act, and never come back from it."""
    try:
        act()
    except OSError as error:
        with contextlib.suppress(OSError):
            report.send((error.strerror or str(error)).encode())
    except BaseException as error:  # noqa: BLE001 - nothing of the fork may go on in the worker's code
        with contextlib.suppress(OSError):
            report.send(repr(error).encode())
    finally:
        os._exit(1)


def _own_memory() -> int:
    """Bytes of this process that are neither files nor shared."""
    pages = Path("/proc/self/statm").read_text().split()
    return (int(pages[1]) - int(pages[2])) * resource.getpagesize()


def _own_data() -> int:
    """What RLIMIT_DATA counts, so far."""
    return int(Path("/proc/self/statm").read_text().split()[5]) * resource.getpagesize()


def _close_all_but(*kept: int) -> None:
    first = 0
    for descriptor in (*sorted(kept), 1 << 20):
        if descriptor > first:  # an empty range would be taken for an endless one
            os.closerange(first, descriptor)
        first = descriptor + 1


def _signal(pid: int, signum: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signum)


def _wait(pid: int) -> None:
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, 0)
