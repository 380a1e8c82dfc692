"""Parts of an experiment: those that were named are run, and nothing else is."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ganlab.__main__ import main
from ganlab.errors import UserError
from ganlab.experiments import EXPERIMENTS, read
from ganlab.experiments.parts import chosen

KNOWN = ["plain", "r1", "r2", "ema"]


@given(st.lists(st.sampled_from(KNOWN)))
def test_the_named_parts_come_once_each_in_the_order_of_the_experiment(only: list[str]) -> None:
    found = chosen("variant", KNOWN, only)
    assert set(found) == set(only or KNOWN) and found == sorted(found, key=KNOWN.index)


def test_one_wrong_name_among_right_ones_is_refused() -> None:
    with pytest.raises(UserError, match="unknown variant 'emma': did you mean 'ema'"):
        chosen("variant", KNOWN, ["plain", "emma"])


def test_the_command_line_makes_the_named_pieces_of_the_museum_alone(tmp_path: Path) -> None:
    words = "experiment run museum --size small --seed 4 --only swapped-labels --only oscillation --out"
    assert main([*words.split(), str(tmp_path)]) == 0
    names = ["oscillation", "swapped-labels"]
    assert [(row["name"], row["seed"]) for row in read(tmp_path / "records.jsonl")] == [(name, 4) for name in names]
    assert sorted(path.stem for path in tmp_path.glob("*.json")) == [f"{name}-4" for name in names]


@pytest.mark.parametrize(("name", "part"), [("plane-frames", "minimax"), ("plane-remedies", "r1")])
def test_an_experiment_with_parts_records_the_named_one_alone(tmp_path: Path, name: str, part: str) -> None:
    assert list(EXPERIMENTS[name](tmp_path, size="small", only=[part])) == [part]
    assert {row["name"].removeprefix("plane-") for row in read(tmp_path / "records.jsonl")} == {part}
