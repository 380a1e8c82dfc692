"""The errata of the five documents, worst first. Data: book/errata.tsv."""

from __future__ import annotations

from sphinx.application import Sphinx

from .tables import Generated, read, table

SEVERITIES = {
    "A": "Severity A: false mathematics, or code that cannot work",
    "B": "Severity B: misleading or muddled",
    "C": "Severity C: unsupported, out of date, or a slip",
    "bibliography": "Books, papers and resources",
}


class Errata(Generated):
    """One table for each severity: what is said (in our words), what is right, and where to read it."""

    sources = ("errata.tsv",)

    def markdown(self) -> list[str]:
        lines: list[str] = []
        for severity, title in SEVERITIES.items():
            rows = [row for row in read("errata.tsv") if row["severity"] == severity]
            lines += [f"## {title}", "", f"{len(rows)} entries.", ""]
            heading = ["no.", "where", "what is said", "what is right"]
            lines += table(heading, [self.cells(row) for row in rows], "errata")
        return lines

    @staticmethod
    def cells(row: dict[str, str]) -> list[str]:
        keys = ",".join(row["references"].split())
        right = row["right"] + (f" {{cite:p}}`{keys}`" if keys else "")
        return [row["id"], row["where"], row["said"], right]


def setup(app: Sphinx) -> None:
    app.add_directive("errata", Errata)
