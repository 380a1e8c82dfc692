"""Dashboards: complete without requests, readable without colour, honest about what they leave out."""

from __future__ import annotations

import math
import re
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pytest

from ganlab.errors import UserError
from ganlab.viz import LiveDashboard, dashboard_figure, dashboard_page, png
from ganlab.viz import dashboard as module
from ganlab.viz.gauges import GAUGES, gauges_of
from ganlab.viz.svg import histogram_chart, line_chart

CONFIG = {"model": "gan", "data": "digits", "objective": "hinge", "penalty": "r1", "training": {"seed": 3}}
PNG = png(np.zeros((2, 2), dtype=np.uint8))


def rows(n: int = 30) -> list[dict[str, Any]]:
    logits = {"low": -1.0, "high": 2.0, "counts": {"train": [1, 2, 3], "held_out": [3, 2, 1], "generated": [6, 0, 0]}}
    return [
        {
            "step": 10 * i + 1, "loss_D": 1.3 - 0.01 * i, "loss_G": math.nan if i == 5 else 0.7, "seconds": 1.0 * i,
            "logit_train": 0.5, "logit_held_out": 0.4, "logit_generated": -0.2, "logits": logits,
            "grad_D": 10.0 ** (i % 3), "grad_G": 0.0, "overfit_auc": 0.55, "accuracy_held_out": 0.8, "r_t": 0.3,
            "metric_frechet": 9.0 - 0.1 * i, "floor_frechet": 0.5,
        }
        for i in range(n)
    ]  # fmt: skip


class Reader(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.svgs: list[dict[str, str | None]] = []
        self.images: list[dict[str, str | None]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ("meta", "img", "line", "circle", "polyline"):
            self.open.append(tag)
        if tag == "svg":
            self.svgs.append(dict(attrs))
        if tag == "img":
            self.images.append(dict(attrs))

    def handle_endtag(self, tag: str) -> None:
        if tag not in ("line", "circle", "polyline"):
            assert self.open.pop() == tag


def test_the_page_needs_nothing_from_outside_and_closes_what_it_opens():
    page = dashboard_page(rows(), CONFIG, ["range: bad"], (291, PNG))
    assert Reader(page).open == []
    assert re.findall(r'(?:src|href)="(?!data:)|url\(|@import|https?:', page) == []
    assert "<script" not in page


def test_every_picture_has_words_and_every_curve_its_own_dashes():
    found = Reader(dashboard_page(rows(), CONFIG, (), (291, PNG)))
    charts = [svg for svg in found.svgs if svg.get("role") == "img"]
    assert len(charts) == len(gauges_of(rows())) + 1
    assert all(len((svg["aria-label"] or "").split()) > 6 for svg in charts)
    assert all(svg.get("aria-hidden") == "true" for svg in found.svgs if svg not in charts)
    assert all(image["alt"] for image in found.images)
    from ganlab.viz.svg import STYLE

    assert len({re.search(rf"\.gl-chart \.{s},[^}}]*}}", STYLE).group() for s in ("s0", "s1", "s2")}) == 3  # type: ignore[union-attr]
    assert STYLE.count("stroke-dasharray:") >= 4


def test_the_page_says_warnings_reason_floor_and_the_last_row_but_no_time():
    page = dashboard_page(rows(), CONFIG, ["range <2>: bad"], None, "the loss of G became NaN")
    for words in (
        "range &lt;2&gt;: bad",
        "stopped: the loss of G",
        "floor: a perfect sampler (0.5)",
        "penalty r1",
        "seed 3",
    ):
        assert words in page
    assert "seconds" not in page
    assert "No alarm" in dashboard_page(rows(), CONFIG)


def test_a_run_without_rows_has_a_page_too():
    assert "no rows yet" in dashboard_page([], CONFIG) and Reader(dashboard_page([], CONFIG)).open == []


def test_names_from_a_run_cannot_break_the_page():
    page = dashboard_page([{"step": 1, "metric_<b>": 2.0}], {"model": "<script>", "data": '"&'})
    assert "<script" not in page and "<b>" not in page and Reader(page).open == []


def test_the_last_value_is_where_the_axis_puts_it():
    chart = line_chart("t", {"a": (np.array([0.0, 10.0]), np.array([0.0, 1.0]))}, {"one": 1.0})
    line = re.search(r'class="s0" points="([^"]*)"', chart).group(1)  # type: ignore[union-attr]
    end = float(line.split()[-1].split(",")[1])
    mark = float(re.search(r'class="mark" x1="46" x2="332" y1="([\d.]+)"', chart).group(1))  # type: ignore[union-attr]
    assert end == pytest.approx(mark, abs=0.2)
    assert "0 to 1, 1 at the end" in chart and "dashed line at 1, one" in chart


def test_a_logarithmic_panel_leaves_out_zeros_and_says_round_numbers():
    gauge = next(g for g in GAUGES if "grad_D" in g.scalars)
    assert list(gauge.series(rows())) == ["D"]
    chart = line_chart("t", gauge.series(rows()), log=True)
    assert re.findall(r'text-anchor="end">([\d.]+)</text>', chart)[:3] == ["1", "10", "100"]


@pytest.mark.parametrize(
    "values", [np.array([2.0]), np.full(5, 2.0), np.zeros(5), np.array([1e-12, 2e-12]), np.array([1e12, 3e12])]
)
def test_any_range_of_values_makes_a_chart(values: np.ndarray):
    assert "nan" not in line_chart("t", {"a": (np.arange(float(len(values))), values)})


def test_a_histogram_draws_shares():
    chart = histogram_chart("t", 0.0, 4.0, {"a": [1, 1, 1, 1], "b": [100, 0, 0, 0]})
    assert "a about 2 on average; b about 0.5 on average" in chart


def test_long_logs_stay_small():
    assert len(dashboard_page(rows(5000), CONFIG)) < 200_000


def test_the_figure_has_a_panel_for_each_gauge_and_labels_for_each_curve():
    figure = dashboard_figure(rows())
    drawn = [axes for axes in figure.axes if axes.axison]
    assert [axes.get_title() for axes in drawn] == [gauge.title for gauge in gauges_of(rows())]
    assert all(axes.get_legend() for axes in drawn)
    for axes in drawn:
        looks = [line.get_linestyle() for line in axes.lines if not line.get_label().startswith("_")]
        assert len(set(looks)) == len(looks)
    with pytest.raises(UserError, match="no rows yet"):
        dashboard_figure([])


def test_live_outside_a_notebook_is_a_line_of_text_every_ten_rows(capsys, monkeypatch):
    monkeypatch.delenv("GANLAB_STATIC", raising=False)
    live = LiveDashboard()
    for row in rows(21):
        live(row)
    said = capsys.readouterr().out.splitlines()
    assert len(said) == 3 and said[1].startswith("step 101: loss_D 1.200, loss_G 0.700")
    assert png(live.figure())[:4] == b"\x89PNG"


def test_live_and_static_says_nothing(capsys, monkeypatch):
    monkeypatch.setenv("GANLAB_STATIC", "1")
    live = LiveDashboard()
    live(rows(1)[0])
    assert capsys.readouterr().out == "" and len(live.rows) == 1


def test_live_in_a_notebook_redraws_one_widget_and_not_too_often(monkeypatch):
    pytest.importorskip("IPython")
    shown, clock = [], [0.0]
    monkeypatch.delenv("GANLAB_STATIC", raising=False)
    monkeypatch.setattr(module, "_in_notebook", lambda: True)
    monkeypatch.setattr("IPython.display.display", shown.append)
    monkeypatch.setattr(module.time, "monotonic", lambda: clock[0])
    live, states = LiveDashboard(), []
    for row in rows(8):
        clock[0] += 0.5
        live(row)
        states.append(shown[0].value)
    assert len(shown) == 1 and len(set(states)) == 4 and "<svg" in states[0]
    live.redraw()
    assert f"steps 1 to {rows(8)[-1]['step']}" in shown[0].value


def test_a_model_without_a_d_has_one_sentence_instead_of_ds_panels():
    alone = [{"step": i, "loss_G": 5.0 - i, "kl": 1.0, "grad_G": 1.0, "update_G": 1e-3, "spread": 0.9} for i in (1, 2)]
    shown = gauges_of(alone)
    assert shown[0].title == "Loss and its parts" and "There is no D" in shown[0].says
    assert not any(name.startswith("logit") for gauge in shown for name in gauge.scalars)
    assert gauges_of(rows())[0] is GAUGES[0]
    page = dashboard_page(alone, CONFIG | {"model": "vae"})
    assert "There is no D" in page and "an opponent that moves: neither" not in page
