"""The kept runs: one of each piece for its page and one for the quiz, sick and healthy as they should be."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from ganlab import museum
from ganlab.errors import UserError
from ganlab.museum.picture import single, thumbnail
from ganlab.museum.shelf import FOLDER

ROOT = Path(__file__).parents[2]
NAMES = museum.names()


def test_what_is_stored_comes_back_with_three_digits(tmp_path: Path) -> None:
    sick, healthy = (museum.run("oscillation", seed=2, healthy=well, steps=10) for well in (False, True))
    sick.real.copy_(sick.real.sign())  # whole numbers stay float32
    museum.store(tmp_path, "oscillation", 2, sick, healthy)
    kept = museum.stored("oscillation", 2, tmp_path)
    assert kept.sick.value == sick.value and kept.healthy.value == healthy.value
    assert [row["step"] for row in kept.sick.rows] == list(range(10))
    for row, exact in zip(kept.healthy.rows, healthy.rows, strict=True):
        assert row == pytest.approx(exact, rel=6e-3)
    assert torch.equal(kept.sick.real, sick.real[:250])
    assert torch.allclose(kept.sick.samples, sick.samples[:250], rtol=6e-3)


def test_a_run_that_was_not_kept_is_said_so() -> None:
    with pytest.raises(UserError, match="no run of oscillation with seed 99 was kept"):
        museum.stored("oscillation", 99)
    with pytest.raises(UserError, match="unknown museum piece"):
        museum.stored("oscilation")


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("name", NAMES)
def test_every_kept_run_is_as_sick_and_as_healthy_as_it_should_be(name: str, seed: int) -> None:
    exhibit = museum.stored(name, seed)
    verdict = exhibit.piece.limits.verdict
    assert (verdict(exhibit.sick.value), verdict(exhibit.healthy.value)) == ("sick", "healthy")
    assert exhibit.sick.rows[-1]["step"] == exhibit.healthy.rows[-1]["step"] == exhibit.piece.steps - 1


def test_nothing_else_is_kept() -> None:
    assert {path.name for path in FOLDER.iterdir()} == {f"{name}-{seed}.json" for name in NAMES for seed in (0, 1)}


@pytest.mark.parametrize("name", NAMES)
def test_the_record_tells_the_same_and_the_time_was_within_the_budget(name: str) -> None:
    path = ROOT / "book" / "records" / "museum.jsonl"
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    of_piece = {row["seed"]: row for row in rows if row["name"] == name}
    assert set(of_piece) == {0, 1}
    for seed, row in of_piece.items():
        exhibit = museum.stored(name, seed)
        assert row["values"]["sick"] == round(exhibit.sick.value, 4)
        assert row["values"]["healthy"] == round(exhibit.healthy.value, 4)
        assert row["values"]["cpu_seconds"] < 60
        told = exhibit.piece
        assert row["config"] == {"steps": told.steps, "mistake": told.mistake, "cure": told.cure}


def test_thumbnails_and_quiz_pictures_do_not_tell() -> None:
    exhibit = museum.stored("range-mismatch", 1)
    texts = [
        text.get_text().lower()
        for figure in (single(exhibit.sick, exhibit.piece.telltale), thumbnail(exhibit.sick))
        for text in figure.findobj(lambda artist: hasattr(artist, "get_text"))
    ]
    assert not any(word in text for text in texts for word in ("sick", "healthy", "mismatch"))


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_the_kept_runs_can_be_made_again(name: str) -> None:
    """On another machine the bits may differ, so what is compared is the verdict and the first row."""
    kept = museum.stored(name)
    for well, old in ((False, kept.sick), (True, kept.healthy)):
        again = museum.run(name, seed=0, healthy=well)
        assert kept.piece.limits.verdict(again.value) == kept.piece.limits.verdict(old.value)
        assert old.rows[0] == pytest.approx(again.rows[0], rel=0.01, abs=0.01)
