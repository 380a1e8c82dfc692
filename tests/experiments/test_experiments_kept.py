"""What lesson 11 prints are the means of the records, printed beside floors and published rows, without the book."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import ganlab
from ganlab.errors import UserError
from ganlab.experiments import kept
from ganlab.experiments.published import PUBLISHED


def test_the_kept_means_are_those_of_the_records() -> None:

    assert json.loads(kept.FILE.read_text(encoding="utf-8")) == kept.made(), "run python book/kept.py"


def test_a_copy_without_the_book_prints_the_same(tmp_path: Path) -> None:
    """As pip leaves it: the folder ganlab alone, in which only the declared package data lie."""
    home = Path(ganlab.__file__).parent
    shutil.copytree(home, tmp_path / "ganlab", ignore=shutil.ignore_patterns("__pycache__"))
    code = "from ganlab.experiments import kept; print(kept.FILE); print(kept.table('small-data'))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env={"PYTHONPATH": str(tmp_path)}, capture_output=True, text=True
    )
    where, _, printed = done.stdout.partition("\n")
    assert Path(where).is_relative_to(tmp_path) and printed.strip() == kept.table("small-data"), done.stderr
    project = tomllib.loads((home.parent / "pyproject.toml").read_text(encoding="utf-8"))
    declared = project["tool"]["setuptools"]["package-data"]["ganlab"]
    assert kept.FILE.relative_to(home).as_posix() in declared


def test_the_table_has_the_floor_and_the_published_rows_in_the_same_columns() -> None:
    lines = kept.table("plane-benchmark").splitlines()
    modes, quality = lines[0].index("modes"), lines[0].index("quality")
    (floor,) = (line for line in lines if line.startswith("perfect sampler, ring"))
    assert floor[modes:].startswith("8.0 ") and floor[quality:].startswith("0.989 ")
    published = [line for line in lines if line.startswith("ring-VEEGAN")]
    assert published[0][modes:].startswith("8.0 ") and published[0][quality:].startswith("0.529")
    assert {f"-- {row.source}" for row in PUBLISHED["plane-benchmark"]} <= set(lines)


def test_unknown_names_are_refused() -> None:
    for ask in (kept.table, kept.means):
        with pytest.raises(UserError, match="choose one of conditional, plane-benchmark"):
            ask("plane-nothing")


# What lesson 11 says of the tables; the reasons are in its text.


def test_the_plain_gan_is_blunt_and_a_sharp_d_alone_collapses() -> None:
    remedies = kept.means("plane-remedies")
    plain, sharp = remedies["plain"], remedies["fourier-d"]
    assert plain["modes"] > 6 and plain["quality"] < 0.2 and plain["kl"] < 0.05
    assert sharp["modes"] < 2 and sharp["quality"] > 0.6


def test_ema_is_the_best_single_remedy_and_ten_is_a_weight_that_wrecks() -> None:
    strict = {name: mean["strict"] for name, mean in kept.means("plane-remedies").items()}
    assert max(strict, key=lambda name: strict[name]) == "ema"
    assert strict["g-x4"] < strict["plain"] < strict["d-x4"]
    assert max(strict["beta1-.9"], strict["beta1-0"]) < strict["plain"] - 1
    for penalty in ("gradient-penalty", "dragan"):
        assert strict[penalty] < 1 < strict["plain"] < strict[f"{penalty}-.1"]
    assert all(abs(strict[name] - strict["plain"]) < 1 for name in ("l1", "l2", "warm-start", "batch-norm-g"))
    assert strict["pacgan4"] < strict["pacgan2"] < strict["plain"]


def test_on_the_collapsed_base_only_both_penalties_restore_the_balance() -> None:
    cures = kept.means("plane-collapse")
    nothing = ("lr-third", "batch-x4", "clip-1", "g-x4", "data-100000", "l2")
    assert all(cures[f"sharp-{name}"]["modes"] < 2 for name in nothing)
    assert [name for name, mean in cures.items() if mean["modes"] > 7 and mean["kl"] < 0.02] == ["sharp-r1+r2"]
    assert all(2 < cures[f"sharp-{name}"]["modes"] < 5 for name in ("r1", "spectral-norm", "instance-noise"))


def test_neither_data_nor_width_brings_modes_back() -> None:
    data, widths = kept.means("plane-data"), kept.means("plane-capacity")
    assert all(mean["modes"] < 2 for name, mean in (data | widths).items() if name.startswith("sharp"))
    assert all(mean["modes"] > 7.5 for name, mean in data.items() if name.startswith("best"))
    assert widths["plain-g128-d32"]["modes"] < 2 and widths["plain-g128-d32"]["kl"] > 1
    assert widths["plain-g128-d128"]["modes"] > 7


def test_the_recipe_covers_all_and_is_too_narrow() -> None:
    bench = kept.means("plane-benchmark")
    assert bench["ring-best"]["strict"] == 8 and bench["grid-best"]["strict"] == 25
    assert bench["ring-best"]["quality"] > 0.99 and bench["ring-best"]["spread"] < 0.85
    assert bench["ring-best-gaussian-noise"]["quality"] < 0.7 and bench["grid-best-gaussian-noise"]["quality"] < 0.4
    remedies = kept.means("plane-remedies")
    assert max(remedies[name]["modes"] for name in ("bits-10", "fourier-d")) < 5


def test_augmentation_closes_the_gap_and_leaks_where_it_is_always_on() -> None:
    small = kept.means("small-data")
    assert small["plain"]["gap"] > 3 * abs(small["diffaugment"]["gap"])
    assert small["all-data"]["distance"] < small["diffaugment"]["distance"] < small["plain"]["distance"]
    assert min(small[name]["turned"] for name in ("turned-data", "turns-always")) > 0.4
    assert small["turns-half"]["turned"] < small["turned-data"]["turned"] / 2
