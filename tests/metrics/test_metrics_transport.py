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


@given(samples, samples, samples)
def test_w1_is_a_metric(x, y, z):
    x, y, z = (torch.tensor(each).double() for each in (x, y, z))
    there, back = float(w1_sorted(x, y)), float(w1_sorted(y, x))
    assert there == pytest.approx(back, abs=1e-9) and there >= 0
    assert there <= float(w1_sorted(x, z)) + float(w1_sorted(z, y)) + 1e-9
    assert float(w1_sorted(x, x.flip(0))) == pytest.approx(0, abs=1e-12)


@given(samples, samples, st.floats(-4, 4))
def test_w1_scales_with_the_unit_of_length(x, y, factor):
    x, y = torch.tensor(x).double(), torch.tensor(y).double()
    assert float(w1_sorted(factor * x, factor * y)) == pytest.approx(abs(factor) * float(w1_sorted(x, y)), abs=1e-9)


@given(samples, samples)
def test_no_price_list_earns_more_than_w1(x, y):
    """Kantorovich and Rubinstein: a slope of 1 at most. The sign of the difference of means gives a lower bound."""
    x, y = torch.tensor(x).double(), torch.tensor(y).double()
    w1 = float(w1_sorted(x, y)) + 1e-9
    for f in (lambda t: t, torch.abs, torch.sin, torch.tanh):
        assert abs(float(f(x).mean() - f(y).mean())) <= w1


@pytest.mark.parametrize("sizes", [(6, 6), (6, 4)])
def test_the_gradient_of_w1_is_that_of_its_differences(sizes):
    rng = torch.Generator().manual_seed(2)
    x, y = (torch.randn(n, generator=rng, dtype=torch.float64) for n in sizes)
    assert torch.autograd.gradcheck(w1_sorted, (x.requires_grad_(True), y.requires_grad_(True)))


def test_two_bells_are_as_far_apart_as_their_quantiles():
    """N(0, 1) and N(1, 3^2): the mean of |F^-1(u) - G^-1(u)| = |1 + 2 z| is 1.79308 for a standard normal z."""
    z = torch.special.ndtri((torch.arange(200_000, dtype=torch.float64) + 0.5) / 200_000)
    folded = 2 * math.sqrt(2 / math.pi) * math.exp(-1 / 8) + math.erf(1 / math.sqrt(8))
    assert float(w1_sorted(z, 1 + 3 * z)) == pytest.approx(folded, abs=1e-4)


def test_the_sorted_pairing_by_hand():
    assert float(w1_sorted(torch.tensor([0.0, 1.0]), torch.tensor([3.0, 0.0]))) == 1.0


def test_the_matching_is_the_best_of_all_permutations():
    rng = torch.Generator().manual_seed(1)
    x, y = torch.randn(5, 3, generator=rng), torch.randn(5, 3, generator=rng)
    best = min(float((x - y[list(order)]).norm(dim=1).double().mean()) for order in itertools.permutations(range(5)))
    distance, order = w1_matching(x, y)
    assert distance == pytest.approx(best, abs=1e-6)
    assert float((x - y[order]).norm(dim=1).mean()) == pytest.approx(best, abs=1e-6)


def test_far_from_zero_nothing_is_lost():
    """Distances by products would see 1e-4 between a point and itself here, and MMD another value."""
    rng = torch.Generator().manual_seed(3)
    x, y = torch.randn(40, 3, generator=rng), torch.randn(40, 3, generator=rng)
    distance, order = w1_matching(x.double() + 1e4, x.double()[torch.randperm(40, generator=rng)] + 1e4)
    assert distance == pytest.approx(0, abs=1e-9) and sorted(order.tolist()) == list(range(40))
    moved = (torch.round(x * 64) / 64, torch.round(y * 64) / 64)  # exact in float32, also 1000 further
    assert float(mmd2(moved[0] + 1000, moved[1] + 1000)) == pytest.approx(float(mmd2(*moved)), abs=1e-6)


def test_a_matching_of_points_that_are_being_trained():
    x = torch.tensor([[0.0, 1.0]], requires_grad=True)
    assert w1_matching(x, torch.tensor([[3.0, 5.0]]))[0] == 5.0


@given(st.integers(0, 1000))
def test_slices_are_shorter_than_the_whole_way(seed):
    rng = torch.Generator().manual_seed(seed)
    x, y = torch.randn(2, 12, 3, generator=rng, dtype=torch.float64)
    assert float(sliced_w1(x, y, 30, rng)) <= w1_matching(x, y)[0] + 1e-9


@pytest.mark.parametrize("d", [2, 3, 5])
def test_slices_of_two_round_bells(d):
    """N(0, I) against N(0, 4 I): each slice is a bell against one twice as wide, (2 - 1) sqrt(2/pi) apart.

    Against the same sample moved by m: each slice is |m . a| apart, on average |m| times the mean cosine of two
    directions, Gamma(d/2) / (sqrt(pi) Gamma((d+1)/2)).
    """
    rng = torch.Generator().manual_seed(d)
    x, y = torch.randn(2, 4000, d, generator=rng, dtype=torch.float64)
    found = [float(sliced_w1(a, 2 * b, 200, rng)) for a, b in zip(x.split(1000), y.split(1000), strict=True)]
    error = torch.tensor(found).std() / 2
    floor = float(sliced_w1(x[:1000], y[:1000], 200, rng))  # what two samples of one law are apart adds a little
    assert abs(sum(found) / 4 - math.sqrt(2 / math.pi)) < 3 * error + floor / 4
    shift = torch.zeros(d, dtype=torch.float64)
    shift[0] = 3.0
    mean_cosine = math.gamma(d / 2) / (math.sqrt(math.pi) * math.gamma((d + 1) / 2))
    moved = float(sliced_w1(x[:5], x[:5] + shift, 40_000, rng))
    assert moved == pytest.approx(3 * mean_cosine, rel=0.02)


def test_slices_of_samples_of_unequal_sizes():
    """Each point of the smaller sample twice makes it equal: the two ways of computing agree."""
    rng = torch.Generator().manual_seed(4)
    x, y = torch.randn(10, 2, generator=rng, dtype=torch.float64), torch.randn(5, 2, generator=rng, dtype=torch.float64)
    one, other = (sliced_w1(x, each, 20, torch.Generator().manual_seed(0)) for each in (y, y.repeat(2, 1)))
    assert float(one) == pytest.approx(float(other), abs=1e-12)


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


@pytest.mark.parametrize(("d", "bandwidth"), [(1.0, 0.5), (1.0, 2.0), (3.0, 1.0)])
def test_mmd_of_two_bells_is_unbiased(d, bandwidth):
    """N(0, 1) against N(d, 1): E k(x, y) = h / sqrt(h^2 + 2) exp(-d^2 / (2 h^2 + 4)), whatever the sample's size."""
    rng = torch.Generator().manual_seed(5)
    h2 = bandwidth**2
    wanted = 2 * math.sqrt(h2 / (h2 + 2)) * (1 - math.exp(-(d**2) / (2 * h2 + 4)))
    pairs = torch.randn(400, 2, 8, 1, generator=rng, dtype=torch.float64)
    found = torch.stack([mmd2(x, d + y, [bandwidth]) for x, y in pairs])
    assert abs(float(found.mean()) - wanted) < 3 * float(found.std()) / 20


@given(st.integers(0, 1000))
def test_mmd_is_symmetric_and_turns_with_its_points(seed):
    rng = torch.Generator().manual_seed(seed)
    x, y = torch.randn(2, 6, 2, generator=rng, dtype=torch.float64)
    turn = torch.tensor([[0.6, -0.8], [0.8, 0.6]], dtype=torch.float64)
    here = float(mmd2(x, y))
    assert float(mmd2(y, x)) == pytest.approx(here, abs=1e-12)
    assert float(mmd2(x @ turn + 3, y @ turn + 3)) == pytest.approx(here, abs=1e-9)


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
        (lambda: w1_sorted(torch.arange(3), torch.arange(3)), "floating-point"),
        (lambda: w1_matching(torch.zeros(2, 2), torch.zeros(3, 2)), "same size"),
        (lambda: w1_matching(torch.full((2, 2), math.inf), torch.zeros(2, 2)), "not finite"),
        (lambda: sliced_w1(torch.zeros(2, 2), torch.zeros(2, 2), 0), "one direction"),
        (lambda: mmd2(torch.full((2, 2), math.nan), torch.zeros(2, 2)), "not finite"),
        (lambda: mmd2(torch.zeros(2, 2), torch.zeros(2, 2), [math.nan]), "positive"),
        (lambda: mmd2(torch.zeros(2, 2), torch.zeros(2, 2), []), "positive"),
        (lambda: sliced_w1(torch.zeros(2, 2), torch.zeros(2, 3)), "cannot be compared"),
        (lambda: mmd2(torch.zeros(1, 2), torch.zeros(2, 2)), "two samples"),
        (lambda: mmd2(torch.zeros(2, 2), torch.zeros(2, 2), [0.0]), "positive"),
    ],
)
def test_a_mistake_is_one_sentence(mistake, words):
    with pytest.raises(UserError, match=words):
        mistake()
