"""A run folder: everything needed to resume, evaluate, plot, or hand a run to someone else.

    config.json             what was asked for, and where it ran
    log.jsonl               one row of scalars every few steps
    checkpoint.pt           the newest complete state: tensors and plain data
    generator.safetensors   the averaged generator of that state
    samples/                sample sheets on fixed noise
    dashboard.html          curves, histograms, warnings: made from the above

Lesson: 14 The MLP GAN on MNIST.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ganlab.errors import UserError
from ganlab.files import is_leftover, remove_leftovers, write_atomically, writing


class RunFolder:
    """Paths and the configuration of one run."""

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self.config_path = self.path / "config.json"
        self.log = self.path / "log.jsonl"
        self.checkpoint = self.path / "checkpoint.pt"
        self.generator = self.path / "generator.safetensors"
        self.samples = self.path / "samples"

    def __fspath__(self) -> str:
        return str(self.path)

    def check_free(self) -> None:
        """Raise UserError if the folder holds anything already, but for the unfinished files that a kill left."""
        if self.config_path.exists():
            raise UserError(
                f"{self.path} already holds another run: add --resume to go on with it, or choose another --out"
            )
        if self.path.exists():
            if not self.path.is_dir():
                raise UserError(f"{self.path} is a file, and a run needs a folder: choose another --out")
            if not all(map(is_leftover, self.path.iterdir())):
                raise UserError(f"{self.path} already holds other files: choose another --out")

    def start(self, config: dict[str, Any]) -> None:
        """Make the folder and write its configuration. Raises UserError if it holds anything already."""
        self.check_free()
        self.tidy()
        # The configuration comes first: a folder with anything else in it can then always be resumed.
        self.write_config(config)
        with writing(self.samples):
            self.samples.mkdir(exist_ok=True)

    def tidy(self) -> None:
        """Remove the unfinished files that a kill left."""
        remove_leftovers(self.path)

    def write_config(self, config: dict[str, Any]) -> None:
        """Write ``config.json``."""
        write_atomically(self.config_path, (json.dumps(config, indent=2) + "\n").encode())

    def read_config(self) -> dict[str, Any]:
        """Read ``config.json``. Raises UserError where the folder is not a run."""
        try:
            config = json.loads(self.config_path.read_text())
        except (FileNotFoundError, NotADirectoryError):
            raise UserError(f"{self.path} is not a run folder (it has no config.json): check the path") from None
        except (json.JSONDecodeError, UnicodeDecodeError, RecursionError):
            raise UserError(f"{self.config_path} is not readable JSON: restore it, or start again with --out") from None
        if not isinstance(config, dict) or not {"model", "data", "shape"} <= set(config):
            raise UserError(f"{self.config_path} lacks the model, data or shape of a run: restore it, or start again")
        for name, kind in _KINDS.items():
            if name in config and not isinstance(config[name], kind):
                raise UserError(f"{name} in {self.config_path} cannot be {config[name]!r}: restore it, or start again")
        return config


_KINDS: dict[str, Any] = {
    "model": str, "data": str, "shape": list, "objective": str, "penalty": str, "penalty_weight": int | float,
    "settings": dict, "training": dict, "machine": dict, "size": int | None, "items": int | None, "classes": int,
    "warm_start": str,
}  # fmt: skip


def differences(saved: dict[str, Any], asked: dict[str, Any]) -> list[str]:
    """Where two configurations differ, as "name is SAVED there and ASKED now", for the names that ``asked`` has."""
    lines = []
    for name, value in asked.items():
        old = saved.get(name)
        if isinstance(value, dict) and isinstance(old, dict):
            lines += differences(old, value)
        elif json.loads(json.dumps(value)) != old:
            lines.append(f"{name.replace('_', ' ')} is {old} there and {value} now")
    return lines
