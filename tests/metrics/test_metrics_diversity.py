"""Mean distances between samples against brute force and closed forms."""

from __future__ import annotations

import math

import pytest
import torch

from ganlab.errors import UserError
from ganlab.metrics import class_diversity, mean_pairwise_distance


def _rng(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_it_is_the_mean_over_all_pairs_across_blocks():
    x = torch.rand(1100, 4, generator=_rng(0), dtype=torch.float64)
    assert mean_pairwise_distance(x) == pytest.approx(float(torch.pdist(x).mean()))


def test_on_the_line_normal_samples_have_the_closed_form():
    x = torch.randn(4000, 1, generator=_rng(1), dtype=torch.float64)
    assert mean_pairwise_distance(x) == pytest.approx(2 / math.sqrt(math.pi), abs=0.03)


def test_one_picture_a_class_has_diversity_over_all_and_none_within():
    x = torch.eye(3).repeat(10, 1)
    labels = torch.arange(3).repeat(10)
    assert mean_pairwise_distance(x) > 0.9
    assert class_diversity(x, labels, 4) == pytest.approx((0, 0, 0, None))


def test_labels_that_do_not_fit_are_refused():
    for labels in (torch.zeros(4, dtype=torch.long), torch.tensor([0, 1, 7]), torch.tensor([-1, 0, 0])):
        with pytest.raises(UserError, match="a label each"):
            class_diversity(torch.rand(3, 2), labels, 2)
    with pytest.raises(UserError, match="two of them"):
        mean_pairwise_distance(torch.rand(1, 2))
