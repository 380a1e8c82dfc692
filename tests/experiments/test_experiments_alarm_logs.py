"""Logs that are broken on purpose: the right thing is broken, and what is written is the log."""

from __future__ import annotations

import json

import pytest

from ganlab.experiments import EXPERIMENTS, alarm_logs, read
from ganlab.training import ALARMS


def test_the_script_holds_the_log_and_the_record_its_alarms(tmp_path, monkeypatch):
    monkeypatch.setattr(alarm_logs, "RUNS", {name: alarm_logs.RUNS[name] for name in ("frozen", "healthy")})
    found = EXPERIMENTS["alarm-logs"](tmp_path, size="small")
    logs = json.loads((tmp_path / "logs.js").read_text().removeprefix("window.ganlabLogs = ").removesuffix(";\n"))
    assert [row["values"] for row in read(tmp_path / "records.jsonl")] == list(found.values())
    assert found["frozen"]["frozen"] == logs["frozen"]["step"][0] and found["healthy"] == dict.fromkeys(ALARMS)
    assert set(logs["frozen"]["update_G"]) == {0.0} and 0.0 not in logs["frozen"]["update_D"]
    for row, given in zip(alarm_logs.watched_run("healthy", 0, 120), alarm_logs.rows_of(logs["healthy"]), strict=True):
        assert given == pytest.approx({name: row.get(name) for name in ("step", *alarm_logs.SHOWN)}, rel=1e-3)


def test_the_wrong_scale_is_wrong_from_the_first_row():
    rows = alarm_logs.watched_run("range", 0, 80)
    assert all(row["outside"] > 0.05 for row in rows)


def test_a_value_that_is_not_finite_is_kept_as_none():
    assert alarm_logs.columns([{"step": 1, "loss_D": float("nan")}])["loss_D"] == [None]
