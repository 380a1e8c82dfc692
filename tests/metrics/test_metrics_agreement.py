"""Two namings of the same items: exchanged names cost nothing, merged classes cost what they hold, chance is chance."""

from __future__ import annotations

import math

import pytest
import torch

from ganlab.errors import UserError
from ganlab.metrics import agreement


def test_exchanged_names_agree_entirely():
    b = torch.arange(600) % 6
    found = agreement(torch.tensor([3, 5, 0, 1, 4, 2])[b], b, 6)
    assert found.matched == 1 and found.information == pytest.approx(math.log(6)) == pytest.approx(found.ceiling)


def test_two_classes_under_one_name_and_one_class_under_two_count_once():
    """Six classes of 100; name 0 is given to classes 0 and 1, and class 5 is split evenly between 5 and 1."""
    b = torch.arange(6).repeat_interleave(100)
    a = b.clone()
    a[b == 1] = 0
    a[550:] = 1
    found = agreement(a, b, 6)
    assert found.matched == pytest.approx((600 - 100 - 50) / 600)
    # H(b) - H(b | a): only under name 0, a third of the items, is one of two classes left open.
    assert found.information == pytest.approx(math.log(6) - math.log(2) / 3)


@pytest.mark.parametrize("eps", [0.1, 0.4])
def test_a_channel_that_errs_evenly_has_the_information_of_the_closed_form(eps: float):
    k, each = 4, 3000
    wrong = round(eps * each / (k - 1))
    pairs = [(i, j) for i in range(k) for j in range(k) for _ in range(wrong if i != j else each - (k - 1) * wrong)]
    a, b = torch.tensor(pairs).T
    eps = (k - 1) * wrong / each
    known = math.log(k) + (1 - eps) * math.log(1 - eps) + eps * math.log(eps / (k - 1))
    found = agreement(a, b, k)
    assert found.information == pytest.approx(known) and found.matched == pytest.approx(1 - eps)


def test_chance_is_that_of_independent_names_and_falls_to_one_in_k():
    rng = torch.Generator().manual_seed(1)
    few, many = (
        agreement(*torch.randint(10, (2, n), generator=rng), 10) for n in (200, 20_000)
    )  # the second factor is independent of the first
    assert few.chance > many.chance > 0.1
    assert few.matched == pytest.approx(few.chance, abs=0.06) and many.matched == pytest.approx(many.chance, abs=0.01)
    assert many.chance < 0.12 and many.information < 0.01


@pytest.mark.parametrize(
    ("a", "b"), [([0, 1], [0]), ([], []), ([0, 3], [0, 1]), ([0, 1], [0, -1])], ids=["length", "none", "high", "low"]
)
def test_names_that_do_not_fit_are_one_sentence(a: list[int], b: list[int]):
    with pytest.raises(UserError, match=r"names must|one name each"):
        agreement(torch.tensor(a, dtype=torch.int64), torch.tensor(b, dtype=torch.int64), 3)
