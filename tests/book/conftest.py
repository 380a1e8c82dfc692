"""The tools beside the book (book/*.py) and its Sphinx extension are importable in these tests; so is a browser."""

from __future__ import annotations

import functools
import http.server
import json
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "book"), str(ROOT / "book" / "_ext")]


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


class Silent(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="session")
def serve() -> Iterator[Callable[[Path], str]]:
    """Serves a folder on this machine and returns its address, until the tests are over."""
    servers: list[http.server.ThreadingHTTPServer] = []

    def start(folder: Path) -> str:
        servers.append(http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Silent, directory=folder)))
        threading.Thread(target=servers[-1].serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{servers[-1].server_port}"

    yield start
    for server in servers:
        server.shutdown()


@pytest.fixture(scope="session")
def chromium() -> Callable[..., Any]:
    """Runs a script of this folder in node, hands it a browser, and returns what it prints as JSON."""
    import vendor

    browser = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    node = shutil.which("node") or shutil.which("node", path=str(Path(sys.executable).parent))
    if browser is None or node is None:
        pytest.skip(
            f"no {'chromium' if browser is None else 'node'} on this machine: the pages are not opened in a browser"
        )
    if not (vendor.SOURCE / "node_modules" / "playwright-core").exists():
        try:
            vendor.npm_ci()
        except vendor.NoNpm as reason:
            pytest.skip(f"playwright-core cannot be fetched ({reason}): the pages are not opened in a browser")

    def run(script: str, *arguments: object) -> Any:
        command = [
            node,
            Path(__file__).with_name(script),
            *map(str, arguments),
            vendor.SOURCE / "node_modules",
            browser,
        ]
        done = subprocess.run(command, capture_output=True, text=True, timeout=540)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return run
