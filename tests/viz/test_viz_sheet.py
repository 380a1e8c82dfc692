"""Sample sheets, to the pixel."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from ganlab.errors import UserError
from ganlab.viz import sample_sheet, save_sheet, show_sheet
from ganlab.viz.sheet import GAP, GREY, enlarged_sheet


def _constant_images(*values: float, size: int = 1) -> torch.Tensor:
    return torch.tensor(values).reshape(-1, 1, 1, 1).expand(-1, 1, size, size).clone()


def test_three_one_pixel_images_in_two_columns_pixel_by_pixel():
    g = GREY
    expected = [
        [0, g, g, 255],
        [g, g, g, g],
        [g, g, g, g],
        [255, g, g, g],
    ]
    assert sample_sheet(_constant_images(-1.0, 1.0, 1.0), columns=2).tolist() == expected


def test_colour_keeps_its_three_channels_in_order():
    red = torch.tensor([1.0, -1.0, -1.0]).reshape(1, 3, 1, 1)
    blue = torch.tensor([-1.0, -1.0, 1.0]).reshape(1, 3, 1, 1)
    sheet = sample_sheet(torch.cat([red, blue]), columns=2)
    assert sheet.tolist() == [[[255, 0, 0], [GREY] * 3, [GREY] * 3, [0, 0, 255]]]


@settings(max_examples=40, deadline=None)
@given(
    count=st.integers(1, 12),
    height=st.integers(1, 5),
    width=st.integers(1, 5),
    channels=st.sampled_from([1, 3]),
    columns=st.none() | st.integers(1, 14),
)
def test_every_image_is_found_again_in_its_cell_and_everything_else_is_gap(count, height, width, channels, columns):
    rng = np.random.default_rng(count * 100 + height * 10 + width)
    original = rng.integers(0, 256, (count, channels, height, width), dtype=np.uint8)
    images = torch.from_numpy(original).float() / 127.5 - 1
    sheet = sample_sheet(images, columns)
    assert sheet.dtype == np.uint8
    assert sheet.ndim == (2 if channels == 1 else 3)
    sheet = sheet.reshape(*sheet.shape[:2], channels)
    in_a_row = min(count, columns) if columns else int(np.ceil(np.sqrt(count)))
    rows = -(-count // in_a_row)
    assert sheet.shape[:2] == (rows * height + (rows - 1) * GAP, in_a_row * width + (in_a_row - 1) * GAP)
    gap = np.ones(sheet.shape[:2], dtype=bool)
    for i in range(count):
        top, left = i // in_a_row * (height + GAP), i % in_a_row * (width + GAP)
        assert np.array_equal(sheet[top : top + height, left : left + width], original[i].transpose(1, 2, 0))
        gap[top : top + height, left : left + width] = False
    assert (sheet[gap] == GREY).all()


def test_gaps_are_two_pixels():
    assert GAP == 2


def test_the_enlarged_sheet_repeats_every_pixel_and_not_the_gap():
    images = torch.tensor([[[[-1.0, 1.0]]], [[[1.0, -1.0]]]])
    sheet = enlarged_sheet(images, columns=2, cell=6)  # factor 3
    row = [0] * 3 + [255] * 3 + [GREY] * 2 + [255] * 3 + [0] * 3
    assert sheet.tolist() == [row] * 3


def test_an_image_larger_than_the_cell_keeps_its_size():
    assert enlarged_sheet(_constant_images(0.0, size=5), cell=4).shape == (5, 5)


def test_the_file_holds_the_enlarged_sheet(tmp_path: Path):
    images = torch.linspace(-1, 1, 5 * 64).reshape(5, 1, 8, 8)
    path = save_sheet(images, tmp_path / "new" / "sheet.png", columns=5)
    with Image.open(path) as file:
        assert file.format == "PNG"
        assert np.array_equal(np.asarray(file), enlarged_sheet(images, 5))
        assert file.size == (5 * 64 + 4 * GAP, 64)
    assert [p.name for p in path.parent.iterdir()] == ["sheet.png"]


def test_a_crash_while_writing_leaves_the_old_file_and_no_litter(tmp_path: Path, monkeypatch):
    path = save_sheet(_constant_images(0.0), tmp_path / "sheet.png")
    before = path.read_bytes()

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(UserError, match="No space left"):
        save_sheet(_constant_images(1.0, -1.0), path)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["sheet.png"]


def test_a_generator_that_still_has_its_graph_can_be_shown():
    assert sample_sheet(_constant_images(0.0).requires_grad_()).shape == (1, 1)


@pytest.mark.parametrize(
    "images",
    [
        torch.zeros(4, 8, 8),
        torch.zeros(4, 1, 8, 8, dtype=torch.uint8),
        torch.full((4, 1, 8, 8), 1.5),
        torch.full((4, 1, 8, 8), torch.nan),
        torch.zeros(4, 2, 8, 8),
        torch.zeros(0, 1, 8, 8),
    ],
    ids=["three axes", "uint8", "above 1", "nan", "two channels", "none"],
)
def test_what_is_not_a_batch_of_images_is_refused(images):
    with pytest.raises(UserError):
        sample_sheet(images)


def test_no_columns_is_refused():
    with pytest.raises(UserError, match="at least one column"):
        sample_sheet(_constant_images(0.0), columns=0)


def test_a_shown_sheet_has_its_title_and_a_fixed_grey_scale():
    figure = show_sheet(_constant_images(0.25, 0.5), "nearly grey")
    (axes,) = figure.axes
    assert axes.get_title() == "nearly grey"
    assert axes.images[0].get_clim() == (0, 255)  # not stretched to what happens to be there
