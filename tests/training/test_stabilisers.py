"""Stabilisers through the trainer and the command line: to the bit through a stop, each as its table row says."""

from __future__ import annotations

import json
import shlex
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
import torch
from smallest import NAMES, PLAIN, THE_REST_SLOW, able, labels, small
from torch import Tensor

from ganlab import data
from ganlab.__main__ import main
from ganlab.errors import UserError
from ganlab.models import MODELS
from ganlab.models.stabilisers import Stabilisers
from ganlab.training import TrainConfig, Trainer
from ganlab.training.checkpoint import load as load_checkpoint
from ganlab.training.stabilisers import STABILISERS, choice, table

CONFIG = TrainConfig(batch_size=8, seed=3, ema_halflife=2.0, log_every=1, sample_every=100, checkpoint_every=3)
BUSY: list[dict[str, Any]] = [
    {"pack": 2, "minibatch_std": 4, "instance_noise": 0.1, "dropout": 0.3, "clip_norm": 0.1, "ttur": 2.0},
    {"augment": "color+translation+cutout+rotation", "ada_target": 0.1, "ada_ramp": 200, "spectral_norm": True},
    {"unroll": 2, "real_label": 0.9, "augment": "quarter-turns", "augment_p": 0.5, "d_steps": 2},
]


@pytest.fixture(autouse=True)
def _process_settings():
    yield
    torch.set_flush_denormal(False)
    torch.set_num_threads(1)


@pytest.fixture(scope="module")
def digits() -> data.ImageData:
    loaded = data.load("digits")
    assert isinstance(loaded, data.ImageData)
    return data.ImageData("digits", loaded.images[:20], labels(20))


def _trainer(digits: data.ImageData, folder: Path | None, name: str = "dcgan", **settings: Any) -> Trainer:
    penalty, config = settings.pop("penalty", None), settings.pop("training", CONFIG)
    model = small(name, None, penalty, seed=3, **settings)
    return Trainer(model, digits, config, folder, where="cpu", threads=1)


def _flat(state: Any, path: str = "") -> dict[str, Any]:
    if isinstance(state, dict):
        return {k: v for key, value in state.items() for k, v in _flat(value, f"{path}.{key}").items()}
    if isinstance(state, list | tuple):
        return {k: v for i, value in enumerate(state) for k, v in _flat(value, f"{path}.{i}").items()}
    return {path: state}


def _assert_equal_checkpoints(one: Path, other: Path) -> None:
    a, b = (_flat(load_checkpoint(folder / "checkpoint.pt")) for folder in (one, other))
    assert list(a) == list(b)
    for key in a:
        assert torch.equal(a[key], b[key]) if isinstance(a[key], Tensor) else a[key] == b[key], key


@pytest.mark.parametrize(("name", "settings"), [(name, busy) for name in NAMES for busy in BUSY if able(busy, name)])
def test_2k_steps_equal_k_stop_resume_and_k_more(
    name: str, settings: dict[str, Any], digits: data.ImageData, tmp_path: Path
):
    """Six steps: the controller's p moves after the fourth, between the stop at the third and the end."""
    straight, halved = tmp_path / "straight", tmp_path / "halved"
    _trainer(digits, straight, name, **settings).run(6, progress=False)
    _trainer(digits, halved, name, **settings).run(3, progress=False)
    _trainer(digits, halved, name, **settings).resume().run(6, progress=False)
    _assert_equal_checkpoints(straight, halved)
    if "ada_target" in settings:
        state = load_checkpoint(straight / "checkpoint.pt")["model"]["networks"]
        assert state["augment.seen"].tolist()[0] == 2


def test_a_resumed_run_whose_controller_was_forgotten_would_be_another(digits: data.ImageData, tmp_path: Path):
    """The test above can fail: this is what losing the controller's state does."""
    straight, halved = tmp_path / "straight", tmp_path / "halved"
    _trainer(digits, straight, **BUSY[1]).run(6, progress=False)
    _trainer(digits, halved, **BUSY[1]).run(3, progress=False)
    forgetful = _trainer(digits, halved, **BUSY[1]).resume()
    forgetful.model.augment.seen.zero_()
    forgetful.run(6, progress=False)
    with pytest.raises(AssertionError):
        _assert_equal_checkpoints(straight, halved)


def test_the_log_tells_the_controllers_probability(digits: data.ImageData):
    rows = _trainer(digits, None, **BUSY[1]).run(2, progress=False)
    assert [row["augment_p"] for row in rows] == [0.0, 0.0]


def test_a_batch_size_that_packs_do_not_divide_is_refused_before_a_folder_is_made(
    digits: data.ImageData, tmp_path: Path
):
    with pytest.raises(UserError, match="multiple of 3"):
        _trainer(digits, tmp_path / "run", pack=3)
    assert not (tmp_path / "run").exists()


# Warm start.


def test_a_warm_start_takes_over_the_networks_and_nothing_else(digits: data.ImageData, tmp_path: Path):
    first = _trainer(digits, tmp_path / "first")
    first.run(3, progress=False)
    second = _trainer(digits, tmp_path / "second").warm_start(tmp_path / "first")
    for ours, theirs in zip(second.model.parameters(), first.model.parameters(), strict=True):
        assert torch.equal(ours, theirs)
    for averaged, trained in zip(second.ema.network.parameters(), first.model.G.parameters(), strict=True):
        assert torch.equal(averaged, trained)
    assert second.step == 0 and not second.model.optimisers["D"].state
    second.run(2, progress=False)
    assert any(not torch.equal(a, b) for a, b in zip(second.model.parameters(), first.model.parameters(), strict=True))


def test_one_player_can_be_warm_and_the_other_new(digits: data.ImageData, tmp_path: Path):
    first = _trainer(digits, tmp_path / "first")
    first.run(3, progress=False)
    cold = _trainer(digits, None)
    second = _trainer(digits, None).warm_start(tmp_path / "first", networks=("D",))
    for player, source in (("D", first), ("G", cold)):
        pairs = zip(getattr(second.model, player).parameters(), getattr(source.model, player).parameters(), strict=True)
        assert all(torch.equal(a, b) for a, b in pairs)


def test_a_warm_start_from_another_shape_is_refused_in_one_sentence(digits: data.ImageData, tmp_path: Path):
    _trainer(digits, tmp_path / "first").run(1, progress=False)
    with pytest.raises(UserError, match="another shape"):
        _trainer(digits, None, width=3).warm_start(tmp_path / "first")
    with pytest.raises(UserError, match="another shape"):
        _trainer(digits, None, "gan").warm_start(tmp_path / "first")
    with pytest.raises(UserError):
        _trainer(digits, None).warm_start(tmp_path / "nowhere")


# The table, and the command line.


def _command(name: str, *words: object) -> int:
    plain = ("--set", "latent=4", "--batch-size", 8, "--device", "cpu", "--threads", 1, "--checkpoint-every", 2)
    return main([str(word) for word in ("train", name, *plain, *words)])


@pytest.mark.parametrize("name", THE_REST_SLOW)
@pytest.mark.parametrize("row", STABILISERS, ids=lambda row: row.name)
def test_each_row_of_the_table_is_a_choice_that_the_command_line_takes(row: Any, name: str, tmp_path: Path):
    chosen = choice(row, name)
    if chosen is None:
        assert name not in PLAIN
        return
    words = shlex.split(chosen)
    if "RUN" in words:
        assert _command(name, "--steps", 2, "--out", tmp_path / "first") == 0
        words = [str(tmp_path / "first") if word == "RUN" else word for word in words]
    assert _command(name, "--steps", 1, "--out", tmp_path / "run", *words) == 0
    config = json.loads((tmp_path / "run" / "config.json").read_text())
    said = json.dumps(config)
    for word in words:
        key = word.partition("=")[0]
        if not word.startswith("--") and "=" in word:
            usual = MODELS[name].Config().__dict__[key]
            assert config["settings"][key] != usual or key == "norm" or usual is True, word
        elif not word.startswith("--"):
            assert word in said


def test_a_warm_run_is_resumed_from_its_own_checkpoint_and_its_config_says_where_it_came_from(tmp_path: Path):
    first, straight, halved = (tmp_path / name for name in ("first", "straight", "halved"))
    warm = ("--warm-start", first, "--set", "width=2")
    assert _command("dcgan", "--steps", 2, "--out", first, "--set", "width=2") == 0
    assert _command("dcgan", "--steps", 4, "--out", straight, *warm) == 0
    assert _command("dcgan", "--steps", 2, "--out", halved, *warm) == 0
    assert main(["train", "dcgan", "--steps", "4", "--out", str(halved), "--resume"]) == 0
    _assert_equal_checkpoints(straight, halved)
    assert json.loads((halved / "config.json").read_text())["warm_start"] == str(first.resolve())


def test_the_table_has_every_row_whole_and_each_name_once():
    shown = table()
    assert len(shown.rows) == len(STABILISERS) == len({row.name for row in STABILISERS})
    assert all(cell.strip() for row in shown.rows for cell in row)
    page = shown._repr_html_()
    assert page.count("<tr>") == len(STABILISERS) + 1 and "&lt;-" in page
    assert "Karras et al. 2020" in repr(shown)


def test_everything_that_can_be_set_has_its_row():
    said = " ".join(choice(row, "gan") for row in STABILISERS)
    off = {"augment_p", "ada_ramp", "unroll_lr"}  # numbers of a choice, not choices
    for name in {field.name for field in fields(Stabilisers)} - off:
        assert f"{name}=" in said
    assert all(f"--penalty {name}" in said for name in ("r1", "r2", "r1+r2", "gp", "dragan"))


def test_models_says_which_stabilisers_each_model_can_be_given(capsys: pytest.CaptureFixture[str]):
    assert main(["models"]) == 0
    said = capsys.readouterr().out
    for row in STABILISERS:
        ways = {way for line in said.splitlines() if line.startswith(f"    {row.name}: ")
                for way in line.removeprefix(f"    {row.name}: ").split(" or ")}  # fmt: skip
        assert {choice(row, "gan"), choice(row, "dcgan")} <= ways and f"{row.source})" in said


def test_the_schedule_moves_both_rates_and_keeps_their_ratio(digits: data.ImageData):
    trainer = _trainer(digits, None, ttur=3.0, lr=1e-3, training=replace(CONFIG, lr_end=0.0, schedule_steps=4))
    trainer.run(3, progress=False)
    rates = {player: adam.param_groups[0]["lr"] for player, adam in trainer.model.optimisers.items()}
    assert rates["D"] == pytest.approx(3 * rates["G"]) and 0 < rates["G"] < 1e-3
