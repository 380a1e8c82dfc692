"""Discriminator overfitting: D learns a hundred digits by heart and calls every other real digit a fake.

Karras et al. 2020, eq. 1, look for it with a ratio: how far the mean score of held-out images has moved from the
training images towards the fakes. Its denominator vanishes where fakes get good, which is where a sound run goes; so
here pairs are counted, as by who asks a D which images it was trained on (Hayes et al. 2019).

Source: Karras et al. 2020, "Training GANs with limited data", section 2; Zhao et al. 2020 (DiffAugment); Hayes et al.
2019 (LOGAN). Lesson: 11 Failures and stabilisers.
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
    """A GAN on 100 digits; 599 others are held out."""
    train_set, held_out = data.load("digits").floats()[:100], data.load("digits", split="test").floats()
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
            known, unseen, fakes = (D(seen(x)) for x in (train_set, held_out, G(torch.randn(100, 32))))
            pairs = {"by_heart": above(known, unseen), "judged": above(unseen, fakes)}
            log.note(step, loss_D=loss_D, loss_G=loss_G, **pairs)
    late = [row["by_heart"] for row in log.rows[-len(log.rows) // 4 :]]
    samples = G(torch.randn(16, 32)).detach()
    return Run(log.rows, train_set[:16], samples, sum(late) / len(late))


def above(high: Tensor, low: Tensor) -> Tensor:
    """In what share of pairs, one score of (N, 1) and one of (M, 1), the first is higher: the area under the ROC."""
    return (high > low.T).float().mean()


PIECE = Piece(
    title="Discriminator overfitting",
    mistake="return x",
    cure="return moved(x)",
    story="A hundred digits and a large D. After a few hundred steps D knows them by heart: real digits that it "
    "has not seen score almost like fakes. From then on G learns what D remembers, not what digits look like.",
    symptoms=(
        "The loss of D lies low and that of G is high, as if D were simply good.",
        "Of a training digit and a real one that was held out, D nearly always scores the training digit higher. No "
        "curve of the training set shows it.",
        "Held-out digits and fakes, though, are nearly one to D: the pairs between them are closer to a draw.",
    ),
    diagnosis="D has far more weights than a hundred images can pin down, so it tells them apart one by one. What "
    "it says of other images is accident, and G follows the accident.",
    remedy="Show D real and generated images only after a random, differentiable change, here a shift by up to "
    "two pixels. More data helps too; it is no cure for a collapse.",
    observable="share of pairs in which D scores a training digit above a held-out one, in the last quarter of the run",
    limits=Limits(
        0.75,
        0.6,
        "one half is a D that does not know its training set, give or take 0.03 by chance with 100 digits against "
        "599, and 0.6 is three times that away; 0.75 is half-way to a D that knows every one of them",
    ),
    telltale=Curve(
        "by_heart", "pairs: training above held-out", level=0.5, level_label="no difference", ends=(0.0, 1.0)
    ),
    alt="Left, sick: D's loss low, G's loss high, and training digits that come to score above held-out ones in "
    "nearly every pair. Right, healthy: losses that come to rest, and pairs that go either way, about one in two. "
    "Below, sixteen generated digits of each run; neither sheet is good.",
    source="Karras et al. 2020, section 2; Hayes et al. 2019 (pairs); Zhao et al. 2020 (the cure); a document's remedy "
    '"more data" (R54)',
    lesson="11",
    steps=600,
    short=500,
)
