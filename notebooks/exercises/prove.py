"""Prove the checks of the exercises: ``python notebooks/exercises/prove.py [NN ...]``, from anywhere. Status 1 on a fault.

The counts of every lesson without a fault go to book/records/exercises, a file a lesson with one row a task, from which
the page "How the checks are checked" is made; a file that holds these counts already stays as it is.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from ganlab import assign, experiments
from ganlab.assign.proof import FATES, Proof, TaskProof, prove

ROOT = Path(__file__).resolve().parents[2]
RECORDS = ROOT / "book" / "records" / "exercises"


def sources(numbers: list[str]) -> list[Path]:
    """The sources of these lessons, or of all, in the order of the lessons."""
    found = sorted((ROOT / assign.BANK).glob("[0-9][0-9]-*.py"))
    return [path for path in found if not numbers or path.name[:2] in numbers]


def counts(task: TaskProof) -> dict[str, Any]:
    """What is recorded of a task: answers that met their fate, mutants by theirs, and those that an error stopped."""
    made = {"right": task.right, "wrong": task.wrong, "mutants": len(task.mutants)}
    return made | {fate: task.count(fate) for fate in FATES} | {"stopped": task.stopped}


def recorded(name: str) -> dict[str, dict[str, Any]]:
    """The counts on file of a lesson's tasks."""
    path = RECORDS / f"{name}.jsonl"
    return {row["name"]: row["values"] for row in experiments.read(path)} if path.exists() else {}


def publish(proof: Proof) -> bool:
    """Write the counts of a lesson in the place of those on file; False where they are the same."""
    fresh = {task.id: counts(task) for task in proof.tasks}
    if fresh == recorded(proof.name):
        return False
    draft, config = RECORDS / f"{proof.name}.draft", {"assignment": proof.name, "variant": None}
    draft.unlink(missing_ok=True)
    for task, values in fresh.items():
        experiments.record(draft, task, values, seed=0, config=config, size="normal", device="cpu")
    draft.replace(RECORDS / f"{proof.name}.jsonl")
    return True


def main(numbers: list[str]) -> int:
    """Prove these lessons, or all, print each table, and publish those without a fault."""
    proofs = [prove(assign.load(str(path))) for path in sources(numbers)]
    for proof in proofs:
        print(proof.text(), end="\n\n")
    faultless = [proof for proof in proofs if not proof.faults]
    written = [proof.name for proof in faultless if publish(proof)]
    print(f"{len(faultless)} of {len(proofs)} lessons without a fault; counts written: {', '.join(written) or 'none'}")
    return 0 if faultless == proofs else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
