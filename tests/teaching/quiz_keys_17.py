"""The numbers that the quiz of lesson 17 asks for, and where its known mistakes lead."""

from __future__ import annotations

import torch

from ganlab.metrics import label_fidelity


def _deaf(classes: int, shares: tuple[float, ...]) -> float:
    """Every request beside every drawn class, as often as the two meet by chance."""
    drawn = torch.eye(classes)[torch.arange(classes).repeat_interleave(torch.tensor([int(100 * s) for s in shares]))]
    return sum(label_fidelity(drawn, torch.full((len(drawn),), asked)) for asked in range(classes)) / classes


def _struck(share: float, classes: int = 10) -> float:
    """Ten labels drawn anew, one of each class, and those that were left alone, for one true class."""
    left = round(classes * (1 - share) / share)
    shown = torch.cat([torch.zeros(left, dtype=torch.int64), torch.arange(classes)])
    return label_fidelity(torch.eye(classes)[shown], torch.zeros(len(shown), dtype=torch.int64))


NUMBERS = {"17/floor-of-five": lambda: _deaf(5, (0.5, 0.2, 0.1, 0.1, 0.1)), "17/struck-labels": lambda: _struck(0.2)}
MISTAKES = {
    "17/floor-of-five": lambda: {0.0, 0.1},
    "17/struck-labels": lambda: {1 - 0.2, 1.0, 0.9 * 0.2},
}
