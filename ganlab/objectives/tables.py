"""A table for a notebook: HTML where there is a page, plain lines where there is none.

Lesson: 07 A zoo of divergences: f-GAN, LSGAN, EBGAN, hinge, relativistic.
"""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Table:
    """Columns and rows of text; the first cell of a row is its name."""

    columns: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]

    def __repr__(self) -> str:
        return "\n".join(" | ".join(row) for row in (self.columns, *self.rows))

    def _repr_html_(self) -> str:
        def cells(texts: Sequence[str], tag: str, scope: str = "") -> str:
            named = f' scope="{scope}"' if scope else ""
            opening = f'<{tag}{named} style="padding:0.3em 1em 0.3em 0;text-align:left;vertical-align:top">'
            return "".join(f"{opening}{html.escape(text)}</{tag}>" for text in texts)

        head = cells(self.columns, "th", "col")
        body = "".join(f"<tr>{cells([first], 'th', 'row')}{cells(rest, 'td')}</tr>" for first, *rest in self.rows)
        table = '<table style="min-width:42em">'
        return f'<div style="overflow-x:auto">{table}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
