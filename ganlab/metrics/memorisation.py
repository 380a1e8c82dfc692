"""Does the generator copy its training set? Its distance from there, against that of real data it never saw.

Lesson: 13 Evaluation.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from ganlab.errors import UserError
from ganlab.metrics.matrix import as_features, nearest

LEAST = 50


@dataclass(frozen=True)
class Memorisation:
    """How near samples lie to the training set, beside held-out data.

    ``nearer`` is P(a sample lies nearer to the training set than a held-out real one does), ties counted half: 1/2 for
    a perfect sampler, 1 for a copier, below 1/2 for samples that are off the data. ``p_value`` is the one-sided
    Mann-Whitney test of "no nearer than held-out". ``copies`` is the share of samples nearer than all but one per cent
    of the held-out ones: 0.01 for a perfect sampler. ``exact`` is the share at distance nought.
    """

    nearer: float
    p_value: float
    copies: float
    exact: float
    distance: float
    distance_held_out: float


def memorisation(generated: Tensor, train: Tensor, held_out: Tensor) -> Memorisation:
    """Compare nearest-neighbour distances to train (M, d): of generated (N, d) and of held-out real data (K, d).

    The data-copying test of Meehan et al. 2020 without its cells. It says nothing about a training set that is not
    handed in whole, and a sharp generator that only narrows the data is "nearer" as well: read ``copies`` beside
    ``nearer``, and coverage beside both. The features decide what counts as a copy: a shifted image is far in pixels.
    Raises UserError for fewer than 50 samples or held-out data, no training data, other widths, not finite.
    """
    from scipy.stats import mannwhitneyu

    generated = as_features(generated, None, "the generated samples")
    train = as_features(train, None, "the training data")
    held_out = as_features(held_out, None, "the held-out data")
    if not generated.shape[1] == train.shape[1] == held_out.shape[1]:
        raise UserError("generated, training and held-out features must have one width")
    if min(len(generated), len(held_out)) < LEAST or not len(train):
        raise UserError(
            f"{len(generated)} samples and {len(held_out)} held-out ones are too few for a test of copying: bring at"
            f" least {LEAST} of each, and the training data"
        )
    near, usual = nearest(generated, train)[:, 0], nearest(held_out, train)[:, 0]
    _, p_value = mannwhitneyu(near.numpy(), usual.numpy(), alternative="less")
    limit = usual.quantile(0.01)
    return Memorisation(
        nearer=share_nearer(near, usual),
        p_value=float(p_value),
        copies=float((near < limit).double().mean()),
        exact=float((near == 0).double().mean()),
        distance=float(near.median()),
        distance_held_out=float(usual.median()),
    )


def share_nearer(near: Tensor, usual: Tensor) -> float:
    """P(a distance of ``near`` (N,) is below one of ``usual`` (M,)), ties counted half: U / N M of Mann and Whitney."""
    usual = usual.sort().values
    below, up_to = torch.searchsorted(usual, near), torch.searchsorted(usual, near, right=True)
    return float((len(usual) - 0.5 * (below + up_to).double()).mean() / len(usual))
