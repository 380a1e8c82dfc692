"""A file is there whole or not at all, wherever writing fails."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ganlab.errors import UserError
from ganlab.files import is_leftover, read_json_lines, remove_leftovers, write_atomically


@given(content=st.binary(max_size=200))
def test_what_is_written_is_read(tmp_path_factory, content: bytes):
    folder = tmp_path_factory.getbasetemp() / "files"
    write_atomically(folder / "deep" / "f.bin", content)
    assert (folder / "deep" / "f.bin").read_bytes() == content
    assert [path.name for path in (folder / "deep").iterdir()] == ["f.bin"]


def fail(number: int) -> Callable[..., Any]:
    def failing(*args: Any, **kwargs: Any) -> Any:
        raise OSError(number, os.strerror(number))

    return failing


def failing_file(number: int) -> Callable[..., Any]:
    """Path.open, but the file takes one byte and then fails."""
    opening = Path.open

    def opened(path: Path, mode: str = "r", *args: Any, **kwargs: Any) -> Any:
        file = opening(path, mode, *args, **kwargs)
        if "w" in mode:
            write = file.write

            def write_one(content: bytes) -> int:
                write(content[:1])
                file.flush()
                raise OSError(number, os.strerror(number))

            file.write = write_one
        return file

    return opened


STAGES: dict[str, tuple[Any, str, Callable[[int], Callable[..., Any]]]] = {
    "opening": (Path, "open", fail),
    "writing": (Path, "open", failing_file),
    "flushing to the disk": (os, "fsync", fail),
    "renaming": (os, "replace", fail),
}


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EACCES, errno.EIO, errno.EDQUOT])
@pytest.mark.parametrize("stage", STAGES)
def test_wherever_writing_fails_the_old_file_stays_and_nothing_is_left_behind(tmp_path, monkeypatch, stage, number):
    target = tmp_path / "f.bin"
    write_atomically(target, b"old")
    owner, name, failure = STAGES[stage]
    with monkeypatch.context() as patch:
        patch.setattr(owner, name, failure(number))
        with pytest.raises(UserError) as caught:
            write_atomically(target, b"new content")
    message = str(caught.value)
    assert message.startswith(f"cannot write {target}: {os.strerror(number)}") and "\n" not in message
    assert isinstance(caught.value.__cause__, OSError)
    assert target.read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["f.bin"]
    write_atomically(target, b"new content")
    assert target.read_bytes() == b"new content"


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "mkdir", fail(errno.EROFS))
    with pytest.raises(UserError, match=r"cannot write .*new/f\.bin: Read-only file system"):
        write_atomically(tmp_path / "new" / "f.bin", b"content")


@pytest.mark.parametrize("death", [KeyboardInterrupt, SystemExit, MemoryError])
def test_an_interruption_leaves_the_old_file_and_passes_through(tmp_path, monkeypatch, death):
    write_atomically(tmp_path / "f.bin", b"old")

    def interrupted(descriptor: int) -> None:
        raise death

    monkeypatch.setattr(os, "fsync", interrupted)
    with pytest.raises(death):
        write_atomically(tmp_path / "f.bin", b"new")
    assert (tmp_path / "f.bin").read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["f.bin"]


def test_the_content_is_on_the_disk_before_the_name_is_given(tmp_path, monkeypatch):
    """After a power cut the name must not point at a file whose bytes never arrived."""
    order: list[str] = []
    fsync, replace = os.fsync, os.replace
    monkeypatch.setattr(os, "fsync", lambda d: (order.append(f"{os.fstat(d).st_size} bytes"), fsync(d)))
    monkeypatch.setattr(os, "replace", lambda a, b: (order.append("renamed"), replace(a, b)))
    write_atomically(tmp_path / "f.bin", b"12345")
    assert order == ["5 bytes", "renamed"]


@pytest.mark.parametrize("place", ["/proc/ganlab/f", "/dev/null/f"])
def test_a_place_that_cannot_be_written_is_one_sentence(place: str):
    with pytest.raises(UserError, match=f"cannot write {place}: .*choose another place"):
        write_atomically(Path(place), b"content")


def test_a_file_where_a_folder_should_be_and_the_other_way_round(tmp_path):
    (tmp_path / "file").write_bytes(b"old")
    (tmp_path / "folder").mkdir()
    for target in (tmp_path / "file" / "f.bin", tmp_path / "folder"):
        with pytest.raises(UserError, match="cannot write"):
            write_atomically(target, b"new")
    assert (tmp_path / "file").read_bytes() == b"old"
    assert not list((tmp_path / "folder").iterdir())


def test_leftovers_are_told_from_files_and_removed(tmp_path):
    kept = ("checkpoint.pt", ".hidden", "notes.tmp", ".notes.tmp", ".a.1x.tmp", "a.12.tmp")
    for name in (*kept, ".checkpoint.pt.12.tmp", "deep/.step-00000001.png.345.tmp"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert {path.name for path in tmp_path.rglob("*") if is_leftover(path)} == {
        ".checkpoint.pt.12.tmp", ".step-00000001.png.345.tmp",
    }  # fmt: skip
    remove_leftovers(tmp_path)
    assert {path.name for path in tmp_path.rglob("*") if path.is_file()} == set(kept)


def test_what_a_killed_write_leaves_is_a_leftover(tmp_path, monkeypatch):
    monkeypatch.setattr(Path, "unlink", lambda path, missing_ok=False: None)  # the kill comes before the tidying
    monkeypatch.setattr(os, "fsync", fail(errno.EIO))
    with pytest.raises(UserError):
        write_atomically(tmp_path / "f.bin", b"content")
    (left,) = tmp_path.iterdir()
    assert is_leftover(left)


# JSON lines.

values = st.none() | st.booleans() | st.integers() | st.integers().map(lambda n: n / 8) | st.text()
rows = st.lists(st.dictionaries(st.text(), values, max_size=3), max_size=4)


def written(tmp_path_factory, content: bytes) -> Path:
    path = tmp_path_factory.getbasetemp() / "rows.jsonl"
    path.write_bytes(content)
    return path


@given(rows=rows, tail=st.binary(max_size=20).filter(lambda tail: b"\n" not in tail))
def test_finished_rows_are_read_and_an_unfinished_last_one_is_not(tmp_path_factory, rows, tail: bytes):
    content = "".join(json.dumps(row) + "\n" for row in rows).encode() + tail
    assert read_json_lines(written(tmp_path_factory, content)) == rows


@pytest.mark.parametrize("line", [b"", b"{", b"[1]", b"5", b"null", b'"text"', b"\xff\xfe", b"\0\0", b"[" * 100_000])
def test_a_line_that_is_no_object_is_named(tmp_path, line: bytes):
    (tmp_path / "f.jsonl").write_bytes(b'{"a": 1}\n' + line + b'\n{"a": 2}\n')
    with pytest.raises(UserError, match=r"line 2 of .* is not a JSON object"):
        read_json_lines(tmp_path / "f.jsonl")
