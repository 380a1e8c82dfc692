"""Differentiable augmentation: exact at p = 0, exact gradients, one law for both players, and what can be undone."""

from __future__ import annotations

import itertools

import pytest
import torch
from torch import Tensor

from ganlab.errors import UserError
from ganlab.layers.augment import (
    TRANSFORMATIONS,
    augment,
    brightness,
    contrast,
    cutout,
    flip,
    quarter_turns,
    rotation,
    saturation,
    transformations,
    translation,
)

ALL = transformations("+".join(TRANSFORMATIONS))


def _rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def _images(n: int = 6, channels: int = 3, side: int = 8, seed: int = 0) -> Tensor:
    return torch.rand(n, channels, side, side, generator=_rng(seed), dtype=torch.float64) * 2 - 1


def _u(*first: float, second: float = 0.5) -> Tensor:
    return torch.tensor([[value, second] for value in first], dtype=torch.float64)


# p, and the random numbers.


def test_at_p_0_every_bit_stays_and_at_p_1_every_image_is_transformed():
    x = _images().float()
    assert torch.equal(augment(x, ALL, 0.0, _rng()), x)
    assert torch.equal(augment(x, ALL, torch.tensor(0.0), _rng()), x)
    moved = (augment(x, (brightness,), 1.0, _rng()) != x).flatten(1).any(1)
    assert moved.all()


def test_p_is_the_share_of_the_images_that_are_transformed_each_by_itself():
    x = torch.zeros(4000, 1, 4, 4)
    moved = (augment(x, (brightness,), 0.3, _rng()) != 0).flatten(1)
    assert torch.equal(moved.any(1), moved.all(1))
    assert float(moved.any(1).float().mean()) == pytest.approx(0.3, abs=4 * (0.21 / 4000) ** 0.5)


def test_whatever_p_is_the_generator_moves_on_alike():
    """Otherwise a controller would change the noise of G from the step on at which p leaves 0."""
    states = []
    for p in (0.0, 0.5, 1.0):
        rng = _rng()
        augment(_images(), ALL, p, rng)
        states.append(rng.get_state())
    assert torch.equal(states[0], states[1]) and torch.equal(states[0], states[2])


def test_real_and_fake_batches_pass_through_the_same_law():
    """The same function without any word on which is which: equal numbers in, equal images out."""
    x = _images()
    assert torch.equal(augment(x, ALL, 0.7, _rng(5)), augment(x.clone(), ALL, 0.7, _rng(5)))
    assert not torch.equal(augment(x, ALL, 0.7, _rng(5)), augment(x, ALL, 0.7, _rng(6)))


def test_the_policy_is_applied_in_its_order_and_unknown_names_are_refused():
    assert transformations("none") == () == transformations("")
    assert transformations("color+translation+cutout") == (brightness, saturation, contrast, translation, cutout)
    assert transformations("cutout+flip") == (cutout, flip)
    with pytest.raises(UserError, match="cutuot"):
        transformations("flip+cutuot")


# Gradients.


@pytest.mark.parametrize("transform", ALL, ids=lambda each: each.__name__)
def test_the_gradient_reaches_the_images_exactly(transform):
    x = _images(3, 2, 4).requires_grad_(True)
    u = torch.rand(3, 2, generator=_rng(1), dtype=torch.float64)
    assert torch.autograd.gradcheck(lambda y: transform(y, u), x)
    (slope,) = torch.autograd.grad(transform(x, u).square().sum(), x)
    assert slope.abs().sum() > 0


def test_the_whole_policy_passes_a_gradient_check():
    x = _images(3, 2, 4).requires_grad_(True)
    assert torch.autograd.gradcheck(lambda y: augment(y, ALL, 0.6, _rng(2)), x)


# Each transformation against what it says of itself.


def test_color_changes_what_it_names_and_nothing_else():
    x = _images()
    u = torch.rand(6, 2, generator=_rng(1), dtype=torch.float64)
    torch.testing.assert_close(brightness(x, u) - x, (u[:, 0] - 0.5).view(-1, 1, 1, 1).expand_as(x))
    torch.testing.assert_close(saturation(x, u).mean(1), x.mean(1))  # grey values stay
    torch.testing.assert_close(contrast(x, u).mean((1, 2, 3)), x.mean((1, 2, 3)))
    spread = contrast(x, u).std((1, 2, 3)) / x.std((1, 2, 3))
    torch.testing.assert_close(spread, u[:, 0] + 0.5)
    grey = _images(channels=1)
    torch.testing.assert_close(saturation(grey, u), grey)


def test_color_is_the_identity_on_average():
    """E b = 0 and E factor = 1: the mean of the transformed images is the image, within four standard errors."""
    x = _images(1, 3, 4).expand(20_000, 3, 4, 4)
    for transform in (brightness, saturation, contrast):
        out = transform(x, torch.rand(20_000, 2, generator=_rng(), dtype=torch.float64))
        error = (out.mean(0) - x[0]).abs() / (out.std(0) / 20_000**0.5).clamp(min=1e-9)
        assert float(error.max()) < 4.5, transform.__name__


def test_a_shift_moves_whole_pixels_and_fills_with_zero():
    x = _images(9, 1, 8) + 2  # nothing is 0
    # 8 pixels: one pixel each way, so three shifts along each axis.
    u = torch.tensor([[a, b] for a in (0.0, 0.5, 0.99) for b in (0.0, 0.5, 0.99)], dtype=torch.float64)
    out = translation(x, u)
    for k, (down, right) in enumerate(itertools.product((-1, 0, 1), repeat=2)):
        for i, j in itertools.product(range(8), repeat=2):
            inside = 0 <= i + down < 8 and 0 <= j + right < 8
            wanted = x[k, 0, i + down, j + right] if inside else torch.zeros((), dtype=torch.float64)
            assert torch.equal(out[k, 0, i, j], wanted)
    assert torch.equal(out[4], x[4])


def test_the_hole_of_a_cutout_is_half_a_side_and_the_rest_is_untouched():
    x = _images(2000, 1, 8) + 2
    out = cutout(x, torch.rand(2000, 2, generator=_rng(), dtype=torch.float64))
    hole = out == 0
    assert torch.equal(out[~hole], x[~hole])
    heights = hole.any(3).sum(2)
    assert int(heights.max()) == 4 and int(heights.min()) >= 2  # less only over the edge
    whole = hole.flatten(1).sum(1) == 16
    assert 0.2 < float(whole.float().mean()) < 0.9
    assert hole.any(0).all()  # every pixel is hidden at times


def test_flips_and_quarter_turns_are_undone_by_themselves():
    x = _images(4, 2, 6)
    assert torch.equal(flip(flip(x, _u(0.1, 0.1, 0.9, 0.9)), _u(0.1, 0.1, 0.9, 0.9)), x)
    assert torch.equal(flip(x, _u(0.1, 0.1, 0.9, 0.9))[2:], x[2:])
    once = quarter_turns(x, _u(0.0, 0.3, 0.6, 0.9))
    for i in range(4):
        assert torch.equal(once[i], x[i].rot90(i, (1, 2)))
    back = quarter_turns(once, _u(0.0, 0.9, 0.6, 0.3))
    assert torch.equal(back, x)


def test_a_rotation_by_quarters_of_a_turn_is_exact_and_by_nothing_is_the_identity():
    x = _images(4, 1, 6)
    out = rotation(x, _u(0.0, 0.25, 0.5, 0.75))
    torch.testing.assert_close(out[0], x[0])
    torch.testing.assert_close(out[2], x[2].flip(1, 2))
    quarters = {tuple(x[1].rot90(k, (1, 2)).flatten().round(decimals=6).tolist()) for k in (1, 3)}
    assert tuple(out[1].flatten().round(decimals=6).tolist()) in quarters
    torch.testing.assert_close(rotation(out, _u(0.0, 0.75, 0.5, 0.25)), x)


def test_what_is_skipped_often_enough_can_be_undone_in_law():
    """Four orientations, of which the data have one law a: T with probability p mixes (1 - p) a with the uniform law.

    As a matrix on laws: (1 - p) I + p/4, whose smallest eigenvalue is 1 - p: at p < 1 unequal laws stay unequal,
    at p = 1 all orientations look alike and a generator may draw any. The matrix is counted, not assumed.
    """
    n, mark = 40_000, torch.zeros(4, 1, 2, 2, dtype=torch.float64)
    for k in range(4):
        mark[k] = torch.tensor([[[1.0, 0.0], [0.0, 0.0]]], dtype=torch.float64).rot90(k, (1, 2))
    for p in (0.0, 0.6, 1.0):
        rows = []
        for k in range(4):
            out = augment(mark[k].expand(n, 1, 2, 2), (quarter_turns,), p, _rng(k))
            rows.append(torch.stack([(out == mark[j]).flatten(1).all(1).double().mean() for j in range(4)]))
        counted = torch.stack(rows)
        exact = (1 - p) * torch.eye(4, dtype=torch.float64) + p / 4
        assert float((counted - exact).abs().max()) < 4 * (0.25 / n) ** 0.5
        assert float(torch.linalg.eigvalsh(exact)[0]) == pytest.approx(1 - p, abs=1e-12)


# Mistakes.


def test_points_and_oblong_images_are_refused_in_one_sentence():
    with pytest.raises(UserError, match="drop it for points"):
        augment(torch.zeros(4, 2), (brightness,))
    with pytest.raises(UserError, match="square"):
        augment(torch.zeros(4, 1, 4, 6), (quarter_turns,))
