"""Energy-based GANs: D gives each sample an energy (low where it looks real), as an auto-encoder's error does.

Source: Zhao, Mathieu and LeCun 2017. Lesson: 07 A zoo of divergences: f-GAN, LSGAN, EBGAN, hinge, relativistic.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import normalize, relu

from ganlab.errors import UserError
from ganlab.objectives.losses import Objective, exact


def energy_based(margin: float = 1.0) -> Objective:
    """L_D = E D(x) + E [m - D(G(z))]+ and L_G = E D(G(z)), where D is an energy of shape (N,), at least 0.

    At the equilibrium the value of D's game is the margin m (Zhao et al. 2017, theorem 1), and q = p.
    Raises UserError for a margin that is not positive.
    """
    if not margin > 0:
        raise UserError(f"the margin of an energy-based GAN is positive, not {margin:g}")

    def discriminator(real: Tensor, fake: Tensor) -> Tensor:
        return exact(real).mean() + relu(margin - exact(fake)).mean()

    def generator(real: Tensor | None, fake: Tensor) -> Tensor:
        return exact(fake).mean()

    return Objective("energy-based", discriminator, generator, "Zhao et al. 2017, eq. 1 and 2")


def pull_away(codes: Tensor) -> Tensor:
    """The mean squared cosine between the codes of two different samples, in [0, 1]; added to G's loss it spreads them.

    codes: (N, features), N >= 2. In float32 also under autocast. Source: Zhao et al. 2017, eq. 4.
    Raises UserError for a single sample and for another shape.
    """
    if codes.ndim != 2 or len(codes) < 2:
        raise UserError(
            f"the pull-away term compares codes of shape (N, features) with N >= 2, not {tuple(codes.shape)}"
        )
    n = len(codes)
    unit = normalize(exact(codes), dim=1)
    with torch.autocast(codes.device.type, enabled=False):  # which would take the product in bfloat16
        cosines = (unit @ unit.T).square()
    return (cosines.sum() - torch.diagonal(cosines).sum()) / (n * (n - 1))
