"""The maker that a study uses: a conditional GAN, trained on the train part in a run folder of its own.

Lesson: 18 Does synthetic data help?
"""

from __future__ import annotations

import hashlib
import json
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from torch import Tensor

from ganlab.data import ImageData
from ganlab.training import TrainConfig, Trainer, build_model
from ganlab.training.device import has_bfloat16
from ganlab.training.streams import stream

TRIAL = 15


@dataclass(frozen=True)
class Conditional:
    """``steps`` steps of a model that can be asked for classes, by its name in MODELS, with its settings.

    ``game``: ``objective``, ``penalty``, ``penalty_weight`` by name, the model's own where they are not given.
    ``lr_end``: the share of the learning rate that is left at the end. ``bfloat16``: where the processor has units for
    it.
    """

    steps: int = 1500
    model: str = "cgan"
    settings: dict[str, Any] = field(
        default_factory=lambda: {"width": 16, "latent": 32, "lr": 1e-3, "augment": "translation"}
    )
    batch: int = 64
    ema_halflife: float = 100.0
    game: dict[str, Any] = field(default_factory=dict)
    lr_end: float | None = None
    bfloat16: bool = False

    def __call__(self, train: ImageData, seed: int, folder: Path | None) -> ConditionalSampler:
        """Train, or go on where the run in ``folder`` stopped; None keeps nothing."""
        trainer = self.trainer(train, seed, folder)
        if folder is not None and (folder / "config.json").exists():
            trainer.resume()
        trainer.run(self.steps, progress=False)
        return ConditionalSampler(trainer)

    def trainer(self, train: ImageData, seed: int, folder: Path | None = None) -> Trainer:
        """A trainer of this model on these images."""
        assert train.classes is not None
        card = {"model": self.model, "shape": train.shape, "settings": self.settings, "classes": len(train.classes)}
        model = build_model(card | self.game, seed)
        precision = "bfloat16" if self.bfloat16 and has_bfloat16(model.device) else "auto"
        every = max(1, self.steps // 4)
        config = TrainConfig(
            batch_size=min(self.batch, len(train)), seed=seed, ema_halflife=self.ema_halflife,
            log_every=50, sample_every=self.steps, checkpoint_every=every,
            lr_end=None if self.lr_end is None else self.lr_end * model.config.lr,
            schedule_steps=None if self.lr_end is None else self.steps,
        )  # fmt: skip
        return Trainer(model, train, config, folder, precision=precision)

    def seconds(self, train: ImageData) -> float:
        """Measured on a few steps."""
        trainer = self.trainer(train, 0)
        trainer.run(2, progress=False)
        start = time.perf_counter()
        trainer.run(2 + TRIAL, progress=False)
        return (time.perf_counter() - start) / TRIAL * self.steps


@dataclass(frozen=True)
class Shelf:
    """Generators that are trained once: a run folder under ``root`` for each (images, labels, seed, recipe).

    Whoever asks again for the same four gets the kept one, and a training that was killed goes on.
    """

    root: Path

    def __call__(self, maker: Conditional, train: ImageData, seed: int) -> ConditionalSampler:
        """The generator that ``maker`` makes of these images under this seed."""
        assert train.labels is not None
        key = hashlib.blake2b(digest_size=8)
        key.update(train.images.contiguous().numpy().tobytes() + train.labels.numpy().tobytes())
        key.update(json.dumps([train.shape, train.classes, seed, asdict(maker)]).encode())
        return maker(train, seed, self.root / f"{train.name}-{key.hexdigest()}")


class ConditionalSampler:
    """A trained conditional GAN: its averaged G makes images of wanted classes, its D says how real they look."""

    def __init__(self, trainer: Trainer) -> None:
        self.trainer = trainer

    @property
    def seconds(self) -> float:
        """How long the training took by the clock, all of its parts together."""
        return float(self.trainer.log[-1]["seconds"])

    def sample(self, labels: Tensor, seed: int) -> Tensor:
        """Float images (N, C, H, W) in [-1, 1] of these classes (N,)."""
        return self.trainer.sample(len(labels), seed, labels=labels)

    def scores(self, images: Tensor, labels: Tensor) -> Tensor:
        """D's logits, (N,)."""
        rng = stream(0, "filter", self.trainer.device)
        where = self.trainer.device
        return self.trainer.model.scores(images.to(where), rng, labels.to(where)).cpu()
