"""One call that answers "is it any good?": generated images against the real test images, with the floor beside.

Lesson: 13 Evaluation.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any

import torch
from torch import Tensor

from ganlab import data
from ganlab.errors import UserError
from ganlab.metrics.features import Features, load_features, resize
from ganlab.metrics.frechet import check_features, frechet_distance
from ganlab.metrics.scores import classifier_score, label_coverage


@dataclass(frozen=True)
class Report:
    """What `evaluate` found. Shares are per class, of generated and of real test images, as the classifier sees them.

    ``n`` generated images stand against ``reference`` real test images; ``floor`` is the distance of ``n`` real
    training images from the same test images, computed in the same way. ``sampled_size`` is the side of the images
    as they came, ``measured_size`` the classifier's; where they differ, real and generated images were resized alike.
    """

    data: str
    distance: float
    floor: float
    n: int
    reference: int
    feature_dim: int
    score: float
    score_real: float
    shares: tuple[float, ...]
    shares_real: tuple[float, ...]
    covered: int
    classes: int
    variation: float
    sampled_size: int
    measured_size: int
    classifier: str

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {key: list(value) if isinstance(value, tuple) else value for key, value in asdict(self).items()}

    def text(self) -> str:
        """The report for a reader, the distance never without its floor."""
        resized = (
            f"; both brought to {self.sampled_size} pixels, then to the classifier's {self.measured_size}"
            if self.sampled_size != self.measured_size
            else ""
        )
        shares = " ".join(f"{100 * share:.1f}" for share in self.shares)
        return "\n".join(
            [
                f"{self.data}: {self.n} generated against {self.reference} real test images{resized}",
                f"Frechet distance  {self.distance:.2f}  (floor {self.floor:.2f}: {self.n} real training images in "
                f"their place; {self.feature_dim} features of classifier {self.classifier[:8]})",
                f"classifier score  {self.score:.2f}  (real test images {self.score_real:.2f}, at most {self.classes})",
                f"classes covered   {self.covered} of {self.classes}  (with at least 1 %; total variation to the real "
                f"shares {self.variation:.3f}); shares in % {shares}",
                f"How to read it: a perfect generator lands near the floor, not at 0; this one is at "
                f"{self.distance / self.floor:.1f} times the floor. Compare only figures with the same classifier, "
                f"the same {self.n} and the same {self.reference}.",
            ]
        )


def evaluate(samples: Tensor, data_name: str, *, device: str | torch.device = "cpu") -> Report:
    """Measure generated images, float (N, 1, H, H) in [-1, 1], against the test images of data set ``data_name``.

    All test images are the reference (10 000 of MNIST and Fashion-MNIST, 599 of the digits); of the samples at most as
    many are used, the first ones. Fewer samples are taken as they are, as long as the Frechet distance accepts them
    (at least 4 per feature: 512, or 128 for the digits), and the floor is computed at that same number. Where the
    samples have another size than the real images, these are first resized to it, so that both sides lose alike.

    The features of the real images are computed once per process: hashes make sure that they cannot differ.
    Raises UserError for a data set without a classifier, for too few samples, and for images out of range.
    """
    features = load_features(data_name, device)
    if samples.ndim == 4 and samples.shape[2] != samples.shape[3]:
        raise UserError(f"samples are {samples.shape[2]} by {samples.shape[3]} pixels: they must be square")
    data.check_images(samples, "generated images")
    side = samples.shape[-1]
    n = min(len(samples), data.info(data_name).test)
    return report_of(features, features.features(samples[:n]), side, device)


def report_of(features: Features, generated: Tensor, side: int, device: str | torch.device = "cpu") -> Report:
    """`evaluate` on features (N, dim) of generated images of ``side`` pixels that were computed before."""
    check_features(generated, "of the generated images")  # before the real images cost their seconds
    data_name, n = features.card["name"], len(generated)
    real = real_test(data_name, side, str(device))
    logits, logits_real = features.classify(generated), features.classify(real)
    shares_real = label_coverage(logits_real).shares
    coverage = label_coverage(logits, shares_real)
    return Report(
        data=data_name,
        distance=frechet_distance(generated, real),
        floor=floor(data_name, n, side=side, device=device),
        n=n,
        reference=len(real),
        feature_dim=features.dim,
        score=classifier_score(logits),
        score_real=classifier_score(logits_real),
        shares=coverage.shares,
        shares_real=shares_real,
        covered=coverage.covered,
        classes=coverage.classes,
        variation=coverage.variation,
        sampled_size=side,
        measured_size=features.size,
        classifier=features.card["sha256"],
    )


def floor(data_name: str, n: int, *, side: int | None = None, device: str | torch.device = "cpu") -> float:
    """Distance of ``n`` real training images, drawn once with a fixed seed, from all real test images.

    What a generator that copies training images would be given at this ``n``; one that draws from the data law itself
    comes out near it. It is no strict bound: the classifier was trained on the training images and knows them a little
    better than fresh ones. ``side`` is the size to which the images are brought before they are measured (None: their
    own).
    """
    side = data.info(data_name).shape[-1] if side is None else side
    return _floor(data_name, n, side, str(device))


@lru_cache(maxsize=32)
def _floor(data_name: str, n: int, side: int, device: str) -> float:
    return frechet_distance(real_train(data_name, n, side, device), real_test(data_name, side, device))


@lru_cache(maxsize=4)
def real_train(data_name: str, n: int, side: int, device: str) -> Tensor:
    """Features of ``n`` training images, drawn once with a fixed seed."""
    train = data.load(data_name, "train")
    chosen = torch.randperm(len(train), generator=torch.Generator().manual_seed(0))[:n]
    return load_features(data_name, device).features(resize(train.floats(chosen), side))


@lru_cache(maxsize=4)
def real_test(data_name: str, side: int, device: str) -> Tensor:
    """Features of all test images."""
    images = data.load(data_name, "test").floats()
    return load_features(data_name, device).features(resize(images, side))
