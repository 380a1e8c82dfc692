"""One table of what is added to a game to keep D smooth or humble: formula, where it acts, what it changes, source.

Lessons: 07 A zoo of divergences, 08 Wasserstein, 09 The game, 11 Failures and stabilisers.
"""

from __future__ import annotations

from dataclasses import dataclass

from ganlab.objectives.penalties import PENALTIES
from ganlab.objectives.tables import Table


@dataclass(frozen=True)
class Regulariser:
    """One of them. ``weight``: the published one, as text; ``where``: the name of it in the package."""

    name: str
    formula: str
    weight: str
    changes: str
    where: str
    source: str


def _penalty(name: str, formula: str, changes: str, source: str) -> Regulariser:
    where = f"ganlab.objectives.PENALTIES[{name!r}]"
    return Regulariser(name, formula, f"{PENALTIES[name].weight:g}", changes, where, source)


_BETWEEN = "x = t x_real + (1 - t) x_fake, one t in [0, 1] for each sample"
REGULARISERS: tuple[Regulariser, ...] = (
    _penalty(
        "clip", "every weight w of D becomes min(max(w, -c), c)",
        "D's weights, after its step: slopes are bounded, by a number that shrinks like a power of c",
        "Arjovsky et al. 2017, algorithm 1",
    ),
    _penalty(
        "gp", f"weight E (|grad D(x)| - 1)^2 at {_BETWEEN}", "D's loss: slopes near 1 between the two laws",
        "Gulrajani et al. 2017, eq. 3",
    ),
    _penalty(
        "gp-one-sided", f"weight E [|grad D(x)| - 1]+^2 at {_BETWEEN}",
        "D's loss: slopes of 1 at most, smaller ones free", "Petzka et al. 2018, eq. 8",
    ),
    _penalty(
        "dragan", "weight E (|grad D(x + noise)| - 1)^2 at real x, the noise half as wide as the data",
        "D's loss: slopes near 1 around the data", "Kodali et al. 2017, section 3.2",
    ),
    _penalty(
        "r1", "weight/2 E |grad D(x)|^2 at real x", "D's loss: flat on the data; brakes the rotation near q = p",
        "Mescheder et al. 2018, eq. 9",
    ),
    _penalty(
        "r2", "weight/2 E |grad D(x)|^2 at fake x", "D's loss: flat on the fakes", "Mescheder et al. 2018, eq. 10"
    ),
    _penalty(
        "r1+r2", "weight/2 (E |grad D|^2 at real x + E |grad D|^2 at fake x)", "D's loss: flat on both",
        "Huang et al. 2024",
    ),
    Regulariser(
        "spectral norm", "every weight matrix of D becomes W / sigma_max(W)", "-",
        "D's layers: no linear layer stretches anything, so with ReLU between them no slope exceeds 1",
        "ganlab.layers.with_spectral_norm", "Miyato et al. 2018, algorithm 1",
    ),
    Regulariser(
        "instance noise", "D sees x + std N(0, I), real and fake alike", "std falls to 0 in training",
        "D's input: both laws are blurred, and so overlap; the best logit is that of the blurred laws",
        "ganlab.objectives.instance_noise", "Sonderby et al. 2017; Arjovsky and Bottou 2017, section 3",
    ),
    Regulariser(
        "label smoothing", "the label a instead of 1 on real x, 0 on fakes", "a = 0.9",
        "D's loss: the best D becomes a p / (p + q), never certain of real", "ganlab.objectives.smoothed",
        "Salimans et al. 2016, section 3.4",
    ),
    Regulariser(
        "pull-away", "weight times the mean squared cosine of two fakes' codes", "0.1",
        "G's loss: fakes that share a direction in D's codes pay for it", "ganlab.objectives.pull_away",
        "Zhao et al. 2017, eq. 4",
    ),
)  # fmt: skip
"""A row for each penalty of the package, and for the regularisers that are no penalty."""


def regularisers() -> Table:
    """All regularisers in one table. It prints as lines, and shows as a table in a notebook."""
    columns = ("name", "formula", "published weight", "acts on, and changes", "in the package", "source")
    return Table(columns, [(r.name, r.formula, r.weight, r.changes, r.where, r.source) for r in REGULARISERS])
