"""How much to augment: a controller that holds D's certainty about the training data at a target.

Where D learns the training set by heart its logits of real images turn all positive. The controller raises the
probability of augmentation while more than the wanted share of them is, and lowers it while fewer are.
Lesson: 11 Failures and stabilisers.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ganlab.errors import UserError
from ganlab.layers.augment import augment, transformations

HIGHEST = 0.8
"""Where the controller stops: from about here on, augmentations leak (Karras et al. 2020, section 2.2)."""


def overfitting(real_logits: Tensor) -> Tensor:
    """r_t = E sign(s) over real training images: 0 where D cannot tell them, 1 where it knows them all.

    Source: Karras et al. 2020, eq. 1.
    """
    return real_logits.detach().sign().float().mean()


def adapted(p: Tensor, r: Tensor, target: float, way: float, highest: float = HIGHEST) -> Tensor:
    """p one step further, ``way`` up where r lies above the target and down where below, within [0, highest].

    Source: Karras et al. 2020, section 3.
    """
    return (p + way * torch.sign(r - target)).clamp(0.0, highest)


class Augment(nn.Module):
    """`augment` with the probability p that it has now: constant, or led by the controller.

    The state of the controller lies in buffers, so that it is part of every checkpoint. ``ramp`` is the number of
    images over which p could rise from 0 to 1 (Karras et al. 2020: 500 000; small data of this course want less).
    """

    def __init__(self, policy: str, p: float = 1.0, target: float = 0.0, ramp: int = 500_000, every: int = 4) -> None:
        """``target`` 0 keeps p; else p begins at 0 and moves after every ``every`` observed batches.

        Raises UserError for a policy that does not exist, and for p or a target outside [0, 1].
        """
        super().__init__()
        if not (0 <= p <= 1 and 0 <= target <= 1):
            raise UserError(
                f"the probability and the target of augmentation lie in [0, 1], not at {p:g} and {target:g}"
            )
        if ramp < 1 or every < 1:
            raise UserError(f"the ramp and the interval of augmentation must be 1 or more, not {ramp} and {every}")
        self.policy, self.target, self.ramp, self.every = transformations(policy), target, ramp, every
        self.p: Tensor
        self.seen: Tensor
        self.register_buffer("p", torch.tensor(0.0 if target else p))
        self.register_buffer("seen", torch.zeros(2))  # the batches since p last moved, and the sum of their r_t

    def forward(self, x: Tensor, rng: torch.Generator | None = None) -> Tensor:
        """Augment a batch of images."""
        return augment(x, self.policy, self.p, rng)

    @torch.no_grad()
    def observe(self, real_logits: Tensor) -> None:
        """Let the controller see D's logits of a batch of real images, as D was shown them. Does not wait for them."""
        if not self.target:
            return
        count, total = self.seen[0] + 1, self.seen[1] + overfitting(real_logits)
        due = count >= self.every
        moved = adapted(self.p, total / count, self.target, len(real_logits) * self.every / self.ramp)
        self.p.copy_(torch.where(due, moved, self.p))
        self.seen.copy_(torch.where(due, 0.0, torch.stack([count, total])))
