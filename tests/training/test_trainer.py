"""The trainer: to the bit through stops and resumes, undisturbed by what looks on, and never a bad checkpoint."""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from smallest import NAMES, THE_REST_SLOW, batch_of, games, labels, small
from torch import Tensor

from ganlab import data
from ganlab.errors import NonFiniteError, UserError
from ganlab.metrics import evaluate
from ganlab.models import MODELS, Model
from ganlab.objectives import OBJECTIVES, PENALTIES
from ganlab.training import Cosine, Interrupted, TrainConfig, Trainer
from ganlab.training.checkpoint import load as load_checkpoint

TINY = TrainConfig(batch_size=8, seed=3, ema_halflife=2.0, log_every=2, sample_every=4, checkpoint_every=4)
# Everything at once: layers that draw, several updates of D, a schedule that ends on the way, a penalty that draws.
BUSY: dict[str, Any] = {"dropout": 0.3, "norm": "none", "d_steps": 2, "fresh_noise": True, "lr": 1e-3}


@pytest.fixture(autouse=True)
def _process_settings() -> Iterator[None]:
    """A trainer sets PyTorch's threads: not for the tests after these."""
    yield
    torch.set_num_threads(1)


@pytest.fixture(scope="module")
def digits() -> data.ImageData:
    loaded = data.load("digits")
    assert isinstance(loaded, data.ImageData)
    # Fewer than three batches of 8: a run of a few steps passes the end of an epoch.
    return data.ImageData("digits", loaded.images[:20], labels(20))


def _model(name: str, objective: str | None = None, penalty: str | None = None, **settings: Any) -> Model:
    normed = {"norm": "batch"} if name in ("gan", "dcgan") else {}
    return small(name, objective, penalty, seed=3, **{**normed, **settings})


def _trainer(
    digits: data.ImageData, folder: Path | None = None, config: TrainConfig = TINY, name: str = "dcgan", **model: Any
) -> Trainer:
    return Trainer(_model(name, **model), digits, config, folder, where="cpu", threads=1)


def _run(trainer: Trainer, steps: int, on_log: Callable[[dict[str, Any]], None] | None = None) -> Trainer:
    trainer.run(steps, progress=False, on_log=on_log)
    return trainer


def _differences(a: Any, b: Any, path: str = "state") -> list[str]:
    """Where two states differ, to the bit and to the type; [] where they do not."""
    if isinstance(a, dict) and isinstance(b, dict):
        if list(a) != list(b):
            return [f"{path}: {sorted(a)} against {sorted(b)}"]
        return [line for key in a for line in _differences(a[key], b[key], f"{path}.{key}")]
    if isinstance(a, list | tuple) and isinstance(b, list | tuple):
        if len(a) != len(b):
            return [f"{path}: {len(a)} against {len(b)}"]
        return [line for i, (x, y) in enumerate(zip(a, b, strict=True)) for line in _differences(x, y, f"{path}[{i}]")]
    if isinstance(a, Tensor) and isinstance(b, Tensor):
        return [] if a.dtype == b.dtype and torch.equal(a, b) else [path]
    return [] if a == b and type(a) is type(b) else [path]


def _rows(log: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{k: v for k, v in row.items() if k != "seconds"} for row in log]


def _read_log(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]


# Stop, and go on to the bit.


def _assert_the_same_run(one: Path, other: Path) -> None:
    assert _differences(load_checkpoint(one / "checkpoint.pt"), load_checkpoint(other / "checkpoint.pt")) == []
    assert _rows(_read_log(one)) == _rows(_read_log(other))
    for name in ["generator.safetensors", *(f"samples/{p.name}" for p in (one / "samples").iterdir())]:
        assert (one / name).read_bytes() == (other / name).read_bytes(), name


@pytest.mark.parametrize(("name", "objective"), games())
def test_2k_steps_equal_k_stop_resume_and_k_more(name: str, objective: str, digits: data.ImageData, tmp_path: Path):
    straight, halved = tmp_path / "straight", tmp_path / "halved"
    _run(_trainer(digits, straight, name=name, objective=objective), 6)
    _run(_trainer(digits, halved, name=name, objective=objective), 3)
    _run(_trainer(digits, halved, name=name, objective=objective).resume(), 6)
    _assert_the_same_run(straight, halved)


@pytest.mark.parametrize(
    ("penalty", "settings", "config"),
    [
        ("none", {"dropout": 0.5}, TINY),
        ("none", {}, replace(TINY, lr_end=1e-5, schedule_steps=4)),
        ("none", {"d_steps": 2}, TINY),
        ("clip", {"upsampling": "nearest", "fresh_noise": True}, TINY),
        ("gp", {"norm": "none"}, TINY),
        ("r1+r2", BUSY, replace(TINY, lr_end=0.0, schedule_steps=5, ema_halflife=0.0)),
    ],
    ids=["dropout", "schedule", "d_steps", "clip", "gp", "everything"],
)
def test_the_same_with_whatever_else_a_step_depends_on(
    penalty: str, settings: dict[str, Any], config: TrainConfig, digits: data.ImageData, tmp_path: Path
):
    straight, halved = tmp_path / "straight", tmp_path / "halved"
    _run(_trainer(digits, straight, config, penalty=penalty, **settings), 6)
    _run(_trainer(digits, halved, config, penalty=penalty, **settings), 3)
    _run(_trainer(digits, halved, config, penalty=penalty, **settings).resume(), 6)
    _assert_the_same_run(straight, halved)


@pytest.mark.parametrize("name", NAMES)
def test_called_again_in_the_same_process_it_goes_on_as_if_it_had_never_stopped(name: str, digits: data.ImageData):
    settings = BUSY if name == "dcgan" else {}
    straight, halved = _trainer(digits, name=name, **settings), _trainer(digits, name=name, **settings)
    _run(straight, 6)
    for stop in (1, 3, 6):
        _run(halved, stop)
        assert halved.step == stop
    assert _differences(straight.state(), halved.state()) == []
    assert _rows(straight.log) == _rows(halved.log)


def test_points_resume_too(tmp_path: Path):
    ring = data.load("ring")
    for folder, stops in (("straight", [4]), ("halved", [2, 4])):
        for stop in stops:
            config = MODELS["gan"].Config(latent=2, g_widths=(8,), d_widths=(8,))
            model = MODELS["gan"]((2,), config, OBJECTIVES["relativistic"], PENALTIES["r1+r2"])
            trainer = Trainer(model, ring, TINY, tmp_path / folder, "cpu", threads=1)
            _run(trainer.resume() if stop > stops[0] else trainer, stop)
    state, other = (load_checkpoint(tmp_path / f / "checkpoint.pt") for f in ("straight", "halved"))
    assert _differences(state, other) == []


def test_a_run_that_breaks_off_between_two_checkpoints_takes_its_log_back_to_the_last(
    digits: data.ImageData, tmp_path: Path
):
    straight, broken = tmp_path / "straight", tmp_path / "broken"
    config = replace(TINY, log_every=1)
    _run(_trainer(digits, straight, config), 8)
    with pytest.raises(ZeroDivisionError):
        _run(_trainer(digits, broken, config), 8, lambda row: 1 // (6 - row["step"]))
    assert [row["step"] for row in _read_log(broken)] == [1, 2, 3, 4, 5, 6]
    resumed = _trainer(digits, broken, config).resume()
    assert resumed.step == 4
    assert [row["step"] for row in resumed.log] == [row["step"] for row in _read_log(broken)] == [1, 2, 3, 4]
    _run(resumed, 8)
    _assert_the_same_run(straight, broken)


@pytest.mark.parametrize("lost", ["batches", "rng", "layers_rng", "ema", "optimisers"])
def test_a_resume_that_loses_any_part_of_the_state_is_found_out(lost: str, digits: data.ImageData):
    """The tests above can fail: each part is put back to its beginning, and the runs part."""
    straight, halved = _run(_trainer(digits, **BUSY), 4), _run(_trainer(digits, **BUSY), 2)
    fresh = _trainer(digits, **BUSY)
    state, beginning = halved.state(), _trainer(digits, **BUSY).state()
    if lost == "optimisers":
        state["model"]["optimisers"] = beginning["model"]["optimisers"]
    else:
        state[lost] = beginning[lost]
    fresh.load_state(state)
    _run(fresh, 4)
    assert _differences(straight.state(), fresh.state()) != []


def test_the_same_seed_gives_the_same_bits_and_another_seed_others(digits: data.ImageData):
    first, again = (_run(_trainer(digits, **BUSY), 3) for _ in range(2))
    other = _run(_trainer(digits, config=replace(TINY, seed=4), **BUSY), 3)
    assert _differences(first.state(), again.state()) == []
    assert _differences(first.state()["model"]["networks"], other.state()["model"]["networks"]) != []


# Looking on changes nothing.


@pytest.mark.parametrize("name", THE_REST_SLOW)
def test_sampling_sheets_checkpoints_and_evaluation_in_between_change_nothing(
    name: str, digits: data.ImageData, tmp_path: Path
):
    settings = BUSY if name == "dcgan" else {}
    quiet = TrainConfig(batch_size=8, seed=3, ema_halflife=2.0, log_every=1)
    busy = replace(quiet, sample_every=1, checkpoint_every=1)
    left_alone = _run(_trainer(digits, config=quiet, name=name, **settings), 4)
    watched = _trainer(digits, tmp_path / "run", busy, name=name, **settings)

    def look(row: dict[str, Any]) -> None:
        watched.averaged_generator()
        assert torch.equal(watched.sample(5, seed=1), watched.sample(5, seed=1))
        evaluate(watched.sample(140), "digits")

    _run(watched, 4, look)
    assert len(list((tmp_path / "run" / "samples").iterdir())) == 4
    assert _differences(left_alone.state(), watched.state()) == []
    assert _rows(left_alone.log) == _rows(watched.log)


def test_a_callback_that_draws_random_numbers_does_not_move_dropout(digits: data.ImageData):
    config = replace(TINY, log_every=1)
    left_alone, watched = (_trainer(digits, config=config, **BUSY) for _ in range(2))
    _run(left_alone, 3)
    _run(watched, 3, lambda row: torch.randn(3))
    assert _differences(left_alone.state(), watched.state()) == []


def _global_state() -> tuple[bytes, bytes, Any]:
    return torch.get_rng_state().numpy().tobytes(), np.random.get_state()[1].tobytes(), random.getstate()


@pytest.mark.parametrize("end", ["done", "interrupted", "non-finite"])
def test_the_callers_random_numbers_are_untouched_however_the_run_ends(end: str, digits: data.ImageData):
    torch.manual_seed(11)
    before = _global_state()
    trainer = _trainer(digits, **BUSY)
    if end == "done":
        _run(trainer, 2)
    elif end == "interrupted":
        with pytest.raises(Interrupted):
            _run(trainer, 2, lambda row: _send(signal.SIGINT))
    else:
        trainer.batches = Poisoned(trainer.batches, at=1)
        with pytest.raises(NonFiniteError):
            _run(trainer, 2)
    trainer.sample(3)
    assert _global_state() == before


def test_the_run_does_not_depend_on_the_callers_random_numbers(digits: data.ImageData):
    states = []
    for seed in (1, 2):
        torch.manual_seed(seed)
        trainer = _run(_trainer(digits, **BUSY), 2)
        torch.rand(seed)
        states.append(_run(trainer, 4).state())
    assert _differences(*states) == []


def test_a_trainer_on_the_cpu_does_not_seed_the_gpu(digits: data.ImageData, monkeypatch: pytest.MonkeyPatch):
    moved: list[int] = []
    monkeypatch.setattr(torch.cuda, "manual_seed_all", moved.append)
    _run(_trainer(digits), 1)
    assert moved == []


@pytest.mark.parametrize("fails", [False, True])
def test_denormal_numbers_are_zero_during_the_run_and_themselves_after_it(fails: bool, digits: data.ImageData):
    tiny = torch.tensor([1e-39])
    seen: list[float] = []

    def look(row: dict[str, Any]) -> None:
        seen.append(float(tiny * 1))
        if fails:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError) if fails else contextlib.nullcontext():
        _run(_trainer(digits), 2, look)
    assert seen and set(seen) == {0.0}
    assert float(tiny * 1) > 0


# Losses and weights that are not finite.


class Poisoned:
    """A trainer's batches with number ``at`` (counted from the first draw) spoilt."""

    def __init__(self, batches: Any, at: int) -> None:
        self._batches, self._at, self._taken = batches, at, 0

    def __next__(self) -> tuple[Tensor, Tensor | None]:
        x, labels = next(self._batches)
        self._taken += 1
        if self._taken == self._at:
            x = x.clone()
            x[0, 0, 0, 0] = float("nan")
        return x, labels

    def __getattr__(self, name: str) -> Any:
        return getattr(self._batches, name)


@pytest.mark.parametrize("name", NAMES)
def test_a_bad_batch_ends_the_run_by_name_and_leaves_the_last_checkpoint_intact(
    name: str, digits: data.ImageData, tmp_path: Path
):
    healthy, run = tmp_path / "healthy", tmp_path / "run"
    _run(_trainer(digits, healthy, name=name), 4)
    trainer = _trainer(digits, run, name=name)
    trainer.batches = Poisoned(trainer.batches, at=batch_of(name, 5))  # type: ignore[assignment]
    first = trainer.model.players[0]
    with pytest.raises(NonFiniteError, match=rf"loss of {first} .* at step 5: the checkpoint of step 4 is intact"):
        _run(trainer, 20)
    assert trainer.step < 20, "it is read every few steps, not at the end"
    _assert_the_same_run(healthy, run)
    assert all(torch.isfinite(v).all() for v in load_file(run / "generator.safetensors").values())
    with pytest.raises(NonFiniteError):
        trainer.save()
    _assert_the_same_run(healthy, run)
    # And from there it goes on, with good batches, as if nothing had happened.
    _run(_trainer(digits, healthy, name=name).resume(), 8)
    _run(_trainer(digits, run, name=name).resume(), 8)
    _assert_the_same_run(healthy, run)


def test_the_same_trainer_can_be_taken_back_to_its_checkpoint(digits: data.ImageData, tmp_path: Path):
    """What a notebook does after the error: resume in place."""
    straight = _run(_trainer(digits), 6)
    trainer = _trainer(digits, tmp_path / "run")
    good = trainer.batches
    trainer.batches = Poisoned(good, at=5)  # type: ignore[assignment]
    with pytest.raises(NonFiniteError):
        _run(trainer, 20)
    trainer.batches = good
    _run(trainer.resume(), 6)
    assert _differences(straight.state(), trainer.state()) == []
    assert _rows(straight.log) == _rows(trainer.log) == _rows(_read_log(tmp_path / "run"))


def test_a_bad_first_step_says_that_there_is_no_checkpoint(digits: data.ImageData, tmp_path: Path):
    trainer = _trainer(digits, tmp_path / "run")
    trainer.batches = Poisoned(trainer.batches, at=1)  # type: ignore[assignment]
    with pytest.raises(NonFiniteError, match=r"at step 1: there is no checkpoint yet"):
        _run(trainer, 2)
    assert not (tmp_path / "run" / "checkpoint.pt").exists()
    assert not (tmp_path / "run" / "generator.safetensors").exists()


def test_a_loss_bad_for_g_alone_names_g(digits: data.ImageData):
    trainer, calls = _trainer(digits), 0

    def generator(real: Tensor | None, fake: Tensor) -> Tensor:
        nonlocal calls
        calls += 1
        return OBJECTIVES["non-saturating"].generator(real, fake) * (float("inf") if calls == 3 else 1)

    trainer.model.objective = replace(trainer.model.objective, generator=generator)
    with pytest.raises(NonFiniteError, match=r"loss of G .* at step 3"):
        _run(trainer, 10)


@pytest.mark.parametrize("with_folder", [True, False])
def test_weights_that_are_not_finite_are_never_saved(with_folder: bool, digits: data.ImageData, tmp_path: Path):
    trainer = _trainer(digits, tmp_path / "run" if with_folder else None)

    def spoil(row: dict[str, Any]) -> None:
        if row["step"] == 2:
            with torch.no_grad():
                next(iter(trainer.model.D.parameters()))[0] = float("nan")

    with pytest.raises(NonFiniteError, match=r"D\.layers\.0\.weight .* nothing was saved"):
        _run(trainer, 2, spoil)
    assert not (tmp_path / "run" / "checkpoint.pt").exists()
    assert not (tmp_path / "run" / "generator.safetensors").exists()


def _nan_gradient_at(step: int, objective: Any) -> Any:
    """The objective with a term for G that is 0 and has gradient NaN, at one step: finite loss, bad update."""
    calls = 0

    def generator(real: Tensor | None, fake: Tensor) -> Tensor:
        nonlocal calls
        calls += 1
        good = objective.generator(real, fake)
        return good + (fake * 0).sum().sqrt() * 0 if calls == step else good

    return replace(objective, generator=generator)


def test_a_bad_gradient_of_a_finite_loss_does_not_reach_a_checkpoint_either(digits: data.ImageData, tmp_path: Path):
    trainer = _trainer(digits, tmp_path / "run", replace(TINY, sample_every=100))
    trainer.model.objective = _nan_gradient_at(4, trainer.model.objective)
    with pytest.raises(NonFiniteError):
        _run(trainer, 10)
    assert not (tmp_path / "run" / "checkpoint.pt").exists()


def test_nor_does_a_sample_sheet_hide_it_behind_another_error(digits: data.ImageData, tmp_path: Path):
    trainer = _trainer(digits, tmp_path / "run", replace(TINY, sample_every=3, log_every=100, ema_halflife=0.0))
    trainer.model.objective = _nan_gradient_at(3, trainer.model.objective)
    with pytest.raises(NonFiniteError):
        _run(trainer, 10)


# Signals.


def _send(number: signal.Signals) -> None:
    """Send a signal to this process, and wait until its handler has run (another thread may have been handed it)."""
    handler = signal.getsignal(number)
    os.kill(os.getpid(), number)
    deadline = time.monotonic() + 30
    while signal.getsignal(number) is handler and time.monotonic() < deadline:
        time.sleep(0.001)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_saves_first_and_the_run_can_go_on(number: signal.Signals, digits: data.ImageData, tmp_path: Path):
    def handler(signum: int, frame: Any) -> None:
        raise AssertionError("the caller's handler is not for the first signal")

    previous = signal.signal(number, handler)
    try:
        trainer = _trainer(digits, tmp_path / "run", replace(TINY, log_every=3, checkpoint_every=100), **BUSY)
        with pytest.raises(Interrupted) as caught:
            _run(trainer, 6, lambda row: _send(number) if row["step"] == 3 else None)
        assert signal.getsignal(number) is handler
    finally:
        signal.signal(number, previous)
    assert caught.value.signum == number
    assert isinstance(caught.value, KeyboardInterrupt)
    assert load_checkpoint(tmp_path / "run" / "checkpoint.pt")["model"]["steps"] == 3
    straight = _run(_trainer(digits, config=trainer.config, **BUSY), 6)
    resumed = _run(_trainer(digits, tmp_path / "run", trainer.config, **BUSY).resume(), 6)
    assert _differences(straight.state(), resumed.state()) == []


def test_a_second_signal_acts_at_once(digits: data.ImageData, tmp_path: Path):
    def twice(row: dict[str, Any]) -> None:
        _send(signal.SIGINT)
        _send(signal.SIGINT)  # waits in vain, and is interrupted
        raise AssertionError("the second signal did not act")

    # Python's own handler, by name: a process started in the background has SIGINT ignored.
    previous = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt) as caught:
            _run(_trainer(digits, tmp_path / "run"), 6, twice)
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    finally:
        signal.signal(signal.SIGINT, previous)
    assert not isinstance(caught.value, Interrupted)
    assert not (tmp_path / "run" / "checkpoint.pt").exists()


@pytest.mark.parametrize("fails", [False, True])
def test_the_callers_handlers_come_back_however_the_run_ends(fails: bool, digits: data.ImageData):
    def mine(signum: int, frame: Any) -> None:
        pass

    previous = {number: signal.signal(number, mine) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        trainer = _trainer(digits)
        if fails:
            with pytest.raises(ZeroDivisionError):
                _run(trainer, 2, lambda row: 1 // 0)
        else:
            _run(trainer, 2)
        assert all(signal.getsignal(number) is mine for number in previous)
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def test_it_runs_in_a_thread_where_no_handler_can_be_set(digits: data.ImageData):
    """As a notebook's widget does."""
    before, trainer = signal.getsignal(signal.SIGINT), _trainer(digits)
    thread = threading.Thread(target=_run, args=(trainer, 2))
    thread.start()
    thread.join(60)
    assert trainer.step == 2
    assert signal.getsignal(signal.SIGINT) is before


# Log, schedule, EMA, folder, configuration.


@pytest.mark.parametrize(("every", "steps", "expected"), [(1, 3, [1, 2, 3]), (3, 7, [1, 3, 6]), (50, 4, [1])])
def test_rows_are_logged_at_the_first_step_and_every_few(
    every: int, steps: int, expected: list[int], digits: data.ImageData, tmp_path: Path
):
    heard: list[dict[str, Any]] = []
    trainer = _trainer(digits, tmp_path / "run", replace(TINY, log_every=every))
    log = trainer.run(steps, progress=False, on_log=heard.append)
    assert [row["step"] for row in log] == expected
    assert heard == log == trainer.log == _read_log(tmp_path / "run")
    assert all({"step", "loss_D", "loss_G", "seconds"} <= set(row) for row in log)
    assert all(isinstance(value, float) for row in log for name, value in row.items() if name != "step")
    seconds = [row["seconds"] for row in log]
    assert seconds == sorted(seconds)


def test_the_first_row_holds_the_losses_of_the_untrained_players(digits: data.ImageData):
    """All weights tiny, all scores near 0: D's loss 2 log 2 and G's log 2."""
    trainer = _run(_trainer(digits, lr=1e-9), 1)
    assert trainer.log[0]["loss_D"] == pytest.approx(2 * np.log(2), abs=0.02)
    assert trainer.log[0]["loss_G"] == pytest.approx(np.log(2), abs=0.02)


def test_the_rate_follows_the_schedule_step_by_step(digits: data.ImageData):
    trainer = _trainer(digits, config=replace(TINY, log_every=1, lr_end=1e-5, schedule_steps=3), lr=1e-3)
    seen: list[set[float]] = []
    rates = [group for optimiser in trainer.model.optimisers.values() for group in optimiser.param_groups]
    _run(trainer, 5, lambda row: seen.append({group["lr"] for group in rates}))
    expected = Cosine(1e-3, 1e-5, 3)
    assert seen == [{expected(step)} for step in range(5)]


def test_the_average_is_that_of_the_weights_after_each_step(digits: data.ImageData):
    trainer = _trainer(digits, config=replace(TINY, log_every=1), lr=1e-2)
    average = [p.detach().clone() for p in trainer.model.G.parameters()]

    def follow(row: dict[str, Any]) -> None:
        keep = 0.5 ** (1 / min(TINY.ema_halflife, 0.1 * row["step"]))
        for mine, new in zip(average, trainer.model.G.parameters(), strict=True):
            mine.mul_(keep).add_(new.detach(), alpha=1 - keep)

    _run(trainer, 5, follow)
    for mine, theirs in zip(average, trainer.averaged_generator().parameters(), strict=True):
        torch.testing.assert_close(mine, theirs, rtol=1e-4, atol=1e-6)


def test_samples_come_from_the_averaged_generator(digits: data.ImageData):
    trainer = _run(_trainer(digits, config=replace(TINY, ema_halflife=1e6), lr=1e-2), 4)
    first = trainer.sample(6)
    with torch.no_grad():
        for parameter in trainer.model.G.parameters():
            parameter.zero_()
    assert torch.equal(trainer.sample(6), first)
    assert first.shape == (6, 1, 8, 8) and first.dtype == torch.float32
    assert not torch.equal(first, trainer.sample(6, seed=1))


def test_a_run_folder_holds_what_it_promises(digits: data.ImageData, tmp_path: Path):
    trainer = Trainer(_model("dcgan"), digits, TINY, tmp_path / "run", "cpu", threads=1, options={"size": None})
    _run(trainer, 5)
    found = {str(p.relative_to(tmp_path / "run")) for p in (tmp_path / "run").rglob("*") if p.is_file()}
    assert found == {
        "config.json", "log.jsonl", "checkpoint.pt", "generator.safetensors",
        "samples/step-00000004.png", "samples/step-00000005.png",
    }  # fmt: skip
    config = json.loads((tmp_path / "run" / "config.json").read_text())
    assert "steps" not in config and "steps" not in config["training"]
    assert (config["model"], config["data"], config["shape"]) == ("dcgan", "digits", [1, 8, 8])
    assert (config["objective"], config["penalty"], config["size"]) == ("non-saturating", "none", None)
    assert config["training"]["batch_size"] == 8 and config["settings"]["width"] == 2
    assert config["machine"]["threads"] == 1 and config["machine"]["precision"] == "float32"


def test_the_saved_generator_is_the_averaged_one(digits: data.ImageData, tmp_path: Path):
    trainer = _run(_trainer(digits, tmp_path / "run"), 3)
    expected = trainer.averaged_generator().state_dict()
    saved = load_file(tmp_path / "run" / "generator.safetensors")
    assert set(saved) == set(expected)
    assert all(torch.equal(saved[name], expected[name]) for name in saved)


def test_steps_already_made_are_not_made_again(digits: data.ImageData, tmp_path: Path):
    trainer = _run(_trainer(digits, tmp_path / "run"), 4)
    state, content = trainer.state(), (tmp_path / "run" / "checkpoint.pt").read_bytes()
    _run(trainer, 2)
    assert trainer.step == 4
    assert _differences(state, trainer.state()) == []
    assert (tmp_path / "run" / "checkpoint.pt").read_bytes() == content


def test_a_second_run_is_not_written_over_the_first(digits: data.ImageData, tmp_path: Path):
    _run(_trainer(digits, tmp_path / "run"), 1)
    content = (tmp_path / "run" / "checkpoint.pt").read_bytes()
    with pytest.raises(UserError, match="--resume"):
        _run(_trainer(digits, tmp_path / "run"), 1)
    assert (tmp_path / "run" / "checkpoint.pt").read_bytes() == content


def test_the_checkpoint_of_another_model_is_refused(digits: data.ImageData, tmp_path: Path):
    _run(_trainer(digits, tmp_path / "run"), 1)
    for other in (_trainer(digits, tmp_path / "run", name="gan"), _trainer(digits, tmp_path / "run", width=3)):
        with pytest.raises(UserError, match="another model"):
            other.resume()


def test_bfloat16_on_the_cpu_when_asked_keeps_everything_saved_in_float32(digits: data.ImageData, tmp_path: Path):
    trainer = Trainer(_model("dcgan"), digits, TINY, tmp_path / "run", "cpu", threads=1, precision="bfloat16")
    _run(trainer, 2)
    assert "bfloat16" in trainer.where()
    assert trainer.describe()["machine"]["precision"] == "bfloat16"
    assert all(v.dtype != torch.bfloat16 for v in trainer.model.state_dict().values())


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"batch_size": 0}, "batch-size"),
        ({"log_every": 0}, "log-every"),
        ({"sample_every": -1}, "sample-every"),
        ({"checkpoint_every": 0}, "checkpoint-every"),
        ({"ema_halflife": -1.0}, "half-life"),
        ({"ema_halflife": float("nan")}, "half-life"),
        ({"lr_end": 1e-5}, "--schedule-steps"),
        ({"schedule_steps": 10}, "--lr-end"),
        ({"lr_end": 1e-5, "schedule_steps": 0}, "schedule-steps"),
        ({"lr_end": -1.0, "schedule_steps": 10}, "lr-end"),
        ({"lr_end": float("nan"), "schedule_steps": 10}, "lr-end"),
    ],
)
def test_values_out_of_range_are_refused(values: dict[str, Any], words: str):
    with pytest.raises(UserError, match=words):
        TrainConfig(**values)


def test_what_cannot_be_run_is_refused(digits: data.ImageData):
    with pytest.raises(UserError, match="steps must be 1 or more"):
        _run(_trainer(digits), 0)
    with pytest.raises(UserError, match="nothing to resume"):
        _trainer(digits).resume()
    with pytest.raises(UserError, match="batch"):
        _trainer(digits, config=TrainConfig(batch_size=21))
