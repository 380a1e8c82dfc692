"""Where and how a run computes: device, threads, precision. Each is chosen once, by a fixed rule, and reported.

Lesson: 00 Start here.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from ganlab.errors import UserError


def choose_device(name: str = "auto") -> torch.device:
    """``auto`` is the GPU where PyTorch sees one, else the CPU. Raises UserError for ``cuda`` where there is none."""
    if name not in ("auto", "cpu", "cuda"):
        raise UserError(f"unknown device {name!r}: choose auto, cpu or cuda")
    if name == "cuda" and not torch.cuda.is_available():
        raise UserError("PyTorch sees no CUDA GPU here: choose --device cpu, or install a CUDA build of torch")
    return torch.device("cuda" if name == "cuda" or (name == "auto" and torch.cuda.is_available()) else "cpu")


def default_threads() -> int:
    """Half the processors this process may use, at least 1 and at most 8.

    Measured on a busy two-core machine, a second thread made small GANs two to three times slower: the loops are
    short, and half of the "processors" are often the second face of the same core.
    """
    return max(1, min(8, processors() // 2))


def processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1)


def use_threads(count: int) -> int:
    """Set PyTorch's thread count for this process; return it. Raises UserError for a count below 1."""
    if count < 1:
        raise UserError(f"the number of threads must be 1 or more, not {count}")
    torch.set_num_threads(count)
    return count


@contextmanager
def flushed_denormals() -> Iterator[None]:
    """Inside the block the CPU takes numbers below 1e-38 as zero: it is many times slower on them."""
    torch.set_flush_denormal(True)
    try:
        yield
    finally:
        torch.set_flush_denormal(False)


def choose_precision(device: torch.device, name: str = "auto") -> torch.dtype:
    """``auto`` is bfloat16 on GPUs of compute capability 8 and up, float32 elsewhere; float16 never.

    Asked by capability: ``torch.cuda.is_bf16_supported()`` says yes on a T4, which only emulates it. On a CPU,
    bfloat16 pays only where the processor has units for it (`has_bfloat16`): ask for it by name there.
    """
    if name not in ("auto", "float32", "bfloat16"):
        raise UserError(f"unknown precision {name!r}: choose auto, float32 or bfloat16")
    capable = device.type == "cuda" and has_bfloat16(device)
    return torch.bfloat16 if name == "bfloat16" or (name == "auto" and capable) else torch.float32


def has_bfloat16(device: torch.device) -> bool:
    """Whether the device has units for bfloat16 products, so that they are faster than float32 and not emulated."""
    if device.type == "cuda":
        return torch.cuda.get_device_capability(device)[0] >= 8
    units = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")  # PyTorch has no public name for this
    return any(getattr(torch.cpu, name, bool)() for name in units)


def fastest_precision(device: torch.device) -> str:
    """The name to ask for where speed counts: bfloat16 on a device that has units for it, a CPU too, else float32."""
    return "bfloat16" if has_bfloat16(device) else "float32"


def describe(device: torch.device) -> str:
    """One line: the GPU's name, or the CPU with its thread count."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    threads = torch.get_num_threads()
    return f"CPU, {threads} thread{'s' if threads != 1 else ''}"
