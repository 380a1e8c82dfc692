"""Swapped labels: D is taught that real is fake, and G, who asks for "real", gets it for free.

Source: the documents' losses with a wrong sign (errors R2 and R6). Lesson: 10 The training loop, line by line.
"""

from __future__ import annotations

import math

import torch
from torch.nn.functional import softplus

from ganlab.data.mixtures import ring
from ganlab.museum.kit import adam, descend, mlp
from ganlab.museum.piece import Curve, Limits, Log, Piece, Run

LAW = ring(modes=8, std=0.1)
TWO_LOG_TWO = 2 * math.log(2)


def train(rng: torch.Generator, steps: int) -> Run:
    """A GAN on eight Gaussians on a ring."""
    G, D = mlp(2, 64, 64, 2), mlp(2, 64, 64, 1)
    opt_G, opt_D = adam(G, 1e-3), adam(D, 1e-3)
    log = Log(steps)
    for step in range(steps):
        real, _mode = LAW.sample(128, rng)
        fake = G(torch.randn(128, 2))
        s_real, s_fake = D(real), D(fake.detach())
        loss_D = softplus(-s_real).mean() + softplus(s_fake).mean()
        least = loss_D.detach() + softplus(-s_fake.detach()).mean()
        descend(opt_D, loss_D)
        loss_G = softplus(-D(fake)).mean()
        descend(opt_G, loss_G)
        if log.due(step):
            log.note(step, loss_D=loss_D, loss_G=loss_G, both=least)
    return Run(log.rows, LAW.sample(400, rng)[0], G(torch.randn(400, 2)).detach(), log.rows[-1]["both"])


PIECE = Piece(
    title="Swapped labels",
    mistake="loss_D = softplus(s_real).mean() + softplus(-s_fake).mean()",
    cure="loss_D = softplus(-s_real).mean() + softplus(s_fake).mean()",
    story='D is taught to call real points fake and fakes real; G goes on asking for "real". Both get what they '
    "want, and the samples leave the data for good.",
    symptoms=(
        "Both losses fall to zero together. Opponents cannot both win.",
        "D says 1 of fakes and 0 of data: print the two means once.",
        "The samples run away from the data.",
    ),
    diagnosis="For a fake with score s, D pays softplus(s) and G pays softplus(−s), which is at least 2 log 2 = "
    "1.386 in sum. A sum of the two losses below 1.386 means that they no longer play against each other.",
    remedy="Real is 1 and fake is 0 in D's loss; G's loss asks for 1.",
    observable="sum of both losses on the same fakes with the same D",
    limits=Limits(
        TWO_LOG_TWO,
        TWO_LOG_TWO,
        "opponents pay 2 log 2 or more between them, whatever D is",
    ),
    telltale=Curve("both", "loss of D + loss of G", level=TWO_LOG_TWO, level_label="2 log 2"),
    alt="Left, sick: both losses fall to zero together, their sum far below the line at 2 log 2, and the samples "
    "lie far away from the ring. Right, healthy: the losses stay apart, their sum above the line, and the samples "
    "lie on the ring.",
    source="the documents' losses with a wrong sign (R2, R6)",
    lesson="10",
    steps=400,
    short=200,
)
