"""The Frechet distance between two clouds of features, each summed up by a mean and a covariance.

Lesson: 13 Evaluation.
"""

from __future__ import annotations

import torch
from torch import Tensor

from ganlab.errors import UserError
from ganlab.metrics.matrix import Extractor, as_features

SAMPLES_PER_FEATURE = 4


def frechet_distance(a: Tensor, b: Tensor, extractor: Extractor | None = None) -> float:
    """Squared Frechet distance of the Gaussians fitted to features ``a`` (N, d) and ``b`` (M, d); never negative.

    Heusel et al. 2017, equation 6, on whatever features are handed in. It is biased upwards at small N and M, so two
    values compare only at the same N and M and on the same features: print the distance of real from real data beside.
    ``extractor`` turns samples into features (None: ``a`` and ``b`` are features).

    Raises UserError for fewer than 4 d samples on a side (the covariance would be noise), for features that are not
    matrices of the same width, and for values that are not finite.
    """
    if extractor is not None:
        a, b = as_features(a, extractor, "features a"), as_features(b, extractor, "features b")
    check_features(a, "a")
    check_features(b, "b")
    if a.shape[1] != b.shape[1]:
        raise UserError(f"features of width {a.shape[1]} and {b.shape[1]}: take both from the same classifier")
    return frechet_gaussians(*moments(a), *moments(b))


def frechet_gaussians(mean1: Tensor, cov1: Tensor, mean2: Tensor, cov2: Tensor) -> float:
    """|m1 - m2|^2 + tr(S1 + S2 - 2 (S1 S2)^(1/2)) for Gaussians N(m1, S1) and N(m2, S2) (Dowson and Landau 1982).

    Means are (d,), covariances (d, d), symmetric and without negative eigenvalues; they may be singular. It is the
    square of the 2-Wasserstein distance. Raises UserError for anything that is no covariance.
    """
    mean1, mean2 = mean1.double(), mean2.double()
    root1, root2 = _root(cov1.double()), _root(cov2.double())
    if mean1.shape != mean2.shape or root1.shape != root2.shape or root1.shape[0] != mean1.numel():
        raise UserError("means must be (d,) and covariances (d, d) with the same d on both sides")
    # tr (S1 S2)^(1/2) = tr (S1^(1/2) S2 S1^(1/2))^(1/2) is the sum of the singular values of S1^(1/2) S2^(1/2).
    # Taken this way no square root is drawn from the rounding errors of a singular product.
    cross = torch.linalg.svdvals(root1 @ root2).sum()
    distance = (mean1 - mean2).square().sum() + root1.square().sum() + root2.square().sum() - 2 * cross
    return max(float(distance), 0.0)


def moments(features: Tensor) -> tuple[Tensor, Tensor]:
    """Mean (d,) and unbiased covariance (d, d) of features (N, d), in float64."""
    x = features.double()
    mean = x.mean(dim=0)
    centred = x - mean
    return mean, centred.T @ centred / (len(x) - 1)


def check_features(features: Tensor, what: str) -> None:
    """Refuse features that are no matrix (N, d), fewer than 4 d rows, or not finite; ``what`` names them. UserError."""
    if features.ndim != 2:
        raise UserError(f"features {what} must be a matrix (samples, features), not of shape {tuple(features.shape)}")
    n, d = features.shape
    if n < SAMPLES_PER_FEATURE * d:
        raise UserError(
            f"{n} samples are too few for a Frechet distance in {d} features (it would be noise): "
            f"draw at least {SAMPLES_PER_FEATURE * d}"
        )
    if not torch.isfinite(features).all():
        raise UserError(f"features {what} are not all finite: look for NaN or infinity in the images")


def _root(cov: Tensor) -> Tensor:
    """The symmetric square root of a covariance."""
    if cov.ndim != 2 or cov.shape[0] != cov.shape[1] or not torch.isfinite(cov).all():
        raise UserError(
            f"a covariance must be a square matrix of finite numbers, this one has shape {tuple(cov.shape)}"
        )
    slack = 1e-8 * cov.abs().max()
    if (cov - cov.T).abs().max() > slack:
        raise UserError("a covariance must be symmetric and this matrix is not: check how it was computed")
    values, vectors = torch.linalg.eigh(cov)
    if values.min() < -len(cov) * slack:
        raise UserError(f"a covariance cannot have the eigenvalue {values.min():.3g}: check how it was computed")
    return vectors @ (values.clamp(min=0).sqrt()[:, None] * vectors.T)
