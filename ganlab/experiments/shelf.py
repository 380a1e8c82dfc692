"""The runs behind the zoo: each trains a generator, measures it, and writes its weights and card.

``ganlab experiment run zoo-dcgan-digits --out DIR`` leaves DIR/run (the run folder) and DIR/dcgan-digits.safetensors
with its .json; run again, it goes on where it stopped. Lesson: 14 The MLP GAN on MNIST.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from ganlab import data, metrics, zoo
from ganlab.experiments.mnist_models import asked
from ganlab.experiments.recorder import record
from ganlab.training import RunFolder, choose_device, open_run, train_run
from ganlab.training.device import fastest_precision


@dataclass(frozen=True)
class Recipe:
    """What to train for one zoo entry; ``steps`` by run size, ``asked`` as in ``config.json``.

    ``bfloat16``: in that precision where the machine has units for it, in float32 elsewhere.
    """

    model: str
    data: str
    steps: dict[str, int]
    asked: dict[str, Any]
    bfloat16: bool = False


RECIPES = {
    "dcgan-digits": Recipe(
        "dcgan",
        "digits",
        {"small": 200, "normal": 6000, "full": 6000},
        {"training": {"schedule_steps": 6000, "lr_end": 2e-5}},
    ),
    "dcgan-mnist": Recipe(
        "dcgan",
        "mnist",
        {"small": 50, "normal": 3000, "full": 30000},
        {
            "objective": "relativistic",
            "penalty": "r1+r2",
            "penalty_weight": 0.5,
            "settings": {"norm": "none", "beta1": 0.0, "beta2": 0.99, "lr": 5e-4, "d_channels": [64, 128, 256]},
            "training": {"schedule_steps": 3000, "lr_end": 2e-5},
        },
    ),
}


def fast(steps: int, **settings: Any) -> dict[str, Any]:
    """The recipe of `budget` in float32, by steps: some five minutes of one core, on any machine the same.

    Chosen by trials of 40 seconds on 50 000 training images of MNIST, measured on the other 10 000.
    """
    narrow = {"width": 32, "d_channels": [16, 32, 64], "g_extra": 1, "beta1": 0.0, "beta2": 0.99, "lr": 5e-3}
    return {
        "objective": "relativistic", "penalty": "r1+r2", "penalty_weight": 0.05, "settings": narrow | settings,
        "training": {"batch_size": 32, "ema_halflife": 300.0, "schedule_steps": steps, "lr_end": 1e-4},
    }  # fmt: skip


RECIPES |= {
    f"{model}-mnist": Recipe(model, "mnist", {"small": 20, "normal": steps, "full": steps}, fast(steps, **settings))
    for model, steps, settings in (
        ("cgan", 7500, {"condition": "projection"}),
        ("acgan", 6000, {}),
        ("infogan", 6000, {"numbers": 0, "lr": 3e-3}),
    )
}
"""The models that are told a class, name it or find one: what InfoGAN finds agreed better with classes at this rate."""

RECIPES["r3gan-mnist"] = Recipe(
    "r3gan",
    "mnist",
    {"small": 10, "normal": 4000, "full": 40000},
    {
        "penalty_weight": 0.05,
        "settings": {"widths": [64, 32, 16], "blocks": 1, "lr": 2e-3},
        "training": {"batch_size": 32, "ema_halflife": 300.0, "schedule_steps": 4000, "lr_end": 4e-5},
    },
    bfloat16=True,
)
"""What a core can bear of R3GAN's own networks: a step takes it several times as long as one of the others here."""

STEPS = {
    "gan-mnist": 1433,
    "wgan-mnist": 292,
    "wgan_gp-mnist": 263,
    "vae-mnist": 2510,
    "dcgan-fashion-mnist": 914,
    "sngan-fashion-mnist": 114,
    "vae-fashion-mnist": 2392,
}
"""Steps that the budget of the recorded `mnist_models` bought: without a schedule they make the run, to the bit."""
BUDGETED = {
    f"{model}-{source}": Recipe(model, source, {"small": 20, "normal": steps, "full": steps}, asked(model))
    for name, steps in STEPS.items()
    for model, _, source in [name.partition("-")]
}
"""Entries that are runs of `mnist_models`, and runs of the same settings and the same budget on Fashion-MNIST."""
RECIPES |= BUDGETED
# The two whose steps take longest are hardly on their way when the budget ends: the zoo's have two or three times that.
RECIPES |= {
    f"{model}-mnist": Recipe(model, "mnist", {"small": 20, "normal": steps, "full": steps}, asked(model))
    for model, steps in {"ebgan": 500, "sngan": 300}.items()
}


def train_entry(name: str, out: str | Path, *, seed: int = 0, size: str | None = None) -> dict[str, Any]:
    """Train, measure and write one zoo entry into ``out``; return its card. Raises UserError as training does."""
    recipe, folder = RECIPES[name], Path(out)
    trainer = train_run(
        recipe.model,
        recipe.data,
        folder / "run",
        steps=recipe.steps[size or "normal"],
        precision=fastest_precision(choose_device()) if recipe.bfloat16 else "auto",
        asked=recipe.asked | {"training": recipe.asked.get("training", {}) | {"seed": seed}},
        resume=RunFolder(folder / "run").config_path.exists(),
        say=print,
    )
    made = open_run(folder / "run")
    samples = made.sample(data.info(recipe.data).test, seed=0)
    report = metrics.evaluate(samples, recipe.data)
    print(report.text())
    values = {"distance": report.distance, "floor": report.floor, "n": report.n, "covered": report.covered}
    obeyed: dict[str, float] = {}
    if made.model.classes:
        wanted = torch.arange(1000) % made.model.classes
        logits = metrics.load_features(recipe.data).logits(made.sample(len(wanted), seed=1, labels=wanted))
        obeyed = {"label_fidelity": metrics.label_fidelity(logits, wanted)}
        print(f"label fidelity {obeyed['label_fidelity']:.3f}, of {len(wanted)} samples asked for")
    elif made.model.choices:
        wanted = torch.arange(10_000) % made.model.choices
        named = metrics.load_features(recipe.data).logits(made.sample(len(wanted), seed=1, labels=wanted)).argmax(1)
        agree = metrics.agreement(wanted, named, made.model.choices)
        obeyed = {"matched": agree.matched, "chance": agree.chance, "information": agree.information}
        print(f"categories matched with classes {agree.matched:.3f} (by chance {agree.chance:.3f})")
    steps = recipe.steps[size or "normal"]
    record(
        folder / "records.jsonl",
        f"zoo-{name}",
        values | obeyed | {"score": report.score, "score_real": report.score_real, "steps": steps},
        seed=seed,
        config=recipe.asked,
        size=size or "normal",
        device="cpu",
    )
    return zoo.publish(
        trainer.folder.path if trainer.folder else folder / "run",
        folder / name,
        command=f"ganlab experiment run zoo-{name} --out DIR --seed {seed}",
        metrics={
            "frechet_distance": round(report.distance, 3),
            "floor": round(report.floor, 3),
            "samples": report.n,
            "classes_covered": report.covered,
            **obeyed,
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
