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


def taught(row: dict[str, str]) -> bool:
    """Whether a lesson that exists teaches the topic."""
    return any(number in chapters() and chapters()[number].page for number in row["chapters"].split())


class SourceMap(Generated):
    """The counts, and one table for each document."""

    sources = ("topics.tsv", "chapters.tsv")

    def markdown(self) -> list[str]:
        rows = read("topics.tsv")
        done = sum(taught(row) for row in rows)
        lines = [
            f"**{len(rows)} topics, {done} of them taught in a lesson that is here, {len(rows) - done} still to come.**",
            "",
        ]
        for tag, title in DOCUMENTS.items():
            mine = [row for row in rows if row["document"] == tag]
            done = sum(taught(row) for row in mine)
            lines += [f"## {title}", "", f"{len(mine)} topics, {done} taught so far.", ""]
            cells = [[row["id"], row["topic"], FLAGS[row["flag"]], _places(row), row["experiment"]] for row in mine]
            lines += table(["topic", "what it says", "", "taught in", "settled by"], cells, "source-map")
        return lines


def _places(row: dict[str, str]) -> str:
    known = chapters()
    return "<br>".join(
        APPENDICES[place] if place in APPENDICES
        else known[place].link.replace(f" {known[place].title}", "") if known[place].page
        else f"planned: chapter {place}"
        for place in row["chapters"].split()
    )


def setup(app: Sphinx) -> None:
    app.add_directive("source-map", SourceMap)
