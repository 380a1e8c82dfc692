"""The lines of a score card: the four dimensions of quality, and memorisation beside them.

Every line is computed three ways: on the samples, on the samples with a tenth left out in turn (or resampled, where
that is right), and on real data in their place, split anew several times at the same sizes.

Lesson: 13 Evaluation.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from ganlab.data.mixtures import GaussianMixture
from ganlab.errors import UserError
from ganlab.metrics.bins import PER_BIN, fit_bins, ndb, recount
from ganlab.metrics.birthday import birthday, closest_pairs
from ganlab.metrics.card import Aim, Line
from ganlab.metrics.diversity import class_diversity, mean_pairwise_distance
from ganlab.metrics.frechet import SAMPLES_PER_FEATURE, frechet_distance
from ganlab.metrics.kid import kid
from ganlab.metrics.manifold import manifold
from ganlab.metrics.matrix import nearest
from ganlab.metrics.memorisation import share_nearer
from ganlab.metrics.modes import mode_counts
from ganlab.metrics.patches import SIDE, random_patches
from ganlab.metrics.spectrum import LEAST_SIDE, fine_detail, radial_power, spectral_distance
from ganlab.metrics.two_sample import classifier_two_sample
from ganlab.metrics.uncertainty import (
    Floor,
    Interval,
    bootstrap,
    leave_groups_out_each,
    proportion,
    real_floor,
    real_floors,
    swapped_floors,
)

PAIRED = 1000
"""Samples a side where every pair is looked at."""
IMAGES = 2000
"""Images a side for spectra and patches, and samples a side for the test of copying."""
LEAST = 100
REPEATS = 10
NEAR_PAIRS = 20
ALPHA = 0.05


@dataclass(frozen=True)
class Evidence:
    """What there is to measure. Rows of features are float (N, d).

    generated, real: features in random order; the first rows of ``real`` are the reference, and all of them, split
    anew, the floor, so at most half of them are compared at a time. images (N, C, H, H): of both, where they are
    images. copying: features of the generated, of the training data, and of real data held out from it. labels: the
    most likely ones of both (N,) and the number of classes. law: generated points and the mixture they should be from.
    """

    generated: Tensor
    real: Tensor
    images: tuple[Tensor, Tensor] | None = None
    copying: tuple[Tensor, Tensor, Tensor] | None = None
    labels: tuple[Tensor, Tensor, int] | None = None
    law: tuple[Tensor, GaussianMixture] | None = None


def measure(evidence: Evidence) -> tuple[Line, ...]:
    """All lines that the evidence allows. Raises UserError below 100 generated or 200 real samples."""
    generated, real = evidence.generated, evidence.real
    if len(generated) < LEAST or len(real) < 2 * LEAST:
        raise UserError(
            f"{len(generated)} generated and {len(real)} real samples are too few for a report: bring at least {LEAST}"
            f" generated and {2 * LEAST} real ones to compare with"
        )
    if float(real.std(dim=0).max()) == 0:
        raise UserError("all real samples are equal, so nothing can be compared with them: bring real data that vary")
    lines = [*_distribution(generated, real), *_neighbours(generated, real), *_cells(generated, real)]
    if evidence.labels is not None:
        lines += _classes(generated, real, evidence.labels)
    if evidence.law is not None:
        lines += _modes(*evidence.law)
    if evidence.images is not None:
        lines += _detail(*evidence.images)
    lines += _spread(generated, real)
    if evidence.copying is not None:
        lines += _copying(*evidence.copying)
    return tuple(lines)


@dataclass(frozen=True)
class _Row:
    name: str
    dimension: str
    aim: Aim
    below: str
    above: str
    bounds: tuple[float, float] = (0.0, math.inf)


_SHARE, _ANY = (0.0, 1.0), (-math.inf, math.inf)
_NEAR, _NOISE = "nearer than real data", "noise and bias"
_ROWS = {
    "frechet": _Row("Frechet distance", "distribution", "low", _NEAR, "another distribution"),
    "kid": _Row("kernel distance (KID)", "distribution", "low", _NEAR, "another distribution", _ANY),
    "c2st": _Row("two-sample accuracy", "distribution", "low", "below chance", "can be told from real data", _SHARE),
    "precision": _Row("precision", _NOISE, "high", "samples off the data", "only the dense middle", _SHARE),
    "density": _Row("density", _NOISE, "high", "samples off the data", "only the dense middle"),
    "groups": _Row("shares of k-means groups", _NOISE, "low", _NEAR, "groups misjudged", _SHARE),
    "classes": _Row("shares of classes", _NOISE, "low", _NEAR, "classes misjudged", _SHARE),
    "quality": _Row("high-quality share", _NOISE, "high", "between the modes", "only the dense middle", _SHARE),
    "mode_kl": _Row("KL of mode shares", _NOISE, "low", _NEAR, "modes misjudged"),
    "fine": _Row("fine detail, decibels", "detail", "level", "blurred", "noisy or too sharp", _ANY),
    "spectrum": _Row("spectrum, decibels apart", "detail", "low", _NEAR, "other texture"),
    "patches": _Row("patches, Frechet", "detail", "low", _NEAR, "other texture"),
    "recall": _Row("recall", "diversity", "high", "data left out", "spread wider than real", _SHARE),
    "coverage": _Row("coverage", "diversity", "high", "data left out", _NEAR, _SHARE),
    "ndb": _Row("bins that differ (NDB)", "diversity", "low", _NEAR, "groups missing or overfull", _SHARE),
    "modes": _Row("modes, 20 samples each", "diversity", "high", "modes missing", "more than there are"),
    "spread": _Row("mean distance, real = 1", "diversity", "level", "narrower than real", "wider than real"),
    "class_spread": _Row("spread, narrowest class", "diversity", "level", "one picture a class", "wider than real"),
    "near": _Row("near-duplicates, real = 1", "diversity", "low", "fewer than real data", "repeats itself"),
    "nearer": _Row("nearer than held-out", "memorisation", "low", "off the data", "too near the training set", _SHARE),
    "copies": _Row("copies, share of samples", "memorisation", "low", "off the data", "copies training data", _SHARE),
}


def _line(key: str, interval: Interval, floor: Floor, n: int) -> Line:
    """The line, with nothing below or above what the metric can be."""
    row = _ROWS[key]
    low, high = (min(max(end, row.bounds[0]), row.bounds[1]) for end in (interval.low, interval.high))
    interval, floor = replace(interval, low=low, high=high), replace(floor, bounds=row.bounds)
    return Line(key, row.name, row.dimension, interval, floor, row.aim, row.below, row.above, n, n)


def _compare(
    keys: Sequence[str],
    metric: Callable[[Tensor, Tensor], Sequence[float]],
    generated: Tensor,
    real: Tensor,
    most: int,
) -> Iterator[Line]:
    """Lines of a metric that gives one value for each key; n of either kind, no more than ``most``."""
    n = min(len(generated), len(real) // 2, most)
    reference, chosen = real[:n], generated[:n]
    intervals = leave_groups_out_each(lambda part: metric(part, reference), chosen)
    floors = real_floors(metric, real, n, n, repeats=REPEATS)
    for key, interval, floor in zip(keys, intervals, floors, strict=True):
        yield _line(key, interval, floor, n)


def _distribution(generated: Tensor, real: Tensor) -> Iterator[Line]:
    if min(len(generated), len(real) // 2) * 0.9 >= SAMPLES_PER_FEATURE * generated.shape[1]:
        yield from _compare(["frechet"], lambda a, b: (frechet_distance(a, b),), generated, real, 10_000)
    yield from _compare(["kid"], lambda a, b: (kid(a, b),), generated, real, PAIRED)
    n = min(len(generated), len(real) // 2, PAIRED)
    found = classifier_two_sample(generated[:n], real[:n])
    floor = real_floor(lambda a, b: classifier_two_sample(a, b).accuracy, real, n, n, repeats=REPEATS)
    yield _line("c2st", Interval(found.accuracy, found.low, found.high, "Wilson"), floor, n)


def _neighbours(generated: Tensor, real: Tensor) -> Iterator[Line]:
    def metric(a: Tensor, b: Tensor) -> tuple[float, ...]:
        found = manifold(a, b)
        return found.precision, found.density, found.recall, found.coverage

    n = min(len(generated), len(real) // 2, PAIRED)
    found = swapped_floors(metric, generated, real, n)
    for key, (interval, floor) in zip(("precision", "density", "recall", "coverage"), found, strict=True):
        yield _line(key, interval, floor, n)


def _cells(generated: Tensor, real: Tensor) -> Iterator[Line]:
    n = min(len(generated), len(real) // 2, IMAGES)
    bins = fit_bins(real[:5000], max(2, min(50, int(0.9 * n) // (2 * PER_BIN))))

    def metric(a: Tensor, b: Tensor) -> tuple[float, float]:
        found = ndb(a, recount(bins, b), alpha=ALPHA)
        return found.variation, found.share

    groups, different = _compare(["groups", "ndb"], metric, generated, real, IMAGES)
    # Few cells: ten splits may all find none, yet each cell is tested at level ALPHA.
    least = 2 * (ALPHA * (1 - ALPHA) / len(bins.centres)) ** 0.5
    floor = replace(different.floor, half=max(different.floor.reach, least))
    yield from (groups, replace(different, floor=floor))


def _classes(generated: Tensor, real: Tensor, labels: tuple[Tensor, Tensor, int]) -> Iterator[Line]:
    classes = labels[2]
    # The label travels as a last column, so that one order serves both.
    generated, real = (torch.hstack([x, y[:, None].to(x)]) for x, y in ((generated, labels[0]), (real, labels[1])))

    def shares(x: Tensor) -> Tensor:
        return torch.bincount(x[:, -1].long(), minlength=classes).double() / len(x)

    def variation(a: Tensor, b: Tensor) -> tuple[float]:
        return (float((shares(a) - shares(b)).abs().sum() / 2),)

    def narrowest(a: Tensor, b: Tensor) -> tuple[float]:
        within = (class_diversity(x[:, :-1], x[:, -1].long(), classes) for x in (a, b))
        ratios = [x / y for x, y in zip(*within, strict=True) if x is not None and y]
        return (min(ratios, default=0.0),)

    yield from _compare(["classes"], variation, generated, real, 10_000)
    yield from _compare(["class_spread"], narrowest, generated, real, PAIRED)


def _modes(points: Tensor, law: GaussianMixture) -> Iterator[Line]:
    n = min(len(points), 2500)
    if n < 50 * len(law.centres):
        return

    def metric(a: Tensor) -> tuple[float, ...]:
        found = mode_counts(a, law)
        return found.quality, found.kl, found.strict

    # Whoever has the law needs no splits: the floor is what fresh draws of it get.
    rng = torch.Generator().manual_seed(0)
    drawn = [metric(law.sample(n, rng)[0]) for _ in range(4 * REPEATS)]
    intervals = leave_groups_out_each(metric, points[:n])
    for key, interval, values in zip(("quality", "mode_kl", "modes"), intervals, zip(*drawn, strict=True), strict=True):
        yield _line(key, interval, Floor(values), n)


def _detail(images: Tensor, images_real: Tensor) -> Iterator[Line]:
    n = min(len(images), len(images_real) // 2, IMAGES)
    if images.shape[2] == images.shape[3] >= LEAST_SIDE:
        power, power_real = radial_power(images[:n]), radial_power(images_real[: 2 * n])
        interval = bootstrap(lambda p: fine_detail(p, power_real[:n]), power)
        yield _line("fine", interval, real_floor(fine_detail, power_real, n, n, repeats=REPEATS), n)
        yield from _compare(["spectrum"], lambda a, b: (spectral_distance(a, b),), power, power_real, n)
    width = SIDE * SIDE * images.shape[1]
    if min(images.shape[2:]) >= SIDE and n * 4 * 0.9 >= SAMPLES_PER_FEATURE * width:
        # One row an image, so that leaving an image out takes all of its patches along.
        cut, cut_real = (random_patches(x).view(len(x), -1) for x in (images[:n], images_real[: 2 * n]))

        def metric(a: Tensor, b: Tensor) -> tuple[float]:
            return (frechet_distance(a.reshape(-1, width), b.reshape(-1, width)),)

        yield from _compare(["patches"], metric, cut, cut_real, n)


def _spread(generated: Tensor, real: Tensor) -> Iterator[Line]:
    n = min(len(generated), len(real) // 2, PAIRED)

    def metric(a: Tensor, b: Tensor) -> tuple[float, float]:
        within = closest_pairs(b, NEAR_PAIRS)
        rate = birthday(a, within).pairs / NEAR_PAIRS * (n * (n - 1)) / (len(a) * (len(a) - 1))
        return mean_pairwise_distance(a) / mean_pairwise_distance(b), rate

    yield from _compare(["spread", "near"], metric, generated, real, PAIRED)


def _copying(generated: Tensor, train: Tensor, held_out: Tensor) -> Iterator[Line]:
    near = nearest(generated[:IMAGES], train)[:, 0]
    usual = nearest(held_out[: 2 * IMAGES], train)[:, 0]
    n = min(len(near), len(usual) // 2)
    near, reference = near[:n], usual[:n]

    def copies(a: Tensor, b: Tensor) -> float:
        return float((a < b.quantile(0.01)).double().mean())

    interval = bootstrap(lambda part: share_nearer(part, reference), near)
    yield _line("nearer", interval, real_floor(share_nearer, usual, n, n, repeats=REPEATS), n)
    interval = proportion(round(n * copies(near, reference)), n)
    yield _line("copies", interval, real_floor(copies, usual, n, n, repeats=REPEATS), n)
