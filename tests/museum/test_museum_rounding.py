"""Every piece says the same on another machine: its verdicts do not hang on how a sum is rounded."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import torch
from torch.optim.optimizer import register_optimizer_step_pre_hook

from ganlab import museum

NAMES = museum.names()
NUDGE = 1e-6  # relative, some ten times the rounding error of float32


@contextmanager
def rounded_otherwise(seed: int = 0) -> Iterator[None]:
    """Before each update every weight that has a gradient is changed by a random share of `NUDGE`.

    Another processor adds up in another order and so rounds otherwise, a little at every step; a game may turn that
    into another run altogether.
    """
    rng = torch.Generator().manual_seed(seed)

    def nudge(optimiser: torch.optim.Optimizer, args: object, kwargs: object) -> None:
        with torch.no_grad():
            for weights in (p for group in optimiser.param_groups for p in group["params"] if p.grad is not None):
                weights.mul_(1 + NUDGE * torch.randn(weights.shape, generator=rng))

    hook = register_optimizer_step_pre_hook(nudge)
    try:
        yield
    finally:
        hook.remove()


def values(name: str, seed: int, steps: int) -> list[float]:
    return [museum.run(name, seed=seed, healthy=well, steps=steps).value for well in (False, True)]


@pytest.mark.parametrize("name", NAMES)
def test_a_nudge_is_felt_and_leaves_the_random_numbers_alone(name: str) -> None:
    plain = museum.run(name, healthy=True, steps=8)
    with rounded_otherwise():
        nudged = museum.run(name, healthy=True, steps=8)
    assert nudged.rows != plain.rows
    assert torch.equal(nudged.real, plain.real)
    assert museum.run(name, healthy=True, steps=8).rows == plain.rows


@pytest.mark.slow
@pytest.mark.parametrize("length", ["short", "steps"])
@pytest.mark.parametrize("name", NAMES)
def test_the_verdicts_stay_when_every_update_is_rounded_otherwise(name: str, length: str) -> None:
    piece = museum.piece(name)
    for seed in (0, 1):
        with rounded_otherwise(seed):
            found = values(name, seed, getattr(piece, length))
        assert [piece.limits.verdict(value) for value in found] == ["sick", "healthy"]
