"""What lesson 18 prints are the recorded values, at least five seeds in every cell, from a known commit."""

from __future__ import annotations

import json
import re
from statistics import fmean

import pytest

from ganlab.errors import UserError
from ganlab.experiments import help_tables, registered
from ganlab.experiments.synthetic_help import SIZES
from ganlab.experiments.tables import recorded
from ganlab.synthesis import Gain, paired_gain
from ganlab.teaching.ratio_explorer import ratio_explorer


def test_the_kept_values_are_those_of_the_records():
    kept = json.loads(registered.FILE.read_text(encoding="utf-8"))
    assert kept == registered.made(recorded("synthetic-help")), "run python book/kept.py"


def test_every_cell_that_is_printed_has_five_seeds_and_a_commit():
    for row in recorded("synthetic-help"):
        assert row["commit"] and not row["commit"].endswith("-dirty")
    for cell, arms in registered.kept().items():
        assert {len(column) for scores in arms.values() for column in scores.values()} == {5}, cell


def test_a_line_of_a_table_is_the_paired_gain_of_the_kept_columns():
    cell = "digits labels k=5"
    arms = registered.kept()[cell]
    after, before = (arms[arm]["macro_recall"] for arm in ("moved", "plain"))
    gain = paired_gain(after, before)
    line = help_tables.gains(cell, [("moved", "plain")]).splitlines()[-1]
    assert help_tables.said(gain) in line and f"{fmean(after):.3f}" in line and f"{fmean(before):.3f}" in line
    better, seeds = help_tables.seeds_that_gain(cell, "moved", "plain")
    assert (better, seeds) == (sum(a > b for a, b in zip(after, before, strict=True)), 5)


def test_the_table_of_outcomes_tells_every_expectation_that_was_run():
    told = help_tables.outcome_table()
    for h in registered.PLANS:
        lines = [line for line in told.splitlines() if line.split()[0] == h.id]
        own = [each for each in help_tables.outcomes() if each.id == h.id]
        assert len(lines) == max(1, len(own)) and lines[0].endswith("not run") == (not own)
    for each in help_tables.outcomes():
        assert f"{each.id} " in told and each.verdict in ("confirmed", "refuted", "undecided")
    assert {each.id for each in help_tables.outcomes()} == {
        h.id
        for h in registered.PLANS
        for cell, arms in registered.kept().items()
        if registered.speaks_of(h, cell) and {h.after, h.before} <= set(arms)
    }


def test_every_recorded_ratio_is_drawn_and_the_slider_knows_the_cells(monkeypatch):
    monkeypatch.setenv("GANLAB_STATIC", "1")
    assert help_tables.ratios("digits labels k=5") == [0.5, 1.0, 2.0, 5.0, 10.0]
    drawn = {cell for cell, _ in help_tables.mixes()}
    assert "digits labels k=5" in drawn and "digits centroids k=5" not in drawn
    figure = ratio_explorer(5.0)
    assert figure.axes[0].get_title() == "r = 5: 83 % of a batch is synthetic"
    assert len(help_tables.grid("digits labels k=5").axes) == 1


def test_a_cell_or_an_arm_that_was_not_recorded_is_one_sentence():
    with pytest.raises(UserError, match="no recorded cell 'moon labels k=5': choose one of digits"):
        help_tables.gains("moon labels k=5", [("moved", "plain")])
    with pytest.raises(UserError, match="no arm 'wished'"):
        help_tables.gains("digits labels k=5", [("wished", "plain")])


def test_the_sign_of_a_mix_is_that_of_its_whole_interval():
    ends = ((0.1, 0.2), (-0.1, 0.2), (-0.2, -0.1))
    assert [help_tables.side(Gain(0.0, low, high, 5)) for low, high in ends] == [1, 0, -1]


def test_every_recorded_mix_is_counted_once_among_the_signs():
    mix = re.compile(r"(plain|moved) \+ ((long |best )?cgan [\d.]+|cgan fills up)")
    mixes = 0
    for cell, arms in registered.kept().items():
        found = [arm for arm in arms if mix.fullmatch(arm)]
        mixes += sum(" longer " not in cell or "long cgan" in arm for arm in found)
    assert sum(map(int, re.findall(r"\d+", help_tables.signs().splitlines()[-1]))) == mixes


def test_a_cell_is_owed_or_recorded():
    planned = {cell.name for cell in SIZES["normal"].cells}
    assert set(help_tables.owed()) == planned - set(registered.kept())


def test_what_lesson_18_says_of_a_thousand_labels():
    """Fresh real images bring nothing worth having there, and no other number of labels loses as much at r = 10."""
    many = "mnist labels k=1000"
    fresh = registered.gain(many, "moved + true law 5", "moved")
    assert -registered.WORTH < fresh.low < 0 < fresh.high < registered.WORTH
    lost = {
        cell: registered.gain(cell, "moved + cgan 10", "moved").value
        for cell, arms in registered.kept().items()
        if " labels " in cell and "moved + cgan 10" in arms
    }
    assert len(lost) == 5 and min(lost, key=lambda cell: lost[cell]) == many
