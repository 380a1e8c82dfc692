"""Trained generators with their cards: weights that cannot run code, and where they came from.

``load("dcgan-mnist")`` or ``load("path/to/name")`` gives a generator; ``publish`` makes the two files from a run.
Lesson: 14 The MLP GAN on MNIST.
"""

from __future__ import annotations

import hashlib
import json
import platform
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load as from_safetensors
from safetensors.torch import save as to_safetensors

import ganlab
from ganlab.errors import UserError, unknown
from ganlab.files import write_atomically
from ganlab.training import RunFolder, TrainedGenerator, load_generator
from ganlab.training.checkpoint import load as load_checkpoint

WEIGHTS = Path(__file__).parent / "weights"


def names() -> list[str]:
    """The generators that ship with the package."""
    return sorted(path.stem for path in WEIGHTS.glob("*.json"))


def card(name: str) -> dict[str, Any]:
    """The card of a shipped generator, or of NAME.json at a path. Raises UserError for an unknown or broken one."""
    path = WEIGHTS / f"{name}.json"
    if not path.exists():
        path = _beside(Path(name), ".json")
        if not path.is_file():
            raise unknown("zoo entry", name, names())
    try:
        content = json.loads(path.read_text())
    except (json.JSONDecodeError, UnicodeDecodeError):
        raise UserError(f"{path} is not readable JSON: restore the card that came with the weights") from None
    if not isinstance(content, dict) or "sha256" not in content:
        raise UserError(f"{path} is not the card of a generator: it names no sha256 of its weights")
    return content | {"path": str(path)}


def load(name: str) -> TrainedGenerator:
    """A generator by its zoo name or by the path of its card. Raises UserError for altered or foreign weights."""
    entry = card(name)
    weights = _beside(Path(entry.pop("path")), ".safetensors")
    if not weights.exists():
        raise UserError(f"{weights} is missing: keep the weights beside their card")
    if hashlib.sha256(weights.read_bytes()).hexdigest() != entry["sha256"]:
        raise UserError(f"{weights} does not match the sha256 on its card: restore both files from one source")
    return load_generator(weights, entry)


def publish(
    run: str | Path, out: str | Path, *, command: str, metrics: dict[str, Any], half: bool = False
) -> dict[str, Any]:
    """Write OUT.safetensors and OUT.json from a run folder; return the card.

    ``half`` stores the weights as float16 (they are used as float32 again). ``command`` is the one that made the run.
    """
    folder, target = RunFolder(run), Path(out)
    config = folder.read_config()
    weights = folder.generator.read_bytes()
    if half:
        state = {k: v.half() if v.is_floating_point() else v for k, v in from_safetensors(weights).items()}
        weights = to_safetensors(state)
    steps = load_checkpoint(folder.checkpoint)["model"]["steps"]
    keys = (
        "model", "data", "shape", "classes", "objective", "penalty", "penalty_weight", "settings", "training",
        "machine",
    )  # fmt: skip
    entry = {
        "name": target.name, **{key: config[key] for key in keys if key in config}, "steps": steps, "command": command,
        "metrics": metrics, "sha256": hashlib.sha256(weights).hexdigest(), "bytes": len(weights),
        "stored": "float16" if half else "float32", "licence": "MIT",
        "versions": {"ganlab": ganlab.__version__, "torch": torch.__version__, "python": platform.python_version()},
    }  # fmt: skip
    write_atomically(_beside(target, ".safetensors"), weights)
    write_atomically(_beside(target, ".json"), (json.dumps(entry, indent=2) + "\n").encode())
    return entry


def _beside(path: Path, suffix: str) -> Path:
    """NAME plus a suffix, for NAME, NAME.json and NAME.safetensors alike; any other dot is part of the name."""
    stem = path.name.removesuffix(".json").removesuffix(".safetensors")
    return path.parent / f"{stem}{suffix}"
