"""Discriminator overfitting: D learns a hundred digits by heart and calls every other real digit a fake.

Source: Karras et al. 2020, "Training GANs with limited data", section 2; Zhao et al. 2020 (DiffAugment).
Lesson: 11 Failures and stabilisers.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import softplus

from ganlab import data
from ganlab.museum.kit import adam, descend, mlp
from ganlab.museum.piece import Curve, Limits, Log, Piece, Run


def seen(x: Tensor) -> Tensor:
    """What D is shown of images (N, 1, 8, 8), real or generated: moved by up to two pixels, with gradients."""
    return moved(x)


def moved(x: Tensor) -> Tensor:
    """Each image moved by -2 to 2 pixels along both axes, black coming in."""
    framed = nn.functional.pad(x, (2, 2, 2, 2), value=-1.0)
    rows, columns = torch.randint(0, 5, (2, len(x), 1)) + torch.arange(8)
    return framed[torch.arange(len(x))[:, None, None], 0, rows[:, :, None], columns[:, None, :]].unsqueeze(1)


def train(rng: torch.Generator, steps: int) -> Run:
    """A GAN on 100 digits; others are held out."""
    train_set, held_out = data.load("digits").floats()[:100], data.load("digits", split="test").floats()[:100]
    G = mlp(32, 128, 64, last=nn.Sequential(nn.Tanh(), nn.Unflatten(1, (1, 8, 8))))
    D = nn.Sequential(nn.Flatten(), mlp(64, 256, 256, 1))
    opt_G, opt_D = adam(G, 1e-3), adam(D, 1e-3)
    log = Log(steps)
    for step in range(steps):
        real, fake = train_set[torch.randint(100, (64,))], G(torch.randn(64, 32))
        loss_D = softplus(-D(seen(real))).mean() + softplus(D(seen(fake.detach()))).mean()
        descend(opt_D, loss_D)
        loss_G = softplus(-D(seen(fake))).mean()
        descend(opt_G, loss_G)
        if log.due(step):
            log.note(step, loss_D=loss_D, loss_G=loss_G, by_heart=by_heart(D, G, train_set, held_out))
    late = [row["by_heart"] for row in log.rows[-len(log.rows) // 4 :]]
    samples = G(torch.randn(16, 32)).detach()
    return Run(log.rows, train_set[:16], samples, sum(late) / len(late))


@torch.no_grad()
def by_heart(D: nn.Module, G: nn.Module, train_set: Tensor, held_out: Tensor) -> Tensor:
    """Karras et al. 2020, eq. 1: where held-out digits score between training digits (0) and fakes (1)."""
    train, held, fake = (D(seen(x)).mean() for x in (train_set, held_out, G(torch.randn(100, 32))))
    return (train - held) / (train - fake)


PIECE = Piece(
    title="Discriminator overfitting",
    mistake="return x",
    cure="return moved(x)",
    story="A hundred digits and a large D. After a few hundred steps D knows them by heart: real digits that it "
    "has not seen score almost like fakes. From then on G learns what D remembers, not what digits look like.",
    symptoms=(
        "The loss of D lies low and that of G is high, as if D were simply good.",
        "Real digits that were held out score nearer to the fakes than to the training digits. No curve of the "
        "training set shows it.",
    ),
    diagnosis="D has far more weights than a hundred images can pin down, so it tells them apart one by one. What "
    "it says of other images is accident, and G follows the accident.",
    remedy="Show D real and generated images only after a random, differentiable change, here a shift by up to "
    "two pixels. More data helps too; it is no cure for a collapse.",
    observable="place of held-out digits between training digits (0) and fakes (1) in D's mean score, late in the run",
    limits=Limits(
        0.5,
        0.35,
        "above one half, an unseen real digit is nearer to the fakes than to the training digits; 0 would be a D "
        "that does not know its training set, and a hundred held-out digits differ a little by chance",
    ),
    telltale=Curve("by_heart", "held-out digits score", level=0.5, level_label="half-way to the fakes"),
    alt="Left, sick: D's loss low, G's loss high, and held-out digits that come to score half-way to the fakes "
    "and further. Right, healthy: losses that come to rest, and held-out digits that score nearly like the "
    "training digits. Below, sixteen generated digits of each run; neither sheet is good.",
    source='Karras et al. 2020, section 2 and eq. 1; Zhao et al. 2020; a document\'s remedy "more data" (R54)',
    lesson="11",
    steps=500,
    short=400,
)
