"""A score card: each value with its interval, the floor of real data at the same size, and a verdict in words.

Lesson: 13 Evaluation.
"""

from __future__ import annotations

import textwrap
from dataclasses import asdict, dataclass
from typing import Any, Literal

from ganlab.metrics.uncertainty import Floor, Interval

DIMENSIONS = ("distribution", "noise and bias", "detail", "diversity", "memorisation")
Aim = Literal["low", "high", "level"]
FAR = 10.0


@dataclass(frozen=True)
class Line:
    """One metric. ``aim`` says which side of the floor is worse: above it (low), below it (high), both (level).

    ``below`` and ``above`` are the words for a value beyond either end of the floor; ``n`` generated samples stand
    against ``m`` real ones. The floor is real data in their place: where one fresh value of a
    perfect sampler lies 19 times of 20.
    """

    key: str
    name: str
    dimension: str
    interval: Interval
    floor: Floor
    aim: Aim
    below: str
    above: str
    n: int
    m: int

    @property
    def beyond(self) -> float:
        """How far the value lies from the floor's mean, in half-widths of the floor: within -1..1 it is real data's."""
        return self.in_halves(self.interval.value)

    def in_halves(self, value: float) -> float:
        """The distance of ``value`` from the floor's mean, in half-widths of the floor; positive is above.

        A floor of no width counts as one part in a thousand wide.
        """
        return (value - self.floor.mean) / max(self.floor.reach, 1e-3 * abs(self.floor.mean), 1e-9)

    @property
    def worse(self) -> bool:
        """Whether the value lies outside of the floor on a side that the aim calls worse."""
        return abs(self.beyond) > 1 and self.aim != ("low" if self.beyond < 0 else "high")

    @property
    def verdict(self) -> str:
        """In words: like real data, or how not."""
        beyond = self.beyond
        if abs(beyond) <= 1:
            return "like real data"
        word = self.below if beyond < 0 else self.above
        edge = self.floor.low if beyond < 0 else self.floor.high
        if self.interval.low <= edge <= self.interval.high:
            return f"perhaps {word}"
        return f"far: {word}" if abs(beyond) > FAR and self.worse else word

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "key": self.key,
            "name": self.name,
            "dimension": self.dimension,
            "value": self.interval.value,
            "low": self.interval.low,
            "high": self.interval.high,
            "interval": self.interval.how,
            "floor": self.floor.mean,
            "floor_low": self.floor.low,
            "floor_high": self.floor.high,
            "floor_repeats": len(self.floor.values),
            "aim": self.aim,
            "beyond": self.beyond,
            "worse": self.worse,
            "verdict": self.verdict,
            "n": self.n,
            "m": self.m,
        }


@dataclass(frozen=True)
class Card:
    """What was measured, on which features, with which notes."""

    generated: str
    real: str
    features: str
    lines: tuple[Line, ...]
    notes: tuple[str, ...]

    def __getitem__(self, key: str) -> Line:
        """The line with this key. Raises KeyError where the card has none."""
        for line in self.lines:
            if line.key == key:
                return line
        raise KeyError(key)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            **{key: value for key, value in asdict(self).items() if key not in ("lines", "notes")},
            "lines": [line.to_dict() for line in self.lines],
            "notes": list(self.notes),
        }

    def text(self) -> str:
        """The card for a terminal."""
        about = (f"{self.generated}, against {self.real}.", f"Features: {self.features}.")
        rows = [textwrap.fill(text, 110) for text in about]
        head = f"{'':27}{'value':>8}  {'95 % interval':19}{'real data':19}verdict"
        rows += ["", head]
        for dimension in DIMENSIONS:
            lines = [line for line in self.lines if line.dimension == dimension]
            if lines:
                rows.append(dimension.upper())
            for line in lines:
                span = f"{shown(line.interval.low)} to {shown(line.interval.high)}"
                floor = f"{shown(line.floor.low)} to {shown(line.floor.high)}"
                rows.append(f"  {line.name:25}{shown(line.interval.value):>8}  {span:19}{floor:19}{line.verdict}")
        return "\n".join([*rows, "", *(textwrap.fill(note, 110) for note in self.notes)])


def shown(value: float) -> str:
    """A number with three significant digits, and never in powers of ten where it can be helped."""
    if value == 0:
        return "0"
    size = abs(value)
    if size >= 1000:
        return f"{value:.0f}"
    if size < 5e-4:
        return f"{value:.0e}"
    digits = 0 if size >= 100 else 1 if size >= 10 else 2 if size >= 1 else 3 if size >= 0.01 else 4
    return f"{value:.{digits}f}"
