"""The game as pure functions: losses of logits, and penalties of (critic, real, fake)."""

from ganlab.objectives.losses import (
    OBJECTIVES,
    Objective,
    discriminator_probability,
    hinge,
    least_squares,
    minimax,
    non_saturating,
    relativistic,
    wasserstein,
)
from ganlab.objectives.penalties import (
    PENALTIES,
    Penalty,
    clip_weights,
    gradient_penalty,
    input_gradient,
    r1,
    r2,
    squared_norm,
)

__all__ = [
    "OBJECTIVES",
    "PENALTIES",
    "Objective",
    "Penalty",
    "clip_weights",
    "discriminator_probability",
    "gradient_penalty",
    "hinge",
    "input_gradient",
    "least_squares",
    "minimax",
    "non_saturating",
    "r1",
    "r2",
    "relativistic",
    "squared_norm",
    "wasserstein",
]
