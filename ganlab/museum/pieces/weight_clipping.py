"""Weight-clipping saturation: a critic whose weights all sit at the bound has next to no slope.

Source: Arjovsky et al. 2017, algorithm 1; Gulrajani et al. 2017, section 3. Lesson: 08 Wasserstein.
"""

from __future__ import annotations

import torch

from ganlab import objectives
from ganlab.data.mixtures import ring
from ganlab.museum.kit import adam, descend, mlp
from ganlab.museum.piece import Curve, Limits, Log, Piece, Run

LAW = ring(modes=8, std=0.1)


def train(rng: torch.Generator, steps: int) -> Run:
    """A Wasserstein GAN on eight Gaussians on a ring, three updates of the critic before each of G."""
    G, D = mlp(2, 64, 64, 2), mlp(2, 64, 64, 64, 1)
    opt_G, opt_D = adam(G, 5e-4, (0.0, 0.9)), adam(D, 2e-3, (0.0, 0.9))
    log = Log(steps)
    for step in range(steps):
        for _ in range(3):
            real, _mode = LAW.sample(128, rng)
            fake = G(torch.randn(128, 2)).detach()
            loss_D = D(fake).mean() - D(real).mean()
            descend(opt_D, loss_D + objectives.gradient_penalty(D, real, fake, rng))
        loss_G = -D(G(torch.randn(128, 2))).mean()
        descend(opt_G, loss_G)
        if log.due(step):
            log.note(step, loss_D=loss_D, loss_G=loss_G, slope=slope(D, real, fake))
    return Run(log.rows, real, G(torch.randn(400, 2)).detach(), log.rows[-1]["slope"])


def slope(D: torch.nn.Module, real: torch.Tensor, fake: torch.Tensor) -> float:
    """Mean norm of the critic's gradient between data and fakes, where W1's own critic has slope 1."""
    return float(objectives.input_gradient(D, (real + fake) / 2).norm(dim=1).mean().detach())


PIECE = Piece(
    title="Weight-clipping saturation",
    mistake="descend(opt_D, loss_D); objectives.clip_weights(D, 0.01)",
    cure="descend(opt_D, loss_D + objectives.gradient_penalty(D, real, fake, rng))",
    story="The first Wasserstein GAN kept its critic smooth by clipping every weight to 0.01. Four layers of such "
    "weights are smooth indeed: the critic is as good as flat, and what it reports is near zero from the first "
    "step to the last.",
    symptoms=(
        "Both losses lie on zero while the samples are plainly wrong.",
        "The slope of the critic between data and fakes is hundreds of times too small, and more.",
    ),
    diagnosis="The slope of a network of L layers with weights of size c goes with c to the power L. Halve c in "
    "four layers, and the slope is a sixteenth: no c fits all depths.",
    remedy="Ask for the slope itself: a gradient penalty, or spectral normalisation.",
    observable="mean slope of the critic between data and fakes",
    limits=Limits(
        0.1,
        0.5,
        "the critic that gives W1 has slope 1 between the two; a tenth of it says nearly nothing",
    ),
    telltale=Curve("slope", "slope of the critic", log=True, level=1.0, level_label="slope 1"),
    alt="Left, sick: both losses on the zero line, a slope of a hundredth or less of what it should be, and "
    "samples scattered over the ring and far around it. Right, healthy: losses that move, a slope near one, and "
    "samples along the ring.",
    source="Arjovsky et al. 2017, algorithm 1; Gulrajani et al. 2017, section 3",
    lesson="08",
    steps=300,
    short=60,
)
