"""One function per table or figure of the book, and the notebook of record they write to.

``EXPERIMENTS`` maps the name that the command line knows to a function of ``(out, *, seed, size)``. One that is made of
named parts takes ``only`` too: the names of those to run.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ganlab.experiments import (
    alarm_logs,
    budget,
    classifier,
    conditional,
    gain,
    information,
    mixtures,
    mnist_models,
    museum,
    plane,
    shelf,
    small_data,
    speed,
    stacked,
    styles,
    synthetic_help,
    watching,
)
from ganlab.experiments.recorder import commit, describe_device, read, record, versions

EXPERIMENTS: dict[str, Callable[..., dict[str, Any]]] = {
    **classifier.EXPERIMENTS,
    **conditional.EXPERIMENTS,
    **gain.EXPERIMENTS,
    **information.EXPERIMENTS,
    **mixtures.EXPERIMENTS,
    **mnist_models.EXPERIMENTS,
    **museum.EXPERIMENTS,
    **plane.EXPERIMENTS,
    **shelf.EXPERIMENTS,
    **small_data.EXPERIMENTS,
    **speed.EXPERIMENTS,
    **synthetic_help.EXPERIMENTS,
    **watching.EXPERIMENTS,
    **alarm_logs.EXPERIMENTS,
    **budget.EXPERIMENTS,
    **stacked.EXPERIMENTS,
    **styles.EXPERIMENTS,
}

__all__ = ["EXPERIMENTS", "commit", "describe_device", "read", "record", "versions"]
