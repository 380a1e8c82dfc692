"""Colab without a Colab: installing ganlab there must replace no package of the image.

The versions are facts about Colab's own lists (tests/colab_versions.json names source and date). This is arithmetic on
version numbers: nothing is run under those versions here.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

PROJECT = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
COLAB = json.loads(Path(__file__).with_name("colab_versions.json").read_text(encoding="utf-8"))
RUNTIMES: dict[str, dict[str, str]] = COLAB["runtimes"]
OPEN = {">=", ">", "!="}  # the operators that no later version runs into


def problems(requirements: Iterable[str], colab: Mapping[str, str]) -> list[str]:
    """What pip would replace or install on Colab, and what a coming version would break, one sentence each."""
    found = []
    for line in requirements:
        requirement = Requirement(line)
        name = canonicalize_name(requirement.name)
        if requirement.url:
            found.append(f"{name}: an address always replaces what is there")
        found += [f"{name}: {bound} shuts out later versions" for bound in _closed(requirement.specifier)]
        if name not in colab:
            found.append(f"{name}: not in Colab's list, pip would install it")
        elif not requirement.specifier.contains(colab[name], prereleases=True):
            found.append(f"{name}: Colab has {colab[name]}, pip would replace it to get {requirement.specifier}")
    return found


def _closed(specifier: SpecifierSet) -> list[str]:
    return sorted(str(bound) for bound in specifier if bound.operator not in OPEN)


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_installing_ganlab_replaces_nothing(runtime):
    assert problems(PROJECT["dependencies"], RUNTIMES[runtime]) == []


def test_the_package_requires_something():
    assert {"torch", "numpy", "matplotlib", "ipywidgets"} <= {Requirement(r).name for r in PROJECT["dependencies"]}


@pytest.mark.parametrize("python", ["3.11.0", "3.11.13", "3.12.13", *sorted({r["python"] for r in RUNTIMES.values()})])
def test_the_package_admits_the_pythons_of_colab_and_of_the_course(python):
    assert SpecifierSet(PROJECT["requires-python"]).contains(python)


def test_the_package_does_not_claim_a_python_that_nobody_tries():
    assert not SpecifierSet(PROJECT["requires-python"]).contains("3.10.14")


def test_no_later_python_is_shut_out():
    assert _closed(SpecifierSet(PROJECT["requires-python"])) == []


def test_extras_shut_out_no_later_version():
    extras = [line for lines in PROJECT.get("optional-dependencies", {}).values() for line in lines]
    for line in extras:
        assert _closed(Requirement(line).specifier) == [], line


@pytest.mark.parametrize(
    ("bad", "problem"),
    [
        ("torch>=2.12", "replace"),
        ("ipywidgets>=8", "replace"),
        ("numpy>=2.0,<3", "shuts out"),
        ("torch==2.11.0", "shuts out"),
        ("matplotlib~=3.9", "shuts out"),
        ("torchmetrics>=1.0", "not in Colab's list"),
        ("torch @ https://example.org/torch-2.11.0-py3-none-any.whl", "address"),
    ],
)
def test_a_bad_requirement_is_caught(bad, problem):
    (found,) = problems(["tqdm>=4.66", bad], RUNTIMES["cpu"])
    assert problem in found


def test_a_name_is_compared_in_its_normal_form():
    assert problems(["Scikit_Learn>=1.6"], RUNTIMES["cpu"]) == []


def test_the_facts_have_a_source_and_a_date():
    assert "googlecolab/backend-info" in COLAB["source"]
    assert COLAB["date"].count("-") == 2
