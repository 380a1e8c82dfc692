"""How good does MNIST get in five minutes of one processor? Quality for a budget of time, not of steps.

``ganlab experiment run mnist-budget --out runs/budget`` trains our best recipe for `BUDGET` seconds of processor time
(all threads of the process, training alone: measuring and saving are not counted) and measures what comes out: the
Frechet distance beside its floor, and the classes covered. ``--only unlabelled`` and ``--only mlp`` train the two it
stands beside, ``--seed`` makes another one. Killed and called again with the same folder, it goes on.

Every schedule runs over the spent share of the budget, so that a slower machine takes fewer steps of the same course.
The recipes were chosen on training images that were held out for it, never on the test images that they are measured
on.

Lesson: 32 R3GAN.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ganlab import data
from ganlab.data import Batches
from ganlab.errors import NonFiniteError
from ganlab.experiments.parts import chosen
from ganlab.experiments.recorder import read, record
from ganlab.metrics import evaluate
from ganlab.training import EMA, Cosine, build_model, checkpoint, device, stream
from ganlab.training.generator import draw_codes, generate

BUDGET = {"small": 2.0, "normal": 300.0, "full": 3000.0}
DATA = {"small": "digits", "normal": "mnist", "full": "mnist"}
SAVE_EVERY = 20.0
CPU = torch.device("cpu")


@dataclass(frozen=True)
class Recipe:
    """What to train, as in ``config.json``; the learning rate falls to ``lr_end`` times itself over the budget.

    ``bfloat16``: in that precision where the processor has units for it, in float32 elsewhere.
    """

    config: dict[str, Any]
    batch: int = 64
    lr_end: float = 1.0
    halflife: float = 0.0
    bfloat16: bool = False

    @property
    def precision(self) -> torch.dtype:
        """What this machine trains it in."""
        return torch.bfloat16 if self.bfloat16 and device.has_bfloat16(CPU) else torch.float32

    def described(self, seconds: float) -> dict[str, Any]:
        """The recipe as the record's ``config``."""
        training = {"batch_size": self.batch, "lr_end": self.lr_end, "ema_halflife": self.halflife}
        precision = str(self.precision).removeprefix("torch.")
        return {**self.config, "training": training, "precision": precision, "seconds": seconds}


_SMALL = {"norm": "none", "beta1": 0.0, "beta2": 0.99, "width": 32, "d_channels": [16, 32, 64]}
_PAIRED = {"objective": "relativistic", "penalty": "r1+r2", "penalty_weight": 0.05}

RECIPES: dict[str, Recipe] = {
    "ours": Recipe(
        {"model": "cgan", **_PAIRED, "settings": {**_SMALL, "condition": "projection", "lr": 5e-3, "g_extra": 1}},
        batch=32, lr_end=0.02, halflife=300.0, bfloat16=True,
    ),
    "unlabelled": Recipe(
        {"model": "dcgan", **_PAIRED, "settings": {**_SMALL, "lr": 5e-3, "g_extra": 1}},
        batch=32, lr_end=0.02, halflife=300.0, bfloat16=True,
    ),
    "mlp": Recipe(
        {
            "model": "gan", "objective": "non-saturating", "penalty": "none",
            "settings": {"g_widths": [128, 256, 512, 1024], "norm": "batch", "lr": 2e-4},
        },
    ),
}  # fmt: skip
"""``mlp`` is the popular one-file script: batch normalisation in G, a constant rate, the last weights.

The other two spend the seconds where trials on held-out training images found most to gain: narrow networks and small
batches, so that there are many steps; a high rate that falls; a small weight of R1 and R2, whose slopes are taken in
the pass of the logits; one more convolution of G where images are smallest; bfloat16 where the processor has it.
``ours`` is told the class as well.
"""


class TimedRun:
    """One GAN that is trained until ``seconds`` of processor time are spent. ``state`` and ``load`` for a kill."""

    def __init__(self, recipe: Recipe, items: data.ImageData, seed: int, seconds: float) -> None:
        self.seconds, self.spent = seconds, 0.0
        self.model = build_model(
            recipe.config | {"shape": list(items.shape), "classes": data.classes_of(items)}, seed
        ).train()
        self.model.precision, self.labels = recipe.precision, items.labels
        self.batches, self.rng = Batches(items, recipe.batch, seed), stream(seed, "noise")
        self.ema = EMA(self.model.G, recipe.halflife)
        lr = self.model.config.lr
        self._rate = Cosine(lr, lr * recipe.lr_end, 1000)

    def train(self, until: float) -> TimedRun:
        """Step until ``until`` seconds are spent in all. Raises NonFiniteError where a loss ceased to be a number."""
        with device.flushed_denormals():
            started, before = time.process_time(), self.spent
            while self.spent < until:
                self.model.set_rate(self._rate(int(1000 * self.spent / self.seconds)))
                self.model.step(self.batches, self.rng)
                self.ema.update(self.model.steps)
                self.spent = before + time.process_time() - started
        if self.model.first_bad_update() is not None:
            raise NonFiniteError(f"a loss became infinite or NaN in the first {self.model.steps} steps")
        return self

    def sample(self, n: int, seed: int = 0) -> Tensor:
        """``n`` samples of the averaged generator, its batch statistics measured afresh.

        One that is told a class is asked for those of training images: as often for each as the data have it.
        """
        rng, classes = stream(seed, "statistics"), stream(seed, "classes")
        self.ema.refresh_statistics(lambda: draw_codes(self.model, 256, rng, self._wanted(256, classes)))
        codes = draw_codes(self.model, n, stream(seed, "sample"), self._wanted(n, classes))
        return generate(self.ema.network, codes, CPU)

    def _wanted(self, n: int, rng: torch.Generator) -> Tensor | None:
        if not self.model.choices or self.labels is None:
            return None
        return self.labels[torch.randint(len(self.labels), (n,), generator=rng)].long()

    def state(self) -> dict[str, Any]:
        """Everything the next step depends on, and what is spent."""
        return {
            "model": self.model.training_state(), "batches": self.batches.state_dict(), "rng": self.rng.get_state(),
            "ema": list(self.ema.network.parameters()), "spent": self.spent,
        }  # fmt: skip

    def load(self, state: dict[str, Any]) -> TimedRun:
        """Take over what ``state`` returned."""
        self.model.load_training_state(state["model"])
        self.batches.load_state_dict(state["batches"])
        self.rng.set_state(state["rng"])
        with torch.no_grad():
            for mine, saved in zip(self.ema.network.parameters(), state["ema"], strict=True):
                mine.copy_(saved)
        self.spent = state["spent"]
        return self


def timed_run(recipe: Recipe, name: str, path: Path, seed: int, seconds: float) -> TimedRun:
    """Train the recipe to the end of its budget, saving to ``path`` every `SAVE_EVERY` seconds and going on from it."""
    items = data.load(name)
    assert isinstance(items, data.ImageData)
    run = TimedRun(recipe, items, seed, seconds)
    if path.exists():
        run.load(checkpoint.load(path))
    while run.spent < seconds:
        run.train(min(run.spent + SAVE_EVERY, seconds))
        path.parent.mkdir(parents=True, exist_ok=True)
        checkpoint.save(path, run.state())
    return run


def mnist_budget(
    out: str | Path, *, seed: int = 0, size: str | None = None, only: Sequence[str] = ()
) -> dict[str, Any]:
    """MNIST in 300 seconds of processor time by our best recipe; others, and the popular script's GAN, by --only."""
    size = size or "normal"
    seconds, name, path = BUDGET[size], DATA[size], Path(out) / "records.jsonl"
    found: dict[str, Any] = {}
    for variant in chosen("recipe", RECIPES, only or ["ours"]):
        recipe = RECIPES[variant]
        row, kept = f"mnist-budget-{variant}", Path(out) / f"{variant}-{seed}.pt"
        done = [r for r in (read(path, row) if path.exists() else []) if r["seed"] == seed and r["size"] == size]
        if not done:
            run = timed_run(recipe, name, kept, seed, seconds)
            done = [record(path, row, measured(run, name), seed=seed, config=recipe.described(seconds), size=size,
                           device="cpu")]  # fmt: skip
            kept.unlink(missing_ok=True)
        found[variant] = values = done[-1]["values"]
        print(
            f"{variant}, seed {seed}: distance {values['distance']:.2f}, {values['times']:.1f} times the floor"
            f" {values['floor']:.3f}; {values['covered']} of {values['classes']} classes covered;"
            f" {values['steps']} steps in {values['seconds']:.0f} s"
        )
    return found


def measured(run: TimedRun, name: str) -> dict[str, Any]:
    """The row of the record: distance, floor and their ratio, classes covered, score, steps and seconds."""
    report = evaluate(run.sample(data.info(name).test), name)
    return {
        "distance": report.distance, "floor": report.floor, "times": report.distance / report.floor, "n": report.n,
        "covered": report.covered, "classes": report.classes, "score": report.score, "score_real": report.score_real,
        "steps": run.model.steps, "seconds": round(run.spent, 1),
    }  # fmt: skip


EXPERIMENTS: dict[str, Callable[..., dict[str, Any]]] = {"mnist-budget": mnist_budget}
