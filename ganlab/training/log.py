"""The run's log: one JSON object a line, cut back to the checkpoint when a run is resumed. Lesson: 12 Monitoring."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ganlab.errors import UserError
from ganlab.files import read_json_lines, write_atomically, writing


class RunLog:
    """Appends rows to ``log.jsonl``, and mirrors their scalars to TensorBoard where a folder for it is given."""

    def __init__(self, path: Path, tensorboard: Path | None = None) -> None:
        self.path = path
        self._board: Any = None
        self._open_board: Callable[[int], Any] | None = None
        if tensorboard is not None:
            try:
                from torch.utils.tensorboard import SummaryWriter
            except ImportError:
                raise UserError('TensorBoard is not installed: pip install "ganlab[tensorboard]"') from None
            # Opened at the first row: a new run wants its folder empty, and a resumed one must hide what it repeats.
            self._open_board = lambda step: SummaryWriter(str(tensorboard), purge_step=step)

    def write(self, row: dict[str, Any]) -> None:
        """Append one row; it is on its way to the disk when this returns."""
        with writing(self.path), self.path.open("a") as file:
            file.write(json.dumps(row) + "\n")
        if self._open_board is not None:
            self._board = self._board or self._open_board(row["step"])
            for name, value in row.items():
                if name != "step" and isinstance(value, int | float):
                    self._board.add_scalar(name, value, row["step"])

    def cut(self, step: int) -> None:
        """Drop every row after ``step``, and a last line that a kill left unfinished."""
        if self.path.exists():
            kept = [row for row in read_json_lines(self.path) if row.get("step", 0) <= step]
            write_atomically(self.path, "".join(json.dumps(row) + "\n" for row in kept).encode())
