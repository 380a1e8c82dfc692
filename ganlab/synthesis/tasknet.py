"""The task: a small classifier, trained for a fixed number of steps whatever the mix of real and synthetic images.

All arms of a seed are trained side by side: the same first weights, the same draws of batches and moves, one batched
matrix product where a loop over the arms would have twenty small convolutions. Lesson: 18 Does synthetic data help?
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ganlab.data import ImageData, to_float
from ganlab.errors import NonFiniteError
from ganlab.layers import Moves, draw_moves, warp
from ganlab.training.device import flushed_denormals
from ganlab.training.streams import derive, stream

TOGETHER = 30_000
"""Pixels of one image of each arm that are trained together, at most: what bounds the memory."""

SMALL = 60_000
"""Up to so many entries of a convolution's matrix one batched product is quicker than a convolution for each arm."""


@dataclass(frozen=True)
class Budget:
    """What every arm of a study gets, so that none wins by longer training."""

    steps: int = 300
    batch: int = 64
    lr: float = 3e-3


@dataclass(frozen=True)
class Mix:
    """What one arm is trained on. ``ratio`` is synthetic / real in a batch: 0 real only, infinity synthetic only.

    ``moves`` is the classical augmentation, of both kinds of images. ``weighted`` gives each class the same weight in
    the loss, by its share in the mix.
    """

    real: ImageData
    synthetic: ImageData | None = None
    ratio: float = 0.0
    moves: Moves | None = None
    weighted: bool = False

    @property
    def share(self) -> float:
        """The share of synthetic images in a batch."""
        if self.synthetic is None:
            return 0.0
        return 1.0 if self.ratio == math.inf else self.ratio / (1 + self.ratio)

    def weights(self) -> Tensor:
        """The weight of each class in the loss, (classes,): 1 / (classes * its share), 0 for one that never comes."""
        assert self.real.labels is not None and self.real.classes is not None
        count = len(self.real.classes)
        if not self.weighted:
            return torch.ones(count)
        expected = (1 - self.share) * torch.bincount(self.real.labels, minlength=count) / len(self.real)
        if self.synthetic is not None and self.synthetic.labels is not None:
            expected += self.share * torch.bincount(self.synthetic.labels, minlength=count) / len(self.synthetic)
        return torch.where(expected > 0, 1 / (count * expected.clamp(min=1e-9)), 0.0)


class TaskNet(nn.Module):
    """Strided 3x3 convolutions and one linear map: (N, C, S, S) in [-1, 1] -> logits (N, classes)."""

    def __init__(self, shape: tuple[int, ...], classes: int) -> None:
        super().__init__()
        channels, side, _ = shape
        widths = (16, 32) if side <= 16 else (16, 32, 32) if side <= 32 else (16, 32, 32, 32)
        layers: list[nn.Module] = []
        for inputs, outputs in pairwise((channels, *widths)):
            layers += [nn.Conv2d(inputs, outputs, 3, stride=2, padding=1), nn.ReLU(inplace=True)]
            side = (side + 1) // 2
        self.layers = nn.Sequential(*layers, nn.Flatten(), nn.Linear(widths[-1] * side * side, classes))

    def forward(self, x: Tensor) -> Tensor:
        """Logits."""
        return self.layers(x)

    @torch.no_grad()
    def probabilities(self, x: Tensor) -> Tensor:
        """p(label | x), (N, classes), of float images in batches."""
        return torch.cat([self(part).softmax(dim=1) for part in x.split(1000)])


def fit(mixes: Sequence[Mix], budget: Budget, seed: int = 0) -> list[TaskNet]:
    """Train one TaskNet on each mix, all by Adam under a one-cycle rate. The mixes share moves, shape and classes.

    Image i of a batch is drawn by the same random numbers in every arm, so arms with equal data see equal batches.
    Raises NonFiniteError where a loss stops being a number.
    """
    together = max(1, TOGETHER // (mixes[0].real.shape[-1] ** 2))
    nets: list[TaskNet] = []
    for start in range(0, len(mixes), together):
        with flushed_denormals():
            nets += _fit(mixes[start : start + together], budget, seed)
    return nets


def _fit(mixes: Sequence[Mix], budget: Budget, seed: int) -> list[TaskNet]:
    shape, classes = mixes[0].real.shape, len(mixes[0].real.classes or ())
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(derive(seed, "task weights"))
        first = TaskNet(shape, classes)
    weights = [torch.stack([p.detach()] * len(mixes)).requires_grad_() for p in first.parameters()]
    optimiser = torch.optim.Adam(weights, budget.lr, fused=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, budget.lr, total_steps=budget.steps)
    rng, of_classes = stream(seed, "task batches"), torch.stack([mix.weights() for mix in mixes])
    moved = torch.tensor([mix.moves is not None for mix in mixes])
    moves = next((mix.moves for mix in mixes if mix.moves is not None), None)
    for _ in range(budget.steps):
        kind, which = torch.rand(2, budget.batch, generator=rng)
        drawn = [_draw(mix, kind, which) for mix in mixes]
        x, y = torch.stack([images for images, _ in drawn]), torch.stack([labels for _, labels in drawn])
        maps = draw_moves(budget.batch, moves or Moves(), rng)  # always drawn: no arm changes another's batches
        if moves is not None:
            x[moved] = warp(x[moved].flatten(0, 1), maps.repeat(int(moved.sum()), 1, 1)).view_as(x[moved])
        loss = F.cross_entropy(_logits(x, weights).flatten(0, 1), y.flatten(), reduction="none").view_as(y)
        weight = of_classes.gather(1, y)
        each = (loss * weight).sum(dim=1) / weight.sum(dim=1).clamp(min=1e-9)
        optimiser.zero_grad(set_to_none=True)
        each.sum().backward()
        optimiser.step()
        schedule.step()
    if not torch.isfinite(each).all():
        raise NonFiniteError("the loss of a classifier became infinite or NaN: lower its learning rate")
    return [_net(shape, classes, [weight.detach()[a] for weight in weights]) for a in range(len(mixes))]


def _draw(mix: Mix, kind: Tensor, which: Tensor) -> tuple[Tensor, Tensor]:
    """The images and labels of one batch: ``kind`` < share makes it synthetic, ``which`` in [0, 1) says which one."""
    real, made = mix.real, mix.synthetic
    assert real.labels is not None
    if made is None:
        index = (which * len(real)).long()
        return real.floats(index), real.labels[index]
    assert made.labels is not None
    images, labels = real.images[(which * len(real)).long()], real.labels[(which * len(real)).long()]
    synthetic, of_made = kind < mix.share, (which * len(made)).long()
    images = torch.where(synthetic[:, None, None, None], made.images[of_made], images)
    return to_float(images), torch.where(synthetic, made.labels[of_made], labels)


def _logits(x: Tensor, weights: list[Tensor]) -> Tensor:
    """TaskNet for A arms at once: x (A, N, C, S, S), its parameters with a leading axis A -> (A, N, classes)."""
    *convolutions, matrix, offset = weights
    for kernel, bias in zip(convolutions[::2], convolutions[1::2], strict=True):
        x = _convolved(x, kernel, bias).relu()
    return torch.baddbmm(offset[:, None], x.flatten(2), matrix.transpose(1, 2))


def _convolved(x: Tensor, kernel: Tensor, bias: Tensor) -> Tensor:
    """A 3x3 convolution of stride 2 for each arm: x (A, N, C, S, S), kernel (A, O, C, 3, 3) -> (A, N, O, S/2, S/2)."""
    arms, n, inputs, side, _ = x.shape
    outputs, half = kernel.shape[1], (side + 1) // 2
    if inputs * side * side * outputs * half * half > SMALL:
        each = zip(x, kernel, bias, strict=True)
        return torch.stack([F.conv2d(a, k, b, stride=2, padding=1) for a, k, b in each])
    # As one matrix (A, C S S, O S/2 S/2) that holds each of the nine weights wherever it is used.
    matrix = (kernel.flatten(3) @ _places(side)).view(arms, outputs, inputs, side * side, half * half)
    matrix = matrix.permute(0, 2, 3, 1, 4).reshape(arms, inputs * side * side, outputs * half * half)
    offset = bias.repeat_interleave(half * half, dim=1)[:, None]
    return torch.baddbmm(offset, x.flatten(2), matrix).view(arms, n, outputs, half, half)


@cache
def _places(side: int) -> Tensor:
    """(9, S S S/2 S/2): 1 where weight k of a 3x3 kernel of stride 2 leads from one pixel to another."""
    half = (side + 1) // 2
    found = torch.zeros(9, side, side, half, half)
    for k in range(9):
        for i in range(half):
            for j in range(half):
                row, column = 2 * i + k // 3 - 1, 2 * j + k % 3 - 1
                if 0 <= row < side and 0 <= column < side:
                    found[k, row, column, i, j] = 1.0
    return found.flatten(1)


def _net(shape: tuple[int, ...], classes: int, weights: list[Tensor]) -> TaskNet:
    with torch.random.fork_rng(devices=[]):
        net = TaskNet(shape, classes)
    with torch.no_grad():
        for mine, trained in zip(net.parameters(), weights, strict=True):
            mine.copy_(trained)
    return net.eval()
