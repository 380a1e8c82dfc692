"""Games of two players as vector fields: each player follows its own slope, and together they follow none.

A point of the game is w = (theta, psi): the generator's parameters first, then the discriminator's. The velocity is
v(w) = (-dL_G/dtheta, -dL_D/dpsi), the direction in which both descend at once; it is the gradient of nothing, which
is why training need not go downhill anywhere.

Lesson: 09 The game: why training circles, and what stops it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from ganlab.errors import UserError
from ganlab.objectives import Objective, non_saturating

Loss = Callable[[Tensor, Tensor], Tensor]


@dataclass(frozen=True)
class Game:
    """Two losses of (theta, psi), both minimised; theta and psi have ``size`` numbers each.

    ``project`` is applied to psi after each of the discriminator's updates: weight clipping, or nothing.
    """

    name: str
    generator: Loss
    discriminator: Loss
    size: int = 1
    project: Callable[[Tensor], Tensor] = lambda psi: psi


def dirac(
    objective: Objective = non_saturating,
    *,
    r1: float = 0.0,
    gradient_penalty: float = 0.0,
    target: float = 1.0,
    clip: float | None = None,
) -> Game:
    """The Dirac-GAN: real data are one point at 0, fakes one point at theta, and the logit is s(x) = psi * x.

    ``r1``: the weight gamma of gamma/2 * psi^2, the squared slope; R2 is the same on this game. ``gradient_penalty``:
    the weight of (|psi| - target)^2. ``clip``: the bound of weight clipping.
    With the non-saturating or the minimax losses the equilibrium (0, 0) has the eigenvalues
    -gamma/2 +- sqrt(gamma^2/4 - 1/4). Source: Mescheder, Geiger and Nowozin 2018, sections 2 to 4.
    Raises UserError for a weight or bound that is negative or not finite.
    """
    if not all(0 <= each < math.inf for each in (r1, gradient_penalty, target, clip or 0.0)):
        raise UserError("weights, targets and bounds of the Dirac-GAN are finite numbers, at least 0")
    real = torch.zeros(1, dtype=torch.float64)

    def loss_g(theta: Tensor, psi: Tensor) -> Tensor:
        return objective.generator(real * psi, theta * psi)

    def loss_d(theta: Tensor, psi: Tensor) -> Tensor:
        penalty = 0.5 * r1 * psi.square() + gradient_penalty * (psi.abs() - target).square()
        return objective.discriminator(real * psi, theta * psi) + penalty.sum()

    def project(psi: Tensor) -> Tensor:
        return psi if clip is None else psi.clamp(-clip, clip)

    return Game("dirac", loss_g, loss_d, project=project)


def bilinear(matrix: Tensor | None = None) -> Game:
    """theta^T A psi: the generator minimises it, the discriminator maximises it. A is (n, n), by default [[1]].

    The flow turns around the origin for ever. Raises UserError for a matrix that is not square.
    """
    weights = torch.ones(1, 1, dtype=torch.float64) if matrix is None else matrix.double()
    if weights.ndim != 2 or weights.shape[0] != weights.shape[1]:
        raise UserError(f"a bilinear game needs a square matrix, not one of shape {tuple(weights.shape)}")

    def value(theta: Tensor, psi: Tensor) -> Tensor:
        return theta @ weights @ psi

    return Game("bilinear", value, lambda theta, psi: -value(theta, psi), size=len(weights))


def velocity(game: Game, w: Tensor) -> Tensor:
    """v(w) = (-dL_G/dtheta, -dL_D/dpsi) at w, shape (2 * size,), in float64, with a graph back to w."""
    if w.shape != (2 * game.size,):
        raise UserError(f"a point of this game has shape ({2 * game.size},), not {tuple(w.shape)}")
    w = w.double()
    if not w.requires_grad:
        w = w.clone().requires_grad_(True)
    theta, psi = w[: game.size], w[game.size :]
    (for_g,) = torch.autograd.grad(game.generator(theta, psi), theta, create_graph=True)
    (for_d,) = torch.autograd.grad(game.discriminator(theta, psi), psi, create_graph=True)
    return -torch.cat([for_g, for_d])


def jacobian(game: Game, w: Tensor) -> Tensor:
    """The Jacobian of the velocity at w, shape (2 * size, 2 * size), by automatic differentiation."""
    point = w.detach().double()
    return torch.autograd.functional.jacobian(lambda at: velocity(game, at), point)


def eigenvalues(game: Game, w: Tensor) -> Tensor:
    """The eigenvalues of the Jacobian at w, complex128: a negative real part pulls in, an imaginary part turns."""
    return torch.linalg.eigvals(jacobian(game, w))
