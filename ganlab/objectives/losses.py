"""The game as pure functions of logits: an objective is a pair of losses, both minimised.

Notation: ``s`` is a logit, D = sigmoid(s) the probability of *real*, p the data law, q the law of G(z).
Every loss is a mean over the batch, computed in float32 whatever the networks ran in, and in float64 for float64.
Lessons: 05 the value function, 06 what the generator feels, 07 a zoo of divergences, 10 the training loop.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from torch import Tensor
from torch.nn.functional import relu, softplus

from ganlab.errors import UserError


@dataclass(frozen=True)
class Objective:
    """A pair of losses. What each player minimises, and nothing else.

    ``discriminator(real_logits, fake_logits)`` and ``generator(real_logits, fake_logits)`` take logits of shape
    (N,) or (N, 1) and return a scalar. ``paired`` says that the generator's loss looks at the real logits too (and
    pairs them with the fakes by index); the others ignore them, and may be given ``None``.
    ``bounded`` is False where the discriminator's loss has no minimum unless D is constrained (Wasserstein).
    A score that is not finite gives a loss that is not: the trainer sees it without a look from the host (training/).
    """

    name: str
    discriminator: Callable[[Tensor, Tensor], Tensor]
    generator: Callable[[Tensor | None, Tensor], Tensor]
    source: str
    paired: bool = False
    bounded: bool = True

    def values(self, real: Tensor, fake: Tensor) -> tuple[float, float]:
        """Both losses as plain numbers, D's first, for scores of shape (N,) or (N, 1) that somebody holds in hand.

        Raises UserError where there are no scores, where one is not finite, for another shape, and for shapes that
        differ where the loss pairs by index.
        """
        for who, scores in (("real", real), ("fake", fake)):
            if scores.ndim not in (1, 2) or scores.numel() != len(scores):
                raise UserError(f"scores have the shape (N,) or (N, 1), unlike the {who} ones: {tuple(scores.shape)}")
            if len(scores) == 0:
                raise UserError(f"there are no {who} scores: a loss is a mean over at least one")
            if not bool(torch.isfinite(scores).all()):
                raise UserError(f"the {who} scores are not all finite: the D that gave them has diverged")
        return float(self.discriminator(real, fake)), float(self.generator(real, fake))


def exact(logits: Tensor) -> Tensor:
    """The logits in float32 at least: float64 stays, lower precisions are widened."""
    return logits if logits.dtype is torch.float64 else logits.float()


def _cross_entropy_d(real: Tensor, fake: Tensor) -> Tensor:
    # -log D(x) = softplus(-s) and -log(1 - D(x)) = softplus(s): exact at any logit, where log(sigmoid(s)) is not.
    return softplus(-exact(real)).mean() + softplus(exact(fake)).mean()


def _minimax_g(real: Tensor | None, fake: Tensor) -> Tensor:
    return -softplus(exact(fake)).mean()


def _non_saturating_g(real: Tensor | None, fake: Tensor) -> Tensor:
    return softplus(-exact(fake)).mean()


def least_squares_coded(fake_code: float, real_code: float, wish: float) -> Objective:
    """LSGAN: D regresses fakes on ``fake_code`` and reals on ``real_code``; G wants its fakes at ``wish``.

    (0, 1, 1) is the popular coding; (-1, 1, 0) makes G minimise half the Pearson divergence between p + q and 2q.
    The best D is the mix of the codes with weights p/(p+q) and q/(p+q). Source: Mao et al. 2017, eq. 2, 8 and 9.
    """

    def discriminator(real: Tensor, fake: Tensor) -> Tensor:
        return 0.5 * (exact(real) - real_code).square().mean() + 0.5 * (exact(fake) - fake_code).square().mean()

    def generator(real: Tensor | None, fake: Tensor) -> Tensor:
        return 0.5 * (exact(fake) - wish).square().mean()

    return Objective("least-squares", discriminator, generator, "Mao et al. 2017, eq. 2")


def smoothed(real_label: float) -> Objective:
    """Cross entropy with the label ``real_label`` on real samples and 0 on fakes; G as in `non_saturating`.

    The best D is real_label * p / (p + q). Source: Salimans et al. 2016, section 3.4 (one-sided label smoothing).
    Raises UserError for a label outside (0, 1].
    """
    if not 0 < real_label <= 1:
        raise UserError(f"a smoothed label for real samples lies above 0 and is at most 1, not {real_label:g}")

    def discriminator(real: Tensor, fake: Tensor) -> Tensor:
        s = exact(real)
        return (real_label * softplus(-s) + (1 - real_label) * softplus(s)).mean() + softplus(exact(fake)).mean()

    return Objective("smoothed", discriminator, _non_saturating_g, "Salimans et al. 2016, section 3.4")


def _hinge_d(real: Tensor, fake: Tensor) -> Tensor:
    return relu(1 - exact(real)).mean() + relu(1 + exact(fake)).mean()


def _wasserstein_d(real: Tensor, fake: Tensor) -> Tensor:
    return exact(fake).mean() - exact(real).mean()


def _critic_g(real: Tensor | None, fake: Tensor) -> Tensor:
    return -exact(fake).mean()


def _relativistic_d(real: Tensor, fake: Tensor) -> Tensor:
    if real.shape != fake.shape:
        raise UserError(
            f"relativistic losses pair by index, so give as many real as fake logits in one shape, "
            f"not {tuple(real.shape)} and {tuple(fake.shape)}"
        )
    return softplus(exact(fake) - exact(real)).mean()


def _relativistic_g(real: Tensor | None, fake: Tensor) -> Tensor:
    if real is None:
        raise UserError("the relativistic generator loss needs the real logits of the same batch")
    return _relativistic_d(fake, real)


minimax = Objective("minimax", _cross_entropy_d, _minimax_g, "Goodfellow et al. 2014, eq. 1")
"""The value function itself. D minimises -V, G minimises E log(1 - D(G(z))): saturating where D rejects."""

non_saturating = Objective("non-saturating", _cross_entropy_d, _non_saturating_g, "Goodfellow et al. 2014, section 3")
"""The same D; G minimises -E log D(G(z)), which has its gradient where the fakes are rejected."""

least_squares = least_squares_coded(0.0, 1.0, 1.0)
"""Scores are regressed on 1 (real) and 0 (fake)."""

least_squares_pearson = replace(least_squares_coded(-1.0, 1.0, 0.0), name="least-squares-pearson")
"""Scores are regressed on 1 and -1, and G aims at 0."""

hinge = Objective("hinge", _hinge_d, _critic_g, "Lim and Ye 2017; Miyato et al. 2018, eq. 16-17")
"""D asks for a margin of 1 on both sides; G raises the score of its fakes."""

wasserstein = Objective("wasserstein", _wasserstein_d, _critic_g, "Arjovsky et al. 2017, eq. 2-3", bounded=False)
"""The critic's difference of means. Bounds W1 only under a Lipschitz constraint: clip, or a gradient penalty."""

relativistic = Objective(
    "relativistic", _relativistic_d, _relativistic_g, "Jolicoeur-Martineau 2019; Huang et al. 2024, eq. 2", paired=True
)
"""Each fake against one real: L_D = E softplus(s(G(z)) - s(x)), and L_G is the same with the two exchanged."""

OBJECTIVES: dict[str, Objective] = {
    o.name: o for o in (minimax, non_saturating, least_squares, least_squares_pearson, hinge, wasserstein, relativistic)
}
"""Every objective by its name, for the command line and for run folders."""


def discriminator_probability(logits: Tensor) -> Tensor:
    """D = sigmoid(s), the probability of *real*, for logits of any shape."""
    return torch.sigmoid(exact(logits))
