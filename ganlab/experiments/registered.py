"""The plan of `synthetic-help`, written before its numbers: what is expected, how it is tested, what would refute it.

A hypothesis is a contrast of two arms in named cells, with the side on which it expects the interval. ``outcomes``
reads the records and says of each cell whether the expectation held. The plan is part of the code, so that its commit
says when it was written. Lesson: 18 Does synthetic data help?
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ganlab.errors import UserError
from ganlab.experiments.tables import aligned
from ganlab.synthesis.scores import Gain, paired_gain

FILE = Path(__file__).parent / "synthetic_help.json"
WORTH = 0.01
"""A gain of one point of macro recall is worth having; less is not."""


@dataclass(frozen=True)
class Hypothesis:
    """``after`` against ``before`` in every cell whose name contains the words ``cells``, in the score ``metric``.

    ``expects`` "gain": the whole 95 % interval above 0. "loss": below 0. "no gain": its upper end below ``WORTH``.
    """

    id: str
    claim: str
    cells: str
    after: str
    before: str
    expects: str
    mind: str
    metric: str = "macro_recall"

    def holds(self, gain: Gain) -> str:
        """ "confirmed", "refuted" where the interval contradicts it, else "undecided"."""
        if self.expects == "gain":
            return "confirmed" if gain.low > 0 else "refuted" if gain.high < WORTH else "undecided"
        if self.expects == "loss":
            return "confirmed" if gain.high < 0 else "refuted" if gain.low > 0 else "undecided"
        return "confirmed" if gain.high < WORTH else "refuted" if gain.low > 0 else "undecided"


TEST = (
    "Each contrast is paired by seed: the same split, first weights and batches. Student's t interval, 95 %, two-sided,"
    " at least five seeds, on macro recall of untouched real images. All ratios are printed, none is chosen."
    " Of twenty intervals one misses by chance: a change of sign counts when it is seen on both data sets."
)

PLAN = (
    Hypothesis("H1", "With 5 labels a class, samples of a GAN do not help a classifier without augmentation",
               "labels k=5", "plain + cgan 5", "plain", "no gain", "an interval above 0 on both data sets"),
    Hypothesis("H2", "Samples add nothing worth having to moved images, with 5 labels a class",
               "labels k=5", "moved + cgan 1", "moved", "no gain", "an interval above 0 on both data sets"),
    Hypothesis("H3", "... nor with 20", "labels k=20", "moved + cgan 1", "moved", "no gain",
               "an interval above 0 on both data sets"),
    Hypothesis("H4", "With many labels, ten samples for each real image do harm",
               "labels k=70", "moved + cgan 10", "moved", "loss", "an interval that reaches above 0"),
    Hypothesis("H5", "... on MNIST too, with 1000", "labels k=1000", "moved + cgan 10", "moved", "loss",
               "an interval that reaches above 0"),
    Hypothesis("H6", "A perfect generator would help: the protocol can see a gain where there is one",
               "labels k=5", "moved + true law 5", "moved", "gain", "no gain here would condemn the protocol"),
    Hypothesis("H7", "A filter by a classifier of the real images makes the samples no more useful",
               "labels k=20", "moved + cgan 5", "moved + unfiltered cgan 5", "no gain", "an interval above 0"),
    Hypothesis("H8", "At 1 to 50 a GAN that fills up the rare class beats weights in the loss by nothing worth having",
               "to=50", "moved + cgan fills up", "moved + weighted", "no gain", "an interval above 0"),
    Hypothesis("H9", "... nor in the area under the precision-recall curve of the rare class",
               "to=50", "moved + cgan fills up", "moved + weighted", "no gain", "an interval above 0",
               "minority_pr_auc"),
    Hypothesis("H10", "With 40 % wrong labels, samples of a generator that learned from them do not help",
               "share=0.4", "moved + cgan 5", "moved", "no gain", "an interval above 0"),
    Hypothesis("H11", "Samples of the past do not help when the test images are shifted",
               "drift", "moved + cgan 5", "moved", "no gain", "an interval above 0"),
    Hypothesis("H12", "Synthesis must help where the sampler knows what the data do not show: the shift",
               "drift", "plain + known shift 5", "plain", "gain", "an interval that reaches below 0"),
    Hypothesis("H13", "A generator that also saw unlabelled images makes better samples than one that did not",
               "unlabelled k=5", "moved + cgan of all images 5", "moved + cgan 5", "gain",
               "an interval that reaches below 0"),
    Hypothesis("H14", "... but no better ones than the unlabelled images themselves with guessed labels",
               "unlabelled k=5", "moved + cgan of all images 5", "moved + guessed labels 5", "no gain",
               "an interval above 0"),
    Hypothesis("H15", "Synthesis cannot help where the generator knows no more than the classifier: class means",
               "centroids", "centroids + gaussian 5", "centroids", "no gain", "an interval above 0"),
    Hypothesis("H16", "A generator that saw the test part flatters the classifier trained on its samples",
               "leak", "cgan only, leaked", "cgan only, honest", "gain", "an interval that reaches below 0",
               "accuracy"),
    Hypothesis("H17", "The smaller of two hidden groups comes out smaller among the samples",
               "bias", "small group, cgan", "small group, real", "loss", "an interval that reaches above 0", "share"),
)  # fmt: skip

LATER = (
    Hypothesis("H18", "Ten times the training makes better samples: a classifier of nothing else gains",
               "longer", "long cgan only, plain", "cgan only, plain", "gain", "an interval that reaches below 0"),
    Hypothesis("H19", "... that harm less where they are mixed in", "longer", "moved + long cgan 5", "moved + cgan 5",
               "gain", "an interval that reaches below 0"),
    Hypothesis("H20", "... and still add nothing worth having to moved images",
               "longer", "moved + long cgan 1", "moved", "no gain", "an interval above 0"),
    Hypothesis("H21", "... nor to plain ones",
               "longer", "plain + long cgan 1", "plain", "no gain", "an interval above 0"),
    Hypothesis("H22", "One synthetic image for ten real ones adds nothing worth having either",
               "labels", "moved + cgan 0.1", "moved", "no gain", "an interval above 0"),
    Hypothesis("H23", "At 1 to 200 a GAN that fills up gains over a loss without weights: the sign is the baseline's",
               "to=200", "plain + cgan fills up", "plain", "gain", "an interval that reaches below 0"),
)  # fmt: skip
"""The second plan: written after the first five cells of the digits (5 labels, 1 to 50, drift, unlabelled images, class
means) and one trial of a longer training at a seed outside the study, before any of its own numbers."""

THIRD = (
    Hypothesis("H24", "The best recipe of the book makes better samples: a classifier of nothing else gains",
               "better", "best cgan only, plain", "cgan only, plain", "gain", "an interval that reaches below 0"),
    Hypothesis("H25", "... and adds nothing worth having to moved images, with 1000 labels a class",
               "better", "moved + best cgan 1", "moved", "no gain", "an interval above 0"),
    Hypothesis("H26", "... nor to plain ones",
               "better", "plain + best cgan 1", "plain", "no gain", "an interval above 0"),
    Hypothesis("H27", "At 1 to 10 a GAN that fills up the rare class beats weights in the loss by nothing worth having",
               "to=10", "moved + cgan fills up", "moved + weighted", "no gain", "an interval above 0"),
)  # fmt: skip
"""The third plan: written before any cell of the second was run, after the recipe of `mnist-budget` had been found."""

PLANS = (*PLAN, *LATER, *THIRD)


@dataclass(frozen=True)
class Outcome:
    """One hypothesis in one cell: the contrast, and whether it held."""

    id: str
    cell: str
    gain: Gain
    verdict: str


def text() -> str:
    """The plan as it stood before any result."""
    table = [["", "we expect", "contrast", "in", "would change our mind"]]
    for h in PLANS:
        table.append([h.id, f"{h.expects}: {h.claim}", f"{h.after} against {h.before}", h.cells, h.mind])
    return f"{TEST}\n\n{aligned(table)}"


def values(rows: Sequence[dict[str, Any]]) -> dict[str, dict[str, dict[int, dict[str, float]]]]:
    """{cell: {arm: {seed: scores}}} of recorded rows."""
    found: dict[str, dict[str, dict[int, dict[str, float]]]] = {}
    for row in rows:
        cell, arm = row["name"].split(": ", 1)
        if arm != "end":
            found.setdefault(cell, {}).setdefault(arm, {})[row["seed"]] = row["values"]
    return found


def contrast(arms: dict[str, dict[int, dict[str, float]]], after: str, before: str, metric: str) -> Gain:
    """The paired gain of two arms of a cell over the seeds they share. Raises UserError for an unknown arm."""
    for arm in (after, before):
        if arm not in arms:
            raise UserError(f"there is no arm {arm!r}: choose one of {', '.join(arms)}")
    seeds = sorted(set(arms[after]) & set(arms[before]))
    return paired_gain([arms[after][s][metric] for s in seeds], [arms[before][s][metric] for s in seeds])


def tested(rows: Sequence[dict[str, Any]]) -> list[Outcome]:
    """Every hypothesis in every recorded cell that it speaks of, where two seeds or more are there."""
    found, cells = [], values(rows)
    for h in PLANS:
        for cell, arms in cells.items():
            if not speaks_of(h, cell) or not {h.after, h.before} <= set(arms):
                continue
            if len(set(arms[h.after]) & set(arms[h.before])) >= 2:
                gain = contrast(arms, h.after, h.before, h.metric)
                found.append(Outcome(h.id, cell, gain, h.holds(gain)))
    return found


def speaks_of(h: Hypothesis, cell: str) -> bool:
    """Whether a hypothesis is about the cell of this name: its words stand there, one after the other."""
    return f" {h.cells} " in f" {cell} "


def outcomes(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """`tested` as plain values, by "ID cell"."""
    return {f"{each.id} {each.cell}": {**asdict(each.gain), "verdict": each.verdict} for each in tested(rows)}


def made(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """What the package keeps of the records, for the lesson: {cell: {arm: {score: [one value a seed]}}}."""
    kept: dict[str, Any] = {}
    for cell, arms in values(rows).items():
        kept[cell] = {
            arm: {key: [seeds[s][key] for s in sorted(seeds)] for key in next(iter(seeds.values()))}
            for arm, seeds in arms.items()
        }
    return kept


def kept() -> dict[str, dict[str, dict[str, list[float]]]]:
    """The recorded values that ship with the package, in the form of `made`."""
    content: dict[str, dict[str, dict[str, list[float]]]] = json.loads(FILE.read_text(encoding="utf-8"))
    return content


def gain(cell: str, after: str, before: str, metric: str = "macro_recall") -> Gain:
    """The recorded gain of one arm over another in a cell. Raises UserError, with the choices, for unknown ones."""
    cells = kept()
    if cell not in cells:
        raise UserError(f"there is no recorded cell {cell!r}: choose one of {', '.join(cells)}")
    arms = {arm: dict(enumerate(_by_seed(scores))) for arm, scores in cells[cell].items()}
    return contrast(arms, after, before, metric)


def _by_seed(scores: dict[str, list[float]]) -> list[dict[str, float]]:
    count = len(next(iter(scores.values())))
    return [{key: column[s] for key, column in scores.items()} for s in range(count)]
