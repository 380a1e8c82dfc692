"""From names and values to a run: what is refused, what a resumed run must agree with, and where its data are."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from nursery import undo_process_settings
from PIL import Image

from ganlab.errors import UserError
from ganlab.training import RunFolder, Trainer, train_run


@pytest.fixture(autouse=True, scope="module")
def _process_as_it_was() -> Iterator[None]:
    yield
    undo_process_settings()


TINY = {"settings": {"latent": 2, "g_widths": [3], "d_widths": [3]}, "training": {"batch_size": 8, "log_every": 1}}


def tiny(**changes: Any) -> dict[str, Any]:
    asked = json.loads(json.dumps(TINY))
    for name, value in changes.items():
        place = next((asked[part] for part in ("settings", "training") if name in _KNOWN[part]), asked)
        place[name] = value
    return asked


_KNOWN = {"settings": ("latent", "lr", "beta1", "norm", "d_widths"), "training": ("batch_size", "seed", "lr_end")}


def train(folder: Path, steps: int = 2, model: str = "gan", data: str | None = "digits", **options: Any) -> Trainer:
    options.setdefault("asked", tiny())
    return train_run(model, data, folder, steps=steps, where="cpu", threads=1, progress=False, **options)


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "made"
    train(folder, 3)
    return folder


@pytest.fixture
def run(made: Path, tmp_path: Path) -> Path:
    """A run of three steps that a test may spoil."""
    return Path(shutil.copytree(made, tmp_path / "run"))


def test_the_configuration_says_all_that_was_chosen(made: Path):
    config = RunFolder(made).read_config()
    assert (config["model"], config["data"], config["shape"]) == ("gan", "digits", [1, 8, 8])
    assert (config["objective"], config["penalty"], config["penalty_weight"]) == ("non-saturating", "none", 0.0)
    assert config["settings"]["g_widths"] == [3] and config["training"]["batch_size"] == 8
    assert config["machine"]["threads"] == 1 and config["machine"]["precision"] == "float32"
    assert "steps" not in json.dumps(config["training"]).replace("schedule_steps", ""), "steps is no part of it"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"lr": 0.5}, "lr is 0.0002 there and 0.5 now"),
        ({"seed": 4}, "seed is 0 there and 4 now"),
        ({"batch_size": 9}, "batch size is 8 there and 9 now"),
        ({"lr_end": 0.1}, "lr end is None there and 0.1 now"),
        ({"objective": "hinge"}, "objective is non-saturating there and hinge now"),
        ({"penalty": "gp"}, "penalty is none there and gp now"),
        ({"penalty_weight": 3.0}, "penalty weight is 0.0 there and 3.0 now"),
        ({"d_widths": [4, 4]}, r"d widths is \[3\] there and \[4, 4\] now"),
        ({"norm": "batch"}, "norm is none there and batch now"),
        ({"size": 16}, "size is None there and 16 now"),
    ],
    ids=str,
)
def test_resuming_with_another_value_says_which_differs_and_touches_nothing(run: Path, change, says):
    before = {path: path.read_bytes() for path in run.rglob("*") if path.is_file()}
    with pytest.raises(UserError, match=says):
        train(run, 5, asked=tiny(**change), resume=True)
    assert {path: path.read_bytes() for path in run.rglob("*") if path.is_file()} == before


def test_resuming_with_another_model_or_other_data_is_refused(run: Path):
    with pytest.raises(UserError, match="model is gan there and dcgan now"):
        train(run, model="dcgan", asked={}, resume=True)
    with pytest.raises(UserError, match="data is digits there and ring now"):
        train(run, data="ring", resume=True)


def test_every_value_that_differs_is_named_at_once(run: Path):
    with pytest.raises(UserError, match=r"seed is .*; objective is|objective is .*seed is"):
        train(run, 5, asked=tiny(seed=3, objective="hinge"), resume=True)


def test_what_is_not_said_is_taken_from_the_run(run: Path):
    trainer = train(run, 4, data=None, asked={}, resume=True)
    assert trainer.step == 4 and trainer.model.config.latent == 2 and trainer.batches.batch_size == 8


def test_without_data_or_a_run_it_is_the_digits(tmp_path: Path):
    assert train(tmp_path / "run", 1, data=None).data_name == "digits"


def test_steps_are_not_compared_and_fewer_than_were_made_do_no_harm(run: Path):
    said: list[str] = []
    before = (run / "checkpoint.pt").read_bytes(), (run / "log.jsonl").read_bytes()
    trainer = train(run, 1, resume=True, say=said.append)
    assert trainer.step == 3
    assert any("made 3 steps already" in line for line in said)
    assert ((run / "checkpoint.pt").read_bytes(), (run / "log.jsonl").read_bytes()) == before


def test_before_the_first_checkpoint_a_resumed_run_begins_at_step_0(run: Path):
    whole = {name: (run / name).read_bytes() for name in ("checkpoint.pt", "generator.safetensors")}
    (run / "checkpoint.pt").unlink()
    said: list[str] = []
    train(run, 3, resume=True, say=said.append)
    assert any("at step 0" in line for line in said)
    assert {name: (run / name).read_bytes() for name in whole} == whole
    assert [json.loads(line)["step"] for line in (run / "log.jsonl").read_text().splitlines()] == [1, 2, 3]


def test_a_generator_that_a_kill_left_behind_its_checkpoint_is_written_anew(run: Path):
    newest = (run / "generator.safetensors").read_bytes()
    older = train(run.with_name("older"), 1)
    assert older.folder is not None and older.folder.generator.read_bytes() != newest
    shutil.copy(older.folder.generator, run / "generator.safetensors")
    train(run, 3, resume=True)
    assert (run / "generator.safetensors").read_bytes() == newest


def test_resuming_where_no_run_is_says_so(tmp_path: Path):
    with pytest.raises(UserError, match="not a run folder"):
        train(tmp_path / "nowhere", resume=True)
    assert not (tmp_path / "nowhere").exists()


def test_a_folder_with_a_run_is_refused_without_resume(run: Path):
    with pytest.raises(UserError, match="already holds another run: add --resume"):
        train(run)


def test_the_log_is_cut_back_to_the_checkpoint(run: Path):
    with (run / "log.jsonl").open("a") as log:
        log.write('{"step": 4, "loss_D": 9.0}\n{"step": 5, "lo')
    trainer = train(run, 4, resume=True)
    rows = [json.loads(line) for line in (run / "log.jsonl").read_text().splitlines()]
    assert [row["step"] for row in rows] == [1, 2, 3, 4] == [row["step"] for row in trainer.log]
    assert rows[3]["loss_D"] != 9.0


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"training": {"batchsize": 3}}, "unknown training setting 'batchsize': did you mean 'batch_size'"),
        ({"training": {"batch_size": "many"}}, "wrong kind"),
        ({"training": {"batch_size": 0}}, "batch-size must be 1 or more"),
        ({"settings": {"depth": 3}}, "a setting that ganlab does not know"),
        ({"settings": {"latent": "deep"}}, "a setting that ganlab does not know"),
        ({"settings": {"lr": -1.0}}, "learning rate"),
        ({"objective": "hinje"}, "a setting that ganlab does not know"),
        ({"penalty": "gpp"}, "a setting that ganlab does not know"),
        ({"data": "mnits"}, "unknown data set 'mnits'"),
        ({"items": 7}, "held 7 items when the run began and holds 1198 now"),
    ],
    ids=str,
)
def test_a_configuration_that_somebody_spoiled_is_one_sentence(run: Path, change: dict[str, Any], says: str):
    config = RunFolder(run).read_config() | change
    RunFolder(run).write_config(config)
    with pytest.raises(UserError, match=says) as caught:
        train(run, 5, data=None, asked={}, resume=True)
    assert "\n" not in str(caught.value)


# Names and values.


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"objective": "hinje"}, "unknown objective 'hinje': did you mean 'hinge'"),
        ({"penalty": "gp-onesided"}, "unknown penalty 'gp-onesided': did you mean 'gp-one-sided'"),
        ({"penalty": "gp", "penalty_weight": -1.0}, "0 or more, not -1"),
        ({"penalty": "gp", "penalty_weight": float("nan")}, "0 or more, not nan"),
        ({"penalty": "gp", "penalty_weight": float("inf")}, "0 or more, not inf"),
        ({"settings": {"latnt": 3}}, "unknown setting of gan 'latnt': did you mean 'latent'"),
        ({"settings": {"latent": 1.5}}, "latent of gan cannot be 1.5: give a value such as 100"),
        ({"settings": {"latent": True}}, "latent of gan cannot be True"),
        ({"settings": {"latent": 0}}, "latent must be 1 or more"),
        ({"settings": {"latent": 2**40}}, "latent of gan cannot be"),
        ({"settings": {"g_widths": "wide"}}, "g_widths of gan cannot be .*such as 256,512,1024"),
        ({"settings": {"g_widths": []}}, "at least one layer"),
        ({"settings": {"lr": "fast"}}, "lr of gan cannot be 'fast': give a value such as 0.0002"),
        ({"settings": {"norm": 1}}, "norm of gan cannot be 1: give a value such as none"),
        ({"settings": {"norm": "layer"}}, "norm must be 'none' or 'batch'"),
        ({"settings": {"fresh_noise": 2}}, "fresh_noise of gan cannot be 2: give a value such as True"),
        ({"settings": {"beta1": 1.0}}, r"beta1 must be in \[0, 1\)"),
        ({"training": {"seeds": 3}}, "unknown training setting 'seeds': did you mean 'seed'"),
        ({"training": {"lr_end": 0.1}}, "both an end, such as --lr-end, and --schedule-steps"),
        ({"training": {"ema_halflife": float("nan")}}, "half-life"),
        ({"training": {"batch_size": 10**6}}, "digits has 1198 items"),
    ],
    ids=str,
)
def test_what_does_not_fit_is_refused_before_a_folder_is_made(tmp_path: Path, asked: dict[str, Any], says: str):
    with pytest.raises(UserError, match=says) as caught:
        train(tmp_path / "run", asked=asked)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "run").exists()


def test_a_single_width_is_a_tuple_of_one_and_whole_numbers_are_rates(tmp_path: Path):
    asked = {"settings": {"latent": 2, "g_widths": 3, "d_widths": [4], "lr": 1}, "training": {"batch_size": 8}}
    config = train(tmp_path / "run", 1, asked=asked).model.config
    assert (config.g_widths, config.d_widths, config.lr) == ((3,), (4,), 1)


def test_the_wrong_kind_of_data_is_refused(tmp_path: Path):
    with pytest.raises(UserError, match="dcgan takes images, and this data set holds points"):
        train(tmp_path / "run", model="dcgan", data="ring", asked={})


def test_an_unbounded_critic_without_a_constraint_is_a_note_and_with_one_is_not(tmp_path: Path):
    for penalty, notes in (("none", 1), ("clip", 0), ("gp", 0)):
        said: list[str] = []
        train(tmp_path / penalty, 1, asked=tiny(objective="wasserstein", penalty=penalty), say=said.append)
        assert sum(line.startswith("note:") for line in said) == notes


# A folder of the user's own images.


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    folder = tmp_path / "pictures"
    folder.mkdir()
    for i in range(20):
        Image.new("L", (8, 8), 10 * i).save(folder / f"{i}.png")
    return folder


def test_a_run_on_a_folder_is_resumed_from_another_directory(tmp_path: Path, pictures: Path, monkeypatch):
    monkeypatch.chdir(pictures.parent)
    train(tmp_path / "run", 1, data="pictures")
    assert RunFolder(tmp_path / "run").read_config()["data"] == str(pictures)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert train(tmp_path / "run", 2, data=str(pictures), resume=True).step == 2
    assert train(tmp_path / "run", 3, data=None, resume=True).step == 3


def test_a_folder_that_has_other_pictures_by_now_is_said(tmp_path: Path, pictures: Path):
    train(tmp_path / "run", 1, data=str(pictures))
    for picture in sorted(pictures.iterdir())[:5]:
        picture.unlink()
    with pytest.raises(UserError, match=r"held \d+ items when the run began and holds \d+ now"):
        train(tmp_path / "run", 2, data=str(pictures), resume=True)


def test_a_registered_name_comes_before_a_folder_of_that_name(tmp_path: Path, pictures: Path, monkeypatch):
    pictures.rename(tmp_path / "digits")
    monkeypatch.chdir(tmp_path)
    assert train(tmp_path / "run", 1, data="digits").data_name == "digits"
    assert RunFolder(tmp_path / "run").read_config()["items"] == 1198


def test_the_callers_values_are_left_as_they_were(tmp_path: Path):
    asked = tiny(d_widths=3)
    train(tmp_path / "run", 1, asked=asked)
    assert asked == tiny(d_widths=3)


def test_the_callers_random_numbers_are_left_as_they_were(tmp_path: Path):
    torch.manual_seed(3)
    expected = torch.rand(4)
    torch.manual_seed(3)
    train(tmp_path / "run", 2)
    assert torch.equal(torch.rand(4), expected)
