"""A number on a page is a recorded number, or the build fails."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from ganlab_book import records
from ganlab_book.tables import read


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(records, "FOLDER", tmp_path)
    rows = [
        {"name": "gan", "values": {"distance": 2.0, "floor": 0.5}, "seed": 0, "size": "small", "device": "cpu"},
        {"name": "gan", "values": {"distance": 4.0}, "seed": 1, "size": "small", "device": "cpu"},
        {"name": "alone", "values": {"distance": 7.123456, "modes": 8}, "seed": 0, "size": "full", "device": "gpu"},
    ]
    (tmp_path / "ring.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return tmp_path


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("asked", "printed"),
    [
        ("ring:alone:distance .2f", "7.12"),
        ("ring:alone:distance", "7.123"),
        ("ring:alone:modes", "8"),
        ("mean ring:gan:distance .1f", "3.0"),
        ("sd ring:gan:distance .3f", "1.414"),
        ("min ring:gan:distance .0f", "2"),
        ("max ring:gan:distance .0f", "4"),
        ("n ring:gan:distance", "2"),
        ("last ring:gan:distance .1f", "4.0"),
        ("ring:gan:floor .1f", "0.5"),
    ],
)
def test_what_the_role_prints(asked: str, printed: str) -> None:
    assert records.number(asked) == printed


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("asked", "complaint"),
    [
        ("grid:gan:distance", "no book/records/grid.jsonl"),
        ("ring:wgan:distance", "no value 'distance' under the name 'wgan'"),
        ("ring:gan:coverage", "no value 'coverage'"),
        ("ring:gan:distance .1f", "has 2 rows"),
        ("ring:gan", "is not"),
        ("median ring:gan:distance", "is not"),
        ("mean", "is not"),
    ],
)
def test_what_was_not_recorded_is_named(asked: str, complaint: str) -> None:
    with pytest.raises(records.NoRecord, match=complaint):
        records.number(asked)


@pytest.mark.usefixtures("folder")
def test_the_table_has_every_value_and_its_origin() -> None:
    lines = "\n".join(records._table(records.rows("ring")))
    assert "| name | distance | floor | modes | n | seed | size | device |" in lines
    assert "| gan | 3 (1.4) | 0.5 |  | 2 | 0 to 1 | small | cpu |" in lines
    assert "| alone | 7.123 |  | 8 | 1 | 0 | full | gpu |" in lines


def test_below_counts_of_modes_stands_a_perfect_sampler() -> None:
    row = {
        "name": "a",
        "values": {"quality": 0.5},
        "config": {"law": "ring"},
        "seed": 0,
        "size": "small",
        "device": "cpu",
    }
    assert "| perfect sampler, ring | 0.9889 |  |  |  |  |" in "\n".join(records._table([row]))


def test_long_values_are_counted_and_not_printed() -> None:
    assert records.shown(list(range(100))) == "100 values"
    assert records.shown([0.5, 1.0]) == "0.5, 1"
    assert records.shown({"a": 0.25}) == "a 0.25"


def test_a_folder_with_a_file_for_each_lesson_reads_as_one_file(folder: Path) -> None:
    (folder / "times").mkdir()
    for number in ("11", "10"):
        row = {"name": number, "values": {"seconds": float(number)}, "seed": 0, "size": "small", "device": "cpu"}
        (folder / "times" / f"{number}-slug.jsonl").write_text(json.dumps(row) + "\n")
    assert records.names() == ["ring", "times"]
    assert [row["name"] for row in records.rows("times")] == ["10", "11"]
    assert records.number("times:11:seconds .0f") == "11"


def test_every_file_of_records_is_described_once() -> None:
    described = [row["file"] for row in read("records.tsv")]
    assert sorted(described) == records.names() and "lessons" in described


def test_rows_of_one_seed_name_it_once() -> None:
    row = {"name": "a", "values": {"x": 1.0}, "config": {}, "seed": 3, "size": "small", "device": "cpu"}
    assert "| a | 1 (0) | 2 | 3 | small | cpu |" in "\n".join(records._table([row, row]))
