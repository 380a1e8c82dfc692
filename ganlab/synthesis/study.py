"""The study: for each seed split, train a generator on the train part, filter, mix, train the task, test on reals.

Every row is written as soon as it is known, so a killed study goes on where it stopped. The mix is
chosen on validation images, by `ganlab.synthesis.verdict`.
Lesson: 18 Does synthetic data help?
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ganlab.data import ImageData
from ganlab.errors import UserError
from ganlab.files import read_json_lines, write_atomically, writing
from ganlab.layers import Moves
from ganlab.metrics.generic import fit_components
from ganlab.metrics.memorisation import LEAST, memorisation
from ganlab.progress import bar
from ganlab.synthesis.samplers import Maker, Sampler, best_of, synthetic_set, wanted_labels
from ganlab.synthesis.scores import scores
from ganlab.synthesis.split import Material, Split, check_pixels, digests, divide, first_share, joined, taken
from ganlab.synthesis.tasknet import Budget, Mix, TaskNet, fit
from ganlab.viz import save_sheet

FILTERS = ("classifier", "discriminator", "none")
CURVE = (0.25, 0.5, 2.0)  # shares of the labels at which real images alone are tried as well
COPIES_AMONG = 1000  # synthetic images that are looked at for copies


@dataclass(frozen=True)
class Plan:
    """What a study does. ``ratios`` are synthetic / real; ``draws`` candidates are made for each image that is kept.

    ``worth`` is the smallest gain in macro recall that would be worth the trouble.
    """

    labels: int | None = None
    seeds: int = 5
    ratios: tuple[float, ...] = (0.5, 1.0, 2.0, 5.0, 10.0)
    keep_by: str = "classifier"
    draws: int = 2
    worth: float = 0.01
    budget: Budget = field(default_factory=Budget)
    moves: Moves = field(default_factory=Moves)

    def __post_init__(self) -> None:
        if self.seeds < 3:
            raise UserError(f"{self.seeds} seeds tell nothing from luck: ask for 3 or more")
        if not self.ratios or not all(math.isfinite(r) and 0 < r <= 100 for r in self.ratios):
            raise UserError("a ratio is synthetic / real, above 0 and at most 100: for example --ratio 0.5,1,2")
        if self.keep_by not in FILTERS:
            raise UserError(f"the filter is one of {', '.join(FILTERS)}, not {self.keep_by!r}")
        if self.draws < 1 or not 0 < self.worth < 1:
            raise UserError("a filter draws at least one candidate, and a gain worth having lies between 0 and 1")


@dataclass(frozen=True)
class Arm:
    """One way to train the task: moved or not, classes weighted or not, a ratio, and a share of the real labels."""

    moved: bool = False
    weighted: bool = False
    ratio: float = 0.0
    share: float = 1.0

    @property
    def base(self) -> str:
        """What is done with the images apart from mixing."""
        words = [word for word, wanted in (("moved", self.moved), ("weighted", self.weighted)) if wanted]
        return " + ".join(words) or "as they are"

    @property
    def name(self) -> str:
        """In words, and the key of its rows."""
        if self.ratio == math.inf:
            return f"synthetic only, {self.base}"
        mixed = f", r = {self.ratio:g}" if self.ratio else ", real only"
        return f"{self.base}{mixed}" + (f", {self.share:g} x the labels" if self.share != 1 else "")


def arms(ratios: tuple[float, ...], balanced: bool, more_labels: bool) -> list[Arm]:
    """Every arm of a study: baselines, their mixes, synthetic images only, and the learning curve of real ones."""
    bases = [Arm(moved, weighted) for weighted in ((False,) if balanced else (False, True)) for moved in (False, True)]
    shares = [share for share in CURVE if share < 1 or more_labels]
    return [
        *bases,
        *(Arm(base.moved, base.weighted, ratio) for base in bases for ratio in ratios),
        Arm(ratio=math.inf),
        *(Arm(base.moved, base.weighted, share=share) for base in bases for share in shares),
    ]


class Study:
    """The parts of a study, one method each; ``run`` plays all of them. Written under ``folder``."""

    def __init__(
        self, material: Material, plan: Plan, maker: Maker, folder: str | Path, options: dict[str, Any]
    ) -> None:
        self.material, self.plan, self.maker, self.folder = material, plan, maker, Path(folder)
        self.rows_file = self.folder / "rows.jsonl"
        split = divide(material.pool, plan.labels, 0)
        assert material.pool.labels is not None
        self.counts = torch.bincount(material.pool.labels[split.train], minlength=len(material.classes))
        spare = torch.bincount(material.pool.labels[split.spare], minlength=len(material.classes))
        self.minority = int(self.counts.argmin())
        self.balanced = bool(self.counts.max() <= 1.5 * self.counts.min())
        self.arms = arms(plan.ratios, self.balanced, bool((spare >= self.counts).all()))
        self.description = {
            "data": material.pool.name, "fingerprint": _fingerprint(material), "plan": asdict(plan), **options,
        }  # fmt: skip

    @property
    def total(self) -> int:
        """How many rows a finished study has."""
        return self.plan.seeds * (len(self.arms) + 1)

    def begin(self) -> list[dict[str, Any]]:
        """The rows that are there already. Raises UserError where the folder holds another study, or other files."""
        path = self.folder / "study.json"
        wanted = json.loads(json.dumps(self.description))
        if path.exists():
            try:
                found = json.loads(path.read_text(encoding="utf-8"))
            except json.JSONDecodeError:
                found = None
            if found != wanted:
                raise UserError(f"{self.folder} holds a study with other data or settings: choose another --out")
        elif self.folder.exists() and not self.folder.is_dir():
            raise UserError(f"{self.folder} is a file: give --out a folder that is empty or not there yet")
        elif self.folder.exists() and any(self.folder.iterdir()):
            raise UserError(f"{self.folder} holds other files: choose another --out")
        else:
            write_atomically(path, (json.dumps(wanted, indent=2) + "\n").encode())
        rows = read_json_lines(self.rows_file) if self.rows_file.exists() else []
        # A kill may have left half a line, which a new row must not be glued to.
        write_atomically(self.rows_file, b"".join(_line(row) for row in rows))
        return rows

    def seconds(self) -> float:
        """About how long a whole study takes here: a few steps of the task are timed, and the maker is asked."""
        split = divide(self.material.pool, self.plan.labels, 0)
        train = taken(self.material.pool, split.train)
        trial = Budget(10, self.plan.budget.batch, self.plan.budget.lr)
        mixes = [Mix(train, moves=self.plan.moves if arm.moved else None) for arm in self.arms]
        fit(mixes, Budget(2, self.plan.budget.batch))
        start = time.perf_counter()
        fit(mixes, trial)
        fits = (time.perf_counter() - start) / trial.steps * self.plan.budget.steps
        return self.plan.seeds * (fits + self.maker.seconds(train))

    def run(self, progress: bool = True) -> list[dict[str, Any]]:
        """All rows of all seeds; those that are in the folder already are not made again."""
        rows = self.begin()
        done = {(row["seed"], row["name"]) for row in rows}
        with bar(total=self.total, initial=len(done), wanted=progress) as steps:
            for seed in range(self.plan.seeds):
                names = {"synthetic set", *(arm.name for arm in self.arms)}
                if all((seed, name) in done for name in names):
                    continue
                where = f"seed {seed + 1} of {self.plan.seeds}"
                steps.set_description(f"{where}: its generator")
                for row in self.seed_rows(seed, done):
                    steps.set_description(f"{where}: {len(self.arms)} classifiers")
                    rows.append(row)
                    with writing(self.rows_file), self.rows_file.open("ab") as file:
                        file.write(_line(row))
                        file.flush()
                        os.fsync(file.fileno())
                    steps.update()
        return rows

    def seed_rows(self, seed: int, done: set[tuple[int, str]]):  # type: ignore[no-untyped-def]
        """The missing rows of one seed, one by one."""
        split = divide(self.material.pool, self.plan.labels, seed)
        train = taken(self.material.pool, split.train)
        check_pixels(
            train=train.images, validation=self.material.pool.images[split.validation], test=self.material.test.images
        )
        made = self.synthesise(train, split, seed)
        if (seed, "synthetic set") not in done:
            yield {"seed": seed, "name": "synthetic set", **self.describe_set(made, train, seed)}
        start = time.perf_counter()
        spare = taken(self.material.pool, split.spare)
        nets = fit([self.mix(arm, train, spare, made) for arm in self.arms], self.plan.budget, seed)
        seconds = round((time.perf_counter() - start) / len(nets), 3)
        for arm, net in zip(self.arms, nets, strict=True):
            if (seed, arm.name) not in done:
                yield {"seed": seed, "name": arm.name, **self.examine(net, split), "seconds": seconds}

    def synthesise(self, train: ImageData, split: Split, seed: int) -> ImageData:
        """Train the generator on the train part, draw labelled images, keep the best, and look for leaked ones."""
        sampler = self.maker(train, seed, self.folder / "generators" / f"seed-{seed}")
        drawn = self.plan.budget.steps * self.plan.budget.batch  # no arm could look at more
        n = min(math.ceil(max(self.plan.ratios) * len(train)), drawn)
        labels = wanted_labels(torch.bincount(train.labels, minlength=len(self.material.classes)), n)  # type: ignore[arg-type]
        draws = self.plan.draws if self.plan.keep_by != "none" else 1
        made = synthetic_set(sampler, labels.repeat_interleave(draws), seed, "synthetic", self.material.classes)
        if draws > 1:
            made = ImageData(
                "synthetic", best_of(made.images, self.judge(made, train, sampler, seed), draws), labels,
                self.material.classes,
            )  # fmt: skip
        check_pixels(synthetic=_unseen(made.images, train.images), test=self.material.test.images)
        return made

    def judge(self, made: ImageData, train: ImageData, sampler: Sampler, seed: int) -> Tensor:
        """The score by which candidates are kept: log p(wanted label) of a classifier of real images, or D's logit."""
        assert made.labels is not None
        if self.plan.keep_by == "discriminator":
            parts = torch.arange(len(made)).split(1000)
            return torch.cat([sampler.scores(made.floats(part), made.labels[part]) for part in parts])
        p = self.real_classifier(train, seed).probabilities(made.floats())
        return p[torch.arange(len(made)), made.labels].log()

    def real_classifier(self, train: ImageData, seed: int) -> TaskNet:
        """A classifier of moved real images, each class with the same weight: the filter, and TRTS."""
        return fit([Mix(train, moves=self.plan.moves, weighted=True)], self.plan.budget, seed)[0]

    def mix(self, arm: Arm, train: ImageData, spare: ImageData, made: ImageData) -> Mix:
        """What one arm is trained on."""
        assert train.labels is not None and spare.labels is not None
        if arm.share < 1:
            train = taken(train, first_share(train.labels, arm.share))
        elif arm.share > 1:
            more = torch.cat([(spare.labels == c).nonzero()[: int(n), 0] for c, n in enumerate(self.counts)])
            train = joined(train, taken(spare, more))
        n = min(len(made), math.ceil(arm.ratio * len(train))) if math.isfinite(arm.ratio) else len(made)
        mixed = taken(made, torch.arange(n)) if n else None
        return Mix(train, mixed, arm.ratio, self.plan.moves if arm.moved else None, arm.weighted)

    def examine(self, net: TaskNet, split: Split) -> dict[str, Any]:
        """Scores on the validation part and on the test part, and which test images came out wrong."""
        chosen_on = taken(self.material.pool, split.validation)
        assert chosen_on.labels is not None and self.material.test.labels is not None
        p = net.probabilities(self.material.test.floats())
        return {
            "validation": scores(net.probabilities(chosen_on.floats()), chosen_on.labels, self.minority),
            "test": scores(p, self.material.test.labels, self.minority),
            "wrong": (p.argmax(dim=1) != self.material.test.labels).nonzero()[:, 0].tolist(),
        }

    def describe_set(self, made: ImageData, train: ImageData, seed: int) -> dict[str, Any]:
        """What can be said of a synthetic set itself: TRTS, copies, and a sheet of it in the folder."""
        guess = self.real_classifier(train, seed).probabilities(made.floats()).argmax(dim=1)
        columns = min(10, len(self.material.classes))
        by_class = made.labels.argsort(stable=True)  # type: ignore[union-attr]
        shown = by_class[torch.linspace(0, len(made) - 1, min(len(made), 8 * columns)).long()]
        save_sheet(made.floats(shown), self.folder / "sheets" / f"synthetic-{seed}.png", max(8, columns))
        save_sheet(train.floats(slice(0, 8 * columns)), self.folder / "sheets" / f"real-{seed}.png", max(8, columns))
        agreed = torch.eq(guess, made.labels)  # type: ignore[arg-type]
        found: dict[str, Any] = {"n": len(made), "trts": float(agreed.double().mean()), "copies": None}
        test = self.material.test
        if min(len(made), len(test)) >= max(LEAST, 20):
            basis = fit_components(test.floats(), max(2, min(32, len(test) // 10)))
            some = made.floats(torch.linspace(0, len(made) - 1, min(len(made), COPIES_AMONG)).long())
            near = memorisation(basis(some), basis(train.floats()), basis(test.floats()))
            found |= {"copies": near.copies, "exact": near.exact, "nearer": near.nearer, "copies_p": near.p_value}
        return found


def _unseen(made: Tensor, train: Tensor) -> Tensor:
    """The synthetic images that are not simply training images: a copy of those is no leak of the test part."""

    seen = set(digests(train))
    keep = [index for index, digest in enumerate(digests(made)) if digest not in seen]
    return made[keep]


def _fingerprint(material: Material) -> str:
    total = hashlib.sha256()
    for part in (material.pool, material.test):
        assert part.labels is not None
        total.update(part.images.contiguous().numpy().tobytes())
        total.update(part.labels.numpy().tobytes())
    return total.hexdigest()[:16]


def _line(row: dict[str, Any]) -> bytes:
    return (json.dumps(row, allow_nan=False) + "\n").encode()


def results(rows: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """Rows by name, in the order of their seeds."""
    found: dict[str, list[dict[str, Any]]] = {}
    for row in sorted(rows, key=lambda row: row["seed"]):
        found.setdefault(row["name"], []).append(row)
    return found
