"""The promise that no checkpoint is ever bad: from the first non-finite loss on, no update moves anything.

Lesson: 10 The training loop, line by line.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.optim import Optimizer


class Guard:
    """Remembers, on the device, the first update whose loss was not finite, and masks every update after it.

    Reading it waits for the device, so the trainer asks only every few steps and before each save.
    """

    def __init__(self, device: torch.device) -> None:
        self.first_bad = torch.full((), -1, dtype=torch.int64, device=device)
        self.masked = torch.zeros((), device=device)

    def watch(self, loss: Tensor, update: int) -> Tensor:
        """Note update number ``update``; return 1.0 if this and later updates must be skipped, else 0.0."""
        bad = (self.first_bad < 0) & ~torch.isfinite(loss.detach())
        self.first_bad = torch.where(bad, update, self.first_bad)
        self.masked = (self.first_bad >= 0).float()
        return self.masked


@torch.no_grad()
def update_unless(masked: Tensor, optimiser: Optimizer) -> None:
    """One step of the optimiser, weights and state as they were where ``masked`` is 1; nobody waits for the device.

    A fused optimiser skips its own update where ``found_inf`` is 1. Any other makes it, and what it moved is put back.
    """
    if optimiser.defaults.get("fused"):
        optimiser.found_inf = masked  # type: ignore[attr-defined]
        optimiser.step()
        return
    weights = [p for group in optimiser.param_groups for p in group["params"]]
    state = [v for values in optimiser.state.values() for v in values.values() if isinstance(v, Tensor)]
    before = [tensor.clone() for tensor in (*weights, *state)]
    optimiser.step()
    for tensor, was in zip((*weights, *state), before, strict=True):
        tensor.copy_(torch.where(masked > 0, was, tensor))
