"""The data root, and how files get there: over https, checked by SHA-256, moved into place whole.

Layout: <root>/<data set>/<file>, with the names under which the files are published. Lesson: 14 The MLP GAN on MNIST.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import urlsplit

from ganlab.data.registry import MIRRORS, DataFile, info
from ganlab.errors import UserError

# Where the program started: a relative GANLAB_DATA means this folder for good, whatever os.chdir does later.
_START = Path.cwd()

_WAIT = (10, 60)  # seconds: for a mirror to answer, and between two pieces of a file


def root() -> Path:
    """The data root as an absolute path: GANLAB_DATA, or the system's cache folder for ganlab. Nothing is created.

    A relative GANLAB_DATA is relative to the folder in which the program started.
    """
    chosen = os.environ.get("GANLAB_DATA")
    if chosen:
        return (_START / Path(chosen).expanduser()).resolve()
    import pooch

    return Path(pooch.os_cache("ganlab")).resolve()


def status(name: str) -> str:
    """ "embedded", "ready" (every file is there, with its published length; hashes wait for ``fetch``), or "missing".

    Raises UserError for an unknown name.
    """
    entry = info(name)
    if entry.made_of:
        return status(entry.made_of)
    if entry.embedded:
        return "embedded"
    folder = root() / name
    return "ready" if all(_length(folder / file.name) == file.bytes for file in entry.files) else "missing"


def fetch(name: str) -> Path:
    """Make every file of a data set present and verified; return their folder (the root for an embedded one).

    Raises UserError for an unknown name, when no mirror gives the published file, or when a read-only root lacks it.
    """
    entry = info(name)
    if entry.made_of:
        return fetch(entry.made_of)
    return ensure(name, entry.files) if entry.files else root()


def ensure(name: str, files: Iterable[DataFile]) -> Path:
    """Make these files of a data set present and verified; return their folder. Writes only what is not right yet."""
    folder = root() / name
    for file in files:
        path = folder / file.name
        present = _length(path) is not None
        if present and _sha256(path) == file.sha256:
            continue
        if _read_only(folder):
            found = f"{path} is not the published file (its SHA-256 differs)" if present else f"{path} is not there"
            raise UserError(
                f"{found} and {root()} is read-only: put the right file there, or set GANLAB_DATA to a folder that"
                " can be written"
            )
        _download(name, file, folder)
    return folder


def _download(name: str, file: DataFile, folder: Path) -> None:
    """Try each mirror in turn. pooch writes beside the target and moves the file into place only if the hash fits."""
    import pooch

    pooch.get_logger().setLevel("WARNING")  # the progress bar says it already
    import requests

    failures = []
    for mirror in MIRRORS[name]:
        # "identity": a server that unpacked the .gz on the way would deliver other bytes than the published ones.
        downloader = pooch.HTTPDownloader(
            progressbar=True, chunk_size=1 << 16, timeout=_WAIT, headers={"Accept-Encoding": "identity"}
        )
        try:
            got = pooch.retrieve(mirror + file.name, f"sha256:{file.sha256}", file.name, folder, downloader=downloader)
        except (requests.RequestException, ValueError) as error:
            failures.append(f"{urlsplit(mirror).netloc}: {_reason(error)}")
            continue
        except OSError as error:
            raise UserError(
                f"{folder / file.name} could not be written ({error.strerror or error}): free some space there, or set"
                " GANLAB_DATA to another folder"
            ) from error
        # The temporary file was private to its user; a cache may be shared.
        Path(got).chmod(0o644)
        return
    raise UserError(
        f"{name} is not in {root()} and could not be downloaded ({'; '.join(failures)}): go online and try again, put"
        f" {file.name} into {folder} by hand, set GANLAB_DATA to a folder that has {name}/{file.name}, or use the data"
        " set 'digits', which needs no download"
    )


def _reason(error: Exception) -> str:
    import requests

    match error:
        case requests.HTTPError() if error.response is not None:
            return f"HTTP status {error.response.status_code}"
        case requests.Timeout():
            return "no answer in time"
        case requests.ConnectionError() | requests.exceptions.ChunkedEncodingError():
            return "no connection, or one that broke"
        case requests.RequestException():
            return type(error).__name__
        case _:
            return "not the published file, its SHA-256 differs"


def _length(path: Path) -> int | None:
    """The length of a regular file in bytes, None where there is none or none that can be seen."""
    try:
        facts = path.stat()
    except OSError:
        return None
    return facts.st_size if stat.S_ISREG(facts.st_mode) else None


def _sha256(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise UserError(f"{path} cannot be read ({error.strerror}): give yourself the right to read it") from error


def _read_only(folder: Path) -> bool:
    """Whether a folder, or the nearest one above it that exists, may not be written.

    One without any write bit counts as read-only even for the superuser, whom the system would let through.
    """
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return not os.access(folder, os.W_OK) or not folder.stat().st_mode & 0o222
