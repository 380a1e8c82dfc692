"""Number of statistically different bins: k-means cells of the real data, and a test for each of them.

Lesson: 13 Evaluation.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist

import torch
from torch import Tensor

from ganlab.errors import UserError
from ganlab.metrics.matrix import BLOCK, as_features, exact_distances

PER_BIN = 10


@dataclass(frozen=True)
class Bins:
    """Cells of the real data: centres (K, d) and the share of n real samples in each (K,)."""

    centres: Tensor
    shares: Tensor
    n: int

    def assign(self, features: Tensor) -> Tensor:
        """The cell of each row: (N,) int64."""
        return torch.cat([exact_distances(part, self.centres).argmin(dim=1) for part in features.split(BLOCK)])


@dataclass(frozen=True)
class BinReport:
    """``different`` of ``k`` cells differ at level alpha; z (K,) per cell, negative where samples are missing.

    ``variation`` is the total variation distance of the two sets of shares, 0 to 1.
    """

    k: int
    different: int
    z: tuple[float, ...]
    shares: tuple[float, ...]
    shares_real: tuple[float, ...]
    variation: float

    @property
    def share(self) -> float:
        """NDB / K: about alpha for a perfect sampler, not 0."""
        return self.different / self.k


def fit_bins(real: Tensor, k: int = 50, *, seed: int = 0) -> Bins:
    """k-means cells of real features (M, d), by scikit-learn. Raises UserError for fewer than 10 samples a cell.

    The shares are those of the very samples that made the cells, as in the paper; where real data are plenty, test
    against fresh ones (`recount`), since k-means has fitted the noise of its own.
    """
    from sklearn.cluster import KMeans

    real = as_features(real, None, "the real samples")
    if k < 2 or len(real) < PER_BIN * k:
        raise UserError(f"{len(real)} real samples cannot fill {k} cells: bring {PER_BIN} for each of two or more")
    fitted = KMeans(k, n_init=1, random_state=seed).fit(real.double().numpy())
    centres = torch.from_numpy(fitted.cluster_centers_).to(real.dtype)
    return recount(Bins(centres, torch.empty(k), 0), real)


def recount(bins: Bins, real: Tensor) -> Bins:
    """The same cells with the shares of other real samples (M, d)."""
    counts = torch.bincount(bins.assign(real), minlength=len(bins.centres)).double()
    return Bins(bins.centres, counts / len(real), len(real))


def ndb(generated: Tensor, bins: Bins, *, alpha: float = 0.05) -> BinReport:
    """Compare generated features (N, d) with the cells: a two-proportion z-test in each (Richardson and Weiss 2018).

    z = (p_g - p_r) / sqrt(p (1 - p) (1/N + 1/M)) with the pooled share p; a cell counts where |z| exceeds the normal
    quantile at 1 - alpha / 2. With equal laws about alpha K cells are flagged.
    Raises UserError for fewer than 10 samples a cell, another width, and an alpha outside (0, 1).
    """
    generated = as_features(generated, None, "the generated samples")
    k = len(bins.centres)
    if generated.shape[1] != bins.centres.shape[1]:
        raise UserError(f"features of width {generated.shape[1]} do not fit cells of width {bins.centres.shape[1]}")
    if len(generated) < PER_BIN * k:
        raise UserError(f"{len(generated)} samples are too few for {k} cells: draw at least {PER_BIN * k}")
    if not 0 < alpha < 1:
        raise UserError(f"alpha lies between 0 and 1, not at {alpha}")
    n, m = len(generated), bins.n
    shares = torch.bincount(bins.assign(generated), minlength=k).double() / n
    pooled = (n * shares + m * bins.shares) / (n + m)
    error = (pooled * (1 - pooled) * (1 / n + 1 / m)).sqrt()
    z = torch.where(error > 0, (shares - bins.shares) / error.clamp(min=1e-300), torch.zeros(k, dtype=torch.float64))
    limit = NormalDist().inv_cdf(1 - alpha / 2)
    return BinReport(
        k=k,
        different=int((z.abs() > limit).sum()),
        z=tuple(z.tolist()),
        shares=tuple(shares.tolist()),
        shares_real=tuple(bins.shares.tolist()),
        variation=float(0.5 * (shares - bins.shares).abs().sum()),
    )
