"""Scores against scikit-learn, intervals against scipy and by their coverage, learning curves in closed form."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.stats import ttest_rel
from sklearn.metrics import balanced_accuracy_score

from ganlab.errors import UserError
from ganlab.synthesis import doubled, learning_curve, paired_gain, recall_gain, scores


def test_macro_recall_is_balanced_accuracy_and_the_minority_is_one_class_of_it():
    rng = torch.Generator().manual_seed(0)
    labels = torch.randint(3, (200,), generator=rng).clamp(max=1) + (torch.rand(200, generator=rng) < 0.1).long()
    p = torch.rand(200, 3, generator=rng).softmax(dim=1)
    found = scores(p, labels, minority=2)
    guess = p.argmax(dim=1)
    assert found["macro_recall"] == pytest.approx(balanced_accuracy_score(labels, guess))
    assert found["minority_recall"] == pytest.approx(float((guess[labels == 2] == 2).double().mean()))
    assert found["accuracy"] == pytest.approx(float((guess == labels).double().mean()))


def test_pr_auc_by_hand():
    p = torch.tensor([[0.9, 0.1], [0.4, 0.6], [0.7, 0.3], [0.2, 0.8]])
    found = scores(p, torch.tensor([0, 1, 1, 1]), minority=1)
    # Class 1, by score: right, right, right, wrong. Class 0: right at once.
    assert found["minority_pr_auc"] == pytest.approx(1.0) and found["pr_auc"] == pytest.approx(1.0)
    found = scores(p, torch.tensor([0, 0, 1, 1]), minority=1)
    # By score: right (1/1), wrong, right (2/3).
    assert found["minority_pr_auc"] == pytest.approx((1 + 2 / 3) / 2)


def test_the_paired_interval_is_that_of_scipy():
    rng = np.random.default_rng(0)
    after, before = rng.normal(0.9, 0.02, 5), rng.normal(0.88, 0.02, 5)
    gain = paired_gain(after, before)
    interval = ttest_rel(after, before).confidence_interval(0.95)
    assert (gain.low, gain.high) == pytest.approx((interval.low, interval.high))
    assert gain.seeds == 5 and gain.value == pytest.approx((after - before).mean())


def test_no_difference_has_an_interval_of_nought():
    right = np.random.default_rng(0).random((4, 50)) < 0.8
    gain = recall_gain(right, right, np.arange(50) % 5)
    assert gain.value == gain.low == gain.high == 0


def test_the_gain_weighs_classes_and_not_images_alike():
    labels = np.array([0] * 90 + [1] * 10)
    before = np.ones((3, 100), dtype=bool)
    after = before.copy()
    after[:, 90:] = False
    assert recall_gain(after, before, labels).value == pytest.approx(-0.5)


def test_the_interval_covers_the_truth_where_both_seeds_and_test_images_are_drawn_by_chance():
    rng, truth, hits, narrow = np.random.default_rng(1), 0.04, 0, 0
    labels = np.arange(150) % 3
    for _ in range(400):
        image = rng.normal(0, 0.35, 150)  # what the change does to each test image, a new test part each time
        seed = rng.normal(0, 0.01, (5, 1))
        before = rng.random((5, 150)) < 0.7
        p = np.clip(truth + image + seed, -1, 1)
        flip = rng.random((5, 150)) < np.abs(p)
        after = np.where(flip & (p > 0), True, np.where(flip & (p < 0), False, before))
        # The mean of this law, by many draws of it: each flip moves right by (1 - before) or -before.
        gain = recall_gain(after, before, labels)
        hits += gain.low <= _mean_effect() <= gain.high
        only_seeds = paired_gain(after.mean(axis=1), before.mean(axis=1))
        narrow += only_seeds.low <= _mean_effect() <= only_seeds.high
    assert hits / 400 > 0.94
    assert narrow < hits


def _mean_effect(cache: list[float] = []) -> float:  # noqa: B006
    if not cache:
        rng = np.random.default_rng(2)
        p = np.clip(0.04 + rng.normal(0, 0.35, 2_000_000) + rng.normal(0, 0.01, 2_000_000), -1, 1)
        cache.append(float(np.where(p > 0, 0.3 * p, 0.7 * p).mean()))
    return cache[0]


def test_a_power_law_is_found_again_and_a_doubling_of_labels_is_its_fall():
    sizes, b, c = [25.0, 50.0, 100.0], 2.0, 0.5
    errors = [b * n**-c for n in sizes]
    assert learning_curve(sizes, errors) == pytest.approx((b, c))
    gain = doubled(sizes, np.array([errors, errors, errors]))
    assert gain.value == pytest.approx(0.2 - 2 / 200**0.5) and gain.high == pytest.approx(gain.low)


def test_a_curve_that_rises_promises_nothing():
    gain = doubled([10, 20, 40], np.array([[0.1, 0.12, 0.15], [0.1, 0.11, 0.12]]))
    assert gain.value == 0


@pytest.mark.parametrize(("after", "before"), [([0.9], [0.8]), ([0.9, 0.8], [0.9])])
def test_one_seed_or_unequal_seeds_have_no_interval(after: list[float], before: list[float]):
    with pytest.raises(UserError, match="same two or more seeds"):
        paired_gain(after, before)
