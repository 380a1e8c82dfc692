"""Saturated sigmoid: the right loss, computed behind a sigmoid that has run out of digits.

Source: the second document's listing (its `Sigmoid` and `BCELoss`). Lesson: 10 The training loop, line by line.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from ganlab.museum.kit import adam, descend, mlp
from ganlab.museum.piece import Curve, Limits, Log, Piece, Run

PLACE = torch.tensor([4.0, 0.0])


def log_loss(s: Tensor, label: float) -> Tensor:
    """Cross entropy of scores (N, 1) with one label for all, 1 for real."""
    return functional.binary_cross_entropy_with_logits(s, torch.full_like(s, label))


def train(rng: torch.Generator, steps: int) -> Run:
    """D is warmed up on noise around 0. Then it meets a G whose first samples lie beyond the data."""
    G, D = mlp(2, 64, 64, 2), mlp(2, 64, 64, 1)
    opt_G, opt_D = adam(G, 2e-3), adam(D, 5e-3)
    for _ in range(200):
        descend(opt_D, log_loss(D(PLACE + 0.5 * torch.randn(64, 2)), 1.0) + log_loss(D(torch.randn(64, 2)), 0.0))
    [*G.parameters()][-1].data.copy_(3 * PLACE)
    log = Log(steps)
    for step in range(steps):
        real, fake = PLACE + 0.5 * torch.randn(64, 2), G(torch.randn(64, 2))
        s_fake = D(fake.detach())
        loss_D = log_loss(D(real), 1.0) + log_loss(s_fake, 0.0)
        if log.due(step):
            log.note(step, loss_D=loss_D, loss_G=log_loss(D(fake), 1.0), slope=slope(s_fake.detach()))
        descend(opt_D, loss_D)
        descend(opt_G, log_loss(D(fake), 1.0))
    samples = G(torch.randn(400, 2)).detach()
    return Run(log.rows, PLACE + 0.5 * torch.randn(400, 2), samples, log.rows[0]["slope"])


def slope(s: Tensor) -> float:
    """The slope of D's loss by its scores of fakes as autograd finds it, over the exact one, the mean of sigmoid(s)."""
    (found,) = torch.autograd.grad(log_loss(s.requires_grad_(), 0.0), s)
    return float(found.sum() / s.detach().double().sigmoid().mean())


PIECE = Piece(
    title="Saturated sigmoid",
    mistake="return functional.binary_cross_entropy(s.sigmoid(), torch.full_like(s, label))",
    cure="return functional.binary_cross_entropy_with_logits(s, torch.full_like(s, label))",
    story="A D that was warmed up on noise meets a G whose first samples lie beyond the data. D has never been "
    "there and is certain that they are real. It is told that they are not, 100 times as loud as usual, and "
    "learns nothing.",
    symptoms=(
        "The loss of D is flat at exactly 100, where PyTorch cuts the logarithm off.",
        "The loss of G is exactly 0, and no sample moves.",
        "The slope of D's loss is exactly zero at its worst mistakes.",
    ),
    diagnosis="From a score of 17 on, the sigmoid is 1 in single precision: 1 − D is exactly 0, its logarithm is "
    "cut off, and the gradient of a cut-off is 0. The exact slope there is 1.",
    remedy="Take the loss of the score itself (softplus, or BCEWithLogitsLoss); D ends without a sigmoid.",
    observable="slope of D's loss by its scores of fakes as computed, over the exact one, when G comes in",
    limits=Limits(
        0.01,
        0.99,
        "an exact computation gives 1, and a slope of a hundredth of it is none",
    ),
    telltale=Curve("slope", "slope, computed / exact", level=1.0, level_label="exact"),
    alt="Left, sick: the loss of D is a flat line at 100, that of G a flat line at 0, the computed slope is 0, "
    "and the samples stay far to the right of the data. Right, healthy: the loss of D falls at once, "
    "the slope is 1, and the samples come over to the data.",
    source="a document's listing with Sigmoid and BCELoss (L2-6); Goodfellow et al. 2014, section 3",
    lesson="10",
    steps=600,
    short=200,
)
