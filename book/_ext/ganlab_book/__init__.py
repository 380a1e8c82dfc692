"""The book's own Sphinx extension: one small module for each thing that the pages need and Sphinx has not."""

from __future__ import annotations

from typing import Any

from sphinx.application import Sphinx

from . import (
    assets,
    chapters,
    colab,
    errata,
    gathered,
    glossary,
    lab,
    long_lines,
    museum,
    proofs,
    records,
    source_map,
    teaching,
    times,
)

PARTS = (
    assets, chapters, colab, errata, gathered, glossary, lab, long_lines, museum, proofs, records, source_map,
    teaching, times,
)  # fmt: skip


def setup(app: Sphinx) -> dict[str, Any]:
    for part in PARTS:
        part.setup(app)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
