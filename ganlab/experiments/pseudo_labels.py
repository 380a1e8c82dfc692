"""Samples of a GAN without labels, labelled by a classifier that learned from a few real ones: what that costs.

Lesson: 14 The MLP GAN on MNIST.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from torch import Tensor

from ganlab.data import ImageData
from ganlab.errors import UserError
from ganlab.metrics import load_features


class PseudoLabels(NamedTuple):
    """Three shares of wrong labels.

    real: of the weak classifier, on held-out real images. fakes: of the labels it gives to generated images, where
    right is what the frozen classifier of the data set says. after: of a classifier that learned from both, on
    held-out real images.
    """

    real: float
    fakes: float
    after: float


def pseudo_labels(
    train: ImageData, test: ImageData, samples: Tensor, seed: int, *, labelled: int = 100, used: int = 1_000
) -> PseudoLabels:
    """A logistic regression on ``labelled`` images of ``train`` labels ``samples``; a second one learns from both.

    samples: (N, C, H, W) in [-1, 1], all labelled, of which the first ``used`` join. The labelled images are drawn by
    ``seed``. Raises UserError for data without labels, and where no frozen classifier of ``train`` is there.
    """
    if train.labels is None or test.labels is None:
        raise UserError(f"{train.name} has no labels: nothing can be learned from a few of them")
    few = torch.randperm(len(train), generator=torch.Generator().manual_seed(seed))[:labelled]
    x, y = train.floats(few), train.labels[few]
    weak = _fit(x, y)
    guess = torch.from_numpy(weak.predict(samples.flatten(1)))
    both = _fit(torch.cat([x, samples[:used]]), torch.cat([y, guess[:used]]))
    held_out = test.floats().flatten(1)
    real, after = (1 - float(model.score(held_out, test.labels)) for model in (weak, both))
    says = load_features(train.name).logits(samples).argmax(dim=1)
    return PseudoLabels(real, (guess != says).float().mean().item(), after)


def _fit(x: Tensor, y: Tensor) -> Any:
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(max_iter=5_000).fit(x.flatten(1), y)
