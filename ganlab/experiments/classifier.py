"""Trains the classifiers behind `ganlab.metrics`: the weights shipped in ``ganlab/metrics/weights`` come from here.

``ganlab experiment run mnist-classifier --out DIR`` writes DIR/mnist.safetensors and its card DIR/mnist.json.
The test images are looked at once, after the last step, to report the accuracy; nothing is chosen on them.

Lesson: 13 Evaluation.
"""

from __future__ import annotations

import hashlib
import json
import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save
from torch import Tensor, nn

from ganlab import data
from ganlab.errors import NonFiniteError, UserError
from ganlab.experiments.recorder import describe_device, versions
from ganlab.layers import Moves, move
from ganlab.metrics.classifier import Classifier, ClassifierConfig
from ganlab.progress import bar


@dataclass(frozen=True)
class Recipe(Moves):
    """How a classifier is trained: the network, the optimiser, and how far an image may be moved."""

    network: ClassifierConfig = field(default_factory=ClassifierConfig)
    epochs: int = 10
    batch_size: int = 128
    learning_rate: float = 3e-3


RECIPES = {
    "mnist": Recipe(),
    "fashion-mnist": Recipe(flip=True),
    "digits": Recipe(network=ClassifierConfig(size=8, widths=(16, 32), features=32), epochs=60, batch_size=64),
}


def train_classifier(
    name: str,
    out: str | Path,
    *,
    seed: int = 0,
    epochs: int | None = None,
    device: str | torch.device = "cpu",
    recipe: Recipe | None = None,
) -> dict[str, Any]:
    """Train the classifier of data set ``name``: ``out/<name>.safetensors`` and its card ``out/<name>.json``.

    Adam under a one-cycle rate (Smith and Topin 2018) on randomly moved training images, cross-entropy without label
    smoothing (smoothed confidences would lower the classifier score of real data). ``epochs=None`` takes the
    recipe's number. The global random state is left as it was found.

    Returns the card: data, architecture, parameters, accuracy, seconds, versions, SHA-256 of the weights.
    Raises UserError for a data set without a recipe, NonFiniteError when the loss stops being a number.
    """
    recipe = recipe or _recipe(name)
    epochs = recipe.epochs if epochs is None else epochs
    if epochs < 1:
        raise UserError(f"epochs is {epochs}: train for at least one epoch")
    train, test = data.load(name, "train"), data.load(name, "test")
    if not isinstance(train, data.ImageData) or not isinstance(test, data.ImageData):
        raise UserError(f"data set {name!r} holds points: a classifier needs labelled images")
    start = time.perf_counter()
    with torch.random.fork_rng():  # initial weights and dropout draw from the global generator
        torch.manual_seed(seed)
        model = Classifier(recipe.network).to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        _fit(model, train.to(device), recipe, epochs, torch.Generator(device).manual_seed(seed))
    seconds = time.perf_counter() - start
    weights = save({key: value.cpu().contiguous() for key, value in model.state_dict().items()})
    card = {
        "name": name,
        "purpose": "features, logits and labels for ganlab.metrics",
        "data": {"name": name, "train": len(train), "test": len(test), "licence": data.info(name).licence},
        "architecture": recipe.network.to_dict(),
        "parameters": sum(p.numel() for p in model.parameters()),
        "recipe": {key: value for key, value in asdict(recipe).items() if key not in ("network", "epochs")},
        "seed": seed,
        "epochs": epochs,
        "command": f"ganlab experiment run {name}-classifier --out DIR",
        "train_accuracy": _accuracy(model, train),
        "test_accuracy": _accuracy(model, test),
        "seconds": round(seconds, 1),
        "device": describe_device(device),
        "versions": versions(),
        "sha256": hashlib.sha256(weights).hexdigest(),
    }
    folder = Path(out)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.safetensors").write_bytes(weights)
    (folder / f"{name}.json").write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")
    return card


def _recipe(name: str) -> Recipe:
    if name not in RECIPES:
        raise UserError(f"there is no classifier recipe for {name!r}: choose one of {', '.join(RECIPES)}")
    return RECIPES[name]


def _fit(model: Classifier, train: data.ImageData, recipe: Recipe, epochs: int, generator: torch.Generator) -> None:
    labels = _labels(train)
    steps = len(train) // recipe.batch_size
    optimiser = torch.optim.Adam(model.parameters(), lr=recipe.learning_rate, fused=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, recipe.learning_rate, total_steps=epochs * steps)
    model.train()
    with bar(total=epochs * steps, desc=f"classifier of {train.name}") as progress:
        for epoch in range(epochs):
            order = torch.randperm(len(train), generator=generator, device=labels.device)
            total = torch.zeros((), device=labels.device)
            for index in order[: steps * recipe.batch_size].view(steps, recipe.batch_size):
                loss = nn.functional.cross_entropy(model(move(train.floats(index), recipe, generator)), labels[index])
                optimiser.zero_grad(set_to_none=True)
                loss.backward()
                optimiser.step()
                schedule.step()
                total += loss.detach()
                progress.update()
            mean = float(total) / steps  # the only look at a number on the device: once an epoch
            if not math.isfinite(mean):
                raise NonFiniteError(
                    f"the classifier's loss became {mean} in epoch {epoch + 1}: lower the learning rate"
                )
            progress.set_postfix(loss=f"{mean:.4f}")


@torch.no_grad()
def _accuracy(model: Classifier, images: data.ImageData) -> float:
    model.eval()
    labels, device = _labels(images), next(model.parameters()).device
    right = 0
    for index in torch.arange(len(images)).split(500):
        guess = model(images.floats(index.to(images.images.device)).to(device)).argmax(dim=1)
        right += int((guess.cpu() == labels[index].cpu()).sum())
    return right / len(images)


def _labels(images: data.ImageData) -> Tensor:
    if images.labels is None:
        raise UserError(f"data set {images.name!r} has no labels: a classifier cannot be trained on it")
    return images.labels


def _experiment(name: str) -> Callable[..., dict[str, Any]]:
    def run(out: str | Path, *, seed: int = 0, size: str | None = None) -> dict[str, Any]:
        return train_classifier(name, out, seed=seed, epochs=1 if size == "small" else None)

    run.__doc__ = f"Train the classifier of {name} (see `train_classifier`)."
    return run


EXPERIMENTS = {f"{name}-classifier": _experiment(name) for name in RECIPES}
