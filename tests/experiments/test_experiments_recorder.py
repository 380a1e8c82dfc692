"""The notebook of record: what goes in comes out, and what cannot be checked later is not let in."""

from __future__ import annotations

import subprocess
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import ganlab
from ganlab.errors import UserError
from ganlab.experiments import commit, describe_device, read, record, recorder

FINITE = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**60), 2**60), st.floats(allow_nan=False, allow_infinity=False), st.text()
)
VALUES = st.dictionaries(
    st.text(max_size=8),
    st.recursive(FINITE, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner)),
    max_size=4,
)


def _record(path: Path, name: str = "floor", values: dict[str, Any] | None = None, seed: int = 3) -> dict[str, Any]:
    return record(path, name, values or {"distance": 4.5}, seed=seed, config={"n": 100}, size="small", device="cpu")


def test_a_row_says_all_that_is_needed_to_check_it(tmp_path):
    row = _record(tmp_path / "results" / "rows.jsonl")
    assert read(tmp_path / "results" / "rows.jsonl") == [row]
    assert (row["name"], row["values"], row["seed"]) == ("floor", {"distance": 4.5}, 3)
    assert (row["config"], row["size"]) == ({"n": 100}, "small")
    assert row["versions"]["torch"] == torch.__version__ and row["versions"]["numpy"] == np.__version__
    assert row["versions"]["ganlab"] == ganlab.__version__ and row["versions"]["python"].count(".") == 2
    assert row["device"].startswith("cpu") and row["time"].endswith("+00:00")
    assert "commit" in row


@given(VALUES)
def test_values_come_back_as_they_went_in(tmp_path_factory, values):
    path = tmp_path_factory.mktemp("rows") / "rows.jsonl"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(recorder, "commit", lambda: None)  # git is slow and beside the point here
        _record(path, values={"all": values})
    assert read(path)[0]["values"] == {"all": values}


def test_rows_are_appended_and_found_by_name(tmp_path):
    path = tmp_path / "rows.jsonl"
    for seed, name in enumerate(["a", "b", "a"]):
        _record(path, name, seed=seed)
    assert [row["seed"] for row in read(path)] == [0, 1, 2]
    assert [row["seed"] for row in read(path, "a")] == [0, 2]
    assert read(path, "c") == []


def test_line_separators_of_unicode_do_not_break_a_row(tmp_path):
    _record(tmp_path / "rows.jsonl", values={"note": "a\u2028b\x85c\nd"})
    assert read(tmp_path / "rows.jsonl")[0]["values"]["note"] == "a\u2028b\x85c\nd"


def test_writers_side_by_side_keep_their_lines_whole(tmp_path):
    path, note = tmp_path / "rows.jsonl", "x" * 20_000
    writers = [threading.Thread(target=_record, args=(path, "t", {"note": note}, k)) for k in range(8)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert sorted(row["seed"] for row in read(path)) == list(range(8))


def test_tensors_and_arrays_become_plain_numbers(tmp_path):
    values = {"t": torch.tensor([1.5, 2.0]), "a": np.arange(3), "f": np.float32(0.5), "i": torch.tensor(7)}
    assert _record(tmp_path / "rows.jsonl", values=values)["values"] == {
        "t": [1.5, 2.0], "a": [0, 1, 2], "f": 0.5, "i": 7,
    }  # fmt: skip


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), torch.tensor([1.0, float("nan")]), [[float("-inf")]]])
def test_a_number_that_is_none_is_refused_and_nothing_is_written(tmp_path, bad):
    with pytest.raises(UserError, match=r"values\.loss.*finite"):
        _record(tmp_path / "rows.jsonl", values={"loss": bad})
    assert not (tmp_path / "rows.jsonl").exists()


def test_what_json_cannot_hold_is_refused_with_its_place(tmp_path):
    with pytest.raises(UserError, match=r"config\.where is a PosixPath|config\.where is a WindowsPath"):
        record(tmp_path / "r", "n", {"a": 1}, seed=0, config={"where": Path("x")}, size="small", device="cpu")


@pytest.mark.parametrize("broken", ['{"name": "flo', "[1, 2]", '{"name": "floor"}', ""])
def test_a_broken_line_is_named_by_its_number(tmp_path, broken):
    path = tmp_path / "rows.jsonl"
    _record(path)
    with path.open("a") as file:
        file.write(broken + "\n")
    _record(path)
    with pytest.raises(UserError, match="line 2"):
        read(path)


def test_a_missing_record_is_a_sentence(tmp_path):
    with pytest.raises(UserError, match="no record"):
        read(tmp_path / "none.jsonl")


def test_a_cpu_is_described_with_its_threads():
    threads = torch.get_num_threads()
    assert describe_device("cpu") == f"cpu, {threads} thread{'s' if threads > 1 else ''}"
    assert describe_device(torch.device("meta")) == "meta"


def _git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
    done = subprocess.run(["git", *identity, *arguments], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_the_commit_is_head_and_dirty_when_the_tree_has_changes(tmp_path):
    _git(tmp_path, "init", "--quiet")
    (tmp_path / "code.py").write_text("x = 1\n")
    _git(tmp_path, "add", "code.py")
    assert commit(tmp_path) is None  # no commit yet
    _git(tmp_path, "commit", "--quiet", "-m", "first")
    head = _git(tmp_path, "rev-parse", "--short", "HEAD")
    assert commit(tmp_path) == head
    (tmp_path / "code.py").write_text("x = 2\n")
    assert commit(tmp_path) == f"{head}-dirty"


def test_outside_a_repository_or_in_a_strangers_there_is_no_commit(tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert commit(tmp_path) is None
    _git(tmp_path, "init", "--quiet")
    (tmp_path / "code.py").write_text("x = 1\n")
    _git(tmp_path, "add", "code.py")
    _git(tmp_path, "commit", "--quiet", "-m", "theirs")
    installed = tmp_path / "site-packages"
    installed.mkdir()
    (installed / "module.py").write_text("")
    assert commit(installed) is None


def test_without_git_there_is_no_commit(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert commit() is None
