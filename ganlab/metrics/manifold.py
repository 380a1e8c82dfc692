"""Precision, recall, density and coverage: who lies in whose neighbourhood.

Lesson: 13 Evaluation.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from ganlab.errors import UserError
from ganlab.metrics.matrix import BLOCK, Extractor, exact_distances, pair, radii


@dataclass(frozen=True)
class Manifold:
    """Four shares: precision and density look at the generated samples, recall and coverage at the real ones.

    All lie in 0..1, except density, whose mean is 1 under equal laws and which may exceed it.
    """

    precision: float
    recall: float
    density: float
    coverage: float


def manifold(generated: Tensor, real: Tensor, k: int = 5, extractor: Extractor | None = None) -> Manifold:
    """All four at once, for generated (N, d) and real (M, d) features or what ``extractor`` makes of samples.

    With balls around each point that reach to its k-th neighbour of the same kind:

    - precision: the share of generated points in at least one real ball; recall: the share of real points in at least
      one generated ball (Kynkaanniemi et al. 2019);
    - density: the mean number of real balls around a generated point, over k; coverage: the share of real balls with at
      least one generated point inside (Naeem et al. 2020).

    Under equal laws none of them need be 1: see `expected_coverage`.
    Raises UserError for k < 1, for fewer than k + 2 samples on a side, for features of two widths or not finite.
    """
    if k < 1:
        raise UserError(f"a neighbourhood needs k = 1 or more neighbours, not {k}")
    generated, real = pair(generated, real, extractor, k + 2, f"neighbourhoods of {k}")
    ball_real, ball_generated = radii(real, k), radii(generated, k)
    inside = torch.zeros(len(generated), dtype=torch.long)
    covered = torch.zeros(len(real), dtype=torch.bool)
    recalled = torch.zeros(len(real), dtype=torch.bool)
    for start in range(0, len(generated), BLOCK):
        part = slice(start, start + BLOCK)
        distance = exact_distances(generated[part], real)
        hit = distance <= ball_real
        inside[part] = hit.sum(dim=1)
        covered |= hit.any(dim=0)
        recalled |= (distance <= ball_generated[part, None]).any(dim=0)
    return Manifold(
        precision=float((inside > 0).double().mean()),
        recall=float(recalled.double().mean()),
        density=float(inside.double().mean() / k),
        coverage=float(covered.double().mean()),
    )


def membership(generated: Tensor, real: Tensor, k: int = 5) -> Tensor:
    """How many of the real balls each generated point lies in: (N,). Precision is the share above 0, density the mean
    over k; both are means over independent points once the real balls are fixed, so their bootstrap is right."""
    generated, real = pair(generated, real, None, k + 2, f"neighbourhoods of {k}")
    ball = radii(real, k)
    return torch.cat([(exact_distances(part, real) <= ball).sum(dim=1) for part in generated.split(BLOCK)])


def expected_coverage(n: int, m: int, k: int = 5) -> float:
    """Coverage of a perfect sampler: 1 - product over i < k of (m - 1 - i) / (n + m - 1 - i), for any continuous law.

    A real ball is empty where the k nearest of all n + m - 1 other points are real ones (Naeem et al. 2020, lemma 2).
    """
    missed = 1.0
    for i in range(k):
        missed *= (m - 1 - i) / (n + m - 1 - i)
    return 1 - missed
