"""The page on the checks says what was recorded, and why each equivalent mutant is none."""

from __future__ import annotations

from ganlab_book import proofs, records

KEYS = ("right", "wrong", "mutants", "visible", "hidden", "equivalent", "survived", "stopped")
COUNTS = {
    "07.1": dict(zip(KEYS, (2, 3, 20, 15, 2, 2, 1, 4), strict=True)),
    "07.2": dict(zip(KEYS, (3, 1, 10, 10, 0, 0, 0, 5), strict=True)),
}


def test_a_row_a_task_and_the_sums():
    assert proofs.rows(COUNTS) == [
        ["{task}`07.1`", "2", "3", "20", "15", "2", "2", "1", "4"],
        ["{task}`07.2`", "3", "1", "10", "10", "0", "0", "0", "5"],
        ["**all**", "**5**", "**4**", "**30**", "**25**", "**2**", "**2**", "**1**", "**9**"],
    ]


def test_the_sentence_has_the_sums():
    assert proofs.summary(COUNTS) == (
        "2 tasks and 30 mutants: 25 are rejected by the visible checks, 2 by hidden tests only, 2 are equivalent, "
        "1 survive."
    )


def test_what_is_recorded_has_every_column():
    for row in records.rows("exercises"):
        assert set(proofs.COLUMNS) == set(row["values"]), row["name"]
