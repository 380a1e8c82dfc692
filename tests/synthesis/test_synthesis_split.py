"""No image in two parts: splits by class, and checks that find a leak by its index or by its pixels."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from ganlab.data import ImageData, load
from ganlab.errors import UserError
from ganlab.synthesis import Leak, check_indices, check_pixels, divide, material, prepare
from ganlab.synthesis.split import first_share, taken


def images(n: int, classes: int, seed: int = 0) -> ImageData:
    rng = torch.Generator().manual_seed(seed)
    pixels = torch.randint(256, (n, 1, 4, 4), generator=rng, dtype=torch.uint8)
    return ImageData("random", pixels, torch.arange(n) % classes, tuple("abcdefgh"[:classes]))


@given(st.integers(2, 8), st.integers(2, 12), st.integers(0, 50))
@settings(max_examples=25, deadline=None)
def test_a_split_takes_what_was_asked_of_every_class_and_no_image_twice(classes: int, labels: int, seed: int):
    pool = images(classes * 20, classes)
    split = divide(pool, labels, seed)
    assert torch.bincount(pool.labels[split.train]).tolist() == [labels] * classes
    assert torch.bincount(pool.labels[split.validation]).tolist() == [max(4, labels // 2)] * classes
    together = torch.cat([split.train, split.validation, split.spare])
    assert sorted(together.tolist()) == list(range(len(pool)))


def test_another_seed_draws_others_and_the_same_seed_the_same():
    pool = images(200, 4)
    one, again, other = (divide(pool, 10, seed).train for seed in (1, 1, 2))
    assert torch.equal(one, again) and set(one.tolist()) != set(other.tolist())


def test_without_a_number_of_labels_four_fifths_of_every_class_are_trained_on():
    pool = taken(images(200, 4), torch.cat([torch.arange(200), torch.arange(0, 200, 4)]))  # class 0 twice as often
    split = divide(pool)
    assert torch.bincount(pool.labels[split.train]).tolist() == [80, 40, 40, 40] and not len(split.spare)


def test_a_shared_index_is_caught_and_named():
    with pytest.raises(Leak, match="1 images are in train and in test, index 7"):
        check_indices(train=torch.tensor([1, 7]), validation=torch.tensor([2]), test=torch.tensor([7, 9]))
    check_indices(train=torch.tensor([1, 7]), test=torch.tensor([2]))


def test_the_same_pixels_under_another_index_are_caught():
    pixels = images(10, 2).images
    check_pixels(train=pixels[:5], test=pixels[5:])
    one_off = pixels[5:].clone()
    one_off[2] = pixels[3]
    with pytest.raises(Leak, match="pixel for pixel"):
        check_pixels(train=pixels[:5], test=one_off)
    one_off[2, 0, 0, 0] ^= 1
    check_pixels(train=pixels[:5], test=one_off)


def test_twins_leave_the_pool_and_are_counted():
    pool, test = images(40, 2), images(20, 2, seed=1)
    pool.images[3], pool.images[9] = test.images[4], pool.images[10]
    made = material(pool, test, "mine")
    assert made.twins == 2 and len(made.pool) == 38
    check_pixels(pool=made.pool.images, test=made.test.images)


def test_the_digits_keep_their_own_test_part():
    made = prepare("digits")
    assert made.test.images.equal(load("digits", "test").images) and "CC BY" in made.licence
    check_pixels(pool=made.pool.images, test=made.test.images)


def test_a_share_of_the_labels_is_the_beginning_of_every_class():
    labels = torch.tensor([0, 1, 1, 0, 1, 1, 0, 0, 2])
    assert first_share(labels, 0.5).tolist() == [0, 1, 2, 3, 8]


def folder_of(path: Path, counts: dict[str, int]) -> Path:
    rng = np.random.default_rng(0)
    for label, count in counts.items():
        (path / label).mkdir(parents=True)
        for i in range(count):
            Image.fromarray(rng.integers(0, 256, (6, 6), dtype=np.uint8)).save(path / label / f"{i}.png")
    return path


def test_a_folder_gives_three_tenths_of_each_class_to_the_test_part(tmp_path: Path):
    path = folder_of(tmp_path / "pictures", {"cat": 40, "dog": 20})
    (path / "LICENSE").write_text("mine")
    made = prepare(path)
    assert torch.bincount(made.test.labels).tolist() == [12, 6] and len(made.pool) == 42
    assert made.classes == ("cat", "dog") and made.licence == "see LICENSE in the folder"
    assert prepare(path).test.images.equal(made.test.images)


@pytest.mark.parametrize(
    ("counts", "says"),
    [
        ({"cat": 30}, "one class only"),
        ({"cat": 30, "dog": 5}, "'dog'.* has 5 images.*add 7"),
        ({".": 30}, "no labels"),
    ],
)
def test_a_folder_that_no_study_can_be_made_of_is_one_sentence(tmp_path: Path, counts: dict[str, int], says: str):
    with pytest.raises(UserError, match=says):
        prepare(folder_of(tmp_path / "pictures", counts))


@pytest.mark.parametrize("labels", [0, 1, 14, 1000])
def test_more_labels_than_there_are_is_one_sentence_with_the_number_that_there_is(labels: int):
    pool = images(80, 4)
    with pytest.raises(UserError, match="has 20: ask for 2 to 13"):
        divide(pool, labels)
    divide(pool, 13)


def test_points_have_no_pictures():
    with pytest.raises(UserError, match="made of points"):
        prepare("ring")
