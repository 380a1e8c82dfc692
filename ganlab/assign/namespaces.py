"""A root of its own for a process: Linux namespaces, read-only views of the system, no rights, no network.

Everything here is a system call or two with its name. Sources: user_namespaces(7), pid_namespaces(7),
mount_namespaces(7), pivot_root(2), mount_setattr(2), capabilities(7).

Lesson: 00 Start here.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

STUDENT = 1000  # the user that marked code is, inside
NOBODY = 65534  # and outside, where the marking is done by root
HOME = Path("/home/student")

_NEWNS, _NEWCGROUP, _NEWUTS, _NEWIPC = 0x00020000, 0x02000000, 0x04000000, 0x08000000
_NEWUSER, _NEWPID, _NEWNET = 0x10000000, 0x20000000, 0x40000000
_RDONLY, _NOSUID, _NODEV, _NOEXEC, _BIND, _REC, _PRIVATE = 1, 2, 4, 8, 4096, 16384, 1 << 18
_ATTR_RDONLY, _ATTR_NOSUID, _ATTR_NODEV, _ATTR_NOEXEC = 1, 2, 4, 8
_MOUNT_SETATTR, _AT_RECURSIVE, _AT_FDCWD = 442, 0x8000, -100  # the number is the same on every architecture
_DETACH = 2
_PDEATHSIG, _DUMPABLE, _BOUNDING_DROP, _NO_NEW_PRIVS, _SUBREAPER, _AMBIENT, _AMBIENT_CLEAR = 1, 4, 24, 38, 36, 47, 4
_DEVICES = ("null", "zero", "full", "random", "urandom")


@dataclass(frozen=True)
class View:
    """What can be seen inside: each path of the system as it is, read-only, but for those in ``covered``."""

    paths: tuple[Path, ...]
    covered: tuple[Path, ...] = ()


def supported() -> bool:
    """Whether this is a Linux whose C library can be asked. What it allows shows when it is tried."""
    return hasattr(_libc(), "unshare")


def leave_user_and_processes() -> None:
    """Enter a new user namespace, and let the next child be the first process of a new one."""
    _call("unshare", ctypes.c_int(_NEWUSER | _NEWPID))


def name_users(pid: int) -> None:
    """From outside: say who the users inside ``pid`` are. Marked code is nobody if root marks, else the caller."""
    proc = Path("/proc", str(pid))
    uid, gid = os.geteuid(), os.getegid()
    if uid == 0:
        with contextlib.suppress(PermissionError):
            (proc / "uid_map").write_text(f"0 0 1\n{STUDENT} {NOBODY} 1\n")
            (proc / "gid_map").write_text(f"0 {gid} 1\n{STUDENT} {NOBODY} 1\n")
            return
    (proc / "setgroups").write_text("deny")
    (proc / "uid_map").write_text(f"{STUDENT} {uid} 1\n")
    (proc / "gid_map").write_text(f"{STUDENT} {gid} 1\n")


def leave_system() -> None:
    """Enter new mount, network, IPC, host name and control group namespaces."""
    _call("unshare", ctypes.c_int(_NEWNS | _NEWNET | _NEWIPC | _NEWUTS | _NEWCGROUP))
    _mount(None, Path("/"), None, _REC | _PRIVATE)
    socket.sethostname("sandbox")


def change_root(root: Path, view: View, megabytes: int) -> None:
    """Build a root in the empty folder ``root`` and go there: the view, /proc, a few devices, and room to write.

    HOME, /tmp and /dev/shm share one file system in memory of ``megabytes``. The old root is gone afterwards.
    """
    _mount("tmpfs", root, "tmpfs", _NOSUID | _NODEV, "mode=755,size=1m")
    for folder in ("dev", "etc", "proc", "room", "tmp", HOME):
        _inside(root, Path(folder)).mkdir(parents=True)
    _devices(root / "dev")
    _proc(root / "proc")
    _room(root, megabytes)
    for path in view.paths:  # some may lie in what is /tmp or HOME
        _show(path, root)
    for path in view.covered:
        if (inside := _inside(root, path)).is_dir():
            _mount("tmpfs", inside, "tmpfs", _RDONLY | _NOSUID | _NODEV, "mode=755,size=4k")
    (root / "etc/passwd").write_text(f"student:x:{STUDENT}:{STUDENT}::{HOME}:/bin/sh\n")
    (root / "etc/group").write_text(f"student:x:{STUDENT}:\n")
    (root / "etc/hosts").write_text("127.0.0.1 localhost sandbox\n")
    _protect(root, _ATTR_RDONLY | _ATTR_NOSUID | _ATTR_NODEV, recursive=False)
    os.chdir(root)
    _call("pivot_root", b".", b".")  # the new root comes to lie over the old one,
    _call("umount2", b".", ctypes.c_int(_DETACH))  # which is taken away from under it
    os.chdir("/")


def give_up_rights() -> None:
    """Become the student: no capabilities, none to be had again, not even by running a set-user-ID program."""
    capability = 0
    while _libc().prctl(_BOUNDING_DROP, ctypes.c_ulong(capability), 0, 0, 0) == 0:
        capability += 1
    _prctl(_AMBIENT, _AMBIENT_CLEAR)
    if os.getuid() != STUDENT:
        os.setgroups([])
        os.setresgid(STUDENT, STUDENT, STUDENT)
        os.setresuid(STUDENT, STUDENT, STUDENT)
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    _call("capset", header, (ctypes.c_uint32 * 6)())
    _prctl(_NO_NEW_PRIVS, 1)
    _prctl(_DUMPABLE, 1)


def die_with_parent() -> None:
    """Be killed at the moment the parent ends, however it ends."""
    _prctl(_PDEATHSIG, 9)


def keep_memory_private() -> None:
    """Let no other process of the same user look into this one."""
    _prctl(_DUMPABLE, 0)


def adopt_orphans() -> None:
    """Become the parent of every descendant whose parent ends."""
    _prctl(_SUBREAPER, 1)


def _show(path: Path, root: Path) -> None:
    """Bind a file or folder read-only to the same place under ``root``; a link of the top level stays a link."""
    inside = _inside(root, path)
    if path.is_symlink() and path.parent == Path("/"):
        inside.symlink_to(path.readlink())
        return
    source = path.resolve()
    if source.is_dir():
        inside.mkdir(parents=True, exist_ok=True)
    else:
        inside.parent.mkdir(parents=True, exist_ok=True)
        inside.touch()
    _mount(str(source), inside, None, _BIND | _REC)
    _protect(inside, _ATTR_RDONLY | _ATTR_NOSUID | _ATTR_NODEV, recursive=True)  # at once: nothing is made in it


def _inside(root: Path, path: Path) -> Path:
    return root / str(path).lstrip("/")


def _devices(folder: Path) -> None:
    _mount("tmpfs", folder, "tmpfs", _NOSUID | _NOEXEC, "mode=755,size=64k")
    for name in _DEVICES:
        (folder / name).touch()
        _mount(f"/dev/{name}", folder / name, None, _BIND)
        _protect(folder / name, _ATTR_RDONLY | _ATTR_NOSUID | _ATTR_NOEXEC, recursive=False)
    (folder / "shm").mkdir()
    for name, target in {"fd": "fd", "stdin": "fd/0", "stdout": "fd/1", "stderr": "fd/2"}.items():
        (folder / name).symlink_to(f"/proc/self/{target}")
    _protect(folder, _ATTR_RDONLY, recursive=False)


def _proc(folder: Path) -> None:
    _mount("proc", folder, "proc", _NOSUID | _NODEV | _NOEXEC)
    with contextlib.suppress(OSError):  # a kernel without the setting, or one that keeps it to itself
        (folder / "sys/user/max_user_namespaces").write_text("0")
    _protect(folder, _ATTR_RDONLY, recursive=False)


def _room(root: Path, megabytes: int) -> None:
    room = root / "room"
    options = f"mode=755,size={megabytes}m,nr_inodes=20000"
    _mount("tmpfs", room, "tmpfs", _NOSUID | _NODEV, options)
    for name, place in {"home": _inside(root, HOME), "tmp": root / "tmp", "shm": root / "dev/shm"}.items():
        (room / name).mkdir()
        os.chown(room / name, STUDENT, STUDENT)
        _mount(str(room / name), place, None, _BIND)
    _call("umount2", bytes(room), ctypes.c_int(_DETACH))


class _Attributes(ctypes.Structure):
    _fields_ = [(name, ctypes.c_uint64) for name in ("set", "clear", "propagation", "users")]


def _protect(path: Path, attributes: int, recursive: bool) -> None:
    """Set attributes of a mount, or of all below it too; those that are locked stay as they are."""
    wanted = _Attributes(set=attributes)
    flags = ctypes.c_uint(_AT_RECURSIVE if recursive else 0)
    number, here = ctypes.c_long(_MOUNT_SETATTR), ctypes.c_int(_AT_FDCWD)
    size = ctypes.c_size_t(ctypes.sizeof(wanted))
    _call("syscall", number, here, bytes(path), flags, ctypes.byref(wanted), size, what=f"protect {path}")


def _mount(source: str | None, target: Path, kind: str | None, flags: int, options: str | None = None) -> None:
    words = [None if word is None else os.fsencode(word) for word in (source, kind, options)]
    what = f"mount {source or ''} at {target}"
    _call("mount", words[0], bytes(target), words[1], ctypes.c_ulong(flags), words[2], what=what)


def _prctl(option: int, value: int) -> None:
    _call("prctl", ctypes.c_int(option), *(ctypes.c_ulong(word) for word in (value, 0, 0, 0)))


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _call(name: str, *arguments: object, what: str | None = None) -> None:
    if getattr(_libc(), name)(*arguments) == -1:
        number = ctypes.get_errno()
        raise OSError(number, f"{what or name}: {os.strerror(number)}")


def visible_once(paths: Iterable[Path]) -> tuple[Path, ...]:
    """The paths that exist, shortest first, without those that lie in another one of them."""
    kept: list[Path] = []
    for path in sorted({path for path in paths if path.exists()}, key=lambda path: (len(path.parts), path)):
        if not any(path.is_relative_to(above) and not above.is_symlink() for above in kept):
            kept.append(path)
    return tuple(kept)
