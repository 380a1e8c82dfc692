"""One page for a report: self-contained HTML, or a picture. Nothing in it is fetched, nothing in it runs.

Lesson: 13 Evaluation.
"""

from __future__ import annotations

import base64
import html
from pathlib import Path

import torch

from ganlab import viz
from ganlab.errors import UserError
from ganlab.evaluation.sources import Case
from ganlab.files import write_atomically
from ganlab.metrics.card import DIMENSIONS, Card, Line, shown
from ganlab.metrics.spectrum import LEAST_SIDE, radial_power
from ganlab.viz.points import check_points
from ganlab.viz.saving import can_be_drawn
from ganlab.viz.scorecard import Mark, show_card, show_spectra
from ganlab.viz.sheet import enlarged_sheet

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 0 auto; padding: 1rem; color: #111;
  background: #fff }
pre { white-space: pre-wrap }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums }
th, td { text-align: left; padding: .25rem .6rem; border-bottom: 1px solid #ddd; vertical-align: top }
td.n { text-align: right; white-space: nowrap }
th[scope=rowgroup] { background: #eef3f7; border-top: 2px solid #567 }
.worse { font-weight: 600; border-left: 4px solid #D55E00; padding-left: .4rem }
.fine { border-left: 4px solid #0072B2; padding-left: .4rem }
figure { margin: 1rem 0 } img { max-width: 100%; height: auto; image-rendering: auto }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(15rem, 1fr)); gap: 1rem }
.scroll { overflow-x: auto } @media print { .scroll { overflow: visible } }
"""


def save_page(case: Case, path: Path) -> Path:
    """Write the page of a report: ``path`` ends in .html (everything) or .png (the chart alone).

    The file appears whole or not at all. Raises UserError for another ending.
    """
    if path.suffix == ".png":
        write_atomically(path, viz.png(_chart(case.card)))
    elif path.suffix == ".html":
        write_atomically(path, page(case).encode())
    else:
        raise UserError(f"--page must end in .html or .png, not {path.suffix or 'nothing'}")
    return path


def page(case: Case) -> str:
    """The page as HTML."""
    card = case.card
    worse = [line for line in card.lines if line.worse]
    summary = (
        f"{len(worse)} of {len(card.lines)} metrics lie outside of what real data get: "
        + "; ".join(f"{line.name} ({line.verdict})" for line in worse)
        if worse
        else f"All {len(card.lines)} metrics lie where real data lie."
    )
    parts = [
        f"<h1>Evaluation of {html.escape(card.generated)}</h1>",
        f"<p>Against {html.escape(card.real)}. Features: {html.escape(card.features)}.</p>",
        f"<p><strong>{html.escape(summary)}.</strong></p>".replace("..</strong>", ".</strong>"),
        _figure(
            viz.png(_chart(card)),
            "Every metric on one axis, away from what real data get; the band is where real data lie. "
            + "; ".join(f"{line.name}: {line.verdict}" for line in card.lines),
            "Each value in half-widths of its floor: inside of the band it cannot be told from real data. Circles are"
            " like real data or better, crosses are worse. The line is the 95 % interval.",
        ),
        _table(card),
        *_pictures(case),
        "<h2>How it was measured</h2>",
        *(f"<p>{html.escape(note)}</p>" for note in card.notes),
    ]
    if case.report is not None:
        parts += ["<h2>The classifier's own report</h2>", f"<pre>{html.escape(case.report.text())}</pre>"]
    body = "\n".join(parts)
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Evaluation of {html.escape(card.generated)}</title><style>{_STYLE}</style>"
        f"</head><body><main>\n{body}\n</main></body></html>\n"
    )


def marks(card: Card) -> list[Mark]:
    """The rows of the chart, group by group."""
    return [_mark(line) for dimension in DIMENSIONS for line in card.lines if line.dimension == dimension]


def _mark(line: Line) -> Mark:
    low, high = line.in_halves(line.interval.low), line.in_halves(line.interval.high)
    return Mark(line.name, line.dimension, line.beyond, low, high, line.worse)


def _chart(card: Card):  # type: ignore[no-untyped-def]
    return show_card(marks(card))


def _table(card: Card) -> str:
    rows = []
    for dimension in DIMENSIONS:
        lines = [line for line in card.lines if line.dimension == dimension]
        if lines:
            rows.append(f'<tr><th scope="rowgroup" colspan="6">{dimension}</th></tr>')
        for line in lines:
            rows.append(
                f'<tr><th scope="row">{html.escape(line.name)}</th><td class="n">{shown(line.interval.value)}</td>'
                f'<td class="n">{shown(line.interval.low)} to {shown(line.interval.high)}</td>'
                f'<td class="n">{shown(line.floor.low)} to {shown(line.floor.high)}</td>'
                f'<td class="n">{line.n}</td>'
                f'<td><span class="{"worse" if line.worse else "fine"}">{html.escape(line.verdict)}</span></td></tr>'
            )
    head = "".join(
        f'<th scope="col">{h}</th>' for h in ("metric", "value", "95 % interval", "real data", "n", "verdict")
    )
    return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{"".join(rows)}</tbody></table></div>'


def _pictures(case: Case) -> list[str]:
    generated, real = case.shown
    if not can_be_drawn(tuple(generated.shape[1:])):
        return []
    if generated.ndim == 2:
        check_points(generated)
        drawn = viz.png(viz.real_against_generated(real, generated))
        return ["<h2>Samples</h2>", _figure(drawn, "Scatter of real points left and of generated points right.", "")]
    sheets = [
        _figure(viz.png(enlarged_sheet(real)), f"{len(real)} real images in a grid.", "real, not chosen"),
        _figure(
            viz.png(enlarged_sheet(generated)), f"{len(generated)} generated images in a grid.", "generated, not chosen"
        ),
    ]
    parts = ["<h2>Samples</h2>", f'<div class="pair">{"".join(sheets)}</div>']
    if case.copies is not None:
        both = torch.cat(case.copies)
        parts.append(
            _figure(
                viz.png(enlarged_sheet(both, columns=len(case.copies[0]))),
                "Two rows of images: generated ones above, below each the training image nearest to it.",
                "The samples nearest to the training data (above), and what they are nearest to (below)",
            )
        )
    if case.images is not None and generated.shape[2] == generated.shape[3] >= LEAST_SIDE:
        power, power_real = (radial_power(images) for images in case.images)
        parts.append(
            _figure(
                viz.png(show_spectra(power, power_real)),
                "Radial power spectra of real and generated images over frequency.",
                "Detail at each scale: below the real curve at the right is blur, above it noise or artefacts",
            )
        )
    return parts


def _figure(png: bytes, alt: str, caption: str) -> str:
    said = f"<figcaption>{html.escape(caption)}</figcaption>" if caption else ""
    source = base64.b64encode(png).decode()
    return f'<figure><img alt="{html.escape(alt, quote=True)}" src="data:image/png;base64,{source}">{said}</figure>'
