"""The game as pure functions: losses of logits, and penalties of (critic, real, fake)."""

from ganlab.objectives.catalogue import CATALOGUE, table
from ganlab.objectives.clipping import clip_by_norm, gradient_norm
from ganlab.objectives.divergences import F_DIVERGENCES, FDivergence
from ganlab.objectives.energy import energy_based, pull_away
from ganlab.objectives.losses import (
    OBJECTIVES,
    Objective,
    discriminator_probability,
    hinge,
    least_squares,
    least_squares_coded,
    least_squares_pearson,
    minimax,
    non_saturating,
    relativistic,
    smoothed,
    wasserstein,
)
from ganlab.objectives.penalties import (
    PENALTIES,
    Penalty,
    clip_weights,
    dragan,
    gradient_penalty,
    input_gradient,
    instance_noise,
    r1,
    r2,
    squared_norm,
)
from ganlab.objectives.regularisers import REGULARISERS, regularisers
from ganlab.objectives.unrolling import unrolled

__all__ = [
    "CATALOGUE",
    "F_DIVERGENCES",
    "OBJECTIVES",
    "PENALTIES",
    "REGULARISERS",
    "FDivergence",
    "Objective",
    "Penalty",
    "clip_by_norm",
    "clip_weights",
    "discriminator_probability",
    "dragan",
    "energy_based",
    "gradient_norm",
    "gradient_penalty",
    "hinge",
    "input_gradient",
    "instance_noise",
    "least_squares",
    "least_squares_coded",
    "least_squares_pearson",
    "minimax",
    "non_saturating",
    "pull_away",
    "r1",
    "r2",
    "regularisers",
    "relativistic",
    "smoothed",
    "squared_norm",
    "table",
    "unrolled",
    "wasserstein",
]
