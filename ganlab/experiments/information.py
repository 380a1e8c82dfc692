"""Does a code that nobody named agree with the classes? InfoGAN on MNIST, with its bound and without.

``ganlab experiment run information --out runs/information`` trains each of `WEIGHTS`, several seeds, in one game and
with one pair of networks, and compares the category of the code with the class: of generated digits as the frozen
classifier names them, and of real test digits as Q names them, which is how the paper finds an error of 5 %. A run
that is recorded in the folder already is not made again.

Lesson: 17 Conditional GANs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ganlab.data import ImageData, load
from ganlab.errors import unknown
from ganlab.experiments.recorder import read, record
from ganlab.experiments.tables import summary
from ganlab.metrics import agreement, evaluate, load_features
from ganlab.models.infogan import InfoGAN, InfoGANConfig, category_bound
from ganlab.objectives import OBJECTIVES, PENALTIES
from ganlab.training import TrainConfig, Trainer


@dataclass(frozen=True)
class Size:
    """The data, the steps, the seeds and the samples of one run size."""

    data: str
    steps: int
    seeds: int
    made: int


SIZES = {
    "small": Size("digits", 20, 1, 599),
    "normal": Size("mnist", 1500, 3, 10_000),
    "full": Size("mnist", 20_000, 5, 10_000),
}
WEIGHTS = {"with": 1.0, "without": 0.0}
"""lambda of the category. Without the bound Q learns nothing, and the code is noise among noise."""
SETTINGS: dict[str, Any] = {
    "width": 32, "d_channels": (16, 32, 64), "lr": 3e-3, "beta1": 0.0, "beta2": 0.99, "numbers": 0,
}  # fmt: skip


def train(variant: str, size: Size, seed: int = 0) -> Trainer:
    """One trained run of `WEIGHTS`. Raises UserError for a variant that does not exist."""
    if variant not in WEIGHTS:
        raise unknown("variant", variant, WEIGHTS)
    items = load(size.data)
    assert isinstance(items, ImageData)
    config = InfoGANConfig(**SETTINGS, info_weight=WEIGHTS[variant])
    model = InfoGAN(items.shape, config, OBJECTIVES["relativistic"], PENALTIES["r1+r2"].weighted(0.05), seed)
    training = TrainConfig(32, seed, ema_halflife=300.0, lr_end=1e-4, schedule_steps=size.steps)
    trainer = Trainer(model, items, training, where="cpu", threads=torch.get_num_threads())
    trainer.run(size.steps, progress=False)
    return trainer


def measure(trainer: Trainer, size: Size) -> dict[str, Any]:
    """The bound in nats, and the `Agreement` of code and class among samples and among real test items (``_real``)."""
    model = trainer.model
    assert isinstance(model, InfoGAN)
    wanted = torch.arange(size.made) % model.choices
    samples, test = trainer.sample(len(wanted), seed=1, labels=wanted), load(size.data, "test")
    assert isinstance(test, ImageData) and test.labels is not None
    report = evaluate(samples, size.data)
    named = load_features(size.data).logits(samples).argmax(1)
    found: dict[str, Any] = {"distance": report.distance, "distance_floor": report.floor, "covered": report.covered}
    found["bound"] = float(category_bound(_guess(model, samples), wanted))
    for end, code, classes in (
        ("", wanted, named),
        ("_real", _guess(model, test.floats()).argmax(1), test.labels),
    ):
        agree = agreement(code, classes, model.choices)
        found |= {f"information{end}": agree.information, f"matched{end}": agree.matched, f"chance{end}": agree.chance}
    return found | {"ceiling": agree.ceiling}


@torch.no_grad()
def _guess(model: InfoGAN, x: Tensor) -> Tensor:
    """Q's logits (N, K) of the categories."""
    parts = [model.Q(model.D.layers(part).flatten(1)) for part in x.split(500)]
    return torch.cat(parts)[:, : model.choices].float()


def information(out: str | Path, *, seed: int = 0, size: str | None = None) -> dict[str, Any]:
    """Train InfoGAN with and without its bound: does the category of the code agree with the class?"""
    name, path = size or "normal", Path(out) / "records.jsonl"
    chosen = SIZES[name]
    done = {(row["name"], row["seed"]) for row in read(path)} if path.exists() else set()
    for one in range(seed, seed + chosen.seeds):
        for variant in WEIGHTS:
            title = f"information-{variant}"
            if (title, one) in done:
                continue
            trainer = train(variant, chosen, one)
            values = measure(trainer, chosen)
            config = {"data": chosen.data, "steps": chosen.steps, "settings": asdict(trainer.model.config)}
            record(path, title, values, seed=one, config=config, size=name, device="cpu")
            print(f"{title}, seed {one}: " + ", ".join(f"{k} {v:.3f}" for k, v in values.items()), flush=True)
    return {line.name: line.mean for line in summary(read(path))}


EXPERIMENTS: dict[str, Callable[..., dict[str, Any]]] = {"information": information}
