"""Small charts as SVG text: no matplotlib, a few milliseconds each, colours from the page that holds them.

Lines and areas take their colour from the classes s0, s1 and s2 and differ in dashes too. Lesson: 12 Monitoring.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape

import numpy as np

from ganlab.viz.curves import smooth

WIDTH, HEIGHT = 340, 210
LEFT, RIGHT, TOP, BOTTOM = 46, 8, 8, 30
DRAWN = 300  # points of a line at most

Series = Mapping[str, tuple[np.ndarray, np.ndarray]]


def line_chart(title: str, series: Series, marks: Mapping[str, float] | None = None, log: bool = False) -> str:
    """Curves over steps, raw values faint and their running mean strong, with dashed lines at ``marks``.

    series: label -> (steps, values), finite, at most three, each with a value. The alternative text says the range and
    the last value of each.
    """
    marks = dict(marks or {})
    values = np.concatenate([v for _, v in series.values()])
    steps = np.concatenate([s for s, _ in series.values()])
    low, high = _limits([*values, *marks.values()], log)
    x = _scale(steps.min(), max(steps.max(), steps.min() + 1), LEFT, WIDTH - RIGHT)
    y = _scale(low, high, HEIGHT - BOTTOM, TOP)
    level = np.log10 if log else np.asarray
    body = [_frame(steps, low, high, x, y, log)]
    for value in marks.values():
        at = y(float(level(value)))
        body.append(f'<line class="mark" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{at:.1f}" y2="{at:.1f}"/>')
    for place, (s, v) in enumerate(series.values()):
        shown = _thin(len(s))
        tamed = smooth(level(v), len(v) // 25)
        if len(v) == 1:
            body.append(f'<circle class="s{place}" cx="{x(s[0]):.1f}" cy="{y(float(level(v)[0])):.1f}" r="3"/>')
        body.append(f'<polyline class="s{place} raw" points="{_points(s[shown], level(v)[shown], x, y)}"/>')
        body.append(f'<polyline class="s{place}" points="{_points(s[shown], tamed[shown], x, y)}"/>')
    said = [f"{label}: {v.min():.3g} to {v.max():.3g}, {v[-1]:.3g} at the end" for label, (_, v) in series.items()]
    said += [f"dashed line at {value:.3g}, {label}" for label, value in marks.items()]
    alt = f"{title}, steps {steps.min():.0f} to {steps.max():.0f}. " + "; ".join(said) + "."
    return _svg(alt, body) + _legend([*series], marks)


def histogram_chart(title: str, low: float, high: float, counts: Mapping[str, Sequence[int]]) -> str:
    """Histograms over the same bins as outlines, label -> counts, at most three; the height is a share of the set."""
    shares = {label: np.array(c, dtype=np.float64) / max(1, sum(c)) for label, c in counts.items()}
    top = max(float(s.max()) for s in shares.values())
    x = _scale(low, high, LEFT, WIDTH - RIGHT)
    y = _scale(0.0, top, HEIGHT - BOTTOM, TOP)
    body = [_frame(np.array([low, high]), 0.0, top, x, y, False, "score")]
    if low < 0 < high:
        body.append(f'<line class="mark" x1="{x(0):.1f}" x2="{x(0):.1f}" y1="{TOP}" y2="{HEIGHT - BOTTOM}"/>')
    middles = {}
    for place, (label, share) in enumerate(shares.items()):
        edges = np.linspace(low, high, len(share) + 1)
        body.append(f'<polyline class="s{place}" points="{_points(edges.repeat(2)[1:-1], share.repeat(2), x, y)}"/>')
        middles[label] = float((share * (edges[:-1] + edges[1:]) / 2).sum())
    said = "; ".join(f"{label} about {middle:.2g} on average" for label, middle in middles.items())
    return _svg(f"{title}, scores from {low:.3g} to {high:.3g}. {said}.", body) + _legend([*counts], {})


STYLE = """
.gl-chart{width:100%;height:auto;display:block}
.gl-chart polyline{fill:none;stroke-width:2}.gl-chart .raw{stroke-width:1;opacity:.3;stroke-dasharray:none}
.gl-chart text{font:11px system-ui,sans-serif;fill:currentColor}
.gl-chart .axis{stroke:currentColor;opacity:.22}.gl-chart .mark{stroke:currentColor;stroke-dasharray:2 4;opacity:.8}
.gl-chart .s0,.gl-key .s0{stroke:var(--gl0,#0072b2)}
.gl-chart .s1,.gl-key .s1{stroke:var(--gl1,#d55e00);stroke-dasharray:7 3}
.gl-chart .s2,.gl-key .s2{stroke:var(--gl2,#009e73);stroke-dasharray:2 2}.gl-chart circle{fill:none;stroke-width:2}
.gl-key{font:13px system-ui,sans-serif;margin:.2em 0 0;padding:0;list-style:none}
.gl-key{display:flex;flex-wrap:wrap;gap:.1em 1em}
.gl-key svg{width:28px;height:8px;margin-right:.35em;vertical-align:middle}.gl-key line{stroke-width:2.5}
.gl-key .mark{stroke:currentColor;stroke-dasharray:2 4}
"""
"""What a page needs once for its charts; it may set the colours ``--gl0``, ``--gl1`` and ``--gl2``."""


def _svg(alt: str, body: list[str]) -> str:
    inside = "".join(body)
    opening = f'<svg class="gl-chart" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(alt)}">'
    return f"{opening}{inside}</svg>"


def _legend(labels: list[str], marks: Mapping[str, float]) -> str:
    line = '<svg viewBox="0 0 28 8" aria-hidden="true"><line class="{}" x1="0" x2="28" y1="4" y2="4"/></svg>'
    keys = [(line.format(f"s{place}"), label) for place, label in enumerate(labels)]
    keys += [(line.format("mark"), f"{label} ({value:.3g})") for label, value in marks.items()]
    return '<ul class="gl-key">' + "".join(f"<li>{sample}{escape(label)}</li>" for sample, label in keys) + "</ul>"


def _frame(steps: np.ndarray, low: float, high: float, x: _Scale, y: _Scale, log: bool, unit: str = "step") -> str:
    parts = []
    for value in _decades(low, high) if log else _ticks(low, high):
        text = f"{10**value if log else value:.4g}"
        parts.append(f'<line class="axis" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y(value):.1f}" y2="{y(value):.1f}"/>')
        parts.append(f'<text x="{LEFT - 4}" y="{y(value) + 4:.1f}" text-anchor="end">{text}</text>')
    for value, anchor in ((steps.min(), "start"), (steps.max(), "end")):
        parts.append(f'<text x="{x(value):.1f}" y="{HEIGHT - BOTTOM + 15}" text-anchor="{anchor}">{value:.4g}</text>')
    middle = (LEFT + WIDTH - RIGHT) / 2
    parts.append(f'<text x="{middle}" y="{HEIGHT - BOTTOM + 15}" text-anchor="middle">{unit}</text>')
    return "".join(parts)


class _Scale:
    def __init__(self, a: float, b: float, c: float, d: float) -> None:
        self.a, self.slope, self.c = a, (d - c) / (b - a), c

    def __call__(self, value: float) -> float:
        return self.c + (value - self.a) * self.slope


def _scale(a: float, b: float, c: float, d: float) -> _Scale:
    return _Scale(float(a), float(b), c, d)


def _limits(values: Sequence[float], log: bool) -> tuple[float, float]:
    levels = np.log10(values) if log else np.asarray(values)
    low, high = float(levels.min()), float(levels.max())
    room = 0.05 * (high - low) or 0.5 * max(1e-3, abs(high))
    return low - room, high + room


def _ticks(low: float, high: float) -> list[float]:
    rough = (high - low) / 4
    size = 10 ** math.floor(math.log10(rough))
    step = next(size * m for m in (1, 2, 5, 10) if size * m >= rough)
    return [k * step for k in range(math.ceil(low / step), math.floor(high / step) + 1)]


def _decades(low: float, high: float) -> list[float]:
    """Logarithms of round numbers: of powers of ten where two or more fit, else of 1, 2 and 5 times them."""
    whole = range(math.floor(low), math.ceil(high) + 1)
    tens = [float(k) for k in whole if low <= k <= high]
    return tens if len(tens) > 1 else [v for k in whole for m in (1, 2, 5) if low <= (v := k + math.log10(m)) <= high]


def _thin(n: int) -> np.ndarray:
    return np.unique(np.linspace(0, n - 1, min(n, DRAWN)).round().astype(int))


def _points(xs: np.ndarray, ys: np.ndarray, x: _Scale, y: _Scale) -> str:
    return " ".join(f"{x(a):.1f},{y(b):.1f}" for a, b in zip(xs, ys, strict=True))
