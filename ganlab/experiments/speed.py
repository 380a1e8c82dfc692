"""Training speed as ratios to a plain loop over the same networks, from one interleaved run each.

Lesson: 35 Tools, reproducibility, deployment, outlook.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from ganlab.experiments.recorder import record
from ganlab.training.bench import benchmark

# The networks that the popular one-file scripts train, at their sizes; like them, G's step reuses D's fakes.
NETWORKS: dict[str, dict[str, Any]] = {
    "gan": {
        "model": "gan",
        "size": 28,
        "settings": {"g_widths": [128, 256, 512, 1024], "norm": "batch", "fresh_noise": False},
    },
    "dcgan-32": {
        "model": "dcgan",
        "size": 32,
        "settings": {
            "latent": 100,
            "upsampling": "nearest",
            "g_channels": [128, 128, 64],
            "d_channels": [16, 32, 64, 128],
            "dropout": 0.25,
        },
    },
}


def speed(out: str | Path, *, seed: int = 0, size: str | None = None) -> dict[str, Any]:
    """Time both reference networks, in float32 and in bfloat16, beside a plain loop; needs a machine at rest."""
    found = {}
    for name, network in NETWORKS.items():
        for precision in ("float32", "bfloat16"):
            result = benchmark(
                network["model"],
                "digits" if size == "small" else "mnist",
                batch_size=64,
                size=network["size"],
                settings=network["settings"],
                where="auto",
                precision=precision,
                rounds=1 if size == "small" else 7,
            )
            print(result.text())
            found[f"{name}-{precision}"] = result.to_dict()
            record(
                Path(out) / "records.jsonl",
                f"speed-{name}-{precision}",
                result.to_dict(),
                seed=seed,
                config=network,
                size=size or "normal",
                device="cpu" if result.device.startswith("CPU") else "cuda",
            )
    return found


EXPERIMENTS: dict[str, Callable[..., dict[str, Any]]] = {"speed": speed}
