"""The bell that a divergence likes best: what each member of the zoo makes of a model that cannot be right.

Lesson: 07 A zoo of divergences: f-GAN, LSGAN, EBGAN, hinge, relativistic.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor

from ganlab.errors import UserError
from ganlab.metrics.divergences import LogDensity, normal
from ganlab.objectives.divergences import FDivergence


class Bell(NamedTuple):
    """A Gaussian on the line and how far it is from the law that it was fitted to."""

    mean: float
    std: float
    value: float


def nearest_normal(divergence: FDivergence, log_p: LogDensity, mean: float, std: float, reach: float = 30.0) -> Bell:
    """The N(mean, std^2) of least D_f(p, N) that descent finds from a start: a local minimum, not always the least.

    log_p: positive on ``-reach`` to ``reach``, the part of the line that is summed over in steps of 0.01.
    Raises UserError as `normal` does for the start, and where the start or the end has no value that can be computed.
    """
    normal(mean, std)
    x = torch.linspace(-reach, reach, round(200 * reach) + 1, dtype=torch.float64)
    at_data, width = log_p(x), float(x[1] - x[0])
    w = torch.tensor([mean, math.log(std)], dtype=torch.float64, requires_grad=True)

    def value() -> Tensor:
        q = torch.distributions.Normal(w[0], w[1].exp()).log_prob(x)
        seen = q.exp() > 0
        return width * (q.exp() * divergence.f(torch.where(seen, at_data - q, 0.0).exp()))[seen].sum()

    @torch.no_grad()
    def check() -> None:
        q = torch.distributions.Normal(w[0], w[1].exp()).log_prob(x).exp()
        missed = max(float(at_data[q == 0].exp().sum()) * width, abs(1 - float(q.sum()) * width))
        if not bool(value().isfinite()) or not missed < 1e-6:
            raise UserError(f"descent of {divergence.name} from N({mean:g}, {std:g}^2) finds no bell: start elsewhere")

    descent = torch.optim.LBFGS(
        [w], max_iter=200, line_search_fn="strong_wolfe", tolerance_grad=1e-10, tolerance_change=1e-14
    )

    def closure() -> Tensor:
        descent.zero_grad()
        loss = value()
        loss.backward()
        return loss

    check()
    descent.step(closure)
    check()
    return Bell(w[0].item(), w[1].exp().item(), value().item())
