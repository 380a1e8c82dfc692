"""Saving and loading a run's state, and samples in files. Loading never runs code from a file.

Lesson: 35 Tools, reproducibility, deployment.
"""

from __future__ import annotations

import hashlib
import io
import lzma
import pickle
import struct
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ganlab.errors import UserError
from ganlab.files import write_atomically
from ganlab.viz import save_picture

# What readers raise on bytes that somebody changed. A hostile pickle can reach any of them before it is refused.
_DAMAGE = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, pickle.UnpicklingError, OSError, EOFError,
    RuntimeError, ValueError, TypeError, LookupError, AttributeError, AssertionError, OverflowError, MemoryError,
)  # fmt: skip


def save(path: Path, state: dict[str, Any]) -> None:
    """Save tensors and plain data as an ordinary PyTorch file, atomically and with a seal."""
    buffer = io.BytesIO()
    torch.save(state, buffer)
    write_atomically(path, _sealed(buffer.getvalue()))


def load(path: Path) -> dict[str, Any]:
    """Load what ``save`` wrote, onto the CPU. Raises UserError for a missing, truncated, altered or hostile file."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise UserError(f"there is no checkpoint at {path}: start the run without --resume") from None
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror or error}") from error
    archive = _unsealed(content)
    if archive is None:
        raise UserError(f"{path} is damaged or no checkpoint of ganlab: restore a copy, or start again with --out")
    try:
        stored = io.BytesIO(archive)
        state = torch.load(stored, map_location="cpu", weights_only=True)
    except _DAMAGE as error:
        raise UserError(
            f"{path} holds more than tensors and plain data and was not loaded: use only checkpoints that you trust"
        ) from error
    if not isinstance(state, dict):
        raise UserError(f"{path} is not a checkpoint of ganlab: start again in another folder with --out")
    return state


# The archive's comment. PyTorch's reader skips the checksums inside, and one wrong bit in the table of contents can
# make it hand out memory that was never written: so every byte is checked before it sees any.
_SEAL = b"sha256 "


def _sealed(archive: bytes) -> bytes:
    comment = _SEAL + hashlib.sha256(archive).hexdigest().encode()
    return archive[:-2] + len(comment).to_bytes(2, "little") + comment  # a zip file ends with its comment's length


def _unsealed(content: bytes) -> bytes | None:
    """The archive that was sealed, or None where a single bit differs."""
    archive = content[: -len(_sealed(b""))] + bytes(2)
    return archive if _sealed(archive) == content else None


def write_samples(samples: Tensor, path: Path) -> None:
    """Write samples as FILE.npz (``samples``: float32) or draw them in FILE.png."""
    if path.suffix == ".npz":
        buffer = io.BytesIO()
        np.savez_compressed(buffer, samples=samples.numpy().astype(np.float32))
        write_atomically(path, buffer.getvalue())
    else:
        save_picture(samples, path)


def read_samples(path: Path) -> Tensor:
    """The array ``samples`` of a .npz file as float32. Raises UserError where there is none. Runs no code from it."""
    try:
        with np.load(path, allow_pickle=False) as archive:
            array = archive["samples"]
        if array.dtype.kind not in "fiu":
            raise ValueError(f"its type is {array.dtype}")
    except FileNotFoundError:
        raise UserError(f"there is no file {path}: draw samples with `ganlab sample ... --out FILE.npz`") from None
    except _DAMAGE as error:
        raise UserError(
            f"{path} holds no numeric array called `samples` ({error}): write one with numpy.savez"
        ) from None
    if array.dtype.kind != "f":
        raise UserError(f"the samples in {path} are integers: scale them to floats in [-1, 1] first (x / 127.5 - 1)")
    with np.errstate(over="ignore"):  # what float32 cannot hold becomes infinite, and is refused as out of range
        return torch.from_numpy(np.ascontiguousarray(array, dtype=np.float32))
