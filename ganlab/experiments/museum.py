"""The runs behind the museum's pages and its quiz: every piece, sick and healthy, with what it measured and took.

``ganlab experiment run museum --out DIR --seed 0`` writes DIR/NAME-0.json, the curves and samples that the pages draw,
and a row for each piece into DIR/records.jsonl; ``--only NAME`` makes one piece. The files of seeds 0 (pages) and
1 (quiz) are kept in ``ganlab/museum/runs``. Lesson: 11 Failures and stabilisers.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ganlab import museum
from ganlab.experiments.parts import chosen
from ganlab.experiments.recorder import record


def museum_runs(out: str | Path, *, seed: int = 0, size: str | None = None, only: Sequence[str] = ()) -> dict[str, Any]:
    """Run every piece of the museum and its healthy twin; store their curves and samples."""
    size, folder, found = size or "normal", Path(out), {}
    for name in chosen("museum piece", museum.names(), only):
        piece = museum.piece(name)
        steps = piece.short if size == "small" else piece.steps
        began = time.process_time()
        sick, healthy = (museum.run(name, seed=seed, healthy=well, steps=steps) for well in (False, True))
        seconds = round(time.process_time() - began, 1)
        museum.store(folder, name, seed, sick, healthy)
        found[name] = {"sick": round(sick.value, 4), "healthy": round(healthy.value, 4), "cpu_seconds": seconds}
        print(f"{name}: {json.dumps(found[name])}")
        record(
            folder / "records.jsonl",
            name,
            found[name],
            seed=seed,
            config={"steps": steps, "mistake": piece.mistake, "cure": piece.cure},
            size=size,
            device="cpu",
        )
    return found


EXPERIMENTS = {"museum": museum_runs}
