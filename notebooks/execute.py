"""Run notebooks top to bottom and store their outputs: ``python notebooks/execute.py NOTEBOOK ...``.

Widgets are stored as static figures (GANLAB_STATIC=1), progress bars and other messages on stderr are dropped, nobody's
journal of exercises is written (GANLAB_PROGRESS=off), and a cell that raises stops everything: nothing is written for
that notebook.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError


def run(notebook: nbformat.NotebookNode, folder: Path, timeout: int = 1800) -> None:
    """Fill in the outputs of a notebook, run in ``folder``. Raises CellExecutionError at the first cell that fails."""
    os.environ |= {"GANLAB_STATIC": "1", "GANLAB_PROGRESS": "off"}
    NotebookClient(
        notebook,
        timeout=timeout,
        kernel_name="python3",
        coalesce_streams=True,
        resources={"metadata": {"path": folder}},
    ).execute()
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        if cell.cell_type == "code":
            cell.outputs = [o for o in cell.outputs if not (o.output_type == "stream" and o.name == "stderr")]
    notebook.metadata.pop("widgets", None)
    notebook.metadata["kernelspec"] = {"display_name": "Python 3", "language": "python", "name": "python3"}
    notebook.metadata["language_info"] = {"name": "python"}


def execute(path: Path) -> float:
    """Run one notebook in place; return the seconds it took."""
    notebook = nbformat.read(path, as_version=4)
    started = time.perf_counter()
    run(notebook, path.parent)
    nbformat.write(notebook, path)
    return time.perf_counter() - started


def main(names: list[str]) -> int:
    """Run each notebook named; return 1 at the first that fails."""
    for name in names:
        try:
            print(f"{name}: {execute(Path(name)):.0f} s", flush=True)
        except CellExecutionError as error:
            print(f"{name} stopped:\n{error}", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
