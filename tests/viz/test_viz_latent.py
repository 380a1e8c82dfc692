"""Interpolation in closed form, and the walk that draws it."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from ganlab.errors import UserError
from ganlab.viz import latent_walk, lerp, slerp
from ganlab.viz.sheet import enlarged_sheet

X, Y = torch.tensor([1.0, 0.0]), torch.tensor([0.0, 1.0])
T = torch.linspace(0, 1, 7)


def _pair(seed: int, n: int) -> tuple[torch.Tensor, torch.Tensor]:
    rng = torch.Generator().manual_seed(seed)
    return torch.randn(n, generator=rng), torch.randn(n, generator=rng)


def test_lerp_in_closed_form():
    assert torch.equal(lerp(X, 3 * Y, torch.tensor([0.0, 0.25, 1.0])), torch.tensor([[1, 0], [0.75, 0.75], [0, 3]]))


def test_slerp_of_two_axes_is_cosine_and_sine():
    expected = torch.stack([torch.cos(T * math.pi / 2), torch.sin(T * math.pi / 2)], dim=1)
    assert torch.allclose(slerp(X, Y, T), expected, atol=1e-7)


def test_slerp_turns_at_a_constant_rate():
    z0, z1 = _pair(0, 16)
    path = torch.nn.functional.normalize(slerp(z0, z1, T), dim=1)
    angles = torch.acos((path[1:] * path[:-1]).sum(dim=1))
    assert torch.allclose(angles, angles[:1].expand(6), rtol=1e-3)


@settings(deadline=None)
@given(seed=st.integers(0, 1000), n=st.integers(2, 64))
def test_slerp_keeps_the_norm_of_vectors_of_one_norm_and_lerp_does_not(seed, n):
    z0, z1 = _pair(seed, n)
    z1 = z1 * z0.norm() / z1.norm()
    assert torch.allclose(slerp(z0, z1, T).norm(dim=1), z0.norm().expand(7), rtol=1e-5)
    assert lerp(z0, z1, T).norm(dim=1)[3] < z0.norm()


@settings(deadline=None)
@given(seed=st.integers(0, 1000))
def test_the_norm_goes_straight_from_one_end_to_the_other(seed):
    z0, z1 = _pair(seed, 8)
    expected = (1 - T) * z0.norm() + T * z1.norm()
    assert torch.allclose(slerp(z0, z1, T).norm(dim=1), expected, rtol=1e-5)


@settings(deadline=None)
@given(seed=st.integers(0, 1000))
def test_both_paths_start_and_end_at_their_ends_and_can_be_walked_back(seed):
    z0, z1 = _pair(seed, 8)
    for path in (lerp, slerp):
        there = path(z0, z1, T)
        assert torch.allclose(there[0], z0, atol=1e-6)
        assert torch.allclose(there[-1], z1, atol=1e-6)
        assert torch.allclose(path(z1, z0, T).flip(0), there, atol=1e-5)


@pytest.mark.parametrize("factor", [1.0, 2.0, 1.0 + 1e-7, -1.0, 0.0], ids=str)
def test_slerp_falls_back_to_lerp_where_the_arc_is_not_defined(factor):
    z0, _ = _pair(3, 8)
    path = slerp(z0, factor * z0, T)
    assert path.isfinite().all()
    assert torch.allclose(path, lerp(z0, factor * z0, T), atol=1e-6)


def test_slerp_is_accurate_for_nearly_opposite_vectors():
    gap = 1e-5  # short of half a turn; with the arc cosine of the product the norm would be wrong in the sixth digit
    z1 = torch.tensor([-math.cos(gap), math.sin(gap)], dtype=torch.float64)
    t = T.double()
    expected = torch.stack([torch.cos(t * (math.pi - gap)), torch.sin(t * (math.pi - gap))], dim=1)
    assert torch.allclose(slerp(X.double(), z1, t), expected, rtol=0, atol=1e-9)


def test_a_vector_of_any_shape_is_one_vector():
    z0, z1 = _pair(5, 12)
    path = slerp(z0.reshape(3, 2, 2), z1.reshape(3, 2, 2), T)
    assert path.shape == (7, 3, 2, 2)
    assert torch.allclose(path.reshape(7, 12), slerp(z0, z1, T))


def test_the_walk_shows_the_images_of_both_paths():
    seen = []

    def generate(z):
        assert not torch.is_grad_enabled()
        seen.append(z)
        return torch.tanh(z[:, :1, None, None]).expand(-1, 1, 4, 4)

    z0, z1 = _pair(7, 6)
    figure = latent_walk(generate, z0, z1, steps=5)
    t = torch.linspace(0, 1, 5)
    assert torch.equal(seen[0], lerp(z0, z1, t))
    assert torch.equal(seen[1], slerp(z0, z1, t))
    line, sphere = figure.axes
    assert "line" in line.get_title()
    assert "sphere" in sphere.get_title()
    images = torch.tanh(seen[1][:, :1, None, None]).expand(-1, 1, 4, 4)
    assert (sphere.images[0].get_array() == enlarged_sheet(images, columns=5, cell=200)).all()


def test_one_step_and_two_shapes_are_refused():
    with pytest.raises(UserError, match="at least 2 steps"):
        latent_walk(lambda z: z, X, Y, steps=1)
    for path in (lerp, slerp):
        with pytest.raises(UserError, match="one shape"):
            path(X, torch.zeros(3), T)
