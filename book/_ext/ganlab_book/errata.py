"""The errata of the five documents, by severity. Data: book/errata.tsv."""

from __future__ import annotations

from sphinx.application import Sphinx

from .tables import Generated, read, table

SEVERITIES = ("A", "B", "C", "bibliography")
HEADING = ["no.", "where", "what is said", "what is right"]


class Errata(Generated):
    """The errors of one severity: what is said (in our words), what is right, and where to read it."""

    required_arguments = 1
    sources = ("errata.tsv",)

    def markdown(self) -> list[str]:
        rows = [row for row in read("errata.tsv") if row["severity"] == self.arguments[0]]
        if not rows:
            raise self.error(f"errata.tsv has no severity {self.arguments[0]!r}")
        return [f"{len(rows)} entries.", "", *table(HEADING, [_cells(row) for row in rows], "errata")]


def _cells(row: dict[str, str]) -> list[str]:
    keys = ",".join(row["references"].split())
    right = row["right"] + (f" {{cite:p}}`{keys}`" if keys else "")
    places = [f"{{ch}}`{place}`" if "." not in place else f"exercise {place}" for place in row["shown"].split()]
    return [row["id"], row["where"], row["said"], f"{right}. See lesson {', '.join(places)}." if places else right]


def setup(app: Sphinx) -> None:
    app.add_directive("errata", Errata)
