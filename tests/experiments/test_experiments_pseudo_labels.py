"""Labels that a weak classifier gives: against real images with known labels, where every share can be counted."""

from __future__ import annotations

import pytest
import torch

from ganlab import data
from ganlab.data import ImageData
from ganlab.errors import UserError
from ganlab.experiments.pseudo_labels import pseudo_labels
from ganlab.metrics import load_features


@pytest.fixture(scope="module")
def digits() -> tuple[ImageData, ImageData]:
    train, test = data.load("digits"), data.load("digits", "test")
    assert isinstance(train, ImageData) and isinstance(test, ImageData)
    return train, test


def test_on_real_images_the_disagreement_is_the_error_up_to_the_frozen_classifiers_own(
    digits: tuple[ImageData, ImageData],
) -> None:
    train, test = digits
    found = pseudo_labels(train, test, test.floats(), seed=0)
    frozen = load_features("digits").logits(test.floats()).argmax(dim=1)
    own = (frozen != test.labels).float().mean().item()
    assert abs(found.fakes - found.real) <= own + 1e-6
    assert 0.02 < found.real < 0.5, "100 digits teach something, and not everything"


def test_ten_images_of_each_class_are_learned_by_heart_and_their_copies_teach_nothing(
    digits: tuple[ImageData, ImageData],
) -> None:
    train, _ = digits
    few = torch.randperm(len(train), generator=torch.Generator().manual_seed(3))[:100]
    own = ImageData("digits", train.images[few], train.labels[few])  # type: ignore[index]
    found = pseudo_labels(train, own, own.floats(), seed=3)
    assert found.real == found.after == 0


def test_only_the_first_ones_join(digits: tuple[ImageData, ImageData]) -> None:
    train, test = digits
    samples = train.floats(slice(0, 60))
    noise = torch.rand(60, 1, 8, 8, generator=torch.Generator().manual_seed(0)) * 2 - 1
    calm = pseudo_labels(train, test, samples, seed=1, used=60)
    assert pseudo_labels(train, test, torch.cat([samples, noise]), seed=1, used=60).after == calm.after
    assert pseudo_labels(train, test, torch.cat([noise, samples]), seed=1, used=60).after > calm.after
    assert pseudo_labels(train, test, samples, seed=1, used=0).after == calm.real


def test_refusals(digits: tuple[ImageData, ImageData]) -> None:
    train, test = digits
    with pytest.raises(UserError, match="has no labels"):
        pseudo_labels(ImageData("digits", train.images), test, test.floats(), seed=0)
