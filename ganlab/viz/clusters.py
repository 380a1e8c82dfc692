"""Two views of high-dimensional features through scikit-learn: t-SNE maps and k-means cells. Pictures, not statistics.

Lesson: 13 Evaluation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from ganlab.errors import UserError
from ganlab.viz.figure import subplots
from ganlab.viz.style import FAKE, OKABE_ITO, REAL, WIDTH, Look, style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST = 3000  # rows of one map: some ten seconds on one core


def tsne(features: Tensor, perplexity: float = 30.0, *, seed: int = 0) -> Tensor:
    """A map (N, 2) of features (N, d) by scikit-learn's t-SNE (van der Maaten and Hinton 2008).

    Cluster sizes, distances between clusters and often the clusters themselves are made by the method: never count
    modes on it. Raises UserError for more than 3 000 rows, or a perplexity outside 1..N - 1.
    """
    from sklearn.manifold import TSNE

    if features.ndim != 2 or not 2 < len(features) <= MOST:
        raise UserError(f"a map takes a matrix of 3 to {MOST} rows, not {tuple(features.shape)}: take a part of them")
    if not 1 <= perplexity < len(features):
        raise UserError(f"perplexity lies between 1 and the number of rows less one, not at {perplexity}")
    made = TSNE(2, perplexity=perplexity, init="pca", random_state=seed, max_iter=500)
    return torch.from_numpy(made.fit_transform(features.double().numpy()))


def show_maps(maps: Mapping[str, Tensor], groups: Tensor | None = None, names: Sequence[str] = ()) -> Figure:
    """Maps (N, 2) side by side under their titles, rows coloured and marked by int64 ``groups`` (N,) with ``names``.

    Raises UserError for maps that are not (N, 2), and for groups that do not fit.
    """
    for each in maps.values():
        if each.ndim != 2 or each.shape[1] != 2:
            raise UserError(f"a map has the shape (N, 2), not {tuple(each.shape)}")
        if groups is not None and groups.shape != (len(each),):
            raise UserError(f"{len(each)} points need a group each")
    looks = [REAL, FAKE, *(Look(c, "-", m) for c, m in zip(OKABE_ITO[3:], "s^v+D", strict=True))]
    with style():
        figure, axes = subplots(1, len(maps), min(WIDTH / len(maps), 2.8) + 0.6)
        for one, (title, points) in zip(axes, maps.items(), strict=True):
            for group in [None] if groups is None else groups.unique().tolist():
                look = looks[0 if group is None else group % len(looks)]
                chosen = points if group is None else points[groups == group]
                label = names[group] if group is not None and group < len(names) else None
                one.scatter(
                    chosen[:, 0], chosen[:, 1], s=8, c=look.color, marker=look.marker, alpha=0.6,
                    linewidths=0.8 if look.marker in "x+" else 0, label=label,
                )  # fmt: skip
            one.set(title=title, xlabel="map 1", ylabel="map 2" if one is axes[0] else "")
            one.tick_params(labelsize=8)
        if names:
            handles, labels = axes[0].get_legend_handles_labels()
            figure.legend(handles, labels, loc="outside lower center", ncols=len(labels), markerscale=1.6)
    return figure


def show_bins(shares: Sequence[float], shares_real: Sequence[float], z: Sequence[float], limit: float = 1.96) -> Figure:
    """Shares of k-means cells, generated beside real; cells whose |z| exceeds ``limit`` wear a triangle.

    All three have K entries, as in `ganlab.metrics.BinReport`. Raises UserError where they differ in length.
    """
    if not len(shares) == len(shares_real) == len(z) > 0:
        raise UserError("shares, real shares and z need one entry for each cell")
    order = sorted(range(len(z)), key=lambda cell: z[cell])
    place = range(len(order))
    with style():
        figure, (axes,) = subplots(1, 1, 3.0)
        axes.plot(place, [100 * shares_real[c] for c in order], REAL.marker, color=REAL.color, ms=4, label="real")
        axes.plot(place, [100 * shares[c] for c in order], FAKE.marker, color=FAKE.color, ms=5, label="generated")
        flagged = [i for i, cell in enumerate(order) if abs(z[cell]) > limit]
        axes.plot(flagged, [0.0] * len(flagged), "^", color="black", ms=5, clip_on=False, label="differs")
        axes.set(xlabel="cell, from missing to overfull", ylabel="share in %", ylim=(0, None))
        figure.legend(loc="outside upper center", ncols=3)
    return figure
