"""The nearest bell against closed forms and against SciPy's own descent on SciPy's own integrals."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import optimize, stats

from ganlab.errors import UserError
from ganlab.metrics.divergences import mixture, normal
from ganlab.metrics.fitting import nearest_normal
from ganlab.objectives.divergences import F_DIVERGENCES

HUMPS = mixture([normal(-3.0), normal(3.0)])


@pytest.mark.parametrize("name", [name for name in F_DIVERGENCES if name != "total-variation"])
def test_a_bell_finds_a_bell(name):
    f = F_DIVERGENCES[name]
    found = nearest_normal(f, normal(1.5, 0.8), 0.5, 1.2)
    assert (found.mean, found.std) == pytest.approx((1.5, 0.8), abs=1e-4)
    assert found.value == pytest.approx(-math.log(4) if name == "gan" else 0.0, abs=1e-6)


@pytest.mark.parametrize("start", [(2.0, 1.0), (-1.0, 3.0)])
def test_kl_matches_the_moments_of_the_data(start):
    """KL(p, q) is -E_p log q and a constant: the bell takes the mean 0 and the variance 1 + 3^2."""
    found = nearest_normal(F_DIVERGENCES["kl"], HUMPS, *start)
    assert (found.mean, found.std**2) == pytest.approx((0.0, 10.0), abs=1e-4)


def scipys(cost, start):
    x = np.linspace(-30, 30, 6001)
    log_p = np.logaddexp(stats.norm.logpdf(x, -3), stats.norm.logpdf(x, 3)) - math.log(2)

    def value(w):
        log_q = stats.norm.logpdf(x, w[0], math.exp(w[1]))
        return np.trapezoid(cost(log_p, log_q), x)

    found = optimize.minimize(value, (start[0], math.log(start[1])), method="Nelder-Mead", options={"fatol": 1e-12})
    return found.x[0], math.exp(found.x[1]), found.fun


COSTS = {
    "reverse-kl": lambda p, q: np.exp(q) * (q - p),
    "squared-hellinger": lambda p, q: (np.exp(p / 2) - np.exp(q / 2)) ** 2,
    "pearson": lambda p, q: (np.exp(p) - np.exp(q)) ** 2 / np.exp(q),
    "js": lambda p, q: sum(0.5 * np.exp(a) * (a - np.logaddexp(p, q) + math.log(2)) for a in (p, q)),
}


@pytest.mark.parametrize(("name", "start"), [("reverse-kl", (2.0, 1.0)), ("reverse-kl", (1.0, 1.5)),
                                             ("squared-hellinger", (2.0, 1.5)), ("pearson", (0.5, 2.5)),
                                             ("js", (2.0, 1.5))])  # fmt: skip
def test_two_humps_as_scipy_finds_them(name, start):
    found = nearest_normal(F_DIVERGENCES[name], HUMPS, *start)
    mean, std, value = scipys(COSTS[name], start)
    assert found.value == pytest.approx(value, abs=1e-6)
    assert (abs(found.mean), found.std) == pytest.approx((abs(mean), std), abs=2e-3)


@pytest.mark.parametrize(
    ("mistake", "words"),
    [
        (lambda: nearest_normal(F_DIVERGENCES["kl"], HUMPS, 0.0, 0.0), "positive"),
        (lambda: nearest_normal(F_DIVERGENCES["kl"], HUMPS, math.nan, 1.0), "finite mean"),
        (lambda: nearest_normal(F_DIVERGENCES["pearson"], HUMPS, 3.0, 0.1), "finds no bell"),
        (lambda: nearest_normal(F_DIVERGENCES["kl"], HUMPS, 80.0, 1.0), "finds no bell"),
    ],
)
def test_a_mistake_is_one_sentence(mistake, words):
    with pytest.raises(UserError, match=words):
        mistake()
