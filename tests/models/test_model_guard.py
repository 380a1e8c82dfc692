"""The guard: the first non-finite loss is remembered with its step and player, and nothing moves after it."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

import pytest
import torch
from smallest import IMAGES, NAMES, batch_of, labels, small
from torch import Tensor, nn

from ganlab.models import MODELS, Model
from ganlab.models.guard import Guard, update_unless
from ganlab.objectives import PENALTIES, clip_weights

WATCHED = ["none", "clip", "gp", "r1"]


def _model(name: str, objective: str | None = None, penalty: str | None = None, **settings: Any) -> Model:
    normed: dict[str, Any] = {"gan": {"norm": "batch"}}
    if penalty is None or not PENALTIES[penalty].per_sample:
        normed["dcgan"] = {"norm": "batch"}
    return small(name, objective, penalty, **normed.get(name, {}), **settings)


class Source:
    """Good batches, with one poisoned: batch number ``at`` (from 1) has one pixel of ``value``."""

    def __init__(self, at: int | None = None, value: float = float("nan")) -> None:
        self.at, self.value, self.taken = at, value, 0

    def __next__(self) -> tuple[Tensor, Tensor | None]:
        self.taken += 1
        x = torch.rand(5, *IMAGES, generator=torch.Generator().manual_seed(self.taken)) * 2 - 1
        if self.taken == self.at:
            x[2, 0, 3, 3] = self.value
        return x, labels(len(x))


def _rng() -> torch.Generator:
    return torch.Generator().manual_seed(0)


def _everything(model: Model) -> list[Tensor]:
    """Weights and optimiser state of both players: what no later update may move."""
    state = [p.detach().clone() for p in model.parameters()]
    for optimiser in model.optimisers.values():
        for values in optimiser.state.values():
            state += [v.detach().clone() for v in values.values()]
    return state


def _same(a: list[Tensor], b: list[Tensor]) -> bool:
    return len(a) == len(b) and all(torch.equal(x, y) for x, y in zip(a, b, strict=True))


@pytest.mark.parametrize(("name", "penalty"), [(n, p) for n in NAMES for p in WATCHED if p in MODELS[n].penalties])
@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_bad_batch_names_its_step_and_d_and_freezes_everything(name: str, penalty: str, value: float):
    model, source, rng = _model(name, penalty=penalty), Source(at=batch_of(name, 3), value=value), _rng()
    for _ in range(2):
        model.step(source, rng)
    assert model.first_bad_update() is None
    before = _everything(model)
    for later in range(3):
        model.step(source, rng)
        assert model.first_bad_update() == (3, model.players[0]), later
        assert _same(_everything(model), before), later
    assert all(torch.isfinite(v).all() for v in before)


@pytest.mark.parametrize("d_steps", [2, 3])
def test_the_step_is_counted_in_steps_not_in_updates_of_d(d_steps: int):
    model, source, rng = _model("gan", d_steps=d_steps), Source(at=2 * d_steps), _rng()
    for _ in range(3):
        model.step(source, rng)
    assert model.first_bad_update() == (2, "D")


@pytest.mark.parametrize("name", [name for name in NAMES if "D" in MODELS[name].players])
@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_a_loss_that_is_bad_for_g_alone_names_g_and_keeps_ds_last_update(name: str, value: float):
    model, source, rng = _model(name), Source(), _rng()
    usual, calls = model.objective, 0

    def generator(real: Tensor | None, fake: Tensor) -> Tensor:
        nonlocal calls
        calls += 1
        good = usual.generator(real, fake)
        return good + value if calls == 2 else good

    model.objective = replace(model.objective, generator=generator)
    twin = _model(name)
    model.step(source, rng)
    twin_source, twin_rng = Source(), _rng()
    for _ in range(2):
        twin.step(twin_source, twin_rng)
    g_before = [p.detach().clone() for p in model.G.parameters()]
    model.step(source, rng)
    assert model.first_bad_update() == (2, "G")
    # D's update of that step was good, and is the one that a healthy twin makes.
    assert _same([p.detach() for p in model.D.parameters()], [p.detach() for p in twin.D.parameters()])
    assert _same([p.detach() for p in model.G.parameters()], g_before)
    frozen = _everything(model)
    model.step(source, rng)
    assert _same(_everything(model), frozen)
    assert model.first_bad_update() == (2, "G")


@pytest.mark.parametrize("name", NAMES)
def test_a_healthy_run_is_not_touched_by_the_guard(name: str):
    """The same updates as an optimiser that was never told of any guard."""
    guarded, plain = _model(name), _model(name)

    def unguarded(player: str, loss: Tensor) -> None:
        plain.optimisers[player].zero_grad(set_to_none=True)
        loss.backward()
        plain.optimisers[player].step()
        if player == "D" and plain.penalty.clips:
            clip_weights(plain.D, plain.penalty_weight)

    plain.descend = unguarded  # type: ignore[method-assign]
    for model in (guarded, plain):
        source, rng = Source(), _rng()
        for _ in range(3):
            model.step(source, rng)
    assert guarded.first_bad_update() is None
    assert _same(_everything(guarded), _everything(plain))


def test_without_the_guard_a_bad_batch_would_have_poisoned_the_weights():
    """The tests above can fail: this is what they prevent."""
    model = _model("gan")

    def unguarded(player: str, loss: Tensor) -> None:
        model.optimisers[player].zero_grad(set_to_none=True)
        loss.backward()
        model.optimisers[player].step()

    model.descend = unguarded  # type: ignore[method-assign]
    model.step(Source(at=1), _rng())
    assert any(not torch.isfinite(p).all() for p in model.parameters())


def test_the_guard_remembers_the_first_and_masks_from_there_on():
    guard = Guard(torch.device("cpu"))
    losses = [1.0, float("inf"), 2.0, float("nan")]
    masks = [float(guard.watch(torch.tensor(loss), update)) for update, loss in enumerate(losses)]
    assert masks == [0.0, 1.0, 1.0, 1.0]
    assert int(guard.first_bad) == 1


@pytest.mark.parametrize("name", NAMES)
def test_a_good_state_taken_over_makes_the_model_whole_again(name: str):
    """Back to the last checkpoint in the same process, with a lower rate, is what the error message advises."""
    model, rng = _model(name), _rng()
    model.step(Source(), rng)
    state = copy.deepcopy(model.training_state())
    model.step(Source(at=1), rng)
    assert model.first_bad_update() == (2, model.players[0])
    model.load_training_state(state)
    assert model.first_bad_update() is None
    before = _everything(model)
    model.step(Source(), rng)
    assert not _same(_everything(model), before)


@pytest.mark.parametrize(
    "make",
    [
        lambda weights: torch.optim.Adam(weights, 0.1, fused=True),
        lambda weights: torch.optim.Adam(weights, 0.1),
        lambda weights: torch.optim.RMSprop(weights, 0.1),
        lambda weights: torch.optim.SGD(weights, 0.1, momentum=0.9),
    ],
    ids=["fused Adam", "Adam", "RMSprop", "SGD with momentum"],
)
def test_any_optimiser_is_masked_state_included_and_not_otherwise_touched(make: Any):
    twins = [nn.Linear(3, 2) for _ in range(2)]
    twins[1].load_state_dict(twins[0].state_dict())
    guarded, plain = (make(twin.parameters()) for twin in twins)

    def everything(network: nn.Module, optimiser: torch.optim.Optimizer) -> list[Tensor]:
        kept = [v for state in optimiser.state.values() for v in state.values() if isinstance(v, Tensor)]
        return [t.detach().clone() for t in (*network.parameters(), *kept)]

    def step(masked: float, also_plain: bool) -> None:
        for twin in twins:
            twin.zero_grad()
            twin(torch.ones(4, 3)).square().sum().backward()
        update_unless(torch.tensor(masked), guarded)
        if also_plain:
            plain.step()

    step(0.0, True)
    step(0.0, True)
    before = everything(twins[0], guarded)
    assert _same(before, everything(twins[1], plain))
    step(1.0, False)
    assert _same(before, everything(twins[0], guarded))
    step(0.0, True)
    assert _same(everything(twins[0], guarded), everything(twins[1], plain))
