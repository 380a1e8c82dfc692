"""The numbers that the quiz of lesson 07 asks for, and where its known mistakes lead."""

from __future__ import annotations

import torch

from ganlab.objectives import energy_based, hinge

REAL, FAKE, MARGIN = torch.tensor([0.05, 0.15]), torch.tensor([0.2, 0.5]), 0.3


def hinge_of_two_laws() -> float:
    """p and q on four points with total variation 1/4, and the best scores, sign(p - q)."""
    p, q = torch.tensor([1, 1, 1, 1]), torch.tensor([2, 1, 1, 0])
    score = (p - q).sign().float()
    return hinge.discriminator(score.repeat_interleave(p), score.repeat_interleave(q)).item()


NUMBERS = {
    "07/energy-loss": lambda: energy_based(MARGIN).discriminator(REAL, FAKE).item(),
    "07/hinge-loss": hinge_of_two_laws,
}
MISTAKES = {
    "07/energy-loss": lambda: {
        (REAL.mean() + MARGIN - FAKE.mean()).item(),
        (REAL.mean() + (MARGIN - FAKE).relu().sum()).item(),
        (REAL.mean() + FAKE.mean()).item(),
    },
    "07/hinge-loss": lambda: {2 - 0.25, 2 * 0.25, 1 - 0.25},
}
