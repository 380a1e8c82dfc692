"""The monitor: it changes nothing, it resumes to the bit, and each number it logs agrees with its definition."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from sklearn.metrics import roc_auc_score
from test_trainer import BUSY, TINY, _differences, _model, _rows, _run
from torch import Tensor, nn

from ganlab import data
from ganlab.errors import NonFiniteError, UserError
from ganlab.models import GAN, GANConfig
from ganlab.training import Metric, Monitor, RunFolder, Trainer, alarms, train_run, write_dashboard
from ganlab.training.checkpoint import load as load_checkpoint
from ganlab.training.monitor import chance_of_more, histograms
from ganlab.training.ruler import metric_for

MEAN = Metric("mean", lambda x: float(x.mean()) + float(torch.rand(())), n=20, every=2, floor=0.5)
CASES = {
    "gan": ("gan", {}),
    "dcgan": ("dcgan", {}),
    "busy": ("dcgan", BUSY),
    "spectral": ("dcgan", {"norm": "none", "spectral_norm": True}),
    "packed": ("gan", {"pack": 2, "minibatch_std": 2, "instance_noise": 0.1}),
    "augmented": ("dcgan", {"augment": "color+translation", "ada_target": 0.6}),
}


@pytest.fixture(scope="module")
def digits() -> data.ImageData:
    loaded = data.load("digits")
    assert isinstance(loaded, data.ImageData)
    return data.ImageData("digits", loaded.images[:20], None)


@pytest.fixture(scope="module")
def held_out() -> data.ImageData:
    loaded = data.load("digits", "test")
    assert isinstance(loaded, data.ImageData)
    return loaded


def _watched(
    digits: data.ImageData, monitor: Monitor | None, folder: Path | None = None, case: str = "gan", **changes: Any
) -> Trainer:
    name, settings = CASES[case]
    model = _model(name, **settings)
    hooks = [] if monitor is None else [monitor]
    return Trainer(model, digits, replace(TINY, **changes), folder, where="cpu", threads=1, hooks=hooks)


def _points(folder: Path | None, hooks: list[Monitor]) -> Trainer:
    config = GANConfig(latent=2, g_widths=(8,), d_widths=(8,))
    return Trainer(GAN((2,), config), data.load("ring"), TINY, folder, "cpu", threads=1, hooks=hooks)


# Looking on changes nothing.


@pytest.mark.parametrize("case", CASES)
def test_a_watched_run_equals_an_unwatched_one_to_the_bit(
    case: str, digits: data.ImageData, held_out: data.ImageData, tmp_path: Path
):
    alone = _run(_watched(digits, None, tmp_path / "alone", case, log_every=1), 5)
    watched = _run(_watched(digits, Monitor(held_out, MEAN), tmp_path / "watched", case, log_every=1), 5)
    assert _differences(alone.state(), watched.state()) == []
    for name in ("checkpoint.pt", "generator.safetensors", "config.json", "samples/step-00000005.png"):
        assert (tmp_path / "alone" / name).read_bytes() == (tmp_path / "watched" / name).read_bytes(), name
    assert not (tmp_path / "alone" / "dashboard.html").exists()
    for plain, full in zip(_rows(alone.log), _rows(watched.log), strict=True):
        assert plain.items() <= full.items() and len(full) > len(plain)


def test_a_watched_run_of_points_too(tmp_path: Path):
    alone, watched = _run(_points(None, []), 6), _run(_points(None, [Monitor(data.load("ring", "test"))]), 6)
    assert _differences(alone.state(), watched.state()) == []
    assert "outside" not in watched.log[-1]  # points have no range to keep


@pytest.mark.parametrize("case", CASES)
def test_a_resumed_watched_run_equals_a_straight_one_dashboard_included(
    case: str, digits: data.ImageData, held_out: data.ImageData, tmp_path: Path
):
    straight, halved = tmp_path / "straight", tmp_path / "halved"
    _run(_watched(digits, Monitor(held_out, MEAN), straight, case), 6)
    _run(_watched(digits, Monitor(held_out, MEAN), halved, case), 3)
    _run(_watched(digits, Monitor(held_out, MEAN), halved, case).resume(), 6)
    assert _differences(*(load_checkpoint(f / "checkpoint.pt") for f in (straight, halved))) == []
    logs = [[json.loads(line) for line in (f / "log.jsonl").read_text().splitlines()] for f in (straight, halved)]
    assert _rows(logs[0]) == _rows(logs[1])
    assert (straight / "dashboard.html").read_bytes() == (halved / "dashboard.html").read_bytes()


def test_a_monitor_that_leaves_a_trace_would_be_found_out(digits: data.ImageData, held_out: data.ImageData):
    """The tests above can fail: D is asked through its own forward pass, which moves its running averages."""

    class Careless(Monitor):
        def after_step(self, trainer: Trainer, row: dict[str, Any]) -> dict[str, Any]:
            trainer.model.D(held_out.floats(slice(0, 4)))
            return super().after_step(trainer, row)

    alone, watched = (_run(_watched(digits, m, None, "dcgan"), 3) for m in (None, Careless(held_out)))
    assert _differences(alone.state(), watched.state()) != []


def test_nothing_is_read_between_two_rows(digits: data.ImageData, held_out: data.ImageData):
    asked = []

    class Counting(Monitor):
        def before_step(self, trainer: Trainer) -> None:
            asked.append(trainer.step + 1)
            super().before_step(trainer)

    trainer = _run(_watched(digits, Counting(held_out), log_every=4), 9)
    assert asked == [1, 4, 8] == [row["step"] for row in trainer.log]


def test_a_monitor_belongs_to_one_run(digits: data.ImageData):
    monitor = Monitor()
    _run(_watched(digits, monitor), 1)
    with pytest.raises(UserError, match="a new Monitor for each Trainer"):
        _run(_watched(digits, monitor), 1)


# The numbers.


def test_the_numbers_agree_with_their_definitions(digits: data.ImageData, held_out: data.ImageData):
    model = GAN((1, 8, 8), GANConfig(latent=4, g_widths=(8,), d_widths=(8,)))
    seen: list[list[Tensor]] = []

    class Spy(Monitor):
        def before_step(self, trainer: Trainer) -> None:
            seen.append([p.detach().clone() for p in trainer.model.G.parameters()])
            super().before_step(trainer)

    trainer = Trainer(model, digits, replace(TINY, log_every=1), where="cpu", threads=1, hooks=[Spy(held_out)])
    row = _run(trainer, 3).log[-1]
    before = torch.cat([p.flatten() for p in seen[-1]])
    after = torch.cat([p.detach().flatten() for p in model.G.parameters()])
    assert row["update_G"] == pytest.approx(float((after - before).norm() / after.norm()), rel=1e-5)
    gradient = torch.cat([p.grad.flatten() for p in model.D.parameters() if p.grad is not None])
    assert row["grad_D"] == pytest.approx(float(gradient.norm()), rel=1e-5)
    train = model.D(digits.floats()).detach()  # 20 items, all of them probes
    assert row["logit_train"] == pytest.approx(float(train.mean()), rel=1e-4)
    assert row["r_t"] == pytest.approx(float(train.sign().mean()), abs=1e-6)
    assert row["overfit_gap"] == pytest.approx(row["logit_train"] - row["logit_held_out"], abs=1e-5)
    assert row["outside"] == 0
    assert sum(row["logits"]["counts"]["train"]) == 20 and sum(row["logits"]["counts"]["held_out"]) == 256


def test_the_area_under_the_curve_against_scikit_learn():
    rng = torch.Generator().manual_seed(0)
    a, b = torch.randn(70, generator=rng).round(decimals=1) + 0.5, torch.randn(50, generator=rng).round(decimals=1)
    truth = np.r_[np.ones(70), np.zeros(50)]
    assert float(chance_of_more(a, b)) == pytest.approx(roc_auc_score(truth, torch.cat([a, b]).numpy()))
    assert float(chance_of_more(a, a)) == 0.5


def test_histograms_count_everybody_over_shared_edges():
    found = histograms({"train": torch.tensor([0.0, 1.0, 1.0]), "generated": torch.tensor([-3.0, 0.0])})
    assert (found["low"], found["high"]) == (-3.0, 1.0)
    assert sum(found["counts"]["train"]) == 3 and found["counts"]["generated"][0] == 1
    assert histograms({"train": torch.zeros(4)})["counts"] == {}


def test_a_discriminator_that_knows_its_training_set_is_seen(digits: data.ImageData, held_out: data.ImageData):
    class Parrot(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.scale = nn.Parameter(torch.ones(()))

        def forward(self, x: Tensor) -> Tensor:
            distance = torch.cdist(x.flatten(1), digits.floats().flatten(1)).amin(1)
            return self.scale * (1 - distance)

    class Bookworm(GAN):
        def build(self) -> dict[str, nn.Module]:
            return super().build() | {"D": Parrot()}

    model = Bookworm((1, 8, 8), GANConfig(latent=4, g_widths=(8,)))
    trainer = Trainer(model, digits, TINY, where="cpu", threads=1, hooks=[Monitor(held_out)])
    row = _run(trainer, 1).log[-1]
    assert row["overfit_auc"] > 0.95 and row["r_t"] == 1 and row["accuracy_held_out"] < 0.1


@pytest.mark.parametrize(("last", "share"), [(nn.Sigmoid, "most"), (nn.Tanh, "none")])
def test_the_background_is_unreached_by_a_sigmoid_and_reached_by_a_tanh(last: type, share: str, digits, held_out):
    class Ended(GAN):
        def build(self) -> dict[str, nn.Module]:
            networks = super().build()
            networks["G"].layers[-1] = nn.Sequential(_Louder(), last())
            return networks

    class _Louder(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return 30 * x / x.std()

    model = Ended((1, 8, 8), GANConfig(latent=4, g_widths=(8,), d_widths=(8,)))
    trainer = Trainer(model, digits, TINY, where="cpu", threads=1, hooks=[Monitor(held_out)])
    row = _run(trainer, 1).log[-1]
    dark = float((digits.floats() < -0.2).float().mean())  # a sigmoid ends at 0; a tenth of the data's range is 0.2
    assert row["outside"] == 0
    assert row["unreached"] == (pytest.approx(dark, abs=0.02) if share == "most" else 0) and dark > 0.4


def test_fakes_of_another_range_and_a_frozen_generator_are_seen(digits: data.ImageData, held_out: data.ImageData):
    class Wide(GAN):
        def build(self) -> dict[str, nn.Module]:
            networks = super().build()
            networks["G"].layers[-1] = nn.Hardtanh(1.5, 2.0)
            return networks

    model = Wide((1, 8, 8), GANConfig(latent=4, g_widths=(8,), d_widths=(8,)))
    model.G.requires_grad_(False)
    model.G.layers[0].bias.requires_grad_(True)  # a gradient exists, and it is zero: Hardtanh is flat here
    trainer = Trainer(model, digits, TINY, where="cpu", threads=1, hooks=[Monitor(held_out)])
    rows = _run(trainer, 4).log
    assert rows[-1]["outside"] == 1 and rows[-1]["update_G"] == 0
    assert [alarm.name for alarm in alarms(rows)] == ["frozen"]
    assert "range" in [alarm.name for alarm in alarms([*rows, {**rows[-1], "step": 4 + 500}])]


def test_a_metric_comes_at_its_own_steps_with_its_floor(digits: data.ImageData):
    seen = []
    metric = Metric("size", lambda x: seen.append(x) or float(len(x)), n=7, every=4, floor=3.0)  # type: ignore[func-returns-value]
    log = _run(_watched(digits, Monitor(metric=metric)), 8).log
    assert [row["step"] for row in log if "metric_size" in row] == [4, 8]
    assert log[-1]["metric_size"] == 7 and log[-1]["floor_size"] == 3
    assert not torch.equal(*seen), "the averaged generator of two steps"


def test_without_held_out_data_the_rest_is_logged(digits: data.ImageData):
    row = _run(_watched(digits, Monitor()), 2).log[-1]
    assert {"logit_train", "r_t", "spread", "grad_G"} <= set(row)
    assert not {"overfit_gap", "overfit_auc", "accuracy_held_out", "logit_held_out"} & set(row)


@pytest.mark.parametrize(
    "make", [lambda: Monitor(probes=1), lambda: Metric("m", float, 0), lambda: Metric("m", float, 5, 0)]
)
def test_bad_numbers_are_refused(make: Any):
    with pytest.raises(UserError):
        make()


def test_held_out_data_of_another_shape_are_refused(digits: data.ImageData):
    with pytest.raises(UserError, match="test split of the same data set"):
        _run(_watched(digits, Monitor(data.load("ring", "test"))), 1)


def test_metrics_of_the_shelf_have_a_floor_below_an_untrained_generator():
    metric = metric_for("ring", 100)
    assert metric.floor is not None and 0 <= metric.floor < 0.01
    assert metric.compute(torch.zeros(metric.n, 2)) > 100 * metric.floor


# Warnings and pages.


def test_each_alarm_is_said_once(digits: data.ImageData):
    said: list[str] = []
    model = _model("gan")
    model.G.requires_grad_(False)
    first = next(model.G.parameters()).requires_grad_(True)
    first.register_hook(lambda g: g * 0)
    monitor = Monitor(say=said.append)
    trainer = Trainer(model, digits, replace(TINY, checkpoint_every=2), where="cpu", threads=1, hooks=[monitor])
    _run(trainer, 8)
    assert len(said) == 1 and said[0].startswith("warning: frozen")


def test_a_run_that_breaks_leaves_a_page_that_says_why(digits: data.ImageData, tmp_path: Path):
    model = GAN((1, 8, 8), GANConfig(latent=4, lr=1e30, g_widths=(8,), d_widths=(8,)))
    trainer = Trainer(model, digits, TINY, tmp_path / "run", where="cpu", threads=1, hooks=[Monitor()])
    with pytest.raises(NonFiniteError):
        _run(trainer, 50)
    page = (tmp_path / "run" / "dashboard.html").read_text()
    assert "stopped: the loss of" in page and "lower --lr" in page


def test_the_page_can_be_written_anew_from_the_folder_alone(
    digits: data.ImageData, held_out: data.ImageData, tmp_path: Path
):
    _run(_watched(digits, Monitor(held_out, MEAN), tmp_path / "run"), 4)
    page = tmp_path / "run" / "dashboard.html"
    before = page.read_bytes()
    page.unlink()
    assert write_dashboard(tmp_path / "run") == page and page.read_bytes() == before
    assert write_dashboard(RunFolder(tmp_path / "run")).read_bytes() == before
    with pytest.raises(UserError, match="not a run folder"):
        write_dashboard(tmp_path)


def test_a_run_by_name_is_watched_unless_it_should_not_be(tmp_path: Path):
    asked: dict[str, Any] = {
        "settings": {"latent": 2, "g_widths": [4], "d_widths": [4]}, "training": {"batch_size": 8, "log_every": 2},
    }  # fmt: skip
    runs = {}
    for monitor in (True, False):
        folder = tmp_path / str(monitor)
        train_run(
            "gan", "digits", folder, steps=4, asked=asked, where="cpu", threads=1, monitor=monitor, progress=False
        )
        runs[monitor] = load_checkpoint(folder / "checkpoint.pt")
    assert _differences(runs[True], runs[False]) == []
    assert (tmp_path / "True" / "dashboard.html").exists() and not (tmp_path / "False" / "dashboard.html").exists()
    with pytest.raises(UserError, match="--no-monitor"):
        train_run("gan", "digits", tmp_path / "x", steps=4, monitor=False, metric_every=2)
