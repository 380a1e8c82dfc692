"""Runs that were kept for pages and quizzes, so that a picture needs no training. ``run`` makes them anew.

Lesson: 11 Failures and stabilisers.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ganlab.errors import UserError
from ganlab.files import write_atomically
from ganlab.museum.exhibit import Exhibit
from ganlab.museum.piece import Run
from ganlab.museum.twin import piece

FOLDER = Path(__file__).parent / "runs"
KEPT = 250  # samples of each kind: what a small picture needs


def stored(name: str, seed: int = 0, folder: Path = FOLDER) -> Exhibit:
    """A piece with both of its kept runs. Raises UserError for an unknown name and where none was kept."""
    told, path = piece(name), folder / f"{name}-{seed}.json"
    if not path.exists():
        raise UserError(f"no run of {name} with seed {seed} was kept: make one with ganlab.museum.show")
    content = json.loads(path.read_text(encoding="utf-8"))
    return Exhibit(name, told, seed, _read(content["sick"]), _read(content["healthy"]))


def store(folder: Path, name: str, seed: int, sick: Run, healthy: Run) -> Path:
    """Write FOLDER/NAME-SEED.json with three digits of every number; return the path."""
    content = {"sick": _plain(sick), "healthy": _plain(healthy)}
    path = Path(folder) / f"{name}-{seed}.json"
    write_atomically(path, (json.dumps(content, separators=(",", ":")) + "\n").encode())
    return path


def _plain(run: Run) -> dict[str, Any]:
    columns = {key: [_short(row[key]) for row in run.rows] for key in run.rows[0]}
    tensors = {key: _numbers(tensor[:KEPT]) for key, tensor in (("real", run.real), ("samples", run.samples))}
    return {"rows": columns, **tensors, "value": run.value}


def _read(content: dict[str, Any]) -> Run:
    columns = content["rows"]
    rows = [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]
    return Run(rows, _tensor(content["real"]), _tensor(content["samples"]), content["value"])


def _numbers(tensor: Tensor) -> dict[str, Any]:
    return {"shape": list(tensor.shape), "v": [_short(value) for value in tensor.flatten().tolist()]}


def _tensor(content: dict[str, Any]) -> Tensor:
    return torch.tensor(content["v"], dtype=torch.float32).reshape(content["shape"])


def _short(value: float) -> float | int:
    short = float(f"{value:.3g}") if isinstance(value, float) else value
    return int(short) if short == int(short) else short
