"""Kills at random moments and at exact places, full disks, signals: what is in a run folder can always be used."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from nursery import OFTEN, TINY, Nursery, contents
from PIL import Image
from smallest import NAMES, SETTINGS

from ganlab.files import is_leftover, read_json_lines
from ganlab.training import RunFolder, checkpoint, open_run

FOREVER = 10**6
OTHERS = [name for name in NAMES if name != "gan"]
GAN_AT_ONCE = ["gan", *(pytest.param(name, marks=pytest.mark.slow) for name in OTHERS)]


def words_of(model: str) -> list[str]:
    """The smallest run of a model that does everything, as words of the command line."""
    if model == "gan":
        return ["gan", *TINY]
    values = {k: ",".join(map(str, v)) if isinstance(v, tuple) else v for k, v in SETTINGS[model].items()}
    return [model, *(word for name, value in values.items() for word in ("--set", f"{name}={value}")), *OFTEN]


@pytest.fixture(scope="module")
def nursery() -> Nursery:
    return Nursery.shared()


def saved_step(run: Path) -> int:
    """The step of the newest checkpoint, after everything else in the folder was read as well."""
    for sheet in (run / "samples").glob("step-*.png"):
        with Image.open(sheet) as picture:
            picture.load()
    if (run / "log.jsonl").exists():
        read_json_lines(run / "log.jsonl")
    if (run / "generator.safetensors").exists():
        open_run(run)
    if not (run / "checkpoint.pt").exists():
        return 0
    return checkpoint.load(run / "checkpoint.pt")["model"]["steps"]


def again(run: Path) -> list[str]:
    """What has to be added to go on with a run, whatever moment it died at."""
    return ["--resume"] if (run / "config.json").exists() else []


def finish(nursery: Nursery, killed: Path, steps: int, model: str = "gan") -> None:
    """Go on with a killed run until ``steps``, and hold it against one that was left alone."""
    calm = killed.with_name("calm")
    for run, options in ((killed, again(killed)), (calm, [])):
        life = nursery.live("train", *words_of(model), "--out", run, "--steps", steps, *options)
        assert life.status == 0, life.err
    for sheet in (killed / "samples").iterdir():
        # An earlier end of the run has a sheet of its own, which a run without that end lacks.
        if int(sheet.stem.removeprefix("step-")) % 5 and not (calm / "samples" / sheet.name).exists():
            sheet.unlink()
    assert contents(killed) == contents(calm)


@pytest.mark.parametrize("model", GAN_AT_ONCE)
def test_after_fifty_kills_at_random_moments_the_run_equals_one_that_was_left_alone(tmp_path, nursery, model):
    run, chance, steps = tmp_path / "killed", random.Random(50), [0]
    # Counted from birth a kill falls into the start, from the first change of a file into training and saving.
    moments = ((None, 0.3), (run / "log.jsonl", 0.04), (run / "checkpoint.pt", 0.04))
    for number in range(50):
        watch, longest = moments[number % 3]
        life = nursery.live(
            "train", *words_of(model), "--out", run, "--steps", FOREVER, *again(run),
            kill_after=chance.uniform(0, longest), watch=watch,
        )  # fmt: skip
        assert life.status == -signal.SIGKILL, life.err
        steps.append(saved_step(run))
        assert steps[-1] >= steps[-2], "a kill made a saved step unsaved"
    assert len(set(steps)) > 10, "the kills came too early to say anything"
    finish(nursery, run, steps[-1] + 7, model)


@pytest.mark.parametrize("model", GAN_AT_ONCE)
def test_a_run_that_dies_at_each_file_operation_in_turn_equals_one_that_was_left_alone(tmp_path, nursery, model):
    run, steps = tmp_path / "killed", [0]
    # Resuming writes the generator and the log; two steps, two rows, a checkpoint and a generator follow.
    for operation in range(1, 31):
        life = nursery.live("train", *words_of(model), "--out", run, "--steps", FOREVER, *again(run), dies_at=operation)
        assert life.status == -signal.SIGKILL, life.err
        steps.append(saved_step(run))
        assert steps[-1] >= steps[-2]
    assert steps[-1] > 2
    finish(nursery, run, steps[-1] + 7, model)


@pytest.mark.parametrize("model", OTHERS)
def test_a_run_of_any_model_that_dies_in_its_checkpoints_and_between_equals_one_that_was_left_alone(
    tmp_path, nursery, model
):
    """What a model brings of its own (averages, an encoder, classes, a schedule) is in its checkpoints, or is lost."""
    run, moment, steps = tmp_path / "killed", random.Random(model).uniform(0, 0.1), []
    deaths = (
        {"dies_in": "checkpoint.pt", "dies_at": 2},  # half of the first checkpoint is written
        {"dies_in": "checkpoint.pt", "dies_at": 7},  # the second is written and not yet renamed
        {"kill_after": moment, "watch": run / "log.jsonl"},  # anywhere
    )
    for death in deaths:
        life = nursery.live("train", *words_of(model), "--out", run, "--steps", FOREVER, *again(run), **death)
        assert life.status == -signal.SIGKILL, life.err
        steps.append(saved_step(run))
    assert steps[:2] == [0, 2] and steps[2] >= 2
    finish(nursery, run, steps[-1] + 3, model)


@pytest.mark.parametrize("operation", [1, 2, 3, 5, 6, 8, 9, 11])
def test_a_new_run_that_dies_at_its_very_beginning_can_be_started_or_resumed(tmp_path, nursery, operation):
    run = tmp_path / "killed"
    life = nursery.live("train", "gan", "--out", run, "--steps", FOREVER, *TINY, dies_at=operation)
    assert life.status == -signal.SIGKILL, life.err
    assert saved_step(run) == 0
    finish(nursery, run, 3)


def test_what_a_kill_left_unfinished_is_removed_when_the_run_goes_on(tmp_path, nursery):
    run = tmp_path / "killed"
    nursery.live("train", "gan", "--out", run, "--steps", 2, *TINY)
    # The generator of step 2 is written again, then the log is cut: die in half of it.
    life = nursery.live("train", "gan", "--out", run, "--steps", FOREVER, *TINY, "--resume", dies_at=3)
    assert life.status == -signal.SIGKILL
    assert [path for path in run.rglob("*") if is_leftover(path)]
    nursery.live("train", "gan", "--out", run, "--steps", 3, "--resume")
    assert not [path for path in run.rglob("*") if is_leftover(path)]


@pytest.mark.parametrize(("signum", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_run_is_saved_and_goes_on_as_if_nothing_had_been(tmp_path, nursery, signum, status):
    run = tmp_path / "killed"
    never = ("--checkpoint-every", FOREVER, "--sample-every", FOREVER)
    life = nursery.live(
        "train", "gan", "--out", run, "--steps", FOREVER, *TINY, *never,
        kill_after=0.1, watch=run / "log.jsonl", signum=signum,
    )  # fmt: skip
    assert life.status == status
    step = saved_step(run)
    assert step > 0, "nothing was saved"
    assert f"ganlab train gan --out {run} --steps {FOREVER} --resume" in life.err
    assert life.err.count("\n") == 1
    calm = tmp_path / "calm"
    assert nursery.live("train", "gan", "--out", run, "--steps", step + 3, "--resume").status == 0
    assert nursery.live("train", "gan", "--out", calm, "--steps", step + 3, *TINY, *never).status == 0
    assert contents(run) == contents(calm)


def test_ctrl_c_in_a_real_terminal_process_exits_130_and_prints_no_traceback(tmp_path):
    run = tmp_path / "run"
    command = [sys.executable, "-m", "ganlab", "train", "gan", "--out", str(run), "--steps", str(FOREVER), *TINY]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        deadline = time.monotonic() + 120
        while not (run / "checkpoint.pt").exists() and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert err.startswith("stopped and saved") and err.count("\n") == 1
    assert saved_step(run) == read_json_lines(run / "log.jsonl")[-1]["step"]


def test_a_non_finite_loss_exits_1_names_step_and_network_and_keeps_the_last_good_checkpoint(tmp_path, nursery):
    run = tmp_path / "run"
    nursery.live("train", "gan", "--out", run, "--steps", 4, *TINY)
    good = (run / "checkpoint.pt").read_bytes()
    state = checkpoint.load(run / "checkpoint.pt")
    # One huge weight, finite itself, makes the next loss overflow.
    state["model"]["networks"]["D.layers.0.weight"].fill_(3e38)
    checkpoint.save(run / "checkpoint.pt", state)
    poisoned = (run / "checkpoint.pt").read_bytes()
    life = nursery.live("train", "gan", "--out", run, "--steps", 20, "--resume")
    assert life.status == 1
    assert life.err.startswith("ganlab: the loss of D became infinite or NaN at step 5:")
    assert "the checkpoint of step 4 is intact" in life.err and life.err.count("\n") == 1
    assert (run / "checkpoint.pt").read_bytes() == poisoned, "something was saved after the loss had gone"
    (run / "checkpoint.pt").write_bytes(good)
    finish(nursery, run.rename(tmp_path / "killed"), 6)


@pytest.mark.parametrize("model", ["gan", "dcgan"])
def test_a_learning_rate_that_breaks_everything_exits_1_and_saves_nothing_bad(tmp_path, nursery, model):
    run = tmp_path / "run"
    small = ("--set", "width=2", "--batch-size", 16, "--checkpoint-every", 2) if model == "dcgan" else TINY
    life = nursery.live("train", model, "--out", run, "--steps", 60, *small, "--lr", "1e30")
    assert life.status == 1, (life, "a rate of 1e30 was survived")
    assert life.err.startswith("ganlab: ") and life.err.count("\n") == 1
    saved_step(run)  # a checkpoint or a generator with NaN in it would be refused here


def test_a_disk_that_is_full_leaves_the_earlier_checkpoint_and_the_run_goes_on_when_there_is_room(tmp_path, nursery):
    run = tmp_path / "killed"
    nursery.live("train", "gan", "--out", run, "--steps", 4, *TINY)
    before = (run / "checkpoint.pt").read_bytes()
    limit = len(before) - 1  # everything but the checkpoint fits
    assert all(path.stat().st_size < 0.9 * limit for path in run.rglob("*") if path.is_file() and path.suffix != ".pt")
    life = nursery.live("train", "gan", "--out", run, "--steps", 9, *TINY, "--resume", file_limit=limit)
    assert life.status == 2
    assert life.err.startswith(f"ganlab: cannot write {run / 'checkpoint.pt'}: File too large")
    assert life.err.count("\n") == 1
    assert (run / "checkpoint.pt").read_bytes() == before
    assert saved_step(run) == 4
    assert not [path for path in run.rglob("*") if is_leftover(path)], "half a file was left on a full disk"
    finish(nursery, run, 9)


def test_a_full_disk_at_the_very_first_file_is_one_sentence(tmp_path, nursery):
    life = nursery.live("train", "gan", "--out", tmp_path / "run", "--steps", 4, *TINY, file_limit=500)
    assert life.status == 2
    assert life.err.startswith(f"ganlab: cannot write {tmp_path / 'run' / 'config.json'}: File too large")
    assert life.err.count("\n") == 1


@pytest.mark.parametrize("place", ["/proc/ganlab/run", "/dev/null/run", "/dev/null"])
def test_a_place_where_nothing_can_be_written_is_one_sentence(place, nursery):
    life = nursery.live("train", "gan", "--out", place, "--steps", 4, *TINY)
    assert life.status == 2
    assert life.err.startswith("ganlab: ") and place in life.err and life.err.count("\n") == 1


def test_a_run_folder_that_became_read_only_is_one_sentence_and_stays_as_it_was(tmp_path, nursery):
    run = tmp_path / "run"
    nursery.live("train", "gan", "--out", run, "--steps", 4, *TINY)
    # The superuser may write anywhere, so the folder of the sheets becomes one that nobody can write in: a file.
    before = contents(run)
    for sheet in (run / "samples").iterdir():
        sheet.unlink()
    (run / "samples").rmdir()
    (run / "samples").touch()
    life = nursery.live("train", "gan", "--out", run, "--steps", 5, *TINY, "--resume")
    assert life.status == 2
    assert life.err.startswith(f"ganlab: cannot write {run / 'samples'}") and life.err.count("\n") == 1
    assert (run / "checkpoint.pt").read_bytes() == before["checkpoint.pt"]


def test_threads_and_precision_are_saved_with_the_run_and_reused(tmp_path, nursery):
    run = tmp_path / "run"
    chosen = ("--threads", 2, "--precision", "bfloat16")
    assert nursery.live("train", "gan", "--out", run, "--steps", 1, *TINY, *chosen).status == 0
    assert RunFolder(run).read_config()["machine"] | {"torch": ""} == {
        "threads": 2, "precision": "bfloat16", "device": "CPU, 2 threads", "torch": "",
    }  # fmt: skip
    life = nursery.live("train", "gan", "--out", run, "--steps", 2, "--resume", "--device", "cpu")
    assert "CPU, 2 threads, bfloat16" in life.out


@pytest.mark.parametrize("objective", ["non-saturating", "relativistic"])
def test_resuming_in_a_new_process_equals_training_on(tmp_path, nursery, objective):
    """The whole way with real processes, both models and every option that has a state of its own."""
    small = {
        "gan": (*TINY, "--penalty", "gp"),
        "dcgan": ("--set", "width=2", "--set", "dropout=0.3", "--batch-size", 16, "--log-every", 2, "--threads", 1),
    }
    for model, options in small.items():
        common = ("train", model, "--objective", objective, *options, "--lr-end", 1e-5, "--schedule-steps", 9)
        assert_halves_make_the_whole(tmp_path / model, nursery, common)


@pytest.mark.parametrize(
    "words",
    [("wgan", "--set", "width=2", "--set", "d_steps=2"), ("vae", "--set", "widths=8"), ("ebgan", "--set", "width=2")],
    ids=lambda words: words[0],
)
def test_so_does_a_model_with_an_optimiser_an_encoder_or_an_energy_of_its_own(tmp_path, nursery, words):
    """RMSprop's averages and the clipped weights of WGAN, both networks of the VAE, and D as an auto-encoder."""
    assert_halves_make_the_whole(
        tmp_path, nursery, ("train", *words, "--batch-size", 16, "--log-every", 2, "--threads", 1)
    )


def assert_halves_make_the_whole(folder, nursery, common):
    halves, whole = folder / "halves", folder / "whole"
    for arguments in (("--out", halves, "--steps", 5), ("--out", halves, "--steps", 10, "--resume")):
        life = nursery.live(*common, *arguments)
        assert life.status == 0, life.err
    assert nursery.live(*common, "--out", whole, "--steps", 10).status == 0
    left, right = contents(halves), contents(whole)
    extra = f"samples{os.sep}step-00000005.png"  # the sheet at the end of the first half
    right.setdefault(extra, left[extra])
    assert left == right


def test_the_bits_of_the_checkpoint_do_not_depend_on_the_folder_or_the_moment(tmp_path, nursery):
    for name in ("one", "two"):
        assert nursery.live("train", "gan", "--out", tmp_path / name, "--steps", 3, *TINY).status == 0
    assert contents(tmp_path / "one") == contents(tmp_path / "two")
    assert nursery.live("train", "gan", "--out", tmp_path / "three", "--steps", 3, *TINY, "--seed", 1).status == 0
    assert contents(tmp_path / "three")["checkpoint.pt"] != contents(tmp_path / "one")["checkpoint.pt"]


def test_a_row_that_was_cut_in_half_is_dropped_and_written_anew(tmp_path, nursery):
    run = tmp_path / "killed"
    nursery.live("train", "gan", "--out", run, "--steps", 4, *TINY)
    with (run / "log.jsonl").open("a") as log:
        log.write(json.dumps({"step": 5, "loss_D": 0.0}) + '\n{"step": 6, "loss')
    finish(nursery, run, 7)
