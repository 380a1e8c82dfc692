"""Which modes of a mixture do the samples reach, and how close do they come? The protocol of the 2-D benchmarks.

A sample belongs to the nearest centre and is of high quality within three standard deviations of it. A mode counts
with one high-quality sample (``modes``, as published) or with twenty (``strict``: no stray sample makes a mode).
Sources: Srivastava et al. 2017 (VEEGAN), section 4.1; Lin et al. 2018 (PacGAN), section 4.1.
Lessons: 11 Failures and stabilisers, 13 Evaluation, 32 R3GAN.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass

import torch
from torch import Tensor

from ganlab.data.mixtures import GaussianMixture
from ganlab.errors import UserError

REACH = 3.0
STRICT = 20
FIGURES = ("modes", "strict", "quality", "kl", "spread")


@dataclass(frozen=True)
class ModeCounts:
    """What n samples cover of a mixture with K modes.

    ``modes`` and ``strict``: covered modes, 0 to K. ``quality``: share of high-quality samples, 0 to 1.
    ``kl``: KL(samples' shares of the modes || the mixture's weights) in nats, 0 to log K, over *all* samples by
    their nearest centre. ``spread``: root mean square distance of the good samples from their centres, in units of
    the law's own (std * sqrt 2); 0 where none is good. Below the floor the modes are covered by points that are too
    much alike, which quality rewards. ``good`` and ``nearest``: samples of each mode, the good ones and all.
    """

    modes: int
    strict: int
    quality: float
    kl: float
    spread: float
    good: tuple[int, ...]
    nearest: tuple[int, ...]

    @property
    def n(self) -> int:
        """Number of samples."""
        return sum(self.nearest)

    def values(self) -> dict[str, float]:
        """The five figures by name, for a table or a record."""
        found = asdict(self)
        return {name: found[name] for name in FIGURES}


def mode_counts(samples: Tensor, law: GaussianMixture) -> ModeCounts:
    """Count what ``samples`` (N, 2) cover of ``law``.

    Raises UserError for another shape, values that are not finite, fewer than 40 samples for each mode (a perfect
    sampler would then miss modes of the strict count), and a law whose modes lie closer together than six standard
    deviations (a sample could then be good for two).
    """
    good, nearest, squares = _assign(samples, law)
    return _counts(good, nearest, squares, len(law.centres))


def mean_mode_counts(clouds: Iterable[Tensor], law: GaussianMixture) -> dict[str, float]:
    """The mean of the five figures of `mode_counts` over samples (N, 2), one tensor for each seed.

    Raises UserError as `mode_counts` does, and where there is no tensor.
    """
    found = [mode_counts(cloud, law).values() for cloud in clouds]
    if not found:
        raise UserError("a mean over seeds needs the samples of one seed at least")
    return {name: sum(values[name] for values in found) / len(found) for name in FIGURES}


def mode_intervals(
    samples: Tensor, law: GaussianMixture, level: float = 0.95, resamples: int = 1000, seed: int = 0
) -> dict[str, tuple[float, float]]:
    """Percentile bootstrap intervals of the five figures of `mode_counts`: what another draw of N would have given.

    They say nothing about another training run: for that, repeat the run with other seeds. A mode without a sample
    stays empty in every resample. The interval of ``kl`` lies above its value, as resampling adds noise once more.
    Source: Efron and Tibshirani 1993, section 13.3. Raises UserError as `mode_counts` does, and for a level outside
    (0, 1) or fewer than 100 resamples.
    """
    if not 0 < level < 1 or resamples < 100:
        raise UserError(f"a bootstrap needs a level between 0 and 1 and 100 resamples, not {level:g} and {resamples}")
    good, nearest, squares = _assign(samples, law)
    k, n = len(law.centres), len(nearest)
    rng = torch.Generator().manual_seed(seed)
    draws = []
    for _ in range(resamples):
        rows = torch.randint(n, (n,), generator=rng)
        draws.append(list(_counts(good[rows], nearest[rows], squares[rows], k).values().values()))
    ends = torch.tensor([(1 - level) / 2, (1 + level) / 2], dtype=torch.float64)
    low, high = torch.quantile(torch.tensor(draws, dtype=torch.float64), ends, dim=0)
    return {name: (float(a), float(b)) for name, a, b in zip(FIGURES, low, high, strict=True)}


def mode_floor(law: GaussianMixture, n: int = 2500) -> dict[str, float]:
    """What a perfect sampler of ``law`` gets on average with n samples: exact sums over the binomial law.

    quality = 1 - exp(-9/2) = 0.9889 in the plane, whatever std is; kl is close to (K - 1) / 2n; spread is that of a
    Gaussian cut off at three standard deviations, 0.974.
    Raises UserError for n below 40 samples for each mode, and for modes that overlap.
    """
    from scipy.stats import binom

    _check_law(law, n)
    k = len(law.centres)
    quality = -math.expm1(-(REACH**2) / 2)
    count = torch.arange(1, n + 1, dtype=torch.float64)
    share = count / n
    kl = k * float((torch.as_tensor(binom.pmf(count.numpy(), n, 1 / k)) * share * (share * k).log()).sum())
    return {
        "modes": k * float(binom.sf(0, n, quality / k)),
        "strict": k * float(binom.sf(STRICT - 1, n, quality / k)),
        "quality": quality,
        "kl": kl,
        # E[r^2 | r < 3 std] = 2 std^2 (1 - c e^-c / (1 - e^-c)) with c = 9/2.
        "spread": math.sqrt(1 - (REACH**2 / 2) * (1 - quality) / quality),
    }


def _counts(good: Tensor, nearest: Tensor, squares: Tensor, k: int) -> ModeCounts:
    every, best = torch.bincount(nearest, minlength=k), torch.bincount(nearest[good], minlength=k)
    shares = every.double() / len(nearest)
    kl = float(torch.special.xlogy(shares, shares * k).sum())
    return ModeCounts(
        modes=int((best >= 1).sum()),
        strict=int((best >= STRICT).sum()),
        quality=int(best.sum()) / len(nearest),
        kl=max(kl, 0.0),
        spread=float((squares[good].mean() / 2).sqrt()) if bool(good.any()) else 0.0,
        good=tuple(best.tolist()),
        nearest=tuple(every.tolist()),
    )


def _assign(samples: Tensor, law: GaussianMixture) -> tuple[Tensor, Tensor, Tensor]:
    """Of each sample: whether it is good, its nearest centre (int64), its squared distance from it in std^2; (N,)."""
    if samples.ndim != 2 or samples.shape[1] != 2:
        raise UserError(f"samples of the plane have the shape (N, 2), not {tuple(samples.shape)}")
    _check_law(law, len(samples))
    if not bool(torch.isfinite(samples).all()):
        raise UserError("the samples are not all finite: look for NaN or infinity in the generator")
    distance, nearest = torch.cdist(samples.detach().cpu().double(), law.means).min(dim=1)
    return distance < REACH * law.std, nearest, (distance / law.std).square()


def _check_law(law: GaussianMixture, n: int) -> None:
    if n < 2 * STRICT * len(law.centres):
        raise UserError(
            f"counting {len(law.centres)} modes takes {2 * STRICT * len(law.centres)} samples or more, not {n}: "
            "draw more (the published protocol takes 2500)"
        )
    if len(law.centres) > 1 and float(torch.pdist(law.means).min()) < 2 * REACH * law.std:
        raise UserError(
            f"the modes of {law.name} overlap: count modes only where they lie six standard deviations apart"
        )
