"""Mode collapse: a generator that runs ahead of its judge puts all it has where the judge looks away.

Source: Goodfellow et al. 2014, section 6 ("the Helvetica scenario"). Lesson: 11 Failures and stabilisers.
"""

from __future__ import annotations

import torch
from torch.nn.functional import softplus

from ganlab.data.mixtures import ring
from ganlab.metrics.modes import mode_counts
from ganlab.museum.kit import adam, descend, mlp
from ganlab.museum.piece import Curve, Limits, Log, Piece, Run
from ganlab.objectives import r1, r2

LAW = ring(modes=8, std=0.1)


def train(rng: torch.Generator, steps: int) -> Run:
    """A GAN on eight Gaussians on a ring, its discriminator held smooth by R1 and R2."""
    G, D = mlp(2, 64, 64, 2), mlp(2, 64, 64, 1)
    opt_G, opt_D = adam(G, 2e-3), adam(D, 2e-3)
    log = Log(steps)
    for step in range(steps):
        real, _mode = LAW.sample(128, rng)
        fake = G(torch.randn(128, 2)).detach()
        penalty = 0.1 * (r1(D, real) + r2(D, fake))
        loss_D = softplus(-D(real)).mean() + softplus(D(fake)).mean()
        descend(opt_D, loss_D + penalty)
        for _ in range(1):
            loss_G = softplus(-D(G(torch.randn(128, 2)))).mean()
            descend(opt_G, loss_G)
        if log.due(step):
            log.note(step, loss_D=loss_D, loss_G=loss_G, modes=covered(G))
    samples = G(torch.randn(2500, 2)).detach()
    return Run(log.rows, LAW.sample(400, rng)[0], samples[:400], float(mode_counts(samples, LAW).strict))


@torch.no_grad()
def covered(G: torch.nn.Module) -> int:
    """Modes with 20 or more of 2500 samples within three standard deviations."""
    return mode_counts(G(torch.randn(2500, 2)), LAW).strict


PIECE = Piece(
    title="Mode collapse",
    mistake="for _ in range(5):",
    cure="for _ in range(1):",
    story="Five updates of G for each of D. G finds the spot that the present D likes best and moves there with "
    "all its samples; D learns to reject the spot, and G moves on. All eight modes are in the data all the time.",
    symptoms=(
        "The samples sit in one clump, whatever noise goes in.",
        "The number of covered modes stays far below eight, and it need not be the same mode each time.",
        "The losses say nothing: after the first jumps they rest at 1.386 and 0.693, as they would for perfect "
        "samples.",
    ),
    diagnosis="Against a D that stands still, the best answer of G is a single point, the one with D's highest "
    "score. Only a D that answers at once punishes a clump before it forms.",
    remedy="Let D keep pace: one update of G for each of D. Both runs have a smooth D already (R1 and R2).",
    observable="modes with at least 20 of 2 500 samples within three standard deviations",
    limits=Limits(
        4,
        7,
        "half of the eight modes is a collapse by any name, and one mode may be missing in a sound run",
    ),
    telltale=Curve("modes", "modes covered", level=8, level_label="all 8", ends=(0, 8)),
    alt="Left, sick: losses that jump at first and then rest at 1.39 and 0.69, one mode covered, and all samples "
    "in one clump beside a ring of eight. Right, healthy: the same quiet losses, all eight modes covered early, "
    "and samples all around the ring.",
    source="Goodfellow et al. 2014, section 6, the Helvetica scenario",
    lesson="11",
    steps=600,
    short=250,
)
