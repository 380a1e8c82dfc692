"""The cosine: its ends, its middle, its direction, and that its length is its own; and the five of a run."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from smallest import small

from ganlab.data import ImageData, load
from ganlab.errors import UserError
from ganlab.training import Cosine, TrainConfig, Trainer, checkpoint

values = st.floats(0, 10, allow_subnormal=False)


@given(start=values, end=values, steps=st.integers(1, 500))
def test_it_runs_from_start_to_end_and_stays_there(start: float, end: float, steps: int):
    schedule = Cosine(start, end, steps)
    assert schedule(0) == pytest.approx(start)
    for later in (steps, steps + 1, 10 * steps):
        assert schedule(later) == end


@given(start=values, end=values, steps=st.integers(1, 200))
def test_it_never_turns_back_nor_leaves_the_interval(start: float, end: float, steps: int):
    schedule = Cosine(start, end, steps)
    low, high = min(start, end), max(start, end)
    tolerance = 1e-12 * high
    for a, b in pairwise(schedule(i) for i in range(steps + 2)):
        assert (b - a) * (end - start) >= -tolerance
        assert low - tolerance <= b <= high + tolerance


def test_it_is_a_cosine_and_not_a_line():
    schedule = Cosine(1.0, 0.0, 12)
    for step in range(13):
        assert schedule(step) == pytest.approx(math.cos(math.pi * step / 24) ** 2)  # (1 + cos t)/2 = cos^2(t/2)
    assert schedule(6) == pytest.approx(0.5)
    assert schedule(2) > 1 - 2 / 12 + 0.05, "flat at the start"


def test_training_longer_does_not_change_the_past():
    """The length belongs to the schedule: no count of total steps enters."""
    schedule = Cosine(2e-4, 1e-5, 100)
    past = [schedule(i) for i in range(100)]
    [schedule(i) for i in range(100, 1000)]
    assert [schedule(i) for i in range(100)] == past


# The five of a run.

ENDS = {"lr_end": 1e-5, "penalty_weight_end": 0.05, "beta2_end": 0.99, "ema_halflife_end": 8.0, "augment_p_end": 0.3}
STEPS = 4


@pytest.fixture
def digits() -> Iterator[ImageData]:
    loaded = load("digits")
    assert isinstance(loaded, ImageData)
    yield ImageData("digits", loaded.images[:20], None)
    torch.set_num_threads(1)


def _trainer(digits: ImageData, folder: Path | None = None, **training: Any) -> Trainer:
    model = small("r3gan", lr=1e-3, beta2=0.9, augment="translation", augment_p=0.0)
    config = TrainConfig(
        batch_size=4, ema_halflife=2.0, schedule_steps=STEPS, log_every=1, checkpoint_every=2, sample_every=99,
        **{**ENDS, **training},
    )  # fmt: skip
    return Trainer(model, digits, config, folder, "cpu", threads=1)


def _seen(trainer: Trainer, steps: int) -> list[dict[str, float]]:
    """What each step really ran under."""
    seen, step = [], trainer.model.step

    def watched(*given: Any) -> Any:
        found = step(*given)
        group = trainer.model.optimisers["D"].param_groups[0]
        seen.append(
            {
                "lr": group["lr"], "beta2": group["betas"][1], "beta1": group["betas"][0],
                "penalty_weight": trainer.model.penalty_weight, "ema_halflife": trainer.ema.halflife,
                "augment_p": float(trainer.model.augment.p),
            }
        )  # fmt: skip
        return found

    trainer.model.step = watched
    trainer.run(steps, progress=False)
    return seen


STARTS = {"lr": 1e-3, "penalty_weight": 1.0, "beta2": 0.9, "ema_halflife": 2.0, "augment_p": 0.0}


def test_all_five_start_and_end_where_they_were_told_and_stay(digits: ImageData):
    seen = _seen(_trainer(digits), STEPS + 2)
    for name, start in STARTS.items():
        end = ENDS[f"{name}_end"]
        values = [step[name] for step in seen]
        assert values[0] == pytest.approx(start) and values[STEPS:] == pytest.approx([end, end]), name
        assert values[STEPS // 2] == pytest.approx((start + end) / 2), name
    assert {step["beta1"] for step in seen} == {0.0}


@pytest.mark.parametrize("only", sorted(ENDS))
def test_each_alone_moves_itself_and_nothing_else(only: str, digits: ImageData):
    others = {name: None for name in ENDS if name != only}
    seen = _seen(_trainer(digits, **others), 3)
    for name, start in STARTS.items():
        moved = any(step[name] != pytest.approx(start) for step in seen)
        assert moved == (f"{name}_end" == only), name


def test_a_run_in_the_middle_of_its_burn_in_resumes_to_the_bit(digits: ImageData, tmp_path: Path):
    straight, halved = tmp_path / "straight", tmp_path / "halved"
    _trainer(digits, straight).run(5, progress=False)
    _trainer(digits, halved).run(2, progress=False)
    _trainer(digits, halved).resume().run(5, progress=False)
    for name in ("generator.safetensors",):
        assert (straight / name).read_bytes() == (halved / name).read_bytes()
    one, other = (checkpoint.load(folder / "checkpoint.pt") for folder in (straight, halved))
    for a, b in zip(one["model"]["networks"].values(), other["model"]["networks"].values(), strict=True):
        assert torch.equal(a, b)


@pytest.mark.parametrize(
    ("training", "sentence"),
    [
        ({"schedule_steps": None}, "needs both an end"),
        ({name: None for name in ENDS}, "needs both an end"),
        ({"beta2_end": 1.0}, "beta2-end must be 0 or more, below 1"),
        ({"augment_p_end": 1.5}, "augment-p-end must be 0 or more, at most 1"),
        ({"penalty_weight_end": -1.0}, "penalty-weight-end must be 0 or more, not"),
        ({"ema_halflife_end": float("nan")}, "ema-halflife-end must be 0 or more"),
    ],
)
def test_schedules_that_make_no_sense_are_refused(training: dict[str, Any], sentence: str):
    with pytest.raises(UserError, match=sentence):
        TrainConfig(**{"schedule_steps": STEPS, **ENDS, **training})


@pytest.mark.parametrize(
    ("name", "settings", "end", "sentence"),
    [
        ("gan", {}, {"penalty_weight_end": 0.1}, "no weight to schedule"),
        ("r3gan", {}, {"augment_p_end": 0.3}, "choose one, without ada_target"),
    ],
)
def test_what_is_not_there_cannot_be_scheduled(
    name: str, settings: dict[str, Any], end: dict[str, float], sentence: str, digits: ImageData
):
    with pytest.raises(UserError, match=sentence):
        Trainer(small(name, **settings), digits, TrainConfig(batch_size=4, schedule_steps=2, **end), None, "cpu", 1)
