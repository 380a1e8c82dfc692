"""Build the book: `python book/build.py`, from anywhere. Exit status 1 on any warning or broken link.

First the browser libraries (book/vendor.py), then Jupyter Book with warnings as errors. Run again, it
does only what changed. `--offline` does not ask npm; pages then use a public CDN unless the
libraries are already there.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import time
from pathlib import Path

import vendor

ROOT = Path(__file__).resolve().parents[1]
OUT = ROOT / "_build"
PAGE = OUT / "html" / "index.html"
STAMP = OUT / "built-without-warnings"


def build(offline: bool = False) -> int:
    """Build what is out of date; 0 if there was no warning."""
    began = time.monotonic()
    try:
        vendor.refresh(offline)
    except vendor.NoNpm as reason:
        source = "an earlier build" if vendor.complete() else "a public CDN"
        print(f"book: npm cannot be reached ({reason}): MathJax, Mermaid and the widgets come from {source}")
    options = [] if PAGE.exists() and STAMP.exists() and not stale() else ["--all"]
    STAMP.unlink(missing_ok=True)
    jupyter_book = [sys.executable, "-c", "from jupyter_book.cli.main import main; main()"]
    command = [*jupyter_book, "build", str(ROOT), "-W", "--keep-going", "--quiet", *options]
    status = subprocess.run(command, cwd=ROOT, check=False, stdout=subprocess.DEVNULL).returncode
    if status:
        print("book: not built: every line above that says WARNING or ERROR has to go")
        return 1
    STAMP.touch()
    print(f"book: built in {time.monotonic() - began:.0f} s")
    print(
        f"book: open {PAGE.relative_to(ROOT)}, or: python -m http.server --directory _build/html, then http://localhost:8000"
    )
    return 0


def stale() -> bool:
    """Whether something changed that Sphinx does not track page by page: styles, scripts, extensions, settings."""
    built = STAMP.stat().st_mtime
    watched = [*(ROOT / "book" / "_static").rglob("*"), *(ROOT / "book" / "_ext").rglob("*.py")]
    watched += [ROOT / "_config.yml", ROOT / "_toc.yml", ROOT / "book" / "references.bib"]
    return any(path.stat().st_mtime > built for path in watched if path.is_file())


def main() -> int:
    """Read the command line and build."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--offline", action="store_true", help="do not ask npm for anything")
    parser.add_argument("--clean", action="store_true", help="remove _build first")
    arguments = parser.parse_args()
    if arguments.clean:
        shutil.rmtree(OUT, ignore_errors=True)
    return build(arguments.offline)


if __name__ == "__main__":
    sys.exit(main())
