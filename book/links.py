"""Carry the repository's address from `_config.yml` into every notebook, the package, the README and CONTRIBUTING.

python book/links.py           rewrite Colab badges, setup cells and links
python book/links.py --check   say in one line whether they agree; exit status 1 if not
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import yaml

from ganlab.assign.address import COLAB, Repository

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = "ganlab/assign/address.py"
_COLAB_LINK = re.compile(re.escape(COLAB) + r"/github/([\w.-]+)/([\w.-]+)/blob/([\w./-]+?)/(notebooks/[\w./-]+\.ipynb)")
_INSTALL = re.compile(r"git\+https://github\.com/([\w.-]+)/([\w.-]+)")
_COURSE = re.compile(r'^COURSE = Repository\("[^"]*", "[^"]*", "[^"]*"\)$', re.MULTILINE)


def repository(root: Path = ROOT) -> Repository:
    """The address in `_config.yml`. Raises ValueError if it is not an address at GitHub."""
    settings = yaml.safe_load((root / "_config.yml").read_text(encoding="utf-8"))["repository"]
    found = re.fullmatch(r"https://github\.com/([\w.-]+)/([\w.-]+?)(?:\.git)?/?", settings["url"])
    if not found:
        raise ValueError(
            f"_config.yml: repository: url: should be https://github.com/you/ganlab, not {settings['url']}"
        )
    return Repository(found[1], found[2], settings.get("branch", "main"))


def notebooks(root: Path = ROOT) -> list[Path]:
    """Every notebook of the course."""
    return sorted(path for path in (root / "notebooks").rglob("*.ipynb") if ".ipynb_checkpoints" not in path.parts)


def rewritten(text: str, target: Repository, badge: str | None = None) -> str:
    """The text with every link turned to `target`.

    Links are known by their form (a Colab link to notebooks/, an install from git, the package's own line), so the old
    address need not be known; plain links to an old address found that way follow. `badge` is the path of a
    notebook: the first Colab link in the text, its badge, is made to open that one.
    """
    old = {f"https://github.com/{owner}/{name}" for owner, name in _INSTALL.findall(text)}
    old |= {f"https://github.com/{owner}/{name}" for owner, name, _, _ in _COLAB_LINK.findall(text)}
    text = _COLAB_LINK.sub(lambda found: target.colab(found[4]), text)
    text = _INSTALL.sub(f"git+{target.address}", text)
    text = _COURSE.sub(f'COURSE = Repository("{target.owner}", "{target.name}", "{target.branch}")', text)
    for address in old - {target.address}:
        text = re.sub(re.escape(address) + r"(?![\w.-]*\w)", target.address, text)
    if badge:
        text = _COLAB_LINK.sub(lambda _: target.colab(badge), text, count=1)
    return text


def differing(root: Path = ROOT) -> dict[Path, str]:
    """The files whose links do not agree with `_config.yml`, with the text that would agree."""
    target = repository(root)
    changes = {}
    for path in [*notebooks(root), root / PACKAGE, root / "README.md", root / "CONTRIBUTING.md"]:
        if not path.exists():
            continue
        old = path.read_text(encoding="utf-8")
        opened = opens(path.relative_to(root).as_posix()) if path.suffix == ".ipynb" and _has_badge(old) else None
        new = rewritten(old, target, opened)
        if new != old:
            changes[path] = new
    return changes


def opens(notebook: str) -> str:
    """The notebook that the badge of this one opens: itself; for a page of solutions, the exercises to work on."""
    return notebook.replace("notebooks/exercises/solutions/", "notebooks/exercises/")


def _has_badge(notebook: str) -> bool:
    cells = json.loads(notebook)["cells"]
    return bool(cells) and bool(_COLAB_LINK.search("".join(cells[0]["source"])))


def main(arguments: list[str]) -> int:
    """Read the command line; rewrite, or check."""
    target = repository()
    changes = differing()
    waiting = ", a placeholder: set repository: url: in _config.yml" if target.is_placeholder else ""
    if "--check" in arguments:
        if changes:
            names = ", ".join(path.relative_to(ROOT).as_posix() for path in changes)
            print(f"links: {names} do not agree with {target.address}{waiting}; run python book/links.py")
            return 1
        print(f"links: all agree with {target.address}{waiting}")
        return 0
    for path, text in changes.items():
        path.write_text(text, encoding="utf-8")
        print(f"links: rewrote {path.relative_to(ROOT).as_posix()}")
    print(f"links: {len(changes)} files changed; the address is {target.address}{waiting}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
