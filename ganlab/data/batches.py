"""Endless shuffled batches from a data set that lives on the device. No workers, no collation, no copies.

A DataLoader fetches items one by one in Python; here a batch is one ``index_select`` and one conversion.
Lesson: 10 The training loop, line by line.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from ganlab.data.contract import Data
from ganlab.errors import UserError


class Batches:
    """``next(batches)`` -> (x, labels or None): float32 (batch_size, ...), int64 (batch_size,), on the device.

    Each epoch is a fresh permutation of the data; the last incomplete batch of an epoch is dropped. The order depends
    on ``seed`` and the device type alone: the generator is its own, and nobody else's random numbers move.
    With ``part = (i, k)`` it gives the i-th of k equal parts of each batch, (batch_size / k, ...), counted from 0.
    Raises UserError where one batch is larger than the data, or not divided by k.
    Lesson: 10 The training loop, line by line.
    """

    def __init__(
        self,
        data: Data,
        batch_size: int,
        seed: int = 0,
        device: torch.device | str = "cpu",
        part: tuple[int, int] = (0, 1),
    ) -> None:
        if batch_size < 1:
            raise UserError(f"the batch size must be 1 or more, not {batch_size}")
        if batch_size > len(data):
            raise UserError(
                f"a batch of {batch_size} does not fit: {data.name} has {len(data)} items, so ask for a batch size of"
                f" at most {len(data)}"
            )
        if batch_size % part[1]:
            raise UserError(
                f"a batch of {batch_size} does not divide among {part[1]} processes: choose a --batch-size that is a"
                f" multiple of {part[1]}"
            )
        self.data = data.to(device)
        self.batch_size, self._part = batch_size, part
        self.per_epoch = len(data) // batch_size
        self._generator = torch.Generator(device).manual_seed(seed)
        self._begin_epoch()

    def __iter__(self) -> Batches:
        return self

    def __next__(self) -> tuple[Tensor, Tensor | None]:
        if self._position == self.per_epoch:
            self._begin_epoch()
        number, share = self._part[0], self.batch_size // self._part[1]
        start = self._position * self.batch_size + number * share
        index = self._order[start : start + share]
        self._position += 1
        labels = self.data.labels
        return self.data.floats(index), None if labels is None else labels.index_select(0, index)

    def state_dict(self) -> dict[str, Any]:
        """Where the next batch comes from: tensors and ints only, so that a checkpoint can hold it."""
        return {
            "generator": self._epoch_start.clone(),
            "position": self._position,
            "items": len(self.data),
            "batch_size": self.batch_size,
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Continue to the bit where ``state_dict`` was taken.

        Raises UserError where the number of items or the batch size is another than it was.
        """
        for name, now in (("items", len(self.data)), ("batch_size", self.batch_size)):
            if state[name] != now:
                raise UserError(
                    f"the saved run had {name} = {state[name]} and this one has {now}: resume with the same data and"
                    " the same batch size"
                )
        self._generator.set_state(state["generator"].cpu())
        self._begin_epoch()
        self._position = int(state["position"])

    def _begin_epoch(self) -> None:
        # The state before the permutation is enough to draw it again, and it is 5 kB where the permutation is N longs.
        self._epoch_start = self._generator.get_state()
        self._order = torch.randperm(len(self.data), generator=self._generator, device=self._generator.device)
        self._position = 0
