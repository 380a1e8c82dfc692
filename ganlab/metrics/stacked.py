"""How many of the 10^k modes of stacked digits do the samples reach, and how evenly? The protocol of stacked MNIST.

The mode of an image is what the classifier of single digits says about its channels, read as one number; a mode counts
with one sample. 26 000 samples, always: with fewer, a perfect sampler misses modes, and its KL grows as 1/n.
Sources: Metz et al. 2017, section 3.3; Srivastava et al. 2017 (VEEGAN), section 4.2; Lin et al. 2018 (PacGAN).
Lesson: 32 R3GAN.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor

from ganlab import data
from ganlab.data.stacked import STACKS
from ganlab.errors import UserError, unknown
from ganlab.metrics.features import load_features

SAMPLES = 26_000


@dataclass(frozen=True)
class StackedCounts:
    """What ``n`` samples cover of ``total`` modes. ``kl``: KL(their shares || even shares) in nats, 0 to log(total)."""

    modes: int
    total: int
    kl: float
    n: int


def counts_of_labels(labels: Tensor, total: int) -> StackedCounts:
    """Count modes among labels (N,), int64 in 0..total - 1. Raises UserError for none, and for labels out of range."""
    if labels.ndim != 1 or len(labels) == 0 or bool((labels < 0).any()) or bool((labels >= total).any()):
        raise UserError(f"modes are labels from 0 to {total - 1}, of shape (N,) with N at least 1")
    shares = torch.bincount(labels, minlength=total).double() / len(labels)
    kl = float(torch.special.xlogy(shares, shares * total).sum())
    return StackedCounts(int((shares > 0).sum()), total, max(kl, 0.0), len(labels))


def stacked_labels(samples: Tensor, name: str, device: str | torch.device = "cpu") -> Tensor:
    """The mode (N,), int64, of images (N, digits, H, W) in [-1, 1], as the classifier of single digits sees them.

    Raises UserError for a data set that is not stacked, another number of channels, and images out of range.
    """
    if name not in STACKS:
        raise unknown("stacked data set", name, STACKS)
    stack = STACKS[name]
    if samples.ndim != 4 or samples.shape[1] != stack.digits:
        raise UserError(f"images of {name} have the shape (N, {stack.digits}, H, W), not {tuple(samples.shape)}")
    classifier = load_features(stack.of, device)
    digits = [classifier.logits(channel).argmax(1) for channel in samples.split(1, dim=1)]
    return sum((digit * 10**place for place, digit in enumerate(reversed(digits))), torch.zeros_like(digits[0]))


def stacked_counts(samples: Tensor, name: str, device: str | torch.device = "cpu") -> StackedCounts:
    """Count what images (N, digits, H, W) cover of the modes of ``name``. Raises UserError as `stacked_labels` does."""
    return counts_of_labels(stacked_labels(samples, name, device), STACKS[name].modes)


def even_floor(total: int, n: int = SAMPLES) -> dict[str, float]:
    """What a sampler that deals ``n`` samples evenly out to ``total`` modes gets on average: {"modes": , "kl": }.

    Exact sums over the binomial law: 1 000 modes at 26 000 samples have KL 0.0194, nearly (total - 1) / 2n.
    """
    from scipy.stats import binom

    count = torch.arange(1, n + 1, dtype=torch.float64)
    share = count / n
    weights = torch.as_tensor(binom.pmf(count.numpy(), n, 1 / total))
    return {
        "modes": -total * math.expm1(n * math.log1p(-1 / total)),
        "kl": total * float((weights * share * (share * total).log()).sum()),
    }


@lru_cache(maxsize=8)
def real_floor_of_stacks(name: str, device: str = "cpu") -> tuple[StackedCounts, float]:
    """The real test images of ``name`` in the samples' place, and the share of modes the classifier gets wrong there.

    Their KL is what evenness the digits themselves lack, and what the classifier's errors do: no sampler of this data
    can be expected below it. (26 000 stacks, 10 000 or 599 different digits.)
    """
    real = data.load(name, "test")
    assert isinstance(real, data.ImageData) and real.labels is not None
    parts = [stacked_labels(real.floats(index), name, device) for index in torch.arange(len(real)).split(2000)]
    found = torch.cat(parts)
    return counts_of_labels(found, STACKS[name].modes), float((found != real.labels).double().mean())
