"""Classifier score and label coverage: exact values for logits whose probabilities are known."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from ganlab.errors import UserError
from ganlab.metrics import classifier_score, label_coverage


def _confident(labels: list[int], classes: int) -> torch.Tensor:
    return 1000.0 * torch.eye(classes)[labels]


def test_a_classifier_that_cannot_tell_gives_one():
    assert classifier_score(torch.zeros(7, 10)) == pytest.approx(1)


@pytest.mark.parametrize("k", [1, 2, 5, 10])
def test_k_classes_met_equally_and_with_confidence_give_k(k):
    assert classifier_score(_confident(list(range(k)) * 3, 10)) == pytest.approx(k)


def test_the_same_answer_for_every_sample_gives_one_however_confident():
    assert classifier_score(_confident([3] * 20, 10)) == pytest.approx(1)


def test_confident_labels_give_the_exponential_of_their_entropy():
    # Shares 3/4 and 1/4: unequal counts tell a mean over samples from a mean over classes.
    entropy = -(0.75 * math.log(0.75) + 0.25 * math.log(0.25))
    assert classifier_score(_confident([0, 0, 0, 1], 4)) == pytest.approx(math.exp(entropy))


def test_unsure_samples_follow_the_formula_written_out():
    p = torch.tensor([[0.7, 0.2, 0.1], [0.1, 0.1, 0.8]], dtype=torch.float64)
    marginal = [(p[0, j] + p[1, j]) / 2 for j in range(3)]
    divergences = [sum(p[i, j] * (p[i, j] / marginal[j]).log() for j in range(3)) for i in range(2)]
    assert classifier_score(p.log()) == pytest.approx(float(((divergences[0] + divergences[1]) / 2).exp()))


@given(st.integers(0, 10**6), st.integers(1, 30), st.integers(2, 6), st.floats(0.1, 50))
def test_the_score_lies_between_one_and_k_and_ignores_order_and_shifts(seed, n, k, scale):
    g = torch.Generator().manual_seed(seed)
    logits = scale * torch.randn(n, k, generator=g)
    score = classifier_score(logits)
    assert 1 - 1e-9 <= score <= k + 1e-9
    shuffled = logits[torch.randperm(n, generator=g)].double() + torch.randn(n, 1, generator=g)
    assert classifier_score(shuffled) == pytest.approx(score, rel=1e-6)


def test_single_precision_costs_no_digits():
    logits = 5 * torch.randn(500, 10, generator=torch.Generator().manual_seed(0))
    assert classifier_score(logits) == pytest.approx(classifier_score(logits.double()), rel=1e-13)


def test_shares_count_the_likeliest_labels():
    coverage = label_coverage(_confident([0, 0, 0, 2], 4))
    assert coverage.shares == (0.75, 0, 0.25, 0)
    assert (coverage.covered, coverage.classes) == (2, 4)
    assert coverage.variation == pytest.approx(0.5)


def test_a_class_counts_from_one_per_cent_on():
    assert label_coverage(_confident([0] * 99 + [1], 3)).covered == 2
    assert label_coverage(_confident([0] * 100 + [1], 3)).covered == 1


def test_variation_is_half_the_sum_of_differences_from_the_reference():
    logits = _confident([0, 0, 0, 1], 2)
    assert label_coverage(logits, (0.75, 0.25)).variation == pytest.approx(0)
    assert label_coverage(logits, torch.tensor([0.25, 0.75])).variation == pytest.approx(0.5)
    assert label_coverage(_confident([0], 2), (0.0, 1.0)).variation == pytest.approx(1)


def test_a_reference_of_another_length_is_refused():
    with pytest.raises(UserError, match="3 shares and the classifier 2"):
        label_coverage(torch.zeros(4, 2), (0.5, 0.25, 0.25))


@pytest.mark.parametrize("measure", [classifier_score, label_coverage])
@pytest.mark.parametrize("logits", [torch.zeros(0, 3), torch.zeros(3), torch.full((2, 2), float("nan"))])
def test_logits_that_mean_nothing_are_refused(measure, logits):
    with pytest.raises(UserError, match="logits"):
        measure(logits)
