"""Where widgets come from on a page: two directives, and the tag of a notebook's cell."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from ganlab_book.lab import RUNS, WIDGETS

ROOT = Path(__file__).resolve().parents[2]
STATIC = ROOT / "book" / "_static"
CONF = f"""
import sys
sys.path.insert(0, {str(ROOT / "book" / "_ext")!r})
extensions = ["myst_nb", "ganlab_book.lab"]
nb_execution_mode = "off"
html_static_path = ["static"]
exclude_patterns = ["out", "static"]
"""
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNkYAAAAAYAAjCB0C8AAAAASUVORK5CYII="


def build(folder: Path, page: str, tags: tuple[str, ...] = ()) -> tuple[Path, str]:
    """A book of one Markdown page and one notebook, and what Sphinx complained of."""
    (folder / "conf.py").write_text(CONF)
    shutil.copytree(STATIC / "lab", folder / "static" / "lab")
    (folder / "index.md").write_text(f"# Page\n\n{page}\n\n```{{toctree}}\nnotes\nplain\n```\n")
    (folder / "plain.md").write_text("# Nothing to play with\n")
    output = nbformat.v4.new_output("display_data", {"image/png": PIXEL})
    cell = nbformat.v4.new_code_cell("draw()", outputs=[output], metadata={"tags": list(tags)})
    cells = [nbformat.v4.new_markdown_cell("# Notes"), cell]
    language = {"language_info": {"name": "python", "pygments_lexer": "ipython3"}}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=language), folder / "notes.ipynb")
    command = [sys.executable, "-m", "sphinx", "-q", folder, folder / "out"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return folder / "out", done.stderr


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    page = "```{widget} densities\n```\n\n```{plane-player}\n:run: minimax\n:beside: wasserstein\n```"
    out, said = build(tmp_path_factory.mktemp("book"), page, ("widget-transport",))
    assert "WARNING" not in said and "ERROR" not in said, said
    return out


def scripts(page: Path) -> list[str]:
    return re.findall(r'src="_static/lab/(\w+)\.js', page.read_text())


def test_a_directive_puts_the_widget_on_its_page(built):
    text = (built / "index.html").read_text()
    assert '<div class="ganlab-lab" data-widget="densities">' in text
    assert '<div class="ganlab-lab" data-widget="plane" data-run="minimax" data-beside="wasserstein">' in text
    assert text.count("needs JavaScript") == 2


def test_a_tag_puts_the_widget_after_the_figure_of_its_cell(built):
    text = (built / "notes.html").read_text()
    assert text.index("<img") < text.index('data-widget="transport"')
    assert (STATIC / "lab" / "lab.js").read_text().count("lab-still") == 1  # the script that hides the figure


def test_a_page_loads_only_what_it_needs(built):
    assert scripts(built / "index.html") == ["maths", "lab", "widgets", "scene", "player"]
    assert scripts(built / "notes.html") == ["maths", "lab", "widgets"]
    assert scripts(built / "plain.html") == []
    for page in ("index", "notes"):
        for script in scripts(built / f"{page}.html"):
            assert (built / "_static" / "lab" / f"{script}.js").exists()


def test_every_widget_has_a_script_that_builds_it():
    code = "".join(
        (STATIC / "lab" / f"{name}.js").read_text()
        for name in ("widgets", "ladder", "loop", "alarms", "styles", "player")
    )
    assert set(re.findall(r'L\.register\("(\w+)"', code)) == set(WIDGETS)


def test_every_run_of_the_player_is_there_and_small():
    player = (STATIC / "lab" / "player.js").read_text()
    named = re.findall(r'\["([a-z-]+)", "', player[player.index("NAMES") : player.index("LAYERS")])
    assert sorted(named) == sorted(path.stem for path in RUNS.glob("*.js"))
    assert all(path.stat().st_size < 160_000 for path in RUNS.glob("*.js"))


def test_misspelt_names_are_reported(tmp_path):
    page = "```{widget} densitys\n```\n\n```{plane-player}\n:run: hinge\n```\n\n```{plane-player}\n:beside: hings\n```"
    _, said = build(tmp_path, page, ("widget-slopess",))
    for words in ("no widget 'densitys'", "no run 'hinge'", "no run 'hings'", "no widget 'slopess'"):
        assert words in said
