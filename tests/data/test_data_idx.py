from __future__ import annotations

import gzip
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ganlab.data.idx import read_idx
from ganlab.errors import UserError


def idx(array: np.ndarray) -> bytes:
    """The format by its definition: magic, big-endian sizes, values."""
    sizes = b"".join(struct.pack(">I", n) for n in array.shape)
    return bytes([0, 0, 8, array.ndim]) + sizes + array.tobytes()


@given(st.lists(st.integers(0, 4), min_size=1, max_size=3), st.integers(0, 255))
def test_what_is_written_is_read(tmp_path_factory: pytest.TempPathFactory, shape: list[int], start: int) -> None:
    array = (np.arange(int(np.prod(shape))) + start).astype(np.uint8).reshape(shape)
    path = tmp_path_factory.mktemp("idx") / "a.gz"
    path.write_bytes(gzip.compress(idx(array)))
    read = read_idx(path, len(shape))
    np.testing.assert_array_equal(read, array)
    assert read.flags.writeable and read.dtype == np.uint8


WHOLE = idx(np.zeros((2, 3), np.uint8))


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"\x00\x00\x0d\x02" + WHOLE[4:], "not an IDX file of uint8 with 2 axes"),
        (b"\x01" + WHOLE[1:], "not an IDX file"),
        (idx(np.zeros(6, np.uint8)), "2 axes"),
        (WHOLE[:7], "not an IDX file"),
        (b"", "starts with nothing"),
        (WHOLE[:-1], "announces 6 values and holds 5"),
        (WHOLE + b"\0", "announces 6 values and holds 7"),
    ],
)
def test_a_wrong_header_or_length_is_named(tmp_path: Path, raw: bytes, words: str) -> None:
    path = tmp_path / "bad.gz"
    path.write_bytes(gzip.compress(raw))
    with pytest.raises(UserError, match=rf"bad\.gz.*{words}"):
        read_idx(path, 2)


@pytest.mark.parametrize("damage", ["plain", "truncated", "flipped"])
def test_a_broken_gzip_stream_is_named(tmp_path: Path, damage: str) -> None:
    packed = bytearray(gzip.compress(idx(np.arange(250, dtype=np.uint8).reshape(25, 10))))
    if damage == "plain":
        packed = bytearray(WHOLE)
    elif damage == "truncated":
        del packed[-20:]
    else:
        packed[-6] ^= 0xFF
    path = tmp_path / "bad.gz"
    path.write_bytes(packed)
    with pytest.raises(UserError, match=r"bad\.gz is not a whole gzip file"):
        read_idx(path, 2)
