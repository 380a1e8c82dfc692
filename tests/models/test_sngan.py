"""SNGAN: spectral norms that hold while D learns, residual blocks that add, and the shapes of both networks."""

from __future__ import annotations

import pytest
import torch
from smallest import IMAGES, small
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, conv2d, interpolate

from ganlab.errors import UserError
from ganlab.layers import has_batch_norm
from ganlab.models import MODELS
from ganlab.models.sngan import SNGAN, Block, SNGANConfig


class Source:
    """Batches of six, all different."""

    def __init__(self) -> None:
        self.taken = 0

    def __next__(self) -> tuple[Tensor, Tensor | None]:
        self.taken += 1
        return torch.rand(6, *IMAGES, generator=_rng(1000 + self.taken)) * 2 - 1, None


def _rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def _norms(network: nn.Module) -> list[float]:
    """The exact largest singular value of every layer, its kernel as a matrix."""
    layers = [m for m in network.modules() if isinstance(m, nn.Linear | nn.Conv2d)]
    return [float(torch.linalg.matrix_norm(m.weight.detach().flatten(1), 2)) for m in layers]


def test_every_layer_of_d_keeps_norm_one_while_it_learns():
    model, source, rng = small("sngan", spectral_norm=True, lr=2e-3), Source(), _rng()
    for _ in range(40):
        model.step(source, rng)
    norms = _norms(model.D)
    assert len(norms) > 8 and max(norms) < 1.05 and min(norms) > 0.9


def test_without_spectral_norm_the_same_layers_are_steeper():
    """Why it is needed, and that the test above can fail: Glorot's weights times the root of 2 start above 1."""
    assert max(_norms(small("sngan", spectral_norm=False).D)) > 1.3


def test_a_block_that_changes_nothing_adds_its_residual_to_the_identity():
    block, x = Block(3, 3), torch.randn(2, 3, 6, 6, generator=_rng())
    assert torch.equal(block(x), x + block.residual(x))
    for layer in block.residual.modules():
        if isinstance(layer, nn.Conv2d):
            nn.init.zeros_(layer.weight)
    assert torch.equal(block(x), x)


@pytest.mark.parametrize("first", [False, True])
def test_a_halving_block_is_the_papers_formula(first: bool):
    """conv-ReLU-conv-pool beside conv1x1-pool, the first ReLU missing where the block sees the image."""
    block, x = Block(3, 5, 0.5, first=first), torch.randn(2, 3, 8, 8, generator=_rng())
    convs = [m for m in block.residual if isinstance(m, nn.Conv2d)]
    h = x if first else x.relu()
    for conv, activate in zip(convs, (True, False), strict=True):
        h = conv2d(h, conv.weight, conv.bias, padding=1)
        h = h.relu() if activate else h
    (project,) = (m for m in block.shortcut if isinstance(m, nn.Conv2d))
    beside = avg_pool2d(conv2d(x, project.weight, project.bias), 2)
    torch.testing.assert_close(block(x), avg_pool2d(h, 2) + beside)


def test_a_doubling_block_doubles_before_its_first_convolution_and_beside_its_shortcut():
    block, x = Block(4, 2, 2, norm=True).eval(), torch.randn(2, 4, 5, 5, generator=_rng())
    up, conv = (m for m in block.residual if hasattr(m, "weight") and m.weight.ndim == 4)
    norms = [m for m in block.residual if isinstance(m, nn.BatchNorm2d)]
    h = interpolate(norms[0](x).relu(), scale_factor=2.0, mode="nearest")
    h = conv2d(norms[1](conv2d(h, up.weight, up.bias, padding=1)).relu(), conv.weight, conv.bias, padding=1)
    (project,) = (m for m in block.shortcut if isinstance(m, nn.Conv2d))
    beside = conv2d(interpolate(x, scale_factor=2.0, mode="nearest"), project.weight, project.bias)
    torch.testing.assert_close(block(x), h + beside)


@pytest.mark.parametrize(("shape", "grid"), [((1, 28, 28), 7), ((1, 8, 8), 2), ((3, 32, 32), 4)])
def test_networks_fit_the_image(shape: tuple[int, ...], grid: int):
    model = SNGAN(shape, SNGANConfig(width=2))
    assert model.G(model.noise(3, _rng())).shape == (3, *shape)
    assert model.D(torch.zeros(3, *shape)).shape == (3,)
    assert model.G.project(model.noise(1, _rng())).shape[-1] == grid
    assert model.D.blocks(torch.zeros(1, *shape)).shape[-1] == grid


def test_the_papers_choices_are_the_defaults():
    config = MODELS["sngan"].Config()
    assert (config.lr, config.beta1, config.beta2, config.d_steps, config.latent) == (2e-4, 0.0, 0.9, 5, 128)
    model = SNGAN((1, 8, 8), SNGANConfig(width=2))
    assert model.objective.name == "hinge" and model.config.spectral_norm
    assert has_batch_norm(model.G) and not has_batch_norm(model.D)


def test_images_that_are_not_square_are_refused():
    with pytest.raises(UserError, match="square"):
        SNGAN((1, 28, 32), SNGANConfig(width=2))
