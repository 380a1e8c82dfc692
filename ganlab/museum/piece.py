"""What a piece of the museum is: a file that trains, a line that breaks it, and a number that tells sick from healthy.

Lesson: 11 Failures and stabilisers.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Run:
    """One training run as plain data.

    ``rows``: about a hundred, each with ``step`` and scalars, as in a run's log. ``real`` and ``samples``: float32
    (N, 2) points, (N, 1) numbers or (N, 1, 8, 8) images, at the end. ``value``: the piece's observable.
    """

    rows: list[dict[str, float]]
    real: Tensor
    samples: Tensor
    value: float

    def curve(self, name: str) -> tuple[list[float], list[float]]:
        """(steps, values) of one scalar."""
        found = [(row["step"], row[name]) for row in self.rows if name in row]
        return [step for step, _ in found], [value for _, value in found]


@dataclass(frozen=True)
class Limits:
    """Where the observable is sick and where it is healthy; what lies between is unclear.

    ``sick`` below ``healthy`` means that low values are sick, and the other way round. ``why`` says where the two
    numbers come from, which is never a run of ours.
    """

    sick: float
    healthy: float
    why: str

    def text(self) -> str:
        """Both limits and their reason, in a sentence."""
        low, high = ("at most", "at least") if self.sick <= self.healthy else ("at least", "at most")
        return f"Sick is {low} {self.sick:g}, healthy {high} {self.healthy:g}: {self.why}."

    def verdict(self, value: float) -> str:
        """ "sick", "healthy" or "unclear"."""
        low_is_sick = self.sick <= self.healthy
        if value <= self.sick if low_is_sick else value >= self.sick:
            return "sick"
        if value >= self.healthy if low_is_sick else value <= self.healthy:
            return "healthy"
        return "unclear"


@dataclass(frozen=True)
class Curve:
    """The curve, beside the losses, that tells most: a scalar of the rows, its axis, and a line where it should be.

    ``ends``: of a share or a count, the least and the most that there can be; the axis shows both.
    """

    name: str
    label: str
    log: bool = False
    level: float | None = None
    level_label: str = ""
    ends: tuple[float, float] | None = None


@dataclass(frozen=True)
class Piece:
    """A failure, told. Its code is the module around it; ``mistake`` is what stands there in place of ``cure``.

    ``cure`` is one line of the module's source, without its indentation, and occurs once; an empty ``mistake`` means
    that the line is missing. ``story``: what happens. ``symptoms``: what to look for in curves and samples.
    ``diagnosis``: why. ``remedy``: the cure in a sentence. ``observable``: what ``value`` is.
    ``alt``: the picture in words. ``source``: paper or document. ``lesson``: its number. ``steps``: of a full run;
    ``short``: enough to see it.
    """

    title: str
    mistake: str
    cure: str
    story: str
    symptoms: tuple[str, ...]
    diagnosis: str
    remedy: str
    observable: str
    limits: Limits
    telltale: Curve
    alt: str
    source: str
    lesson: str
    steps: int
    short: int


class Log:
    """The rows of a run: about ``rows`` of them, spread evenly over its steps.

    >>> log = Log(1000)
    >>> [step for step in range(1000) if log.due(step)][:3]
    [0, 10, 20]
    """

    def __init__(self, steps: int, rows: int = 100) -> None:
        self.rows: list[dict[str, float]] = []
        self._every, self._last = max(1, steps // rows), steps - 1

    def due(self, step: int) -> bool:
        """Whether this step gets a row: every so many, and the last."""
        return step % self._every == 0 or step == self._last

    def note(self, step: int, **scalars: float | Tensor) -> None:
        """Add the row of a step."""
        self.rows.append(
            {"step": step, **{name: float(torch.as_tensor(value).detach()) for name, value in scalars.items()}}
        )
