from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from ganlab.data import ImageData, load
from ganlab.data.folder import SUFFIXES, load_folder
from ganlab.errors import UserError

Colour = int | tuple[int, ...]


def paint(path: Path, colour: Colour = 0, extent: tuple[int, int] = (6, 6), mode: str = "L") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new(mode, extent, colour).save(path)
    return path


def held_out(folder: Path) -> set[str]:
    """Names of test images: each picture is a flat grey whose value tells which one it is."""
    return {str(v) for v in load_folder(folder, "test").images[:, 0, 0, 0].tolist()}


@pytest.fixture
def numbered(tmp_path: Path) -> Path:
    """120 grey pictures; number i is filled with i and called i.png."""
    for i in range(120):
        paint(tmp_path / "numbered" / f"{i}.png", i)
    return tmp_path / "numbered"


def both(folder: Path, size: int | None = None) -> ImageData:
    """Every picture of a folder, whichever split it falls into."""
    parts = []
    for split in ("train", "test"):
        try:
            parts.append(load_folder(folder, split, size))
        except UserError as error:
            if "falls into" not in str(error):
                raise
    labels = [part.labels for part in parts if part.labels is not None]
    return ImageData(
        parts[0].name,
        torch.cat([part.images for part in parts]),
        torch.cat(labels) if labels else None,
        parts[0].classes,
    )


def test_the_splits_share_nothing_and_lose_nothing(numbered: Path) -> None:
    train, test = (load_folder(numbered, split).images[:, 0, 0, 0].tolist() for split in ("train", "test"))
    assert sorted(train + test) == list(range(120))
    # A tenth, give or take five standard deviations of a fair tenth.
    assert abs(len(test) - 12) <= 5 * (120 * 0.1 * 0.9) ** 0.5


def test_a_picture_stays_on_its_side_when_others_come_and_go_or_the_folder_moves(numbered: Path) -> None:
    before = held_out(numbered)
    for i in range(0, 120, 2):
        (numbered / f"{i}.png").unlink()
    for i in range(200, 230):
        paint(numbered / f"{i}.png", i)
    moved = numbered.rename(numbered.with_name("moved"))
    after = held_out(moved)
    assert {name for name in before if int(name) % 2} == {name for name in after if int(name) < 200}


def test_loading_is_the_same_twice(numbered: Path) -> None:
    assert torch.equal(load_folder(numbered).images, load_folder(numbered).images)


def test_sub_folders_are_labels_by_sorted_name(tmp_path: Path) -> None:
    for value, label in enumerate(("zebra", "ant", "Bee")):
        for i in range(12):
            paint(tmp_path / label / ("deeper" if i % 2 else "") / f"{i}.png", value)
    data = both(tmp_path)
    assert data.classes == ("Bee", "ant", "zebra")
    assert data.labels is not None and len(data) == 36
    by_value = {0: 2, 1: 1, 2: 0}
    assert data.labels.tolist() == [by_value[v] for v in data.images[:, 0, 0, 0].tolist()]
    assert data.labels.dtype == torch.int64


def test_a_class_keeps_its_number_in_both_splits(tmp_path: Path) -> None:
    for label in ("a", "b", "c"):
        for i in range(20):
            paint(tmp_path / label / f"{i}.png")
    paint(tmp_path / "0" / "only.png")
    assert load_folder(tmp_path, "train").classes == load_folder(tmp_path, "test").classes == ("0", "a", "b", "c")


def test_pictures_without_sub_folders_have_no_labels(numbered: Path) -> None:
    data = load(str(numbered))
    assert isinstance(data, ImageData)
    assert (data.labels, data.classes, data.name, data.shape) == (None, None, "numbered", (1, 6, 6))


def test_both_ways_at_once_are_refused(numbered: Path) -> None:
    paint(numbered / "cats" / "one.png")
    with pytest.raises(UserError, match=r"both directly \(0\.png\) and in sub-folders"):
        load_folder(numbered)


def test_hidden_and_other_files_are_passed_over(numbered: Path) -> None:
    (numbered / ".hidden.png").write_bytes(b"")
    (numbered / "notes.txt").write_text("nothing to see")
    (numbered / ".cache").mkdir()
    (numbered / ".cache" / "a.png").write_bytes(b"")
    (numbered / "empty-folder.png").mkdir()
    assert len(both(numbered)) == 120


@pytest.mark.parametrize("suffix", [*SUFFIXES, ".JPG", ".Png"])
def test_every_suffix_on_the_list_can_be_read(tmp_path: Path, suffix: str) -> None:
    paint(tmp_path / f"a{suffix}", (200, 200, 200), mode="RGB")
    assert both(tmp_path).images.float().mean().item() == pytest.approx(200, abs=2)


def test_one_picture_in_colour_makes_all_of_them_three_channels(tmp_path: Path) -> None:
    paint(tmp_path / "a.png", 100)
    assert both(tmp_path).shape == (1, 6, 6)
    paint(tmp_path / "b.png", (10, 20, 30), mode="RGB")
    data = both(tmp_path)
    assert data.shape == (3, 6, 6)
    assert sorted(data.images[:, :, 0, 0].tolist()) == [[10, 20, 30], [100, 100, 100]]


def test_channels_are_the_same_in_both_splits(numbered: Path) -> None:
    paint(numbered / "7.png", (7, 7, 8), mode="RGB")
    assert load_folder(numbered, "train").shape == load_folder(numbered, "test").shape == (3, 6, 6)


@pytest.mark.parametrize(
    ("mode", "colour", "expected"),
    [
        ("RGBA", (10, 20, 30, 255), [10, 20, 30]),
        ("RGBA", (10, 20, 30, 0), [255, 255, 255]),
        ("RGBA", (0, 0, 0, 51), [204, 204, 204]),
        ("LA", (77, 255), [77]),
        ("LA", (0, 0), [255]),
        ("1", 1, [255]),
        ("I;16", 0, [0]),
        ("I;16", 65535, [255]),
        ("I;16", 257 * 40, [40]),
    ],
)
def test_transparency_becomes_white_and_depth_becomes_bytes(
    tmp_path: Path, mode: str, colour: Colour, expected: list[int]
) -> None:
    paint(tmp_path / "a.png", colour, mode=mode)
    assert both(tmp_path).images[0, :, 0, 0].tolist() == expected


def test_a_palette_with_a_transparent_colour_is_flattened_too(tmp_path: Path) -> None:
    picture = Image.new("P", (6, 6), 1)
    picture.putpalette([0, 0, 0, 200, 100, 50])
    picture.save(tmp_path / "a.png", transparency=1)
    assert both(tmp_path).images[0, :, 0, 0].tolist() == [255, 255, 255]


def test_values_wider_than_16_bits_are_refused(tmp_path: Path) -> None:
    paint(tmp_path / "a.tif", 70_000, mode="I")
    with pytest.raises(UserError, match=r"a\.tif.*16 bits"):
        both(tmp_path)


def test_a_phones_rotation_mark_is_obeyed(tmp_path: Path) -> None:
    pixels = np.zeros((6, 6), np.uint8)
    pixels[0] = 255  # white along the top
    exif = Image.Exif()
    exif[0x0112] = 6  # turn by 90 degrees clockwise to see it upright
    Image.fromarray(pixels).save(tmp_path / "a.png", exif=exif)
    assert both(tmp_path).images[0, 0].numpy().tolist() == np.rot90(pixels, -1).tolist()


def test_the_first_picture_of_another_size_is_named(numbered: Path) -> None:
    paint(numbered / "5.png", 0, (6, 7))
    paint(numbered / "6.png", 0, (9, 9))
    for split in ("train", "test"):
        with pytest.raises(UserError, match=r"5\.png is 6x7 where 6x6 was expected.*--size N"):
            load_folder(numbered, split)


def test_the_odd_one_is_named_even_where_it_comes_first(numbered: Path) -> None:
    paint(numbered / "!first.png", 0, (9, 9))
    with pytest.raises(UserError, match=r"!first\.png is 9x9 where 6x6"):
        load_folder(numbered)


def test_oblong_pictures_are_refused_with_the_way_out(tmp_path: Path) -> None:
    for i in range(4):
        paint(tmp_path / f"{i}.png", 0, (8, 5))
    with pytest.raises(UserError, match=r"0\.png is 8x5, and images must be square.*--size 5"):
        load_folder(tmp_path)
    assert both(tmp_path, size=5).shape == (1, 5, 5)


@pytest.mark.parametrize("upright", [True, False])
def test_size_scales_the_shorter_side_and_crops_about_the_centre(tmp_path: Path, upright: bool) -> None:
    # Three bands, 10 + 20 + 10 long and 20 wide: the square in the middle is the white one.
    pixels = np.zeros((40, 20), np.uint8)
    pixels[10:30] = 255
    Image.fromarray(pixels if upright else pixels.T.copy()).save(tmp_path / "a.png")
    assert (both(tmp_path, 20).images == 255).all()
    for size in (10, 7):
        data = both(tmp_path, size)
        assert data.shape == (1, size, size)
        # A good filter looks a little beyond the crop; a crop one row off would show that row's black.
        assert (data.images > 230).all()


def test_size_leaves_pictures_that_have_it_alone(tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (6, 6, 3), np.uint8)
    Image.fromarray(pixels).save(tmp_path / "a.png")
    np.testing.assert_array_equal(both(tmp_path, 6).images[0].permute(1, 2, 0).numpy(), pixels)


def test_a_size_below_one_is_refused(numbered: Path) -> None:
    with pytest.raises(UserError, match="--size must be 1 or more, not 0"):
        load_folder(numbered, size=0)


def damaged(folder: Path, how: str) -> None:
    path = folder / "bad.png"
    whole = paint(folder / "whole.png", extent=(64, 64)).read_bytes()
    (folder / "whole.png").unlink()
    noise = np.random.default_rng(0).integers(0, 256, (6, 6), np.uint8)
    match how:
        case "empty":
            path.write_bytes(b"")
        case "text":
            path.write_text("this is not a picture, whatever its name says")
        case "truncated":
            path.write_bytes(whole[:60])
        case "header only":
            path.write_bytes(whole[:20])
        case "flipped":
            Image.fromarray(noise).save(path)
            raw = bytearray(path.read_bytes())
            raw[50] ^= 0xFF
            path.write_bytes(raw)
        case "cut jpeg":
            Image.fromarray(noise).save(folder / "bad.jpg")
            path = folder / "bad.jpg"
            path.write_bytes(path.read_bytes()[:-30])


@pytest.mark.parametrize("how", ["empty", "text", "truncated", "header only", "flipped", "cut jpeg"])
def test_a_broken_picture_is_named_in_one_sentence(tmp_path: Path, how: str) -> None:
    damaged(tmp_path, how)
    with pytest.raises(UserError, match=r"bad\.(png|jpg) cannot be read as an image \(") as error:
        both(tmp_path, size=6)
    assert "\n" not in str(error.value)
    if how == "empty":
        assert "0 bytes" in str(error.value)


def test_a_picture_that_claims_a_monstrous_size_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paint(tmp_path / "bomb.png", extent=(64, 64))
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    with pytest.raises(UserError, match=r"bomb\.png.*too large"):
        load_folder(tmp_path)


def test_missing_empty_and_wrong_folders_are_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"no folder .*nowhere"):
        load_folder(tmp_path / "nowhere")
    with pytest.raises(UserError, match=rf"{tmp_path.name} holds no images.*\.png"):
        load_folder(tmp_path)
    file = paint(tmp_path / "a.png")
    with pytest.raises(UserError, match=r"a\.png is a file"):
        load_folder(file)


def test_a_split_without_a_picture_is_an_error_that_says_so(tmp_path: Path) -> None:
    paint(tmp_path / "a.png")
    empty = 0
    for split in ("train", "test"):
        try:
            assert len(load_folder(tmp_path, split)) == 1
        except UserError as error:
            assert f"none of the 1 images in {tmp_path}" in str(error)
            empty += 1
    assert empty == 1
