"""The one contract for samples, and the two conversions that keep it.

Images: uint8 (N, C, H, W) at rest, float32 in [-1, 1] in a batch. Points: float32 (N, d) on their own scale.
Lesson: 14 The MLP GAN on MNIST.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import torch
from torch import Tensor

from ganlab.data.mixtures import Density
from ganlab.errors import UserError

TOLERANCE = 1e-4
"""How far beyond [-1, 1] an image may reach: the rounding of a tanh in low precision, and no more."""


def to_float(images: Tensor) -> Tensor:
    """uint8 in 0..255 of any shape -> float32 in [-1, 1]: v / 127.5 - 1, on the same device.

    0 becomes -1 and 255 becomes 1 exactly, and ``to_uint8`` gives every value back. Raises UserError for another
    type. Lesson: 14 The MLP GAN on MNIST.
    """
    if images.dtype != torch.uint8:
        raise UserError(f"to_float takes uint8 images in 0..255, not {_name(images.dtype)}")
    # Subtract first: 0 and 255 then land on -1 and 1 exactly, and v and 255 - v on opposite numbers.
    return images.to(torch.float32).sub_(127.5).mul_(1 / 127.5)


def to_uint8(images: Tensor) -> Tensor:
    """Float in [-1, 1] of any shape -> uint8 in 0..255, rounded to the nearest value and clamped at both ends.

    Raises UserError for a tensor that is not floating-point. Lesson: 14 The MLP GAN on MNIST.
    """
    if not images.is_floating_point():
        raise UserError(f"to_uint8 takes float images in [-1, 1], not {_name(images.dtype)}")
    return images.detach().float().add(1).mul_(127.5).round_().clamp_(0, 255).to(torch.uint8)


def check_images(x: Tensor, what: str = "these images") -> None:
    """Refuse what is not a batch of images: float, (N, C, H, W), inside [-1, 1] up to 1e-4, no NaN.

    ``what`` begins the sentence ("the generator's samples"). Raises UserError with the range seen and the conversion.
    Waits for the device, so it belongs where a batch enters, not inside a step.
    """
    convert = "convert uint8 images with ganlab.data.to_float, or v in 0..255 with v / 127.5 - 1"
    if not isinstance(x, Tensor) or not x.is_floating_point():
        kind = _name(x.dtype) if isinstance(x, Tensor) else type(x).__name__
        raise UserError(f"{what} must be a float tensor in [-1, 1], not {kind}: {convert}")
    if x.ndim != 4:
        raise UserError(
            f"{what} must have the shape (N, C, H, W), not {tuple(x.shape)}: reshape them, x.view(-1, C, H, W)"
        )
    if x.numel() == 0:
        return
    low, high = (float(end) for end in torch.aminmax(x.detach()))
    if low != low or high != high:
        raise UserError(f"{what} hold NaN where values in [-1, 1] belong: look for the step whose loss was not finite")
    if low < -1 - TOLERANCE or high > 1 + TOLERANCE:
        raise UserError(f"{what} must lie in [-1, 1], and run from {low:.4g} to {high:.4g}: {convert}")


@dataclass(frozen=True, eq=False)
class ImageData:
    """A data set of images: uint8 (N, C, H, W), int64 labels (N,) or None, and the classes' names or None."""

    name: str
    images: Tensor
    labels: Tensor | None = None
    classes: tuple[str, ...] | None = None

    kind: ClassVar[str] = "images"

    def __post_init__(self) -> None:
        if self.images.dtype != torch.uint8 or self.images.ndim != 4:
            raise ValueError(f"images must be uint8 (N, C, H, W), not {self.images.dtype} {tuple(self.images.shape)}")
        _check_labels(self.labels, len(self.images))

    def __len__(self) -> int:
        return len(self.images)

    @property
    def shape(self) -> tuple[int, ...]:
        """(C, H, W)."""
        return tuple(self.images.shape[1:])

    def to(self, device: torch.device | str) -> ImageData:
        """The same data on a device, still uint8."""
        return replace(self, images=self.images.to(device), labels=_moved(self.labels, device))

    def floats(self, index: Tensor | slice | None = None) -> Tensor:
        """The images at ``index`` (int64 positions or a slice; all of them without one) as float32 in [-1, 1]."""
        return to_float(_select(self.images, index))


@dataclass(frozen=True, eq=False)
class PointData:
    """A data set of points: float32 (N, d), int64 labels (N,) or None, and the density they came from, if known."""

    name: str
    points: Tensor
    labels: Tensor | None = None
    mixture: Density | None = None

    kind: ClassVar[str] = "points"

    def __post_init__(self) -> None:
        if self.points.dtype != torch.float32 or self.points.ndim != 2:
            raise ValueError(f"points must be float32 (N, d), not {self.points.dtype} {tuple(self.points.shape)}")
        _check_labels(self.labels, len(self.points))

    def __len__(self) -> int:
        return len(self.points)

    @property
    def shape(self) -> tuple[int, ...]:
        """(d,)."""
        return tuple(self.points.shape[1:])

    def to(self, device: torch.device | str) -> PointData:
        """The same data on a device."""
        return replace(self, points=self.points.to(device), labels=_moved(self.labels, device))

    def floats(self, index: Tensor | slice | None = None) -> Tensor:
        """The points at ``index`` (int64 positions or a slice; all of them without one), on their own scale."""
        return _select(self.points, index)


Data = ImageData | PointData


def classes_of(data: Data) -> int | None:
    """How many classes there are: those that have names, or else as the largest label says. None without labels."""
    if data.labels is None:
        return None
    named = data.classes if isinstance(data, ImageData) else None
    return len(named) if named else int(data.labels.max()) + 1


def _select(values: Tensor, index: Tensor | slice | None) -> Tensor:
    if index is None:
        return values
    return values[index] if isinstance(index, slice) else values.index_select(0, index)


def _moved(labels: Tensor | None, device: torch.device | str) -> Tensor | None:
    return None if labels is None else labels.to(device)


def _check_labels(labels: Tensor | None, n: int) -> None:
    if labels is not None and (labels.dtype != torch.int64 or labels.shape != (n,)):
        raise ValueError(f"labels must be int64 ({n},), not {labels.dtype} {tuple(labels.shape)}")


def _name(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")
