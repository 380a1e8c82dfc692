"""Several processes: what they compute together is what one process computes, and what they write is one run."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from nursery import TINY, Life, Nursery, contents
from ranked import CASES
from torch import Tensor

from ganlab.files import is_leftover, read_json_lines
from ganlab.training import checkpoint

PROGRAM = Path(__file__).with_name("ranked.py")
FOREVER = 10**6
# Batch normalisation without biases before it: those have no gradient, and Adam makes steps of its rounding errors.
SMALL = (
    "--set", "width=2", "--set", "latent=3", "--batch-size", "16", "--log-every", "1", "--checkpoint-every", "2",
    "--sample-every", "5", "--threads", "1", "--device", "cpu",
)  # fmt: skip


@pytest.fixture(scope="module")
def nursery() -> Nursery:
    return Nursery.shared()


@pytest.fixture(scope="module")
def played(nursery, tmp_path_factory) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """What one process found, and what each of two."""
    folders = [tmp_path_factory.mktemp(name) for name in ("one", "two")]
    lives = [nursery.live(PROGRAM, folders[0]), *nursery.live_together(2, PROGRAM, folders[1])]
    assert [life.status for life in lives] == [0, 0, 0], [life.err for life in lives]
    one, first, second = (
        torch.load(f / name, weights_only=True)
        for f, name in zip(folders[:1] + folders[1:] * 2, ("0.pt", "0.pt", "1.pt"), strict=True)
    )
    return one, first, second


def _logged(name: str) -> bool:
    return "." not in name  # what is logged is float32; a weight is called NETWORK.LAYER.weight


@pytest.mark.parametrize("case", CASES)
def test_two_processes_play_the_game_of_one_on_the_joined_batch(played, case):
    one, two, _ = played
    assert one[case].keys() == two[case].keys()
    for name, value in one[case].items():
        # Adam divides by 1e-8 at least: a gradient's rounding of 1e-16 moves a weight by up to 1e-8 of the rate.
        exact = {"rtol": 1e-9, "atol": 1e-9} if not _logged(name) else {"rtol": 1e-6, "atol": 1e-6}
        torch.testing.assert_close(two[case][name], value, **exact, msg=lambda said, name=name: f"{name}: {said}")


def test_every_process_holds_the_same_bits(played):
    _, first, second = played
    for case in (*CASES, "bad"):
        assert all(torch.equal(first[case][name], second[case][name]) for name in first[case]), case


def test_a_bad_loss_on_one_process_stops_the_updates_of_all(played):
    one, first, second = played
    for found in (first, second):
        # The pixel that is not a number was in the last row, which the first process never saw.
        assert int(found["bad"]["first bad"]) == 2 * 2 and int(found["kept"]["first bad"]) == -1
        moved = {name for name, value in found["kept"].items() if not torch.equal(value, found["bad"][name])}
        assert all(_logged(name) or name == "first bad" for name in moved), moved
    assert torch.equal(one["bad"]["first bad"], first["bad"]["first bad"])


def test_every_draw_is_that_of_the_joined_batch(played):
    one, two, _ = played
    assert all(torch.equal(value, two["draws"][name]) for name, value in one["draws"].items())
    assert 0 < one["draws"]["dropout"].count_nonzero() < one["draws"]["dropout"].numel()


@pytest.mark.parametrize("case", ["images", "points", "plain average", "no weights", "no averages", "evaluated"])
def test_batch_normalisation_and_its_derivatives_are_those_of_the_joined_batch(played, case):
    one, two, _ = played
    for name, value in one[f"norm, {case}"].items():  # one process: PyTorch's own layer
        torch.testing.assert_close(two[f"norm, {case}"][name], value, rtol=1e-10, atol=1e-10)
    assert one[f"norm, {case}"]["d/dx"].abs().max() > 0.1


# Through the command line.


def _all_zero(lives: list[Life]) -> None:
    assert [life.status for life in lives] == [0] * len(lives), [life.err for life in lives]


@pytest.fixture(scope="module")
def run(nursery, tmp_path_factory) -> Path:
    """Six steps of a DCGAN in two processes."""
    folder = tmp_path_factory.mktemp("run") / "two"
    lives = nursery.live_together(2, "train", "dcgan", "--out", folder, "--steps", 6, *SMALL)
    _all_zero(lives)
    assert "2 processes" in lives[0].out and "6 steps done" in lives[0].out
    assert (lives[1].out, lives[1].err) == ("", ""), "the second process speaks too"
    return folder


def _close(a: Any, b: Any) -> None:
    """The same state but for rounding; places in the data and random states to the bit."""
    if isinstance(a, dict):
        assert a.keys() == b.keys()
        for name in a:
            _close(a[name], b[name])
    elif isinstance(a, list):
        for mine, other in zip(a, b, strict=True):
            _close(mine, other)
    elif isinstance(a, Tensor) and a.is_floating_point():
        torch.testing.assert_close(b, a, rtol=1e-4, atol=1e-6)
    elif isinstance(a, Tensor):
        assert torch.equal(a, b)
    else:
        assert a == b


def test_two_processes_write_the_run_of_one(run, nursery, tmp_path):
    one = tmp_path / "one"
    assert nursery.live("train", "dcgan", "--out", one, "--steps", 6, *SMALL).status == 0
    _close(checkpoint.load(one / "checkpoint.pt"), checkpoint.load(run / "checkpoint.pt"))
    files = [sorted(str(f.relative_to(r)) for f in r.rglob("*")) for r in (one, run)]
    assert files[0] == files[1]
    rows = [read_json_lines(r / "log.jsonl") for r in (one, run)]
    assert [row["step"] for row in rows[1]] == [1, 2, 3, 4, 5, 6], "a row was written by each process"
    for mine, other in zip(*rows, strict=True):
        assert mine.keys() == other.keys()
        for name in mine.keys() - {"seconds", "logits"}:
            assert other[name] == pytest.approx(mine[name], rel=1e-3, abs=1e-5), name


def test_a_run_of_two_processes_resumes_to_the_bit_and_goes_on_in_one(run, nursery, tmp_path):
    stopped = tmp_path / "stopped"
    start = ("train", "dcgan", "--out", stopped)
    _all_zero(nursery.live_together(2, *start, "--steps", 4, *SMALL))
    alone = tmp_path / "alone"
    subprocess.run(["cp", "-r", stopped, alone], check=True)
    _all_zero(nursery.live_together(2, *start, "--steps", 6, "--resume"))
    (stopped / "samples" / "step-00000004.png").unlink()  # the sheet of the earlier end
    assert contents(stopped) == contents(run)
    assert nursery.live("train", "dcgan", "--out", alone, "--steps", 6, "--resume").status == 0
    _close(checkpoint.load(alone / "checkpoint.pt"), checkpoint.load(run / "checkpoint.pt"))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--batch-size", 15), "of 15 does not divide into 2 processes: choose a --batch-size that is a multiple of 2"),
        (("--batch-size", 6, "--set", "pack=2"), "of 6 does not divide into 2 processes with packs of 2"),
        (("--set", "unroll=2", "--set", "norm=none"), "unrolling plays"),
        (("--penalty", "dragan", "--set", "norm=none"), "penalty 'dragan' measures"),
        (("--data", "nowhere"), "unknown data set 'nowhere'"),
        (("--set", "width=no"), "width of dcgan cannot be 'no'"),
        (("--steps", "many"), "Invalid value for '--steps'"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_said_once_and_every_process_exits_2(nursery, tmp_path, options, said):
    lives = nursery.live_together(2, "train", "dcgan", "--out", tmp_path / "run", "--steps", 4, *SMALL, *options)
    assert [life.status for life in lives] == [2, 2], lives
    assert said in lives[0].err and lives[0].err.count("\n") == 1 and lives[1].err == ""


def test_a_full_disk_of_the_first_process_is_one_sentence_and_ends_both(nursery, run, tmp_path):
    limit = (run / "checkpoint.pt").stat().st_size - 1
    lives = nursery.live_together(2, "train", "dcgan", "--out", tmp_path / "run", "--steps", 4, *SMALL, limit=limit)
    assert [life.status for life in lives] == [2, 2], lives
    assert "cannot write" in lives[0].err and lives[0].err.count("\n") == 1 and lives[1].err == ""


@pytest.mark.parametrize("victim", [0, 1])
@pytest.mark.parametrize(("signum", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_to_one_process_saves_the_run_once_and_ends_all_of_them(nursery, tmp_path, signum, status, victim):
    folder = tmp_path / "run"
    lives = nursery.live_together(
        2, "train", "gan", "--out", folder, "--steps", FOREVER, *TINY, "--checkpoint-every", FOREVER,
        signum=signum, victim=victim, watch=folder / "log.jsonl",
    )  # fmt: skip
    assert [life.status for life in lives] == [status, status], lives
    assert lives[0].err.startswith("stopped and saved") and lives[0].err.count("\n") == 1 and lives[1].err == ""
    saved = checkpoint.load(folder / "checkpoint.pt")["model"]["steps"]
    assert saved == read_json_lines(folder / "log.jsonl")[-1]["step"] > 0
    assert not [path for path in folder.rglob("*") if is_leftover(path)]


@pytest.mark.parametrize("victim", [0, 1])
def test_a_process_that_is_killed_ends_the_other_with_one_sentence(nursery, tmp_path, victim):
    folder = tmp_path / "run"
    lives = nursery.live_together(
        2, "train", "gan", "--out", folder, "--steps", FOREVER, *TINY,
        signum=signal.SIGKILL, victim=victim, watch=folder / "log.jsonl",
    )  # fmt: skip
    assert lives[victim].status == -signal.SIGKILL
    left = lives[1 - victim]
    assert left.status == 1 and left.err.count("\n") == 1, left
    assert left.err.startswith("ganlab: another process of this run has ended")
    _all_zero([nursery.live("train", "gan", "--out", folder, "--steps", 3, *TINY, "--resume")])


def test_a_learning_rate_that_breaks_everything_is_said_once(nursery, tmp_path):
    lives = nursery.live_together(2, "train", "dcgan", "--out", tmp_path / "run", "--steps", 60, *SMALL, "--lr", "1e30")
    assert [life.status for life in lives] == [1, 1], lives
    assert lives[0].err.startswith("ganlab: ") and lives[0].err.count("\n") == 1 and lives[1].err == ""


def test_doctor_says_how_many_processes_are_of_use(nursery):
    life = nursery.live("doctor")
    found = re.search(r"training in several processes: up to (\d+), one for each (GPU|processor)", life.out)
    assert found and int(found[1]) >= 1


def test_processes_that_do_not_find_each_other_are_told_so(nursery, tmp_path):
    astray = {"RANK": "0", "WORLD_SIZE": "2"}  # and no address
    life = nursery.live("train", "gan", "--out", tmp_path / "run", "--steps", 1, *TINY, env=astray)
    assert life.status == 2 and "do not find each other" in life.err and life.err.count("\n") == 1


# The launchers themselves.


def test_torchrun_starts_the_same_training(run, tmp_path):
    folder = tmp_path / "run"
    launch = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", "-m", "ganlab"]
    command = [*launch, "train", "dcgan", "--out", folder, "--steps", 6, *SMALL]
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    assert contents(folder) == contents(run)


def test_a_notebook_launcher_starts_the_same_training(run, tmp_path):
    pytest.importorskip("accelerate", reason='accelerate is not installed: pip install "ganlab[launch]"')
    folder, cell = tmp_path / "run", tmp_path / "cell.py"
    cell.write_text(
        "from accelerate import notebook_launcher\n"
        "def train(folder):\n"
        "    from ganlab.training import train_run\n"
        "    train_run('dcgan', 'digits', folder, steps=6, where='cpu', threads=1, asked={\n"
        "        'settings': {'width': 2, 'latent': 3}, 'training': {\n"
        "            'batch_size': 16, 'log_every': 1, 'checkpoint_every': 2, 'sample_every': 5}})\n"
        f"notebook_launcher(train, ({str(folder)!r},), num_processes=2)\n"
    )
    done = subprocess.run(
        [sys.executable, cell], capture_output=True, text=True, timeout=300, check=False,
        env=os.environ | {"ACCELERATE_USE_CPU": "true"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert contents(folder) == contents(run)


@pytest.mark.skipif(torch.cuda.device_count() < 2, reason="NCCL needs two GPUs, and this machine has fewer")
def test_two_gpus_train_the_run_of_one(nursery, tmp_path):
    gpus = [option if option != "cpu" else "cuda" for option in SMALL]
    launch = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node"]
    for count in ("1", "2"):
        command = [*launch, count, "-m", "ganlab", "train", "dcgan", "--out", str(tmp_path / count), "--steps", "6"]
        subprocess.run([*command, *gpus, "--precision", "float32"], check=True, timeout=600)
    states = [checkpoint.load(tmp_path / count / "checkpoint.pt") for count in ("1", "2")]
    for name, value in states[0]["model"]["networks"].items():
        torch.testing.assert_close(states[1]["model"]["networks"][name].float(), value.float(), rtol=1e-2, atol=1e-3)
