"""The task: a small classifier, trained for a fixed number of steps whatever the mix of real and synthetic images.

Lesson: 18 Does synthetic data help?
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ganlab.data import ImageData
from ganlab.errors import NonFiniteError
from ganlab.layers import Moves, move
from ganlab.training.streams import derive, stream


@dataclass(frozen=True)
class Budget:
    """What every arm of a study gets, so that none wins by longer training."""

    steps: int = 300
    batch: int = 64
    lr: float = 3e-3


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


def fit(
    real: ImageData,
    synthetic: ImageData | None,
    ratio: float,
    budget: Budget,
    *,
    moves: Moves | None = None,
    weighted: bool = False,
    seed: int = 0,
) -> TaskNet:
    """Train a TaskNet on batches in which synthetic and real images stand as ``ratio`` to one.

    ``ratio`` is synthetic / real: 0 for real images only, infinity for synthetic ones only. ``moves`` is the classical
    augmentation, of both kinds of images. ``weighted`` gives each class the same weight in the loss, by its share in
    the mix. Adam under a one-cycle rate; the same seed draws the same first weights in every arm. Raises NonFiniteError
    where the loss stops being a number.
    """
    assert real.labels is not None and real.classes is not None
    share = 0.0 if synthetic is None else 1.0 if ratio == float("inf") else ratio / (1 + ratio)
    images, labels = real, real.labels
    if synthetic is not None and synthetic.labels is not None:
        images = ImageData("mix", torch.cat([real.images, synthetic.images]), None)
        labels = torch.cat([real.labels, synthetic.labels])
    n, m, classes = len(real), len(images) - len(real), len(real.classes)
    weight = _weights(labels, n, share, classes) if weighted else None
    rng = stream(seed, "task batches")
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(derive(seed, "task weights"))
        net = TaskNet(real.shape, classes).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    optimiser = torch.optim.Adam(net.parameters(), budget.lr, fused=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, budget.lr, total_steps=budget.steps)
    for _ in range(budget.steps):
        index = torch.randint(n, (budget.batch,), generator=rng)
        if share:
            made = torch.rand(budget.batch, generator=rng) < share
            index = torch.where(made, n + torch.randint(m, (budget.batch,), generator=rng), index)
        x = images.floats(index)
        loss = F.cross_entropy(net(x if moves is None else move(x, moves, rng)), labels[index], weight)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()
        schedule.step()
    if not torch.isfinite(loss):
        raise NonFiniteError("the loss of a classifier became infinite or NaN: lower its learning rate")
    return net.eval()


def _weights(labels: Tensor, n: int, share: float, classes: int) -> Tensor:
    """1 / (classes * share of the class in a batch); 0 for a class that never comes."""
    real = torch.bincount(labels[:n], minlength=classes) / n
    expected = (
        real
        if not share
        else (1 - share) * real + share * torch.bincount(labels[n:], minlength=classes) / (len(labels) - n)
    )
    return torch.where(expected > 0, 1 / (classes * expected.clamp(min=1e-9)), 0.0)
