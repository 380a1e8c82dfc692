"""Prove the checks of the exercises: ``python notebooks/exercises/prove.py [NN ...]``, from anywhere. Status 1 on a fault.

The counts of every lesson without a fault go to book/records/exercises.jsonl, one row a task, from which the page "How
the checks are checked" is made; where they are what is recorded already, the file stays as it is.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from ganlab import assign, experiments
from ganlab.assign.proof import FATES, Proof, TaskProof, prove
from ganlab.files import write_atomically

ROOT = Path(__file__).resolve().parents[2]
RECORD = ROOT / "book" / "records" / "exercises.jsonl"


def sources(numbers: list[str]) -> list[Path]:
    """The sources of these lessons, or of all, in the order of the lessons."""
    found = sorted((ROOT / assign.BANK).glob("[0-9][0-9]-*.py"))
    return [path for path in found if not numbers or path.name[:2] in numbers]


def counts(task: TaskProof) -> dict[str, Any]:
    """What is recorded of a task: answers that met their fate, mutants by theirs, and those that an error stopped."""
    made = {"right": task.right, "wrong": task.wrong, "mutants": len(task.mutants)}
    return made | {fate: task.count(fate) for fate in FATES} | {"stopped": task.stopped}


def recorded(lessons: set[str] | None = None) -> dict[str, dict[str, Any]]:
    """The counts on file of these lessons, or of all, by task."""
    rows = experiments.read(RECORD) if RECORD.exists() else []
    return {row["name"]: row["values"] for row in rows if lessons is None or row["name"][:2] in lessons}


def publish(proofs: list[Proof]) -> bool:
    """Write the counts of these lessons in the place of those on file; False where they are the same."""
    fresh = {task.id: (counts(task), proof.name) for proof in proofs for task in proof.tasks}
    lessons = {proof.name[:2] for proof in proofs}
    if {task: values for task, (values, _) in fresh.items()} == recorded(lessons):
        return False
    rows = {row["name"]: row for row in experiments.read(RECORD)} if RECORD.exists() else {}
    for task, (values, name) in fresh.items():
        config = {"assignment": name, "variant": None}
        rows[task] = experiments.record(RECORD, task, values, seed=0, config=config, size="normal", device="cpu")
    kept = [rows[task] for task in sorted(rows) if task[:2] not in lessons or task in fresh]
    write_atomically(RECORD, "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in kept).encode())
    return True


def main(numbers: list[str]) -> int:
    """Prove these lessons, or all, print each table, and publish those without a fault."""
    proofs = [prove(assign.load(str(path))) for path in sources(numbers)]
    for proof in proofs:
        print(proof.text(), end="\n\n")
    faultless = [proof for proof in proofs if not proof.faults]
    print(
        f"{RECORD.name}: {'written' if publish(faultless) else 'as it was'}, {len(faultless)} of {len(proofs)} lessons"
    )
    return 0 if faultless == proofs else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
