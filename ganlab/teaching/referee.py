"""Says what is wrong with a training step, from the diary of a GAN of two numbers (`ganlab.teaching.tiny`).

Everything is compared with derivatives taken by hand. For scores w x of real data, w f of fakes f = a u, and the label
y of real data,

    dL_D/dw = E x (sigmoid(w x) - y) + E f sigmoid(w f),        dL_G/da = E w u (sigmoid(w f) - 1).

Lesson: 10 The training loop, line by line.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Any, NoReturn

from ganlab.teaching.checks import near, reject
from ganlab.teaching.tiny import Diary

Mistake = tuple[float, str, str]  # the gradient it gives, its key, what to say
Entries = Sequence[dict[str, Any]]


def loss_D(w: float, real: Sequence[float], fakes: Sequence[float], label: float = 1.0) -> float:
    """The cross-entropy of D, real items carrying ``label`` and fakes 0."""
    of_real = _mean(label * _softplus(-w * x) + (1 - label) * _softplus(w * x) for x in real)
    return of_real + _mean(_softplus(w * f) for f in fakes)


def loss_G(w: float, fakes: Sequence[float]) -> float:
    """The non-saturating loss of G."""
    return _mean(_softplus(-w * f) for f in fakes)


def gradient_D(w: float, real: Sequence[float], fakes: Sequence[float], label: float = 1.0) -> float:
    """The slope of `loss_D` in w."""
    return _mean(x * (_sigmoid(w * x) - label) for x in real) + _mean(f * _sigmoid(w * f) for f in fakes)


def gradient_G(w: float, a: float, fakes: Sequence[float]) -> float:
    """The slope of `loss_G` in a, where the fakes are a u."""
    return _mean(w * f / a * (_sigmoid(w * f) - 1) for f in fakes)


def mistakes_D(w: float, real: Sequence[float], fakes: Sequence[float], label: float = 1.0) -> list[Mistake]:
    """The gradients that well-known mistakes in D's loss give."""
    right = gradient_D(w, real, fakes, label)
    of_real = _mean(x * (_sigmoid(w * x) - label) for x in real)
    of_fake = right - of_real

    def labelled(y_real: float, y_fake: float) -> float:
        return gradient_D(w, real, fakes, y_real) - y_fake * _mean(fakes)

    said = "D's labels are mixed up: look at which items it is taught to call real, and how firmly."
    mistakes = [
        (-right, "sign", "D moved uphill: its loss grew. Every loss here is minimised."),
        (labelled(0.0, 1.0), "labels", said),
        (labelled(1 - label, 0.0), "labels", said),
        (labelled(1.0, 0.0), "labels", said),
        (labelled(label, 1 - label), "labels", said),
        (labelled(1.0, 1 - label), "labels", said),
        (of_fake - label * _mean(x * _sigmoid(-w * x) for x in real), "labels", said),
        (right / 2, "half", "D's step is half as long as it should be: the two terms of its loss are added."),
        (of_real, "terms", "D's step followed its scores of real items only: one term of its loss is missing."),
        (of_fake, "terms", "D's step followed its scores of fakes only: one term of its loss is missing."),
    ]
    twice = _mean(x * (_sigmoid(_sigmoid(w * x)) - label) * _bump(w * x) for x in real)
    twice += _mean(f * _sigmoid(_sigmoid(w * f)) * _bump(w * f) for f in fakes)
    mistakes.append((twice, "sigmoid", _TWICE))
    sums = [(len(real), len(fakes)), (len(real), 1), (1, len(fakes))]
    said = "D's step grows with the batch: a loss is a mean over the items, in both of its terms."
    mistakes += [(n * of_real + m * of_fake, "mean", said) for n, m in sums]
    both = len(real) + len(fakes)
    thinned = (len(real) * of_real + len(fakes) * of_fake) / both
    return [*mistakes, (thinned, "half", "D's step is too short: its two terms are two means, added.")]


def mistakes_G(
    w: float, a: float, fakes: Sequence[float], stale: float | None = None, label: float = 1.0
) -> list[Mistake]:
    """The gradients that well-known mistakes in G's loss give.

    stale: D's weight before its step. label: that of real items in D's loss, which G's has no business with.
    """
    right = gradient_G(w, a, fakes)
    saturating = -_mean(w * f / a * _sigmoid(w * f) for f in fakes)
    twice = _mean(w * f / a * (_sigmoid(_sigmoid(w * f)) - 1) * _bump(w * f) for f in fakes)
    mistakes = [
        (twice, "sigmoid", _TWICE),
        (saturating, "saturating", "G followed the saturating loss, which is flat where D rejects its fakes."),
        (-saturating, "labels", "G was taught to make fakes that D rejects: its loss has the label of the wrong side."),
        (-right, "sign", "G moved uphill: its loss grew. Every loss here is minimised."),
        (len(fakes) * right, "mean", "G's step grows with the batch: a loss is a mean over the items."),
        (
            right + (1 - label) * _mean(w * f / a for f in fakes),
            "wish",
            "G does not wish for what it should: the label of real items belongs to D's loss alone.",
        ),
        (right / 2, "half", "G's step is half as long as it should be: its loss has one term, with weight 1."),
    ]
    if stale is not None:
        mistakes.append((gradient_G(stale, a, fakes), "stale", _STALE))
    return mistakes


_STALE = "G's loss was made from scores that D gave before its step: G should hear the D that has just moved."
_TWICE = "the scores were squeezed into (0, 1) before a loss that takes logits: its own sigmoid came on top."
_GRAPH = "D's backward went on into G: the fakes of D's half still carry a graph."


def explain(used: float, right: float, mistakes: Sequence[Mistake], left: float, player: str) -> None:
    """Reject a step of ``player`` that followed the gradient ``used`` and not ``right``.

    left: the gradient that the weight held when the loss was made.
    """
    if _same(used, right):
        return
    if used == 0:
        reject(
            "cleared",
            f"{player} did not move: where its weights were stepped they held no gradient. "
            "Look at where gradients are made, and where they are cleared.",
        )
    if left and _same(used, right + left):
        reject("accumulated", f"{player} followed more than its own loss: gradients of an earlier backward were there.")
    for gradient, key, message in mistakes:
        if _same(used, gradient):
            reject(key, message)
    reject("gradient", f"{player}'s step did not follow the gradient of its loss: look at how that is put together.")


def referee(
    diary: Diary,
    *,
    start: tuple[float, float],
    rates: tuple[float, float],
    batches: Sequence[Sequence[float]],
    k: int = 1,
    label: float = 1.0,
) -> list[float]:
    """Reject the first thing that is wrong with steps of Algorithm 1: k updates of D, then one of G, and so on.

    Returns the loss of each update, in their order.

    start: the first weights of D and G. rates: their learning rates.
    batches: the real items for each update of D, in the order they are due. label: what real items are taught as.
    """
    w, a = start
    _in_order([entry for entry in diary if entry["line"].startswith("step")], diary, len(batches) // k, k)
    _in_training_mode(diary)
    halves = _halves(diary)
    queue = iter(batches)
    noise: set[Any] = set()
    losses: list[float] = []
    for step in range(len(batches) // k):
        *of_D, of_G = halves[step * (k + 1) : (step + 1) * (k + 1)]
        seen: list[float] = []
        before = w
        for half in of_D:
            real = next(queue)
            if _has(half, "back"):
                reject("graph", _GRAPH)
            if half is of_D[-1] and not _has(of_G, "score"):
                reject("stale", _STALE)
            _went_backward(half, "D")
            fakes = _fakes(half, real, batches, diary)
            _fresh(fakes, seen, half, noise)
            seen += fakes
            losses.append(loss_D(w, real, fakes, label))
            right = gradient_D(w, real, fakes, label)
            used = (w - half[-1]["w"]) / rates[0]
            explain(used, right, mistakes_D(w, real, fakes, label), _left(half, "w"), "D")
            w -= rates[0] * right
        _went_backward(of_G, "G")
        if not _has(of_G, "back"):
            reject("detached", "no gradient came back to G: the path from D's scores to G's weights is cut.")
        _fresh(_scored(of_G, outside=real), seen, of_G, noise)
        fakes = _made(of_G, real, diary)
        losses.append(loss_G(w, fakes))
        right = gradient_G(w, a, fakes)
        used = (a - of_G[-1]["a"]) / rates[1]
        explain(used, right, mistakes_G(w, a, fakes, before, label), _left(of_G, "a"), "G")
        a -= rates[1] * right
    if not _same(diary[-1]["w"], w) or not _same(diary[-1]["a"], a):
        reject("weights", "a weight was changed by something else than its optimiser's step.")
    if any(entry.get("alive") for entry in diary):
        reject("retained", "a graph was used and then kept: nothing here goes backward twice through the same scores.")
    return losses


def _in_order(moves: Entries, diary: Diary, steps: int, k: int) -> None:
    lines = [entry["line"] for entry in moves]
    for player in "DG":
        if f"step_{player}" not in lines:
            reject("optimiser", f"opt_{player} never made a step.")
    if lines[0] == "step_G":
        if not _has(diary[: diary.index(moves[0])], "back"):
            reject("optimiser", "opt_G made a step where D's half was due: each player has an optimiser of its own.")
        reject("order", "G moved first: D's half comes before G's.")
    of_D, of_G = lines.count("step_D"), lines.count("step_G")
    if (of_D, of_G) != (k * steps, steps):
        reject(
            "count",
            f"in {steps} step{'s' * (steps > 1)}, D was updated {of_D} times and G {of_G} times. "
            f"For each update of G, {k} of D {'is' if k == 1 else 'are'} due.",
        )
    if lines != (["step_D"] * k + ["step_G"]) * steps:
        reject("order", "the updates of D and G do not come in turn: D's half first, then G's, in every step.")


def _in_training_mode(diary: Diary) -> None:
    for entry in diary:
        if entry.get("training") is False:
            player = "G" if entry["line"] == "make" else "D"
            reject("mode", f"{player} was in evaluation mode while the step used it: both players train here.")


def _halves(diary: Diary) -> list[Diary]:
    """The entries up to and with each step."""
    ends = [place + 1 for place, entry in enumerate(diary) if entry["line"].startswith("step")]
    return [diary[start:end] for start, end in itertools.pairwise([0, *ends])]


def _fakes(half: Entries, real: Sequence[float], batches: Sequence[Sequence[float]], diary: Diary) -> list[float]:
    """The fakes that D scored in its half. Rejects wrong company: other real items, too few, too many, strangers."""
    scored = {x for entry in _heard(half) for x in entry["x"]}
    everything = {x for batch in batches for x in batch}
    if not scored & everything:
        reject("terms", "D's loss heard of no real item: one of its terms is missing.")
    if scored <= everything:
        reject("terms", "D's loss heard of no fake: one of its terms is missing.")
    others = everything - set(real)
    if not set(real) <= scored or others & scored:
        reject("batch", "D did not score the real batch that was due for this update, or scored another one too.")
    return _made(half, real, diary)


def _made(half: Entries, real: Sequence[float], diary: Diary) -> list[float]:
    """The fakes that a loss heard about. Rejects what G did not make, too few, too many."""
    fakes = _scored(half, outside=real)
    if not set(fakes) <= {x for entry in diary if entry["line"] == "make" for x in entry["fakes"]}:
        reject("fakes", "D scored something that is neither in the real batch nor made by G.")
    if len(fakes) != len(real):
        reject("batch", f"D scored {len(fakes)} fakes in a half with {len(real)} real items: as many are due.")
    return fakes


def _scored(half: Entries, outside: Sequence[float]) -> list[float]:
    """What a loss heard about, each item once, without the real ones."""
    known = set(outside)
    return [x for x in dict.fromkeys(x for entry in _heard(half) for x in entry["x"]) if x not in known]


def _heard(half: Entries) -> Diary:
    """The entries of scores that a gradient came back to: others were only looked at."""
    return [entry for entry in half if entry["line"] == "score" and entry["passes"]]


def _went_backward(half: Entries, player: str) -> None:
    if not _heard(half):
        reject("cleared", f"no gradient was made in {player}'s half: its loss never went backward.")


def _fresh(fakes: Sequence[float], seen: Sequence[float], half: Entries, noise: set[Any]) -> None:
    for entry in half:
        if entry["line"] == "make":
            items = {tuple(row) for row in entry["z"].tolist()}
            if items & noise:
                _reused("noise")
            noise |= items
    if set(fakes) & set(seen):
        _reused("fakes")


def _reused(what: str) -> NoReturn:
    reject("reused", f"the same {what} came twice: every half of the step draws its own.")


def _left(half: Entries, weight: str) -> float:
    """The gradient that a weight held when D first scored something in this half."""
    return next((entry["held"][weight] or 0.0 for entry in half if entry["line"] == "score"), 0.0)


def _has(entries: Entries, line: str) -> bool:
    return any(entry["line"] == line for entry in entries)


def _same(left: float, right: float) -> bool:
    return near(left, right, atol=1e-7, rtol=1e-7)


def _mean(values: Any) -> float:
    numbers = list(values)
    return sum(numbers) / len(numbers)


def _bump(s: float) -> float:
    """The slope of the sigmoid."""
    return _sigmoid(s) * _sigmoid(-s)


def _softplus(s: float) -> float:
    return max(s, 0.0) + math.log1p(math.exp(-abs(s)))


def _sigmoid(s: float) -> float:
    return 1 / (1 + math.exp(-s)) if s >= 0 else math.exp(s) / (1 + math.exp(s))
