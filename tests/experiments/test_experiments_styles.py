"""Directions of style: found where they were put, and the page's pictures are those of the shipped generator."""

from __future__ import annotations

import base64
import io
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch.nn.functional import one_hot

from ganlab import zoo
from ganlab.data import to_uint8
from ganlab.experiments import EXPERIMENTS, read, styles

ROOT = Path(__file__).resolve().parents[2]
SIDE = 20


def bars(lean: torch.Tensor, half: torch.Tensor) -> torch.Tensor:
    """White bars: ``lean`` columns to the right for each row upwards, and a half width; images (n, 1, 20, 20)."""
    rows, columns = torch.meshgrid(torch.arange(SIDE).float(), torch.arange(SIDE).float(), indexing="ij")
    middle = (SIDE - 1) / 2
    away = (columns - middle - lean[:, None, None] * (middle - rows)).abs()
    inside = (half[:, None, None] + 0.5 - away).clamp(0, 1) * ((rows - middle).abs() < 6)
    return 2 * inside[:, None] - 1


class Leaning:
    """A conditional generator whose z[2] leans its bars and whose z[0] widens them; the class is a width."""

    latent = 4
    model = SimpleNamespace(code=lambda z, y: torch.cat([z, one_hot(y, 10)], 1))

    def __call__(self, code: torch.Tensor) -> torch.Tensor:
        return bars(0.1 * code[:, 2].clamp(-3, 3), 1.5 + 0.2 * code[:, 0].clamp(-3, 3) + code[:, 4:].argmax(1) / 10)


def test_slant_and_ink_of_bars_are_those_they_were_drawn_with():
    lean = torch.tensor([-0.4, 0.0, 0.25])
    found = styles.slant(bars(lean, torch.full((3,), 1.5)))
    torch.testing.assert_close(found, lean, atol=0.02, rtol=0)
    assert styles.ink(bars(torch.zeros(1), torch.tensor([1.5]))).item() == pytest.approx(12 * 2 * 1.5 / SIDE**2)
    assert styles.slant(torch.full((1, 1, 8, 8), -1.0)).item() == 0


def test_the_directions_are_found_where_they_were_put():
    made: Any = Leaning()
    ways = styles.directions(made)
    for name, place in (("slant", 2), ("ink", 0)):
        assert ways[name][place] > 0.99, name
        assert min(styles.follows(made, ways)[name]) > 0.95
    assert abs(float(ways["slant"] @ ways["ink"])) < 1e-6


def test_a_sheet_has_a_column_for_each_class_and_the_greys_nearest_to_the_images():
    images = styles.pictures(Leaning(), {"slant": torch.eye(4)[2], "ink": torch.eye(4)[0]})  # type: ignore[arg-type]
    sheet = np.asarray(Image.open(io.BytesIO(styles.sheet(images))).convert("L")).astype(int)
    n = len(styles.PLACES)
    assert sheet.shape == (n * n * SIDE, 10 * SIDE)
    for lean, dark, y in ((0, 0, 0), (6, 2, 9), (3, 5, 4)):
        top = (lean * n + dark) * SIDE
        cell = sheet[top : top + SIDE, y * SIDE : (y + 1) * SIDE]
        assert np.abs(cell - to_uint8(images)[lean, dark, y].numpy().astype(int)).max() <= 9


def test_a_small_run_writes_the_script_and_its_row(tmp_path: Path):
    found = EXPERIMENTS["styles"](tmp_path, size="small")
    (row,) = read(tmp_path / "records.jsonl", "styles")
    assert row["values"] == found and row["config"]["sha256"] == zoo.card(styles.ENTRY)["sha256"]
    content = _content(tmp_path / "digits.js")
    assert [len(content[name]) for name in ("read", "slant", "ink")] == [10 * len(styles.PLACES) ** 2] * 3


def _content(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(path.read_text().removeprefix("window.ganlabDigits = ").removesuffix(";\n"))
    return content


def test_the_pictures_of_the_page_are_drawn_by_the_generator_that_ships():
    """Its samples as far as 16 greys tell: those of another generator would be many greys away."""
    path = ROOT / "book" / "_static" / "lab" / "digits.js"
    assert path.stat().st_size < 200_000
    content, made = _content(path), zoo.load(styles.ENTRY)
    images = styles.pictures(made, styles.directions(made, styles.DRAWN["normal"]))
    shown = Image.open(io.BytesIO(base64.b64decode(content["sheet"].split(",")[1]))).convert("L")
    again = Image.open(io.BytesIO(styles.sheet(images))).convert("L")
    assert np.abs(np.asarray(shown).astype(int) - np.asarray(again)).mean() < 1
    flat = images.view(-1, 1, *images.shape[-2:])
    np.testing.assert_allclose(content["slant"], styles.slant(flat), atol=0.02)
    np.testing.assert_allclose(content["ink"], styles.ink(flat), atol=0.002)
