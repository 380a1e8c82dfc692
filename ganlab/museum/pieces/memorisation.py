"""Memorisation: with ten pictures to learn from, G gives back these ten.

Source: Karras et al. 2020; Arora et al. 2018 (how to notice). Lesson: 13 Evaluation.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import softplus

from ganlab import data
from ganlab.museum.kit import adam, descend, mlp
from ganlab.museum.piece import Curve, Limits, Log, Piece, Run

IMAGES = 500


def train(rng: torch.Generator, steps: int) -> Run:
    """A GAN on the first so many digits, and as many others to compare with."""
    train_set, held_out = (data.load("digits", split=split).floats()[:IMAGES] for split in ("train", "test"))
    G = mlp(16, 128, 128, 64, last=nn.Sequential(nn.Tanh(), nn.Unflatten(1, (1, 8, 8))))
    D = nn.Sequential(nn.Flatten(), mlp(64, 128, 128, 1))
    opt_G, opt_D = adam(G, 2e-3), adam(D, 2e-3)
    log = Log(steps)
    for step in range(steps):
        real, fake = train_set[torch.randint(len(train_set), (64,))], G(torch.randn(64, 16))
        loss_D = softplus(-D(real)).mean() + softplus(D(fake.detach())).mean()
        descend(opt_D, loss_D)
        loss_G = softplus(-D(fake)).mean()
        descend(opt_G, loss_G)
        if log.due(step):
            log.note(step, loss_D=loss_D, loss_G=loss_G, copies=nearness(G, train_set, held_out))
    return Run(log.rows, train_set[:16], G(torch.randn(16, 16)).detach(), log.rows[-1]["copies"])


@torch.no_grad()
def nearness(G: nn.Module, train_set: Tensor, held_out: Tensor) -> Tensor:
    """Median distance of fakes to their nearest training image, over that to their nearest unseen one."""
    fake = G(torch.randn(200, 16)).flatten(1)
    to_train, to_held_out = (torch.cdist(fake, x.flatten(1)).amin(1).median() for x in (train_set, held_out))
    return to_train / to_held_out


PIECE = Piece(
    title="Memorisation",
    mistake="IMAGES = 10",
    cure="IMAGES = 500",
    story="Ten digits to learn from. The samples soon look better than those of any other run of this size, "
    "because they are the ten digits. Ask for a new one, and you get an old one.",
    symptoms=(
        "Samples look sharp early, and the same few pictures return.",
        "They lie far nearer to training images than to as many unseen images of the same kind.",
        "Losses and pictures alone cannot tell it from success: compare with the training set.",
    ),
    diagnosis="The law of the training data is ten points, and a GAN that learns this law perfectly copies. "
    "Nothing in the game knows that other digits exist.",
    remedy="More data, and a nearest-neighbour comparison with held-out images in every report.",
    observable="median distance of a sample to its nearest training image, over that to its nearest unseen image",
    limits=Limits(
        0.6,
        0.8,
        "1 means no nearer to the training images than to as many unseen ones; at 0.6 a sample is nearly twice as "
        "close to a training image",
    ),
    telltale=Curve("copies", "distance, training / unseen", level=1.0, level_label="no nearer than to unseen"),
    alt="Left, sick: the ratio of distances falls far below one, and the sheet shows clear digits, several of "
    "them alike. Right, healthy: the ratio stays at one, and the sheet shows rougher digits, all different.",
    source="Arora et al. 2018; Karras et al. 2020",
    lesson="13",
    steps=1500,
    short=900,
)
