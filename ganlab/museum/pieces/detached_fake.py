"""G trained through a detached fake: the losses move, and G does not, by not one bit.

Source: a document's order of the lines, in which G's loss is taken on the fakes of D's half. Lesson: 10 The training
loop, line by line.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import softplus
from torch.nn.utils import parameters_to_vector as flat

from ganlab.data.mixtures import ring
from ganlab.museum.kit import adam, descend, mlp
from ganlab.museum.piece import Curve, Limits, Log, Piece, Run
from ganlab.objectives import r1, r2

LAW = ring(modes=8, std=0.1)


def train(rng: torch.Generator, steps: int) -> Run:
    """A GAN on eight Gaussians on a ring."""
    G, D = mlp(2, 64, 64, 2), mlp(2, 64, 64, 1)
    opt_G, opt_D = adam(G, 2e-3), adam(D, 2e-3)
    log, first = Log(steps), flat(G.parameters()).detach()
    for step in range(steps):
        real, _mode = LAW.sample(128, rng)
        fake = G(torch.randn(128, 2)).detach()
        penalty = 0.1 * (r1(D, real) + r2(D, fake))
        loss_D = softplus(-D(real)).mean() + softplus(D(fake)).mean()
        descend(opt_D, loss_D + penalty)
        fake = G(torch.randn(128, 2))
        loss_G = softplus(-D(fake)).mean()
        descend(opt_G, loss_G)
        if log.due(step):
            log.note(step, loss_D=loss_D, loss_G=loss_G, moved=change(first, G))
    return Run(log.rows, LAW.sample(400, rng)[0], G(torch.randn(400, 2)).detach(), change(first, G))


def change(first: Tensor, G: torch.nn.Module) -> float:
    """How far G's weights are from the first ones, as a share of their norm."""
    return float((flat(G.parameters()).detach() - first).norm() / first.norm())


PIECE = Piece(
    title="G trained through a detached fake",
    mistake="fake = G(torch.randn(128, 2)).detach()",
    cure="fake = G(torch.randn(128, 2))",
    story="G's loss is computed on a fake that has been cut off from G. The losses move, because D learns. G does "
    "not move by one bit, and no error is raised.",
    symptoms=(
        "The loss of D falls, that of G rises, and neither ever comes back: nobody answers.",
        "The weights of G after the run are the weights before it.",
        "Samples at step 1 and at the end are the same.",
    ),
    diagnosis="The backward pass stops at the detached fake. G's gradients stay None, and Adam skips a weight "
    "without a gradient silently. D's weights get gradients, so backward() does not complain.",
    remedy="Detach in D's half only; G's half needs the way back into G. Freezing D there makes the mistake loud.",
    observable="change of G's weights, as a share of their first norm",
    limits=Limits(
        0.0,
        0.01,
        "0 is to the bit; with Adam any gradient at all moves the weights by more than a hundredth",
    ),
    telltale=Curve("moved", "change of G's weights"),
    alt="Left, sick: D's loss falls and stays low, G's rises and stays high, the change of G's weights is a flat "
    "line at zero, and the samples are a small blob in the middle. Right, healthy: both losses come to rest, the "
    "weights move, and the samples lie around the ring.",
    source="a document's order of the lines, repaired until it runs",
    lesson="10",
    steps=300,
    short=100,
)
