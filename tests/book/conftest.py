"""The tools beside the book (book/*.py) and its Sphinx extension are importable in these tests."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "book"), str(ROOT / "book" / "_ext")]


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT
