"""Range mismatch: real pixels in [0, 1], generated ones in [-1, 1], and losses that look better than usual.

Source: the second document's listing (`ToTensor` with a `Tanh` generator). Lesson: 14 The MLP GAN on MNIST.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import softplus

from ganlab import data
from ganlab.museum.kit import adam, descend, mlp
from ganlab.museum.piece import Curve, Limits, Log, Piece, Run


def scaled(pixels: Tensor) -> Tensor:
    """Pixels 0..255 as the numbers that D is shown."""
    return pixels / 127.5 - 1


def train(rng: torch.Generator, steps: int) -> Run:
    """A GAN on the digits whose generator ends in tanh."""
    digits = scaled(data.to_uint8(data.load("digits").floats()).float())
    G = mlp(32, 128, 64, last=nn.Sequential(nn.Tanh(), nn.Unflatten(1, (1, 8, 8))))
    D = nn.Sequential(nn.Flatten(), mlp(64, 128, 1))
    opt_G, opt_D = adam(G, 1e-3), adam(D, 1e-3)
    log = Log(steps)
    for step in range(steps):
        real, fake = digits[torch.randint(len(digits), (64,))], G(torch.randn(64, 32))
        loss_D = softplus(-D(real)).mean() + softplus(D(fake.detach())).mean()
        descend(opt_D, loss_D)
        loss_G = softplus(-D(fake)).mean()
        descend(opt_G, loss_G)
        if log.due(step):
            log.note(step, loss_D=loss_D, loss_G=loss_G, impossible=(fake < digits.min()).float().mean())
    samples = G(torch.randn(500, 32)).detach()
    return Run(log.rows, digits[:16], samples[:16], float((samples < digits.min()).float().mean()))


PIECE = Piece(
    title="Range mismatch",
    mistake="return pixels / 255",
    cure="return pixels / 127.5 - 1",
    story="The data are scaled to [0, 1], and G ends in tanh, which reaches from −1 to 1. Training runs, the "
    "losses look healthy, and a good part of the generated pixels has values that no real pixel can have.",
    symptoms=(
        "The losses show nothing.",
        "The background of the samples is grey noise, where the data have an exact 0.",
        "A histogram of pixels: the generated ones reach below the smallest real one.",
    ),
    diagnosis="To draw a black background G has to hit 0, the steepest place of tanh, in every pixel. With data "
    "in [−1, 1] it only has to saturate, which is easy.",
    remedy="Bring the data to the generator's range: v / 127.5 − 1 for pixels 0 to 255 and a tanh.",
    observable="share of generated pixels below the smallest real pixel",
    limits=Limits(
        0.05,
        0.0,
        "a value that no real image has is wrong wherever it is, and a tanh cannot leave the range of data that "
        "fill [−1, 1]",
    ),
    telltale=Curve("impossible", "impossible pixels", ends=(0, 1)),
    alt="Left, sick: quiet losses, a fifth or more of the pixels impossible, and digits on a grey, noisy ground. "
    "Right, healthy: much the same losses, no impossible pixel, and digits on black.",
    source="a document's listing with ToTensor and Tanh (L2-3)",
    lesson="14",
    steps=1000,
    short=300,
)
