"""A GAN on a hundred images: D learns them by heart, and what augmentation does about it, or does to G.

``ganlab experiment run small-data --out runs/small-data`` trains a small multilayer GAN on the digits for each of
`CONDITIONS` and each seed. What is measured: the gap of D's mean logit between the training images and images that
nobody trained on; the Frechet distance of G's samples; the share of samples that are turned, although no image of the
data set is. A run that is recorded in the folder already is not made again.

Lesson: 11 Failures and stabilisers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ganlab.data import ImageData, load, to_float
from ganlab.errors import UserError, unknown
from ganlab.experiments.parts import chosen
from ganlab.experiments.recorder import read, record
from ganlab.metrics import evaluate
from ganlab.models import GAN, GANConfig
from ganlab.objectives import non_saturating
from ganlab.training import TrainConfig, Trainer

STEPS = {"small": 60, "normal": 1500, "full": 4000}
SEEDS = {"small": 1, "normal": 3, "full": 10}
LOOK = 100  # steps between two looks at the gap


@dataclass(frozen=True)
class Condition:
    """How many images, whether the data set itself is augmented by quarter turns, and the model's settings."""

    images: int = 100
    turned: bool = False
    settings: dict[str, Any] = field(default_factory=dict)


CONDITIONS: dict[str, Condition] = {
    "all-data": Condition(images=1198),
    "plain": Condition(),
    "diffaugment": Condition(settings={"augment": "translation+cutout"}),
    "adaptive": Condition(settings={"augment": "translation+cutout", "ada_target": 0.6, "ada_ramp": 20_000}),
    "turned-data": Condition(turned=True),
    "turns-half": Condition(settings={"augment": "quarter-turns", "augment_p": 0.5}),
    "turns-always": Condition(settings={"augment": "quarter-turns", "augment_p": 1.0}),
}
"""The runs. "turned-data" is naive augmentation: the four quarter turns of each image, and D sees G's fakes as they
are. The last two show D turned images of both kinds, half of the time or always."""


class SmallDataRun:
    """One GAN of the experiment: train it, and look at its gap on the way.

    Raises UserError for a condition that does not exist.
    """

    def __init__(self, condition: str, seed: int = 0) -> None:
        if condition not in CONDITIONS:
            raise unknown("condition", condition, CONDITIONS)
        self.condition, self.seed = CONDITIONS[condition], seed
        everything = load("digits")
        assert isinstance(everything, ImageData)
        order = torch.randperm(len(everything), generator=torch.Generator().manual_seed(seed))
        self.images = everything.images[order[: self.condition.images]]
        given = turned(self.images) if self.condition.turned else self.images
        network = {"latent": 16, "g_widths": (128, 128), "d_widths": (128, 128), "lr": 1e-3}
        self.model = GAN((1, 8, 8), GANConfig(**{**network, **self.condition.settings}), non_saturating, seed=seed)
        training = TrainConfig(batch_size=50, seed=seed, ema_halflife=200.0, log_every=LOOK)
        data = ImageData("digits", given, None)
        self.trainer = Trainer(self.model, data, training, where="cpu", threads=torch.get_num_threads())
        self.looks: list[dict[str, float]] = []

    def train(self, steps: int, progress: bool = False) -> SmallDataRun:
        """Train until ``steps`` steps have been made, and look every 100."""
        self.trainer.run(steps, progress=progress, on_log=lambda row: self.looks.append(self.look()))
        return self

    @torch.no_grad()
    def look(self) -> dict[str, float]:
        """D's mean logit of training images, held-out images and fakes, unaugmented, and the gap of the first two.

        Dropout is off while D is looked at.
        """
        rng = torch.Generator().manual_seed(self.seed + 1)
        batches = {
            "train": to_float(self.images),
            "held_out": to_float(held_out().images),
            "fake": self.model.G(torch.randn(500, self.model.config.latent, generator=rng)),
        }
        self.model.D.eval()
        found = {name: float(self.model.D(x).mean()) for name, x in batches.items()}
        self.model.D.train()
        return {"step": self.trainer.step, **found, "gap": found["train"] - found["held_out"]}

    def measure(self) -> dict[str, Any]:
        """The row of the record: the last look, all gaps, the Frechet distance, and the turned share of the samples."""
        samples = self.trainer.sample(len(held_out()), seed=1)
        report = evaluate(samples, "digits")
        p = {"augment_p": float(self.model.augment.p)} if self.model.augment is not None else {}
        return {
            **self.look(), **p, "gaps": [round(look["gap"], 4) for look in self.looks],
            "distance": report.distance, "distance_floor": report.floor, "covered": report.covered,
            "turned": turned_share(samples), "turned_floor": turned_share(to_float(held_out().images)),
            "turned_ceiling": turned_share(to_float(turned(held_out().images))),
        }  # fmt: skip


def turned(images: Tensor) -> Tensor:
    """Every image in its four orientations: (N, C, S, S) -> (4N, C, S, S), the unturned ones first."""
    return torch.cat([images.rot90(count, (2, 3)) for count in range(4)])


@cache
def held_out() -> ImageData:
    """The digits that no condition trains on."""
    data = load("digits", split="test")
    assert isinstance(data, ImageData)
    return data


@cache
def _orientation() -> Callable[[np.ndarray], np.ndarray]:
    """A support vector classifier of the four orientations, fitted to all training digits turned."""
    from sklearn.svm import SVC

    images = load("digits").images  # type: ignore[union-attr]
    pixels = to_float(turned(images)).flatten(1).numpy()
    labels = np.repeat(np.arange(4), len(images))
    return SVC(gamma="scale", C=10.0).fit(pixels, labels).predict


def turned_share(samples: Tensor) -> float:
    """The share of digit images (N, 1, 8, 8) in [-1, 1] that a classifier of orientations takes for turned.

    Of unturned real digits this is not 0, as an eight has no upright: `SmallDataRun.measure` gives that floor.
    """
    return float((_orientation()(samples.flatten(1).numpy()) > 0).mean())


def small_data(out: str | Path, *, seed: int = 0, size: str | None = None, only: Sequence[str] = ()) -> dict[str, Any]:
    """Train a GAN on 100 digits with and without augmentation: D's memory, G's quality, what leaks."""
    size, path = size or "normal", Path(out) / "records.jsonl"
    names = chosen("condition", CONDITIONS, only)
    done = {(row["name"], row["seed"]) for row in read(path)} if path.exists() else set()
    for one in range(seed, seed + SEEDS[size]):
        for name in names:
            if (f"small-data-{name}", one) in done:
                continue
            run = SmallDataRun(name, one).train(STEPS[size])
            config = {**asdict(CONDITIONS[name]), "model": asdict(run.model.config), "steps": STEPS[size]}
            values = run.measure()
            record(path, f"small-data-{name}", values, seed=one, config=config, size=size, device="cpu")
            print(f"{name}, seed {one}: gap {values['gap']:.2f}, distance {values['distance']:.1f}, "
                  f"turned {values['turned']:.2f}")  # fmt: skip
    return _means(path, size, names)


def _means(path: Path, size: str, names: list[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in names:
        rows = [row["values"] for row in read(path, f"small-data-{name}") if row["size"] == size]
        if not rows:
            raise UserError(f"{path} holds runs of another size than {size}: write to another folder with --out")
        found[name] = {key: float(np.mean([row[key] for row in rows])) for key in ("gap", "distance", "turned")}
    return found


EXPERIMENTS = {"small-data": small_data}
