"""Five things that go wrong with a generator, as sliders, and what eight metrics say to each.

Lesson: 13 Evaluation.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from ganlab.data.mixtures import ring
from ganlab.metrics import (
    Floor,
    classifier_two_sample,
    frechet_distance,
    kid,
    manifold,
    mean_pairwise_distance,
)
from ganlab.metrics.matrix import nearest
from ganlab.metrics.uncertainty import real_floors
from ganlab.teaching.explorers import _explorer
from ganlab.viz.points import scatter, window_of
from ganlab.viz.scorecard import Mark, draw_marks
from ganlab.viz.style import FAKE, REAL, style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LAW = ring(std=0.1)
N = 400
NAMES = {
    "Frechet distance": ("distribution", "low"),
    "kernel distance (KID)": ("distribution", "low"),
    "two-sample accuracy": ("distribution", "low"),
    "precision": ("noise and bias", "high"),
    "recall": ("diversity", "high"),
    "coverage": ("diversity", "high"),
    "mean distance": ("diversity", "level"),
    "copies": ("memorisation", "low"),
}
"""The metrics, each with its dimension and the side of real data that is worse (as in `ganlab.metrics.card.Line`)."""


def faulty_points(
    shift: float = 0.0, missing: float = 0.0, blur: float = 0.0, noise: float = 0.0, copies: float = 0.0
) -> Tensor:
    """400 points (400, 2) of the ring of eight, with faults; without any of them, a perfect sampler.

    shift: added to the first coordinate. missing: this many modes are never drawn, 0 to 7. blur: deviation of normal
    noise on every point. noise: share of points spread evenly over the square from -2 to 2. copies: share of points
    taken from the training set. The same numbers at every call.
    """
    rng = torch.Generator().manual_seed(0)
    points, labels = LAW.sample(20 * N, rng)
    kept = points[labels >= round(missing)][:N]
    kept = kept + blur * torch.randn(N, 2, generator=rng) + torch.tensor([shift, 0.0])
    order = torch.randperm(N, generator=rng)
    many, stray = round(copies * N), round(noise * N)
    kept[order[:many]] = _data()[0][:many]
    strays = order[len(order) - stray :]
    kept[strays] = 4 * torch.rand(stray, 2, generator=rng) - 2
    return kept


def point_metrics(a: Tensor, b: Tensor) -> tuple[float, ...]:
    """The values of `NAMES` for points ``a`` (N, 2) in the place of generated ones, and real ``b`` (M, 2)."""
    found = manifold(a, b)
    return (
        frechet_distance(a, b), kid(a, b), classifier_two_sample(a, b).accuracy, found.precision, found.recall,
        found.coverage, mean_pairwise_distance(a) / mean_pairwise_distance(b),
        float((nearest(a, _data()[0])[:, 0] < _limit()).double().mean()),
    )  # fmt: skip


@cache
def _data() -> tuple[Tensor, Tensor]:
    """The training set, and real points that it does not hold."""
    points, _ = LAW.sample(N + 8 * N, torch.Generator().manual_seed(1))
    return points[:N], points[N:]


@cache
def _limit() -> float:
    """Nearer than this to the training set lies one real point in a hundred."""
    train, held_out = _data()
    return float(nearest(held_out, train)[:, 0].quantile(0.01))


@cache
def _floors() -> tuple[Floor, ...]:
    return tuple(real_floors(point_metrics, _data()[1], N, N, repeats=20))


def point_marks(generated: Tensor) -> list[Mark]:
    """Each metric of `NAMES` for points (N, 2), in half-widths of what real points get."""
    values = point_metrics(generated, _data()[1][:N])
    marks = []
    for (name, (group, aim)), value, floor in zip(NAMES.items(), values, _floors(), strict=True):
        away = (value - floor.mean) / floor.reach
        worse = abs(away) > 1 and aim != ("low" if away < 0 else "high")
        marks.append(Mark(name, group, away, away, away, worse))
    return marks


def metric_explorer(
    shift: float = 0.0, missing: float = 0.0, blur: float = 0.0, noise: float = 0.0, copies: float = 0.0
) -> Any:
    """Sliders for the five faults of `faulty_points`, the points, and where each metric lies beside real data.

    Raises UserError where ipywidgets is missing.
    """
    names = {"shift": "shift", "missing": "modes lost", "blur": "blur", "noise": "noise", "copies": "copies"}
    ranges = {
        "shift": {"min": 0.0, "max": 1.0, "step": 0.05},
        "missing": {"min": 0.0, "max": 7.0, "step": 1.0},
        "blur": {"min": 0.0, "max": 0.5, "step": 0.05},
        "noise": {"min": 0.0, "max": 1.0, "step": 0.05},
        "copies": {"min": 0.0, "max": 1.0, "step": 0.05},
    }
    draw: Callable[..., Figure] = _draw
    start = {"shift": shift, "missing": missing, "blur": blur, "noise": noise, "copies": copies}
    return _explorer(draw, start, ranges, names)


def _draw(**faults: float) -> Figure:
    from ganlab.viz import subplots

    generated, real = faulty_points(**faults), _data()[1][:N]
    said = ", ".join(f"{name} {value:g}" for name, value in faults.items() if value) or "no fault"
    with style():
        figure, axes = subplots(2, 1, 6.4)
        window = window_of(torch.tensor([[-1.6, -1.6], [1.6, 1.6]]), None)
        scatter(axes[0], real, None, REAL, "real", window)
        scatter(axes[0], generated, None, FAKE, "generated", window)
        axes[0].set_title(f"{said} (circles real, crosses generated)", fontsize=10)
        draw_marks(axes[1], point_marks(generated))
    return figure
