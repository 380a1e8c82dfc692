"""R3GAN: sizes by formula, the identity at the start, what its losses and penalties promise, and its range."""

from __future__ import annotations

import copy
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from ganlab.data import check_images
from ganlab.errors import UserError
from ganlab.models import R3GAN, R3GANConfig
from ganlab.models.r3gan import GAIN, ResidualBlock, Transition, stages
from ganlab.objectives import OBJECTIVES, PENALTIES, relativistic

TINY: dict[str, Any] = {"latent": 4, "width": 4, "blocks": 1, "group": 4}


def _rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def _images(n: int, *shape: int, seed: int = 0, dtype: torch.dtype = torch.float32) -> Tensor:
    return torch.rand(n, *shape, generator=_rng(seed), dtype=dtype) * 2 - 1


def _count(network: nn.Module) -> int:
    return sum(p.numel() for p in network.parameters())


# Sizes.


def formula(
    width: int, stages_: int, blocks: int, group: int, channels: int, side: int, latent: int
) -> tuple[int, int]:
    """A block: C 2C + 2C, 2C group 9 + 2C, 2C C. G: basis, linear, 1x1 to the image; D: 1x1 in, depthwise, linear.

    Biases stand before the two nonlinearities of a block and nowhere else.
    """
    block = 4 * width**2 + 4 * width + 18 * width * group
    g = block * blocks * stages_ + width * side**2 + latent * width + width * channels
    d = block * blocks * stages_ + width * side**2 + width + channels * width
    return g, d


@pytest.mark.parametrize("width", [64, 128, 192])
def test_parameter_counts_by_formula(width: int):
    model = R3GAN((3, 32, 32), R3GANConfig(width=width))
    assert (_count(model.G), _count(model.D)) == formula(width, 4, 2, 16, 3, 4, 64)


def test_the_papers_network_for_stacked_mnist_has_20_7_million_parameters_a_player():
    g, d = formula(768, 4, 2, 16, 3, 4, 64)
    assert round(g / 1e6, 1) == round(d / 1e6, 1) == 20.7


@pytest.mark.parametrize(("side", "count", "grid"), [(8, 2, 4), (16, 3, 4), (28, 3, 7), (32, 4, 4), (64, 5, 4)])
def test_stages_and_shapes(side: int, count: int, grid: int):
    model = R3GAN((2, side, side), R3GANConfig(**TINY))
    assert stages(side) == count and model.G.basis.shape == (4, grid, grid)
    images = model.G(torch.randn(3, 4, generator=_rng()))
    assert images.shape == (3, 2, side, side) and model.D(images).shape == (3,)


def test_widths_by_stage_mirror_each_other():
    model = R3GAN((1, 28, 28), R3GANConfig(widths=(24, 16, 8), blocks=1))
    inner = [m.expand.in_channels for m in model.G.modules() if isinstance(m, ResidualBlock)]
    assert (
        inner == [24, 16, 8] == [m.expand.in_channels for m in model.D.modules() if isinstance(m, ResidualBlock)][::-1]
    )
    ways = [(m.widen.in_channels, m.widen.out_channels) for m in model.D.modules() if isinstance(m, Transition)]
    assert ways == [(8, 16), (16, 24)]


@pytest.mark.parametrize(
    ("shape", "config", "sentence"),
    [
        ((1, 9, 9), {}, "cannot halve images of side 9"),
        ((1, 8, 16), {}, "square images"),
        ((1, 8, 8), {"widths": (8, 8, 8, 8)}, "too many for images of side 8"),
        ((1, 8, 8), {"width": 12}, "choose a multiple of 8"),
        ((1, 8, 8), {"blocks": 0}, "blocks and group must be 1 or more"),
        ((1, 8, 8), {"dropout": 0.1}, "no use for dropout"),
        ((1, 8, 8), {"minibatch_std": 4}, "no use for minibatch_std"),
    ],
)
def test_what_does_not_fit_is_refused_in_one_sentence(shape: tuple[int, ...], config: dict[str, Any], sentence: str):
    with pytest.raises(UserError, match=sentence):
        R3GAN(shape, R3GANConfig(**config))


# The start.


def test_a_block_is_the_identity_at_the_start_and_stops_being_it_after_a_step():
    block, x = ResidualBlock(8, 4, 6), _images(2, 8, 5, 5)
    assert torch.equal(block(x), x)
    block(x).square().sum().backward()
    with torch.no_grad():
        block.project.weight -= 0.1 * block.project.weight.grad
    assert not torch.equal(block(x), x), "a zero layer that gets no gradient would stay zero"


def test_the_two_inner_layers_begin_smaller_by_the_fourth_root_of_the_number_of_blocks():
    torch.manual_seed(0)
    few, many = ResidualBlock(256, 16, 1), ResidualBlock(256, 16, 16)
    for one, other, fan_in in ((few.expand, many.expand, 256), (few.look, many.look, 144)):
        assert float(one.weight.detach().std()) == pytest.approx(GAIN / fan_in**0.5, rel=0.02)
        assert float(other.weight.detach().std()) == pytest.approx(0.5 * GAIN / fan_in**0.5, rel=0.02)


def test_a_leaky_layer_with_this_gain_keeps_the_mean_square():
    x = torch.randn(1_000_000, generator=_rng(), dtype=torch.float64)
    assert float(torch.nn.functional.leaky_relu(GAIN * x, 0.2).square().mean()) == pytest.approx(1.0, rel=0.01)


@pytest.mark.parametrize("blocks", [1, 4])
def test_at_the_start_d_is_linear_and_its_slope_does_not_depend_on_its_depth(blocks: int):
    """All blocks are the identity: D is 1x1, halvings, depthwise basis, linear map, whatever their number."""
    model = R3GAN((1, 8, 8), R3GANConfig(width=64, blocks=blocks))
    x, y = _images(2, 1, 8, 8), _images(2, 1, 8, 8, seed=1)
    zero = model.D(torch.zeros(2, 1, 8, 8))
    assert torch.equal(zero, torch.zeros(2))
    torch.testing.assert_close(model.D(x + y), model.D(x) + model.D(y), rtol=0, atol=1e-5)
    z = torch.zeros(1, 1, 8, 8, requires_grad=True)
    (slope,) = torch.autograd.grad(model.D(z).sum(), z)
    assert 0.02 < float(slope.norm()) < 2.0  # of order 1: fan-in scaling keeps a score as large as a pixel


def test_at_the_start_g_is_linear_in_z():
    G = R3GAN((1, 8, 8), R3GANConfig(**TINY)).G
    z = torch.randn(3, 4, generator=_rng())
    torch.testing.assert_close(G(2 * z), 2 * G(z))
    assert torch.equal(G(torch.zeros(1, 4)), torch.zeros(1, 1, 8, 8))


# The range: D sees samples as they are, others see them clamped.


def test_samples_are_clamped_where_they_leave_the_model_and_only_there():
    model, z = R3GAN((1, 8, 8), R3GANConfig(**TINY)), 5 * torch.randn(64, 4, generator=_rng())
    raw = model.train().G(z)
    assert float(raw.detach().abs().max()) > 1
    left = model.eval().G(z)
    check_images(left)
    assert torch.equal(left, raw.clamp(-1, 1))
    assert torch.equal(model.train().fakes(z), left)


def test_a_fake_beyond_the_range_still_has_a_gradient_in_the_step():
    """A clamp in training would stop the gradient exactly where G is wrong."""
    G = R3GAN((1, 8, 8), R3GANConfig(**TINY)).train().G
    (5 * G(torch.randn(8, 4, generator=_rng()))).square().sum().backward()
    assert float(G.paint.weight.grad.abs().min()) > 0


# The game.

scores = st.lists(st.floats(-20, 20), min_size=4, max_size=4).map(lambda v: torch.tensor(v, dtype=torch.float64))


@given(a=scores, b=scores, c=st.floats(-50, 50))
def test_the_two_losses_are_one_with_the_players_exchanged_and_do_not_feel_a_constant(a: Tensor, b: Tensor, c: float):
    assert torch.equal(relativistic.discriminator(a, b), relativistic.generator(b, a))
    torch.testing.assert_close(relativistic.discriminator(a + c, b + c), relativistic.discriminator(a, b))


@settings(max_examples=20)
@given(a=scores, b=scores)
def test_another_pairing_is_another_loss_with_the_same_expectation(a: Tensor, b: Tensor):
    """The mean over all four shifts of the pairing is the mean over all pairs: what a random pairing expects."""
    losses = [relativistic.discriminator(a, b.roll(shift)) for shift in range(4)]
    every_pair = torch.nn.functional.softplus(b[None, :] - a[:, None]).mean()
    torch.testing.assert_close(torch.stack(losses).mean(), every_pair)


def test_a_shuffled_pairing_changes_the_loss():
    a, b = torch.tensor([0.0, 4.0]), torch.tensor([1.0, -3.0])
    assert float(relativistic.discriminator(a, b)) != pytest.approx(float(relativistic.discriminator(a, b.flip(0))))


def test_r1_and_r2_of_a_quadratic_d_in_closed_form():
    """D(x) = x'Ax/2 has the gradient Ax: both penalties together are (E|A x|^2 + E|A y|^2) / 2."""
    A = torch.randn(5, 5, generator=_rng(), dtype=torch.float64)
    A = A + A.T
    x, y = (torch.randn(7, 5, generator=_rng(seed), dtype=torch.float64) for seed in (1, 2))
    found = PENALTIES["r1+r2"].loss(lambda v: 0.5 * (v @ A * v).sum(1), x, y, None)
    expected = 0.5 * ((x @ A).square().sum(1).mean() + (y @ A).square().sum(1).mean())
    torch.testing.assert_close(found, expected)


class Source:
    """Real batches, all different, and what was taken."""

    def __init__(self, shape: tuple[int, ...] = (1, 8, 8), n: int = 4, dtype: torch.dtype = torch.float32) -> None:
        self.shape, self.n, self.dtype = shape, n, dtype
        self.given: list[Tensor] = []

    def __next__(self) -> tuple[Tensor, Tensor | None]:
        self.given.append(_images(self.n, *self.shape, seed=100 + len(self.given)).to(self.dtype))
        return self.given[-1], None


def test_one_step_is_the_papers_against_a_plain_reference():
    """D: softplus of the pairs and gamma/2 of both slopes. G: a real batch and noise of its own; unfused Adam."""
    model = R3GAN((1, 8, 8), R3GANConfig(**TINY, lr=1e-3), seed=1).train().double()
    model.place(torch.device("cpu"))
    model.noise = lambda n, rng: torch.randn(n, 4, generator=rng, dtype=torch.float64)  # type: ignore[method-assign]
    torch.manual_seed(0)
    for p in model.parameters():  # away from the start, where many gradients are exactly 0 and Adam moves by rounding
        p.data = 0.3 * torch.randn_like(p)
    g, d = copy.deepcopy(model.G), copy.deepcopy(model.D)
    source, rng = Source(dtype=torch.float64), _rng(3)
    model.penalty_weight = 0.7
    model.step(source, rng)
    x, x_again = source.given
    rng = _rng(3)
    z, z_again = (torch.randn(4, 4, generator=rng, dtype=torch.float64) for _ in range(2))

    adam = torch.optim.Adam(d.parameters(), 1e-3, (0.0, 0.99))
    points = [x.clone().requires_grad_(True), g(z).detach().requires_grad_(True)]
    loss = torch.log1p(torch.exp(d(points[1]) - d(points[0]))).mean()
    for p in points:
        (slope,) = torch.autograd.grad(d(p).sum(), p, create_graph=True)
        loss = loss + 0.7 / 2 * slope.pow(2).sum((1, 2, 3)).mean()
    loss.backward()
    adam.step()
    adam = torch.optim.Adam(g.parameters(), 1e-3, (0.0, 0.99))
    torch.log1p(torch.exp(d(x_again) - d(g(z_again)))).mean().backward()
    adam.step()
    for network, reference in ((model.G, g), (model.D, d)):
        for ours, theirs in zip(network.parameters(), reference.parameters(), strict=True):
            torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-6)


def test_by_default_it_is_the_papers_game():
    model = R3GAN((1, 8, 8), R3GANConfig(**TINY))
    assert (model.objective.name, model.penalty.name) == ("relativistic", "r1+r2")
    assert (model.config.beta1, model.config.latent) == (0.0, 4)
    for objective in ("non-saturating", "relativistic"):  # the four cells of the ablation
        for penalty in ("r1", "r1+r2"):
            R3GAN((1, 8, 8), R3GANConfig(**TINY), OBJECTIVES[objective], PENALTIES[penalty]).step(Source(), _rng())


def test_points_are_served_by_perceptrons_whose_fourier_features_stay_as_they_are():
    model = R3GAN((2,), R3GANConfig(latent=3, width=8), seed=2).train()
    fixed = [p.clone() for p in (*model.D.frequencies, *model.D.phases)]
    others = [layer.weight.detach().clone() for layer in model.D.hidden]
    for _ in range(2):
        model.step(Source((2,)), _rng())
    assert all(torch.equal(a, b) for a, b in zip(fixed, (*model.D.frequencies, *model.D.phases), strict=True))
    assert not any(torch.equal(a, layer.weight) for a, layer in zip(others, model.D.hidden, strict=True))
    assert model.fakes(10 * torch.randn(5, 3, generator=_rng())).shape == (5, 2)


# Every layer twice.


@pytest.mark.parametrize(
    "layer",
    [
        lambda: ResidualBlock(2, 2, 1),
        lambda: Transition(2, 3, up=False),
        lambda: Transition(2, 3, up=True),
        lambda: R3GAN((1, 8, 8), R3GANConfig(latent=2, width=2, blocks=1, group=4)).D.basis,
    ],
    ids=["block", "halving", "doubling", "basis"],
)
def test_every_layer_can_be_differentiated_twice(layer: Any):
    torch.manual_seed(0)
    module = layer().double()
    for p in module.parameters():  # a block at its start is the identity, which is no test
        p.data = 0.5 * torch.randn_like(p)
    x = _images(1, 2, 4, 4, dtype=torch.float64).requires_grad_(True)
    assert torch.autograd.gradgradcheck(lambda v: module(v).square(), x)


def test_the_penalty_of_the_whole_d_has_the_gradient_that_differences_say():
    model = R3GAN((1, 8, 8), R3GANConfig(latent=2, width=2, blocks=1, group=4)).double()
    torch.manual_seed(0)
    for p in model.D.parameters():
        p.data = 0.5 * torch.randn_like(p)
    x, y = (_images(2, 1, 8, 8, seed=s, dtype=torch.float64) for s in (0, 1))
    weight = model.D.read.weight

    def loss() -> Tensor:
        return PENALTIES["r1+r2"].loss(model.D, x, y, None)

    (slope,) = torch.autograd.grad(loss(), weight)
    for index in range(len(weight)):
        weight.data[index] += 1e-5
        above = loss().item()
        weight.data[index] -= 2e-5
        below = loss().item()
        weight.data[index] += 1e-5
        assert float(slope[index]) == pytest.approx((above - below) / 2e-5, rel=1e-6)
