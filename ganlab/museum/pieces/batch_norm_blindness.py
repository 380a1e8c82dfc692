"""Batch-norm blindness: D normalises real and fake batches apart, and what it should see is gone.

Source: Ioffe and Szegedy 2015; Radford et al. 2016, section 3 (no batch norm at D's input). Lesson: 11 Failures and
stabilisers.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import softplus

from ganlab.museum.kit import adam, descend, mlp
from ganlab.museum.piece import Curve, Limits, Log, Piece, Run


def scores(D: nn.Module, real: Tensor, fake: Tensor) -> tuple[Tensor, Tensor]:
    """D's scores of a real and a generated batch, (N, 1) each."""
    s_real, s_fake = D(torch.cat([real, fake])).chunk(2)
    return s_real, s_fake


def train(rng: torch.Generator, steps: int) -> Run:
    """Data N(0, 1), fakes N(place, 1) from place 3. D learns alone for half the run, then G may move."""
    place = nn.Parameter(torch.tensor([3.0]))
    D = nn.Sequential(nn.BatchNorm1d(1), mlp(1, 32, 1))
    opt_G, opt_D = torch.optim.SGD([place], lr=0.1), adam(D, 5e-3)
    log = Log(steps)
    for step in range(steps):
        real, fake = torch.randn(256, 1), place + torch.randn(256, 1)
        s_real, s_fake = scores(D, real, fake.detach())
        loss_D = softplus(-s_real).mean() + softplus(s_fake).mean()
        descend(opt_D, loss_D)
        loss_G = softplus(-scores(D, real, fake)[1]).mean()
        if step >= steps // 2:
            descend(opt_G, loss_G)
        if log.due(step):
            accuracy = torch.cat([s_real > 0, s_fake < 0]).float().mean()
            log.note(step, loss_D=loss_D, loss_G=loss_G, accuracy=accuracy, place=place)
    return Run(log.rows, torch.randn(2000, 1), place.detach() + torch.randn(2000, 1), float(place.detach().abs()))


PIECE = Piece(
    title="Batch-norm blindness",
    mistake="s_real, s_fake = D(real), D(fake)",
    cure="s_real, s_fake = D(torch.cat([real, fake])).chunk(2)",
    story="The fakes lie three standard deviations beside the data, and D, whose first layer is batch "
    "normalisation, gets them in a batch of their own. It never finds out. For half of the run D learns alone; "
    "then G may move.",
    symptoms=(
        "The loss of D rests at 1.386 and its accuracy at one half from the first step on, as in an equilibrium.",
        "The samples are plainly wrong and do not move.",
        "In a sound run the accuracy was high first, and came down as the fakes came closer.",
    ),
    diagnosis="Batch normalisation takes the mean off each batch and divides by its spread. Apart, a real and a "
    "fake batch both arrive as mean 0 and spread 1: the difference is gone before D looks, and with it G's "
    "gradient.",
    remedy="Score real and fake samples in one batch, or leave batch normalisation off D's input, as DCGAN does.",
    observable="distance of the fakes' mean from the data's at the end, in standard deviations (3 at the start)",
    limits=Limits(
        2.5,
        0.5,
        "3 is where they began; at half a standard deviation the best D is right on 60 %",
    ),
    telltale=Curve("accuracy", "accuracy of D", level=0.5, level_label="a guess", ends=(0, 1)),
    alt="Left, sick: the losses rest at 1.39 and 0.69, D's accuracy at one half, and the generated histogram "
    "stands three units to the right of the real one. Right, healthy: D's accuracy is above nine tenths for the "
    "first half and falls to one half when G moves; the two histograms lie on each other.",
    source="Ioffe and Szegedy 2015, algorithm 1; Radford et al. 2016, section 3 (no batch norm at D's input)",
    lesson="11",
    steps=600,
    short=300,
)
