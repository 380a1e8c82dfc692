"""Data without a name: every layout that people save, and one sentence for what does not fit."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from ganlab.data.given import alike, read_given
from ganlab.errors import UserError


def _save(path: Path, **arrays: np.ndarray) -> Path:
    np.savez(path, **arrays)
    return path


GREY = np.arange(2 * 4 * 4, dtype=np.uint8).reshape(2, 4, 4)


def test_eight_bit_images_come_out_in_the_one_range_whatever_their_layout(tmp_path):
    expected = torch.from_numpy(GREY)[:, None].float() / 127.5 - 1
    for k, array in enumerate((GREY, GREY[:, None], GREY[..., None], GREY.astype(np.int64))):
        given = read_given(_save(tmp_path / f"{k}.npz", arr=array))
        torch.testing.assert_close(given.values, expected)
        assert given.images and given.sure
    colour = np.stack([GREY, GREY + 1, GREY + 2], axis=-1)
    found = read_given(_save(tmp_path / "c.npz", arr=colour)).values
    assert found.shape == (2, 3, 4, 4) and found[0, 1, 0, 0] == pytest.approx(1 / 127.5 - 1)


def test_a_folder_gives_every_picture_and_npy_and_rows_are_read(tmp_path):
    for k in range(25):
        (tmp_path / "f").mkdir(exist_ok=True)
        Image.new("L", (4, 4), k).save(tmp_path / "f" / f"{k}.png")
    assert len(read_given(tmp_path / "f").values) == 25  # neither the test tenth nor the rest alone
    assert read_given(tmp_path / "f", size=8).values.shape == (25, 1, 8, 8)
    np.save(tmp_path / "t.npy", np.ones((5, 3)))
    assert read_given(tmp_path / "t.npy").values.shape == (5, 3) and not read_given(tmp_path / "t.npy").images


def test_of_several_arrays_the_one_with_a_known_name_is_taken(tmp_path):
    path = _save(tmp_path / "a.npz", labels=np.zeros(3), samples=np.ones((3, 2)))
    assert read_given(path).values.tolist() == [[1, 1]] * 3


def test_two_sides_in_nought_to_one_are_scaled_and_a_mismatch_is_refused(tmp_path):
    rng = np.random.default_rng(0)
    low, full = rng.random((3, 4, 4)), 2 * rng.random((3, 4, 4)) - 1
    a, b = (read_given(_save(tmp_path / f"{k}.npz", x=v)) for k, v in (("low", low), ("full", full)))
    first, second = alike(a, a)
    torch.testing.assert_close(first[:, 0], torch.from_numpy(2 * low - 1).float())
    assert torch.equal(first, second) and torch.equal(alike(b, b)[0], b.values)
    for generated, real in ((a, b), (b, a)):
        with pytest.raises(UserError, match=r"low.npz are floats that never fall below 0.*one range"):
            alike(generated, real)


BAD = {
    "there is nothing": lambda d: d / "no-such",
    "no data are read": lambda d: (d / "a.csv").write_text("1") and d / "a.csv",
    "cannot be read": lambda d: (d / "b.npz").write_bytes(b"PK\x03\x04") and d / "b.npz",
    "there is no file": lambda d: d / "c.npy",
    r"shape \(3,\)": lambda d: _save(d / "d.npz", x=np.ones(3)),
    "call the one to use": lambda d: _save(d / "e.npz", u=np.ones((2, 2)), v=np.ones((2, 2))),
    "no numbers": lambda d: _save(d / "f.npz", x=np.array([["a"]])),
    "NaN": lambda d: _save(d / "g.npz", x=np.full((2, 2), np.nan)),
    "8-bit": lambda d: _save(d / "h.npz", x=np.full((2, 4, 4), 300)),
    r"in \[-1, 1\]": lambda d: _save(d / "i.npz", x=np.full((2, 4, 4), 255.0)),
    "cannot be read as an array": lambda d: _save(d / "j.npz", x=np.array([{}, {}], dtype=object)),
}


@pytest.mark.parametrize("why", BAD)
def test_what_cannot_be_used_is_one_sentence(tmp_path, why):
    with pytest.raises(UserError, match=why):
        read_given(BAD[why](tmp_path))


@pytest.mark.parametrize(
    ("a", "b", "why"),
    [
        (np.ones((3, 4)), -np.ones((3, 4, 4)), "rows of numbers and .* images"),
        (np.ones((3, 4)), np.ones((3, 5)), "rows of 4 numbers and .* of 5"),
        (-np.ones((3, 4, 4)), -np.ones((3, 8, 8)), "4x4 pixels and .* 8x8.*--size"),
        (-np.ones((3, 4, 4)), -np.ones((3, 3, 4, 4)), "1 channels and .* 3"),
    ],
)
def test_two_of_different_kinds_are_refused(tmp_path, a, b, why):
    with pytest.raises(UserError, match=why):
        alike(read_given(_save(tmp_path / "a.npz", x=a)), read_given(_save(tmp_path / "b.npz", x=b)))
