"""NDB: the z-test of each cell, its level under equal laws, and the cell that a missing mode leaves empty."""

from __future__ import annotations

import pytest
import torch

from ganlab.data import mixtures
from ganlab.errors import UserError
from ganlab.metrics import Bins, fit_bins, ndb, recount


def _rng(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_the_z_values_are_those_of_a_two_proportion_test():
    centres = torch.tensor([[0.0], [10.0]])
    bins = recount(Bins(centres, torch.empty(2), 0), torch.tensor([[0.0]] * 30 + [[10.0]] * 70))
    report = ndb(torch.tensor([[0.0]] * 25 + [[10.0]] * 25), bins)
    # Pearson's chi-squared without correction is the square of the pooled z.
    from scipy.stats import chi2_contingency

    expected = chi2_contingency([[25, 25], [30, 70]], correction=False).statistic ** 0.5
    assert report.z == pytest.approx((expected, -expected))
    assert report.different == 2 and report.variation == pytest.approx(0.2)


def test_equal_laws_flag_about_alpha_of_the_cells():
    share = []
    for seed in range(8):
        x = torch.randn(9000, 2, generator=_rng(seed))
        bins = recount(fit_bins(x[:3000], 50), x[3000:6000])
        share.append(ndb(x[6000:], bins).share)
    # 400 tests at level 0.05: a standard error of 0.011.
    assert sum(share) / len(share) == pytest.approx(0.05, abs=0.035)


def test_a_missing_mode_is_flagged_with_the_right_sign_and_the_others_as_overfull():
    points, labels = mixtures.ring().sample(8000, _rng(0))
    bins = fit_bins(points[:4000], 8)
    fake = points[4000:][labels[4000:] != 3]
    report = ndb(fake, bins)
    worst = min(range(8), key=lambda cell: report.z[cell])
    gone = bins.assign(points[labels == 3][:1])
    assert worst == int(gone) and report.shares[worst] == 0 and report.z[worst] < -10
    assert report.variation == pytest.approx(1 / 8, abs=0.03)


def test_a_cell_that_is_empty_on_both_sides_is_no_difference():
    bins = Bins(torch.tensor([[0.0], [10.0], [99.0]]), torch.tensor([0.5, 0.5, 0.0]).double(), 100)
    assert ndb(torch.tensor([[0.0], [10.0]] * 20), bins).z == pytest.approx((0, 0, 0))


@pytest.mark.parametrize(
    ("call", "why"),
    [
        (lambda: fit_bins(torch.rand(99, 2), 10), "cannot fill 10"),
        (lambda: ndb(torch.rand(19, 1), Bins(torch.rand(2, 1), torch.tensor([0.5, 0.5]), 9)), "at least 20"),
        (lambda: ndb(torch.rand(20, 2), Bins(torch.rand(2, 1), torch.tensor([0.5, 0.5]), 9)), "width"),
        (lambda: ndb(torch.rand(20, 1), Bins(torch.rand(2, 1), torch.tensor([0.5, 0.5]), 9), alpha=0), "alpha"),
    ],
)
def test_what_cannot_be_counted_is_refused(call, why):
    with pytest.raises(UserError, match=why):
        call()
