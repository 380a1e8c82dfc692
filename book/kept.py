"""Copy the means that lessons print from the book's records into the package: ``python book/kept.py``."""

from __future__ import annotations

import json

from ganlab.experiments import kept, registered
from ganlab.experiments.tables import recorded


def main() -> None:
    """Write ganlab/experiments/means.json and synthetic_help.json, one variant a line."""
    parts = []
    for name, lines in kept.made().items():
        body = ",\n".join(json.dumps(line) for line in lines)
        parts.append(f'"{name}": [\n{body}\n]')
    kept.FILE.write_text("{\n" + ",\n".join(parts) + "\n}\n", encoding="utf-8")
    cells = []
    for cell, arms in registered.made(recorded("synthetic-help")).items():
        body = ",\n".join(f"{json.dumps(arm)}: {json.dumps(scores)}" for arm, scores in arms.items())
        cells.append(f'"{cell}": {{\n{body}\n}}')
    registered.FILE.write_text("{\n" + ",\n".join(cells) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
