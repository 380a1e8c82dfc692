"""KID: brute force and an oracle, no bias, the moments it sees and those it does not."""

from __future__ import annotations

import pytest
import torch

from ganlab.errors import UserError
from ganlab.metrics import frechet_distance, kid


def _rng(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_it_is_the_sum_over_pairs_written_out():
    x, y = torch.randn(7, 3, generator=_rng(0)).double(), torch.randn(5, 3, generator=_rng(1)).double()

    def k(a: torch.Tensor, b: torch.Tensor) -> float:
        return float(a @ b / 3 + 1) ** 3

    expected = (
        sum(k(x[i], x[j]) for i in range(7) for j in range(7) if i != j) / 42
        + sum(k(y[i], y[j]) for i in range(5) for j in range(5) if i != j) / 20
        - 2 * sum(k(a, b) for a in x for b in y) / 35
    )
    assert kid(x, y) == pytest.approx(expected)


def test_torchmetrics_agrees():
    oracle = pytest.importorskip("torchmetrics.image.kid")
    x, y = torch.rand(2, 600, 6, generator=_rng(2), dtype=torch.float64)
    expected = oracle.poly_mmd(x, y, degree=3, gamma=None, coef=1.0)
    assert kid(x, y) == pytest.approx(float(expected), abs=1e-12)


def test_under_equal_laws_its_mean_is_nought_where_the_frechet_distance_is_not():
    pairs = [torch.randn(2, 32, 8, generator=_rng(seed), dtype=torch.float64) for seed in range(300)]
    values = torch.tensor([kid(x, y) for x, y in pairs])
    error = values.std() / len(values) ** 0.5
    assert abs(values.mean()) < 3 * error and (values < 0).any()
    frechet = torch.tensor([frechet_distance(x, y) for x, y in pairs])
    assert frechet.mean() > 20 * frechet.std() / len(values) ** 0.5


def test_it_sees_a_third_moment_and_the_frechet_distance_does_not():
    # Mean 0 and variance 1 both, skewness 0 and 2: exponential less its mean against +-1 with equal chance.
    x = torch.empty(20_000, 1, dtype=torch.float64).exponential_(generator=_rng(3)) - 1
    y = torch.randint(0, 2, (20_000, 1), generator=_rng(4)).double() * 2 - 1
    assert frechet_distance(x, y) < 0.01
    assert kid(x, y) == pytest.approx(2**2, rel=0.25)  # (third moments' difference)^2: the rest of the cube cancels


def test_an_extractor_is_applied_to_both_and_blocks_change_nothing():
    x, y = torch.randn(2, 1200, 2, generator=_rng(5))
    assert kid(x, y, extractor=lambda z: 2 * z) == pytest.approx(kid(2 * x, 2 * y), rel=1e-6)


@pytest.mark.parametrize(
    ("x", "y", "why"),
    [
        (torch.rand(1, 2), torch.rand(9, 2), "too few"),
        (torch.rand(9, 2), torch.rand(9, 3), "width"),
        (torch.full((9, 2), float("nan")), torch.rand(9, 2), "finite"),
        (torch.rand(9, 1, 4, 4), torch.rand(9, 2), "extractor"),
    ],
)
def test_what_cannot_be_compared_is_refused(x, y, why):
    with pytest.raises(UserError, match=why):
        kid(x, y)


def test_an_extractor_that_loses_rows_is_refused():
    with pytest.raises(UserError, match="1 rows of 9"):
        kid(torch.rand(9, 2), torch.rand(9, 2), extractor=lambda z: z[:1])
