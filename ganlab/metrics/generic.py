"""Features for data that no classifier of ours knows: principal components, and what they leave out.

Lesson: 13 Evaluation.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from ganlab.errors import UserError

FITTED = 5000  # rows that a basis is fitted on, at most


@dataclass(frozen=True)
class Components:
    """The rule that makes features of flattened samples (N, D): standardise, project, and measure the remainder.

    centre (D,), scale (D,), basis (D, k) or None where the standardised columns are used as they are.
    """

    centre: Tensor
    scale: Tensor
    basis: Tensor | None
    spread: float

    @property
    def dim(self) -> int:
        """Width of the features: k components and the length of the remainder, or all columns."""
        return len(self.centre) if self.basis is None else self.basis.shape[1] + 1

    def __call__(self, x: Tensor) -> Tensor:
        """Features (N, dim) of samples (N, ...)."""
        z = (x.flatten(1).float() - self.centre) / self.scale
        if self.basis is None:
            return z
        along = z @ self.basis
        left = (z.square().sum(dim=1) - along.square().sum(dim=1)).clamp(min=0).sqrt()
        return torch.hstack([along, left[:, None]]) / self.spread


def fit_components(real: Tensor, most: int) -> Components:
    """Features of width at most ``most`` for samples like ``real`` (N, ...), fitted on at most 5 000 of them.

    Images are centred pixel by pixel and keep their one common scale; columns of a table (N, D) are divided by their
    standard deviations (a column that never varies keeps its unit). Up to ``most`` columns are then used as they are;
    of more, the first most - 1 principal components (scikit-learn) and, as one more feature, the length of what these
    leave out: noise outside of the components would otherwise go unseen. Raises UserError for fewer than 10 samples a
    feature.
    """
    from sklearn.decomposition import PCA

    flat = real[:FITTED].flatten(1).float()
    width = min(most, flat.shape[1])
    if most < 2 or len(flat) < 10 * min(width, 10):
        raise UserError(f"{len(flat)} real samples are too few to fit features on: bring more")
    centre = flat.mean(dim=0)
    if real.ndim == 2:
        scale = flat.std(dim=0)
        scale = torch.where(scale > 0, scale, torch.ones_like(scale))
    else:
        scale = torch.ones_like(centre)
    if flat.shape[1] <= most:
        return Components(centre, scale, None, 1.0)
    z = (flat - centre) / scale
    made = PCA(most - 1, svd_solver="randomized", random_state=0).fit(z.numpy())
    basis = torch.from_numpy(made.components_.T.astype("float32")).contiguous()
    spread = float((z @ basis).std(dim=0).square().mean().sqrt()) or 1.0
    return Components(centre, scale, basis, spread)
