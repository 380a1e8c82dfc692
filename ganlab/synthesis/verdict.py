"""From the rows of a study to one word: use it, do not, or collect more. Every sentence is made from the numbers.

The mix is chosen by macro recall on the validation images. It is held against that baseline which does best on the test
images themselves: a choice that can only cost the synthetic images, so that no gain is the luck of a weak baseline.
Lesson: 18 Does synthetic data help?
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from ganlab.errors import UserError
from ganlab.synthesis.scores import Gain, doubled, learning_curve, paired_gain, recall_gain
from ganlab.synthesis.study import Arm, Study, results

USE, DO_NOT, COLLECT = "use it", "do not", "collect more"
COPIED = 0.1
"""A synthetic set counts as copied from one image in ten on; a perfect sampler is at one in a hundred."""


@dataclass(frozen=True)
class Line:
    """An arm in the table: mean and 95 % interval of its macro recall over seeds, and the means of its other scores."""

    arm: Arm
    validation: float
    macro_recall: Gain
    accuracy: float
    minority_recall: float
    pr_auc: float
    minority_pr_auc: float


@dataclass(frozen=True)
class Verdict:
    """The decision and all that it rests on. Recalls lie in 0..1.

    ``gain``: of the chosen mix over the best baseline. ``more_labels``: of twice the labels over that baseline, in
    the way that ``more_labels_how`` says. ``worth_labels``: how many more real labels would bring the same gain by the
    learning curve, None where the gain is none or the curve flat. ``minority``: the rarest class, None where the
    classes are about as large as each other. ``trts``, ``copies``, ``exact``: means over seeds.
    """

    decision: str
    baseline: Line
    mix: Line
    gain: Gain
    synthetic_only: Line
    labels: int
    images: int
    worth: float
    more_labels: Gain
    more_labels_how: str
    worth_labels: float | None
    trts: float
    copies: float | None
    exact: float | None
    minority: str | None
    test_images: int
    twins: int
    licence: str
    data: str
    lines: tuple[Line, ...]

    @property
    def copied(self) -> bool:
        """Whether the synthetic set is made of copies, so that it is as private as its originals."""
        return self.copies is not None and (self.copies >= COPIED or (self.exact or 0.0) >= 0.01)

    def headline(self) -> str:
        """The decision as one sentence."""
        heads = {
            USE: f"Use it: {self.mix.arm.ratio:g} synthetic images for each real one, {self.images} in all"
            f" ({self.mix.arm.base}).",
            DO_NOT: "Do not use synthetic images of this generator here.",
            COLLECT: "Collect more: whether synthetic images help is not settled by these data.",
        }
        return heads[self.decision]

    def facts(self) -> dict[str, str]:
        """What the decision rests on, each fact under its name: the first screen of the page."""
        return {
            "Gain": self._why(), "Compared with": self._baselines(), "How many": self._many(),
            "More labels": self._more(), "Copies": self._memory(),
            "Licence": f"{self.licence[:1].upper()}{self.licence[1:]}. A synthetic set is made from the data, and"
            " inherits their terms.",
        }  # fmt: skip

    def sentences(self) -> list[str]:
        """The verdict in plain sentences, the decision first."""
        return [self.headline(), *(f"{name}: {fact}" for name, fact in self.facts().items())]

    def _why(self) -> str:
        verdicts = {
            USE: "The interval lies above nought, and the gain is worth having",
            DO_NOT: f"Even the upper end is below the {points(self.worth)} that would be worth having",
            COLLECT: f"The interval holds both nought and the {points(self.worth)} that would be worth having",
        }
        if self.decision == COLLECT and self.gain.low > 0:
            verdicts[COLLECT] = f"The interval lies above nought, but not beyond the {points(self.worth)} worth having"
        before, after = self.baseline, self.mix
        return (
            f"{interval(self.gain)} over the best that costs nothing. Macro recall (the share of each class that is"
            f" recognised, averaged) on {self.test_images} untouched real images goes from"
            f" {before.macro_recall.value:.3f} ({before.arm.name}: the best baseline) to"
            f" {after.macro_recall.value:.3f} ({after.arm.name}: the best mix). {verdicts[self.decision]}."
        )

    def _baselines(self) -> str:
        named = {"as they are": "as they are", "moved": "moved (augmented: turned, shifted, zoomed at random)",
                 "weighted": "rare classes weighted up", "moved + weighted": "moved and weighted"}  # fmt: skip
        found = [line for line in self.lines if not line.arm.ratio and line.arm.share == 1]
        told = ", ".join(f"{named[line.arm.base]} {line.macro_recall.value:.3f}" for line in found)
        weights = (
            "" if self.minority is not None else " The classes are about equally large, so there is nothing to weight."
        )
        return f"Real images only, at no cost: {told}.{weights}"

    def _many(self) -> str:
        tried = f"the best ratio tried was {self.mix.arm.ratio:g} for each real image, {self.images} in all"
        if self.decision != USE:
            return f"None: {tried}."
        worth = "" if self.worth_labels is None else (
            f" By the learning curve of real images the gain is worth about {self.worth_labels:.0f} more labels."
        )  # fmt: skip
        return f"{self.images} synthetic images beside the {self.labels} real ones.{worth}"

    def _more(self) -> str:
        say = (
            f"Twice the labels (another {self.labels}) would bring {interval(self.more_labels)},"
            f" {self.more_labels_how}."
        )
        if self.decision == COLLECT:
            return (
                say
                + " Labels first; more seeds narrow the interval only where the seeds, not the test images, are few."
            )
        return say

    def _memory(self) -> str:
        if self.copies is None:
            return "There are too few test images to tell whether the generator repeats its training images."
        nearer = (
            f"{100 * self.copies:.0f} % of the synthetic images lie as near to a training image as 1 % of real ones do"
        )
        if self.copied:
            return f"Memorised: {nearer}; they are copies, and as private as the originals. Do not share them."
        return f"Not memorised: {nearer}. This is no proof of privacy."

    def text(self) -> str:
        """The verdict and its table."""
        head = f"{self.data}: {self.labels} labelled images to train on, {self.gain.seeds} seeds"
        rows = [self.heads()]
        for line in self.lines:
            mark = " <- baseline" if line is self.baseline else " <- mix" if line is self.mix else ""
            rows.append([*self.cells(line), mark])
        widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
        table = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
        return "\n".join([head, "", *self.sentences(), "", *table, "", *self.notes()])

    def heads(self) -> list[str]:
        """The heads of the table; the rarest class has columns of its own where there is one."""
        rare = [] if self.minority is None else [f"recall of {self.minority}", f"PR-AUC of {self.minority}"]
        return ["arm", "macro recall", "95 % over seeds", "accuracy", "PR-AUC", *rare, ""]

    def cells(self, line: Line) -> list[str]:
        """A line of the table, without its mark."""
        g = line.macro_recall
        numbers = [line.accuracy, line.pr_auc]
        numbers += [] if self.minority is None else [line.minority_recall, line.minority_pr_auc]
        ends = f"{max(g.low, 0.0):.3f} to {min(g.high, 1.0):.3f}"
        return [line.arm.name, f"{g.value:.3f}", ends, *(f"{n:.3f}" for n in numbers)]

    def notes(self) -> list[str]:
        """How it was measured."""
        left_out = f" {self.twins} images were left out as twins." if self.twins else ""
        return [
            "Every arm: the same network, the same number of steps and images a step, the same seeds. The mix"
            " was chosen on validation images, the numbers are of test images that nothing else has seen. The baseline"
            " is the one that does best on these, so that no gain is the luck of a weak one." + left_out,
            f"TRTS (a classifier of real images agrees with the synthetic labels): {self.trts:.3f}. TSTR, also called"
            f" CAS (trained on synthetic images, tested on real ones): accuracy {self.synthetic_only.accuracy:.3f}.",
            "Intervals: Student's, paired by seed, with the lottery of the test images added for the gain. They speak"
            " of this task network, this generator and this budget, not of all generators.",
        ]

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        found = {**asdict(self), "copied": self.copied, "sentences": self.sentences(), "notes": self.notes()}
        for line in (found["baseline"], found["mix"], found["synthetic_only"], *found["lines"]):
            line["arm"]["ratio"] = "synthetic only" if line["arm"]["ratio"] == math.inf else line["arm"]["ratio"]
        return found


def judge(study: Study, rows: list[dict[str, Any]]) -> Verdict:
    """The verdict of a finished study. Raises UserError where rows are missing."""
    plan, named = study.plan, results(rows)
    missing = [arm.name for arm in study.arms if len(named.get(arm.name, [])) < plan.seeds]
    if missing:
        raise UserError(f"the study in {study.folder} is not finished ({missing[0]!r} is missing): run it again")
    lines = {arm: _line(arm, named[arm.name]) for arm in study.arms}
    whole = [arm for arm in study.arms if arm.share == 1]
    best = max((arm for arm in whole if not arm.ratio), key=lambda arm: lines[arm].macro_recall.value)
    mix = max((arm for arm in whole if 0 < arm.ratio < math.inf), key=lambda arm: (lines[arm].validation, -arm.ratio))
    labels, test = int(study.counts.sum()), study.material.test
    assert test.labels is not None
    truth = test.labels.numpy()
    right = {arm: _right(named[arm.name], len(truth)) for arm in study.arms}
    gain = recall_gain(right[mix], right[best], truth)
    curve = [arm for arm in study.arms if (arm.moved, arm.weighted, arm.ratio) == (best.moved, best.weighted, 0.0)]
    curve = sorted((arm for arm in curve if arm.share <= 1), key=lambda arm: arm.share)
    errors = np.stack([1 - _recalls(named[arm.name]) for arm in curve], axis=1)
    sizes = [arm.share * labels for arm in curve]
    twice = next((arm for arm in study.arms if arm.share == 2 and arm.base == best.base), None)
    more = doubled(sizes, errors) if twice is None else recall_gain(right[twice], right[best], truth)
    sets = named["synthetic set"]
    copies = [row["copies"] for row in sets if row["copies"] is not None]
    return Verdict(
        decision=decide(gain, plan.worth),
        baseline=lines[best], mix=lines[mix], gain=gain, synthetic_only=lines[study.arms[_only(study)]],
        labels=labels, images=math.ceil(mix.ratio * labels), worth=plan.worth, more_labels=more,
        more_labels_how="measured, since the data have them" if twice is not None else
        "extrapolated from the learning curve of real images",
        worth_labels=_worth_labels(sizes, errors.mean(axis=0), gain.value),
        trts=float(np.mean([row["trts"] for row in sets])),
        copies=float(np.mean(copies)) if copies else None,
        exact=float(np.mean([row["exact"] for row in sets if row["copies"] is not None])) if copies else None,
        minority=None if study.balanced else study.material.classes[study.minority],
        test_images=len(truth), twins=study.material.twins,
        licence=study.material.licence, data=study.material.pool.name, lines=tuple(lines.values()),
    )  # fmt: skip


def decide(gain: Gain, worth: float) -> str:
    """Use it: above nought, and as likely as not worth having. Do not: surely not worth having. Else collect more."""
    if gain.low > 0 and gain.value >= worth:
        return USE
    return DO_NOT if gain.high < worth else COLLECT


def points(share: float) -> str:
    """0.031 -> "3.1 points"."""
    return f"{100 * share:.1f} points"


def interval(gain: Gain) -> str:
    """A gain in points with its interval and its seeds."""
    return (
        f"{100 * gain.value:+.1f} points (95 % interval {100 * gain.low:+.1f} to {100 * gain.high:+.1f},"
        f" {gain.seeds} seeds)"
    )


def _line(arm: Arm, rows: list[dict[str, Any]]) -> Line:
    means = {
        key: float(np.mean([row["test"][key] for row in rows]))
        for key in ("accuracy", "minority_recall", "pr_auc", "minority_pr_auc")
    }
    recall = _recalls(rows)
    validation = float(np.mean([row["validation"]["macro_recall"] for row in rows]))
    return Line(arm, validation, paired_gain(recall.tolist(), [0.0] * len(recall)), **means)


def _recalls(rows: list[dict[str, Any]]) -> np.ndarray:
    return np.asarray([row["test"]["macro_recall"] for row in rows])


def _right(rows: list[dict[str, Any]], n: int) -> np.ndarray:
    right = np.ones((len(rows), n), dtype=bool)
    for each, row in zip(right, rows, strict=True):
        each[row["wrong"]] = False
    return right


def _only(study: Study) -> int:
    return next(index for index, arm in enumerate(study.arms) if arm.ratio == math.inf)


def _worth_labels(sizes: list[float], errors: np.ndarray, gain: float) -> float | None:
    b, c = learning_curve(sizes, errors.tolist())
    after = b * sizes[-1] ** -c - gain
    if gain <= 0 or c < 0.02 or after <= 0:
        return None
    return (b / after) ** (1 / c) - sizes[-1]
