"""`evaluate`: real data near the floor, noise far from it, and a text that never shows one without the other."""

from __future__ import annotations

import dataclasses
import json
import math

import pytest
import torch

from ganlab import data
from ganlab.errors import UserError
from ganlab.metrics import classifier_score, evaluate, floor, frechet_distance, load_features
from ganlab.metrics.features import resize


def _noise(n: int, side: int) -> torch.Tensor:
    return torch.rand(n, 1, side, side, generator=torch.Generator().manual_seed(0)) * 2 - 1


@pytest.fixture(scope="module")
def train() -> torch.Tensor:
    return data.load("digits", "train").floats()


@pytest.fixture(scope="module")
def test_images() -> torch.Tensor:
    return data.load("digits", "test").floats()


def test_the_test_images_themselves_are_at_distance_nought(test_images):
    report = evaluate(test_images, "digits")
    assert report.distance == pytest.approx(0, abs=1e-6)
    assert report.shares == report.shares_real and report.score == report.score_real
    assert (report.covered, report.variation) == (10, 0)


def test_real_training_images_lie_near_the_floor_and_noise_far_above(train):
    real, noise = evaluate(train[-599:], "digits"), evaluate(_noise(599, 8), "digits")
    assert real.floor == noise.floor > 0
    assert real.distance < 3 * real.floor
    assert noise.distance > 20 * noise.floor


def test_every_figure_is_the_one_its_own_function_gives(train, test_images):
    features = load_features("digits")
    a, b = features.features(train[:300]), features.features(test_images)
    report = evaluate(train[:300], "digits")
    assert report.distance == pytest.approx(frechet_distance(a, b))
    assert report.score == pytest.approx(classifier_score(features.classify(a)))
    assert report.score_real == pytest.approx(classifier_score(features.classify(b)))
    assert report.floor == floor("digits", 300)
    assert report.classifier == features.card["sha256"]


def test_one_digit_alone_covers_one_class_of_ten():
    ones = data.load("digits", "train")
    chosen = ones.floats()[ones.labels == 1].repeat(2, 1, 1, 1)
    report = evaluate(chosen, "digits")
    assert (report.covered, report.classes) == (1, 10)
    assert report.variation == pytest.approx(0.9, abs=0.02)  # one tenth of the test images are ones
    assert report.score < 1.2 < 9 < report.score_real


def test_more_samples_than_test_images_are_cut_and_fewer_are_counted(train):
    whole, few = evaluate(train, "digits"), evaluate(train[:200], "digits")
    assert (whole.n, few.n) == (599, 200)
    assert whole == evaluate(train[:599], "digits")
    assert few.floor > whole.floor  # the bias of the distance grows as samples fall


@pytest.mark.parametrize("side", [8, 16])
def test_the_floor_is_what_a_copy_of_its_training_images_is_given(train, side):
    drawn = torch.randperm(len(train), generator=torch.Generator().manual_seed(0))[:300]
    report = evaluate(resize(train[drawn], side), "digits")
    assert report.distance == pytest.approx(report.floor, rel=1e-6)
    assert report.floor == floor("digits", 300, side=side)


def test_the_floor_is_drawn_with_its_own_seed_and_leaves_the_global_state(train):
    from ganlab.metrics import report

    state = torch.random.get_rng_state()
    before = evaluate(train[:200], "digits")
    report._floor.cache_clear()
    report.real_train.cache_clear()
    report.real_test.cache_clear()
    assert evaluate(train[:200], "digits") == before
    assert torch.equal(torch.random.get_rng_state(), state)


def test_where_samples_have_another_size_both_sides_go_through_it(train, test_images):
    # The very test images at 16 pixels: the reference goes the same way, so nothing is left of the detour.
    report = evaluate(resize(test_images, 16), "digits")
    assert (report.sampled_size, report.measured_size) == (16, 8)
    assert report.distance == pytest.approx(0, abs=1e-6)
    assert "16 pixels" in report.text() and "16 pixels" not in evaluate(test_images, "digits").text()


def test_the_text_has_the_distance_beside_its_floor_and_says_how_many(train):
    report = evaluate(train[:200], "digits")
    (line,) = [line for line in report.text().splitlines() if line.startswith("Frechet")]
    assert f"{report.distance:.2f}  (floor {report.floor:.2f}" in line
    assert report.text().startswith("digits: 200 generated against 599 real test images")
    assert f"{report.distance / report.floor:.1f} times the floor" in report.text()


def test_a_report_is_plain_data_that_json_keeps_and_nobody_alters(train):
    report = evaluate(train[:200], "digits")
    values = report.to_dict()
    assert json.loads(json.dumps(values, allow_nan=False)) == values
    assert set(values) == {field.name for field in dataclasses.fields(report)}
    assert math.fsum(report.shares) == pytest.approx(1)
    with pytest.raises(dataclasses.FrozenInstanceError):
        report.distance = 0.0  # type: ignore[misc]


def test_too_few_samples_are_refused_before_any_real_image_is_read(monkeypatch):
    def read(*_args: object) -> None:
        raise AssertionError("real images were read")

    monkeypatch.setattr(data, "load", read)
    with pytest.raises(UserError, match=r"127 samples.*at least 128"):
        evaluate(_noise(127, 8), "digits")
    with pytest.raises(UserError, match="0 samples"):
        evaluate(_noise(0, 8), "digits")


@pytest.mark.parametrize(
    ("samples", "name", "why"),
    [
        (torch.zeros(200, 2), "ring", "no classifier"),
        (torch.zeros(200, 3, 8, 8), "digits", "grey"),
        (torch.zeros(200, 1, 8, 16), "digits", "square"),
        (torch.full((200, 1, 8, 8), 200.0), "digits", "generated images"),
        (torch.zeros(200, 64), "digits", "shape"),
    ],
    ids=["points", "colour", "oblong", "range", "flat"],
)
def test_samples_that_cannot_be_measured_are_refused(samples, name, why):
    with pytest.raises(UserError, match=why):
        evaluate(samples, name)


def test_mnist_against_itself_lies_far_below_noise(mnist):
    real, noise = evaluate(mnist.floats(slice(0, 512)), "mnist"), evaluate(_noise(512, 28), "mnist")
    assert (real.n, real.reference, real.feature_dim) == (512, 10_000, 128)
    assert real.distance < 3 * real.floor
    assert noise.distance > 20 * real.distance
    assert real.covered == 10
