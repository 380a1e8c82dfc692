"""The first images and their peak: against spectra and generators whose answer is known."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from ganlab.experiments.checkerboards import first_images, peak
from ganlab.metrics import radial_power


def doubling(inputs: int, outputs: int) -> nn.Module:
    return nn.ConvTranspose2d(inputs, outputs, 4, 2, 1, bias=False)


def test_the_peak_of_a_spectrum_in_decibels() -> None:
    flat = torch.ones(3, 17)
    assert peak(flat) == pytest.approx(0)
    flat[:, -1] = 10
    assert peak(flat) == pytest.approx(10)
    flat[:, :-5] = 1e6  # the long waves do not matter
    assert peak(flat) == pytest.approx(10)


def test_white_noise_has_none_and_a_grid_of_every_second_pixel_stands_out() -> None:
    noise = torch.randn(200, 1, 32, 32, generator=torch.Generator().manual_seed(0))
    grid = torch.tensor([1.0, -1.0]).repeat(16)
    assert abs(peak(radial_power(noise))) < 0.3
    assert peak(radial_power(noise + grid)) > 10


def test_first_images_are_of_their_seed_and_leave_the_callers_numbers_alone() -> None:
    torch.manual_seed(1)
    before = torch.get_rng_state()
    images, same, other = (first_images(doubling, seed) for seed in (0, 0, 1))
    assert torch.equal(torch.get_rng_state(), before)
    assert images.shape == (128, 1, 32, 32) and images.abs().max() < 1
    assert torch.equal(images, same) and not torch.equal(images, other)


def test_no_normalisation_and_no_relu_follow_the_last_layer() -> None:
    images = first_images(doubling, 0)
    assert images.min() < 0, "a ReLU would leave no negative pixel"
    assert images.std() < 0.5, "normalised, pixels would have deviation 1 before tanh"
