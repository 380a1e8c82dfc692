"""Models that need no labels, on MNIST, for one and the same budget of processor time.

``ganlab experiment run mnist-models --out DIR`` trains each of `ASKED` until its budget is spent, measures samples of
the averaged generator, and leaves the run folder, weights and card of each in DIR/NAME. Killed and called again, it
goes on. Small networks and one seed each: a shelf to choose a starting point from, not a ranking of papers.

The zoo's entries are these runs: `shelf` makes them again by their number of steps, to the bit.
Lesson: 14 The MLP GAN on MNIST.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch

from ganlab import data, metrics
from ganlab.experiments.parts import chosen
from ganlab.experiments.recorder import read, record
from ganlab.files import write_atomically
from ganlab.models import MODELS
from ganlab.models.vae import VAE
from ganlab.training import RunFolder, Trainer, open_run, train_run

BUDGET = {"small": 0.5, "normal": 30.0, "full": 600.0}
DATA = {"small": "digits", "normal": "mnist", "full": "mnist"}
PIECE = 15.0
"""Seconds of training after which what is spent is written down."""
COPIES = 300
"""Samples, and held-out images, whose nearest training image is looked for among all of them."""

ASKED: dict[str, dict[str, Any]] = {
    "gan": {"settings": {"g_widths": [128, 256, 512], "norm": "batch", "lr": 5e-4}},
    "dcgan": {"settings": {"width": 16, "lr": 1e-3}},
    "wgan": {"settings": {"width": 16, "lr": 5e-4}},
    "wgan_gp": {"settings": {"width": 16, "lr": 1e-3, "d_steps": 3}},
    "ebgan": {},
    "sngan": {"settings": {"width": 12, "lr": 1e-3, "d_steps": 1}},
    "vae": {"training": {"batch_size": 100}},
}
"""What differs from each model's defaults: widths, rates and steps of D for half a minute of one core."""


def asked(name: str, seed: int = 0) -> dict[str, Any]:
    """What `train_run` is asked for: `ASKED`, an average over the last 100 steps, and the seed."""
    own = ASKED[name]
    return own | {"training": {"ema_halflife": 100.0, **own.get("training", {}), "seed": seed}}


def train_for(seconds: float, name: str, data_name: str, folder: Path, seed: int = 0) -> dict[str, Any]:
    """Train until ``seconds`` of processor time (all threads, loading included) are spent, and say what they bought.

    A kill loses at most `PIECE` seconds of the account. Returns steps, seconds, and images a second.
    """
    ledger = folder / "spent.json"
    steps, spent = json.loads(ledger.read_text()) if ledger.exists() else (0, 0.0)
    while spent < 0.98 * seconds:
        steps += 10 if not steps else math.ceil(min(PIECE, seconds - spent) * steps / spent)
        begun = time.process_time()
        _continued(name, data_name, folder, steps, seed)
        spent += time.process_time() - begun
        write_atomically(ledger, json.dumps([steps, spent]).encode())
    size = asked(name)["training"].get("batch_size", 64)
    return {"steps": steps, "seconds": round(spent, 1), "images_per_second": round(steps * size / spent)}


def _continued(name: str, data_name: str, folder: Path, steps: int, seed: int) -> Trainer:
    return train_run(
        name, data_name, folder, steps=steps, asked=asked(name, seed), where="cpu", threads=1,
        resume=RunFolder(folder).config_path.exists(), monitor=False, progress=False,
    )  # fmt: skip


def measured(folder: Path, data_name: str) -> dict[str, Any]:
    """Distance and floor, classes covered, and how near samples lie to training images beside held-out images.

    ``nearer`` and ``copies`` are those of `metrics.memorisation`, by pixels.
    """
    generator, test = open_run(folder), data.load(data_name, "test").floats()
    samples = generator.sample(len(test), seed=0)
    report = metrics.evaluate(samples, data_name)
    train = data.load(data_name).floats()
    near = metrics.memorisation(*(x.flatten(1) for x in (samples[:COPIES], train, test[:COPIES])))
    return {
        "distance": report.distance, "floor": report.floor, "covered": report.covered, "score": report.score,
        "score_real": report.score_real, "nearer": near.nearer, "copies": near.copies, "n": report.n,
    }  # fmt: skip


def bound(model: VAE, test: torch.Tensor) -> float:
    """Mean ELBO in nats of test images (N, ...), one draw of the noise each."""
    noise = model.noise(len(test), torch.Generator().manual_seed(0))
    with torch.no_grad():
        reconstruction, kl = model.elbo(test, noise)
    return float((reconstruction - kl).mean())


def mnist_models(
    out: str | Path, *, seed: int = 0, size: str | None = None, only: Sequence[str] = ()
) -> dict[str, Any]:
    """Train, measure and record each model for the same seconds of one processor core."""
    size, folder = size or "normal", Path(out)
    path, found = folder / "records.jsonl", {}
    for name in chosen("model", ASKED, only):
        row, run = f"mnist-models-{name}", folder / f"{name}-{seed}"
        done = [r for r in (read(path, row) if path.exists() else []) if (r["seed"], r["size"]) == (seed, size)]
        if not done:
            spent = train_for(BUDGET[size], name, DATA[size], run, seed)
            values = measured(run, DATA[size]) | spent
            if MODELS[name] is VAE:
                trainer = _continued(name, DATA[size], run, spent["steps"], seed)
                assert isinstance(trainer.model, VAE)
                values["bound"] = bound(trainer.model, data.load(DATA[size], "test").floats())
            done = [record(path, row, values, seed=seed, config={"model": name, **asked(name, seed)},
                           size=size, device="cpu")]  # fmt: skip
        found[name] = values = done[-1]["values"]
        print(
            f"{name:8} distance {values['distance']:7.1f} (floor {values['floor']:.2f}), {values['covered']} classes,"
            f" {values['steps']} steps in {values['seconds']:.0f} s"
        )
    return found


EXPERIMENTS: dict[str, Callable[..., dict[str, Any]]] = {"mnist-models": mnist_models}
