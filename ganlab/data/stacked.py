"""Stacked digits: two or three digits on top of each other as channels of one image, so that the modes can be counted.

Each combination of digits is a mode: 1 000 for three digits, 100 for two. A classifier of single digits tells the mode
of an image, channel by channel (`ganlab.metrics.stacked_counts`).
Source: Metz et al. 2017, section 3.3; Srivastava et al. 2017 (VEEGAN), section 4.2. Lesson: 32 R3GAN.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch

from ganlab.data.contract import ImageData

SEEDS = {"train": 1, "test": 2}


@dataclass(frozen=True)
class Stack:
    """``digits`` of the data set ``of`` on top of each other; ``train`` and ``test`` images of them."""

    of: str
    digits: int
    train: int
    test: int

    @property
    def modes(self) -> int:
        """10 to the number of digits."""
        return 10**self.digits


STACKS = {
    "stacked-digits": Stack("digits", 2, 20_000, 26_000),
    "stacked-mnist-100": Stack("mnist", 2, 60_000, 26_000),
    "stacked-mnist": Stack("mnist", 3, 128_000, 26_000),
}
"""The data sets by name. 128 000 training triples and 26 000 samples for counting are the literature's."""


def load_stacked(name: str, split: str, base: Callable[[str, str], ImageData]) -> ImageData:
    """uint8 (N, digits, H, W) with the mode as label: the digits read as one number, first channel first.

    Every channel is drawn independently, with replacement, from the same split of the data set beneath, by a fixed
    seed: so the modes are as even as the ten digits are there. ``base(name, split)`` loads that data set.
    """
    stack = STACKS[name]
    single = base(stack.of, split)
    assert single.labels is not None
    n = stack.train if split == "train" else stack.test
    rng = torch.Generator().manual_seed(SEEDS[split])
    chosen = torch.randint(len(single), (n, stack.digits), generator=rng)
    place = 10 ** torch.arange(stack.digits - 1, -1, -1)
    names = tuple(f"{mode:0{stack.digits}d}" for mode in range(stack.modes))
    return ImageData(name, single.images[chosen, 0], (single.labels[chosen] * place).sum(1), names)
