"""Alarms: each goes off on a log made sick on purpose, stays silent on its healthy twin, and says what to do."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ganlab.errors import UserError
from ganlab.training import ALARMS, Alarm, alarms, rhythm

Rows = list[dict[str, Any]]


def healthy(n: int = 100, every: int = 50, seed: int = 0) -> Rows:
    """Rows as a sound run leaves them: noise about plausible values, no trend."""
    rng = np.random.default_rng(seed)
    noise = rng.normal(size=(n, 6))
    return [
        {
            "step": every * (i + 1),
            "loss_D": 1.2 + 0.1 * e[0], "loss_G": 0.9 + 0.1 * e[1], "logit_real": 0.5 + 0.2 * e[2],
            "update_D": 1e-3, "update_G": 2e-3, "outside": 0.0, "overfit_auc": 0.5 + 0.02 * e[3],
            "spread": 0.9 + 0.02 * e[4], "seconds": 0.1 * i,
        }
        for i, e in enumerate(noise)
    ]  # fmt: skip


def changed(name: str, value: Callable[[int, float], float], first: int = 40) -> Rows:
    """The healthy rows, one scalar made sick from row ``first`` on."""
    rows = healthy()
    for i, row in enumerate(rows[first:]):
        row[name] = value(i, row[name])
    return rows


SICK = {
    "not-finite": changed("loss_G", lambda i, v: math.nan, first=99),
    "d-has-won": changed("loss_D", lambda i, v: 0.003),
    "frozen": changed("update_G", lambda i, v: 0.0),
    "range": changed("outside", lambda i, v: 0.25),
    "overfit": changed("overfit_auc", lambda i, v: 0.9),
    "no-spread": changed("spread", lambda i, v: 0.02),
    "oscillation": changed("logit_real", lambda i, v: v + math.sin(2 * math.pi * i / 9), first=0),
}


def test_every_alarm_is_tried():
    assert set(SICK) == set(ALARMS)


@pytest.mark.parametrize("name", SICK)
def test_a_sick_log_sets_off_its_own_alarm_and_no_other(name: str):
    (found,) = alarms(SICK[name])
    assert found.name == name and found.active
    assert found.last == SICK[name][-1]["step"]
    assert len(found.advice.split()) >= 6 and found.seen


@pytest.mark.parametrize("seed", range(20))
def test_a_healthy_log_sets_off_none(seed: int):
    assert alarms(healthy(seed=seed)) == []
    assert alarms(healthy(n=600, every=10, seed=seed)) == []


def test_fakes_that_cover_half_of_the_datas_range_set_off_the_range_alarm_after_the_start():
    half = [row | {"unreached": 0.5} for row in healthy()]  # a sigmoid against data in [-1, 1]
    (found,) = alarms(half)
    assert (found.name, found.first, found.active) == ("range", 1500, True) and "50 % of the real values" in found.seen
    assert alarms([row | {"unreached": 0.5 if row["step"] < 1400 else 0.0} for row in half]) == []


def test_no_rows_and_rows_without_the_scalars_are_silent():
    assert alarms([]) == [] and alarms([{"step": 1}, {"step": 50, "note": "text", "logits": {"low": 0}}]) == []


@pytest.mark.parametrize(
    ("name", "scalar"), [("d-has-won", "loss_D"), ("range", "outside"), ("overfit", "overfit_auc")]
)
def test_what_lasts_less_than_500_steps_is_no_alarm(name: str, scalar: str):
    sick = SICK[name]
    value = sick[-1][scalar]
    for length, expected in ((10, []), (11, [name])):  # rows are 50 steps apart: 11 of them span 500
        rows = healthy()
        for row in rows[-length:]:
            row[scalar] = value
        assert [found.name for found in alarms(rows)] == expected


def test_an_alarm_that_went_away_is_kept_but_not_active():
    rows = healthy()
    for row in rows[20:40]:
        row["loss_D"] = 0.001
    (found,) = alarms(rows)
    assert not found.active and (found.first, found.last) == (rows[30]["step"], rows[39]["step"])
    assert "not since" in str(found)


def test_a_critic_with_a_negative_loss_has_not_won():
    assert alarms(changed("loss_D", lambda i, v: -0.4)) == []


def test_fakes_that_are_alike_at_the_start_are_no_collapse():
    rows = healthy()
    for row in rows:
        if row["step"] < 1450:
            row["spread"] = 0.01
    assert alarms(rows) == []


def test_infinity_counts_and_a_row_of_text_does_not():
    rows = [*healthy(), {"step": 5050, "grad_G": math.inf, "note": "nan"}]
    (found,) = alarms(rows)
    assert found.name == "not-finite" and "grad_G" in found.seen


def test_both_players_can_stand_still():
    rows = changed("update_D", lambda i, v: 0.0)
    assert "of D" in ALARMS["frozen"](rows).seen  # type: ignore[union-attr]


def test_an_alarm_reads_as_one_sentence():
    text = str(Alarm("range", 500, 1500, True, "a quarter lies outside", "use tanh"))
    assert text == "range (since step 500): a quarter lies outside; use tanh"


# The rhythm.


@given(period=st.floats(4, 14), phase=st.floats(0, 6), slope=st.floats(-1, 1), size=st.floats(0.1, 50))
def test_a_sine_on_a_slope_is_all_rhythm(period: float, phase: float, slope: float, size: float):
    i = np.arange(64)
    found, share = rhythm(size * np.sin(2 * np.pi * i / period + phase) + slope * i)
    assert share > 0.8 and found == pytest.approx(period, rel=0.2)


def test_the_share_does_not_depend_on_scale_or_level():
    values = np.random.default_rng(0).normal(size=80)
    assert rhythm(values)[1] == pytest.approx(rhythm(1e4 * values - 7)[1])


def test_noise_has_little_rhythm():
    draws = np.random.default_rng(0).normal(size=(500, 64))
    assert np.mean([rhythm(v)[1] > 0.5 for v in draws]) < 0.01


def test_drift_has_little_rhythm():
    walks = np.random.default_rng(0).normal(size=(500, 64)).cumsum(1)
    assert np.mean([rhythm(v)[1] > 0.5 for v in walks]) < 0.02


def test_constants_and_lines_have_none():
    assert rhythm(np.full(64, 3.0))[1] == 0 and rhythm(5.0 * np.arange(64))[1] == 0


@pytest.mark.parametrize("values", [np.zeros(15), np.full(64, np.nan)])
def test_too_few_values_or_bad_ones_are_refused(values: np.ndarray):
    with pytest.raises(UserError, match="period cannot be read"):
        rhythm(values)
