"""Numbers in prose: which ones count, which are supplied, and the pages of records that must type none."""

from __future__ import annotations

import re

import links
import pytest
from decimals import decimals, unsupplied

PAGES = [
    p for p in sorted((links.ROOT / "book").glob("*.md")) if re.search(r"\{(rec|records|all-records)\}", p.read_text())
]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("HQ rises from 0.58 to 98.7 %.", ["0.58", "98.7"]),
        ("| ring | 7.8 | 95.9 |", ["7.8", "95.9"]),
        ("It is $1.386$, `0.5`, and [this](a/1.25.md) in 8 modes.", []),
        ("{rec}`mean plane:best:quality .3f` on ten seeds", []),
        ("$$x = 0.25$$\n\n```python\nx = 1.5\n```", []),
        ("Theorem 2.5, theorems 2.4 to 2.6, section 3.4; CC BY 4.0; version 1.2.3", []),
        ("Exercises 11.1 to 11.7, see E11.3", []),
        ("11.38 seconds", ["11.38"]),
    ],
)
def test_what_counts_as_a_number_of_the_prose(text, found):
    assert decimals(text, chapter="11") == found


@pytest.mark.parametrize(
    ("number", "source", "supplied"),
    [
        ("0.58", "assert share > 0.58", True),
        ("0.58", "quality: 0.5768", True),
        ("57.7", "quality: 0.5768", True),
        ("0.57", "quality: 0.5768", False),
        ("0.58", "", False),
        ("0.003", "2.9e-3", True),
    ],
)
def test_a_number_is_supplied_by_what_rounds_to_it(number, source, supplied):
    assert (unsupplied(f"It is {number}.", [source]) == []) is supplied


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_that_prints_records_types_no_decimal(page):
    assert decimals(page.read_text(encoding="utf-8")) == []


def test_there_are_such_pages():
    assert "results" in [page.stem for page in PAGES]
