"""Networks: sizes known from the documents, shapes, ranges, seeds, and what is refused when a model is built."""

from __future__ import annotations

import random
from dataclasses import fields
from itertools import pairwise
from typing import Any, ClassVar

import numpy as np
import pytest
import torch
from smallest import small
from torch import nn

from ganlab.data import check_images
from ganlab.errors import UserError
from ganlab.models import DCGAN, GAN, MODELS, DCGANConfig, GANConfig, Model, ModelConfig
from ganlab.models.dcgan import halvings
from ganlab.objectives import OBJECTIVES, PENALTIES

PER_SAMPLE = [name for name, penalty in PENALTIES.items() if penalty.per_sample]
MNIST = (1, 28, 28)


def _count(network: nn.Module) -> int:
    return sum(p.numel() for p in network.parameters())


def _noise(n: int, latent: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(n, latent, generator=torch.Generator().manual_seed(seed))


# Sizes.


@pytest.mark.parametrize(
    ("config", "in_g", "in_d"),
    [
        (GANConfig(), 1_486_352, 533_505),
        (GANConfig(g_widths=(128, 256, 512, 1024)), 1_506_448, 533_505),
        (GANConfig(g_widths=(256,), d_widths=(256,)), 227_344, 201_217),
    ],
    ids=["third document", "four layers", "one layer"],
)
def test_parameter_counts_of_the_documents_networks(config: GANConfig, in_g: int, in_d: int):
    model = GAN(MNIST, config)
    assert (_count(model.G), _count(model.D)) == (in_g, in_d)


def test_batch_norm_of_the_mlp_adds_a_gain_and_a_bias_for_each_unit_but_the_first_layers():
    plain, normed = GAN(MNIST, GANConfig()), GAN(MNIST, GANConfig(norm="batch"))
    assert _count(normed.G) - _count(plain.G) == 2 * (512 + 1024)
    assert _count(normed.D) == _count(plain.D)


def test_parameter_count_of_a_small_dcgan_by_hand():
    """8x8, width 3, latent 5: a 2x2 grid of 6 channels, up to 3, up to the image; D the mirror image."""
    model = DCGAN((1, 8, 8), DCGANConfig(latent=5, width=3))
    g = 5 * 6 * 4 + 2 * 6 + 6 * 3 * 16 + 2 * 3 + (3 * 1 * 16 + 1)
    d = (1 * 3 * 16 + 3) + 3 * 6 * 16 + 2 * 6 + (6 * 4 + 1)
    assert (_count(model.G), _count(model.D)) == (g, d)


def test_no_bias_stands_before_a_batch_normalisation():
    for upsampling in ("transposed", "nearest"):
        model = DCGAN((3, 32, 32), DCGANConfig(width=4, upsampling=upsampling))
        for network in (model.G, model.D):
            layers = list(network.layers)
            for layer, following in pairwise(layers):
                if isinstance(following, nn.BatchNorm2d):
                    assert layer.bias is None


# Shapes and ranges.


@pytest.mark.parametrize("upsampling", ["transposed", "nearest"])
@pytest.mark.parametrize("norm", ["batch", "none"])
@pytest.mark.parametrize(("side", "grid"), [(8, 2), (28, 7), (32, 4), (64, 4)])
@pytest.mark.parametrize("channels", [1, 3])
def test_dcgan_shapes(upsampling: str, norm: str, side: int, grid: int, channels: int):
    model = DCGAN((channels, side, side), DCGANConfig(latent=5, width=2, norm=norm, upsampling=upsampling))
    images = model.G(_noise(3, 5))
    assert images.shape == (3, channels, side, side)
    assert model.D(images).shape == (3,)
    assert model.G.grid[1:] == (grid, grid)
    assert sum(isinstance(m, nn.BatchNorm2d) for m in model.D.modules()) == (
        0 if norm == "none" else halvings(side) - 1  # none at D's input
    )


@pytest.mark.parametrize("upsampling", ["transposed", "nearest"])
def test_dcgan_takes_its_channels_from_the_outside(upsampling: str):
    config = DCGANConfig(latent=5, g_channels=(6, 4, 2), d_channels=(3, 5), upsampling=upsampling)
    model = DCGAN((1, 16, 16), config)
    assert model.G(_noise(2, 5)).shape == (2, 1, 16, 16)
    assert model.G.grid == ((6, 2, 2) if upsampling == "transposed" else (6, 4, 4))
    assert [m.out_channels for m in model.D.layers if isinstance(m, nn.Conv2d)] == [3, 5]
    assert model.D(torch.zeros(2, 1, 16, 16)).shape == (2,)


@pytest.mark.parametrize(("extra", "reach"), [(0, 1), (1, 9), (2, 25)])
def test_extra_layers_of_dcgans_g_widen_what_one_cell_of_its_smallest_grid_moves(extra: int, reach: int):
    """A cell of the 7x7 grid reaches itself, with one 3x3 convolution its 3x3 neighbours, with two 5x5 cells."""
    model = DCGAN((1, 28, 28), DCGANConfig(latent=3, g_channels=(4, 2), g_extra=extra))
    levels = model.G.layers[: 2 + 3 * extra].eval()
    for norm in levels:
        if isinstance(norm, nn.BatchNorm2d):
            nn.init.constant_(norm.bias, 5.0)  # so that no ReLU cuts a path
    grid = torch.zeros(1, 4, 7, 7)
    moved = grid.clone()
    moved[:, :, 3, 3] = 0.5
    with torch.no_grad():
        changed = (levels(moved) != levels(grid)).any(1)
    assert int(changed.sum()) == reach
    assert model.G(_noise(2, 3)).shape == (2, 1, 28, 28)


@pytest.mark.parametrize("shape", [(2,), (5,), (1, 8, 8), (1, 28, 28), (3, 32, 32), (3, 5, 7)])
@pytest.mark.parametrize("norm", ["none", "batch"])
def test_gan_shapes(shape: tuple[int, ...], norm: str):
    model = GAN(shape, GANConfig(latent=3, g_widths=(8, 8), d_widths=(8,), norm=norm))
    x = model.G(_noise(4, 3))
    assert x.shape == (4, *shape)
    assert model.D(x).shape == (4,)


@pytest.mark.parametrize(
    "model", [GAN((1, 8, 8), GANConfig(latent=4)), DCGAN((1, 8, 8), DCGANConfig(latent=4, width=4))]
)
def test_images_keep_the_range_contract_even_for_absurd_noise_and_weights(model: Model):
    with torch.no_grad():
        ordinary = model.G(_noise(50, 4))
        for parameter in model.G.parameters():
            parameter.mul_(30)
        extreme = model.G(1000 * _noise(50, 4))
    check_images(ordinary, "samples")
    assert float(ordinary.abs().max()) < 1
    check_images(extreme, "samples")
    assert float(extreme.abs().max()) > 0.9  # the contract was put to the test


def test_points_are_on_their_own_scale():
    model = GAN((2,), GANConfig(latent=4, g_widths=(16,), d_widths=(16,)))
    assert float(model.G(1000 * _noise(50, 4)).detach().abs().max()) > 1


@pytest.mark.parametrize("name", sorted(MODELS))
def test_noise_is_standard_normal_and_its_own_generators(name: str):
    model = small(name, latent=50)
    before = torch.get_rng_state()
    code = model.noise(400, torch.Generator().manual_seed(1))
    assert code.shape == (400, model.code_size)
    z = code[:, :50]
    assert abs(float(z.mean())) < 4 / 20_000**0.5 and abs(float(z.var()) - 1) < 4 * (2 / 20_000) ** 0.5
    assert torch.equal(code, model.noise(400, torch.Generator().manual_seed(1)))
    assert not torch.equal(code, model.noise(400, torch.Generator().manual_seed(2)))
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("p", [0.0, 0.4])
def test_dropout_is_in_d_alone_and_only_while_training(p: float):
    model = DCGAN((1, 8, 8), DCGANConfig(latent=4, width=4, dropout=p, norm="none"))
    x = torch.ones(6, 1, 8, 8)
    assert not any(isinstance(m, nn.Dropout2d) for m in model.G.modules())

    def spread() -> float:
        return float(model.D(x).detach().std()) / float(model.D(x).detach().abs().mean())

    assert (spread() > 1e-3) == (p > 0)
    model.eval()
    assert spread() < 1e-5


# Seeds.


@pytest.mark.parametrize("name", sorted(MODELS))
def test_weights_follow_the_seed_and_nothing_else(name: str):
    def weights(seed: int) -> list[torch.Tensor]:
        return list(small(name, seed=seed).state_dict().values())

    torch.manual_seed(1)
    first = weights(5)
    torch.manual_seed(2)
    torch.rand(7)
    assert all(torch.equal(a, b) for a, b in zip(first, weights(5), strict=True))
    assert any(not torch.equal(a, b) for a, b in zip(first, weights(6), strict=True))


@pytest.mark.parametrize("name", sorted(MODELS))
def test_building_a_model_leaves_every_global_generator_untouched(name: str, monkeypatch: pytest.MonkeyPatch):
    # On a machine with a GPU torch.manual_seed seeds that too, and fork_rng(devices=[]) does not bring it back.
    moved: list[int] = []
    monkeypatch.setattr(torch.cuda, "manual_seed_all", moved.append)
    torch.manual_seed(3)
    moved.clear()
    before = torch.get_rng_state(), np.random.get_state()[1].copy(), random.getstate()
    small(name)
    assert torch.equal(torch.get_rng_state(), before[0])
    assert np.array_equal(np.random.get_state()[1], before[1])
    assert random.getstate() == before[2]
    assert not moved, "the GPU's generator was seeded"


def test_dcgan_starts_from_its_papers_distribution():
    """N(0, 0.02) everywhere: the two players' weights pooled, against the spread of a sample standard deviation."""
    model = DCGAN((1, 32, 32), DCGANConfig(width=8))
    pooled = torch.cat([p.detach().flatten() for n, p in model.named_parameters() if p.ndim > 1])
    assert abs(float(pooled.std()) - 0.02) < 5 * 0.02 / (2 * len(pooled)) ** 0.5


# Refusals.


@pytest.mark.parametrize("name", sorted(MODELS))
@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("latent", 0), ("latent", -3), ("d_steps", 0), ("lr", 0.0), ("lr", -1e-3), ("lr", float("nan")),
        ("lr", float("inf")), ("beta1", 1.0), ("beta1", -0.1), ("beta1", float("nan")), ("beta2", 1.0),
    ],
)  # fmt: skip
def test_values_out_of_range_are_refused_by_name(name: str, setting: str, value: Any):
    if setting not in {field.name for field in fields(MODELS[name].Config)}:
        return
    with pytest.raises(UserError, match="learning rate" if setting == "lr" else setting):
        MODELS[name].Config(**{setting: value})


@pytest.mark.parametrize(
    ("config", "setting", "value"),
    [
        (GANConfig, "norm", "spectral"), (DCGANConfig, "norm", "spectral"),
        (GANConfig, "g_widths", ()), (GANConfig, "d_widths", ()), (GANConfig, "g_widths", (8, 0)),
        (GANConfig, "d_widths", (-1,)), (DCGANConfig, "width", 0), (DCGANConfig, "upsampling", "bilinear"),
        (DCGANConfig, "dropout", 1.0), (DCGANConfig, "dropout", -0.1), (DCGANConfig, "dropout", float("nan")),
        (DCGANConfig, "g_channels", (8, 0)), (DCGANConfig, "d_channels", (0,)), (DCGANConfig, "g_extra", -1),
    ],
)  # fmt: skip
def test_each_models_own_values_out_of_range_are_refused(config: type[ModelConfig], setting: str, value: Any):
    with pytest.raises(UserError, match=setting):
        config(**{setting: value})


@pytest.mark.parametrize("name", sorted(MODELS))
def test_the_edges_of_the_ranges_are_allowed(name: str):
    MODELS[name].Config(latent=1, d_steps=1, lr=1e-12, beta1=0.0, beta2=0.0)


def test_dcgan_refuses_points_and_says_what_it_takes():
    with pytest.raises(UserError, match=r"dcgan takes images, and this data set holds points"):
        DCGAN((2,), DCGANConfig())


@pytest.mark.parametrize("side", [1, 4, 9, 27, 30, 31])
def test_dcgan_refuses_a_side_that_does_not_halve(side: int):
    with pytest.raises(UserError, match=f"side {side}"):
        DCGAN((1, side, side), DCGANConfig(width=2))


def test_dcgan_refuses_images_that_are_not_square():
    with pytest.raises(UserError, match="square"):
        DCGAN((1, 28, 32), DCGANConfig(width=2))


@pytest.mark.parametrize("setting", ["g_channels", "d_channels"])
def test_dcgan_refuses_more_stages_than_the_image_halves(setting: str):
    with pytest.raises(UserError, match="too many stages"):
        DCGAN((1, 8, 8), DCGANConfig(**{setting: (2, 2, 2, 2)}))


@pytest.mark.parametrize("penalty", sorted(PENALTIES))
def test_batch_norm_in_d_is_refused_under_exactly_the_per_sample_penalties(penalty: str):
    def build(norm: str) -> Model:
        return DCGAN((1, 8, 8), DCGANConfig(width=2, norm=norm), penalty=PENALTIES[penalty])

    build("none")
    if penalty in PER_SAMPLE:
        with pytest.raises(UserError, match="norm=none"):
            build("batch")
    else:
        build("batch")


def test_batch_norm_in_the_generator_alone_is_no_reason_to_refuse():
    GAN((1, 8, 8), GANConfig(norm="batch", g_widths=(4, 4)), penalty=PENALTIES["gp"])


def test_why_batch_norm_is_refused_one_sample_moves_the_score_of_another():
    d = DCGAN((1, 8, 8), DCGANConfig(width=4)).D
    x = torch.randn(4, 1, 8, 8, generator=torch.Generator().manual_seed(0), requires_grad=True)
    (gradient,) = torch.autograd.grad(d(x)[0], x)
    assert float(gradient[1:].abs().max()) > 0
    plain = DCGAN((1, 8, 8), DCGANConfig(width=4, norm="none")).D
    (gradient,) = torch.autograd.grad(plain(x)[0], x)
    assert float(gradient[1:].abs().max()) == 0


@pytest.mark.parametrize("name", sorted(MODELS))
def test_latent_and_rate_come_first_whatever_else_a_model_can_be_told(name: str):
    config = MODELS[name].Config(32, 0.01)
    assert (config.latent, config.lr, config.ttur, config.clip_norm) == (32, 0.01, 1.0, 0.0)


# Names, labels, and what a model says of itself.


@pytest.mark.parametrize("name", sorted(MODELS))
def test_networks_are_attributes_and_players_between_them_move_all_weights_once(name: str):
    model = small(name)
    assert {"G"} <= set(model.networks) and all(isinstance(getattr(model, n), nn.Module) for n in model.networks)
    moved = [id(weight) for player in model.players for weight in model.weights(player)]
    assert sorted(moved) == sorted(id(weight) for weight in model.parameters() if weight.requires_grad)


@pytest.mark.parametrize("name", sorted(MODELS))
def test_a_model_takes_its_papers_objective_and_penalty_without_being_told(name: str):
    model, kind = small(name), MODELS[name]
    assert (model.objective.name, model.penalty) == (kind.default_objective.name, kind.default_penalty)
    assert kind.default_objective.name in kind.objectives and kind.default_penalty.name in kind.penalties


@pytest.mark.parametrize("name", sorted(MODELS))
@pytest.mark.parametrize("classes", [None, 1])
def test_a_model_that_needs_labels_refuses_to_be_built_without_and_the_others_forget_them(name: str, classes: Any):
    if MODELS[name].labelled:
        with pytest.raises(UserError, match="no labels"):
            small(name, classes=classes)
    else:
        assert MODELS[name]((1, 8, 8), small(name).config, classes=7).classes is None


class Narrow(GAN):
    """A model that is only itself under one objective and penalty, and whose step knows no unrolling."""

    objectives: ClassVar = {"hinge": OBJECTIVES["hinge"]}
    penalties: ClassVar = {"r1": PENALTIES["r1"]}
    default_objective, default_penalty = OBJECTIVES["hinge"], PENALTIES["r1"].weighted(3.0)
    refuses = ("unroll", "fresh_noise")


def test_a_model_that_is_itself_under_one_objective_says_so():
    tiny = {"latent": 2, "g_widths": (4,), "d_widths": (4,)}
    assert Narrow((2,), GANConfig(**tiny)).penalty_weight == 3.0
    for choice, word in (
        ({"objective": OBJECTIVES["minimax"]}, "objective hinge, not minimax"),
        ({"penalty": PENALTIES["gp"]}, "penalty r1, not gp"),
    ):
        with pytest.raises(UserError, match=word):
            Narrow((2,), GANConfig(**tiny), **choice)
    for setting in ({"unroll": 2}, {"fresh_noise": False}):
        with pytest.raises(UserError, match="has no use for"):
            Narrow((2,), GANConfig(**tiny, **setting))
