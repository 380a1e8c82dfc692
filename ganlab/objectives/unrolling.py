"""Unrolling: G plays against the discriminator that would answer it, not against the one of this moment.

Lesson: 11 Failures and stabilisers.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from ganlab.errors import UserError

Parameters = dict[str, Tensor]


def unrolled(loss: Callable[[Parameters], Tensor], parameters: Parameters, steps: int, lr: float) -> Parameters:
    """D's parameters after ``steps`` steps of gradient descent on its own loss, as a differentiable function.

    loss: from D's parameters (name to tensor, as ``dict(D.named_parameters())``) to a scalar, made of fakes that still
    hang on G: then the gradient of G's loss at the returned parameters has two parts, the second through D's answer
    (section 2.4 of the paper). ``steps = 0`` returns the parameters as they are. Nothing is changed in place, and there
    is no state: it runs under ``torch.func.vmap``.
    Raises UserError for a negative number of steps and a rate that is not positive.
    Source: Metz et al. 2017, section 2.2.
    """
    if steps < 0 or not lr > 0:
        raise UserError(f"unrolling takes 0 steps or more at a positive rate, not {steps} at {lr:g}")
    gradient: Any = torch.func.grad(loss)
    for _ in range(steps):
        slopes = gradient(parameters)
        parameters = {name: value - lr * slopes[name] for name, value in parameters.items()}
    return parameters
