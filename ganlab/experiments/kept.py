"""The means that lessons print, shipped with the package: an installed copy has no book and no records.

``python book/kept.py`` makes ``means.json`` from the records, and a test holds the two together.
Lessons: 11 Failures and stabilisers, 14 The MLP GAN on MNIST, 17 Conditional GANs, 32 R3GAN.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ganlab.errors import UserError
from ganlab.experiments.published import PUBLISHED
from ganlab.experiments.tables import LAWS, aligned, recorded, summary
from ganlab.metrics.modes import mode_floor

FILE = Path(__file__).parent / "means.json"
MODES = ("modes", "strict", "quality", "spread", "kl")
CONDITIONAL = ("fidelity", "distance", "diversity", "confidence", "utility")
KEPT = {
    "conditional": (
        *CONDITIONAL,
        "distance_floor",
        "fidelity_real",
        "diversity_real",
        "confidence_real",
        "utility_real",
    ),
    "plane-benchmark": MODES,
    "plane-capacity": MODES,
    "plane-collapse": MODES,
    "plane-data": MODES,
    "plane-remedies": MODES,
    "small-data": ("gap", "distance", "turned", "turned_floor"),
    "mnist-models": ("distance", "floor", "covered", "nearer", "images_per_second"),
    "stacked": ("modes", "kl", "even_kl", "real_kl"),
}
"""The values that are kept, by experiment."""
SHOWN = {"conditional": CONDITIONAL}
"""The values that a table shows, where those are not all."""
DECIMALS = {
    "modes": 1,
    "strict": 1,
    "quality": 3,
    "kl": 3,
    "even_kl": 4,
    "real_kl": 4,
    "covered": 0,
    "images_per_second": 0,
    "fidelity": 3,
    "confidence": 3,
    "utility": 3,
}


def made() -> dict[str, list[dict[str, Any]]]:
    """The content of ``means.json``, from the book's records. Raises UserError where there are none."""
    return {name: _lines(name, keys) for name, keys in KEPT.items()}


def means(name: str) -> dict[str, dict[str, float]]:
    """The mean of each kept value, by variant. Raises UserError for an experiment that is not kept."""
    return {line["name"]: {key: mean for key, (mean, _) in line["values"].items()} for line in _kept(name)}


def table(name: str) -> str:
    """The kept means of an experiment, the standard deviation over seeds in brackets where there are several.

    Where modes were counted, the floor of a perfect sampler and the published rows stand below, in the same columns.
    Raises UserError for an experiment that is not kept.
    """
    lines, keys = _kept(name), SHOWN.get(name, KEPT.get(name, ()))
    rows, heading = [["mean (sd) over seeds", "n", *keys]], None
    for line in lines:
        if line["cause"] != heading:
            heading = line["cause"]
            rows.append([f"-- {heading}"])
        cells = [_cell(key, line) for key in keys]
        rows.append([line["name"], str(line["n"]), *cells])
    for law in dict.fromkeys(line["law"] for line in lines if line["law"]):
        floor = mode_floor(LAWS[law])
        rows.append([f"perfect sampler, {law}", "", *(_number(key, floor[key]) for key in keys)])
    for row in PUBLISHED.get(name, ()):
        if f"-- {row.source}" != heading:
            heading = f"-- {row.source}"
            rows.append([heading])
        values = {"modes": row.modes, "quality": row.quality / 100}
        cells = [_number(key, values[key]) if key in values else "" for key in keys]
        rows.append([f"{row.law}-{row.method}", "", *cells])
    return aligned(rows)


def _cell(key: str, line: dict[str, Any]) -> str:
    mean, sd = (_number(key, value) for value in line["values"][key])
    return mean if line["n"] == 1 else f"{mean} ({sd})"


def _number(key: str, value: float) -> str:
    return f"{value:.{DECIMALS.get(key, 2)}f}"


def _kept(name: str) -> list[dict[str, Any]]:
    content: dict[str, list[dict[str, Any]]] = json.loads(FILE.read_text(encoding="utf-8"))
    if name not in content:
        raise UserError(f"no means of {name!r} are kept: choose one of {', '.join(content)}")
    return content[name]


def _lines(name: str, keys: tuple[str, ...]) -> list[dict[str, Any]]:
    return [
        {
            "name": line.name.removeprefix(f"{name}-"),
            "n": line.n,
            "law": line.config.get("law") if keys is MODES else None,
            "cause": line.config.get("cause") if name in ("plane-remedies", "plane-collapse") else None,
            "values": {key: [_short(line.mean[key]), _short(line.sd[key] or 0.0)] for key in keys},
        }
        for line in summary(recorded(name))
    ]


def _short(value: float) -> float:
    return float(f"{value:.4g}")
