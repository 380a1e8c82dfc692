"""The short runs of lesson 14: one thing is changed, and what it changes is counted exactly."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from ganlab import data
from ganlab.data import ImageData
from ganlab.experiments.short_runs import NARROW, UniformNoise, ZeroToOne, background, short_run
from ganlab.models import GANConfig


@pytest.fixture(scope="module")
def digits() -> ImageData:
    loaded = data.load("digits")
    assert isinstance(loaded, ImageData)
    return loaded


def test_zero_to_one_is_the_same_pixels_without_the_missing_line(digits: ImageData) -> None:
    scaled = ZeroToOne(digits.name, digits.images, digits.labels)
    some = torch.tensor([3, 0, 1197])
    for index in (None, slice(5, 9), some):
        assert torch.allclose(scaled.floats(index), digits.images[index if index is not None else slice(None)] / 255.0)


@given(st.lists(st.integers(0, 255), min_size=1, max_size=40), st.sampled_from([-1.0, 0.0]))
def test_background_counts_grey_levels(levels: list[int], low: float) -> None:
    pixels = low + torch.tensor(levels) / 255 * (1 - low)
    exact, darker = background(pixels, low)
    assert exact == pytest.approx(levels.count(0) / len(levels)) and darker == 0


def test_background_knows_what_is_darker_than_it_can_be() -> None:
    a_level = 1 / 255
    assert background(torch.tensor([-a_level, -0.4 * a_level, 0.4 * a_level, 0.6 * a_level]), 0.0) == (0.5, 0.25)


def test_uniform_noise_is_uniform_and_as_wide_as_the_code() -> None:
    model = UniformNoise((1, 8, 8), GANConfig(latent=3, **NARROW))  # type: ignore[arg-type]
    z = model.noise(20_000, torch.Generator().manual_seed(0))
    assert z.shape == (20_000, 3) and z.abs().max() <= 1
    assert z.mean().abs() < 0.02 and (z.var() - 1 / 3).abs() < 0.01  # U(-1, 1)


def test_a_short_run_is_what_its_arguments_say(digits: ImageData) -> None:
    one, same = (short_run(digits, 3, 1, latent=2, count=5) for _ in range(2))
    assert one.samples.shape == (5, 1, 8, 8) and one.samples.abs().max() < 1
    assert torch.equal(one.samples, same.samples) and one.loss_D == same.loss_D

    def moved(changed: Tensor) -> bool:
        return bool((changed - one.samples).abs().max() > 1e-3)

    scaled = ZeroToOne(digits.name, digits.images)
    assert moved(short_run(digits, 4, 1, latent=2, count=5).samples)
    assert moved(short_run(digits, 3, 2, latent=2, count=5).samples)
    assert moved(short_run(digits, 3, 1, latent=2, count=5, kind=UniformNoise).samples)
    assert moved(short_run(scaled, 3, 1, latent=2, count=5).samples)
