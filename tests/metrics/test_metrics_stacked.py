"""Counting the modes of stacked digits: closed forms, real digits, and collapses of every kind."""

from __future__ import annotations

import math

import pytest
import torch

from ganlab import data
from ganlab.errors import UserError
from ganlab.metrics import even_floor, real_floor_of_stacks, stacked_counts, stacked_labels
from ganlab.metrics.stacked import counts_of_labels


def test_even_labels_have_no_divergence_and_one_mode_has_all_of_it():
    even = counts_of_labels(torch.arange(1000).repeat(26), 1000)
    assert (even.modes, even.n) == (1000, 26_000) and even.kl == pytest.approx(0, abs=1e-12)
    one = counts_of_labels(torch.full((50,), 7), 1000)
    assert one.modes == 1 and one.kl == pytest.approx(math.log(1000))


def test_half_of_the_modes_cost_log_two():
    half = counts_of_labels(torch.arange(500).repeat(4), 1000)
    assert half.modes == 500 and half.kl == pytest.approx(math.log(2))


@pytest.mark.parametrize(("total", "n"), [(1000, 26_000), (100, 26_000), (1000, 2_500)])
def test_the_floor_is_what_even_samplers_get_on_average(total: int, n: int):
    rng = torch.Generator().manual_seed(0)
    found = [counts_of_labels(torch.randint(total, (n,), generator=rng), total) for _ in range(40)]
    kl = torch.tensor([f.kl for f in found])
    floor = even_floor(total, n)
    assert float(kl.mean()) == pytest.approx(floor["kl"], abs=4 * float(kl.std()) / 40**0.5)
    assert sum(f.modes for f in found) / 40 == pytest.approx(floor["modes"], abs=3)


def test_the_floor_of_the_protocol_is_the_published_order():
    """(total - 1) / 2n to first order; at 2 500 samples a perfect sampler misses modes."""
    assert even_floor(1000)["kl"] == pytest.approx(999 / 52_000, rel=0.02)
    assert even_floor(1000)["modes"] == pytest.approx(1000, abs=1e-6)
    assert even_floor(1000, 2_500)["modes"] == pytest.approx(1000 * (1 - 0.999**2500))


@pytest.fixture(scope="module")
def real() -> data.ImageData:
    loaded = data.load("stacked-digits", "test")
    assert isinstance(loaded, data.ImageData)
    return loaded


def test_real_stacks_are_told_by_their_digits(real):
    found = stacked_labels(real.floats(slice(0, 2000)), "stacked-digits")
    assert float((found == real.labels[:2000]).float().mean()) > 0.97  # two digits, each right in 99 of 100
    swapped = stacked_labels(real.floats(slice(0, 2000)).flip(1), "stacked-digits")
    assert torch.equal(swapped, 10 * (found % 10) + found // 10), "channels are read one by one, in order"


def test_the_real_floor_lies_above_the_even_one_and_names_the_classifiers_errors(real):
    counts, wrong = real_floor_of_stacks("stacked-digits")
    assert counts.modes == counts.total == 100 and counts.n == 26_000
    assert even_floor(100)["kl"] < counts.kl < 0.02 and 0 < wrong < 0.03


def test_a_sampler_with_one_digit_in_one_channel_has_ten_modes(real):
    fixed = real.floats(slice(0, 3000)).clone()
    fixed[:, 0] = fixed[0, 0]
    assert stacked_counts(fixed, "stacked-digits").modes == 10


@pytest.mark.parametrize(
    ("samples", "name", "sentence"),
    [
        (torch.zeros(3, 3, 8, 8), "stacked-digits", r"\(N, 2, H, W\)"),
        (torch.zeros(3, 1, 8, 8), "digits", "unknown stacked data set"),
        (torch.full((3, 2, 8, 8), 2.0), "stacked-digits", r"\[-1, 1\]"),
    ],
)
def test_what_cannot_be_counted_is_refused(samples: torch.Tensor, name: str, sentence: str):
    with pytest.raises(UserError, match=sentence):
        stacked_counts(samples, name)


def test_labels_out_of_range_are_refused():
    with pytest.raises(UserError, match="from 0 to 9"):
        counts_of_labels(torch.tensor([10]), 10)
