"""One address, in `_config.yml`; everything else is rewritten from it."""

from __future__ import annotations

import json
import runpy
from pathlib import Path

import links
import pytest

from ganlab import assign
from ganlab.assign import editions
from ganlab.assign.address import Repository

OLD = "https://github.com/OWNER/ganlab"
NOTEBOOK = "notebooks/start/00-start-here.ipynb"


def course(folder: Path, address: str, branch: str = "main") -> Path:
    """A course with one notebook and a README, whose links carry the placeholder."""
    colab = f"https://colab.research.google.com/github/OWNER/ganlab/blob/main/{NOTEBOOK}"
    (folder / "_config.yml").write_text(f"repository:\n  url: {address}\n  branch: {branch}\n")
    (folder / "README.md").write_text(f"[repo]({OLD}) [issues]({OLD}/issues) [start]({colab}) {OLD}-extras\n")
    path = folder / NOTEBOOK
    path.parent.mkdir(parents=True)
    setup = f'%pip install "ganlab @ git+{OLD}"'
    cells = [
        {"cell_type": "markdown", "metadata": {}, "source": [f"# 00 Start\n[badge]({colab})"]},
        {"cell_type": "code", "metadata": {}, "source": setup, "outputs": [], "execution_count": 1},
    ]
    path.write_text(json.dumps({"cells": cells, "metadata": {}}, indent=1))
    return folder


def apply(root: Path) -> None:
    for path, text in links.differing(root).items():
        path.write_text(text)


def test_a_fork_gets_its_address_everywhere(tmp_path: Path) -> None:
    root = course(tmp_path, "https://github.com/ada/gan-course", "trunk")
    apply(root)
    colab = f"https://colab.research.google.com/github/ada/gan-course/blob/trunk/{NOTEBOOK}"
    cells = json.loads((root / NOTEBOOK).read_text())["cells"]
    assert colab in cells[0]["source"][0]
    assert cells[1]["source"] == '%pip install "ganlab @ git+https://github.com/ada/gan-course"'
    readme = (root / "README.md").read_text()
    assert readme == (
        "[repo](https://github.com/ada/gan-course) [issues](https://github.com/ada/gan-course/issues) "
        f"[start]({colab}) {OLD}-extras\n"
    )


def test_a_second_run_changes_nothing_and_a_third_address_replaces_the_second(tmp_path: Path) -> None:
    root = course(tmp_path, "https://github.com/ada/gan-course")
    apply(root)
    assert links.differing(root) == {}
    (root / "_config.yml").write_text("repository:\n  url: https://github.com/emmy/x\n")
    apply(root)
    assert "ada/" not in (root / NOTEBOOK).read_text() + (root / "README.md").read_text()


def test_the_package_gets_the_address_for_the_notebooks_that_it_makes(tmp_path: Path) -> None:
    root = course(tmp_path, "https://github.com/ada/gan-course", "trunk")
    package = root / links.PACKAGE
    package.parent.mkdir(parents=True)
    original = (links.ROOT / links.PACKAGE).read_text()
    package.write_text(original)
    apply(root)
    names = runpy.run_path(str(package))
    assert names["COURSE"] == names["Repository"]("ada", "gan-course", "trunk")
    assert package.read_text().count("\n") == original.count("\n")
    assert links.differing(root) == {}


def test_the_page_with_the_solutions_opens_the_exercises(tmp_path: Path) -> None:
    root = course(tmp_path, OLD)
    page = root / "notebooks/exercises/solutions/00-start-here.ipynb"
    page.parent.mkdir(parents=True)
    (root / NOTEBOOK).rename(page)
    apply(root)
    assert "blob/main/notebooks/exercises/00-start-here.ipynb" in page.read_text()


@pytest.mark.parametrize("edition", ["student", "solution"])
def test_in_a_fork_the_exercises_are_rewritten_to_what_their_sources_then_give(
    monkeypatch: pytest.MonkeyPatch, edition: str
) -> None:
    """So `notebooks/exercises/build.py --check` agrees with `links.py`, and nothing has to be run again."""
    assignment = assign.load("00", bank=links.ROOT / assign.BANK)
    before = editions.text(editions.EDITIONS[edition](assignment))
    fork = Repository("ada", "gan-course", "trunk")
    monkeypatch.setattr(editions, "COURSE", fork)
    after = editions.text(editions.EDITIONS[edition](assignment))
    assert after.count("ada/gan-course") == 2
    page = f"notebooks/exercises/{'' if edition == 'student' else 'solutions/'}00-start-here.ipynb"
    assert links.rewritten(before, fork, links.opens(page)) == after


def test_a_moved_notebook_gets_its_badge_back(tmp_path: Path) -> None:
    root = course(tmp_path, OLD)
    moved = root / "notebooks/start/01-moved.ipynb"
    (root / NOTEBOOK).rename(moved)
    assert list(links.differing(root)) == [moved]
    apply(root)
    assert "blob/main/notebooks/start/01-moved.ipynb" in moved.read_text()


def test_the_placeholder_is_told_in_one_line_and_is_no_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert links.main(["--check"]) == 0
    said = capsys.readouterr().out
    assert said.count("\n") == 1
    assert ("placeholder" in said) == links.repository().is_placeholder


@pytest.mark.parametrize("address", ["ganlab", "https://example.org/ada/ganlab", "https://github.com/ada"])
def test_an_address_that_is_none_is_refused(tmp_path: Path, address: str) -> None:
    (tmp_path / "_config.yml").write_text(f"repository:\n  url: {address}\n")
    with pytest.raises(ValueError, match="repository"):
        links.repository(tmp_path)
