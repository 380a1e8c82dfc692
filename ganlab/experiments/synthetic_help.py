"""Does synthetic data help? The cells of a study that was written down before its numbers were known.

``ganlab experiment run synthetic-help --out runs/help`` prints the plan of `ganlab.experiments.registered`, then runs
cell by cell and seed by seed; what is recorded in the folder already is not made again, and ``--only "digits labels
k=20"`` runs one cell. A generator is trained once for its images, seed and recipe, and serves every ratio and every
cell that asks for it. Every arm: the same network, steps, batch size and first weights.
Lesson: 18 Does synthetic data help?
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ganlab.data import ImageData
from ganlab.experiments import registered
from ganlab.experiments.budget import RECIPES
from ganlab.experiments.parts import chosen
from ganlab.experiments.recorder import read, record
from ganlab.layers import Moves
from ganlab.metrics.generic import fit_components
from ganlab.metrics.memorisation import memorisation
from ganlab.synthesis import (
    Between,
    Budget,
    Conditional,
    Mix,
    Shelf,
    TaskNet,
    best_of,
    divide,
    fit,
    prepare,
    scores,
    wanted_labels,
)
from ganlab.synthesis.conditional import ConditionalSampler
from ganlab.synthesis.samplers import Sampler, synthetic_set
from ganlab.synthesis.split import Material, joined, taken
from ganlab.training.streams import stream

Rows = Iterator[tuple[str, dict[str, float]]]
Arms = dict[str, Mix]
RATIOS = (0.1, 0.5, 1.0, 2.0, 5.0, 10.0)
SOME = (1.0, 5.0)
LONG = 10
"""How many times the usual training the family ``longer`` gives a generator."""
BEST = 3000
"""How many steps the family ``better`` trains our best recipe."""
MOVES = Moves()
BASES: dict[str, Moves | None] = {"plain": None, "moved": MOVES}


@dataclass(frozen=True)
class Cell:
    """One place of the plan: which family of arms, on which data, with which numbers."""

    family: str
    data: str
    settings: dict[str, float] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The key of its rows: "digits labels k=5"."""
        return " ".join([self.data, self.family, *(f"{key}={value:g}" for key, value in self.settings.items())])


@dataclass(frozen=True)
class Size:
    """How much of the plan is run: cells, seeds, and the lengths of both trainings."""

    cells: tuple[Cell, ...]
    seeds: int
    budget: Budget
    generator_steps: dict[str, int]
    ratios: tuple[float, ...] = RATIOS
    best: int = BEST


def _cells(
    data: str, labels: tuple[int, ...], longer: tuple[int, ...], major: int, minor: tuple[int, ...], shift: int
) -> tuple[Cell, ...]:
    return (
        *(Cell("labels", data, {"k": k}) for k in labels),
        *(Cell("longer", data, {"k": k}) for k in longer),
        *(Cell("imbalance", data, {"n": major, "to": to}) for to in minor),
        *(Cell("noise", data, {"k": 20, "share": share}) for share in (0.4, 0.2)),
        Cell("drift", data, {"k": 20, "pixels": shift}),
        Cell("unlabelled", data, {"k": labels[0]}),
        Cell("leak", data, {"k": 20}),
        Cell("bias", data, {"n": 100, "share": 0.7}),
        Cell("centroids", data, {"k": labels[0]}),
    )


DIGITS = _cells("digits", (5, 20, 70), (20, 70), 100, (50, 10, 5, 1), 1)
MNIST = (*_cells("mnist", (5, 1000, 100, 20), (), 1000, (50, 200, 10, 1), 3), Cell("better", "mnist", {"k": 1000}))
SIZES = {
    "small": Size((Cell("labels", "digits", {"k": 5}),), 1, Budget(steps=10), {"digits": 10}, (1.0, 5.0), 10),
    "normal": Size((*DIGITS, *MNIST), 5, Budget(), {"digits": 600, "mnist": 1000}),
    "full": Size((*DIGITS, *MNIST), 10, Budget(steps=2000), {"digits": 10_000, "mnist": 50_000}, best=50_000),
}


class Bench:
    """One cell at one seed: its data, and the two things that every family does, to train a task and to generate."""

    def __init__(self, cell: Cell, seed: int, size: Size, folder: Path) -> None:
        self.cell, self.seed, self.size = cell, seed, size
        self.shelf = Shelf(folder / "generators")
        self.material: Material = prepare(cell.data)
        self.test: ImageData = self.material.test
        self.minority = 0
        self.maker = Conditional(size.generator_steps[cell.data])

    def split(self, k: int) -> tuple[ImageData, ImageData]:
        """(k training images of each class, all images of the pool that are left)."""
        pool = self.material.pool
        split = divide(pool, k, self.seed)
        return taken(pool, split.train), taken(pool, torch.cat([split.validation, split.spare]))

    def trained(self, train: ImageData, times: int = 1) -> ConditionalSampler:
        """The generator of these images under this seed, after ``times`` the usual number of steps."""
        return self.shelf(replace(self.maker, steps=times * self.maker.steps), train, self.seed)

    def judge(self, train: ImageData, weighted: bool = False) -> TaskNet:
        """A classifier of moved real images."""
        return fit([Mix(train, moves=MOVES, weighted=weighted)], self.size.budget, self.seed)[0]

    def tested(self, arms: Arms, test: ImageData | None = None) -> Rows:
        """The scores of every arm on real test images; all are trained side by side."""
        test = test or self.test
        assert test.labels is not None
        nets = fit(list(arms.values()), self.size.budget, self.seed)
        for name, net in zip(arms, nets, strict=True):
            found = scores(net.probabilities(test.floats()), test.labels, self.minority)
            yield name, {key: round(value, 5) for key, value in found.items()}

    def generate(self, sampler: Sampler, labels: Tensor, classes: tuple[str, ...], name: str = "cgan") -> ImageData:
        """Images of these labels, unfiltered."""
        return synthetic_set(sampler, labels, self.seed, name, classes)

    def filtered(self, sampler: Sampler, train: ImageData, labels: Tensor) -> ImageData:
        """The better of two candidates for each label, by a classifier of the real training images."""
        assert train.classes is not None
        twice = self.generate(sampler, labels.repeat_interleave(2), train.classes)
        p = self.judge(train, weighted=True).probabilities(twice.floats())
        score = p[torch.arange(len(twice)), labels.repeat_interleave(2)].log()
        return ImageData("cgan", best_of(twice.images, score, 2), labels, train.classes)

    def most(self, train: ImageData) -> int:
        """How many synthetic images the largest ratio can make use of."""
        return min(math.ceil(max(self.size.ratios) * len(train)), self.size.budget.steps * self.size.budget.batch)


def labels(bench: Bench) -> Rows:
    """E18.1 and E18.4: ratios on plain and moved images, with the conditional GAN, SMOTE and the true law."""
    train, rest = bench.split(int(bench.cell.settings["k"]))
    sampler = bench.trained(train)
    wanted = wanted_labels(torch.bincount(train.labels), bench.most(train))  # type: ignore[arg-type]
    made = bench.filtered(sampler, train, wanted)
    assert train.classes is not None
    raw = bench.generate(sampler, wanted, train.classes)
    between = bench.generate(Between()(train, bench.seed, Path()), wanted, train.classes, "between")
    judge = bench.judge(rest if len(rest) > 500 else bench.test)
    yield "the samples", {"seconds": round(sampler.seconds, 2), **_described(bench, made, train, judge)}
    arms: Arms = {}
    for base, moves in BASES.items():
        arms[base] = Mix(train, moves=moves)
        for ratio in bench.size.ratios:
            arms[f"{base} + cgan {ratio:g}"] = mixed(train, made, ratio, moves)
        for ratio in SOME:
            arms[f"{base} + unfiltered cgan {ratio:g}"] = mixed(train, raw, ratio, moves)
            arms[f"{base} + between {ratio:g}"] = mixed(train, between, ratio, moves)
            if len(rest) >= 4 * len(train):
                arms[f"{base} + true law {ratio:g}"] = mixed(train, _fresh(rest, wanted, bench), ratio, moves)
        arms[f"{base}, twice the labels"] = Mix(_doubled(train, rest), moves=moves)
        arms[f"cgan only, {base}"] = Mix(train, made, math.inf, moves)
    yield from bench.tested(arms)


def longer(bench: Bench) -> Rows:
    """The usual generator against one that was trained ten times as long: samples alone, and in every ratio."""
    train, _ = bench.split(int(bench.cell.settings["k"]))
    wanted = wanted_labels(torch.bincount(train.labels), bench.most(train))  # type: ignore[arg-type]
    assert train.classes is not None
    arms: Arms = {base: Mix(train, moves=moves) for base, moves in BASES.items()}
    for name, times in (("cgan", 1), ("long cgan", LONG)):
        sampler = bench.trained(train, times)
        made, raw = bench.filtered(sampler, train, wanted), bench.generate(sampler, wanted, train.classes)
        for base, moves in BASES.items():
            for ratio in bench.size.ratios:
                arms[f"{base} + {name} {ratio:g}"] = mixed(train, made, ratio, moves)
            arms[f"{name} only, {base}"] = Mix(train, raw, math.inf, moves)
    yield from bench.tested(arms)


def better(bench: Bench) -> Rows:
    """The usual generator against the best recipe that the book has for MNIST: samples alone, and in every ratio."""
    train, _ = bench.split(int(bench.cell.settings["k"]))
    wanted = wanted_labels(torch.bincount(train.labels), bench.most(train))  # type: ignore[arg-type]
    assert train.classes is not None
    arms: Arms = {base: Mix(train, moves=moves) for base, moves in BASES.items()}
    usual = bench.generate(bench.trained(train), wanted, train.classes)
    arms["cgan only, plain"] = Mix(train, usual, math.inf)
    recipe = RECIPES["ours"]
    maker = Conditional(
        bench.size.best, "cgan", recipe.config["settings"], recipe.batch, recipe.halflife,
        {key: recipe.config[key] for key in ("objective", "penalty", "penalty_weight")}, recipe.lr_end, recipe.bfloat16,
    )  # fmt: skip
    best = bench.generate(bench.shelf(maker, train, bench.seed), wanted, train.classes)
    arms["best cgan only, plain"] = Mix(train, best, math.inf)
    for base, moves in BASES.items():
        for ratio in bench.size.ratios:
            arms[f"{base} + best cgan {ratio:g}"] = mixed(train, best, ratio, moves)
    yield from bench.tested(arms)


def imbalance(bench: Bench) -> Rows:
    """E18.3: two classes, one of them rare; weights, SMOTE and a conditional GAN fill it up."""
    n, to = int(bench.cell.settings["n"]), int(bench.cell.settings["to"])
    pool, bench.test = _two(bench.material.pool, (3, 8)), _two(bench.test, (3, 8))
    order = torch.randperm(len(pool), generator=stream(bench.seed, "imbalance"))
    assert pool.labels is not None and pool.classes is not None
    few = max(2, n // to)
    major, minor = (order[pool.labels[order] == c][:many] for c, many in ((0, n), (1, few)))
    train = taken(pool, torch.cat([major, minor]))
    bench.minority = 1
    missing = len(major) - len(minor)
    wanted = wanted_labels(torch.tensor([len(major), len(minor)]), missing or len(train))
    sampler = bench.trained(train)
    sets = {"cgan": bench.filtered(sampler, train, wanted)}
    sets["between"] = bench.generate(Between()(train, bench.seed, Path()), wanted, pool.classes, "between")
    arms: Arms = {}
    for base, moves in BASES.items():
        arms[base] = Mix(train, moves=moves)
        arms[f"{base} + weighted"] = Mix(train, moves=moves, weighted=True)
        for name, made in sets.items():
            arms[f"{base} + {name} fills up"] = Mix(train, made, len(made) / len(train), moves)
    yield from bench.tested(arms)


def noise(bench: Bench) -> Rows:
    """A share of the training labels is wrong; generator and filter learn from the same wrong labels."""
    train, _ = bench.split(int(bench.cell.settings["k"]))
    rng = stream(bench.seed, "label noise")
    assert train.labels is not None and train.classes is not None
    wrong = torch.rand(len(train), generator=rng) < bench.cell.settings["share"]
    other = torch.randint(1, len(train.classes), (len(train),), generator=rng)
    noisy = torch.where(wrong, (train.labels + other) % len(train.classes), train.labels)
    train = ImageData(train.name, train.images, noisy, train.classes)
    yield from bench.tested(_few_arms(bench, train))


def drift(bench: Bench) -> Rows:
    """The test images are shifted sideways: samples of the past against a sampler that knows the shift."""
    train, _ = bench.split(int(bench.cell.settings["k"]))
    pixels = int(bench.cell.settings["pixels"])
    test = ImageData("shifted", _shifted(bench.test.images, pixels, bench.seed), bench.test.labels, bench.test.classes)
    index = torch.randint(len(train), (5 * len(train),), generator=stream(bench.seed, "known shift"))
    known = taken(train, index)
    known = ImageData("known", _shifted(known.images, pixels, bench.seed + 100), known.labels, known.classes)
    arms = _few_arms(bench, train)
    for base, moves in BASES.items():
        arms[f"{base} + known shift 5"] = mixed(train, known, 5.0, moves)
    yield from bench.tested(arms, test)


def unlabelled(bench: Bench) -> Rows:
    """Many images without labels: a generator that saw them, against guessing their labels and training on them."""
    train, rest = bench.split(int(bench.cell.settings["k"]))
    rest = taken(rest, torch.arange(min(len(rest), 5000)))
    assert train.classes is not None
    guesses = bench.judge(train).probabilities(rest.floats()).argmax(dim=1)
    guessed = ImageData("guessed", rest.images, guesses, rest.classes)
    wanted = wanted_labels(torch.bincount(train.labels), min(bench.most(train), 5 * len(train)))  # type: ignore[arg-type]
    small = bench.filtered(bench.trained(train), train, wanted)
    large = bench.filtered(bench.trained(joined(train, guessed)), train, wanted)
    arms: Arms = {}
    for base, moves in BASES.items():
        arms[base] = Mix(train, moves=moves)
        arms[f"{base} + cgan 5"] = mixed(train, small, 5.0, moves)
        arms[f"{base} + cgan of all images 5"] = mixed(train, large, 5.0, moves)
        arms[f"{base} + guessed labels 5"] = Mix(train, guessed, 5.0, moves)
    yield from bench.tested(arms)


def centroids(bench: Bench) -> Rows:
    """Where synthesis cannot help: nearest class means, and samples of Gaussians fitted to the same few images."""
    train, _ = bench.split(int(bench.cell.settings["k"]))
    assert train.labels is not None and bench.test.labels is not None
    x, y = train.floats().flatten(1).numpy(), train.labels.numpy()
    means = np.stack([x[y == c].mean(axis=0) for c in range(10)])
    spread = float(np.sqrt(((x - means[y]) ** 2).mean()))
    rng = np.random.default_rng(bench.seed)
    for ratio in (0.0, *bench.size.ratios):
        more = np.arange(round(ratio * len(x))) % 10
        drawn = means[more] + spread * rng.normal(size=(len(more), x.shape[1]))
        both, whose = np.vstack([x, drawn]), np.concatenate([y, more])
        fitted = torch.from_numpy(np.stack([both[whose == c].mean(axis=0) for c in range(10)]))
        guess = torch.cdist(bench.test.floats().flatten(1).double(), fitted.double()).argmin(dim=1)
        p = torch.nn.functional.one_hot(guess, 10).double()
        found = scores(p, bench.test.labels, 0)
        name = "centroids" if not ratio else f"centroids + gaussian {ratio:g}"
        yield name, {key: round(found[key], 5) for key in ("accuracy", "macro_recall")}


def leak(bench: Bench) -> Rows:
    """E18.5: synthetic images only, of a generator that saw the train part, and of one that saw the test part too."""
    train, _ = bench.split(int(bench.cell.settings["k"]))
    wanted = wanted_labels(torch.bincount(train.labels), 10 * len(train))  # type: ignore[arg-type]
    assert train.classes is not None
    arms: Arms = {}
    for name, seen in (("honest", train), ("leaked", joined(train, bench.test))):
        sampler = bench.trained(seen)
        arms[f"cgan only, {name}"] = Mix(train, bench.generate(sampler, wanted, train.classes), math.inf)
    yield from bench.tested(arms)


def bias(bench: Bench) -> Rows:
    """E18.6: each label is made of two groups, seven to three; how large is the small group among the samples?"""
    n, share = int(bench.cell.settings["n"]), bench.cell.settings["share"]
    pool = bench.material.pool
    assert pool.labels is not None
    order = torch.randperm(len(pool), generator=stream(bench.seed, "bias"))
    parts, groups = [], ((1, 7), (3, 5))
    for large, small in groups:
        parts.append(order[pool.labels[order] == large][: round(share * n)])
        parts.append(order[pool.labels[order] == small][: round((1 - share) * n)])
    index = torch.cat(parts)
    merged = torch.cat([torch.full((len(part),), i // 2) for i, part in enumerate(parts)])
    train = ImageData(pool.name, pool.images[index], merged, ("1 or 7", "3 or 5"))
    rest = torch.ones(len(pool), dtype=torch.bool)
    rest[index] = False
    judge = bench.judge(taken(pool, rest.nonzero()[:, 0]))
    sampler = bench.trained(train)
    wanted = torch.arange(2000) % 2
    made = bench.generate(sampler, wanted, ("1 or 7", "3 or 5"))
    for name, images in (("real", train), ("cgan", made)):
        p = judge.probabilities(images.floats())
        assert images.labels is not None
        shares = []
        for label, (large, small) in enumerate(groups):
            own = p[images.labels == label]
            shares.append(float((own[:, small] > own[:, large]).double().mean()))
        yield f"small group, {name}", {"share": round(sum(shares) / 2, 5), "first": shares[0], "second": shares[1]}


FAMILIES: dict[str, Callable[[Bench], Rows]] = {
    f.__name__: f for f in (labels, longer, better, imbalance, noise, drift, unlabelled, centroids, leak, bias)
}


def synthetic_help(
    out: str | Path, *, seed: int = 0, size: str | None = None, only: Sequence[str] = ()
) -> dict[str, Any]:
    """Does synthetic data help a classifier? Labels, imbalance, noise, drift, unlabelled images: a plan first."""
    size, path = size or "normal", Path(out) / "records.jsonl"
    print(registered.text())
    names = chosen("cell", [cell.name for cell in SIZES[size].cells], only)
    done = {(row["name"], row["seed"]) for row in read(path)} if path.exists() else set()
    for cell in SIZES[size].cells:
        for one in range(seed, seed + SIZES[size].seeds):
            if cell.name in names and (f"{cell.name}: end", one) not in done:
                _run(cell, one, size, path, done)
    return registered.outcomes(read(path))


def _run(cell: Cell, seed: int, size: str, path: Path, done: set[tuple[str, int]]) -> None:
    start, bench = time.perf_counter(), Bench(cell, seed, SIZES[size], path.parent)
    config = {
        "family": cell.family, "data": cell.data, **cell.settings, "budget": asdict(bench.size.budget),
        "generator": asdict(bench.maker), "moves": asdict(MOVES),
    }  # fmt: skip
    rows = list(FAMILIES[cell.family](bench))
    rows.append(("end", {"seconds": round(time.perf_counter() - start, 1)}))
    for arm, values in rows:
        name = f"{cell.name}: {arm}"
        if (name, seed) not in done:
            record(path, name, values, seed=seed, config=config, size=size, device="cpu")
    print(f"{cell.name}, seed {seed}: {rows[-1][1]['seconds']} s")


def mixed(train: ImageData, made: ImageData, ratio: float, moves: Moves | None) -> Mix:
    """``ratio`` synthetic images for each real one: the first of ``made``."""
    return Mix(train, taken(made, torch.arange(min(len(made), math.ceil(ratio * len(train))))), ratio, moves)


def _few_arms(bench: Bench, train: ImageData) -> Arms:
    wanted = wanted_labels(torch.bincount(train.labels, minlength=10), 5 * len(train))  # type: ignore[arg-type]
    made = bench.filtered(bench.trained(train), train, wanted)
    arms: Arms = {}
    for base, moves in BASES.items():
        arms[base] = Mix(train, moves=moves)
        for ratio in SOME:
            arms[f"{base} + cgan {ratio:g}"] = mixed(train, made, ratio, moves)
    return arms


def _described(bench: Bench, made: ImageData, train: ImageData, judge: Any) -> dict[str, float]:
    """How often an independent classifier agrees with the synthetic labels, and how many samples are copies."""
    p = judge.probabilities(made.floats()).argmax(dim=1)
    assert made.labels is not None
    basis = fit_components(bench.test.floats(), 32)
    near = memorisation(basis(made.floats(slice(0, 1000))), basis(train.floats()), basis(bench.test.floats()))
    agreed = float((p == made.labels).double().mean())
    return {"trts": round(agreed, 5), "copies": round(near.copies, 5), "exact": round(near.exact, 5)}


def _fresh(rest: ImageData, wanted: Tensor, bench: Bench) -> ImageData:
    """Real images of the wanted labels that nobody has trained on: what a perfect generator would give."""
    rng, index = stream(bench.seed, "true law"), torch.empty_like(wanted)
    assert rest.labels is not None
    for c in wanted.unique():
        own = (rest.labels == c).nonzero()[:, 0]
        mine = (wanted == c).nonzero()[:, 0]
        # Each image once before any comes twice.
        rounds = [own[torch.randperm(len(own), generator=rng)] for _ in range(math.ceil(len(mine) / len(own)))]
        index[mine] = torch.cat(rounds)[: len(mine)]
    return taken(rest, index)


def _doubled(train: ImageData, rest: ImageData) -> ImageData:
    assert train.labels is not None and rest.labels is not None
    counts = torch.bincount(train.labels)
    more = torch.cat([(rest.labels == c).nonzero()[: int(n), 0] for c, n in enumerate(counts)])
    return joined(train, taken(rest, more))


def _two(images: ImageData, classes: tuple[int, int]) -> ImageData:
    assert images.labels is not None
    index = ((images.labels == classes[0]) | (images.labels == classes[1])).nonzero()[:, 0]
    labels = (images.labels[index] == classes[1]).long()
    return ImageData(images.name, images.images[index], labels, tuple(str(c) for c in classes))


def _shifted(images: Tensor, pixels: int, seed: int) -> Tensor:
    """Every image shifted by ``pixels`` to the left or to the right, black coming in."""
    left = torch.rand(len(images), generator=stream(seed, "shift")) < 0.5
    padded = torch.nn.functional.pad(images, (pixels, pixels))
    width = images.shape[-1]
    return torch.where(left[:, None, None, None], padded[..., 2 * pixels :], padded[..., :width])


EXPERIMENTS = {"synthetic-help": synthetic_help}
