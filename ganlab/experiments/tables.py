"""Recorded rows as a table: the mean of each variant, its spread, and how many seeds stand behind it.

Lesson: 11 Failures and stabilisers.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ganlab.data.mixtures import GaussianMixture, grid, ring
from ganlab.errors import UserError
from ganlab.experiments.published import PUBLISHED
from ganlab.experiments.recorder import read
from ganlab.metrics.modes import mode_floor

LAWS: dict[str, GaussianMixture] = {"ring": ring(), "grid": grid()}


@dataclass(frozen=True)
class Line:
    """The rows of one name: ``n`` of them, ``config`` of the first, mean and standard deviation of each number.

    The deviation is None for a single row. Where modes were counted, ``mean`` also has ``complete``: the share of seeds
    that cover every mode by the strict count.
    """

    name: str
    n: int
    config: dict[str, Any]
    mean: dict[str, float]
    sd: dict[str, float | None]


@dataclass(frozen=True)
class Difference:
    """How a variant differs from the base on the same seeds: the mean of n differences and its 95 % interval.

    ``verdict``: "higher", "lower", or "cannot tell" where the interval holds 0. Among many variants one in twenty
    that changes nothing will seem to change something.
    """

    name: str
    n: int
    mean: float
    low: float
    high: float

    @property
    def verdict(self) -> str:
        """What the interval allows to say."""
        return "higher" if self.low > 0 else "lower" if self.high < 0 else "cannot tell"


def against(rows: Sequence[dict[str, Any]], base: str, key: str) -> list[Difference]:
    """Every other name against ``base`` in the value ``key``, paired by seed, with Student's t interval.

    Raises UserError where the base has no such value, or a pair of seeds less than two.
    """
    from scipy.stats import t

    values: dict[str, dict[int, float]] = {}
    for row in rows:
        if row["values"].get(key) is not None:
            values.setdefault(row["name"], {})[row["seed"]] = row["values"][key]
    if base not in values:
        raise UserError(f"no row of {base!r} has a value {key!r}: compare with one of {', '.join(values) or 'none'}")
    found = []
    for name, own in values.items():
        pairs = [own[seed] - values[base][seed] for seed in own if seed in values[base]]
        if name == base:
            continue
        if len(pairs) < 2:
            raise UserError(f"{name} and {base} share {len(pairs)} seeds: an interval takes two or more")
        mean = statistics.fmean(pairs)
        half = float(t.ppf(0.975, len(pairs) - 1)) * statistics.stdev(pairs) / len(pairs) ** 0.5
        found.append(Difference(name, len(pairs), mean, mean - half, mean + half))
    return found


def recorded(name: str, out: str | Path | None = None) -> list[dict[str, Any]]:
    """The rows of experiment ``name``: of ``out/records.jsonl``, or of the book, ``book/records/NAME.jsonl``.

    Raises UserError where there are none.
    """
    if out is not None:
        return read(Path(out) / "records.jsonl")
    shelf = Path(__file__).resolve().parents[2] / "book" / "records"
    files = sorted(shelf.glob("*.jsonl"))
    for path in files:
        rows = read(path) if path.stem == name else read(path, name)
        if rows:
            return rows
    kept = ", ".join(path.stem for path in files) or "none here: an installed package carries no records"
    raise UserError(f"no rows of {name} among the book's records ({kept}); say with --out where you ran it")


def summary(rows: Sequence[dict[str, Any]]) -> list[Line]:
    """One line for each name, in the order of their first rows; values that are no numbers are left out."""
    names = dict.fromkeys(row["name"] for row in rows)
    return [_line(name, [row for row in rows if row["name"] == name]) for name in names]


def floors(rows: Sequence[dict[str, Any]]) -> dict[str, dict[str, float]]:
    """What a perfect sampler gets with 2500 samples, for each law that the rows were measured on."""
    laws = dict.fromkeys(row.get("config", {}).get("law") for row in rows)
    return {law: mode_floor(LAWS[law]) for law in laws if law in LAWS}


def show(name: str, out: str | Path | None = None) -> str:
    """The recorded rows of experiment ``name`` as `text` prints them, and published rows below where there are some.

    Raises UserError as `recorded` does.
    """
    found = text(recorded(name, out))
    if name in PUBLISHED:
        table = [["published", "law", "modes", "high quality %", "source"]]
        table += [[p.method, p.law, f"{p.modes:g}", f"{p.quality:g}", p.source] for p in PUBLISHED[name]]
        found += "\n\n" + aligned(table)
    return found


def text(rows: Sequence[dict[str, Any]]) -> str:
    """The table in plain text: mean (sd) of every number, n, and below it the floor of a perfect sampler.

    Lines whose configuration names a ``cause`` stand under its heading.
    """
    lines = summary(rows)
    keys = list(dict.fromkeys(key for line in lines for key in line.mean))
    table = [["name", "n", *keys]]
    cause = None
    for line in lines:
        if line.config.get("cause") != cause:
            cause = line.config.get("cause")
            table.append([f"-- {cause}"])
        table.append([line.name, str(line.n), *(_cell(line, key) for key in keys)])
    for law, floor in floors(rows).items():
        table.append([f"perfect sampler, {law}", "", *(f"{floor[key]:.4g}" if key in floor else "" for key in keys)])
    return aligned(table)


def aligned(table: list[list[str]]) -> str:
    """Columns of equal width; a row of one cell is a heading."""
    rows = [row for row in table if len(row) > 1]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(row[0] if len(row) == 1 else "  ".join(map(str.ljust, row, widths)).rstrip() for row in table)


def _line(name: str, rows: list[dict[str, Any]]) -> Line:
    numbers: dict[str, list[float]] = {}
    for row in rows:
        for key, value in row["values"].items():
            if isinstance(value, int | float) and not isinstance(value, bool):
                numbers.setdefault(key, []).append(value)
        if "strict" in row["values"] and "modes" in row["config"]:
            numbers.setdefault("complete", []).append(row["values"]["strict"] == row["config"]["modes"])
    return Line(
        name,
        len(rows),
        rows[0]["config"],
        {key: statistics.fmean(values) for key, values in numbers.items()},
        {key: statistics.stdev(values) if len(values) > 1 else None for key, values in numbers.items()},
    )


def _cell(line: Line, key: str) -> str:
    if key not in line.mean:
        return ""
    sd = line.sd[key]
    plain = sd is None or key == "complete"
    return f"{line.mean[key]:.3g}" + ("" if plain else f" ({sd:.2g})")
