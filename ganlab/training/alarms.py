"""Early warning: what a run's log says is wrong, as pure functions of its rows.

An alarm looks at the scalars that a run has logged and says what it saw, since when, and what to do. A row may lack
any scalar; an alarm that finds none of its own stays silent. No alarm proves that a run is sick, and silence proves
nothing: `ganlab.metrics` measures what comes out.

    not-finite    a scalar is NaN or infinite
    d-has-won     D's loss is below 0.01 for 500 steps: what is left of it teaches G little
    frozen        a step changed no weight of a network at all
    range         more than a twentieth of the fakes' pixel values are ones that the data never have, for 500 steps,
                  or of the data's ones that no fake comes near, for 500 steps from step 1 000 on
    overfit       D scores three of four training items above held-out ones, for 500 steps (0.5 is chance)
    no-spread     the fakes vary less than a tenth as much as the data, for 500 steps from step 1 000 on
    oscillation   D's score of real data swings with one clear period

Lesson: 12 Monitoring.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ganlab.errors import UserError

Rows = Iterable[Mapping[str, Any]]

SUSTAINED = 500  # steps
LOW_LOSS = 0.01
OUTSIDE = 0.05
OVERFIT = 0.75
SPREAD = 0.1
WINDOW, HOP = 64, 8  # rows
RHYTHM = 0.5
ONE_RANGE = "bring data and G's last layer to one range: [-1, 1] and tanh"


@dataclass(frozen=True)
class Alarm:
    """What is wrong (``name``), at which steps it was seen first and last, whether it still holds at the log's end,
    what was ``seen`` there, and what to do (``advice``), both in words.
    """

    name: str
    first: int
    last: int
    active: bool
    seen: str
    advice: str

    def __str__(self) -> str:
        since = f"since step {self.first}" if self.active else f"steps {self.first} to {self.last}, not since"
        return f"{self.name} ({since}): {self.seen}; {self.advice}"


def alarms(rows: Rows) -> list[Alarm]:
    """Every alarm that the log raises, in the order of the table above."""
    table = list(rows)
    return [found for check in ALARMS.values() if (found := check(table)) is not None]


def not_finite(rows: Rows) -> Alarm | None:
    """A scalar is NaN or infinite."""
    steps, guilty = [], []
    for row in rows:
        names = [k for k, v in row.items() if isinstance(v, (int, float)) and not np.isfinite(v)]
        steps.append(row["step"])
        guilty.append(names)
    fired = np.array([bool(names) for names in guilty], dtype=bool)
    return _alarm(
        "not-finite",
        np.array(steps),
        fired,
        lambda i: f"{', '.join(guilty[i])} is not finite",
        "stop, go back to the last checkpoint, and lower the learning rate or add a penalty on D",
    )


def d_has_won(rows: Rows) -> Alarm | None:
    """0 <= loss_D < 0.01 for 500 steps. A critic's loss, which may be negative, is judged by the same line."""
    steps, loss = _columns(rows, "loss_D")
    return _alarm(
        "d-has-won",
        steps,
        _sustained(steps, (loss >= 0) & (loss < LOW_LOSS)),
        lambda i: f"D's loss has been below {LOW_LOSS} for {SUSTAINED} steps ({loss[i]:.2g} now)",
        "weaken D by R1, fewer steps or noise on its input, and check that G's loss is the non-saturating one",
    )


def frozen(rows: Rows) -> Alarm | None:
    """An update was exactly zero (``update_G``, ``update_D``: length of the step over the length of the weights)."""
    table = list(rows)
    for player in ("G", "D"):
        steps, update = _columns(table, f"update_{player}")
        found = _alarm(
            "frozen",
            steps,
            update == 0,
            lambda i, player=player: f"a step changed no weight of {player}",  # type: ignore[misc]
            "look for a detached tensor, an optimiser that holds other weights, or a learning rate of 0",
        )
        if found is not None:
            return found
    return None


def range_mismatch(rows: Rows) -> Alarm | None:
    """``outside``, the share of fake values beyond the smallest and largest real value, is above 0.05 for 500 steps.

    Or ``unreached``, the share of real values far beyond the smallest and largest fake one, is: a sigmoid against data
    in [-1, 1]. Steps before 1 000 do not count there: an untrained G's fakes are all grey.
    """
    table = list(rows)
    steps, outside = _columns(table, "outside")
    found = _alarm(
        "range",
        steps,
        _sustained(steps, outside > OUTSIDE),
        lambda i: f"{100 * outside[i]:.0f} % of the generated values lie where no real value does",
        ONE_RANGE,
    )
    if found is not None:
        return found
    late, unreached = _columns((row for row in table if row["step"] >= 2 * SUSTAINED), "unreached")
    return _alarm(
        "range",
        late,
        _sustained(late, unreached > OUTSIDE),
        lambda i: f"{100 * unreached[i]:.0f} % of the real values lie where no generated value comes near",
        ONE_RANGE,
    )


def overfit(rows: Rows) -> Alarm | None:
    """``overfit_auc``, the chance that D scores a training item above a held-out one, exceeds 0.75 for 500 steps."""
    steps, auc = _columns(rows, "overfit_auc")
    return _alarm(
        "overfit",
        steps,
        _sustained(steps, auc > OVERFIT),
        lambda i: f"D scores training data above held-out data in {100 * auc[i]:.0f} % of the pairs",
        "D learns the training set by heart: augment what it sees, get more data, shrink it, or stop earlier",
    )


def no_spread(rows: Rows) -> Alarm | None:
    """``spread``, the standard deviation of the fakes over that of the data, is below 0.1 for 500 steps.

    Steps before 1 000 do not count: an untrained G's fakes are all alike.
    """
    steps, spread = _columns((row for row in rows if row["step"] >= 2 * SUSTAINED), "spread")
    return _alarm(
        "no-spread",
        steps,
        _sustained(steps, spread < SPREAD),
        lambda i: f"the fakes vary {spread[i]:.2g} times as much as the data",
        "G has collapsed: look at the sample sheet, then start again with a penalty on D or a smaller learning rate",
    )


def oscillation(rows: Rows) -> Alarm | None:
    """One period holds half of the variation of ``logit_real`` over the last 64 rows or more (see `rhythm`)."""
    steps, logit = _columns(rows, "logit_real")
    fired = np.zeros(len(steps), dtype=bool)
    found: dict[int, tuple[float, float]] = {}
    for end in range(len(steps), WINDOW - 1, -HOP):
        window = slice(end - WINDOW, end)
        gaps = np.diff(steps[window])
        if (gaps == np.median(gaps)).mean() < 0.9:  # the first row stands alone; anything else is no time series
            continue
        period, share = rhythm(logit[window])
        if share > RHYTHM:
            fired[end - 1] = True
            found[end - 1] = (period * float(np.median(gaps)), share)
    return _alarm(
        "oscillation",
        steps,
        fired,
        lambda i: f"D's score of real data swings with a period of {found[i][0]:.0f} steps",
        "put a brake on the game (R1, R2), take smaller steps, or set beta1 to 0; sample from the averaged G",
        slack=HOP,
    )


def rhythm(values: np.ndarray) -> tuple[float, float]:
    """(period in samples, share of the variation that it holds) of the strongest period in evenly spaced values.

    values: float (n,), n >= 16. A straight line is taken off, a Hann window applied, and the power of the strongest
    frequency with its two neighbours divided by the power of all. Where the strongest fits fewer than four times into
    the values it is called drift, with a share of 0: a random walk looks like that. Constants have a share of 0 too.
    Raises UserError for fewer values, and for values that are not finite.
    """
    values = np.asarray(values, dtype=np.float64)
    n = len(values)
    if n < 16:
        raise UserError(f"a period cannot be read from {n} values: log at least 16")
    if not np.isfinite(values).all():
        raise UserError("a period cannot be read from values that are not finite: cut the log where the run was sound")
    x = np.arange(n)
    level = values - np.polyval(np.polyfit(x, values, 1), x)
    power = np.abs(np.fft.rfft(level * np.hanning(n))) ** 2
    total = power[1:].sum()
    if total <= (1e-9 * (1 + np.abs(values).max()) * n) ** 2:
        return float("inf"), 0.0
    peak = 1 + int(power[1:].argmax())
    if peak < 4:
        return float("inf"), 0.0
    return n / peak, float(power[peak - 1 : peak + 2].sum() / total)


ALARMS: dict[str, Callable[[Rows], Alarm | None]] = {
    "not-finite": not_finite,
    "d-has-won": d_has_won,
    "frozen": frozen,
    "range": range_mismatch,
    "overfit": overfit,
    "no-spread": no_spread,
    "oscillation": oscillation,
}
"""Every alarm by its name."""


def _columns(rows: Rows, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Steps and values of the rows that have this scalar, as float64."""
    pairs = [(row["step"], row[name]) for row in rows if row.get(name) is not None]
    steps, values = np.array(pairs, dtype=np.float64).reshape(-1, 2).T
    keep = np.isfinite(values)
    return steps[keep], values[keep]


def _sustained(steps: np.ndarray, bad: np.ndarray) -> np.ndarray:
    """At which rows the condition has held in every row for `SUSTAINED` steps or more."""
    held, since = np.zeros(len(steps), dtype=bool), None
    for i, (step, now) in enumerate(zip(steps, bad, strict=True)):
        since = (step if since is None else since) if now else None
        held[i] = since is not None and step - since >= SUSTAINED
    return held


def _alarm(
    name: str, steps: np.ndarray, fired: np.ndarray, seen: Callable[[int], str], advice: str, slack: int = 1
) -> Alarm | None:
    where = np.flatnonzero(fired)
    if len(where) == 0:
        return None
    last = int(where[-1])
    return Alarm(name, int(steps[where[0]]), int(steps[last]), last >= len(steps) - slack, seen(last), advice)
