"""What a classifier says about generated images: the classifier score, the classes they cover, and whether they are
what was asked for.

Lessons: 13 Evaluation, 17 Conditional GANs.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from ganlab.errors import UserError

COVERED = 0.01


@dataclass(frozen=True)
class LabelCoverage:
    """How samples spread over the classes of a classifier.

    ``shares`` per class sum to 1; ``covered`` counts the classes whose share is at least one per cent; ``variation`` is
    the total variation distance (half the sum of absolute differences, 0 to 1) to the reference shares.
    """

    shares: tuple[float, ...]
    covered: int
    variation: float

    @property
    def classes(self) -> int:
        """Number of classes there are."""
        return len(self.shares)


def classifier_score(logits: Tensor) -> float:
    """exp of the mean of KL(p(y|x) || p(y)) over logits (N, K), between 1 and K; higher is better, if at all.

    The inception score of Salimans et al. 2016 (section 4) with the classifier at hand and all samples in one
    split. It rewards confident answers and an even spread of labels; it never looks at real data, and noise that is
    classified with confidence scores well: read it beside the value of real images.

    Raises UserError for logits that are no matrix, empty or not finite.
    """
    log_p = torch.log_softmax(_checked(logits), dim=1)
    log_marginal = torch.logsumexp(log_p, dim=0) - torch.log(torch.tensor(float(len(log_p)), dtype=torch.float64))
    divergence = (log_p.exp() * (log_p - log_marginal)).sum(dim=1)
    return float(divergence.mean().exp())


def label_coverage(logits: Tensor, reference: Tensor | tuple[float, ...] | None = None) -> LabelCoverage:
    """Shares of the classes among the most likely labels of logits (N, K).

    ``reference`` holds the K shares to compare with (None: all equal), for instance the ``shares`` of real images.
    Raises UserError for logits that are no matrix, empty or not finite, and for a reference of another length.
    """
    logits = _checked(logits)
    k = logits.shape[1]
    shares = torch.bincount(logits.argmax(dim=1), minlength=k).double() / len(logits)
    target = torch.as_tensor([1 / k] * k if reference is None else reference, dtype=torch.float64, device=shares.device)
    if target.shape != (k,):
        raise UserError(f"the reference has {target.numel()} shares and the classifier {k} classes: give one per class")
    variation = 0.5 * (shares - target).abs().sum()
    return LabelCoverage(tuple(shares.tolist()), int((shares >= COVERED).sum()), float(variation))


def label_fidelity(logits: Tensor, wanted: Tensor) -> float:
    """The share of samples whose most likely class, by logits (N, K), is the wanted one: int64 (N,).

    An upper limit is the classifier's accuracy on real items, a lower one 1/K where the request is ignored and classes
    are asked for equally often. Raises UserError for logits that are no matrix, empty or not finite, and for requests
    that do not fit them.
    """
    logits = _checked(logits)
    if wanted.shape != (len(logits),) or not 0 <= int(wanted.min()) <= int(wanted.max()) < logits.shape[1]:
        raise UserError(f"{len(logits)} samples need a wanted class each, between 0 and {logits.shape[1] - 1}")
    return float((logits.argmax(dim=1) == wanted.to(logits.device)).double().mean())


def _checked(logits: Tensor) -> Tensor:
    if logits.ndim != 2 or len(logits) == 0:
        raise UserError(f"logits must be a matrix (samples, classes) with at least one row, not {tuple(logits.shape)}")
    if not torch.isfinite(logits).all():
        raise UserError("logits are not all finite: look for NaN or infinity in the images")
    return logits.double()
