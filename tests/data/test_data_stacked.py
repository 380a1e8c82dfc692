"""Stacked digits: every channel is an image of the split beneath, every label says which digits, seeds are fixed."""

from __future__ import annotations

import pytest
import torch

from ganlab import data
from ganlab.data.contract import ImageData
from ganlab.data.stacked import STACKS, load_stacked


@pytest.fixture(scope="module", params=["train", "test"])
def pair(request: pytest.FixtureRequest) -> tuple[ImageData, ImageData]:
    stacked, single = data.load("stacked-digits", request.param), data.load("digits", request.param)
    assert isinstance(stacked, ImageData) and isinstance(single, ImageData)
    return stacked, single


def test_each_channel_is_an_image_of_the_same_split_with_the_digit_that_the_label_names(pair):
    stacked, single = pair
    known: dict[bytes, set[int]] = {}
    for image, label in zip(single.images, single.labels.tolist(), strict=True):
        known.setdefault(image.numpy().tobytes(), set()).add(label)
    for image, label in zip(stacked.images[:500], stacked.labels[:500].tolist(), strict=True):
        for channel, digit in zip(image, divmod(label, 10), strict=True):
            assert digit in known[channel.numpy().tobytes()]


def test_the_shapes_are_those_of_the_registry_and_all_modes_are_there(pair):
    stacked, _ = pair
    entry = data.info("stacked-digits")
    assert stacked.shape == entry.shape == (2, 8, 8) and len(stacked) in (entry.train, entry.test)
    assert len(stacked.classes) == 100 and stacked.classes[7] == "07"
    assert len(stacked.labels.unique()) == 100


def test_channels_are_independent(pair):
    """Chi-square of the 10x10 table of digits: 81 degrees of freedom, so 81 on average with standard deviation 12.7."""
    stacked, _ = pair
    table = torch.bincount(stacked.labels, minlength=100).view(10, 10).double()
    expected = table.sum(1, keepdim=True) * table.sum(0, keepdim=True) / table.sum()
    assert 30 < float(((table - expected).square() / expected).sum()) < 140


def test_it_is_the_same_every_time_and_nobody_elses_random_numbers_move():
    before = torch.get_rng_state()
    one, two = (load_stacked("stacked-digits", "test", lambda name, split: data.load(name, split)) for _ in range(2))
    assert torch.equal(one.images, two.images) and torch.equal(torch.get_rng_state(), before)


def test_three_digits_are_read_first_channel_first():
    images = torch.arange(10, dtype=torch.uint8).view(10, 1, 1, 1).expand(10, 1, 28, 28)
    single = ImageData("mnist", images, torch.arange(10), tuple("0123456789"))
    stacked = load_stacked("stacked-mnist", "test", lambda name, split: single)
    digits = stacked.images[:, :, 0, 0].long()
    assert torch.equal(stacked.labels, 100 * digits[:, 0] + 10 * digits[:, 1] + digits[:, 2])
    assert len(stacked) == STACKS["stacked-mnist"].test == 26_000


@pytest.mark.parametrize("name", STACKS)
def test_it_needs_what_the_data_set_beneath_needs(name: str):
    entry = data.info(name)
    assert entry.embedded == data.info(entry.made_of).embedded
    assert data.status(name) == data.status(entry.made_of)


def test_another_size_is_resized_as_any_data_set():
    assert data.load("stacked-digits", "test", size=16).shape == (2, 16, 16)
