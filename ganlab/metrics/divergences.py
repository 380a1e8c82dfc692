"""Exact divergences between laws that have a density: closed forms where there are some, quadrature otherwise.

A law is given by its log density, a function from a float64 tensor of shape (N,) to one of the same shape. Quadrature
returns the value and a bound of its error; closed forms are exact.
Lesson: 05 The value function.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import logsigmoid

from ganlab.errors import UserError
from ganlab.objectives.divergences import FDivergence

LogDensity = Callable[[Tensor], Tensor]


class Integral(NamedTuple):
    """A number and the bound of its error, as the quadrature estimates it."""

    value: float
    error: float


def normal(mean: float = 0.0, std: float = 1.0) -> LogDensity:
    """The log density of N(mean, std^2) on the line. Raises UserError for a std that is not positive."""
    if not std > 0:
        raise UserError(f"a standard deviation is positive, not {std:g}")
    law = torch.distributions.Normal(torch.tensor(mean, dtype=torch.float64), torch.tensor(std, dtype=torch.float64))
    return law.log_prob


def mixture(parts: Sequence[LogDensity], weights: Sequence[float] | None = None) -> LogDensity:
    """The log density of a mixture; equal weights by default. Raises UserError unless they sum to one."""
    shares = torch.tensor(weights or [1 / len(parts)] * len(parts), dtype=torch.float64)
    if len(shares) != len(parts) or bool((shares <= 0).any()) or abs(float(shares.sum()) - 1) > 1e-9:
        raise UserError("the weights of a mixture are positive, one for each part, and sum to one")
    return lambda x: torch.logsumexp(torch.stack([part(x) for part in parts]) + shares.log()[:, None], dim=0)


def optimal_discriminator(log_p: LogDensity, log_q: LogDensity) -> Callable[[Tensor], Tensor]:
    """D*(x) = p(x) / (p(x) + q(x)), by its logit log p - log q. Source: Goodfellow et al. 2014, proposition 1."""
    return lambda x: torch.sigmoid(log_p(x) - log_q(x))


def expectation(
    function: Callable[[Tensor], Tensor],
    log_density: LogDensity,
    span: tuple[float, float],
    breaks: Sequence[float] = (),
) -> Integral:
    """The integral of density * function over ``span``, adaptively. ``breaks``: where the integrand bends or jumps.

    The law's mass outside ``span`` is left out: choose it wide. Raises UserError for a span that is empty or infinite
    and where the integrand is not finite.
    """
    from scipy.integrate import quad

    low, high = span
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise UserError(f"the span of an integral is finite and not empty, unlike {low:g} to {high:g}")

    def integrand(x: float) -> float:
        at = torch.tensor([x], dtype=torch.float64)
        weight = log_density(at).exp()
        return float(torch.where(weight > 0, weight * function(at), torch.zeros_like(at)))

    ends = sorted({low, high, *(b for b in breaks if low < b < high)})
    pieces = [quad(integrand, a, b, epsabs=1e-10, epsrel=1e-10, limit=200) for a, b in itertools.pairwise(ends)]
    value, error = sum(p[0] for p in pieces), sum(p[1] for p in pieces)
    if not math.isfinite(value):
        raise UserError("the integrand is not finite: these two laws have no finite divergence of this kind")
    return Integral(value, error)


def f_divergence(
    divergence: FDivergence,
    log_p: LogDensity,
    log_q: LogDensity,
    span: tuple[float, float],
    breaks: Sequence[float] = (),
) -> Integral:
    """D_f(p, q) = E_q f(p/q) by quadrature, where q > 0 on ``span``. Raises UserError as `expectation` does."""
    return expectation(lambda x: divergence.f((log_p(x) - log_q(x)).exp()), log_q, span, breaks)


def variational_bound(
    divergence: FDivergence,
    critic: Callable[[Tensor], Tensor],
    log_p: LogDensity,
    log_q: LogDensity,
    span: tuple[float, float],
    breaks: Sequence[float] = (),
) -> Integral:
    """E_p T - E_q f*(T) by quadrature for any critic T: below D_f(p, q), and equal to it for T = f'(p/q)."""
    real = expectation(critic, log_p, span, breaks)
    fake = expectation(lambda x: divergence.conjugate(critic(x)), log_q, span, breaks)
    return Integral(real.value - fake.value, real.error + fake.error)


class GameValue(NamedTuple):
    """What the game is worth when D is perfect."""

    jensen_shannon: float
    value: float
    bayes_accuracy: float
    error: float


def game_value(
    log_p: LogDensity, log_q: LogDensity, span: tuple[float, float], breaks: Sequence[float] = ()
) -> GameValue:
    """JSD(p, q), V(D*, G) = 2 JSD - log 4 and the accuracy 1/2 + TV/2 of the best discriminator.

    Source: Goodfellow et al. 2014, theorem 1. Raises UserError as `expectation` does.
    """

    def logit(x: Tensor) -> Tensor:
        return log_p(x) - log_q(x)

    # Each integrand is weighted with the law under which it is bounded, so that laws of very unequal widths do too.
    real = expectation(lambda x: logsigmoid(logit(x)), log_p, span, breaks)
    fake = expectation(lambda x: logsigmoid(-logit(x)), log_q, span, breaks)
    tv = expectation(lambda x: (-torch.expm1(-logit(x))).clamp(min=0), log_p, span, breaks)
    value, error = real.value + fake.value, real.error + fake.error
    return GameValue(math.log(2) + value / 2, value, 0.5 + tv.value / 2, error + tv.error)


def gaussian_kl(mean_p: float, std_p: float, mean_q: float, std_q: float) -> float:
    """KL(N(mean_p, std_p^2), N(mean_q, std_q^2)), in closed form. Raises UserError for a std that is not positive."""
    if not (std_p > 0 and std_q > 0):
        raise UserError("standard deviations are positive")
    return math.log(std_q / std_p) + (std_p**2 + (mean_p - mean_q) ** 2) / (2 * std_q**2) - 0.5


class Shift(NamedTuple):
    """The divergences between N(0, 1) and N(d, 1) that have a closed form."""

    kl: float
    pearson: float
    squared_hellinger: float
    total_variation: float


def shifted_gaussians(d: float) -> Shift:
    """N(0, 1) against N(d, 1): d^2/2, exp(d^2) - 1, 2 (1 - exp(-d^2/8)), 2 Phi(|d|/2) - 1."""
    return Shift(d * d / 2, math.expm1(d * d), -2 * math.expm1(-d * d / 8), math.erf(abs(d) / 2 / math.sqrt(2)))
