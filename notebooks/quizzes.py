"""Store the quizzes of the lessons anew, without running the lessons: ``python notebooks/quizzes.py``.

A quiz cell stands alone, so what a kernel would store is what the package returns here. Nothing else in a notebook
changes.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import nbformat

from ganlab.errors import UserError
from ganlab.teaching import quiz

LESSONS = Path(__file__).parent
CELL = re.compile(r'ganlab\.teaching\.quiz\("(\d\d|museum)"\)')


def renew(path: Path) -> bool:
    """Bring the output of a notebook's quiz cell up to date; whether anything changed."""
    notebook = nbformat.read(path, as_version=4)
    before = nbformat.writes(notebook)
    for cell in notebook.cells:
        found = CELL.fullmatch(cell.source) if cell.cell_type == "code" else None
        if found:
            shown = quiz(found[1])
            data = {"text/html": shown._repr_html_(), "text/plain": repr(shown)}
            cell.outputs = [nbformat.v4.new_output("execute_result", data, execution_count=cell.execution_count)]
    if nbformat.writes(notebook) == before:
        return False
    nbformat.write(notebook, path)
    return True


def main() -> int:
    """Renew every lesson; return 2 if one of them asks for a quiz that is missing or faulty."""
    status = 0
    for path in sorted(path for path in LESSONS.glob("*/[0-9][0-9]-*.ipynb") if path.parent.name != "exercises"):
        try:
            if renew(path):
                print(f"{path.name}: quiz stored")
        except UserError as error:
            print(f"{path.name}: {error}", file=sys.stderr)
            status = 2
    return status


if __name__ == "__main__":
    sys.exit(main())
