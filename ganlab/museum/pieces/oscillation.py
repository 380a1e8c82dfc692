"""Oscillation: two players that answer each other without friction go round and round.

Source: Mescheder et al. 2018, sections 2 and 4 (the Dirac-GAN). Lesson: 09 The game.
"""

from __future__ import annotations

import torch
from torch import nn
from torch.nn.functional import softplus

from ganlab.museum.kit import descend
from ganlab.museum.piece import Curve, Limits, Log, Piece, Run
from ganlab.objectives import r1


def train(rng: torch.Generator, steps: int) -> Run:
    """A small cloud that G can only push about, and a D that can only tilt: s(x) = w x. The data lie at 0."""
    place = nn.Parameter(torch.tensor([1.5, 0.0]))
    D = nn.Linear(2, 1, bias=False)
    nn.init.normal_(D.weight)
    opt_G, opt_D = torch.optim.SGD([place], lr=0.1), torch.optim.SGD(D.parameters(), lr=0.1)
    log, far = Log(steps), []
    for step in range(steps):
        real = 0.1 * torch.randn(128, 2)
        fake = place + 0.1 * torch.randn(128, 2)
        loss_D = softplus(-D(real)).mean() + softplus(D(fake.detach())).mean()
        descend(opt_D, loss_D + r1(D, real))
        loss_G = -softplus(D(fake)).mean()
        descend(opt_G, loss_G)
        far.append(float(place.detach().norm()))
        if log.due(step):
            log.note(step, loss_D=loss_D, loss_G=loss_G, distance=far[-1], x1=place[0], x2=place[1])
    samples = place.detach() + 0.1 * torch.randn(400, 2)
    last = far[-len(far) // 4 :]
    return Run(log.rows, 0.1 * torch.randn(400, 2), samples, sum(last) / len(last) / 1.5)


PIECE = Piece(
    title="Oscillation",
    mistake="descend(opt_D, loss_D)",
    cure="descend(opt_D, loss_D + r1(D, real))",
    story="G pushes a small cloud of points about, D tilts a plane. D tilts against the cloud, the cloud flees, "
    "overshoots the data, D tilts the other way. Nothing explodes, and nothing arrives.",
    symptoms=(
        "Losses swing with a steady period and hardly shrink.",
        "The samples of two checkpoints are equally bad, in different places.",
        "The distance to the data falls to almost nothing again and again: a checkpoint there was luck.",
    ),
    diagnosis="Near the equilibrium the game is a rotation: the eigenvalues of its flow are ±i/2. The players "
    "have next to no friction of their own, so the distance from the equilibrium stays.",
    remedy="Friction for D: R1, half the squared slope of D at the data, moves the eigenvalues to the left.",
    observable="mean distance of the cloud from the data over the last quarter, as a share of the first distance",
    limits=Limits(
        0.3,
        0.1,
        "a circle seen from the side has a mean of 0.64 of its radius, half of that is a circle with half its "
        "radius left; R1 with weight 1 shrinks it by exp(−t/2) in the time t",
    ),
    telltale=Curve("distance", "distance from the data"),
    alt="Left, sick: both losses swing like waves that hardly shrink, the distance rises and falls for ever, and "
    "the cloud of samples stands beside the data. Right, healthy: the losses come to rest, the distance goes to "
    "zero, and the cloud lies on the data.",
    source="Mescheder et al. 2018, sections 2 and 4",
    lesson="09",
    steps=800,
    short=400,
)
