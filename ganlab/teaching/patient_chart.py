"""Patients whose findings are told one at a time: diagnose as early as you can, then see the line and the assertion.

Plain HTML with folds inside folds: it opens in a notebook, on a page of the book and on GitHub, without a kernel and
without a script. Lesson: 15 The debugging clinic.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from ganlab.errors import unknown
from ganlab.listings import listing
from ganlab.teaching.quiz_html import marked, plain


@dataclass(frozen=True)
class Case:
    """A patient. ``bug``: what it suffers from. ``findings``: from the vaguest to the one that decides.

    ``options``: diagnoses with what is to be said about each; the first is right, they are shown in order of the words.
    """

    bug: str
    complaint: str
    findings: tuple[str, ...]
    options: tuple[tuple[str, str], ...]


CASES = (
    Case(
        "L3-4",
        "The losses move, and the pictures do not get better.",
        (
            "The loss of D falls, that of G rises, smoothly, from the first step to the last.",
            "`G.state_dict()` before and after the run differs, so something in G has changed.",
            "Of what differs, every entry is a running statistic of a batch norm. No weight has moved by one bit.",
            "After `loss_G.backward()` the gradient of every weight of G is None.",
        ),
        (
            ("G's loss is taken on detached fakes", "Right: the way back ends at the cut, and Adam skips in silence."),
            ("D is too strong for G", "Then G would have gradients, and small ones. It has none."),
            ("The step size of G is too small", "A small step still moves a weight by more than one bit."),
            ("Modes have collapsed", "Collapse is what a G that moves arrives at."),
        ),
    ),
    Case(
        "L4-4",
        "All losses fall to 0. It has never gone so well.",
        (
            "The loss of D is near 0 as well: D is right about every image.",
            "Every generated image is dark grey, without a stroke.",
            "Another D, with other first weights, leads to the same G, to the bit.",
        ),
        (
            ("G's loss never asks D", "Right: it compares pixels with zeros, and the dark half is its best answer."),
            ("G has lost against D", "Then another D would have taken G to another place."),
            ("The images are drawn with the wrong range", "The pixels are below 0, and G made them so."),
            ("G is trained twice in each step", "It would follow D twice as fast. It does not follow D at all."),
        ),
    ),
    Case(
        "L2-3",
        "The curves are calmer than in the textbook, and the digits stand in grey fog.",
        (
            "No loss explodes, none vanishes; D is right a little more often than a coin.",
            "Hardly a pixel of the background has the value of black, in any sample.",
            "The smallest pixel of real images is 0, that of generated ones close to −1.",
        ),
        (
            ("Real and generated images have different ranges", "Right: in the middle of tanh black is hard to hit."),
            ("G is too small to draw sharp edges", "It is the empty ground that is grey, and it has no edges."),
            ("The run was too short", "More steps bring it no closer: each one moves the pixels off again."),
            ("D is too weak", "It could win by the negative pixels alone, and does not. That makes no black."),
        ),
    ),
    Case(
        "L3-3",
        "G draws patches of texture, and never an object.",
        (
            "Both losses are finite and of the usual size. No error, no warning.",
            "G was built for images of 16x16.",
            "`D(fake)` has as many numbers as there are fakes, `D(real)` some thousands for each photograph.",
        ),
        (
            ("Real images were never brought to G's size", "Right: D judged patches, and a mean hid how many."),
            ("D has too small a field of view", "For 16x16 it has exactly the right one."),
            ("G lacks layers", "It has those it needs for the size it was built for."),
            ("The batch is too small", "The mean over some thousands of scores an image is not the noisy one here."),
        ),
    ),
    Case(
        "L0-8",
        "At rest D says 1/4, where every book says 1/2.",
        (
            "Samples and data look alike, and a two-sample test agrees: accuracy one half.",
            "D does not say 1/4 now and then: it is the mean over real and generated images alike.",
            "D's loss is the mean of two terms. The first has as many labels 0 as labels 1.",
        ),
        (
            ("Fakes stand among the real images too", "Right: they weigh three times as much as real ones."),
            ("The labels are swapped", "Then D would say 1/2 at rest, and the opposite before."),
            ("One answer for all: D has collapsed", "A constant D says what the shares of the labels are. Count them."),
            ("Half of the fakes are labelled real", "Alone this takes D up, to 3/4."),
        ),
    ),
)  # fmt: skip


@dataclass(frozen=True)
class PatientChart:
    """The charts of some patients; shows itself in a notebook."""

    cases: tuple[Case, ...]

    def _repr_html_(self) -> str:
        return "\n".join(_html(case, number) for number, case in enumerate(self.cases, 1))

    def __repr__(self) -> str:
        return "\n\n".join(_text(case, number) for number, case in enumerate(self.cases, 1))


def patient_chart(bugs: Sequence[str] | None = None) -> PatientChart:
    """The charts of the patients with these bugs ("L3-4", ...), of all without. Raises UserError for an unknown one."""
    known = {case.bug: case for case in CASES}
    for bug in bugs or ():
        if bug not in known:
            raise unknown("patient", bug, known)
    return PatientChart(tuple(known[bug] for bug in (bugs if bugs is not None else known)))


def _html(case: Case, number: int) -> str:
    inside = f"<details><summary>The repair, and the assertion</summary>{_repair(case)}</details>"
    choices = "".join(
        f"<details><summary>{marked(option)}</summary><p>{marked(said)}</p></details>"
        for option, said in _ordered(case)
    )
    inside = f"<details><summary>Diagnosis: choose one</summary>{choices}{inside}</details>"
    for place in range(len(case.findings), 0, -1):
        finding = f"<p>{marked(case.findings[place - 1])}</p>"
        inside = f"<details><summary>Finding {place}</summary>{finding}{inside}</details>"
    return f'<section class="ganlab-chart"><p><b>Patient {number}.</b> {marked(case.complaint)}</p>{inside}</section>'


def _repair(case: Case) -> str:
    found = listing(case.bug[:2])
    code = f"{found.diff(case.bug, context=0)}\n\n{_asserted(case)}"
    return f"<p>{escape(case.bug)}: {escape(found.bug(case.bug).title)}.</p><pre>{escape(code)}</pre>"


def _asserted(case: Case) -> str:
    bug = listing(case.bug[:2]).bug(case.bug)
    probe = (bug.probe.__doc__ or "").partition("\n")[0] if bug.probe else ""
    return f"# seen: {probe}\nassert {bug.asserted}"


def _ordered(case: Case) -> list[tuple[str, str]]:
    return sorted(case.options)


def _text(case: Case, number: int) -> str:
    lines = [f"Patient {number}. {plain(case.complaint)}"]
    lines += [f"  Finding {place}: {plain(finding)}" for place, finding in enumerate(case.findings, 1)]
    lines += [f"  - {plain(option)}: {plain(said)}" for option, said in _ordered(case)]
    return "\n".join(textwrap.fill(line, 100, subsequent_indent="    ") for line in lines)
