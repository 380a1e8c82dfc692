"""The switches of the plane's networks do what they are called."""

from __future__ import annotations

import pytest
import torch

from ganlab.data.mixtures import ring
from ganlab.models.points import PointCritic, PointGenerator, SpectralLinear
from ganlab.training.many import ManyConfig, ManyGANs


def test_a_spectral_layer_has_gain_one():
    """The largest singular value of what it applies, against the singular value decomposition."""
    torch.manual_seed(0)
    for inputs, outputs in ((2, 64), (64, 64), (64, 1)):
        layer = SpectralLinear(inputs, outputs)
        matrix = (layer(torch.eye(inputs)) - layer.bias).detach().T
        assert float(torch.linalg.matrix_norm(matrix, ord=2)) == pytest.approx(1.0, abs=0.08)


def test_a_spectral_critic_is_no_steeper_than_its_input():
    torch.manual_seed(0)
    critic, x = PointCritic(2, 32, 2, spectral=True), torch.randn(50, 2)
    y = x + 0.01 * torch.randn(50, 2)
    assert ((critic(x) - critic(y)).abs() <= 1.2 * (x - y).norm(dim=1)).all()


@pytest.mark.parametrize(("options", "coupled"), [({}, False), ({"spread": True}, True), ({"norm": True}, True)])
def test_only_batch_statistics_couple_samples(options, coupled):
    torch.manual_seed(0)
    critic, x = PointCritic(2, 8, 2, **options), torch.randn(6, 2)
    other = torch.cat([x[:1], x[1:] + 1])
    assert (not torch.allclose(critic(x)[0], critic(other)[0])) is coupled


def test_normalisation_in_g_stands_between_layers():
    torch.manual_seed(0)
    generator = PointGenerator(2, 8, 2, norm=True)
    assert [type(layer).__name__ for layer in generator.layers].count("BatchNorm1d") == 1
    assert not list(generator.buffers())


def test_dropout_takes_out_what_it_is_told_to():
    critic, x = PointCritic(2, 4, 2), torch.randn(3, 2)
    assert torch.equal(critic(x, torch.ones(3, 8)), critic(x))
    assert torch.equal(critic(x, torch.zeros(3, 8)), critic.head.bias.expand(3))


def test_random_features_stay_as_they_were_drawn():
    gans = ManyGANs(ManyConfig(width_g=8, width_d=8, batch=8, fourier=(1.0, 4.0)), ring(), [0, 1])
    before = {name: value.clone() for name, value in gans.D.parameters.items()}
    gans.train(3)
    moved = {name for name, value in gans.D.parameters.items() if not torch.equal(value, before[name])}
    assert moved == {name for name in before if not name.startswith(PointCritic.FIXED)}
