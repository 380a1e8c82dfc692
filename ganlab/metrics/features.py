"""The frozen classifiers that ship with the package, as measuring instruments.

An instrument does not depend on who looks: evaluation mode, no gradients, one rule for resizing, the same answer for
any batch size, and the weights are read only if their SHA-256 is the one on the card.

Lesson: 13 Evaluation.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load
from torch import Tensor
from torch.nn import functional as F

from ganlab import data
from ganlab.errors import UserError
from ganlab.metrics.classifier import Classifier, ClassifierConfig
from ganlab.progress import bar

WEIGHTS = Path(__file__).parent / "weights"
BATCH = 500


class Features:
    """A frozen classifier of one data set. Images are float (N, 1, H, W) in [-1, 1]; results lie on the CPU, float32.

    Images of another size than the classifier's are resized here, always by the same rule (`resize`): other
    resampling shifts a Frechet distance by more than good generators differ (Parmar et al. 2022), so nobody gets
    to choose.
    """

    def __init__(self, classifier: Classifier, card: dict[str, Any], device: str | torch.device = "cpu") -> None:
        self.card = card
        self.dim = classifier.config.features
        self.classes = classifier.config.classes
        self.size = classifier.config.size
        self._device = torch.device(device)
        self._classifier = classifier.eval().requires_grad_(False).to(self._device)

    def features(self, x: Tensor, batch_size: int = BATCH) -> Tensor:
        """The penultimate layer, (N, dim). Raises UserError for images that are not grey or not in [-1, 1]."""
        data.check_images(x, "images to evaluate")
        if x.shape[1] != 1:
            raise UserError(
                f"the classifier of {self.card['name']} sees grey images and these have {x.shape[1]} channels: "
                "evaluate them against a data set of their own kind"
            )
        if batch_size < 1:
            raise UserError(f"batch_size is {batch_size}: it must be at least 1")
        batches = bar(x.split(batch_size), desc="features", leave=False)
        # A caller's autocast or the GPU's shortened TF32 products would change the instrument.
        exact = torch.backends.cudnn.flags(enabled=True, benchmark=False, deterministic=True, allow_tf32=False)
        with torch.no_grad(), torch.autocast(self._device.type, enabled=False), exact:
            parts = [self._classifier.features(resize(b.to(self._device).float(), self.size)).cpu() for b in batches]
        return torch.cat(parts) if parts else torch.empty(0, self.dim)

    def logits(self, x: Tensor, batch_size: int = BATCH) -> Tensor:
        """What the classifier says, (N, classes), before the softmax."""
        return self.classify(self.features(x, batch_size))

    @torch.no_grad()
    def classify(self, features: Tensor) -> Tensor:
        """Logits (N, classes) of features (N, dim) that were computed before: saves a second pass over the images."""
        return self._classifier.head(features.to(self._device)).cpu()


def available(folder: Path = WEIGHTS) -> list[str]:
    """Names of the data sets that have a classifier."""
    return sorted(path.stem for path in folder.glob("*.json"))


def load_features(data_name: str, device: str | torch.device = "cpu", folder: Path = WEIGHTS) -> Features:
    """The frozen classifier of data set ``data_name`` (see `available`).

    Raises UserError for a data set without one (points, folders of your own), and for weights that are not the
    ones on the card. Neither the global random state nor the number of threads is touched.
    """
    known = available(folder)
    if data_name not in known:
        raise UserError(
            f"there is no classifier for {data_name!r}, so no features to measure it by: "
            f"choose a data set that has one ({', '.join(known)})"
        )
    card = json.loads((folder / f"{data_name}.json").read_text(encoding="utf-8"))
    weights = folder / f"{data_name}.safetensors"
    content = weights.read_bytes() if weights.is_file() else b""
    if hashlib.sha256(content).hexdigest() != card["sha256"]:
        raise UserError(f"{weights} is not the file its card describes (SHA-256 differs): install ganlab again")
    # On the meta device no initial weights are drawn, so the global random state stays as it is.
    with torch.device("meta"):
        classifier = Classifier(ClassifierConfig.from_dict(card["architecture"]))
    classifier.load_state_dict(load(content), assign=True)
    return Features(classifier, card, device)


def resize(x: Tensor, size: int) -> Tensor:
    """Images (N, C, H, W) at ``size`` by ``size``: bilinear, antialiased, ``align_corners=False``; the only rule."""
    if x.shape[-2:] == (size, size):
        return x
    return F.interpolate(x, (size, size), mode="bilinear", antialias=True, align_corners=False)
