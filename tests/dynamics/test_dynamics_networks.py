"""Networks as a game: its field is what backward() leaves in the modules, its penalty is the package's own."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from ganlab.dynamics import dirac, eigenvalues, jacobian, network_game, velocity, weights
from ganlab.errors import UserError
from ganlab.objectives import minimax, non_saturating, r1, relativistic


def mlp() -> nn.Sequential:
    return nn.Sequential(nn.Linear(2, 4), nn.Tanh(), nn.Linear(4, 2)).double()


class Score(nn.Module):
    """As many weights as `mlp`, one score a point: the difference of its two outputs."""

    def __init__(self):
        super().__init__()
        self.inside = mlp()

    def forward(self, x):
        first, second = self.inside(x).unbind(1)
        return first - second


@pytest.fixture
def pair():
    torch.manual_seed(3)
    real, noise = torch.randn(2, 6, 2, dtype=torch.float64)
    return mlp(), Score(), real, noise


@pytest.mark.parametrize("objective", [minimax, non_saturating, relativistic], ids=lambda o: o.name)
@pytest.mark.parametrize("gamma", [0.0, 0.7])
def test_the_field_is_what_backward_leaves(pair, objective, gamma):
    G, D, real, noise = pair
    found = velocity(network_game(G, D, real, noise, objective=objective, r1=gamma), weights(G, D))
    loss_g = objective.generator(D(real), D(G(noise)))
    for_g = torch.autograd.grad(loss_g, [*G.parameters()])
    loss_d = objective.discriminator(D(real), D(G(noise))) + gamma * r1(D, real)
    for_d = torch.autograd.grad(loss_d, [*D.parameters()])
    wanted = -torch.cat([g.flatten() for g in (*for_g, *for_d)])
    torch.testing.assert_close(found.detach(), wanted)


def test_two_networks_of_one_weight_are_the_dirac_gan():
    """G(z) = theta for the noise 1, D(x) = psi x, real data at 0."""
    G, D = (nn.Linear(1, 1, bias=False).double() for _ in "GD")
    game = network_game(G, D, torch.zeros(1, 1).double(), torch.ones(1, 1).double())
    at = torch.tensor([0.3, -0.6])
    torch.testing.assert_close(jacobian(game, at), jacobian(dirac(), at))
    torch.testing.assert_close(velocity(game, weights(G, D)), velocity(dirac(), weights(G, D)))


def test_r1_is_minus_its_own_curvature_in_the_block_of_d(pair):
    """The trace of the field changes by -gamma times the trace of R1's Hessian in D's weights, and by nothing else."""
    G, D, real, noise = pair
    at, size = weights(G, D), sum(p.numel() for p in G.parameters())
    free, braked = (jacobian(network_game(G, D, real, noise, r1=gamma), at) for gamma in (0.0, 2.0))

    def penalty(psi):
        torch.nn.utils.vector_to_parameters(psi, D.parameters())
        return r1(D, real).item()

    psi, tiny = at[size:], 1e-4
    units = torch.eye(size, dtype=torch.float64) * tiny
    curvature = sum(penalty(psi + u) - 2 * penalty(psi) + penalty(psi - u) for u in units) / tiny**2
    assert float((braked - free).trace()) == pytest.approx(-2.0 * curvature, rel=1e-4)
    assert torch.equal(braked[:size], free[:size])


def test_the_modules_stay_as_they_are(pair):
    G, D, real, noise = pair
    before = weights(G, D)
    eigenvalues(network_game(G, D, real, noise, r1=1.0), before + 1.0)
    assert torch.equal(weights(G, D), before)
    assert all(p.grad is None for p in (*G.parameters(), *D.parameters()))


def test_mistakes_are_one_sentence(pair):
    G, D, real, noise = pair
    with pytest.raises(UserError, match="G has 22 weights and D 3"):
        network_game(G, nn.Linear(2, 1).double(), real, noise)
    with pytest.raises(UserError, match="at least 0"):
        network_game(G, D, real, noise, r1=-1.0)
