"""The table of contents names every page there is, and no other."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import check_notebooks
import pytest
import yaml


def files(entry: Any) -> Iterator[str]:
    """Every `file:` and the `root:` below an entry of _toc.yml."""
    if isinstance(entry, dict):
        yield from (entry[key] for key in ("root", "file") if key in entry)
        for value in entry.values():
            yield from files(value)
    elif isinstance(entry, list):
        for item in entry:
            yield from files(item)


@pytest.fixture(scope="module")
def toc(root: Path) -> list[str]:
    return list(files(yaml.safe_load((root / "_toc.yml").read_text(encoding="utf-8"))))


def test_no_page_is_named_twice(toc: list[str]) -> None:
    assert len(toc) == len(set(toc))


def test_every_entry_exists(toc: list[str], root: Path) -> None:
    assert [name for name in toc if not any((root / f"{name}{end}").exists() for end in (".md", ".ipynb"))] == []


def test_every_page_of_prose_is_in_it(toc: list[str], root: Path) -> None:
    assert {f"book/{path.stem}" for path in (root / "book").glob("*.md")} <= set(toc)


def test_every_lesson_and_every_page_of_solutions_is_in_it_and_no_exercises_to_work_on(
    toc: list[str], root: Path
) -> None:
    pages = [*check_notebooks.lessons(root), *check_notebooks.solutions(root)]
    names = {path.relative_to(root).with_suffix("").as_posix() for path in pages}
    assert names == {name for name in toc if name.startswith("notebooks/")}


def test_solutions_stand_right_after_their_lesson(toc: list[str]) -> None:
    for before, name in itertools.pairwise(toc):
        if "/solutions/" in name:
            assert Path(before).name == Path(name).name


def test_lessons_stand_in_the_order_of_their_numbers(toc: list[str]) -> None:
    numbers = [Path(name).name[:2] for name in toc if name.startswith("notebooks/")]
    assert numbers == sorted(numbers)
