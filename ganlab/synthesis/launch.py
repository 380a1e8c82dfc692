"""From the words of the command line to a study: which data, which plan, which generator.

Lesson: 18 Does synthetic data help?
"""

from __future__ import annotations

import os
from dataclasses import asdict
from pathlib import Path

from ganlab.errors import UserError
from ganlab.layers import Moves
from ganlab.synthesis.conditional import Conditional
from ganlab.synthesis.split import prepare
from ganlab.synthesis.study import Plan, Study
from ganlab.synthesis.tasknet import Budget

STEPS = {"quick": 600, "usual": 1500}


def open_study(
    name: str | os.PathLike[str],
    out: str | Path,
    *,
    labels: int | None = None,
    seeds: int | None = None,
    ratios: tuple[float, ...] | None = None,
    size: int | None = None,
    keep_by: str = "classifier",
    flip: bool = False,
    worth: float = 0.01,
    generator_steps: int | None = None,
    quick: bool = False,
) -> Study:
    """A study of a data set or folder, ready to run. ``quick`` has 3 seeds, two ratios and short trainings.

    Raises UserError for data and settings that no study can be made of.
    """
    plan = Plan(
        labels=labels,
        seeds=seeds if seeds is not None else 3 if quick else Plan.seeds,
        ratios=ratios or ((1.0, 5.0) if quick else Plan.ratios),
        keep_by=keep_by,
        worth=worth,
        budget=Budget(steps=150) if quick else Budget(),
        moves=Moves(flip=flip),
    )
    maker = Conditional(generator_steps or STEPS["quick" if quick else "usual"])
    return Study(prepare(name, size), plan, maker, out, {"size": size, "generator": asdict(maker)})


def parse_ratios(text: str) -> tuple[float, ...]:
    """ "0.5,1,2" -> (0.5, 1.0, 2.0), in order and each once. Raises UserError for anything else."""
    try:
        return tuple(sorted({float(part) for part in text.split(",")}))
    except ValueError:
        raise UserError(f"--ratio takes numbers with commas between them, such as 0.5,1,2, not {text!r}") from None


def spoken(seconds: float) -> str:
    """A duration as one says it: "40 seconds", "3 minutes", "2 hours"."""
    for unit, length, most in (("second", 1, 90), ("minute", 60, 90 * 60), ("hour", 3600, float("inf"))):
        if seconds < most:
            count = max(1, round(seconds / length))
            return f"{count} {unit}{'s' if count != 1 else ''}"
    raise AssertionError
