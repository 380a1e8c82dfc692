"""A pair of small networks as a game: all weights of G, all of D, and the field in which both descend.

Lesson: 09 The game: why training circles, and what stops it.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn.utils import parameters_to_vector

from ganlab.dynamics.games import Game
from ganlab.errors import UserError
from ganlab.objectives import Objective, non_saturating


def network_game(
    G: nn.Module, D: nn.Module, real: Tensor, noise: Tensor, *, objective: Objective = non_saturating, r1: float = 0.0
) -> Game:
    """The game that G and D play on fixed real points and fixed noise, without any randomness of a batch.

    A point of the game is what `weights` returns: all of G's numbers, then all of D's, in the order of
    ``parameters()``. The modules themselves are left as they are. real: (N, ...) and noise: (M, ...), in the type of
    the weights (use float64 for eigenvalues). r1: the weight gamma of gamma/2 * E|grad_x s|^2 at the real points.
    Raises UserError for networks with different numbers of weights, and for a negative r1.
    """
    sizes = [sum(p.numel() for p in network.parameters()) for network in (G, D)]
    if sizes[0] != sizes[1]:
        raise UserError(f"both players of a game have as many numbers: G has {sizes[0]} weights and D {sizes[1]}")
    if r1 < 0:
        raise UserError(f"the weight of a penalty is at least 0, not {r1:g}")

    def loss_g(theta: Tensor, psi: Tensor) -> Tensor:
        s_real = _call(D, psi, real) if objective.paired else None
        return objective.generator(s_real, _call(D, psi, _call(G, theta, noise)))

    def loss_d(theta: Tensor, psi: Tensor) -> Tensor:
        x = real.clone().requires_grad_(True)
        s_real = _call(D, psi, x)
        loss = objective.discriminator(s_real, _call(D, psi, _call(G, theta, noise)))
        if not r1:
            return loss
        (slope,) = torch.autograd.grad(s_real.sum(), x, create_graph=True)
        return loss + r1 / 2 * slope.flatten(1).square().sum(1).mean()

    return Game("networks", loss_g, loss_d, size=sizes[0])


def weights(G: nn.Module, D: nn.Module) -> Tensor:
    """Where two networks stand in their `network_game`: (2 * size,), detached."""
    return parameters_to_vector([*G.parameters(), *D.parameters()]).detach()


def _call(network: nn.Module, flat: Tensor, x: Tensor) -> Tensor:
    shapes = {name: p.shape for name, p in network.named_parameters()}
    parts = flat.split([shape.numel() for shape in shapes.values()])
    named = {name: part.view(shape) for (name, shape), part in zip(shapes.items(), parts, strict=True)}
    return functional_call(network, named, (x,))
