"""A clean process that gives birth to short lives of ``ganlab``: real processes for a few milliseconds each.

Importing torch takes seconds. This process imports everything once, computes nothing itself, and forks one child for
each life asked for; the child runs one command line, and may be killed, limited, or made to die at an exact place.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import io
import json
import os
import resource
import runpy
import signal
import socket
import subprocess
import sys
import tempfile
import time
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import Any

TESTS = Path(__file__).parent

# The smallest run that does everything: rows at every step, and files at every second.
OFTEN = (
    "--batch-size", "16", "--log-every", "1", "--checkpoint-every", "2", "--sample-every", "5",
    "--threads", "1", "--device", "cpu",
)  # fmt: skip
TINY = ("--set", "latent=3", "--set", "g_widths=6,4", "--set", "d_widths=4", "--set", "norm=batch", *OFTEN)


def undo_process_settings() -> None:
    """Training in the process of the tests leaves denormal numbers switched off, which later tests would trip over."""
    import torch

    torch.set_flush_denormal(False)
    torch.set_num_threads(1)


def contents(run: Path) -> dict[str, Any]:
    """All that a run folder says, but for how long it took: for comparison to the bit."""
    rows = [json.loads(line) for line in (run / "log.jsonl").read_text().splitlines()]
    return {
        "config": json.loads((run / "config.json").read_text()),
        "log": [{name: value for name, value in row.items() if name != "seconds"} for row in rows],
        **{
            str(file.relative_to(run)): file.read_bytes()
            for file in sorted(run.rglob("*"))
            if file.is_file() and file.suffix not in (".json", ".jsonl")
        },
    }


# The same bits on every machine, and no thread that spins while others need the core.
_CALM = {"OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "PASSIVE", "CUDA_VISIBLE_DEVICES": "", "MPLBACKEND": "Agg"}


@dataclass(frozen=True)
class Life:
    """How one process ended: its exit status (negative: the signal that killed it) and what it said."""

    status: int
    out: str
    err: str


class Nursery:
    """The side of the tests. ``Nursery.shared()`` is one server for the whole test run."""

    def __init__(self) -> None:
        self._server = subprocess.Popen(
            [sys.executable, __file__],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1, cwd=TESTS.parent,
            env=os.environ | _CALM,
        )  # fmt: skip

    @staticmethod
    @functools.cache
    def shared() -> Nursery:
        return Nursery()

    def live(
        self,
        *argv: object,
        cwd: Path | str = "/",
        env: dict[str, str] | None = None,
        kill_after: float | None = None,
        watch: Path | None = None,
        signum: int = signal.SIGKILL,
        dies_at: int | None = None,
        dies_in: str = "",
        file_limit: int | None = None,
    ) -> Life:
        """Run ``ganlab ARGV`` in a new process, or, where the first argument is a file FILE.py, that program.

        ``kill_after`` seconds it gets ``signum``: counted from its birth, or from the first change of the file
        ``watch``. ``dies_at`` is the number of the file operation (opening, half a write, the rest, fsync, rename,
        unlink) at which it kills itself; only those of files with ``dies_in`` in their name count. ``file_limit`` is
        the largest file it may write, in bytes.
        """
        asked = {
            "argv": [str(a) for a in argv], "cwd": str(cwd), "env": env or {}, "kill_after": kill_after,
            "watch": str(watch) if watch else None, "signum": int(signum), "dies_at": dies_at, "dies_in": dies_in,
            "file_limit": file_limit,
        }  # fmt: skip
        return self._ask(asked)[0]

    def live_together(
        self, world: int, *argv: object, signum: int = 0, victim: int = 0, watch: Path | None = None, limit: int = 0
    ) -> list[Life]:
        """Run ``ganlab ARGV`` in ``world`` processes at once, told of each other as torchrun does.

        Process ``victim`` gets ``signum``, if there is one, just after the first change of the file ``watch``.
        ``limit`` is the largest file that any of them may write, in bytes.
        """
        return self._ask({
            "argv": [str(a) for a in argv], "cwd": "/", "env": {}, "kill_after": 0.1 if signum else None,
            "watch": str(watch) if watch else None, "signum": int(signum), "dies_at": None,
            "file_limit": limit or None, "world": world, "victim": victim,
        })  # fmt: skip

    def _ask(self, asked: dict[str, Any]) -> list[Life]:
        assert self._server.stdin is not None and self._server.stdout is not None
        self._server.stdin.write(json.dumps(asked) + "\n")
        return [Life(**life) for life in json.loads(self._server.stdout.readline())]


def _serve() -> None:
    # What a run imports on its way, torch._dynamo for its first optimiser included.
    for name in ("sklearn.datasets", "PIL.PngImagePlugin", "tqdm", "typer", "torch._dynamo"):
        importlib.import_module(name)
    for name in ("metrics", "training.bench", "zoo"):
        importlib.import_module(f"ganlab.{name}")
    from ganlab.__main__ import main

    with contextlib.redirect_stdout(io.StringIO()):
        main(["data", "list"])  # the rest of typer comes with the first command

    answers = os.fdopen(os.dup(1), "w", buffering=1)
    for line in sys.stdin:
        asked = json.loads(line)
        world, before = asked.get("world", 1), _facts(asked["watch"])
        with contextlib.ExitStack() as files:
            said = [[files.enter_context(tempfile.TemporaryFile("w+")) for _ in range(2)] for _ in range(world)]
            told = {"WORLD_SIZE": str(world), "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(_free_port())}
            children = []
            for rank, (out, err) in enumerate(said):
                child = os.fork()
                if child == 0:
                    if world > 1:
                        asked["env"] |= told | {"RANK": str(rank), "LOCAL_RANK": str(rank)}
                    _live(asked, out.fileno(), err.fileno())
                children.append(child)
            statuses = _wait(children, asked, before)
            lives = []
            for status, (out, err) in zip(statuses, said, strict=True):
                out.seek(0), err.seek(0)
                lives.append({"status": status, "out": out.read(), "err": err.read()})
            answers.write(json.dumps(lives) + "\n")


def _live(asked: dict[str, Any], out: int, err: int) -> None:
    status = 1
    try:
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(out, 1)
        os.dup2(err, 2)
        os.chdir(asked["cwd"])
        os.environ.update(asked["env"])
        if asked["file_limit"] is not None:
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # the write itself then fails with EFBIG
            resource.setrlimit(resource.RLIMIT_FSIZE, (asked["file_limit"],) * 2)
        if asked["dies_at"] is not None:
            _die_at(asked["dies_at"], asked["dies_in"])
        if asked["argv"][0].endswith(".py"):
            sys.argv = asked["argv"]
            runpy.run_path(asked["argv"][0], run_name="__main__")
            status = 0
        else:
            from ganlab.__main__ import main

            status = main(asked["argv"])
    except BaseException:  # noqa: BLE001 - as the interpreter itself would end
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _free_port() -> int:
    with socket.socket() as place:
        place.bind(("127.0.0.1", 0))
        return int(place.getsockname()[1])


def _wait(children: list[int], asked: dict[str, Any], before: object) -> list[int]:
    delay, begun = asked["kill_after"], time.monotonic()
    seen, victim = asked["watch"] is None, children[asked.get("victim", 0)]
    ended: dict[int, int] = {}
    while True:
        for child in children:
            if child not in ended:
                pid, status = os.waitpid(child, 0 if delay is None else os.WNOHANG)
                if pid:
                    ended[child] = os.waitstatus_to_exitcode(status)
        if len(ended) == len(children):
            return [ended[child] for child in children]
        if victim in ended:
            delay = None
            continue
        if not seen and _facts(asked["watch"]) != before:
            seen, begun = True, time.monotonic()
        if seen and time.monotonic() - begun >= delay:
            os.kill(victim, asked["signum"])
            delay = None
        else:
            time.sleep(0.0005)


def _facts(path: str | None) -> object:
    with contextlib.suppress(OSError, TypeError):
        facts = os.stat(path)  # type: ignore[arg-type]  # noqa: PTH116
        return facts.st_ino, facts.st_size, facts.st_mtime_ns
    return None


def _die_at(number: int, within: str) -> None:
    """Count file operations on names with ``within`` from now on, and kill this process at the given one (from 1)."""
    left = number

    def event(file: Any) -> None:
        nonlocal left
        left -= within in ("" if isinstance(file, int) else Path(file).name)  # fsync knows a number, no name
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def dying(operation: Any) -> Any:
        @functools.wraps(operation)
        def counted(file: Any, *args: Any, **kwargs: Any) -> Any:
            event(file)  # before it happens; after it is before the next one
            return operation(file, *args, **kwargs)

        return counted

    for name in ("fsync", "replace", "unlink", "mkdir"):
        setattr(os, name, dying(getattr(os, name)))
    opening = Path.open

    def opened(path: Path, mode: str = "r", *args: Any, **kwargs: Any) -> Any:
        if not set(mode) & set("wax"):
            return opening(path, mode, *args, **kwargs)
        event(path)
        file = opening(path, mode, *args, **kwargs)
        writing = file.write

        def write(content: Any) -> int:
            writing(content[: len(content) // 2])
            file.flush()
            event(path)
            writing(content[len(content) // 2 :])
            return len(content)

        file.write = write
        return file

    Path.open = opened  # type: ignore[method-assign,assignment]


if __name__ == "__main__":
    _serve()
