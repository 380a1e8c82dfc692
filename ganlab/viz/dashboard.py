"""The dashboard of a run: as a page for its folder, as a figure, and live in a notebook.

Lesson: 12 Monitoring.
"""

from __future__ import annotations

import base64
import time
from collections.abc import Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np

from ganlab.errors import UserError
from ganlab.viz import _live
from ganlab.viz.curves import smooth
from ganlab.viz.figure import subplots
from ganlab.viz.gauges import gauges_of
from ganlab.viz.style import DISCRIMINATOR, FAKE, OTHERS, Look, style
from ganlab.viz.svg import STYLE, histogram_chart, line_chart

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Rows = Sequence[Mapping[str, Any]]
SETS = {"train": "training data", "generated": "generated", "held_out": "held-out data"}
PAUSE = 1.0  # seconds between two drawings of the live dashboard
SAID_EVERY = 10  # rows for each line of plain text


def dashboard_page(
    rows: Rows,
    config: Mapping[str, Any],
    warnings: Sequence[str] = (),
    sheet: tuple[int, bytes] | None = None,
    reason: str | None = None,
) -> str:
    """A whole HTML page that needs nothing from outside: warnings in words, curves, score histograms, newest samples.

    rows: of ``log.jsonl``. config: of ``config.json``. sheet: (step, PNG bytes). reason: why the run ended badly.
    The same arguments give the same page.
    """
    title = escape(f"{config.get('model', 'model')} on {config.get('data', 'data')}".replace("\\", "/"))
    step = f"step {rows[-1]['step']:,}" if rows else "no rows yet"
    facts = [f"objective {config.get('objective', '?')}", f"penalty {config.get('penalty', '?')}"]
    facts += [f"seed {config['training'].get('seed', '?')}"] if isinstance(config.get("training"), Mapping) else []
    said = [f"stopped: {reason}"] if reason else []
    said += list(warnings)
    alarm = (
        '<ul class="warn">' + "".join(f"<li>⚠ {escape(text)}</li>" for text in said) + "</ul>"
        if said
        else "<p>No alarm. That is no proof of health: look at the samples and at a metric.</p>"
    )
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{title}: {step}</title><style>{_PAGE}{STYLE}</style></head><body><main>"
        f"<h1>{title}</h1><p><strong>{step}</strong> · {escape(' · '.join(facts))}."
        " Written at each checkpoint: reload for the newest state.</p>"
        f'<section aria-labelledby="w"><h2 id="w">Warnings</h2>{alarm}</section>'
        f"{panels_html(rows)}{_sheet(sheet)}{_last(rows)}</main></body></html>\n"
    )


def panels_html(rows: Rows) -> str:
    """The curves and score histograms of a log as an HTML fragment; `ganlab.viz.svg.STYLE` belongs on its page."""
    figures = [
        (gauge.title, line_chart(gauge.title, gauge.series(rows), gauge.marks, gauge.log), gauge.says)
        for gauge in gauges_of(rows)
    ]
    newest = next((row for row in reversed(rows) if row.get("logits", {}).get("counts")), None)
    if newest is not None:
        logits, title = newest["logits"], f"Scores at step {newest['step']:,}"
        counts = {label: logits["counts"][name] for name, label in SETS.items() if name in logits["counts"]}
        chart = histogram_chart(title, logits["low"], logits["high"], counts)
        says = "Share of each set of probes; right of the dashed line D says real. Held-out data that lie with the"
        figures.insert(min(2, len(figures)), (title, chart, f"{says} generated ones mean that D has overfitted."))
    parts = [
        f"<figure><h2>{escape(title)}</h2>{chart}<figcaption>{escape(says)}</figcaption></figure>"
        for title, chart, says in figures
    ]
    return f'<div class="grid">{"".join(parts)}</div>'


def dashboard_figure(rows: Rows) -> Figure:
    """The same curves as a figure, two in a row: values thin, running means thick, one look for each curve of a panel.

    Raises UserError for a log without rows.
    """
    gauges = gauges_of(rows)
    if not gauges:
        raise UserError("the log has no rows yet: train for a few more steps, then draw the dashboard")
    lines = -(-len(gauges) // 2)
    with style():
        figure, axes = subplots(lines, 2, 2.3 * lines)
        for one, gauge in zip(axes, gauges, strict=False):
            series = gauge.series(rows)
            for look, (label, (steps, values)) in zip(_looks(len(series)), series.items(), strict=True):
                window = len(values) // 25
                mean = 10 ** smooth(np.log10(values), window) if gauge.log else smooth(values, window)
                one.plot(steps, values, color=look.color, linewidth=0.7, alpha=0.35)
                one.plot(steps, mean, color=look.color, linestyle=look.line, linewidth=1.8, label=label)
            for label, value in gauge.marks.items():
                one.axhline(value, color="grey", linestyle=":", linewidth=1.2, label=label)
            one.set_title(gauge.title, fontsize=9)
            one.set_yscale("log" if gauge.log else "linear")
            one.tick_params(which="both", labelsize=8)
            one.legend(fontsize=7)
        for one in axes[len(gauges) :]:
            one.set_axis_off()
        for one in axes[: len(gauges)][-2:]:
            one.set_xlabel("step", fontsize=9)
    return figure


class LiveDashboard:
    """A dashboard that grows while a run goes on: ``trainer.run(steps, on_log=LiveDashboard())``.

    In a notebook one widget is redrawn in place, at most once a second. Where there is none, a line of plain text
    appears every ten rows. With ``GANLAB_STATIC=1`` it says nothing and waits for `figure`.
    """

    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []
        self._widget: Any = None
        self._drawn = float("-inf")

    def __call__(self, row: dict[str, Any]) -> None:
        """Take in one row of the log."""
        self.rows.append(row)
        if _live.still():
            return
        if not _in_notebook():
            if len(self.rows) % SAID_EVERY == 1:
                print(self.line())
            return
        if self._widget is None:
            from IPython.display import display

            self._widget = _live.ipywidgets().HTML()
            display(self._widget)
        if time.monotonic() - self._drawn >= PAUSE:
            self.redraw()

    def redraw(self) -> None:
        """Bring the widget up to date, for instance after the last row."""
        if self._widget is not None:
            self._widget.value = f"<style>{_GRID}{STYLE}</style>{panels_html(self.rows)}"
        self._drawn = time.monotonic()

    def line(self) -> str:
        """The newest row as one line of text."""
        row = self.rows[-1]
        shown = ("loss_D", "loss_G", "overfit_auc", "r_t", "spread")
        return f"step {row['step']}: " + ", ".join(f"{name} {row[name]:.3f}" for name in shown if name in row)

    def figure(self) -> Figure:
        """All rows so far as a still figure."""
        return dashboard_figure(self.rows)


def _in_notebook() -> bool:
    import sys

    ipython = sys.modules.get("IPython")
    return ipython is not None and hasattr(ipython.get_ipython(), "kernel")


def _looks(count: int) -> list[Look]:
    """The first curve is D's or the training data's, the second G's or the fakes'."""
    return [DISCRIMINATOR, FAKE, OTHERS[0]][:count]


def _sheet(sheet: tuple[int, bytes] | None) -> str:
    if sheet is None:
        return ""
    step, content = sheet
    picture = base64.b64encode(content).decode()
    alt = f"Samples of the averaged generator on fixed noise, at step {step}"
    return (
        f'<section aria-labelledby="s"><h2 id="s">Samples at step {step:,}</h2>'
        f'<img alt="{alt}" src="data:image/png;base64,{picture}">'
        "<p>Always the same noise, so that two sheets compare.</p></section>"
    )


def _last(rows: Rows) -> str:
    if not rows:
        return ""
    cells = "".join(
        f'<tr><th scope="row">{escape(name)}</th><td>{value:.6g}</td></tr>'
        for name, value in rows[-1].items()
        if isinstance(value, (int, float)) and name != "seconds"
    )
    return f"<details><summary>The last row in numbers</summary><table><tbody>{cells}</tbody></table></details>"


_GRID = """
.grid{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,20rem),1fr));gap:1rem}
.grid figure{margin:0;border:1px solid #8886;border-radius:8px;padding:.6rem}
.grid h2{font-size:1rem;margin:0 0 .3rem}.grid figcaption{font-size:.85rem;opacity:.85;margin-top:.3rem}
"""
_PAGE = (
    """
:root{color-scheme:light dark;--gl0:#0072b2;--gl1:#c04a00;--gl2:#007a5a;--bg:#fff;--ink:#1b1b1b}
@media (prefers-color-scheme:dark){:root{--gl0:#6cb8f0;--gl1:#ff9a56;--gl2:#4fd1a5;--bg:#15181c;--ink:#e8e8e8}}
body{margin:0;background:var(--bg);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
main{max-width:76rem;margin:auto;padding:1rem}h1{font-size:1.4rem;margin:0}main h2{font-size:1.1rem}
.warn{border-left:5px solid var(--gl1);margin:0;padding:.4rem .8rem;list-style:none}
img{max-width:100%;height:auto;image-rendering:pixelated;background:#fff}
table{border-collapse:collapse}th,td{text-align:left;padding:.1rem .8rem .1rem 0;font-weight:normal}
"""
    + _GRID
)
