"""Forgotten zero_grad: every update follows the sum of all gradients so far.

Source: the first document's listing, whose gradients are never cleared. Lesson: 10 The training loop, line by line.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import softplus

from ganlab import data
from ganlab.museum.kit import adam, gradient_norm, mlp
from ganlab.museum.piece import Curve, Limits, Log, Piece, Run


def descend(optimiser: torch.optim.Optimizer, loss: Tensor) -> None:
    """One update."""
    optimiser.zero_grad()
    loss.backward()
    optimiser.step()


def train(rng: torch.Generator, steps: int) -> Run:
    """A GAN on the digits."""
    digits = data.load("digits").floats()
    G = mlp(32, 64, 64, 64, last=nn.Sequential(nn.Tanh(), nn.Unflatten(1, (1, 8, 8))))
    D = nn.Sequential(nn.Flatten(), mlp(64, 64, 64, 1))
    opt_G, opt_D = adam(G, 3e-4, (0.5, 0.999)), adam(D, 3e-4, (0.5, 0.999))
    log = Log(steps)
    for step in range(steps):
        real, fake = digits[torch.randint(len(digits), (64,))], G(torch.randn(64, 32))
        loss_D = softplus(-D(real)).mean() + softplus(D(fake.detach())).mean()
        descend(opt_D, loss_D)
        held = gradient_norm(D)
        loss_G = softplus(-D(fake)).mean()
        descend(opt_G, loss_G)
        if log.due(step):
            log.note(step, loss_D=loss_D, loss_G=loss_G, gradient=held)
    samples = G(torch.randn(500, 32)).detach()
    spread = samples.std(0).mean() / digits.std(0).mean()
    return Run(log.rows, digits[:16], samples[:16], float(spread))


PIECE = Piece(
    title="Forgotten zero_grad",
    mistake="",
    cure="optimiser.zero_grad()",
    story="One line is missing, nothing is raised, and the losses move. Each update now follows the sum of all "
    "gradients since the beginning. G ends with one picture for every noise.",
    symptoms=(
        "The gradient that an update follows grows a hundredfold within some hundred steps; it is a sum.",
        "All samples are the same picture.",
        "The losses swing against each other, widely and regularly: an old sum takes long to turn round.",
    ),
    diagnosis="backward() adds to what the weights hold. Without clearing, the newest gradient is one part in "
    "hundreds of what the optimiser sees.",
    remedy="Clear before each backward pass: optimiser.zero_grad().",
    observable="spread of the samples' pixels, as a share of the spread of the data's",
    limits=Limits(
        0.1,
        0.3,
        "below a tenth, sixteen samples look like one picture; a sound run has a third of the data's spread early "
        "on and all of it later",
    ),
    telltale=Curve("gradient", "|gradient D follows|", log=True),
    alt="Left, sick: the losses swing widely against each other, the norm of the gradient that D follows grows by "
    "two decades, and all sixteen samples are one picture. Right, healthy: losses that drift apart, a gradient "
    "that stays below ten, and sixteen different digits in the making.",
    source="a document's listing in which no gradient is ever cleared (L0-11)",
    lesson="10",
    steps=1000,
    short=600,
)
