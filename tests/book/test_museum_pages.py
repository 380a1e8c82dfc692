"""The museum's pages: one for each piece, in the table of contents, and an entrance that leads to all of them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from ganlab_book import museum as pages
from test_toc import files

from ganlab import museum


def test_every_piece_has_its_page_and_no_page_is_left_over(root: Path) -> None:
    found = {path.stem for path in (root / "book" / "museum").glob("*.md")}
    assert found == {*museum.names(), "index", "quiz"}
    toc = set(files(yaml.safe_load((root / "_toc.yml").read_text(encoding="utf-8"))))
    assert {f"book/museum/{name}" for name in found} <= toc


@pytest.mark.parametrize("name", museum.names())
def test_a_page_is_about_its_piece_and_its_links_lead_somewhere(root: Path, name: str) -> None:
    text = (root / "book" / "museum" / f"{name}.md").read_text(encoding="utf-8")
    assert text.startswith(f"# {museum.piece(name).title}\n")
    assert re.findall(r"```\{museum\} (\S+)", text) == [name]
    assert "**Predict.**" in text and "## Look-alikes" in text
    for link in re.findall(r"\]\(([a-z-]+)\)", text):
        assert (root / "book" / "museum" / f"{link}.md").exists() and link != name


@pytest.mark.parametrize("name", museum.names())
def test_what_is_told_is_whole(name: str) -> None:
    told, piece = "\n".join(pages.told(name)), museum.piece(name)
    for part in (piece.story, *piece.symptoms, piece.diagnosis, piece.remedy, piece.cure, piece.mistake):
        assert part in told
    (alt,) = re.findall(r'<img alt="([^"]*)"', told)
    assert len(alt) > 80
