"""Vanishing generator gradient: the better D becomes, the less the saturating loss lets G feel.

Source: Goodfellow et al. 2014, section 3; Arjovsky and Bottou 2017, section 2. Lesson: 06 What the generator feels.
"""

from __future__ import annotations

import torch
from torch.nn.functional import softplus

from ganlab.museum.kit import adam, descend, gradient_norm, mlp
from ganlab.museum.piece import Curve, Limits, Log, Piece, Run

PLACE = torch.tensor([4.0, 0.0])


def train(rng: torch.Generator, steps: int) -> Run:
    """One cloud of points to be reached from afar. D learns alone for the first third, then G may move."""
    G, D = mlp(2, 64, 64, 2), mlp(2, 64, 64, 1)
    opt_G, opt_D = torch.optim.SGD(G.parameters(), lr=0.01), adam(D, 5e-3)
    log = Log(steps)
    for step in range(steps):
        real, fake = PLACE + 0.5 * torch.randn(64, 2), G(torch.randn(64, 2))
        loss_D = softplus(-D(real)).mean() + softplus(D(fake.detach())).mean()
        descend(opt_D, loss_D)
        s = D(fake)
        loss_G = softplus(-s).mean()
        opt_G.zero_grad()
        loss_G.backward()
        if step >= steps // 3:
            opt_G.step()
        if log.due(step):
            log.note(step, loss_D=loss_D, loss_G=loss_G, gradient=gradient_norm(G))
    samples = G(torch.randn(400, 2)).detach()
    gap = (samples.mean(0) - PLACE).norm() / PLACE.norm()
    return Run(log.rows, PLACE + 0.5 * torch.randn(400, 2), samples, float(gap))


PIECE = Piece(
    title="Vanishing generator gradient",
    mistake="loss_G = -softplus(s).mean()",
    cure="loss_G = softplus(-s).mean()",
    story="D has learned first, as theory asks of it, and G minimises log(1 − D(G(z))), as the value function "
    "says. G does not move.",
    symptoms=(
        "The loss of D falls to zero and stays there.",
        "The norm of G's gradient falls by decades while the samples are still far away.",
        "The loss of G rests at zero: log(1 − D) is flat where D rejects.",
    ),
    diagnosis="The slope of log(1 − D) by the score is −D. Where D rejects a fake, D is nearly 0, and so is the "
    "gradient, however wrong the fake is. The slope of −log D is D − 1: nearly −1 at the same place.",
    remedy="The non-saturating loss, −log D(G(z)): the same aim, and a slope where the fakes are rejected.",
    observable="distance of the samples' mean from the data's, as a share of the whole way",
    limits=Limits(
        0.8,
        0.2,
        "a run that has gone less than a fifth of the way has not learned, one that has less than a fifth left has",
    ),
    telltale=Curve("gradient", "|gradient of G|", log=True),
    alt="Left, sick: D's loss goes to zero, the gradient norm of G falls by several decades, and the samples stay "
    "where they began, far from the data. Right, healthy: G's loss climbs while G waits and falls when it moves, "
    "the gradient is large where it is needed, and the samples lie by the data.",
    source="Goodfellow et al. 2014, section 3; Arjovsky and Bottou 2017, section 2",
    lesson="06",
    steps=750,
    short=600,
)
