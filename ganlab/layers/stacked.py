"""Several networks of one build as one: their weights stacked along a first axis, their passes one batched pass.

Small networks leave a processor idle between their many small operations; S of them side by side share each
operation. What one network computes does not depend on the others, nor does its gradient when losses are summed.
Lesson: 11 Failures and stabilisers.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.func import functional_call, stack_module_state, vmap

from ganlab.errors import UserError

Parameters = dict[str, Tensor]


class Stacked:
    """S networks as one function: inputs (S, N, ...) -> outputs (S, N, ...), seed by seed.

    ``parameters`` maps the networks' own names to leaves with a first axis of length S.
    Raises UserError for no networks and for networks with buffers that a pass would change (running statistics).
    """

    def __init__(self, networks: Sequence[nn.Module]) -> None:
        if not networks:
            raise UserError("stack one network or more")
        if any(True for network in networks for _ in network.buffers()):
            raise UserError("stacked networks keep no buffers: build them without running statistics")
        stacked, _ = stack_module_state(list(networks))
        self.parameters: Parameters = {name: p.detach().requires_grad_(True) for name, p in stacked.items()}
        self._skeleton = copy.deepcopy(networks[0])

    def __call__(self, *inputs: Tensor, parameters: Parameters | None = None) -> Tensor:
        """One pass of all networks, with their own parameters or with others of the same names and shapes."""

        def one(parameters: Parameters, *inputs: Tensor) -> Tensor:
            return functional_call(self._skeleton, parameters, inputs)

        return vmap(one)(self.parameters if parameters is None else parameters, *inputs)

    def leaves(self) -> list[Tensor]:
        """The stacked parameters, for an optimiser."""
        return list(self.parameters.values())


class Draws:
    """Random numbers of S seeds side by side, each from a generator of its own: (S, ...) whatever is drawn.

    What a seed draws does not depend on which others are drawn with it.
    """

    def __init__(self, seeds: Sequence[int]) -> None:
        self._generators = [torch.Generator().manual_seed(seed) for seed in seeds]

    def normal(self, *shape: int) -> Tensor:
        """Standard normal numbers, float32 (S, *shape)."""
        return torch.stack([torch.randn(*shape, generator=g) for g in self._generators])

    def uniform(self, *shape: int) -> Tensor:
        """Numbers in [0, 1), float32 (S, *shape)."""
        return torch.stack([torch.rand(*shape, generator=g) for g in self._generators])

    def integers(self, high: int, *shape: int) -> Tensor:
        """Integers in [0, high), int64 (S, *shape)."""
        return torch.stack([torch.randint(high, shape, generator=g) for g in self._generators])

    def state(self) -> list[Tensor]:
        """Where every generator stands."""
        return [g.get_state() for g in self._generators]

    def load(self, state: Sequence[Tensor]) -> None:
        """Put every generator back."""
        for generator, saved in zip(self._generators, state, strict=True):
            generator.set_state(saved)
