"""The curves that a learner stops: drawn as far as they are seen, judged by the alarms, still where asked."""

from __future__ import annotations

import math
import re

import pytest

from ganlab.errors import UserError
from ganlab.teaching.alarm_quiz import WELL, spot_the_trouble, verdict
from ganlab.training import alarms


def log(won_from: int = 10**9) -> list[dict[str, float]]:
    return [
        {
            "step": 50 * i, "loss_D": 0.001 if 50 * i >= won_from else 1.2, "loss_G": 0.9 + 0.1 * math.sin(i * i),
            "update_D": 1e-3, "update_G": 1e-3, "spread": 0.9, "outside": 0.0, "unreached": 0.0,
        }
        for i in range(1, 41)
    ]  # fmt: skip


WELL_LOG, WON = log(), log(won_from=500)
FROZEN = [row | {"update_G": 0.0} for row in WON]


def test_the_answer_is_the_alarms_own_step_and_reason():
    (alarm,) = alarms(WON)
    assert alarm.first == 1000
    early, late = (verdict(WON, step, "d-has-won") for step in (500, 1200))
    assert early.startswith("Right: d-has-won.") and "500 steps before the alarm" in early and str(alarm) in early
    assert "200 steps after the alarm" in late
    for guess in ("frozen", WELL):
        assert verdict(WON, 500, guess).startswith("Not this one.") and str(alarm) in verdict(WON, 500, guess)


def test_a_healthy_log_is_told_as_such_whatever_was_said():
    assert verdict(WELL_LOG, 500, WELL).startswith("Right: no alarm")
    assert verdict(WELL_LOG, 500, "frozen").startswith("No alarm goes off")


@pytest.fixture
def box(monkeypatch):
    monkeypatch.delenv("GANLAB_STATIC", raising=False)
    run, view, film, answer, says = spot_the_trouble([WON, WELL_LOG[:30]]).children
    return run, view, film.children[1], *answer.children, says


def test_it_plays_and_stops_and_says_so(box):
    run, view, slider, guess, stop, says = box
    first = bytes(view.value)
    slider.value = 20
    assert bytes(view.value) != first and says.value == ""
    guess.value = "d-has-won"
    stop.click()
    assert "You stopped at step 1000, 0 steps after the alarm" in says.value
    run.value = 1
    assert (slider.value, slider.max, says.value) == (1, 30, "")
    slider.value = 5
    stop.click()
    assert "Not this one" not in says.value and "No alarm goes off" in says.value


def test_every_control_has_words(box):
    run, _, slider, guess, stop, _ = box
    assert all(control.description for control in (run, slider, guess, stop))


def test_what_is_not_yet_seen_is_not_drawn_and_nothing_is_given_away(monkeypatch):
    from ganlab.teaching import alarm_quiz

    figure = alarm_quiz._draw([(WON, 8, None)])
    for axes in figure.axes:
        assert axes.lines and all(max(line.get_xdata()) <= 400 for line in axes.lines)
        assert axes.get_xlim()[1] == 2000


@pytest.fixture
def still(monkeypatch):
    monkeypatch.setenv("GANLAB_STATIC", "1")
    return spot_the_trouble([WON, WELL_LOG, FROZEN])


def test_the_still_tells_every_alarm_the_earliest_first(still):
    """`alarms` lists d-has-won before frozen; the reader wants the cause, which came first in time."""
    assert [alarm.name for alarm in alarms(FROZEN)] == ["d-has-won", "frozen"]
    told = [band.get_suptitle().replace("\n", " ") for band in still.subfigs]
    assert told[0].startswith("Run 1. d-has-won, step 1000:") and told[1] == "Run 2. No alarm."
    assert re.match(r"Run 3\. frozen, step 50: .*; then d-has-won, step 1000: ", told[2])
    assert verdict(FROZEN, 50, "frozen").index("says frozen") < verdict(FROZEN, 50, "frozen").index("says d-has-won")


def test_the_still_marks_the_step_of_each_alarm(still):
    for band, steps in zip(still.subfigs, ([1000], [], [50, 1000]), strict=True):
        for axes in band.axes:
            assert [
                line.get_xdata()[0] for line in axes.lines if line.get_linestyle() == ":" and len(line.get_xdata()) == 2
            ] == steps


def test_no_legend_covers_a_curve(still):
    still.draw_without_rendering()
    for axes in still.axes:
        legend = axes.get_legend().get_window_extent()
        tops = [
            axes.transData.transform(line.get_xydata())[:, 1].max() for line in axes.lines if len(line.get_xdata()) > 2
        ]
        assert max(tops) < legend.y0


@pytest.mark.parametrize("logs", [[], [WON[:1]]])
def test_nothing_to_play_is_refused(logs):
    with pytest.raises(UserError, match="nothing to play"):
        spot_the_trouble(logs)
