"""Doubling and halving: against sums written out, PyTorch's bilinear interpolation, and as each other's mirror."""

from __future__ import annotations

import pytest
import torch
from torch.nn.functional import interpolate, pad

from ganlab.layers import doubled, halved


def _images(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_halving_is_the_sum_that_its_name_says():
    x, taps = _images(2, 3, 6, 8), [1 / 8, 3 / 8, 3 / 8, 1 / 8]
    padded, expected = pad(x, (1, 1, 1, 1)), torch.zeros(2, 3, 3, 4, dtype=torch.float64)
    for row in range(3):
        for column in range(4):
            for i, a in enumerate(taps):
                for j, b in enumerate(taps):
                    expected[:, :, row, column] += a * b * padded[:, :, 2 * row + i, 2 * column + j]
    torch.testing.assert_close(halved(x), expected, rtol=0, atol=1e-14)


def test_away_from_the_border_both_are_pytorchs_bilinear_interpolation():
    x = _images(2, 3, 8, 10)
    up = interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)
    torch.testing.assert_close(doubled(x)[:, :, 1:-1, 1:-1], up[:, :, 1:-1, 1:-1], rtol=0, atol=1e-14)
    down = interpolate(x, scale_factor=0.5, mode="bilinear", antialias=True, align_corners=False)
    torch.testing.assert_close(halved(x)[:, :, 1:-1, 1:-1], down[:, :, 1:-1, 1:-1], rtol=0, atol=1e-14)


def test_halving_is_the_transpose_of_doubling_over_four():
    small, large = _images(2, 3, 4, 5), _images(2, 3, 8, 10, seed=1)
    left, right = (doubled(small) * large).sum(), (small * halved(large)).sum()
    assert float(left) == pytest.approx(4 * float(right), rel=1e-12)


def test_a_grey_image_stays_grey_inside_and_nothing_shifts():
    grey = torch.ones(1, 2, 8, 8)
    assert torch.equal(halved(grey)[:, :, 1:-1, 1:-1], torch.ones(1, 2, 2, 2))
    assert torch.allclose(doubled(grey)[:, :, 1:-1, 1:-1], torch.ones(1, 2, 14, 14))
    x = _images(1, 1, 8, 8)
    for resample in (doubled, halved):
        torch.testing.assert_close(resample(x.flip(2, 3)), resample(x).flip(2, 3))


def test_channels_do_not_mix_and_a_1x1_convolution_may_change_places_with_either():
    x, weight = _images(2, 3, 4, 4), _images(5, 3, 1, 1, seed=2)
    for resample in (doubled, halved):
        inside = torch.nn.functional.conv2d(resample(x), weight)
        torch.testing.assert_close(inside, resample(torch.nn.functional.conv2d(x, weight)), rtol=0, atol=1e-13)


@pytest.mark.parametrize("resample", [doubled, halved])
def test_both_can_be_differentiated_twice(resample):
    x = _images(1, 2, 4, 4).requires_grad_(True)
    assert torch.autograd.gradcheck(resample, x) and torch.autograd.gradgradcheck(lambda x: resample(x).square(), x)
