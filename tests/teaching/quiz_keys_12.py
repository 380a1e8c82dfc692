"""The numbers that the quiz of lesson 12 asks for, and where its known mistakes lead."""

from __future__ import annotations

import math

from ganlab.data import info

TRAIN, HELD_OUT, FAKE = 1.4, 0.2, -0.9


def _lines(batches: float) -> float:
    return 100 * batches


def _batches() -> float:
    return info("mnist").train / 64


NUMBERS = {"12/gap": lambda: TRAIN - HELD_OUT, "12/prints": lambda: _lines(math.ceil(_batches()))}
MISTAKES = {
    "12/gap": lambda: {TRAIN - FAKE, HELD_OUT - FAKE, HELD_OUT - TRAIN},
    "12/prints": lambda: {_lines(math.floor(_batches())), _lines(_batches()), 2 * _lines(math.ceil(_batches()))},
}
