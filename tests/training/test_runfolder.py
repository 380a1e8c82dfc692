"""A run folder from outside: what it refuses, what it reads, and the log that is cut back."""

from __future__ import annotations

import json
import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nursery import undo_process_settings

from ganlab.errors import UserError
from ganlab.training import RunFolder
from ganlab.training.log import RunLog
from ganlab.training.runfolder import differences


@pytest.fixture(autouse=True, scope="module")
def _process_as_it_was() -> Iterator[None]:
    yield
    undo_process_settings()


CONFIG = {"model": "gan", "data": "digits", "shape": [1, 8, 8], "settings": {"latent": 3}}


def test_a_new_folder_is_made_with_its_configuration(tmp_path: Path):
    run = RunFolder(tmp_path / "deep" / "run")
    run.start(CONFIG)
    assert run.read_config() == CONFIG
    assert run.samples.is_dir()


def test_an_empty_folder_and_one_with_unfinished_files_of_a_kill_can_be_started(tmp_path: Path):
    (tmp_path / ".config.json.123.tmp").write_bytes(b"{")
    run = RunFolder(tmp_path)
    run.start(CONFIG)
    assert run.read_config() == CONFIG
    assert sorted(path.name for path in tmp_path.iterdir()) == ["config.json", "samples"]


@pytest.mark.parametrize(
    ("content", "says", "offers"),
    [
        ("config.json", "another run", "--resume"),
        ("holiday.txt", "other files", "choose another --out"),
        (".hidden", "other files", "choose another --out"),
        ("samples/step-00000001.png", "other files", "choose another --out"),
    ],
)
def test_a_folder_that_holds_anything_is_refused_and_stays_as_it_was(tmp_path: Path, content, says, offers):
    (tmp_path / content).parent.mkdir(exist_ok=True)
    (tmp_path / content).write_text("mine")
    with pytest.raises(UserError, match=f"{says}.*{offers}") as caught:
        RunFolder(tmp_path).start(CONFIG)
    # Offering to resume what is no run would send the user in a circle.
    assert ("--resume" in str(caught.value)) == (says == "another run")
    assert (tmp_path / content).read_text() == "mine"
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 1


def test_a_file_in_place_of_the_folder_is_refused(tmp_path: Path):
    (tmp_path / "run").write_text("mine")
    with pytest.raises(UserError, match="is a file"):
        RunFolder(tmp_path / "run").start(CONFIG)
    with pytest.raises(UserError, match="not a run folder"):
        RunFolder(tmp_path / "run").read_config()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "not readable JSON"),
        ("{", "not readable JSON"),
        ('{"model": "gan", "data": "digits"', "not readable JSON"),
        ("\udcff", "not readable JSON"),
        ("[" * 100_000, "not readable JSON"),
        ("[]", "lacks"),
        ("null", "lacks"),
        ('["model", "data", "shape"]', "lacks"),
        ("{}", "lacks"),
        ('{"model": "gan", "data": "digits"}', "lacks"),
        *(
            (json.dumps(CONFIG | {name: value}), f"{name} in .* cannot be")
            for name, value in (
                ("model", ["gan"]), ("model", None), ("data", 5), ("shape", "1x8x8"), ("shape", None),
                ("objective", {}), ("penalty", ["gp"]), ("penalty_weight", "heavy"), ("settings", []),
                ("training", "fast"), ("machine", [1]), ("size", "32"), ("items", 1.5),
            )
        ),
    ],
    ids=lambda value: value[:40] if isinstance(value, str) else None,
)  # fmt: skip
def test_a_broken_configuration_is_one_sentence_that_names_the_file(tmp_path: Path, text: str, says: str):
    (tmp_path / "config.json").write_text(text, errors="surrogateescape")
    with pytest.raises(UserError, match=says) as caught:
        RunFolder(tmp_path).read_config()
    assert str(tmp_path / "config.json") in str(caught.value)


def test_a_folder_without_a_configuration_is_no_run(tmp_path: Path):
    for folder in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(UserError, match="not a run folder"):
            RunFolder(folder).read_config()


# What differs.

plain = st.one_of(
    st.none(), st.booleans(), st.integers(-9, 9), st.integers(-9, 9).map(lambda n: n / 8), st.text(max_size=3)
)
nested = st.dictionaries(st.text(max_size=3), plain | st.lists(plain, max_size=3), max_size=4)
configs = st.dictionaries(st.text(max_size=3), plain | st.lists(plain, max_size=3) | nested, max_size=4)


@given(configs)
def test_nothing_differs_from_itself_after_a_round_trip_through_the_file(config: dict[str, Any]):
    assert differences(json.loads(json.dumps(config)), config) == []
    assert differences(config, {}) == []


@given(configs, st.data())
def test_every_other_value_is_named(config: dict[str, Any], draw: st.DataObject):
    leaves = [(k, None) for k, v in config.items() if not isinstance(v, dict)]
    leaves += [(k, inner) for k, v in config.items() if isinstance(v, dict) for inner in v]
    if not leaves:
        return
    outer, inner = draw.draw(st.sampled_from(leaves))
    asked = {outer: "quite another"} if inner is None else {outer: {inner: "quite another"}}
    (line,) = differences(config, asked)
    assert line.endswith(f"is {config[outer] if inner is None else config[outer][inner]} there and quite another now")


def test_tuples_equal_the_lists_they_became():
    assert differences({"g_widths": [8, 4]}, {"g_widths": (8, 4)}) == []


# The log.


def test_rows_are_appended_and_cut_back_to_a_step(tmp_path: Path):
    log = RunLog(tmp_path / "log.jsonl")
    for step in range(1, 6):
        log.write({"step": step, "loss_D": 1 / step})
    whole = (tmp_path / "log.jsonl").read_text()
    log.cut(5)
    assert (tmp_path / "log.jsonl").read_text() == whole
    log.cut(3)
    assert (tmp_path / "log.jsonl").read_text() == "".join(whole.splitlines(keepends=True)[:3])
    log.write({"step": 4, "loss_D": 0.25})
    assert (tmp_path / "log.jsonl").read_text() == "".join(whole.splitlines(keepends=True)[:4])
    log.cut(0)
    assert (tmp_path / "log.jsonl").read_text() == ""


def test_a_log_that_is_not_there_needs_no_cut(tmp_path: Path):
    RunLog(tmp_path / "log.jsonl").cut(3)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("tail", ["{", '{"step": 3, "loss_D": 0.1}', '{"step": 2', "\x00\x00"])
def test_an_unfinished_last_line_is_dropped(tmp_path: Path, tail: str):
    (tmp_path / "log.jsonl").write_text('{"step": 1}\n{"step": 2}\n' + tail)
    RunLog(tmp_path / "log.jsonl").cut(9)
    assert (tmp_path / "log.jsonl").read_text() == '{"step": 1}\n{"step": 2}\n'


def test_a_broken_line_inside_the_log_is_named_and_nothing_is_cut(tmp_path: Path):
    (tmp_path / "log.jsonl").write_text('{"step": 1}\n{"st\n{"step": 3}\n')
    with pytest.raises(UserError, match=r"line 2 of .*log\.jsonl"):
        RunLog(tmp_path / "log.jsonl").cut(1)
    assert (tmp_path / "log.jsonl").read_text() == '{"step": 1}\n{"st\n{"step": 3}\n'


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_log_on_a_full_disk_is_one_sentence():
    with pytest.raises(UserError, match="cannot write /dev/full: No space left on device"):
        RunLog(Path("/dev/full")).write({"step": 1})


# TensorBoard, with a writer of our own in its place: the package is optional.


class Board:
    made: tuple[Board, ...] = ()

    def __init__(self, folder: str, purge_step: int | None = None) -> None:
        Path(folder).mkdir(parents=True)
        self.purge_step, self.scalars = purge_step, []
        Board.made += (self,)

    def add_scalar(self, name: str, value: float, step: int) -> None:
        self.scalars.append((name, value, step))


@pytest.fixture
def board(monkeypatch) -> type[Board]:
    module = types.ModuleType("torch.utils.tensorboard")
    module.SummaryWriter = Board  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", module)
    monkeypatch.setattr(Board, "made", ())
    return Board


def test_a_board_mirrors_the_numbers_and_is_not_opened_before_the_first_row(tmp_path: Path, board):
    log = RunLog(tmp_path / "log.jsonl", tmp_path / "tensorboard")
    assert not list(tmp_path.iterdir()), "a new run wants its folder empty"
    log.write({"step": 7, "loss_D": 0.5, "note": "text"})
    log.write({"step": 8, "loss_D": 0.25})
    (made,) = board.made
    assert made.scalars == [("loss_D", 0.5, 7), ("loss_D", 0.25, 8)]
    assert made.purge_step == 7, "a resumed run must hide the rows that it writes again"


def test_a_run_with_a_board_can_be_started_in_a_new_folder(tmp_path: Path, board):
    from ganlab.training import train_run

    tiny = {"settings": {"latent": 2, "g_widths": (2,), "d_widths": (2,)}, "training": {"batch_size": 4}}
    train_run("gan", "digits", tmp_path / "run", steps=1, asked=tiny, threads=1, tensorboard=True, progress=False)
    assert board.made and (tmp_path / "run" / "tensorboard").is_dir()


def test_a_missing_tensorboard_says_how_to_install_it(tmp_path: Path, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    with pytest.raises(UserError, match=r'pip install "ganlab\[tensorboard\]"'):
        RunLog(tmp_path / "log.jsonl", tmp_path / "tensorboard")
