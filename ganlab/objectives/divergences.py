"""f-divergences as games: a GAN for any convex f, by its conjugate.

D_f(p, q) = E_q f(p/q) is the largest value of E_p T - E_q f*(T) over all functions T, where f* is the conjugate
f*(t) = sup_u (u t - f(u)), and the best T is f'(p/q). A network's output v is mapped into the domain of f* by an
output activation T = g(v). Source: Nowozin, Cseke and Tomioka 2016, theorem and tables 1, 2 and 6.
Lesson: 07 A zoo of divergences: f-GAN, LSGAN, EBGAN, hinge, relativistic.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import logsigmoid, softplus

from ganlab.errors import UserError
from ganlab.objectives.losses import Objective, exact

Map = Callable[[Tensor], Tensor]


@dataclass(frozen=True)
class FDivergence:
    """One convex f with everything that its game needs; all maps work elementwise.

    ``f``: of the ratio u = p/q >= 0, with f(1) = 0 (except for ``gan``, whose f(1) is -log 4).
    ``conjugate``: f*(t), for ``low < t < high`` (``closed``: the ends belong to it).
    ``activation``: g, from any real v into that domain. ``conjugate_of_activation``: f*(g(v)), without overflow where
    g and f* alone would meet it. ``optimal``: T* = f'(u) from the log ratio log(p/q).
    """

    name: str
    formula: str
    f: Map
    conjugate_formula: str
    conjugate: Map
    low: float
    high: float
    closed: bool
    activation: Map
    conjugate_of_activation: Map
    optimal: Map
    source: str = "Nowozin et al. 2016, tables 1 and 2"

    def bound(self, real: Tensor, fake: Tensor) -> Tensor:
        """E_p T - E_q f*(T), a lower bound of the divergence, from values T at real and at fake samples.

        Raises UserError where a value is not finite or lies outside the domain of f*.
        """
        for values in (real, fake):
            if not bool(torch.isfinite(values).all()):
                raise UserError(f"the bound of {self.name} needs finite values of T")
            inside = (values >= self.low) & (values <= self.high) if self.closed else (
                (values > self.low) & (values < self.high)
            )  # fmt: skip
            if not bool(inside.all()):
                raise UserError(
                    f"T lies outside the domain of f* of {self.name}, which is {self.low:g} to {self.high:g}: "
                    "pass the network's output through the activation first"
                )
        return exact(real).mean() - self.conjugate(exact(fake)).mean()

    def objective(self, non_saturating: bool = True) -> Objective:
        """The game: D's output v becomes T = g(v); D maximises the bound, and G minimises it or, by default, maximises
        E_q T, which has its slope where the fakes are rejected (Nowozin et al. 2016, section 3.2)."""

        def discriminator(real: Tensor, fake: Tensor) -> Tensor:
            return self.conjugate_of_activation(exact(fake)).mean() - self.activation(exact(real)).mean()

        def generator(real: Tensor | None, fake: Tensor) -> Tensor:
            v = exact(fake)
            return -self.activation(v).mean() if non_saturating else -self.conjugate_of_activation(v).mean()

        return Objective(f"f-gan-{self.name}", discriminator, generator, self.source)


def _xlogx(u: Tensor) -> Tensor:
    return torch.special.xlogy(u, u)


LOG2 = math.log(2)


def _half_log_2d(v: Tensor) -> Tensor:
    return 0.5 * (LOG2 + logsigmoid(v))


kullback_leibler = FDivergence(
    "kl", "u log u", _xlogx,
    "exp(t - 1)", lambda t: (t - 1).exp(), -math.inf, math.inf, False,
    lambda v: v, lambda v: (v - 1).exp(), lambda r: 1 + r,
)  # fmt: skip
"""KL(p, q): covers the modes of p, whatever lies between them."""

reverse_kl = FDivergence(
    "reverse-kl", "-log u", lambda u: -u.log(),
    "-1 - log(-t)", lambda t: -1 - (-t).log(), -math.inf, 0.0, False,
    lambda v: -(-v).exp(), lambda v: v - 1, lambda r: -(-r).exp(),
)  # fmt: skip
"""KL(q, p): seeks a mode of p and stays in it."""

jensen_shannon = FDivergence(
    "js", "(u log u - (u + 1) log((u + 1) / 2)) / 2",
    lambda u: 0.5 * (_xlogx(u) - (u + 1) * ((u + 1) / 2).log()),
    "-log(2 - exp(2t)) / 2", lambda t: -0.5 * (2 - (2 * t).exp()).log(), -math.inf, LOG2 / 2, False,
    _half_log_2d, lambda v: 0.5 * (softplus(v) - LOG2), _half_log_2d,
)  # fmt: skip
"""The Jensen-Shannon divergence, between 0 and log 2."""

gan = FDivergence(
    "gan", "u log u - (u + 1) log(u + 1)", lambda u: _xlogx(u) - (u + 1) * (u + 1).log(),
    "-log(1 - exp(t))", lambda t: -(-t.exp()).log1p(), -math.inf, 0.0, False,
    logsigmoid, softplus, logsigmoid,
    source="Goodfellow et al. 2014; Nowozin et al. 2016, tables 1 and 2",
)  # fmt: skip
"""The value function itself, 2 JSD - log 4: T = log D, and f*(T) = -log(1 - D)."""

squared_hellinger = FDivergence(
    "squared-hellinger", "(sqrt(u) - 1)^2", lambda u: (u.sqrt() - 1).square(),
    "t / (1 - t)", lambda t: t / (1 - t), -math.inf, 1.0, False,
    lambda v: 1 - (-v).exp(), lambda v: v.exp() - 1, lambda r: 1 - (-r / 2).exp(),
)  # fmt: skip
"""The integral of (sqrt p - sqrt q)^2, between 0 and 2."""

pearson = FDivergence(
    "pearson", "(u - 1)^2", lambda u: (u - 1).square(),
    "t^2 / 4 + t", lambda t: t.square() / 4 + t, -math.inf, math.inf, False,
    lambda v: v, lambda v: v.square() / 4 + v, lambda r: 2 * (r.exp() - 1),
)  # fmt: skip
"""The chi-squared divergence: the integral of (p - q)^2 / q. Its f* is exact for t >= -2, where T* lives."""

total_variation = FDivergence(
    "total-variation", "|u - 1| / 2", lambda u: 0.5 * (u - 1).abs(),
    "t", lambda t: t, -0.5, 0.5, True,
    lambda v: 0.5 * v.tanh(), lambda v: 0.5 * v.tanh(), lambda r: 0.5 * r.sign(),
)  # fmt: skip
"""Half the integral of |p - q|, between 0 and 1: the Bayes accuracy is 1/2 + TV/2."""

F_DIVERGENCES: dict[str, FDivergence] = {
    d.name: d for d in (kullback_leibler, reverse_kl, jensen_shannon, gan, squared_hellinger, pearson, total_variation)
}
"""Every f-divergence by its name."""
