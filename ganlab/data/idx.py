"""The IDX format of MNIST and its kin: a four-byte magic, big-endian sizes, then bytes. gzip and numpy read it.

Layout: 0, 0, type (8 is uint8), number of axes; one 4-byte size per axis; the values in C order. Source: LeCun,
Cortes and Burges 1998. Lesson: 14 The MLP GAN on MNIST.
"""

from __future__ import annotations

import gzip
import math
import zlib
from pathlib import Path

import numpy as np

from ganlab.errors import UserError

_UINT8 = 8


def read_idx(path: Path, ndim: int) -> np.ndarray:
    """A gzipped IDX file of uint8 with ``ndim`` axes -> a writable uint8 array of its shape.

    Raises UserError, naming the file, where the gzip stream, magic, number of axes or length is wrong.
    """
    try:
        raw = gzip.decompress(path.read_bytes())
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise UserError(f"{path} is not a whole gzip file ({error}): delete it and fetch it again") from error
    header = 4 + 4 * ndim
    if len(raw) < header or raw[:2] != b"\0\0" or raw[2] != _UINT8 or raw[3] != ndim:
        raise UserError(
            f"{path} is not an IDX file of uint8 with {ndim} axes (it starts with {raw[:4].hex() or 'nothing'}):"
            " delete it and fetch it again"
        )
    shape = tuple(int(size) for size in np.frombuffer(raw, ">u4", ndim, 4))
    if len(raw) - header != math.prod(shape):
        raise UserError(
            f"{path} announces {math.prod(shape)} values and holds {len(raw) - header}: delete it and fetch it again"
        )
    return np.frombuffer(raw, np.uint8, offset=header).reshape(shape).copy()
