"""Exact divergences between laws that have a density: closed forms where there are some, quadrature otherwise.

A law is given by its log density, a function from a float64 tensor of shape (N,) to one of the same shape. Quadrature
returns the value and a bound of its error; closed forms are exact.
Lessons: 05 The value function, 07 A zoo of divergences.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import logsigmoid

from ganlab.errors import UserError
from ganlab.objectives.divergences import FDivergence

if TYPE_CHECKING:
    import numpy as np

LogDensity = Callable[[Tensor], Tensor]
TOLERANCE = 1e-5  # of an integral, where it is above 1 relative to it
SUBDIVISIONS = 500
LARGEST = 700.0  # of log(p/q) in size: beyond it the ratio is no double
NEGLIGIBLE = 1e-15  # of an integrand, where the ratio is cut off


class Integral(NamedTuple):
    """A number and the bound of its error, as the quadrature estimates it."""

    value: float
    error: float


def normal(mean: float = 0.0, std: float = 1.0) -> LogDensity:
    """The log density of N(mean, std^2) on the line.

    Raises UserError for a std that is not positive, and where either number is not finite.
    """
    if not 0 < std < math.inf:
        raise UserError(f"a standard deviation is positive and finite, not {std:g}")
    if not math.isfinite(mean):
        raise UserError(f"a bell has a finite mean, not {mean:g}")
    law = torch.distributions.Normal(torch.tensor(mean, dtype=torch.float64), torch.tensor(std, dtype=torch.float64))
    return law.log_prob


def mixture(parts: Sequence[LogDensity], weights: Sequence[float] | None = None) -> LogDensity:
    """The log density of a mixture; equal weights by default.

    Raises UserError for no parts, and unless the weights are positive and sum to one.
    """
    if not parts:
        raise UserError("a mixture has one part or more")
    shares = torch.tensor([1 / len(parts)] * len(parts) if weights is None else weights, dtype=torch.float64)
    if len(shares) != len(parts) or not bool((shares > 0).all()) or not abs(float(shares.sum()) - 1) <= 1e-9:
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

    The law's mass outside ``span`` is left out: choose it wide. Raises UserError for a span that is empty or infinite,
    where the integrand is not finite, and where the quadrature does not settle.
    """

    def integrand(x: Tensor) -> Tensor:
        weight = log_density(x).exp()
        return torch.where(weight > 0, weight * function(x), torch.zeros_like(x))

    return _integral(integrand, span, breaks)


def _integral(integrand: Callable[[Tensor], Tensor], span: tuple[float, float], breaks: Sequence[float]) -> Integral:
    from scipy.integrate import cubature

    low, high = span
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise UserError(f"the span of an integral is finite and not empty, unlike {low:g} to {high:g}")

    def at(points: np.ndarray) -> np.ndarray:
        x = torch.from_numpy(points[:, 0].copy())
        values = integrand(x)
        bad = ~values.isfinite()
        if bool(bad.any()):
            raise UserError(
                f"the integrand is not finite at {float(x[bad][0]):g}: the laws have no finite divergence of this "
                "kind, or p/q is too large there to be a number"
            )
        return values.detach().numpy()

    inner = [[b] for b in sorted(set(breaks)) if low < b < high]
    found = cubature(at, [low], [high], rtol=1e-10, atol=1e-10, points=inner, max_subdivisions=SUBDIVISIONS)
    value, error = float(found.estimate), float(found.error)
    if not error <= TOLERANCE * max(1.0, abs(value)):
        raise UserError(
            f"the integral settles only to {value:.3g} +- {error:.1g}: name in `breaks` where the integrand bends or "
            "jumps, or there is no such integral"
        )
    return Integral(value, error)


def f_divergence(
    divergence: FDivergence,
    log_p: LogDensity,
    log_q: LogDensity,
    span: tuple[float, float],
    breaks: Sequence[float] = (),
) -> Integral:
    """D_f(p, q) = E_q f(p/q) by quadrature.

    Raises UserError as `expectation` does, and where p has mass at places of ``span`` at which q has none: what E_q
    cannot see would be left out (for the Jensen-Shannon divergence and total variation there is `game_value`).
    """

    def integrand(x: Tensor) -> Tensor:
        p, q = log_p(x), log_q(x)
        alone = q.isneginf() & ~p.isneginf()
        if bool(alone.any()):
            raise UserError(f"p has mass at {float(x[alone][0]):g}, where q has none: the mean under q does not see it")
        # q f(p/q) = p f(u)/u: weighted with the larger density, so that none that underflows is taken for zero.
        r = p - q
        u = r.clamp(-LARGEST, LARGEST).exp()
        f = divergence.f(u)
        value = torch.where(q.isneginf(), torch.zeros_like(x), torch.where(p > q, p.exp() * f / u, q.exp() * f))
        cut = (r > LARGEST) | ((r < -LARGEST) & ~divergence.f(r.exp()).isfinite())
        return torch.where(cut & (value.abs() > NEGLIGIBLE), torch.full_like(x, math.inf), value)

    return _integral(integrand, span, breaks)


def variational_bound(
    divergence: FDivergence,
    critic: Callable[[Tensor], Tensor],
    log_p: LogDensity,
    log_q: LogDensity,
    span: tuple[float, float],
    breaks: Sequence[float] = (),
) -> Integral:
    """E_p T - E_q f*(T) by quadrature for any critic T: below D_f(p, q), and equal to it for T = f'(p/q).

    Raises UserError as `expectation` does, and where T leaves the domain of f*.
    """

    def conjugate(x: Tensor) -> Tensor:
        t = critic(x)
        outside = (t < divergence.low) | (t > divergence.high)
        if bool(outside.any()):
            raise UserError(
                f"the critic's value {float(t[outside][0]):g} lies outside the domain of f* of {divergence.name}, "
                f"which is {divergence.low:g} to {divergence.high:g}: pass it through the activation first"
            )
        return divergence.conjugate(t)

    real, fake = expectation(critic, log_p, span, breaks), expectation(conjugate, log_q, span, breaks)
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


class Apart(NamedTuple):
    """Divergences between two point sets."""

    kl: float
    jensen_shannon: float
    total_variation: float


def of_points(x: Tensor, y: Tensor) -> Apart:
    """KL(p, q), JSD and TV of two point sets (N, d) and (M, d), the points of each equally likely.

    They count places that are *equal*: where no point of x is a point of y they are infinity, log 2 and 1, at any
    distance. Raises UserError for other shapes, for no points, and for values that are not finite.
    Lesson: 08 Wasserstein: geometry, duality, Lipschitz.
    """
    if x.ndim != 2 or y.ndim != 2 or x.shape[1] != y.shape[1] or not len(x) or not len(y):
        raise UserError(f"two point sets have the shapes (N, d) and (M, d), not {tuple(x.shape)} and {tuple(y.shape)}")
    if not bool(x.isfinite().all() & y.isfinite().all()):
        raise UserError("a point set holds a value that is not finite")
    places, where = torch.cat([x, y]).unique(dim=0, return_inverse=True)
    p, q = (torch.bincount(part, minlength=len(places)).double() / len(part) for part in where.split([len(x), len(y)]))
    m = (p + q) / 2

    def kl(a: Tensor, b: Tensor) -> float:
        return float(torch.xlogy(a, a / b).nan_to_num(nan=0.0, posinf=math.inf).sum())

    return Apart(kl(p, q), (kl(p, m) + kl(q, m)) / 2, float((p - q).abs().sum() / 2))


def gaussian_kl(mean_p: float, std_p: float, mean_q: float, std_q: float) -> float:
    """KL(N(mean_p, std_p^2), N(mean_q, std_q^2)), in closed form.

    Raises UserError for a std that is not positive, and for numbers that are not finite.
    """
    if not (std_p > 0 and std_q > 0):
        raise UserError("standard deviations are positive")
    if not all(map(math.isfinite, (mean_p, std_p, mean_q, std_q))):
        raise UserError("two bells have finite means and standard deviations")
    return math.log(std_q / std_p) + (std_p**2 + (mean_p - mean_q) ** 2) / (2 * std_q**2) - 0.5


class Shift(NamedTuple):
    """The divergences between N(0, 1) and N(d, 1) that have a closed form."""

    kl: float
    pearson: float
    squared_hellinger: float
    total_variation: float


def shifted_gaussians(d: float) -> Shift:
    """N(0, 1) against N(d, 1): d^2/2, exp(d^2) - 1, 2 (1 - exp(-d^2/8)), 2 Phi(|d|/2) - 1.

    Raises UserError for |d| above 26, where Pearson's divergence is too large to be a number.
    """
    if not abs(d) <= 26:
        raise UserError(f"two bells are at most 26 apart here, not {d:g}: exp(d^2) has to be a number")
    return Shift(d * d / 2, math.expm1(d * d), -2 * math.expm1(-d * d / 8), math.erf(abs(d) / 2 / math.sqrt(2)))
