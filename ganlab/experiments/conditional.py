"""Ways to tell a GAN the class: what was asked for, how good it is, how varied within a class, and of what use.

``ganlab experiment run conditional --out runs/conditional`` trains each of `VARIANTS` on the digits, and the first four
on MNIST, several seeds, all of them in one game (relativistic with R1 and R2) and, on one data set, with networks of
one size. A run that is recorded in the folder already is not made again.

Lesson: 17 Conditional GANs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ganlab.data import ImageData, load
from ganlab.errors import unknown
from ganlab.experiments.recorder import read, record
from ganlab.experiments.tables import summary
from ganlab.metrics import class_diversity, evaluate, label_fidelity, load_features
from ganlab.models import CGAN, MODELS, Model
from ganlab.objectives import OBJECTIVES, PENALTIES
from ganlab.training import TrainConfig, Trainer, stream

CLASSES = 10


@dataclass(frozen=True)
class Recipe:
    """What all variants share on a data set: steps and seeds by run size, samples to measure, and how to train.

    ``weight`` is that of R1 and R2; the learning rate falls to ``training["lr_end"]`` along a cosine over the run.
    """

    steps: dict[str, int]
    seeds: dict[str, int]
    made: int
    weight: float
    settings: dict[str, Any]
    training: dict[str, Any]


RECIPES: dict[str, Recipe] = {
    "digits": Recipe(
        {"small": 20, "normal": 800, "full": 4000}, {"small": 1, "normal": 3, "full": 10}, 599, 0.2,
        {"width": 32, "lr": 1e-3, "beta1": 0.0, "beta2": 0.99}, {"ema_halflife": 100.0, "lr_end": 1e-4},
    ),
    "mnist": Recipe(
        {"small": 2, "normal": 1500, "full": 20_000}, {"small": 1, "normal": 3, "full": 5}, 10_000, 0.05,
        {"width": 32, "d_channels": (16, 32, 64), "lr": 3e-3, "beta1": 0.0, "beta2": 0.99},
        {"batch_size": 32, "ema_halflife": 300.0, "lr_end": 1e-4},
    ),
}  # fmt: skip
"""MNIST's was chosen on 10 000 training images that were held out for it, the steps for a minute of one core a run."""


class Shuffled(CGAN):
    """A conditional GAN whose D is told classes that belong to other items: real and fake ones, in the same way."""

    def critic(self, labels: Tensor | None = None) -> Callable[[Tensor], Tensor]:
        """D with the classes of the batch in another order."""
        assert labels is not None
        return super().critic(labels[torch.randperm(len(labels), device=labels.device)])


@dataclass(frozen=True)
class Variant:
    """A model with its settings. noise: the share of training items whose label is drawn anew."""

    model: type[Model]
    settings: dict[str, Any] = field(default_factory=dict)
    noise: float = 0.0


VARIANTS: dict[str, Variant] = {
    "concat": Variant(MODELS["cgan"]),
    "projection": Variant(MODELS["cgan"], {"condition": "projection"}),
    "acgan": Variant(MODELS["acgan"]),
    "shuffled": Variant(Shuffled, {"condition": "projection"}),
    "noise-25": Variant(MODELS["cgan"], {"condition": "projection"}, noise=0.25),
    "noise-50": Variant(MODELS["cgan"], {"condition": "projection"}, noise=0.5),
}
"""The ways of conditioning, and what goes wrong with one of them. On MNIST only the first four are trained."""


def noisy(data: ImageData, noise: float, seed: int) -> ImageData:
    """The data with a share ``noise`` of the labels drawn anew, uniformly; a tenth of those stay right by chance."""
    assert data.labels is not None
    rng = stream(seed, "label noise")
    struck = torch.rand(len(data), generator=rng) < noise
    return replace(data, labels=torch.where(struck, torch.randint(CLASSES, (len(data),), generator=rng), data.labels))


def train(variant: str, source: str = "digits", steps: int = 800, seed: int = 0, progress: bool = False) -> Trainer:
    """One trained run of a variant on "digits" or "mnist". Raises UserError for a variant that does not exist."""
    if variant not in VARIANTS:
        raise unknown("variant", variant, VARIANTS)
    chosen, recipe, items = VARIANTS[variant], RECIPES[source], load(source)
    assert isinstance(items, ImageData)
    config = chosen.model.Config(**recipe.settings, **chosen.settings)
    game = OBJECTIVES["relativistic"], PENALTIES["r1+r2"].weighted(recipe.weight)
    model = chosen.model(items.shape, config, *game, seed, CLASSES)
    training = TrainConfig(seed=seed, schedule_steps=max(steps, 2), **recipe.training)
    trainer = Trainer(model, noisy(items, chosen.noise, seed), training, where="cpu", threads=torch.get_num_threads())
    trainer.run(steps, progress=progress)
    return trainer


def measure(trainer: Trainer, source: str) -> dict[str, Any]:
    """Fidelity, distance, diversity within the classes, the classifier's confidence, and use for training another one.

    Diversity is among the items that the classifier takes for what was asked for. Every value comes with that of as
    many real test items (for the use in training: real training items) under the same instrument.
    """
    wanted = torch.arange(RECIPES[source].made) % CLASSES
    samples = trainer.sample(len(wanted), seed=1, labels=wanted)
    report, features = evaluate(samples, source), load_features(source)
    real, real_labels = _real(source, "test")
    found: dict[str, Any] = {"distance": report.distance, "distance_floor": report.floor, "covered": report.covered}
    for end, items, labels in (("", samples, wanted), ("_real", real, real_labels)):
        seen = features.features(items)
        logits = features.classify(seen)
        right = logits.argmax(1) == labels
        spread = [value for value in class_diversity(seen[right], labels[right], CLASSES) if value is not None]
        found[f"fidelity{end}"] = label_fidelity(logits, labels)
        found[f"diversity{end}"] = float(np.mean(spread)) if spread else 0.0
        found[f"confidence{end}"] = float(logits.softmax(1).amax(1).mean())
    found["utility"] = utility(samples, wanted, source)
    found["utility_real"] = utility(*_real(source, "train"), source)
    return found


def utility(items: Tensor, labels: Tensor, source: str) -> float:
    """The accuracy on real test items of a logistic regression of pixels trained on the first 2 000 of these items."""
    from sklearn.linear_model import LogisticRegression

    test = load(source, "test")
    assert isinstance(test, ImageData) and test.labels is not None
    learner = LogisticRegression(max_iter=300, C=0.1).fit(items[:2000].flatten(1).numpy(), labels[:2000].numpy())
    return float(learner.score(test.floats(slice(0, 2000)).flatten(1).numpy(), test.labels[:2000].numpy()))


@cache
def _real(source: str, split: str) -> tuple[Tensor, Tensor]:
    """As many real items as are generated, drawn once."""
    items = load(source, split)
    assert items.labels is not None
    chosen = torch.randperm(len(items), generator=stream(0, "real items"))[: RECIPES[source].made]
    return items.floats(chosen), items.labels[chosen]


def conditional(out: str | Path, *, seed: int = 0, size: str | None = None) -> dict[str, Any]:
    """Train conditional GANs by concatenation, projection and classification, and spoil one: fidelity, variety, use."""
    size, path = size or "normal", Path(out) / "records.jsonl"
    done = {(row["name"], row["seed"]) for row in read(path)} if path.exists() else set()
    for source, recipe in RECIPES.items():
        for one in range(seed, seed + recipe.seeds[size]):
            for name in VARIANTS if source == "digits" else list(VARIANTS)[:4]:
                title, steps = f"conditional-{source}-{name}", recipe.steps[size]
                if (title, one) in done:
                    continue
                trainer = train(name, source, steps, one)
                values = measure(trainer, source)
                settings = asdict(trainer.model.config)
                config = {
                    "steps": steps, "noise": VARIANTS[name].noise, "penalty_weight": recipe.weight,
                    "training": recipe.training, "settings": settings,
                }  # fmt: skip
                record(path, title, values, seed=one, config=config, size=size, device="cpu")
                print(f"{title}, seed {one}: " + ", ".join(f"{k} {v:.3f}" for k, v in values.items()), flush=True)
    return {line.name: line.mean for line in summary(read(path))}


EXPERIMENTS = {"conditional": conditional}
