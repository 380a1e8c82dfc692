"""`ganlab synth` as a user meets it: one sentence and status 2 for a mistake, and a page at the end of a study."""

from __future__ import annotations

import json
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
        ({"square": 30, "bar": 1}, [], "'bar'.* has 1 image, .*add 11"),
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


def test_images_of_several_sizes_ask_for_one(tmp_path: Path, capfd):
    folder = pictures(tmp_path / "mine", {"square": 20, "bar": 20})
    Image.new("L", (9, 8)).save(folder / "bar" / "wide.png")
    assert main(["synth", str(folder), "--out", str(tmp_path / "study")]) == 2
    assert re.search("wide.png is 9x8 where 8x8 was expected.*--size N", capfd.readouterr().err)


def test_one_picture_under_many_names_is_too_little(tmp_path: Path, capfd):
    folder = pictures(tmp_path / "mine", {"square": 20, "bar": 20})
    for path in (folder / "bar").iterdir():
        path.write_bytes((folder / "bar" / "0.png").read_bytes())
    assert main(["synth", str(folder), "--out", str(tmp_path / "study")]) == 2
    assert "class 'bar' of mine has 0 different images to train on" in capfd.readouterr().err


def test_a_file_where_a_folder_is_expected(tmp_path: Path, capfd):
    folder = pictures(tmp_path / "mine", {"square": 20, "bar": 20})
    taken = tmp_path / "taken"
    taken.write_text("mine")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.txt").write_text("mine")
    for data, out, says in (
        (folder / "bar" / "0.png", tmp_path / "study", "is a file: give the folder"),
        (folder, taken, "is a file: give --out a folder"),
        (folder, tmp_path / "full", "holds other files"),
    ):
        assert main(["synth", str(data), "--out", str(out)]) == 2
        said = capfd.readouterr().err
        assert says in said and said.count("\n") == 1
    assert taken.read_text() == "mine"


def test_a_small_folder_ends_in_a_verdict_and_the_second_call_makes_nothing_again(tmp_path: Path, capfd):
    folder, out = pictures(tmp_path / "mine", {"square": 16, "bar": 16}), tmp_path / "study"
    (folder / "LICENSE").write_text("CC0")
    words = ["synth", str(folder), "--out", str(out), "--quick", "--steps", "3", "--ratio", "1"]
    assert main(words) == 0
    said = capfd.readouterr().out
    assert re.search(r"^3 seeds, each with a generator and 9 classifiers on 18 images of 2 classes, .* 10 others", said)
    assert said.index("here; stop when you like") < said.index("Macro recall")
    decision = json.loads((out / "verdict.json").read_text())["decision"]
    page = (out / "verdict.html").read_text(encoding="utf-8")
    names = ["Gain", "Compared with", "How many", "More labels", "Copies", "Licence"]
    places = [page.index(f"<dt>{name}</dt>") for name in names]
    assert f"<title>Synthetic images for mine: {decision}</title>" in page and "See LICENSE in the folder" in page
    assert places == sorted(places) and places[-1] < page.index("<h2>")
    rows = (out / "rows.jsonl").read_bytes()
    assert main(words) == 0 and (out / "rows.jsonl").read_bytes() == rows
    assert capfd.readouterr().out.startswith(f"the study in {out} is finished")


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
