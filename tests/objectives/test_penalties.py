"""Penalties on critics whose gradient is known: linear, quadratic, constant; and the wrong versions, to be told apart.

Each fault-injection test writes the public mistake out and shows that the check used on our code rejects it.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from ganlab.errors import UserError
from ganlab.objectives import (
    PENALTIES,
    clip_weights,
    dragan,
    gradient_penalty,
    input_gradient,
    instance_noise,
    r1,
    r2,
    squared_norm,
)

Penalised = Callable[..., Tensor]


class Linear(nn.Module):
    """s = <w, x> over all axes but the first: the gradient is w everywhere, its norm |w|."""

    def __init__(self, w: Tensor) -> None:
        super().__init__()
        self.w = nn.Parameter(w)

    def forward(self, x: Tensor) -> Tensor:
        return (x.flatten(1) * self.w.flatten()).sum(1)


def _quadratic(x: Tensor) -> Tensor:
    """s = |x|^2 / 2: the gradient is x itself, so a penalty tells where it was taken."""
    return 0.5 * x.flatten(1).square().sum(1)


def _rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def _batch(shape: tuple[int, ...], seed: int) -> Tensor:
    return torch.randn(5, *shape, generator=_rng(seed))


# The gradient and its norm.


@pytest.mark.parametrize("shape", [(2,), (1, 3, 3), (3, 2, 2)])
def test_input_gradient_of_a_linear_critic_is_its_weight_for_every_sample(shape: tuple[int, ...]):
    w = torch.randn(shape, generator=_rng(1))
    gradient = input_gradient(Linear(w), _batch(shape, 2))
    assert gradient.shape == (5, *shape)
    torch.testing.assert_close(gradient, w.expand(5, *shape))


def test_input_gradient_leaves_the_data_alone_and_carries_a_graph():
    critic, x = Linear(torch.tensor([3.0, 4.0])), _batch((2,), 0)
    gradient = input_gradient(critic, x)
    assert not x.requires_grad and x.grad is None
    squared_norm(gradient).mean().backward()  # d|w|^2/dw = 2w
    torch.testing.assert_close(critic.w.grad, torch.tensor([6.0, 8.0]))


@given(st.integers(1, 4), st.integers(1, 3), st.integers(1, 4))
def test_squared_norm_sums_over_every_axis_but_the_first(n: int, channels: int, side: int):
    gradient = torch.randn(n, channels, side, side, generator=_rng(n))
    expected = [sum(v * v for v in sample.flatten().tolist()) for sample in gradient]
    assert squared_norm(gradient).tolist() == pytest.approx(expected, rel=1e-5)


# The gradient penalty of WGAN-GP.


@pytest.mark.parametrize("shape", [(2,), (1, 4, 4), (3, 2, 2)])
@given(seed=st.integers(0, 10_000), scale=st.floats(0.05, 5))
def test_a_linear_critic_pays_the_squared_excess_of_its_slope_whatever_the_mixing(
    shape: tuple[int, ...], seed: int, scale: float
):
    w = scale * torch.randn(shape, generator=_rng(7))
    expected = (math.sqrt(sum(v * v for v in w.flatten().tolist())) - 1) ** 2
    value = gradient_penalty(Linear(w), _batch(shape, 1), _batch(shape, 2), _rng(seed))
    assert value.item() == pytest.approx(expected, rel=1e-4, abs=1e-6)


def test_an_image_norm_that_forgets_an_axis_is_told_apart():
    """Public code takes ``grad.norm(2, dim=1)``: over the channels of an image alone."""
    w = torch.full((1, 2, 2), 0.5)  # |w| = 1, so the penalty is 0; over channels alone each norm is 1/2
    real, fake = _batch((1, 2, 2), 1), _batch((1, 2, 2), 2)

    def over_channels_alone(critic: Penalised, x: Tensor) -> Tensor:
        return (input_gradient(critic, x).norm(2, dim=1) - 1).square().mean()

    assert gradient_penalty(Linear(w), real, fake, _rng()).item() == pytest.approx(0, abs=1e-12)
    assert over_channels_alone(Linear(w), real).item() == pytest.approx(0.25)


def _one_weight_per_batch(critic: Penalised, real: Tensor, fake: Tensor, rng: torch.Generator) -> Tensor:
    weight = torch.rand(1, *[1] * (real.ndim - 1), generator=rng)
    return (input_gradient(critic, fake.lerp(real, weight)).flatten(1).norm(dim=1) - 1).square().mean()


def _one_weight_per_pixel(critic: Penalised, real: Tensor, fake: Tensor, rng: torch.Generator) -> Tensor:
    weight = torch.rand(real.shape, generator=rng)
    return (input_gradient(critic, fake.lerp(real, weight)).flatten(1).norm(dim=1) - 1).square().mean()


def _mixes_per_sample(penalty: Penalised) -> bool:
    """Two samples, fakes at the origin, a critic whose gradient is the point itself.

    Sample i is taken at w_i x_i and pays (w_i |x_i| - 1)^2. With |x_1| = 2 and |x_2| = 4, one weight w for the batch
    gives ((2w - 1)^2 + (4w - 1)^2)/2, which never falls below 1/10. One weight for each pixel puts points off the
    lines, and the critic sees them there.
    """
    real = torch.tensor([[2.0, 0.0], [0.0, 4.0]])
    values, on_the_line = [], True

    def watched(x: Tensor) -> Tensor:
        nonlocal on_the_line
        w = x.detach().abs().amax(1)  # the coordinate that may move, for axis-parallel real points
        on_the_line &= torch.equal(x.detach(), torch.diag(w))
        return _quadratic(x)

    for seed in range(300):
        values.append(penalty(watched, real, torch.zeros(2, 2), _rng(seed)).item())

    # For off-axis real points a weight for each pixel shows as unequal ratios of the coordinates.
    def ratios(x: Tensor) -> Tensor:
        nonlocal on_the_line
        on_the_line &= bool(torch.isclose(x[:, 0], x[:, 1]).all())
        return _quadratic(x)

    penalty(ratios, torch.tensor([[1.0, 1.0], [3.0, 3.0]]), torch.zeros(2, 2), _rng())
    return min(values) < 0.05 and on_the_line


def test_one_mixing_weight_for_each_sample():
    assert _mixes_per_sample(gradient_penalty)


@pytest.mark.parametrize("wrong", [_one_weight_per_batch, _one_weight_per_pixel])
def test_the_check_of_mixing_weights_rejects_the_two_public_mistakes(wrong: Penalised):
    assert not _mixes_per_sample(wrong)


def test_mixing_weights_are_uniform_between_fake_and_real():
    """With |x| = 1 and the fakes at 0 a point pays (w - 1)^2; for uniform w the mean is 1/3, one-sided it is 0."""
    real = torch.nn.functional.normalize(torch.randn(20_000, 2, generator=_rng(1)), dim=1)
    value = gradient_penalty(_quadratic, real, torch.zeros_like(real), _rng(2))
    assert value.item() == pytest.approx(1 / 3, abs=4 * math.sqrt(4 / 45 / 20_000))  # Var (1-w)^2 = 1/5 - 1/9
    assert gradient_penalty(_quadratic, real, torch.zeros_like(real), _rng(2), one_sided=True).item() < 1e-12


def test_the_penalty_draws_from_the_given_generator_alone():
    real, fake = _batch((2,), 1), _batch((2,), 2)
    before = torch.get_rng_state()
    first = gradient_penalty(_quadratic, real, fake, _rng(3))
    assert torch.equal(first, gradient_penalty(_quadratic, real, fake, _rng(3)))
    assert not torch.equal(first, gradient_penalty(_quadratic, real, fake, _rng(4)))
    assert torch.equal(torch.get_rng_state(), before)


@given(slope=st.floats(0.0, 4.0, allow_subnormal=False))
def test_one_sided_charges_only_slopes_above_one(slope: float):
    critic = Linear(torch.tensor([slope, 0.0]))
    value = gradient_penalty(critic, _batch((2,), 1), _batch((2,), 2), _rng(), one_sided=True).item()
    assert value == pytest.approx(max(0.0, slope - 1) ** 2, rel=1e-4, abs=1e-9)


# R1 and R2.


@given(gamma=st.floats(0.01, 100))
def test_r1_of_a_linear_critic_is_half_gamma_times_the_squared_slope(gamma: float):
    critic = Linear(torch.tensor([3.0, 4.0]))
    penalty = PENALTIES["r1"].weighted(gamma)
    value = penalty.weight * penalty.loss(critic, _batch((2,), 1), _batch((2,), 2), None)
    assert value.item() == pytest.approx(gamma / 2 * 25, rel=1e-5)


def test_r1_looks_at_the_real_samples_and_r2_at_the_fake_ones():
    """For s = |x|^2/2 the penalty is the mean of |x|^2 / 2, over two unequal samples."""
    real, fake = torch.tensor([[1.0, 0.0], [0.0, 3.0]]), torch.tensor([[2.0, 0.0], [0.0, 4.0]])
    assert r1(_quadratic, real).item() == pytest.approx((1 + 9) / 4)
    assert r2(_quadratic, fake).item() == pytest.approx((4 + 16) / 4)
    for name, expected in (("r1", 2.5), ("r2", 5.0), ("r1+r2", 7.5)):
        assert PENALTIES[name].loss(_quadratic, real, fake, None).item() == pytest.approx(expected), name


@given(seed=st.integers(0, 1000))
def test_r1_plus_r2_is_their_sum_in_value_and_gradient(seed: int):
    torch.manual_seed(seed)
    critic = nn.Sequential(nn.Flatten(), nn.Linear(12, 8), nn.Tanh(), nn.Linear(8, 1))
    real, fake = _batch((3, 2, 2), seed), 2 * _batch((3, 2, 2), seed + 1)
    together = PENALTIES["r1+r2"].loss(critic, real, fake, None)
    apart = PENALTIES["r1"].loss(critic, real, fake, None) + PENALTIES["r2"].loss(critic, real, fake, None)
    torch.testing.assert_close(together, apart)
    weights = [p for p in critic.parameters() if p.ndim == 2]
    for a, b in zip(torch.autograd.grad(together, weights), torch.autograd.grad(apart, weights), strict=True):
        torch.testing.assert_close(a, b)


@pytest.mark.parametrize("name", ["gp", "gp-one-sided", "dragan", "r1", "r2", "r1+r2"])
def test_penalties_do_not_reach_the_generator(name: str):
    z = torch.randn(4, 2, requires_grad=True)
    critic = Linear(torch.tensor([3.0, 4.0]))
    PENALTIES[name].loss(critic, torch.randn(4, 2), 2 * z, _rng()).backward()
    assert z.grad is None
    assert critic.w.grad is not None and float(critic.w.grad.abs().sum()) > 0


@pytest.mark.parametrize("name", ["gp", "gp-one-sided", "dragan", "r1", "r2", "r1+r2"])
def test_value_and_gradient_stay_finite_where_the_slope_is_zero(name: str):
    critic = Linear(torch.zeros(1, 2, 2))
    value = PENALTIES[name].loss(critic, _batch((1, 2, 2), 1), _batch((1, 2, 2), 2), _rng())
    value.backward()
    assert value.item() == (1.0 if name in ("gp", "dragan") else 0.0)
    assert torch.isfinite(critic.w.grad).all()


def test_a_plain_square_root_would_have_given_nan_there():
    """The finite test can fail: this is the mistake that it is for."""
    critic = Linear(torch.zeros(2))
    (squared_norm(input_gradient(critic, _batch((2,), 1))).sqrt() - 1).square().mean().backward()
    assert torch.isnan(critic.w.grad).all()


@pytest.mark.parametrize("name", ["gp", "gp-one-sided", "dragan", "r1", "r2", "r1+r2"])
def test_penalties_run_in_float32_under_bfloat16_autocast(name: str):
    """A slope of 1.001 is 1 in bfloat16: the value must be that of float32 to the bit."""
    critic = nn.Linear(2, 1, bias=False)
    nn.init.constant_(critic.weight, 1.001)
    seen = []
    critic.register_forward_hook(lambda module, args, output: seen.append(output.dtype))
    real, fake = _batch((2,), 1), _batch((2,), 2)
    plain = PENALTIES[name].loss(critic, real, fake, _rng())
    with torch.autocast("cpu", torch.bfloat16):
        mixed = PENALTIES[name].loss(critic, real, fake, _rng())
    assert seen and set(seen) == {torch.float32}
    assert mixed.dtype == torch.float32 and torch.equal(mixed, plain)
    with torch.autocast("cpu", torch.bfloat16):  # fakes that come out of a network under autocast
        low = PENALTIES[name].loss(critic, real, fake.bfloat16(), _rng())
    assert low.dtype == torch.float32 and torch.isfinite(low)


def test_a_penalty_can_be_descended_to_its_target():
    """Slope 3, descended under the two-sided penalty alone, comes to 1: the sign of the gradient is right."""
    critic = Linear(torch.tensor([3.0, 0.0]))
    for step in range(60):
        (gradient,) = torch.autograd.grad(
            gradient_penalty(critic, _batch((2,), step), _batch((2,), -step - 1), _rng(step)), critic.w
        )
        with torch.no_grad():
            critic.w -= 0.1 * gradient
    assert critic.w.tolist() == pytest.approx([1.0, 0.0], abs=1e-4)


PER_SAMPLE = sorted(name for name, penalty in PENALTIES.items() if penalty.per_sample)


@pytest.mark.parametrize("name", PER_SAMPLE)
@given(seed=st.integers(0, 1000), scale=st.floats(0.01, 3))
def test_a_penalty_is_never_negative(name: str, seed: int, scale: float):
    critic = Linear(scale * torch.randn(3, 2, 2, generator=_rng(seed)))
    value = PENALTIES[name].loss(critic, _batch((3, 2, 2), 1), _batch((3, 2, 2), 2), _rng(seed))
    assert value.shape == () and float(value.detach()) >= 0


@pytest.mark.parametrize("name", PER_SAMPLE)
@given(seed=st.integers(0, 1000), shift=st.floats(-100, 100))
def test_a_constant_added_to_every_score_is_free(name: str, seed: int, shift: float):
    torch.manual_seed(seed)
    critic = nn.Sequential(nn.Linear(2, 4), nn.Tanh(), nn.Linear(4, 1)).double()
    real, fake = _batch((2,), seed).double(), _batch((2,), seed + 1).double()
    plain = PENALTIES[name].loss(critic, real, fake, _rng(seed))
    lifted = PENALTIES[name].loss(lambda x: critic(x) + shift, real, fake, _rng(seed))
    torch.testing.assert_close(lifted, plain, rtol=0, atol=0)


@pytest.mark.parametrize("name", PER_SAMPLE)
@given(steep=st.floats(1.0, 5.0), times=st.floats(1.01, 3.0))
def test_beyond_slope_one_a_steeper_critic_pays_more(name: str, steep: float, times: float):
    def value(slope: float) -> float:
        critic = Linear(torch.tensor([slope, 0.0], dtype=torch.float64))
        return float(PENALTIES[name].loss(critic, _batch((2,), 1).double(), _batch((2,), 2).double(), _rng()).detach())

    assert value(steep * times) > value(steep)


@pytest.mark.parametrize("name", PER_SAMPLE)
def test_second_order_gradients_in_float64(name: str):
    """D's weights feel a penalty through a gradient of a gradient: compared with finite differences."""
    torch.manual_seed(3)
    first, second = 2 * torch.randn(3, 2, dtype=torch.float64), torch.randn(1, 3, dtype=torch.float64)
    real, fake = _batch((2,), 1).double(), _batch((2,), 2).double()

    def loss(a: Tensor, b: Tensor) -> Tensor:
        value = PENALTIES[name].loss(lambda x: torch.tanh(x @ a.T) @ b.T, real, fake, _rng())
        assert value.dtype is torch.float64
        return value

    assert torch.autograd.gradcheck(loss, (first.requires_grad_(), second.requires_grad_()))


@pytest.mark.parametrize("name", ["gp", "gp-one-sided", "r1+r2"])
@pytest.mark.parametrize("shapes", [((2, 3), (1, 3)), ((2, 1), (2, 3)), ((4, 3), (2, 3)), ((2, 1, 2, 2), (2, 4))])
def test_samples_that_do_not_match_are_refused_instead_of_broadcast(name: str, shapes: tuple[tuple[int, ...], ...]):
    real, fake = (torch.zeros(shape) for shape in shapes)
    with pytest.raises(UserError, match="of one shape"):
        PENALTIES[name].loss(lambda x: x.flatten(1).sum(1), real, fake, _rng())


def test_two_of_those_would_have_been_broadcast():
    """The refusals can fail: torch's lerp takes these shapes without a word."""
    assert torch.zeros(1, 3).lerp(torch.ones(2, 3), 0.5).shape == torch.zeros(2, 3).lerp(torch.ones(2, 1), 0.5).shape


@pytest.mark.parametrize("bound", [0.0, -0.01, math.nan])
def test_a_bound_that_is_not_above_zero_is_refused(bound: float):
    with pytest.raises(UserError, match="above 0"):
        clip_weights(nn.Linear(2, 1), bound)


# Clipping, and the table.


@given(bound=st.floats(2**-10, 1.0, width=32), seed=st.integers(0, 1000))
def test_clipping_brings_every_parameter_inside_and_leaves_the_small_ones(bound: float, seed: int):
    torch.manual_seed(seed)
    critic = nn.Sequential(nn.Linear(3, 4), nn.Linear(4, 1))
    before = [p.detach().clone() for p in critic.parameters()]
    clip_weights(critic, bound)
    for old, new in zip(before, critic.parameters(), strict=True):
        assert torch.equal(new, old.clamp(-bound, bound))
        assert new.requires_grad


def test_the_table_agrees_with_itself():
    """Names, published weights, and which penalties are per sample: those that differ for two critics of equal loss."""
    assert {name: penalty.weight for name, penalty in PENALTIES.items()} == {
        "none": 0.0, "clip": 0.01, "gp": 10.0, "gp-one-sided": 10.0, "dragan": 10.0, "r1": 10.0, "r2": 10.0,
        "r1+r2": 1.0,
    }  # fmt: skip
    for name, penalty in PENALTIES.items():
        assert penalty.name == name and penalty.source
        value = penalty.loss(Linear(torch.tensor([3.0, 4.0])), torch.ones(2, 2), torch.zeros(2, 2), _rng())
        assert penalty.per_sample == (value.item() > 0), name
        assert penalty.clips == (name == "clip")


def test_a_new_weight_leaves_the_table_alone():
    assert PENALTIES["r1"].weighted(3.0).weight == 3.0
    assert PENALTIES["r1"].weighted(0.0).weight == 0.0
    assert PENALTIES["r1"].weighted(None) is PENALTIES["r1"]
    assert PENALTIES["r1"].weight == 10.0


def test_dragan_looks_around_the_real_samples_alone():
    """For a linear critic it is (|w| - 1)^2 wherever it looks; a quadratic one shows where: |grad| = |x + noise|."""
    linear = Linear(torch.tensor([3.0, 4.0]))
    assert dragan(linear, torch.ones(3, 2), None, _rng()).item() == pytest.approx(16.0)
    real = torch.randn(4000, 2, generator=_rng()).double()
    seen = dragan(lambda x: 0.5 * x.square().sum(1), real, None, _rng(), scale=0.0)
    assert float(seen.detach()) == pytest.approx(float((real.norm(dim=1) - 1).square().mean()))


def test_dragan_shakes_by_its_share_of_the_datas_spread():
    points = []

    def critic(x):
        points.append(x.detach())
        return x.sum(1)

    real = 3 * torch.randn(20_000, 2, generator=_rng())
    dragan(critic, real, None, _rng(), scale=0.5)
    assert float((points[0] - real).std()) == pytest.approx(0.5 * float(real.std()), rel=0.02)


def test_instance_noise_adds_its_variance():
    x = torch.full((50_000,), 2.0)
    noisy = instance_noise(x, 0.3, _rng())
    assert float(noisy.mean()) == pytest.approx(2.0, abs=0.01) and float(noisy.std()) == pytest.approx(0.3, rel=0.02)
    assert torch.equal(instance_noise(x, 0.0, _rng()), x)


@pytest.mark.parametrize("std", [-0.1, math.nan])
def test_a_negative_width_of_instance_noise_is_refused(std: float):
    with pytest.raises(UserError, match="at least 0"):
        instance_noise(torch.zeros(2), std)
