"""Printed sentences wrap on the page, and tables keep their columns."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from docutils import nodes
from ganlab_book import long_lines


@pytest.mark.parametrize(
    ("text", "classes", "wraps"),
    [
        ("short\n" + "word " * 40, ["output", "stream"], True),
        ("a  b\n" * 200, ["output", "stream"], False),
        ("x" * long_lines.WIDEST, ["output", "stream"], False),
        ("word " * 40, [], False),  # code of a page of prose: it scrolls, as it does in an editor
        ("", ["output"], False),
    ],
)
def test_an_output_with_lines_that_are_too_long_for_a_table_wraps(text, classes, wraps):
    block = nodes.literal_block(text, text, classes=list(classes))
    long_lines.mark(SimpleNamespace(), nodes.container("", block))
    assert ("long-lines" in block["classes"]) == wraps
