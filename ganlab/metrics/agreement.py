"""Do two ways of naming the same items agree, if the names may be exchanged? For codes that nobody named.

Lesson: 17 Conditional GANs.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from ganlab.errors import UserError

SHUFFLES = 20


@dataclass(frozen=True)
class Agreement:
    """``information`` is I(a; b) of the counts, in nats, at most ``ceiling`` = ln K.

    ``matched`` is the share of items on which a and b agree once each name of a stands for one of b, all different, in
    the best way there is; ``chance`` is what the same rule finds in items whose b was shuffled, which is above 1/K.
    """

    information: float
    ceiling: float
    matched: float
    chance: float


def agreement(a: Tensor, b: Tensor, k: int) -> Agreement:
    """Compare names a and b, int64 (N,) in [0, k), of the same N items; the shuffles are drawn under seed 0.

    Unlike the share where each name of a takes the *commonest* of b, ``matched`` counts a class that two names share
    only once. Raises UserError for names that do not fit each other or k.
    """
    from sklearn.metrics import mutual_info_score

    if a.shape != b.shape or a.ndim != 1 or len(a) == 0:
        raise UserError(f"two namings need one name each for the same items, not {tuple(a.shape)} and {tuple(b.shape)}")
    if min(int(a.min()), int(b.min())) < 0 or max(int(a.max()), int(b.max())) >= k:
        raise UserError(f"names must be between 0 and {k - 1}")
    rng = torch.Generator().manual_seed(0)
    shuffled = [_matched(a, b[torch.randperm(len(b), generator=rng)], k) for _ in range(SHUFFLES)]
    information = max(0.0, float(mutual_info_score(a.numpy(), b.numpy())))
    ceiling = math.log(k)
    return Agreement(information, ceiling, _matched(a, b, k), sum(shuffled) / SHUFFLES)


def _matched(a: Tensor, b: Tensor, k: int) -> float:
    from scipy.optimize import linear_sum_assignment

    counts = torch.bincount(a * k + b, minlength=k * k).view(k, k)
    rows, columns = linear_sum_assignment(counts.numpy(), maximize=True)
    return float(counts[rows, columns].sum()) / len(a)
