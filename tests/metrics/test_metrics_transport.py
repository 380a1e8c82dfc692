"""Transport and kernel distances against SciPy, brute force and identities."""

from __future__ import annotations

import itertools
import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import wasserstein_distance

from ganlab.errors import UserError
from ganlab.metrics.transport import mmd2, sliced_w1, w1_matching, w1_sorted

samples = st.lists(st.floats(-5, 5, width=32), min_size=1, max_size=12)


@given(samples, samples)
def test_w1_on_the_line_is_scipys(x, y):
    found = w1_sorted(torch.tensor(x).double(), torch.tensor(y).double())
    assert float(found) == pytest.approx(wasserstein_distance(x, y), abs=1e-6)


@given(samples, st.floats(-3, 3))
def test_a_shift_costs_its_length(x, shift):
    x = torch.tensor(x).double()
    assert float(w1_sorted(x, x + shift)) == pytest.approx(abs(shift), abs=1e-6)


def test_the_sorted_pairing_by_hand():
    assert float(w1_sorted(torch.tensor([0.0, 1.0]), torch.tensor([3.0, 0.0]))) == 1.0


def test_the_matching_is_the_best_of_all_permutations():
    rng = torch.Generator().manual_seed(1)
    x, y = torch.randn(5, 3, generator=rng), torch.randn(5, 3, generator=rng)
    best = min(float((x - y[list(order)]).norm(dim=1).double().mean()) for order in itertools.permutations(range(5)))
    distance, order = w1_matching(x, y)
    assert distance == pytest.approx(best, abs=1e-6)
    assert float((x - y[order]).norm(dim=1).mean()) == pytest.approx(best, abs=1e-6)


def test_in_one_dimension_slices_are_the_whole():
    rng = torch.Generator().manual_seed(0)
    x, y = torch.randn(40, 1, generator=rng).double(), torch.randn(40, 1, generator=rng).double() + 1
    assert float(sliced_w1(x, y, 5)) == pytest.approx(float(w1_sorted(x[:, 0], y[:, 0])))


def test_the_slices_of_a_shift_average_the_cosine():
    """In the plane the mean of |cos| over all directions is 2/pi."""
    x = torch.zeros(1, 2, dtype=torch.float64)
    found = sliced_w1(x, x + torch.tensor([3.0, 0.0]), 40_000, torch.Generator().manual_seed(0))
    assert float(found) == pytest.approx(3 * 2 / math.pi, rel=0.02)


def test_mmd_by_hand():
    x, y = torch.tensor([[0.0], [1.0]]).double(), torch.tensor([[0.0], [2.0]]).double()

    def k(distance):
        return math.exp(-(distance**2) / 2)

    wanted = k(1) + k(2) - 2 * (k(0) + k(2) + k(1) + k(1)) / 4
    assert float(mmd2(x, y, [1.0])) == pytest.approx(wanted)


def test_mmd_is_zero_on_average_for_the_same_law_and_positive_for_another():
    rng = torch.Generator().manual_seed(0)
    same = torch.stack([mmd2(torch.randn(50, 2, generator=rng), torch.randn(50, 2, generator=rng)) for _ in range(40)])
    assert abs(float(same.mean())) < 3 * float(same.std()) / math.sqrt(40)
    assert bool((same < 0).any())
    assert float(mmd2(torch.randn(50, 2, generator=rng), torch.randn(50, 2, generator=rng) + 2)) > float(same.max())


@pytest.mark.parametrize(
    ("mistake", "words"),
    [
        (lambda: w1_sorted(torch.zeros(0), torch.zeros(2)), "N >= 1"),
        (lambda: w1_sorted(torch.zeros(2, 2), torch.zeros(2)), r"shape \(N,\)"),
        (lambda: w1_sorted(torch.tensor([math.nan]), torch.zeros(2)), "not finite"),
        (lambda: w1_matching(torch.zeros(2, 2), torch.zeros(3, 2)), "same size"),
        (lambda: sliced_w1(torch.zeros(2, 2), torch.zeros(2, 3)), "cannot be compared"),
        (lambda: mmd2(torch.zeros(1, 2), torch.zeros(2, 2)), "two samples"),
        (lambda: mmd2(torch.zeros(2, 2), torch.zeros(2, 2), [0.0]), "positive"),
    ],
)
def test_a_mistake_is_one_sentence(mistake, words):
    with pytest.raises(UserError, match=words):
        mistake()
