"""The verdict as one page: self-contained HTML that fetches nothing and runs nothing, with JSON and text beside it.

Lesson: 18 Does synthetic data help?
"""

from __future__ import annotations

import base64
import html
import json
import math
from pathlib import Path
from typing import Any

from ganlab import viz
from ganlab.files import write_atomically
from ganlab.synthesis.scores import learning_curve, paired_gain
from ganlab.synthesis.study import Study, results
from ganlab.synthesis.verdict import Line, Verdict

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 56rem; margin: 0 auto; padding: 1rem; color: #111;
  background: #fff }
.verdict { border-left: 6px solid #0072B2; padding: .2rem 1rem; background: #f4f7fa }
.verdict p { font-size: 1.35rem; font-weight: 650; margin: .4rem 0 } h1 { font-size: 1.5rem; margin: .4rem 0 }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .3rem 1rem; margin: .4rem 0 }
dt { font-weight: 650 } dd { margin: 0 } @media (max-width: 30rem) { dl { display: block } }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums }
th, td { text-align: left; padding: .2rem .6rem; border-bottom: 1px solid #ddd }
td.n { text-align: right; white-space: nowrap } tr.chosen { background: #eef3f7; font-weight: 600 }
figure { margin: 1rem 0 } img { max-width: 100%; height: auto }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(16rem, 1fr)); gap: 1rem }
.scroll { overflow-x: auto } @media print { .scroll { overflow: visible } }
"""


def write(study: Study, verdict: Verdict, rows: list[dict[str, Any]]) -> dict[str, Path]:
    """verdict.html, verdict.json and verdict.txt in the study's folder; each appears whole or not at all."""
    paths = {kind: study.folder / f"verdict.{kind}" for kind in ("html", "json", "txt")}
    write_atomically(paths["json"], (json.dumps(verdict.to_dict(), indent=2, allow_nan=False) + "\n").encode())
    write_atomically(paths["txt"], (verdict.text() + "\n").encode())
    write_atomically(paths["html"], page(study, verdict, rows).encode())
    return paths


def page(study: Study, verdict: Verdict, rows: list[dict[str, Any]]) -> str:
    """The page as HTML."""
    title = f"Synthetic images for {verdict.data}: {verdict.decision}"
    rare = "" if verdict.minority is None else f"; rarest class: {html.escape(verdict.minority)}"
    facts = "".join(f"<dt>{name}</dt><dd>{html.escape(fact)}</dd>" for name, fact in verdict.facts().items())
    body = "\n".join([
        f"<h1>{html.escape(verdict.data)}: do synthetic images help?</h1>",
        f'<div class="verdict"><p>{html.escape(verdict.headline())}</p><dl>{facts}</dl></div>',
        f"<p>{verdict.labels} labelled images to train on, {verdict.gain.seeds} seeds, {verdict.test_images} test"
        f" images{rare}.</p>",
        "<h2>What the ratio does</h2>", _ratio_figure(study, verdict, rows),
        "<h2>What labels do</h2>", _label_figure(study, verdict, rows),
        "<h2>The images</h2>", _sheets(study), "<h2>Every arm</h2>", _table(verdict), "<h2>How it was measured</h2>",
        *(f"<p>{html.escape(note)}</p>" for note in verdict.notes()),
    ])  # fmt: skip
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{html.escape(title)}</title><style>{_STYLE}</style></head><body><main>\n{body}\n</main></body></html>\n"
    )


def _ratio_figure(study: Study, verdict: Verdict, rows: list[dict[str, Any]]) -> str:
    named = results(rows)

    def recalls(name: str) -> list[float]:
        return [row["test"]["macro_recall"] for row in named[name]]

    gains: dict[str, list[tuple[float, float, float]]] = {}
    told = []
    for base in (arm for arm in study.arms if not arm.ratio and arm.share == 1):
        for arm in study.arms:
            if arm.base == base.base and 0 < arm.ratio < math.inf:
                gain = paired_gain(recalls(arm.name), recalls(base.name))
                gains.setdefault(base.base, []).append((100 * gain.value, 100 * gain.low, 100 * gain.high))
                told.append(f"{arm.name}: {100 * gain.value:+.1f}")
    figure = viz.gains_by_ratio(
        study.plan.ratios, gains, "gain in macro recall (points)", "mix against the same images without it",
        100 * verdict.worth,
    )  # fmt: skip
    return _figure(
        viz.png(figure),
        f"Gain in points of macro recall by ratio, with intervals over seeds. {'; '.join(told)}.",
        "Each line against its own baseline: synthetic images may help plain training and still add nothing to moved"
        " images. Bars are 95 % intervals over seeds.",
    )


def _label_figure(study: Study, verdict: Verdict, rows: list[dict[str, Any]]) -> str:
    base = verdict.baseline.arm
    lines = sorted(
        (line for line in verdict.lines if line.arm.base == base.base and not line.arm.ratio and line.arm.share <= 1),
        key=lambda line: line.arm.share,
    )
    sizes = [line.arm.share * verdict.labels for line in lines]
    errors = [(1 - g.value, 1 - g.low, 1 - g.high) for g in (line.macro_recall for line in lines)]
    floor = [tuple(max(value, 1e-3) for value in error) for error in errors]
    b, c = learning_curve(sizes, [error[0] for error in errors])
    marks = {f"best mix, r = {verdict.mix.arm.ratio:g}": (float(verdict.labels), 1 - verdict.mix.macro_recall.value)}
    for line in verdict.lines:
        if line.arm.base == base.base and line.arm.share == 2:
            marks["twice the labels, measured"] = (2.0 * verdict.labels, 1 - line.macro_recall.value)
    return _figure(
        viz.png(viz.curve_of_labels(sizes, floor, b, c, marks)),  # type: ignore[arg-type]
        "Error of real images only over the number of labels: "
        + "; ".join(f"{n:.0f} labels {error[0]:.3f}" for n, error in zip(sizes, errors, strict=True)),
        f"Real images only ({base.base}): the error, the power law through it, and where the best mix stands.",
    )


def _sheets(study: Study) -> str:
    parts = []
    for kind, alt in (("real", "Real training images"), ("synthetic", "Synthetic images, class by class")):
        path = study.folder / "sheets" / f"{kind}-0.png"
        if path.exists():
            parts.append(_figure(path.read_bytes(), f"{alt} of seed 0 in a grid.", f"{kind}, seed 0, not chosen"))
    return f'<div class="pair">{"".join(parts)}</div>'


def _table(verdict: Verdict) -> str:
    cells = "".join(f'<th scope="col">{html.escape(name)}</th>' for name in verdict.heads()[:-1])
    return (
        f'<div class="scroll"><table><thead><tr>{cells}</tr></thead><tbody>'
        f"{''.join(_row(line, verdict) for line in verdict.lines)}</tbody></table></div>"
    )


def _row(line: Line, verdict: Verdict) -> str:
    role = " (best baseline)" if line is verdict.baseline else " (best mix)" if line is verdict.mix else ""
    values = verdict.cells(line)[1:]
    return (
        f'<tr{" class=chosen" if role else ""}><th scope="row">{html.escape(line.arm.name + role)}</th>'
        f"{''.join(f'<td class=n>{value}</td>' for value in values)}</tr>"
    )


def _figure(png: bytes, alt: str, caption: str) -> str:
    source = base64.b64encode(png).decode()
    return (
        f'<figure><img alt="{html.escape(alt, quote=True)}" src="data:image/png;base64,{source}">'
        f"<figcaption>{html.escape(caption)}</figcaption></figure>"
    )
