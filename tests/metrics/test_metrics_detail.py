"""Spectrum and patches: Parseval, white noise, single waves, blur and noise in decibels."""

from __future__ import annotations

import math

import pytest
import torch

from ganlab.errors import UserError
from ganlab.metrics import fine_detail, radial_power, random_patches, spectral_distance


def _noise(n: int, side: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(n, 1, side, side, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("side", [8, 9, 28])
def test_white_noise_has_its_variance_in_every_ring(side):
    power = radial_power(3 * _noise(2000, side)).mean(dim=0)
    assert power.shape == (side // 2 + 1,)
    torch.testing.assert_close(power, torch.full_like(power, 9.0), rtol=0.12, atol=0)


@pytest.mark.parametrize("frequency", [1, 3, 7])
def test_one_wave_lies_in_its_own_ring(frequency):
    wave = torch.cos(2 * math.pi * frequency * torch.arange(16) / 16).expand(1, 1, 16, 16)
    power = radial_power(wave)[0]
    assert power.argmax() == frequency and power.sum() - power[frequency] < 1e-4 * power[frequency]


def test_a_constant_image_has_its_mean_in_ring_nought_and_turning_by_90_degrees_changes_nothing():
    power = radial_power(torch.full((1, 3, 8, 8), 0.5))[0]
    assert power[0] == pytest.approx(0.25 * 64) and power[1:].abs().max() < 1e-9
    x = _noise(4, 12)
    torch.testing.assert_close(radial_power(x), radial_power(x.rot90(1, (2, 3))))


def test_blur_loses_decibels_and_noise_adds_as_many_as_arithmetic_says():
    real = radial_power(_noise(2000, 16))
    assert fine_detail(radial_power(10 ** (-6 / 20) * _noise(2000, 16)), real) == pytest.approx(-6, abs=1e-3)
    louder = radial_power(_noise(2000, 16) + _noise(2000, 16, seed=1))
    assert fine_detail(louder, real) == pytest.approx(10 * math.log10(2), abs=0.15)
    blurred = torch.nn.functional.avg_pool2d(_noise(2000, 16), 3, 1, 1)
    assert fine_detail(radial_power(blurred), real) < -8


def test_spectra_of_one_law_are_close_and_of_scaled_images_apart_by_their_decibels():
    a, b = radial_power(_noise(2000, 16)), radial_power(_noise(2000, 16, seed=1))
    assert spectral_distance(a, b) < 0.2
    assert spectral_distance(100 * a, a) == pytest.approx(20)


def test_every_patch_is_a_piece_of_its_own_image():
    images = torch.arange(3 * 2 * 7 * 7.0).view(3, 2, 7, 7)
    patches = random_patches(images, each=5, side=3)
    assert patches.shape == (15, 18)
    for row, patch in enumerate(patches):
        pieces = images[row // 5].unfold(1, 3, 1).unfold(2, 3, 1).permute(1, 2, 0, 3, 4).reshape(25, 18)
        assert (pieces == patch).all(dim=1).any()


def test_patches_come_from_every_place():
    corners = {tuple(p.tolist()) for p in random_patches(torch.arange(9.0).view(1, 1, 3, 3), each=200, side=1)}
    assert len(corners) == 9


@pytest.mark.parametrize(
    ("call", "why"),
    [
        (lambda: radial_power(torch.rand(2, 1, 8, 9)), "square"),
        (lambda: radial_power(torch.rand(2, 1, 4, 4)), "at least 8"),
        (lambda: radial_power(torch.full((2, 1, 8, 8), float("nan"))), "finite"),
        (lambda: random_patches(torch.rand(2, 1, 4, 4)), "patches of 5"),
        (lambda: fine_detail(torch.ones(2, 5), torch.zeros(2, 5)), "no fine detail"),
        (lambda: spectral_distance(torch.ones(2, 5), torch.ones(2, 6)), "two sizes"),
    ],
)
def test_what_has_no_spectrum_is_refused(call, why):
    with pytest.raises(UserError, match=why):
        call()
