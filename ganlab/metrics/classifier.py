"""The small classifier whose eyes measure a generator: its penultimate layer is the feature space.

Lesson: 13 Evaluation.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor, nn

from ganlab.errors import UserError


@dataclass(frozen=True)
class ClassifierConfig:
    """The shape of a classifier: square grey images of ``size`` pixels in, ``classes`` logits out.

    Each width is one stage, a 3x3 convolution followed by one of stride 2; ``features`` is the length of
    the penultimate layer.
    """

    size: int = 28
    widths: tuple[int, ...] = (32, 64, 64)
    features: int = 128
    classes: int = 10
    dropout: float = 0.3

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> ClassifierConfig:
        """The configuration that ``to_dict`` wrote; raises UserError for fields that do not fit."""
        try:
            return cls(**{**values, "widths": tuple(values["widths"])})
        except (KeyError, TypeError) as error:
            raise UserError(f"this is no classifier configuration ({error}): take it from an unaltered card") from error

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {**asdict(self), "widths": list(self.widths)}


class Classifier(nn.Module):
    """A convolutional classifier of grey images, float (N, 1, size, size) in [-1, 1] -> logits (N, classes).

    ``features`` stops one layer earlier, after the last ReLU: (N, config.features), never negative. The
    Frechet inception distance (Heusel et al. 2017) takes Inception's features at the same place.
    """

    def __init__(self, config: ClassifierConfig) -> None:
        super().__init__()
        self.config = config
        stages: list[nn.Module] = []
        channels, side = 1, config.size
        for width in config.widths:
            stages += [*_block(channels, width, stride=1), *_block(width, width, stride=2)]
            channels, side = width, (side + 1) // 2
        self.body = nn.Sequential(*stages, nn.Flatten())
        self.neck = nn.Sequential(
            nn.Linear(channels * side * side, config.features, bias=False),
            nn.BatchNorm1d(config.features),
            nn.ReLU(),
        )
        self.head = nn.Sequential(nn.Dropout(config.dropout), nn.Linear(config.features, config.classes))

    def features(self, x: Tensor) -> Tensor:
        """The penultimate layer, (N, config.features)."""
        return self.neck(self.body(x.contiguous(memory_format=torch.channels_last)))

    def forward(self, x: Tensor) -> Tensor:
        """Logits, (N, config.classes)."""
        return self.head(self.features(x))


def _block(channels: int, width: int, stride: int) -> list[nn.Module]:
    # BatchNorm supplies the shift, so the convolution needs no bias of its own.
    return [
        nn.Conv2d(channels, width, 3, stride=stride, padding=1, bias=False),
        nn.BatchNorm2d(width),
        nn.ReLU(inplace=True),
    ]
