"""`ganlab synth` as a user meets it: one sentence and status 2 for a mistake, and a page at the end of a study."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from nursery import undo_process_settings
from PIL import Image

from ganlab.__main__ import main
from ganlab.errors import UserError
from ganlab.synthesis import parse_ratios, spoken


@pytest.fixture(autouse=True, scope="module")
def _process_as_it_was():
    yield
    undo_process_settings()


def pictures(path: Path, counts: dict[str, int]) -> Path:
    """Squares for one class and bars for the other, at random places."""
    rng = np.random.default_rng(0)
    for label, count in counts.items():
        (path / label).mkdir(parents=True)
        for i in range(count):
            image = rng.integers(0, 60, (8, 8), dtype=np.uint8)
            x, y = rng.integers(0, 5, 2)
            image[y : y + 3, x : x + 3] = 250
            if label == "bar":
                image[y + 1 : y + 3, x : x + 3] = 0
            Image.fromarray(image).save(path / label / f"{i}.png")
    return path


@pytest.mark.parametrize(
    ("counts", "options", "says"),
    [
        ({"square": 30}, [], "one class only"),
        ({"square": 30, "bar": 3}, [], "'bar'.* has 3 images"),
        ({".": 30}, [], "no labels"),
        ({"square": 30, "bar": 30}, ["--labels", "99"], "asks for 99 images.*ask for 2 to 14"),
        ({"square": 30, "bar": 30}, ["--ratio", "1;2"], "numbers with commas"),
        ({"square": 30, "bar": 30}, ["--ratio", "0"], "above 0"),
        ({"square": 30, "bar": 30}, ["--seeds", "1"], "3 or more"),
        ({"square": 30, "bar": 30}, ["--filter", "taste"], "one of classifier"),
        ({"square": 30, "bar": 30}, ["--worth", "2"], "between 0 and 1"),
    ],
)
def test_a_mistake_is_one_sentence_and_status_2(tmp_path: Path, capfd, counts, options, says: str):
    folder = pictures(tmp_path / "mine", counts)
    assert main(["synth", str(folder), "--out", str(tmp_path / "study"), *options]) == 2
    said = capfd.readouterr()
    assert said.err.count("\n") == 1 and "Traceback" not in said.err
    assert re.search(says, said.err), said.err
    assert not (tmp_path / "study").exists()


def test_a_picture_that_cannot_be_read_is_named(tmp_path: Path, capfd):
    folder = pictures(tmp_path / "mine", {"square": 20, "bar": 20})
    (folder / "bar" / "7.png").write_bytes(b"no picture")
    assert main(["synth", str(folder), "--out", str(tmp_path / "study")]) == 2
    assert "7.png cannot be read" in capfd.readouterr().err


def test_points_and_a_folder_that_is_not_there(tmp_path: Path, capfd):
    for data, says in (("ring", "made of points"), (str(tmp_path / "nowhere"), "there is no folder")):
        assert main(["synth", data, "--out", str(tmp_path / "study")]) == 2
        assert says in capfd.readouterr().err


def test_ratios_are_sorted_and_each_once():
    assert parse_ratios("2, 0.5,2") == (0.5, 2.0)
    with pytest.raises(UserError):
        parse_ratios("")


@pytest.mark.parametrize(
    ("seconds", "said"), [(0.2, "1 second"), (80, "80 seconds"), (100, "2 minutes"), (9000, "2 hours")]
)
def test_a_duration_is_said_as_one_says_it(seconds: float, said: str):
    assert spoken(seconds) == said
