"""The Frechet distance: closed forms, invariances, two oracles, refusals."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy import linalg

from ganlab.errors import UserError
from ganlab.metrics import frechet_distance, frechet_gaussians

SEEDS = st.integers(0, 2**31 - 1)
DIMS = st.integers(1, 8)


def _generator(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def _gaussian(seed: int, d: int, rank: int | None = None) -> tuple[torch.Tensor, torch.Tensor]:
    g = _generator(seed)
    factor = torch.randn(d, rank or d + 2, generator=g, dtype=torch.float64)
    return torch.randn(d, generator=g, dtype=torch.float64), factor @ factor.T


def _rotation(seed: int, d: int) -> torch.Tensor:
    return torch.linalg.qr(torch.randn(d, d, generator=_generator(seed), dtype=torch.float64))[0]


def test_equal_covariances_leave_the_squared_distance_of_the_means():
    mean = torch.tensor([3.0, -4.0, 12.0])
    assert frechet_gaussians(torch.zeros(3), torch.eye(3), mean, torch.eye(3)) == pytest.approx(169)


def test_in_one_dimension_it_is_the_difference_of_means_and_of_deviations_squared():
    one, four = torch.tensor([[1.0]]), torch.tensor([[4.0]])
    assert frechet_gaussians(torch.zeros(1), one, torch.ones(1), four) == pytest.approx(1 + (1 - 2) ** 2)


@given(SEEDS, DIMS)
def test_commuting_covariances_have_the_closed_form_of_their_eigenvalues(seed, d):
    q = _rotation(seed, d)
    a, b = torch.rand(2, d, generator=_generator(seed), dtype=torch.float64)
    got = frechet_gaussians(torch.zeros(d), q @ a.diag() @ q.T, torch.zeros(d), q @ b.diag() @ q.T)
    assert got == pytest.approx(float((a.sqrt() - b.sqrt()).square().sum()), abs=1e-9)


@given(SEEDS, DIMS, st.integers(1, 8), st.integers(1, 8))
def test_projections_of_rank_one_have_the_closed_form_of_their_angle(seed, d, p, q):
    # tr (p^2 uu' q^2 vv')^(1/2) = p q |<u, v>|: far from commuting, and singular in d - 1 directions.
    u, v = torch.nn.functional.normalize(torch.randn(2, d, generator=_generator(seed), dtype=torch.float64))
    got = frechet_gaussians(torch.zeros(d), p**2 * torch.outer(u, u), torch.zeros(d), q**2 * torch.outer(v, v))
    assert got == pytest.approx(p**2 + q**2 - 2 * p * q * float((u @ v).abs()), abs=1e-6)


@given(SEEDS, DIMS, DIMS)
def test_it_is_symmetric_and_zero_on_itself_for_singular_covariances_too(seed, d, rank):
    a, b = _gaussian(seed, d, rank), _gaussian(seed + 1, d)
    assert frechet_gaussians(*a, *b) == pytest.approx(frechet_gaussians(*b, *a), rel=1e-9)
    assert frechet_gaussians(*a, *a) == pytest.approx(0, abs=1e-6)
    assert frechet_gaussians(*a, *b) > 1e-6


@given(SEEDS, DIMS)
def test_a_rotation_or_a_shift_of_both_changes_nothing(seed, d):
    (m1, s1), (m2, s2) = _gaussian(seed, d), _gaussian(seed + 1, d)
    q, shift = _rotation(seed, d), torch.arange(d) * 5.0
    turned = frechet_gaussians(q @ m1 + shift, q @ s1 @ q.T, q @ m2 + shift, q @ s2 @ q.T)
    assert turned == pytest.approx(frechet_gaussians(m1, s1, m2, s2), rel=1e-8)


@given(SEEDS, DIMS)
def test_its_root_keeps_the_triangle_inequality(seed, d):
    a, b, c = (_gaussian(seed + k, d) for k in range(3))
    ab, bc, ac = (frechet_gaussians(*x, *y) ** 0.5 for x, y in ((a, b), (b, c), (a, c)))
    assert ac <= ab + bc + 1e-9


@given(SEEDS, DIMS)
def test_scipys_matrix_square_root_agrees(seed, d):
    (m1, s1), (m2, s2) = _gaussian(seed, d), _gaussian(seed + 1, d)
    root = np.real(linalg.sqrtm(s1.numpy() @ s2.numpy()))
    expected = float((m1 - m2).square().sum() + s1.trace() + s2.trace()) - 2 * np.trace(root)
    assert frechet_gaussians(m1, s1, m2, s2) == pytest.approx(expected, rel=1e-6)


def test_torchmetrics_agrees_on_features():
    fid = pytest.importorskip("torchmetrics.image.fid")
    g = _generator(0)
    a = torch.randn(400, 6, generator=g, dtype=torch.float64) @ torch.randn(6, 6, generator=g, dtype=torch.float64)
    b = torch.randn(300, 6, generator=g, dtype=torch.float64) + 1
    expected = fid._compute_fid(a.mean(0), torch.cov(a.T), b.mean(0), torch.cov(b.T))
    assert frechet_distance(a, b) == pytest.approx(float(expected), rel=1e-6)


def test_features_a_and_a_plus_c_are_apart_by_c_squared_and_order_does_not_matter():
    a = torch.rand(50, 3, generator=_generator(1))
    c = torch.tensor([1.0, 2.0, -2.0])
    moved = (a + c)[torch.randperm(50, generator=_generator(2))]
    assert frechet_distance(a, moved) == pytest.approx(9, rel=1e-5)


def test_a_feature_that_never_fires_does_no_harm():
    a, b = torch.rand(2, 60, 3, generator=_generator(3), dtype=torch.float64)
    dead = torch.zeros(60, 2, dtype=torch.float64)
    wide = frechet_distance(torch.hstack([a, dead]), torch.hstack([b, dead]))
    assert wide == pytest.approx(frechet_distance(a, b), rel=1e-7)


def test_large_means_in_single_precision_do_not_swamp_the_distance():
    a = torch.randn(200, 2, generator=_generator(4)) + 5000  # float32 keeps eleven binary places here, half is exact
    b = a + 0.5
    assert frechet_distance(a, b) == pytest.approx(0.5, rel=1e-9)


@pytest.mark.parametrize("short_side", ["a", "b"])
def test_too_few_samples_are_refused_with_the_number_needed(short_side):
    few, enough = torch.rand(19, 5), torch.rand(20, 5)
    assert frechet_distance(enough, torch.rand(20, 5)) > 0
    with pytest.raises(UserError, match=r"19 samples.*at least 20"):
        frechet_distance(*((few, enough) if short_side == "a" else (enough, few)))


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_features_that_are_not_finite_are_refused(bad):
    a = torch.rand(20, 2)
    spoilt = a.clone()
    spoilt[7, 1] = bad
    with pytest.raises(UserError, match="finite"):
        frechet_distance(a, spoilt)


def test_features_of_two_widths_or_no_matrix_are_refused():
    with pytest.raises(UserError, match="same classifier"):
        frechet_distance(torch.rand(20, 2), torch.rand(20, 3))
    with pytest.raises(UserError, match="matrix"):
        frechet_distance(torch.rand(20, 2), torch.rand(20))


@pytest.mark.parametrize(
    ("cov", "why"),
    [
        (torch.tensor([[1.0, 0.5], [0.0, 1.0]]), "symmetric"),
        (torch.tensor([[1.0, 0.0], [0.0, -1.0]]), "eigenvalue -1"),
        (torch.ones(2, 3), "square"),
        (torch.full((2, 2), float("nan")), "finite"),
        (torch.eye(3), "same d"),
    ],
)
def test_what_is_no_covariance_is_refused(cov, why):
    with pytest.raises(UserError, match=why):
        frechet_gaussians(torch.zeros(2), torch.eye(2), torch.zeros(2), cov)
