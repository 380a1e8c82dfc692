"""The dashboard of a run folder: one page without requests, made from the folder alone. Lesson: 12 Monitoring."""

from __future__ import annotations

from pathlib import Path

from ganlab.files import read_json_lines, write_atomically
from ganlab.training.alarms import alarms
from ganlab.training.runfolder import RunFolder
from ganlab.viz import dashboard_page


def write_dashboard(run: RunFolder | str | Path, reason: str | None = None) -> Path:
    """Write ``dashboard.html`` into a run folder from its configuration, log and newest sample sheet; return its path.

    ``reason`` says why a run ended badly, in words. The page appears whole or not at all, and equal folders give equal
    pages. Raises UserError where the folder is not a run, and for a log with a broken line.
    """
    folder = run if isinstance(run, RunFolder) else RunFolder(run)
    config = folder.read_config()
    rows = read_json_lines(folder.log) if folder.log.exists() else []
    sheets = sorted(folder.samples.glob("step-*.png"))
    sheet = (int(sheets[-1].stem.removeprefix("step-")), sheets[-1].read_bytes()) if sheets else None
    warnings = [str(alarm) for alarm in alarms(rows)]
    path = folder.path / "dashboard.html"
    write_atomically(path, dashboard_page(rows, config, warnings, sheet, reason).encode())
    return path
