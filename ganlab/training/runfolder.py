"""A run folder: everything needed to resume, evaluate, plot, or hand a run to someone else.

    config.json             what was asked for, and where it ran
    log.jsonl               one row of scalars every few steps
    checkpoint.pt           the newest complete state: tensors and plain data
    generator.safetensors   the averaged generator of that state
    samples/                sample sheets on fixed noise

Lesson: 14 An MLP GAN on digits.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ganlab.errors import UserError
from ganlab.files import write_atomically, writing


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

    def start(self, config: dict[str, Any]) -> None:
        """Make the folder and write its configuration. Raises UserError if it holds anything already."""
        if self.path.exists() and (not self.path.is_dir() or any(self.path.iterdir())):
            what = "another run" if self.config_path.exists() else "other files"
            raise UserError(f"{self.path} already holds {what}: add --resume to go on with it, or choose another --out")
        with writing(self.path):
            self.samples.mkdir(parents=True, exist_ok=True)
        self.write_config(config)

    def write_config(self, config: dict[str, Any]) -> None:
        """Write ``config.json``."""
        write_atomically(self.config_path, (json.dumps(config, indent=2) + "\n").encode())

    def read_config(self) -> dict[str, Any]:
        """Read ``config.json``. Raises UserError where the folder is not a run."""
        try:
            config = json.loads(self.config_path.read_text())
        except (FileNotFoundError, NotADirectoryError):
            raise UserError(f"{self.path} is not a run folder (it has no config.json): check the path") from None
        except (json.JSONDecodeError, UnicodeDecodeError):
            raise UserError(f"{self.config_path} is not readable JSON: restore it, or start again with --out") from None
        if not isinstance(config, dict) or not {"model", "data", "shape"} <= set(config):
            raise UserError(f"{self.config_path} lacks the model, data or shape of a run: restore it, or start again")
        return config


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
