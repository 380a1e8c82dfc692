"""MNIST for a budget of processor time: what is counted, what is not, and that a kill costs nothing."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from ganlab import data
from ganlab.errors import NonFiniteError
from ganlab.experiments import budget, read
from ganlab.experiments.budget import RECIPES, Recipe, TimedRun, mnist_budget, timed_run
from ganlab.models import GAN, Model

TINY = Recipe(
    {"model": "gan", "objective": "non-saturating", "penalty": "none",
     "settings": {"latent": 3, "g_widths": [8], "d_widths": [8], "lr": 1e-3}},
    batch=8, lr_end=0.1, halflife=2.0,
)  # fmt: skip


class Clock:
    """Processor time that advances by one second at each look."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        self.now += 1.0
        return self.now


@pytest.fixture
def digits() -> data.ImageData:
    loaded = data.load("digits")
    assert isinstance(loaded, data.ImageData)
    return loaded


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    ticking = Clock()
    monkeypatch.setattr(budget.time, "process_time", ticking)
    return ticking


def test_it_stops_when_the_budget_is_spent(digits: data.ImageData, clock: Clock):
    run = TimedRun(TINY, digits, 0, seconds=7.0).train(7.0)
    assert (run.spent, run.model.steps) == (7.0, 7)


def test_what_happens_between_two_pieces_of_training_costs_nothing(digits: data.ImageData, clock: Clock):
    run = TimedRun(TINY, digits, 0, seconds=6.0).train(3.0)
    clock.now += 1000  # measuring, saving
    assert run.train(6.0).spent == 6.0 and run.model.steps == 6


def test_the_rate_falls_over_the_spent_share(digits: data.ImageData, clock: Clock, monkeypatch: pytest.MonkeyPatch):
    rates: list[float] = []
    set_rate = Model.set_rate

    def watched(model: Model, rate: float) -> None:
        rates.append(rate)
        set_rate(model, rate)

    monkeypatch.setattr(Model, "set_rate", watched)
    TimedRun(TINY, digits, 0, seconds=10.0).train(10.0)
    assert rates[0] == pytest.approx(1e-3) and rates[5] == pytest.approx(0.55e-3)
    assert rates == sorted(rates, reverse=True) and rates[-1] < 0.15e-3


def test_a_run_that_is_stopped_and_loaded_goes_on_to_the_bit(digits: data.ImageData, clock: Clock):
    straight = TimedRun(TINY, digits, 3, seconds=6.0).train(6.0)
    half = TimedRun(TINY, digits, 3, seconds=6.0).train(3.0)
    other = TimedRun(TINY, digits, 3, seconds=6.0).load(half.state()).train(6.0)
    for a, b in zip(straight.model.parameters(), other.model.parameters(), strict=True):
        assert torch.equal(a, b)
    assert torch.equal(straight.sample(5), other.sample(5))


def test_it_is_saved_on_the_way_and_goes_on_from_there(digits: Any, clock: Clock, tmp_path: Path, monkeypatch: Any):
    monkeypatch.setattr(budget, "SAVE_EVERY", 2.0)
    train, trained = TimedRun.train, []

    def dies(run: TimedRun, until: float) -> TimedRun:
        trained.append(until)
        if until > 4 and len(trained) < 4:
            raise KeyboardInterrupt
        return train(run, until)

    monkeypatch.setattr(TimedRun, "train", dies)
    with pytest.raises(KeyboardInterrupt):
        timed_run(TINY, "digits", tmp_path / "run.pt", 0, 6.0)
    run = timed_run(TINY, "digits", tmp_path / "run.pt", 0, 6.0)
    assert trained == [2.0, 4.0, 6.0, 6.0] and run.model.steps == 6


def test_a_run_that_diverges_says_so(digits: data.ImageData, clock: Clock):
    bad = replace(TINY, config={**TINY.config, "settings": {**TINY.config["settings"], "lr": 1e38}})
    with pytest.raises(NonFiniteError, match="infinite or NaN"):
        TimedRun(bad, digits, 0, seconds=9.0).train(9.0)


def test_small_measures_what_it_is_asked_for_on_digits_and_records_it_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setitem(budget.BUDGET, "small", 0.3)
    for name in RECIPES:
        monkeypatch.setitem(RECIPES, name, TINY)
    started = time.process_time()
    assert set(mnist_budget(tmp_path, size="small")) == {"ours"}
    assert set(mnist_budget(tmp_path, size="small", only=["mlp", "unlabelled"])) == {"unlabelled", "mlp"}
    assert time.process_time() - started > 0.9
    rows = read(tmp_path / "records.jsonl")
    assert [row["name"].removeprefix("mnist-budget-") for row in rows] == ["ours", "unlabelled", "mlp"]
    for row in rows:
        values = row["values"]
        assert values["times"] == pytest.approx(values["distance"] / values["floor"]) and values["seconds"] >= 0.3
    assert mnist_budget(tmp_path, size="small", only=["mlp"])["mlp"] == rows[2]["values"]
    assert len(read(tmp_path / "records.jsonl")) == 3
    mnist_budget(tmp_path, size="small", seed=1)
    assert [row["seed"] for row in read(tmp_path / "records.jsonl")] == [0, 0, 0, 1]


def test_a_generator_that_is_told_a_class_is_asked_for_each_as_often_as_the_data_have_it(
    digits: data.ImageData, clock: Clock, monkeypatch: pytest.MonkeyPatch
):
    rare = replace(digits, labels=(torch.arange(len(digits)) % 10 == 0).long())  # one in ten is of class 1
    told = replace(TINY, config={"model": "cgan", "settings": {"latent": 3, "width": 2}})
    run = TimedRun(told, rare, 0, seconds=2.0).train(2.0)
    asked: list[torch.Tensor] = []
    monkeypatch.setattr(budget, "generate", lambda network, codes, where: asked.append(codes))
    run.sample(4000)
    assert float(asked[0][:, 4].mean()) == pytest.approx(0.1, abs=4 * (0.1 * 0.9 / 4000) ** 0.5)


@pytest.mark.parametrize("units", [True, False])
def test_bfloat16_is_for_processors_that_have_it(units: bool, digits: data.ImageData, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(budget.device, "has_bfloat16", lambda where: units)
    recipe = replace(TINY, bfloat16=True)
    found = {TimedRun(r, digits, 0, seconds=1.0).model.precision for r in (recipe, TINY)}
    assert found == ({torch.bfloat16, torch.float32} if units else {torch.float32})
    assert recipe.described(1.0)["precision"] == ("bfloat16" if units else "float32")


def test_the_popular_script_is_what_it_is_in_the_wild():
    mlp = RECIPES["mlp"]
    assert mlp.config["settings"]["norm"] == "batch" and (mlp.lr_end, mlp.halflife, mlp.batch) == (1.0, 0.0, 64)
    model = budget.build_model(mlp.config | {"shape": [1, 28, 28]})
    assert isinstance(model, GAN) and (model.config.lr, model.config.beta1) == (2e-4, 0.5)
