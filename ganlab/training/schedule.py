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


@dataclass(frozen=True)
class Geometric:
    """From ``start`` to ``end`` by the same factor in every one of ``steps`` steps, then constant; both positive.

    Where a quantity must fall by decades (a penalty's weight, when the law is narrow), each decade gets the same time.
    """

    start: float
    end: float
    steps: int

    def __call__(self, step: int) -> float:
        """The value for step number ``step``, counted from 0."""
        return self.end if step >= self.steps else self.start * (self.end / self.start) ** (step / self.steps)
