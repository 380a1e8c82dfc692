"""Numbers on a page come from recorded runs: book/records/<file>.jsonl, one JSON object a line.

What each lesson adds to is a folder with a file for each: book/records/<file>/NN-slug.jsonl, read as one.

`ganlab.experiments.record` writes the rows: name, values, seed, config, size, device, versions, commit.

    {rec}`mnist:dcgan:distance`             the value of the one row of that name
    {rec}`mnist:dcgan:distance .1f`         the same, in a Python format
    {rec}`mean mnist:dcgan:distance .1f`    over all rows of that name; also sd, min, max, n, last
    {records} mnist                         (directive) a file as a table, one line a name: value, or mean (sd) of n
                                            seeds; below, a perfect sampler; option :name:
    {all-records}                           (directive) every file there is, each with its title and its words from
                                            book/records.tsv

A number that was never recorded is a build warning, and warnings are errors.
"""

from __future__ import annotations

import json
import statistics
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxRole

from ganlab.experiments.tables import floors

from .tables import BOOK, Generated, read, table

FOLDER = BOOK / "records"
STATISTICS: dict[str, Callable[[Sequence[Any]], Any]] = {
    "mean": statistics.fmean,
    "sd": lambda values: statistics.stdev(values) if len(values) > 1 else float("nan"),
    "min": min,
    "max": max,
    "n": len,
    "last": lambda values: values[-1],
}


class NoRecord(Exception):
    """A page asks for a number that was not recorded; the message says which."""


def names() -> list[str]:
    """Every <file> there is."""
    return sorted({path.relative_to(FOLDER).parts[0].removesuffix(".jsonl") for path in FOLDER.rglob("*.jsonl")})


def files(file: str) -> list[Path]:
    """Where the rows of <file> are: the one file, or those of its folder; none where nothing was recorded."""
    whole = FOLDER / f"{file}.jsonl"
    return [whole] if whole.exists() else sorted((FOLDER / file).glob("*.jsonl"))


def rows(file: str, name: str | None = None) -> list[dict[str, Any]]:
    """The recorded rows of <file>, of one name where one is given."""
    if not files(file):
        raise NoRecord(f"there is no book/records/{file}.jsonl")
    lines = [line for path in files(file) for line in path.read_text(encoding="utf-8").splitlines()]
    found = [json.loads(line) for line in lines if line.strip()]
    return [row for row in found if name is None or row["name"] == name]


def number(text: str) -> str:
    """What the role prints. Raises `NoRecord`."""
    words = text.split()
    statistic = words.pop(0) if words[0] in STATISTICS else None
    if not 1 <= len(words) <= 2 or words[0].count(":") != 2:
        raise NoRecord(f"{text!r} is not [statistic] file:name:key [format]")
    file, name, key = words[0].split(":")
    found = [row["values"][key] for row in rows(file, name) if key in row["values"]]
    if not found:
        raise NoRecord(f"{file} of book/records has no value {key!r} under the name {name!r}")
    if statistic is None and len(found) > 1:
        raise NoRecord(f"{words[0]} has {len(found)} rows: say which, one of {', '.join(STATISTICS)}")
    value = STATISTICS[statistic or "last"](found)
    return format(value, words[1]) if len(words) == 2 else shown(value)


def shown(value: Any) -> str:
    """A recorded value as a reader wants it in a table."""
    if isinstance(value, list | dict) and len(value) > 12:
        return f"{len(value)} values"
    if isinstance(value, list):
        return ", ".join(shown(item) for item in value)
    if isinstance(value, dict):
        return ", ".join(f"{key} {shown(item)}" for key, item in value.items())
    return f"{value:.4g}" if isinstance(value, float) else str(value)


class Record(SphinxRole):
    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        for path in FOLDER.rglob("*.jsonl"):
            self.env.note_dependency(str(path))
        try:
            return [nodes.inline("", number(self.text), classes=["recorded"])], []
        except NoRecord as reason:
            return [], [self.inliner.reporter.warning(f"no recorded number: {reason}")]


class Records(Generated):
    required_arguments = 1
    option_spec: ClassVar[dict[str, Any]] = {"name": directives.unchanged_required}

    def markdown(self) -> list[str]:
        file = self.arguments[0]
        for path in files(file):
            self.env.note_dependency(str(path))
        try:
            return _table(rows(file, self.options.get("name")))
        except NoRecord as reason:
            raise self.error(str(reason)) from None


class AllRecords(Generated):
    sources = ("records.tsv",)

    def markdown(self) -> list[str]:
        lines: list[str] = [] if names() else ["No run has been recorded yet.", ""]
        described = {row["file"]: row for row in read("records.tsv")}
        for file in names():
            for path in files(file):
                self.env.note_dependency(str(path))
            if file not in described:
                raise self.error(f"book/records.tsv has no line for {file}: say there what it holds")
            words = described[file]
            where = f"{file}.jsonl" if (FOLDER / f"{file}.jsonl").exists() else f"{file}/"
            lines += [
                f"## {words['title']}",
                "",
                f"{words['about']} File: `{where}`.",
                "",
                *_table(rows(file)),
            ]
        return lines


def _table(found: list[dict[str, Any]]) -> list[str]:
    """One line a name: its value, or mean and standard deviation over its n seeds; below, what is best possible."""
    keys = list(dict.fromkeys(key for row in found for key in row["values"]))
    names = {
        name: [row for row in found if row["name"] == name] for name in dict.fromkeys(row["name"] for row in found)
    }
    cells = [[name, *(_cell(rows, key) for key in keys), *_origin(rows)] for name, rows in names.items()]
    cells += [
        [f"perfect sampler, {law}", *(shown(floor.get(key, "")) for key in keys), "", "", "", ""]
        for law, floor in floors(found).items()
    ]
    return table(["name", *keys, "n", "seed", "size", "device"], cells, "records")


def _cell(rows: list[dict[str, Any]], key: str) -> str:
    values = [row["values"][key] for row in rows if row["values"].get(key) is not None]
    if len(values) > 1 and all(isinstance(value, int | float) and not isinstance(value, bool) for value in values):
        return f"{statistics.fmean(values):.3g} ({statistics.stdev(values):.2g})"
    distinct = [value for place, value in enumerate(values) if value not in values[:place]]
    return shown(distinct[0]) if len(distinct) == 1 else f"{len(values)} values" if values else ""


def _origin(rows: list[dict[str, Any]]) -> list[str]:
    seeds = [row["seed"] for row in rows]
    span = str(seeds[0]) if min(seeds) == max(seeds) else f"{min(seeds)} to {max(seeds)}"
    return [str(len(rows)), span, *("/".join(dict.fromkeys(str(row[f]) for row in rows)) for f in ("size", "device"))]


def reread(app: Sphinx, env: Any, added: set[str], changed: set[str], removed: set[str]) -> list[str]:
    """A new file of records is nobody's dependency yet: the page that lists them all is always read anew."""
    return [page for page in ("book/results",) if page in env.found_docs]


def setup(app: Sphinx) -> None:
    app.connect("env-get-outdated", reread)
    app.add_role("rec", Record())
    app.add_directive("records", Records)
    app.add_directive("all-records", AllRecords)
