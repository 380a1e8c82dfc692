from __future__ import annotations

import gzip
import hashlib
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from ganlab import data
from ganlab.data import DataFile, ImageData, registry
from ganlab.errors import UserError


def packed(array: np.ndarray) -> bytes:
    sizes = b"".join(n.to_bytes(4, "big") for n in array.shape)
    return gzip.compress(bytes([0, 0, 8, array.ndim]) + sizes + array.tobytes(), mtime=0)


rng = np.random.default_rng(0)
# A set of the same four names, small enough to serve: 6 and 4 noisy images of 5x5.
CONTENT = {
    "train-images-idx3-ubyte.gz": packed(rng.integers(0, 256, (6, 5, 5), np.uint8)),
    "train-labels-idx1-ubyte.gz": packed(np.arange(6, dtype=np.uint8)),
    "t10k-images-idx3-ubyte.gz": packed(rng.integers(0, 256, (4, 5, 5), np.uint8)),
    "t10k-labels-idx1-ubyte.gz": packed(np.arange(4, dtype=np.uint8)),
}
FILES = tuple(DataFile(name, len(body), hashlib.sha256(body).hexdigest()) for name, body in CONTENT.items())


class Mirror(BaseHTTPRequestHandler):
    """The first part of the path says how this mirror behaves."""

    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        manner, name = self.path.strip("/").split("/")
        body = CONTENT[name]
        length = len(body)
        if manner == "missing":
            self.send_error(404)
            return
        if manner == "altered":
            body = body[:-1] + bytes([body[-1] ^ 1])
        elif manner == "shortened":
            body = body[:-10]
            length = len(body)
        elif manner == "broken":
            body = body[:-10]
        elif manner == "page":
            body = b"<html>please log in</html>"
            length = len(body)
        self.send_response(200)
        # A server that marks .gz files as an encoding makes the client unpack them, unless it asks for the plain bytes.
        if manner == "unpacking" and self.headers.get("Accept-Encoding") != "identity":
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(length))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def mirrors(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., list[str]]]:
    """mirrors("altered", "good") makes those two, in this order, the mirrors of a small "mnist"; returns the log."""
    asked: list[str] = []
    handler = type("Handler", (Mirror,), {"asked": asked})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setitem(registry._TABLE, "mnist", replace(registry.info("mnist"), files=FILES))

    def choose(*manners: str) -> list[str]:
        bases = tuple(
            f"http://127.0.0.1:{closed_port()}/" if m == "closed" else f"http://127.0.0.1:{server.server_port}/{m}/"
            for m in manners
        )
        monkeypatch.setitem(registry.MIRRORS, "mnist", bases)
        return asked

    choose("good")
    yield choose
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty data root that does not exist yet."""
    monkeypatch.setenv("GANLAB_DATA", str(tmp_path / "root"))
    return tmp_path / "root"


@pytest.fixture
def lock() -> Iterator[Callable[[Path], None]]:
    """Take every write bit from a folder and what is in it, and give it back afterwards so that it can be removed."""
    locked: list[Path] = []

    def take(folder: Path) -> None:
        for path in (*folder.rglob("*"), folder):
            path.chmod(path.stat().st_mode & ~0o222)
            locked.append(path)

    yield take
    for path in reversed(locked):
        path.chmod(path.stat().st_mode | 0o200)


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def fill(root: Path, **changes: bytes | None) -> None:
    """Put the four files there; train_images=... and so on replaces one of them, None leaves it out."""
    (root / "mnist").mkdir(parents=True)
    for name, body in CONTENT.items():
        chosen = changes.get("_".join(name.split("-")[:2]), body)
        if chosen is not None:
            (root / "mnist" / name).write_bytes(chosen)


def tree(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


WHOLE = {f"mnist/{name}": body for name, body in CONTENT.items()}
ALTERED = CONTENT["train-images-idx3-ubyte.gz"][:-1] + b"\x7f"


def one_sentence(error: pytest.ExceptionInfo[UserError]) -> str:
    message = str(error.value)
    assert "\n" not in message and ". " not in message
    return message


def test_fetch_fills_the_root_in_the_published_layout(home: Path, mirrors: Callable[..., list[str]]) -> None:
    assert data.status("mnist") == "missing"
    assert data.fetch("mnist") == home / "mnist"
    assert tree(home) == WHOLE
    assert data.status("mnist") == "ready"
    loaded = data.load("mnist")
    assert isinstance(loaded, ImageData) and loaded.labels is not None
    assert (loaded.shape, loaded.labels.tolist()) == ((1, 5, 5), list(range(6)))
    assert len(data.load("mnist", "test")) == 4


def test_files_that_are_there_are_neither_asked_for_nor_touched(home: Path, mirrors: Callable[..., list[str]]) -> None:
    asked = mirrors("good")
    fill(home)
    before = {path: path.stat().st_mtime_ns for path in (home, *home.rglob("*"))}
    data.fetch("mnist")
    data.load("mnist")
    assert asked == []
    assert {path: path.stat().st_mtime_ns for path in (home, *home.rglob("*"))} == before


@pytest.mark.parametrize("bad", ["altered", "shortened", "broken", "missing", "page", "closed"])
def test_a_bad_mirror_is_passed_over(home: Path, mirrors: Callable[..., list[str]], bad: str) -> None:
    mirrors(bad, "good")
    data.fetch("mnist")
    assert tree(home) == WHOLE


@pytest.mark.parametrize("bad", ["altered", "shortened", "broken", "missing", "page", "closed"])
def test_nothing_bad_is_ever_kept(home: Path, mirrors: Callable[..., list[str]], bad: str) -> None:
    mirrors(bad, bad)
    with pytest.raises(UserError) as error:
        data.load("mnist")
    message = one_sentence(error)
    reason = {"missing": "HTTP status 404", "closed": "no connection", "broken": "connection"}.get(bad, "SHA-256")
    assert message.count(reason) == 2
    # What to do: go online, bring the file, point elsewhere, or take the digits knowingly.
    for words in ("train-images-idx3-ubyte.gz", str(home), "GANLAB_DATA", "go online", "'digits'"):
        assert words in message
    assert not home.exists() or tree(home) == {}


def test_packed_files_are_taken_as_they_are_published(home: Path, mirrors: Callable[..., list[str]]) -> None:
    mirrors("unpacking")
    data.fetch("mnist")
    assert tree(home) == WHOLE


@pytest.mark.parametrize("bad", [ALTERED, b"", b"junk"])
def test_an_altered_file_is_replaced_and_only_that_one(
    home: Path, mirrors: Callable[..., list[str]], bad: bytes
) -> None:
    asked = mirrors("good")
    fill(home, train_images=bad)
    assert len(data.load("mnist")) == 6
    assert asked == ["/good/train-images-idx3-ubyte.gz"]
    assert tree(home) == WHOLE


def test_an_altered_file_stays_where_no_better_one_can_be_had(home: Path, mirrors: Callable[..., list[str]]) -> None:
    mirrors("closed")
    fill(home, train_images=ALTERED)
    with pytest.raises(UserError, match="could not be downloaded"):
        data.load("mnist")
    assert tree(home) == WHOLE | {"mnist/train-images-idx3-ubyte.gz": ALTERED}


def test_a_split_needs_its_own_files_only(home: Path, mirrors: Callable[..., list[str]]) -> None:
    asked = mirrors("good")
    fill(home, t10k_images=None, t10k_labels=None)
    data.load("mnist", "train")
    assert asked == []
    assert data.status("mnist") == "missing"


def test_a_read_only_root_with_everything_is_enough(
    home: Path, mirrors: Callable[..., list[str]], lock: Callable[[Path], None]
) -> None:
    asked = mirrors("good")
    fill(home)
    lock(home)
    assert data.fetch("mnist") == home / "mnist"
    assert len(data.load("mnist")) == 6
    assert asked == []


@pytest.mark.parametrize(
    ("body", "words"), [(None, "is not there"), (ALTERED, "is not the published file")], ids=["missing", "altered"]
)
@pytest.mark.parametrize("folder_too", [True, False])
def test_a_read_only_root_that_lacks_something_is_named_and_left_alone(
    home: Path,
    mirrors: Callable[..., list[str]],
    lock: Callable[[Path], None],
    body: bytes | None,
    words: str,
    folder_too: bool,
) -> None:
    asked = mirrors("good")
    if folder_too or body:
        fill(home, train_images=body)
    else:
        home.mkdir()
    lock(home)
    before = tree(home)
    with pytest.raises(UserError) as error:
        data.load("mnist")
    message = one_sentence(error)
    assert words in message and "read-only" in message and "GANLAB_DATA" in message and str(home) in message
    assert asked == []
    assert tree(home) == before


def test_a_root_that_is_a_file_is_named(home: Path, mirrors: Callable[..., list[str]]) -> None:
    home.write_text("not a folder")
    with pytest.raises(UserError) as error:
        data.fetch("mnist")
    assert str(home) in one_sentence(error)


def test_an_embedded_set_is_never_downloaded(home: Path) -> None:
    data.fetch("digits")
    data.load("digits")
    data.load("moons")
    assert not home.exists()


def test_the_root_is_the_cache_unless_told_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    import pooch

    for unset in (lambda: monkeypatch.delenv("GANLAB_DATA", False), lambda: monkeypatch.setenv("GANLAB_DATA", "")):
        unset()
        assert data.root() == Path(pooch.os_cache("ganlab")).resolve()


def test_a_relative_root_does_not_move_with_the_working_folder(tmp_path: Path) -> None:
    (tmp_path / "start").mkdir()
    script = (
        "import os, ganlab.data as data; first = data.root(); os.chdir('/'); assert data.root() == first; print(first)"
    )
    told = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path / "start",
        env={**os.environ, "GANLAB_DATA": "../elsewhere"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert Path(told.stdout.strip()) == (tmp_path / "elsewhere").resolve()


def test_the_table_is_fit_to_download_from() -> None:
    for name in data.names():
        for file in data.info(name).files:
            assert len(file.sha256) == 64 and file.bytes > 0 and Path(file.name).name == file.name
        if data.info(name).files:
            assert len(registry.MIRRORS[name]) >= 2
            assert all(mirror.startswith("https://") and mirror.endswith("/") for mirror in registry.MIRRORS[name])
