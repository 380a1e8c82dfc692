"""Reports on data that this project has never seen, and the page that holds them."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from ganlab import evaluation
from ganlab.errors import UserError
from ganlab.evaluation.page import marks, page


def _blobs(n: int, seed: int, width: float = 2.5) -> np.ndarray:
    """Grey 12 x 12 images, uint8: one bright blob each, at a random place."""
    rng = np.random.default_rng(seed)
    x, y = rng.uniform(3, 9, (2, n, 1, 1))
    rows, columns = np.mgrid[:12, :12]
    return (255 * np.exp(-((rows - y) ** 2 + (columns - x) ** 2) / width)).astype(np.uint8)


def _folder(path: Path, images: np.ndarray) -> Path:
    path.mkdir()
    for k, image in enumerate(images):
        Image.fromarray(image).save(path / f"{k:04}.png")
    return path


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Path:
    root = tmp_path_factory.mktemp("given")
    real = _blobs(800, 0)
    _folder(root / "real", real)
    _folder(root / "fresh", _blobs(300, 1))
    np.savez(root / "copies.npz", samples=real[:300])
    np.savez(root / "wide.npz", samples=_blobs(300, 2, width=6.0))
    np.savez(root / "rows.npz", samples=np.random.default_rng(0).normal(size=(300, 5)))
    np.savez(root / "real-rows.npz", x=np.random.default_rng(1).normal(size=(900, 5)))
    return root


def test_two_folders_of_images_of_one_law(place):
    case = evaluation.against_files(str(place / "fresh"), place / "real")
    assert sum(line.worse for line in case.card.lines) <= 4
    assert not any(line.verdict.startswith("far") for line in case.card.lines)
    assert {line.dimension for line in case.card.lines} == {
        "distribution", "noise and bias", "detail", "diversity", "memorisation",
    }  # fmt: skip
    assert "principal components of the pixels" in case.card.features and "400 of the 800" in case.card.features


def test_copies_of_the_real_images_in_another_format_are_caught(place):
    case = evaluation.against_files(str(place / "copies.npz"), place / "real")
    # Half of the real data stand in for the training set, so half of the copies are found at distance nought.
    assert case.card["copies"].interval.value == pytest.approx(0.5, abs=0.1) and case.card["copies"].worse
    copied, originals = case.copies
    assert torch.equal(copied, originals)


def test_with_the_training_data_named_every_copy_is_found(place):
    case = evaluation.against_files(str(place / "copies.npz"), place / "fresh", place / "real")
    assert case.card["copies"].interval.value == 1


def test_broader_blobs_are_blurred(place):
    case = evaluation.against_files(str(place / "wide.npz"), place / "real")
    assert case.card["fine"].verdict.endswith("blurred") and case.card["frechet"].worse


def test_rows_have_no_detail_and_no_pictures(place):
    case = evaluation.against_files(str(place / "rows.npz"), place / "real-rows.npz")
    assert not any(line.dimension == "detail" for line in case.card.lines)
    assert "5 columns" in case.card.features
    assert page(case).count("<img") == 1


def test_a_zoo_generator_against_its_data_has_both_reports_with_one_distance(monkeypatch):
    case = evaluation.against_data("dcgan-digits")
    assert case.report is not None
    assert case.card["frechet"].interval.value == pytest.approx(case.report.distance)
    assert case.card["classes"].interval.value == pytest.approx(case.report.variation)
    assert set(case.report.to_dict()) < set(case.to_dict())
    assert "Frechet distance  " in case.text() and "MEMORISATION" in case.text()


class Page(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def test_the_page_stands_alone_and_says_every_value_in_words(place, tmp_path):
    case = evaluation.against_files(str(place / "wide.npz"), place / "real")
    text = evaluation.save_page(case, tmp_path / "r.html").read_text()
    found = Page(text)
    pictures = [attributes for tag, attributes in found.tags if tag == "img"]
    assert len(pictures) == 5  # chart, real sheet, generated sheet, nearest pairs, spectra
    assert all(p["src"].startswith("data:image/png;base64,") and len(p["alt"]) > 20 for p in pictures)
    assert not any("http" in str(value) for _, attributes in found.tags for value in attributes.values())
    assert not any(tag in ("script", "link") for tag, _ in found.tags)
    table = re.sub(r"<[^>]+>", " ", text.split("<tbody>")[1].split("</tbody>")[0])
    for line in case.card.lines:
        assert line.name in table and line.verdict in table
        assert line.verdict in pictures[0]["alt"]
    assert next(mark.name for mark in marks(case.card)) == "Frechet distance"


def test_names_in_the_page_are_text_and_not_markup(place):
    case = evaluation.against_files(str(place / "rows.npz"), place / "real-rows.npz")
    from dataclasses import replace

    nasty = replace(case, card=replace(case.card, generated="<script>x</script>"))
    assert not any(tag == "script" for tag, _ in Page(page(nasty)).tags)


def test_a_picture_of_the_chart_and_no_other_ending(place, tmp_path):
    case = evaluation.against_files(str(place / "rows.npz"), place / "real-rows.npz")
    with Image.open(evaluation.save_page(case, tmp_path / "r.png")) as picture:
        assert picture.size[1] > 300
    with pytest.raises(UserError, match=r"\.html or \.png"):
        evaluation.save_page(case, tmp_path / "r.pdf")


def test_too_few_real_samples_are_one_sentence(place, tmp_path):
    np.savez(tmp_path / "few.npz", x=np.random.default_rng(2).normal(size=(398, 5)))
    with pytest.raises(UserError, match="too few"):
        evaluation.against_files(str(place / "rows.npz"), tmp_path / "few.npz")


def test_a_sorted_file_is_measured_like_the_same_file_in_any_order(tmp_path):
    rng = np.random.default_rng(3)
    np.save(tmp_path / "real.npy", rng.normal(size=(1200, 2)))
    rows = rng.normal(size=(900, 2))
    np.save(tmp_path / "sorted.npy", rows[rows[:, 0].argsort()])  # 300 of the 900 are compared
    card = evaluation.against_files(str(tmp_path / "sorted.npy"), tmp_path / "real.npy").card
    assert not any(line.verdict.startswith("far") for line in card.lines) and not card["recall"].worse
