"""The runs behind the zoo: each trains a generator, measures it, and writes its weights and card.

``ganlab experiment run zoo-dcgan-digits --out DIR`` leaves DIR/run (the run folder) and DIR/dcgan-digits.safetensors
with its .json; run again, it goes on where it stopped. Lesson: 14 The MLP GAN on MNIST.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ganlab import data, metrics, zoo
from ganlab.training import RunFolder, open_run, train_run


@dataclass(frozen=True)
class Recipe:
    """What to train for one zoo entry; ``steps`` by run size."""

    model: str
    data: str
    steps: dict[str, int]
    training: dict[str, Any] = field(default_factory=dict)


def _falling(steps: int) -> dict[str, Any]:
    return {"schedule_steps": steps, "lr_end": 2e-5}


RECIPES = {
    "dcgan-digits": Recipe("dcgan", "digits", {"small": 200, "normal": 6000, "full": 6000}, _falling(6000)),
    "dcgan-mnist": Recipe("dcgan", "mnist", {"small": 50, "normal": 8000, "full": 8000}, _falling(8000)),
}


def train_entry(name: str, out: str | Path, *, seed: int = 0, size: str | None = None) -> dict[str, Any]:
    """Train, measure and write one zoo entry into ``out``; return its card. Raises UserError as training does."""
    recipe, folder = RECIPES[name], Path(out)
    trainer = train_run(
        recipe.model,
        recipe.data,
        folder / "run",
        steps=recipe.steps[size or "normal"],
        asked={"training": recipe.training | {"seed": seed}},
        resume=RunFolder(folder / "run").config_path.exists(),
        say=print,
    )
    samples = open_run(folder / "run").sample(data.info(recipe.data).test, seed=0)
    report = metrics.evaluate(samples, recipe.data)
    print(report.text())
    return zoo.publish(
        trainer.folder.path if trainer.folder else folder / "run",
        folder / name,
        command=f"ganlab experiment run zoo-{name} --out DIR --seed {seed}",
        metrics={
            "frechet_distance": round(report.distance, 3),
            "floor": round(report.floor, 3),
            "samples": report.n,
            "classes_covered": report.covered,
            "classifier": report.classifier,
        },
        half=True,
    )


def _experiment(name: str) -> Callable[..., dict[str, Any]]:
    def run(out: str | Path, *, seed: int = 0, size: str | None = None) -> dict[str, Any]:
        return train_entry(name, out, seed=seed, size=size)

    run.__doc__ = f"Train, measure and write the zoo entry {name}."
    return run


EXPERIMENTS: dict[str, Callable[..., dict[str, Any]]] = {f"zoo-{name}": _experiment(name) for name in RECIPES}
