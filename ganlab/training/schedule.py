"""Values that change during a run. Lesson: 32 R3GAN."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Cosine:
    """From ``start`` to ``end`` along half a cosine over ``steps`` steps, then constant.

    The length is the schedule's own and saved with the run: training longer than planned does not change the past.
    """

    start: float
    end: float
    steps: int

    def __call__(self, step: int) -> float:
        """The value for step number ``step``, counted from 0."""
        if step >= self.steps:
            return self.end
        return self.end + 0.5 * (self.start - self.end) * (1 + math.cos(math.pi * step / self.steps))
