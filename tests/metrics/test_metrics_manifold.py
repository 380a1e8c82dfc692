"""Precision, recall, density, coverage: an oracle, pictures one can count, the expectation of coverage."""

from __future__ import annotations

import pytest
import torch

from ganlab.errors import UserError
from ganlab.metrics import expected_coverage, manifold
from ganlab.metrics.manifold import membership
from ganlab.metrics.matrix import exact_distances, nearest


def _rng(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize(("seed", "d", "shift"), [(0, 2, 0.0), (1, 16, 0.5), (2, 5, 3.0)])
def test_prdc_agrees(seed, d, shift):
    prdc = pytest.importorskip("prdc")
    real = torch.randn(700, d, generator=_rng(seed), dtype=torch.float64)
    fake = torch.randn(600, d, generator=_rng(seed + 9), dtype=torch.float64) + shift
    theirs = prdc.compute_prdc(real.numpy(), fake.numpy(), nearest_k=5)
    ours = manifold(fake, real, k=5)
    for name in ("precision", "recall", "density", "coverage"):
        assert getattr(ours, name) == pytest.approx(float(theirs[name]), abs=1e-9), name


def test_four_points_on_a_line_counted_by_hand():
    # Real 0, 1, 2, 3 with k = 1: every ball reaches 1. Generated 0.4, 0.5, 0.7: 0.1, 0.1, 0.2.
    real = torch.tensor([[0.0], [1.0], [2.0], [3.0]])
    fake = torch.tensor([[0.4], [0.5], [0.7]])
    found = manifold(fake, real, k=1)
    assert (found.precision, found.recall, found.coverage) == (1, 0, 0.5)
    assert found.density == pytest.approx(2)  # each lies in the balls of 0 and of 1


def test_a_narrow_generator_is_precise_and_recalls_little_a_wide_one_the_reverse():
    real = torch.randn(1500, 4, generator=_rng(3))
    narrow = manifold(0.4 * torch.randn(1500, 4, generator=_rng(4)), real)
    wide = manifold(2.5 * torch.randn(1500, 4, generator=_rng(5)), real)
    assert narrow.precision > 0.95 and narrow.recall < 0.4
    assert wide.precision < 0.5 and wide.recall > 0.95


def test_coverage_under_equal_laws_has_the_expectation_of_naeems_lemma():
    for n, m, k in ((100, 100, 5), (300, 100, 3), (50, 200, 2)):
        found = torch.tensor(
            [
                manifold(torch.randn(n, 3, generator=_rng(s)), torch.randn(m, 3, generator=_rng(s + 500)), k).coverage
                for s in range(60)
            ]
        )
        assert abs(found.mean() - expected_coverage(n, m, k)) < 4 * found.std() / 60**0.5


def test_membership_is_precision_and_density_sample_by_sample():
    real, fake = torch.randn(300, 2, generator=_rng(6)), torch.randn(200, 2, generator=_rng(7)) + 1
    counts, found = membership(fake, real, 4), manifold(fake, real, 4)
    assert float((counts > 0).double().mean()) == found.precision
    assert float(counts.double().mean() / 4) == pytest.approx(found.density)


def test_equal_rows_are_at_distance_nought_far_from_the_origin_too():
    x = torch.randn(50, 64, generator=_rng(8)) + 1000
    assert (exact_distances(x, x).diagonal() == 0).all()
    assert (nearest(x, torch.cat([torch.zeros(3, 64), x]))[:, 0] == 0).all()
    torch.testing.assert_close(
        exact_distances(x, x), (x.double()[:, None] - x.double()).norm(dim=2), atol=1e-6, rtol=1e-6
    )


@pytest.mark.parametrize(
    ("fake", "k", "why"),
    [(torch.rand(6, 2), 5, "at least 7"), (torch.rand(9, 2), 0, "1 or more"), (torch.rand(9, 3), 3, "width")],
)
def test_what_has_no_neighbourhood_is_refused(fake, k, why):
    with pytest.raises(UserError, match=why):
        manifold(fake, torch.rand(50, 2), k)


@pytest.mark.parametrize("d", [2, 40])
def test_neighbours_in_tight_clusters_are_those_of_the_differences(d):
    centres = torch.randn(5, d, generator=_rng(9), dtype=torch.float64)
    x = centres.repeat(80, 1) + 1e-3 * torch.randn(400, d, generator=_rng(10), dtype=torch.float64)
    expected = (x[:, None] - x).norm(dim=2).topk(4, largest=False).values
    torch.testing.assert_close(nearest(x, x, 4), expected, rtol=1e-6, atol=0)
