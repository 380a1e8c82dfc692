"""Independent random streams from one seed, so that one purpose never disturbs another.

Drawing a sample sheet or recomputing batch statistics must not change the next training step. Lesson: 00 Start here.
"""

from __future__ import annotations

import hashlib

import torch


def derive(seed: int, purpose: str) -> int:
    """A 63-bit seed for one purpose: the first bytes of SHA-256 of "seed/purpose"."""
    return int.from_bytes(hashlib.sha256(f"{seed}/{purpose}".encode()).digest()[:8], "big") >> 1


def stream(seed: int, purpose: str, device: torch.device | str = "cpu") -> torch.Generator:
    """A random generator for one purpose, on the given device."""
    return torch.Generator(device).manual_seed(derive(seed, purpose))
