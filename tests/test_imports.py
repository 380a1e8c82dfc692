"""The package from outside: quick and quiet to import, floors that only look down, a docstring on every public name."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import ganlab

ROOT = Path(__file__).parents[1]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
SOURCES = sorted((ROOT / "ganlab").rglob("*.py"))


def _loaded_by(statement: str, *names: str) -> set[str]:
    """Which of these modules a fresh interpreter holds after the statement."""
    code = f"{statement}\nimport sys\nprint(*({set(names)!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    return set(done.stdout.split())


def test_importing_ganlab_loads_nothing_heavy():
    heavy = ("torch", "numpy", "matplotlib", "ipywidgets", "sklearn", "PIL", "pooch", "typer", "tqdm")
    assert _loaded_by("import ganlab", *heavy) == set()


def test_importing_the_data_loads_no_plots_no_widgets_and_no_downloader():
    heavy = ("matplotlib", "ipywidgets", "sklearn", "PIL", "pooch")
    assert _loaded_by("import ganlab.data", *heavy) == set()


def test_the_probe_sees_what_is_loaded():
    assert _loaded_by("import json.decoder", "json", "torch") == {"json"}


def test_a_floor_is_imported_when_it_is_first_named():
    assert _loaded_by("import ganlab; ganlab.objectives", "ganlab.objectives", "ganlab.viz") == {"ganlab.objectives"}


@pytest.mark.parametrize("floor", ganlab.__all__)
def test_every_public_name_of_the_package_is_there(floor):
    assert getattr(ganlab, floor)
    assert floor in dir(ganlab)


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="vizz"):
        ganlab.vizz  # type: ignore[attr-defined]


def test_every_folder_of_the_package_is_a_floor():
    folders = {
        path.parent.name for path in SOURCES if path.name == "__init__.py" and path.parent.parent.name == "ganlab"
    }
    folders -= {"ganlab"}
    assert folders == set(ganlab.__all__) - {"__version__"}


def test_the_version_agrees_with_pyproject():
    assert ganlab.__version__ == PYPROJECT["project"]["version"]
    assert re.fullmatch(r"\d+\.\d+\.\d+", ganlab.__version__)


def _lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    """import-linter on the package in this folder, under the contract of this project."""
    code = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True))"
    environment = os.environ | {"PYTHONPATH": str(folder)}
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=folder, env=environment)


def test_an_import_only_ever_goes_down():
    done = _lint_imports(ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_floor_is_under_the_contract():
    (contract,) = PYPROJECT["tool"]["importlinter"]["contracts"]
    layers = {name for line in contract["layers"] for name in line.replace("|", " ").split()}
    modules = {path.stem for path in (ROOT / "ganlab").glob("*.py")} - {"__init__", "__main__"}
    floors = {name for name in ganlab.__all__ if name != "__version__"}
    assert layers == {f"ganlab.{name}" for name in floors | modules}


@pytest.mark.parametrize(
    ("where", "statement"),
    [("data", "import ganlab.viz"), ("viz", "from ganlab.metrics import evaluate"), ("errors", "import ganlab.data")],
    ids=["up", "sideways", "up from the cellar"],
)
def test_the_contract_catches_an_import_that_goes_up_or_sideways(tmp_path: Path, where, statement):
    (contract,) = PYPROJECT["tool"]["importlinter"]["contracts"]
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for name in (name for line in contract["layers"] for name in line.replace("|", " ").split()):
        folder = tmp_path.joinpath(*name.split("."))
        folder.mkdir(parents=True)
        (folder / "__init__.py").touch()
    (tmp_path / "ganlab" / "__init__.py").touch()
    assert _lint_imports(tmp_path).returncode == 0
    (tmp_path / "ganlab" / where / "__init__.py").write_text(statement + "\n")
    done = _lint_imports(tmp_path)
    assert done.returncode == 1
    assert f"ganlab.{where} is not allowed to import" in done.stdout


def _without_docstring(source: str) -> list[str]:
    """The public functions and classes at the top of a module, and the module itself, that say nothing."""
    tree = ast.parse(source)
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    public = [node for node in tree.body if isinstance(node, kinds) and not node.name.startswith("_")]
    silent = [node.name for node in public if not (ast.get_docstring(node) or "").strip()]
    return silent if not tree.body or ast.get_docstring(tree) else ["the module", *silent]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_public_name_has_a_docstring(path: Path):
    assert _without_docstring(path.read_text(encoding="utf-8")) == []


def test_a_missing_docstring_is_caught():
    silent = 'def silent():\n    pass\nclass Empty:\n    """ """\ndef _own(): ...'
    source = '"""Module."""\ndef told():\n    """Says."""\n' + silent
    assert _without_docstring(source) == ["silent", "Empty"]
    assert _without_docstring("x = 1") == ["the module"]
