"""The process that every sandbox is a fork of: it has imported what takes seconds, and has seen nothing.

It runs no code but the package's own, computes nothing, and is told neither what is handed in nor any test: those go
from the side that marks straight to the fork. So no submission can find another one's traces in its memory.

``python -m ganlab.assign.worker`` is started by `ganlab.assign.sandbox`, never by hand.

Lesson: 00 Start here.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import shutil
import signal
import site
import socket
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

_SYSTEM = (
    "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/usr/bin", "/usr/sbin", "/usr/lib", "/usr/lib32",
    "/usr/lib64", "/usr/libx32", "/usr/libexec", "/usr/share", "/usr/local/bin", "/usr/local/lib", "/usr/local/lib64",
    "/etc/alternatives", "/etc/fonts", "/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/localtime",
    "/nix/store", "/gnu/store",
)  # fmt: skip


def serve() -> None:
    """Import everything, say so, then fork a guard for each order until whoever marks is gone, tidied up or not."""
    control = socket.socket(fileno=os.dup(0))
    os.dup2(os.open(os.devnull, os.O_RDWR), 0)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the side that marks, which then ends us
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    wishes = json.loads(control.recv(1 << 20))
    try:
        load(wishes["modules"])
        _serve(control, [Path(path) for path in wishes["covered"]])
    finally:
        shutil.rmtree(wishes["folder"], ignore_errors=True)


def _serve(control: socket.socket, covered: Iterable[Path]) -> None:
    from ganlab.assign import guard, namespaces

    paths = seen()
    inside = tuple(path for path in covered if any(path.is_relative_to(above) for above in paths))
    view = namespaces.View(paths, inside)
    gc.collect()
    gc.freeze()  # a fork that never touches them never copies them
    control.send(b"ready")
    while True:
        order, descriptors, _, _ = socket.recv_fds(control, 1 << 16, 3)
        if not order:
            return
        ends = guard.Ends(*descriptors)
        with contextlib.suppress(OSError):  # no fork is to be had: whoever asked for it finds nobody there
            _fork(guard.Order(**json.loads(order), view=view), ends)
        for descriptor in descriptors:
            os.close(descriptor)


def alone(port: int, room: int) -> None:
    """Where there is no fork: do one sandbox's work in this very process, asked through a port of this machine.

    room: megabytes of its largest file, where the system has such a limit.
    """
    secret = sys.stdin.readline().strip()
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (room << 20, room << 20))
    load([])
    with socket.create_connection(("127.0.0.1", port)) as channel:
        channel.sendall(secret.encode())
        work(channel)


def load(modules: Iterable[str]) -> None:
    """Import what marked code is likely to import, as far as it is there, and prepare the notebook it runs in."""
    import torch

    from ganlab.assign import notebook

    torch.set_num_threads(1)
    for name in ("matplotlib.pyplot", *modules):
        with contextlib.suppress(Exception):
            importlib.import_module(name)
    notebook.prepare()


def work(channel: socket.socket) -> None:
    """Answer questions until the channel closes."""
    from ganlab.assign.notebook import Notebook

    Notebook(channel).serve()


def seen() -> tuple[Path, ...]:
    """What a sandbox sees of the system: libraries and programs, this Python, and every package that is imported."""
    from ganlab import data
    from ganlab.assign.namespaces import visible_once

    prefixes = {sys.prefix, sys.base_prefix, sys.exec_prefix, sys.base_exec_prefix}
    paths = [Path(path) for path in _SYSTEM]
    paths += [Path(prefix, name) for prefix in prefixes for name in ("bin", "lib", "lib64", "pyvenv.cfg")]
    paths += map(Path, [*site.getsitepackages(), sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib")])
    if site.ENABLE_USER_SITE:
        paths.append(Path(site.getusersitepackages()))
    paths += [data.root() / name for name in data.names() if data.status(name) == "ready"]
    paths += [path for path in _imported() if not any(path.is_relative_to(above) for above in paths)]
    paths += [path.resolve() for path in paths]
    return visible_once(path for path in paths if path.is_absolute() and len(path.parts) > 1)


def _imported() -> Iterator[Path]:
    """The files and folders of top-level modules, wherever an editable install or PYTHONPATH has them."""
    for name, module in list(sys.modules.items()):
        if "." in name:
            continue
        if folders := getattr(module, "__path__", None):
            yield from map(Path, folders)
        elif file := getattr(module, "__file__", None):
            yield Path(file)


def _fork(order: Any, ends: Any) -> None:
    from ganlab.assign import guard, namespaces

    here, there = socket.socketpair()
    pid = os.fork()
    if pid == 0:
        try:
            guard.guard(order, ends, there.fileno(), work)
        finally:
            os._exit(0)
    there.close()
    with here, contextlib.suppress(OSError):  # a guard that has ended says so itself
        here.settimeout(30)
        if here.recv(1) and order.root is not None:
            namespaces.name_users(pid)
        here.send(b".")


def _main() -> None:
    if sys.argv[1:2] == ["alone"]:
        alone(int(sys.argv[2]), int(sys.argv[3]))
    else:
        serve()


if __name__ == "__main__":
    _main()
