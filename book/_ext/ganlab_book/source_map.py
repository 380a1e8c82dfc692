"""Which topic of which document is taught where. Data: book/topics.tsv (one line for each topic)."""

from __future__ import annotations

from sphinx.application import Sphinx

from .chapters import chapters
from .tables import Generated, read, table

DOCUMENTS = {
    "S0": "S0 · Synthetic data by GANs, with a TensorFlow listing on MNIST",
    "S1": "S1 · Data sets and synthetic data",
    "S2": "S2 · GANs in data augmentation and data synthesis, with a PyTorch listing on MNIST (its text breaks off)",
    "S3": "S3 · Synthetic data in the training of AI: uses and challenges, with a PyTorch listing on CelebA",
    "S4": "S4 · “Software 2.0”: making more training data, with a TensorFlow listing on MNIST (its text breaks off)",
}
APPENDICES = {
    "A": "[notation](/book/notation.md)",
    "B": "[glossary](/book/glossary.md)",
    "C": "[bibliography](/book/bibliography.md)",
    "D": "[errata](/book/errata.md)",
    "E": "[instructor page](/book/instructor.md)",
    "F": "[misconceptions](/book/instructor.md)",
}
FLAGS = {"": "", "error": "✗", "unsupported": "?"}


def written(row: dict[str, str]) -> list[bool]:
    """For each chapter of the topic, whether its lesson exists. Appendices do not count."""
    known = chapters()
    return [known[place].page is not None for place in row["chapters"].split() if place in known]


def count(rows: list[dict[str, str]]) -> str:
    """How far the teaching of these topics has come, in a phrase."""
    taught = sum(all(written(row)) for row in rows)
    begun = sum(any(written(row)) for row in rows) - taught
    return f"{len(rows)} topics: {taught} taught, {begun} begun, {len(rows) - taught - begun} still to come"


class SourceMap(Generated):
    """The counts, and one table for each document."""

    sources = ("topics.tsv", "chapters.tsv")

    def markdown(self) -> list[str]:
        rows = read("topics.tsv")
        lines = [f"**{count(rows)}.**", ""]
        for tag, title in DOCUMENTS.items():
            mine = [row for row in rows if row["document"] == tag]
            lines += [f"## {title}", "", f"{count(mine)}.", ""]
            cells = [[row["id"], row["topic"], FLAGS[row["flag"]], _places(row), row["experiment"]] for row in mine]
            lines += table(["topic", "what it says", "", "taught in", "settled by"], cells, "source-map")
        return lines


def _places(row: dict[str, str]) -> str:
    known = chapters()
    return "<br>".join(
        APPENDICES[place]
        if place in APPENDICES
        else known[place].link.replace(f" {known[place].title}", "")
        if known[place].page
        else f"planned: chapter {place}"
        for place in row["chapters"].split()
    )


def setup(app: Sphinx) -> None:
    app.add_directive("source-map", SourceMap)
