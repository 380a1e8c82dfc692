"""System calls that marked code has no use for, refused: those that reach round the walls, and rarely tested ones.

The namespaces are the wall; this is the fence before it. It matters for sockets to the host of a virtual machine
(AF_VSOCK knows no network namespace), for memory that no process owns, and for what kernels got wrong most often.
Source: seccomp(2), linux/filter.h, linux/audit.h.

Lesson: 00 Start here.
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct
import sys

# (x86_64, aarch64)
_REFUSED = {
    "unshare": (272, 97), "setns": (308, 268), "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41),
    "chroot": (161, 51), "open_tree": (428, 428), "move_mount": (429, 429), "fsopen": (430, 430),
    "fsconfig": (431, 431), "fsmount": (432, 432), "fspick": (433, 433), "mount_setattr": (442, 442),
    "open_by_handle_at": (304, 265), "ptrace": (101, 117), "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271), "pidfd_getfd": (438, 438), "add_key": (248, 217), "request_key": (249, 218),
    "keyctl": (250, 219), "bpf": (321, 280), "perf_event_open": (298, 241), "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425), "io_uring_enter": (426, 426), "io_uring_register": (427, 427),
    "memfd_create": (319, 279), "memfd_secret": (447, 447), "shmget": (29, 194), "msgget": (68, 186),
    "semget": (64, 190), "mq_open": (240, 180), "vmsplice": (278, 75), "kexec_load": (246, 104),
}  # fmt: skip
_MISSING = {"clone3": (435, 435)}  # the C library then uses clone, whose flags can be read
_CLONE, _SOCKET, _SOCKETPAIR = (56, 220), (41, 198), (53, 199)
_NEW_NAMESPACES = 0x7E020000
_FAMILIES = (1, 2, 10, 16)  # AF_UNIX, AF_INET, AF_INET6, AF_NETLINK
_MACHINES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
_X32 = 0x40000000

_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NUMBER, _MACHINE, _FIRST = 0, 4, 16  # offsets in struct seccomp_data; the low half of the first argument
_ALLOW, _ERROR, _KILL = 0x7FFF0000, 0x00050000, 0x80000000
_PR_SET_SECCOMP, _MODE_FILTER = 22, 2


def available() -> bool:
    """Whether the numbers of this machine's system calls are known here."""
    return sys.platform == "linux" and os.uname().machine in _MACHINES and sys.maxsize > 2**32


def refuse() -> None:
    """Refuse the calls for this process and all it starts, for good. Needs no_new_privs. Raises OSError if it fails."""
    code = program(os.uname().machine)
    instructions = ctypes.create_string_buffer(code, len(code))
    header = struct.pack("HxxxxxxP", len(code) // 8, ctypes.addressof(instructions))
    libc = ctypes.CDLL(None, use_errno=True)
    zero = ctypes.c_ulong(0)
    if libc.prctl(_PR_SET_SECCOMP, ctypes.c_ulong(_MODE_FILTER), ctypes.c_char_p(header), zero, zero) == -1:
        number = ctypes.get_errno()
        raise OSError(number, f"seccomp: {os.strerror(number)}")


def program(machine: str) -> bytes:
    """The filter, as BPF instructions of eight bytes."""
    column, audit = _MACHINES[machine]
    refused, missing = _ERROR | errno.EPERM, _ERROR | errno.ENOSYS
    code = [_jump(_EQUAL, audit, 1, 0, load=_MACHINE), _statement(_RETURN, _KILL), _statement(_LOAD, _NUMBER)]
    if machine == "x86_64":  # the 32-bit face of the same kernel has numbers of its own
        code += [_jump(_AT_LEAST, _X32, 0, 1), _statement(_RETURN, _KILL)]
    for numbers in _REFUSED.values():
        code += [_jump(_EQUAL, numbers[column], 0, 1), _statement(_RETURN, refused)]
    for numbers in _MISSING.values():
        code += [_jump(_EQUAL, numbers[column], 0, 1), _statement(_RETURN, missing)]
    code += [_jump(_EQUAL, _CLONE[column], 0, 4), _statement(_LOAD, _FIRST), _jump(_ANY_BIT, _NEW_NAMESPACES, 0, 1)]
    code += [_statement(_RETURN, refused), _statement(_RETURN, _ALLOW)]
    for numbers in (_SOCKET, _SOCKETPAIR):
        families = [_jump(_EQUAL, family, len(_FAMILIES) - place, 0) for place, family in enumerate(_FAMILIES)]
        code += [_jump(_EQUAL, numbers[column], 0, len(families) + 3), _statement(_LOAD, _FIRST), *families]
        code += [_statement(_RETURN, _ERROR | errno.EAFNOSUPPORT), _statement(_RETURN, _ALLOW)]
    code += [_statement(_RETURN, _ALLOW)]
    return b"".join(code)


def _statement(code: int, value: int) -> bytes:
    return struct.pack("HBBI", code, 0, 0, value)


def _jump(code: int, value: int, then: int, otherwise: int, load: int | None = None) -> bytes:
    test = struct.pack("HBBI", code, then, otherwise, value)
    return test if load is None else _statement(_LOAD, load) + test
