"""Prove the checks of every exercise: ``python notebooks/exercises/prove.py``, from anywhere. Status 1 on any fault.

The counts of every lesson without a fault go to book/records/exercises.jsonl, one row a task, from which the page "How
the checks are checked" is made; where they are what is recorded already, the file stays as it is.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from ganlab import assign, experiments
from ganlab.assign.proof import FATES, Proof, TaskProof, prove

ROOT = Path(__file__).resolve().parents[2]
RECORD = ROOT / "book" / "records" / "exercises.jsonl"


def sources() -> list[Path]:
    """The source of every assignment, in the order of the lessons."""
    return sorted((ROOT / assign.BANK).glob("[0-9][0-9]-*.py"))


def counts(task: TaskProof) -> dict[str, Any]:
    """What is recorded of a task: answers that met their fate, mutants by theirs, and those that an error stopped."""
    made = {"right": task.right, "wrong": task.wrong, "mutants": len(task.mutants)}
    return made | {fate: task.count(fate) for fate in FATES} | {"stopped": task.stopped}


def recorded() -> dict[str, dict[str, Any]]:
    """The counts on file, by task."""
    return {row["name"]: row["values"] for row in experiments.read(RECORD)} if RECORD.exists() else {}


def publish(proofs: list[Proof]) -> bool:
    """Write the counts of all tasks in the place of those on file; False where they are the same."""
    fresh = {task.id: counts(task) for proof in proofs for task in proof.tasks}
    if fresh == recorded():
        return False
    RECORD.unlink(missing_ok=True)
    for task, values in fresh.items():
        config = {"assignment": next(proof.name for proof in proofs if task[:2] == proof.name[:2]), "variant": None}
        experiments.record(RECORD, task, values, seed=0, config=config, size="normal", device="cpu")
    return True


def main() -> int:
    """Prove all, print each table, and publish those without a fault."""
    proofs = [prove(assign.load(str(path))) for path in sources()]
    for proof in proofs:
        print(proof.text(), end="\n\n")
    faultless = [proof for proof in proofs if not proof.faults]
    print(
        f"{RECORD.name}: {'written' if publish(faultless) else 'as it was'}, {len(faultless)} of {len(proofs)} lessons"
    )
    return 0 if faultless == proofs else 1


if __name__ == "__main__":
    sys.exit(main())
