"""The numbers that the quiz of lesson 18 asks for, and where its known mistakes lead."""

from __future__ import annotations

from scipy.stats import norm, t


def _lower(quantile: float, n: float = 5) -> float:
    return 2.0 - quantile * 1.5 / n**0.5


NUMBERS = {
    "18/ratio": lambda: 0.75 / (1 - 0.75),
    "18/interval": lambda: _lower(float(t.ppf(0.975, 4))),
}
MISTAKES = {
    "18/ratio": lambda: {0.75, (1 - 0.75) / 0.75},
    "18/interval": lambda: {round(_lower(float(norm.ppf(0.975))), 3), round(_lower(float(t.ppf(0.975, 4)), 1), 3)},
}
