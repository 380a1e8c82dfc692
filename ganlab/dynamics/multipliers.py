"""What one update does to a small distance from an equilibrium: the eigenvalues of the update, not of the field.

Lesson: 09 The game: why training circles, and what stops it.
"""

from __future__ import annotations

import torch
from torch import Tensor

from ganlab.dynamics.games import Game, jacobian
from ganlab.dynamics.updates import Rates, Update, alternating, check_rates, extragradient, optimistic, simultaneous
from ganlab.errors import UserError


def multipliers(game: Game, w: Tensor, h: Rates, update: Update = simultaneous) -> Tensor:
    """The eigenvalues of one update's linear part at an equilibrium w, complex128 (2 * size,), optimistic twice that.

    All inside the unit circle: the update pulls in. With J the Jacobian of the field and H the diagonal of the rates
    they belong to I + HJ (simultaneous), to two half steps (alternating, one step of D), to I + HJ + (HJ)^2
    (extragradient), and to the two-step recursion of `optimistic`, which has twice as many.
    Raises UserError for an update without a linear part (Adam divides by the gradient's size), and for rates that are
    not positive.
    """
    n = game.size
    rates = torch.tensor(check_rates(h), dtype=torch.float64).repeat_interleave(n)
    pull = rates[:, None] * jacobian(game, w)
    one = torch.eye(2 * n, dtype=torch.float64)
    if update is simultaneous:
        step = one + pull
    elif update is alternating:
        of_g = (torch.arange(2 * n) < n)[:, None]
        step = (one + pull * of_g) @ (one + pull * ~of_g)
    elif update is extragradient:
        step = one + pull + pull @ pull
    elif update is optimistic:
        step = torch.cat([torch.cat([one + 2 * pull, -pull], 1), torch.cat([one, torch.zeros_like(one)], 1)])
    else:
        raise UserError("this update has no linear part at an equilibrium: look at its trajectory instead")
    return torch.linalg.eigvals(step)
