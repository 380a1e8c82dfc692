"""The notebook of record: one JSON object a line for every number that the book prints.

A number without its seed, configuration, device, versions and commit cannot be checked, so none is written without.

Lesson: 13 Evaluation.
"""

from __future__ import annotations

import json
import math
import os
import platform
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ganlab import __version__
from ganlab.errors import UserError

FIELDS = ("name", "values", "seed", "config", "size", "device", "versions", "commit", "time")


def record(
    path: str | Path,
    name: str,
    values: Mapping[str, Any],
    *,
    seed: int,
    config: Mapping[str, Any],
    size: str,
    device: str | torch.device,
) -> dict[str, Any]:
    """Append one row to the JSON-lines file ``path`` (made with its folders if missing) and return the row.

    ``values`` is what was measured: finite numbers, strings, booleans, None, and lists or mappings of these.
    ``size`` is the run size ("small", "normal", "full"). The row also names the device, the versions of python,
    torch, numpy and ganlab, the commit of the code ("-dirty" when the tree has changes, None outside a repository)
    and the time (UTC).
    The line is written by one call, so a killed run leaves whole lines, and parallel runs do not mix theirs.

    Raises UserError for an infinite or NaN number and for anything that JSON cannot hold.
    """
    row = {
        "name": name,
        "values": _plain(values, "values"),
        "seed": seed,
        "config": _plain(config, "config"),
        "size": size,
        "device": describe_device(device),
        "versions": versions(),
        "commit": commit(),
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    line = json.dumps(row, allow_nan=False, ensure_ascii=False) + "\n"
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab", buffering=0) as file:
        file.write(line.encode())
        os.fsync(file.fileno())
    return row


def read(path: str | Path, name: str | None = None) -> list[dict[str, Any]]:
    """The rows of ``path`` in the order of writing, only those called ``name`` if one is given.

    Raises UserError when the file is missing, or for a line that is no row, with its number.
    """
    path = Path(path)
    if not path.is_file():
        raise UserError(f"there is no record {path}: run the experiment that writes it first")
    rows = []
    lines = path.read_text(encoding="utf-8").removesuffix("\n").split("\n")  # splitlines would split inside strings
    for number, line in enumerate(lines, start=1):
        try:
            row = json.loads(line)
        except json.JSONDecodeError as error:
            raise UserError(f"{path}, line {number} is no JSON ({error.msg}): mend or delete that line") from error
        missing = [field for field in FIELDS if field not in row] if isinstance(row, dict) else list(FIELDS)
        if missing:
            raise UserError(
                f"{path}, line {number} is no record, it lacks {', '.join(missing)}: mend or delete that line"
            )
        rows.append(row)
    return rows if name is None else [row for row in rows if row["name"] == name]


def describe_device(device: str | torch.device) -> str:
    """A device in words for a table: "cpu, 1 thread", or the name of the GPU."""
    device = torch.device(device)
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    if device.type == "cpu":
        threads = torch.get_num_threads()
        return f"cpu, {threads} thread{'s' if threads != 1 else ''}"
    return str(device)


def versions() -> dict[str, str]:
    """The versions that a result depends on."""
    return {
        "python": platform.python_version(),
        "torch": torch.__version__,
        "numpy": np.__version__,
        "ganlab": __version__,
    }


def commit(folder: str | Path | None = None) -> str | None:
    """Short hash of HEAD of the repository that holds the package, "-dirty" added when its tree has changes.

    None where there is no repository or no git.
    """
    folder = Path(__file__).parent if folder is None else Path(folder)

    def git(*arguments: str) -> str | None:
        try:
            done = subprocess.run(
                ["git", "-C", str(folder), *arguments], capture_output=True, text=True, timeout=20, check=False
            )
        except (OSError, subprocess.TimeoutExpired):
            return None
        return done.stdout.strip() if done.returncode == 0 else None

    # An installed copy may lie inside some other repository (a virtual environment in a project): not ours to name.
    if not git("ls-files", "--", "."):
        return None
    head = git("rev-parse", "--short", "HEAD")
    return head and (f"{head}-dirty" if git("status", "--porcelain") else head)


def _plain(value: Any, where: str) -> Any:
    """The value as JSON types; raises UserError with the place of what JSON cannot hold."""
    if isinstance(value, torch.Tensor | np.ndarray | np.generic):
        value = value.tolist()
    if isinstance(value, Mapping):
        return {str(key): _plain(item, f"{where}.{key}") for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item, f"{where}[{place}]") for place, item in enumerate(value)]
    if isinstance(value, float) and not math.isfinite(value):
        raise UserError(f"{where} is {value}: a record holds finite numbers only, so find out where it comes from")
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise UserError(f"{where} is a {type(value).__name__}: record numbers, strings, and lists or mappings of them")
