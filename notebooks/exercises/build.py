"""Make the exercises from their sources: ``python notebooks/exercises/build.py``, from anywhere.

For each file in sources/: the notebook that students work in, the page with the solutions in solutions/ (run anew where
its code has changed), and a line per task in ganlab/teaching/tasks.json. With ``--check`` it only says what is stale.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import nbformat

from ganlab import assign
from ganlab.assign import editions
from ganlab.assign.source import Assignment
from ganlab.files import write_atomically

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "notebooks"))
import execute

SOURCES, STUDENTS, SOLUTIONS = (ROOT / path for path in (assign.BANK, editions.STUDENTS, editions.SOLUTIONS))
TASKS = ROOT / "ganlab" / "teaching" / "tasks.json"


def assignments() -> list[Assignment]:
    """Every assignment with its published numbers."""
    return [assign.load(str(path)) for path in sorted(SOURCES.glob("[0-9][0-9]-*.py"))]


def files(made: list[Assignment]) -> dict[Path, str]:
    """What every generated file has to be; a page of solutions without the outputs that it stores."""
    texts = {TASKS: tasks(made)}
    for assignment in made:
        texts[STUDENTS / f"{assignment.name}.ipynb"] = editions.text(editions.student(assignment))
        texts[SOLUTIONS / f"{assignment.name}.ipynb"] = editions.text(editions.solution(assignment))
    return texts


def tasks(made: list[Assignment]) -> str:
    """The list of all tasks that `ganlab.teaching.progress` reads, one a line."""
    rows = [
        {
            "id": task.id, "title": task.title, "lesson": assignment.number, "lesson_title": assignment.title,
            "points": task.total, "minutes": task.minutes, "difficulty": task.difficulty, "written": task.written,
        }
        for assignment in made
        for task in assignment.tasks
    ]  # fmt: skip
    return "[\n" + ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows) + "\n]\n"


def stale(texts: dict[Path, str]) -> list[Path]:
    """The files that are not what their sources give, and pages of solutions that were not run."""
    return [
        path for path, text in texts.items() if not path.exists() or without_outputs(path) != text or not was_run(path)
    ]


def orphans(texts: dict[Path, str]) -> Iterator[Path]:
    """Notebooks made from a source that is no longer there. A learner's own copy of an exercise is none."""
    names = {path.stem for path in texts}
    for path in [*STUDENTS.glob("*.ipynb"), *SOLUTIONS.glob("*.ipynb")]:
        made_from = nbformat.read(path, as_version=4).metadata.get("ganlab", {}).get("assignment")
        if made_from is not None and made_from not in names:
            yield path


def without_outputs(path: Path) -> str:
    """A generated file as its source gives it: what a run stored in a page of solutions is left out."""
    if path.parent != SOLUTIONS:
        return path.read_text(encoding="utf-8")
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.update(outputs=[], execution_count=None)
    return editions.text(notebook)


def was_run(path: Path) -> bool:
    """Whether a page of solutions was run; True for every other file."""
    if path.parent != SOLUTIONS:
        return True
    code = [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    return all(cell.execution_count for cell in code)


def write(path: Path, text: str) -> None:
    """Write a generated file. A page of solutions keeps the outputs it has if its code is the same; else it is run."""
    if path.parent == SOLUTIONS:
        notebook = nbformat.reads(text, as_version=4)
        if not (path.exists() and was_run(path) and _kept(nbformat.read(path, as_version=4), notebook)):
            execute.run(notebook, STUDENTS)
        text = editions.text(notebook)
    write_atomically(path, text.encode())


def _kept(old: nbformat.NotebookNode, new: nbformat.NotebookNode) -> bool:
    """Carry the outputs of a notebook into another one with the same code; False if the code differs."""
    ran, planned = ([cell for cell in notebook.cells if cell.cell_type == "code"] for notebook in (old, new))
    if [cell.source for cell in ran] != [cell.source for cell in planned]:
        return False
    for before, now in zip(ran, planned, strict=True):
        now.update(outputs=before.outputs, execution_count=before.execution_count)
    return True


def main(arguments: list[str]) -> int:
    """Read the command line; write what is stale, or name it. 1 where something is left to do."""
    texts = files(assignments())
    for path in orphans(texts):
        print(f"exercises: {_name(path)} has no source any more: remove it")
        return 1
    paths = stale(texts)
    names = ", ".join(map(_name, paths)) or "nothing"
    if "--check" in arguments:
        print(f"exercises: {names} to make anew" + (": run python notebooks/exercises/build.py" if paths else ""))
        return 1 if paths else 0
    for path in paths:
        write(path, texts[path])
    print(f"exercises: made {names}")
    return 0


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
