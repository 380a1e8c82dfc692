"""What every notebook of the course has to have: `python book/check_notebooks.py` names what is missing.

Each rule is a function from a notebook to messages. The rules are themselves tested on broken notebooks.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import links
from decimals import unsupplied

ROOT = links.ROOT

Cell = dict[str, Any]
Rule = Callable[["Notebook"], Iterator[str]]


class Notebook:
    """A notebook on the disk and its path in the repository."""

    def __init__(self, path: Path, root: Path = ROOT) -> None:
        self.name = path.relative_to(root).as_posix()
        self.content = json.loads(path.read_text(encoding="utf-8"))
        self.cells: list[Cell] = self.content["cells"]
        self.repository = links.repository(root)
        self.root = root

    def code(self) -> Iterator[tuple[int, Cell]]:
        """The code cells with their place, counted from 1 over all cells."""
        return ((place, cell) for place, cell in enumerate(self.cells, 1) if cell["cell_type"] == "code")


def source(cell: Cell) -> str:
    """The text of a cell, whether stored as one string or as lines."""
    return "".join(cell["source"])


def tags(cell: Cell) -> list[str]:
    """The tags of a cell."""
    return cell["metadata"].get("tags", [])


def name_and_title(notebook: Notebook) -> Iterator[str]:
    """notebooks/<part>/NN-slug.ipynb, and a first cell that opens with "# NN Title", or "# NN Exercises: Title"."""
    found = re.fullmatch(r"notebooks/([a-z]+)/(solutions/)?(\d\d)-[a-z0-9-]+\.ipynb", notebook.name)
    if not found or (found[2] and found[1] != "exercises"):
        yield "the file should be called notebooks/<part>/NN-slug.ipynb"
        return
    head = f"# {found[3]} Exercises: " if found[1] == "exercises" else f"# {found[3]} "
    first = notebook.cells[0] if notebook.cells else None
    if first is None or first["cell_type"] != "markdown" or not source(first).startswith(head):
        yield f'the first cell should be Markdown and begin with "{head}" and the title'


def badge(notebook: Notebook) -> Iterator[str]:
    """The first cell links to this very notebook on Colab, or to the exercises that this one solves."""
    wanted = notebook.repository.colab(links.opens(notebook.name))
    if not notebook.cells or f"({wanted})" not in source(notebook.cells[0]):
        yield f"the first cell should carry the Colab badge with the link {wanted} (python book/links.py writes it)"


def setup_cell(notebook: Notebook) -> Iterator[str]:
    """The first code cell is tagged "setup" and has the same bytes everywhere."""
    place, first = next(notebook.code(), (0, None))
    if first is None or "setup" not in tags(first):
        yield 'the first code cell should be the setup cell, with the tag "setup"'
    elif source(first) != notebook.repository.setup:
        yield f"cell {place}: the setup cell differs from the one in ganlab/assign/address.py"


def outputs_in_order(notebook: Notebook) -> Iterator[str]:
    """Every code cell was run, once, from top to bottom, in one session."""
    counts = [(place, cell.get("execution_count")) for place, cell in notebook.code() if source(cell).strip()]
    for wanted, (place, count) in enumerate(counts, 1):
        if count != wanted:
            yield f"cell {place}: execution count {count} where {wanted} is due; run the notebook from the top"
            return


def no_outputs(notebook: Notebook) -> Iterator[str]:
    """Exercises are handed out as nobody has run them yet."""
    for place, cell in notebook.code():
        if cell["outputs"] or cell.get("execution_count") is not None:
            yield f"cell {place}: an exercise is handed out without outputs; run python notebooks/exercises/build.py"
            return


def no_errors(notebook: Notebook) -> Iterator[str]:
    """No stored error, and no tag that would allow one."""
    for place, cell in notebook.code():
        if any(output["output_type"] == "error" for output in cell["outputs"]):
            yield f"cell {place}: an error is stored as output"
        if "raises-exception" in tags(cell):
            yield f"cell {place}: the tag raises-exception hides errors; catch the exception and print it"


def no_warnings(notebook: Notebook) -> Iterator[str]:
    """No warning of a library is stored: the page does not show it, and a reader would meet it unprepared."""
    for place, cell in notebook.code():
        if any(output.get("name") == "stderr" and "Warning" in _text(output) for output in cell["outputs"]):
            yield f"cell {place}: a warning is stored on stderr"


def checked_cells(notebook: Notebook) -> Iterator[str]:
    """A cell whose output nbval compares has text to compare."""
    for place, cell in notebook.code():
        if "nbval-check-output" in tags(cell) and not any(_text(output) for output in cell["outputs"]):
            yield f"cell {place}: tagged nbval-check-output and has no text output to compare"


def alternative_text(notebook: Notebook) -> Iterator[str]:
    """Each picture says in words what it shows."""
    for place, cell in enumerate(notebook.cells, 1):
        if cell["cell_type"] == "code":
            alt = cell["metadata"].get("mystnb", {}).get("image", {}).get("alt", "")
            if any("image/png" in output.get("data", {}) for output in cell["outputs"]) and not alt.strip():
                yield f"cell {place}: a picture without metadata mystnb.image.alt"
            pages = ["".join(output.get("data", {}).get("text/html", "")) for output in cell["outputs"]]
        else:
            pages = [source(cell)]
            if re.search(r"!\[\s*\]\(", source(cell)):
                yield f"cell {place}: a picture without alternative text"
        if any(re.search(r"<img(?![^>]*\salt=[\"'][^\"'])", page) for page in pages):
            yield f"cell {place}: an <img> without alt"


def no_private_paths(notebook: Notebook) -> Iterator[str]:
    """No output names a folder of the machine it was made on."""
    private = [str(notebook.root.resolve()), str(Path.home())]
    for place, cell in notebook.code():
        stored = json.dumps(cell["outputs"])
        if any(len(folder) > 1 and re.search(re.escape(folder) + r"(?![\w-])", stored) for folder in private):
            yield f"cell {place}: an output names a folder of this machine"


def numbers_with_a_source(notebook: Notebook) -> Iterator[str]:
    """Each decimal in the prose of a lesson is in a cell of it, or in what a cell printed: none is typed."""
    found = re.search(r"/(\d\d)-", notebook.name)
    texts = [source(cell) for _, cell in notebook.code()]
    for _, cell in notebook.code():
        texts += [_text(output) + "".join(output.get("data", {}).get("text/html", "")) for output in cell["outputs"]]
    for place, cell in enumerate(notebook.cells, 1):
        if cell["cell_type"] == "markdown":
            for number in unsupplied(source(cell), texts, found[1] if found else None):
                yield f"cell {place}: no cell computes or asserts the {number} of the text"


def _text(output: dict[str, Any]) -> str:
    return "".join(output.get("text", "")) or "".join(output.get("data", {}).get("text/plain", ""))


RULES: tuple[Rule, ...] = (
    name_and_title,
    badge,
    setup_cell,
    outputs_in_order,
    no_errors,
    no_warnings,
    checked_cells,
    alternative_text,
    no_private_paths,
)

LESSON_RULES: tuple[Rule, ...] = (*RULES, numbers_with_a_source)


EXERCISE_RULES: tuple[Rule, ...] = (name_and_title, badge, setup_cell, no_outputs, alternative_text)


def lessons(root: Path = ROOT) -> list[Path]:
    """The lessons: notebooks/<part>/*.ipynb. Exercises have a folder and rules of their own."""
    folders = [folder for folder in (root / "notebooks").glob("*/") if folder.name != "exercises"]
    return sorted(path for folder in folders for path in folder.glob("*.ipynb"))


def exercises(root: Path = ROOT) -> list[Path]:
    """The exercises as they are handed out."""
    return sorted((root / "notebooks" / "exercises").glob("*.ipynb"))


def solutions(root: Path = ROOT) -> list[Path]:
    """The pages with the solutions. They are run, and the rules of lessons hold for them."""
    return sorted((root / "notebooks" / "exercises" / "solutions").glob("*.ipynb"))


def problems(root: Path = ROOT) -> list[str]:
    """One line for each rule that a notebook breaks."""
    found = []
    for paths, rules in ((lessons(root), LESSON_RULES), (solutions(root), RULES), (exercises(root), EXERCISE_RULES)):
        for notebook in (Notebook(path, root) for path in paths):
            found += [f"{notebook.name}: {message}" for rule in rules for message in rule(notebook)]
    return found


def main() -> int:
    """Print the problems; status 1 if there are any."""
    found = problems()
    print(
        "\n".join(found)
        if found
        else f"notebooks: {len(lessons())} lessons, {len(exercises())} sets of exercises, nothing to complain about"
    )
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
