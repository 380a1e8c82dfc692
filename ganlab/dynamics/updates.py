"""How two players move: the same vector field under different update rules.

An update is a function (game, w, h, memory) -> (w, memory) with step size h; ``memory`` is what the rule carries from
step to step and is None at the first. The rates of D and of G may differ: h is then the pair (h_G, h_D).

Lesson: 09 The game: why training circles, and what stops it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from ganlab.dynamics.games import Game, velocity
from ganlab.errors import UserError

Rates = float | tuple[float, float]
Update = Callable[[Game, Tensor, Rates, Any], tuple[Tensor, Any]]


def simultaneous(game: Game, w: Tensor, h: Rates, memory: Any = None) -> tuple[Tensor, Any]:
    """w + h v(w): both players look at the same point, then both move."""
    return _projected(game, w + _rates(game, h) * _still(game, w)), None


def alternating(game: Game, w: Tensor, h: Rates, memory: Any = None, d_steps: int = 1) -> tuple[Tensor, Any]:
    """D moves ``d_steps`` times; then G answers the D it meets. Source: Goodfellow et al. 2014, algorithm 1.

    Raises UserError for fewer than one step of D.
    """
    n, rates = game.size, _rates(game, h)
    if d_steps < 1:
        raise UserError(f"D moves at least once in a round, not {d_steps} times")
    for _ in range(d_steps):
        w = _projected(game, torch.cat([w[:n], w[n:] + rates[n:] * _still(game, w)[n:]]))
    return torch.cat([w[:n] + rates[:n] * _still(game, w)[:n], w[n:]]), None


def extragradient(game: Game, w: Tensor, h: Rates, memory: Any = None) -> tuple[Tensor, Any]:
    """w + h v(w + h v(w)): look one step ahead, move from where you stand. Source: Korpelevich 1976."""
    ahead, _ = simultaneous(game, w, h)
    return _projected(game, w + _rates(game, h) * _still(game, ahead)), None


def optimistic(game: Game, w: Tensor, h: Rates, memory: Any = None) -> tuple[Tensor, Any]:
    """w + h (2 v_t - v_{t-1}): extragradient's look ahead, guessed from the last step. Source: Daskalakis et al. 2018.

    The first step is a simultaneous one.
    """
    now = _still(game, w)
    before = now if memory is None else memory
    return _projected(game, w + _rates(game, h) * (2 * now - before)), now


def adam(
    game: Game, w: Tensor, h: Rates, memory: Any = None, beta1: float = 0.5, beta2: float = 0.999
) -> tuple[Tensor, Any]:
    """Adam for each player, simultaneously, epsilon 1e-8. Source: Kingma and Ba 2015, algorithm 1."""
    step, first, second = memory or (0, torch.zeros_like(w), torch.zeros_like(w))
    slope = -_still(game, w)
    step += 1
    first = beta1 * first + (1 - beta1) * slope
    second = beta2 * second + (1 - beta2) * slope.square()
    move = first / (1 - beta1**step) / ((second / (1 - beta2**step)).sqrt() + 1e-8)
    return _projected(game, w - _rates(game, h) * move), (step, first, second)


UPDATES: dict[str, Update] = {
    "simultaneous": simultaneous,
    "alternating": alternating,
    "extragradient": extragradient,
    "optimistic": optimistic,
    "adam": adam,
}
"""The update rules by name."""


def trajectory(game: Game, start: Tensor, h: Rates, steps: int, update: Update = simultaneous) -> Tensor:
    """The points w_0 ... w_steps, shape (steps + 1, 2 * size), float64.

    Raises UserError for rates that are not positive and finite, for fewer than zero steps, and for a start that is not
    finite or of another size than the game's.
    """
    check_rates(h)
    if steps < 0:
        raise UserError(f"a path has zero steps or more, not {steps}")
    if not start.isfinite().all():
        raise UserError("a path starts at finite numbers")
    points, memory = [start.detach().double()], None
    for _ in range(steps):
        w, memory = update(game, points[-1], h, memory)
        points.append(w)
    return torch.stack(points)


def check_rates(h: Rates) -> tuple[float, float]:
    """The pair (h_G, h_D). Raises UserError for anything but a positive number or a pair of them."""
    pair = h if isinstance(h, tuple) else (h, h)
    if len(pair) != 2 or not all(math.isfinite(each) and each > 0 for each in pair):
        raise UserError(f"a step size is a positive number, or a pair (h_G, h_D) of them, not {h}")
    return pair


def _still(game: Game, w: Tensor) -> Tensor:
    return velocity(game, w).detach()


def _rates(game: Game, h: Rates) -> Tensor:
    for_g, for_d = check_rates(h)
    return torch.tensor([for_g] * game.size + [for_d] * game.size, dtype=torch.float64)


def _projected(game: Game, w: Tensor) -> Tensor:
    return torch.cat([w[: game.size], game.project(w[game.size :])])
