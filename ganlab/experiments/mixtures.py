"""The 2-D benchmark and what it says about remedies: five studies on mixtures, ten seeds each.

``plane-benchmark``: eight methods on ring and grid under the published protocol. ``plane-data``: does the size of the
training set matter? ``plane-remedies``: every remedy that is recommended against collapse and instability, by the
cause that it treats. ``plane-collapse``: the same where the plain GAN collapses. ``plane-capacity``: wider players.

    ganlab experiment run plane-remedies --out runs/remedies      # killed? the same line goes on
    ganlab experiment show plane-remedies

What the tables say; the numbers are in ``book/records``:

- At equal rates the plain GAN does not collapse, it is blunt: nearly all modes, evenly, with few samples close enough.
  Make D sharp without a brake (Fourier features alone) and it falls to one mode of high quality; so both published
  baselines, one mode and six, can be the same method at other settings. There R1 + R2 bring the modes back, R1 alone
  a part of them, and neither more data, a wider G, weight decay, clipping, smaller steps, larger batches nor an
  average of the weights do.
- What sharpens: an average of the weights, rates that fall, larger batches, clipping. What evens out: every smoother of
  D (R1, R2, spectral norm, instance noise, dropout). No single remedy does both.
- More data change nothing, and a wider G makes it worse: its steps grow with it. A wider D helps a little.
- Coins in the noise, or Fourier features, each make the plain GAN collapse; together, under R1 + R2, they are the
  recipe. Remedies do not add up, and a table of single remedies cannot find a recipe.
- A penalty's weight belongs to the scale of the data: at their published 10 the gradient penalty and DRAGAN wreck the
  run, at a hundredth of it they do what R1 does. Packing loses at equal batches: four points a score leave few scores.
- More quality than a perfect sampler is a fault: look at the spread within the modes, which falls below its floor.

Lesson: 11 Failures and stabilisers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ganlab.data.mixtures import GaussianMixture, grid, ring
from ganlab.experiments.parts import chosen
from ganlab.experiments.study import Variant, run_study
from ganlab.training.many import ManyConfig

LAWS: dict[str, GaussianMixture] = {"ring": ring(), "grid": grid()}

BASE = ManyConfig(batch=128, steps=1500)
"""The plain GAN of the studies: no stabiliser at all, Adam at 1e-3 with beta1 = 0.5 for both players."""

SHARP = replace(BASE, fourier=(1.0,))
"""The same with Fourier features in D: sharper, and so without a brake it collapses to a mode or two."""

REGULAR: dict[str, Any] = {"penalty": "r1+r2", "weight": 0.1}

BEST = ManyConfig(
    objective="relativistic",
    batch=128,
    steps=2500,
    lr_g=2e-3,
    lr_d=6e-3,
    lr_end=1e-5,
    beta2=0.99,
    penalty="r1+r2",
    weight=1.0,
    weight_end=5e-3,
    fourier=(1.0,),
    bits=10,
    ema=50.0,
)
"""Our recipe, found on seeds 100 to 119 and reported on 0 to 9; the grid gets twice the steps, and nothing else.

What each part is for. Ten fair coins beside the Gaussian noise: a generator is continuous, so Gaussian noise alone
leaves bridges between modes (Khayatkhoei et al. 2018; Tanielian et al. 2020); coins cut the noise into 1024 pieces, and
the number of modes enters nowhere. A one-hot category did worse: each of its columns is seen by few samples of a batch,
and modes were lost. R1 + R2 from 1 down to 5e-3, by the same factor in each step: D is blurred first, so that the mass
is dealt out evenly, then sharp enough for modes that are 0.014 wide in standardised units. D faster than G, both to a
standstill. Fourier features: an MLP does not bend at that width by itself. Instance noise on top did not help.
A first version, twice as long on the ring and down to 1e-3, lost a mode or missed one on three of the seeds 0 to 9.
"""

CAUSES: tuple[tuple[str, dict[str, dict[str, Any]]], ...] = (
    ("none", {"plain": {}}),
    (
        "no signal or a bad step",
        {
            "lr-third": {"lr_g": 1e-3 / 3, "lr_d": 1e-3 / 3},
            "batch-x4": {"batch": 512},
            "clip-1": {"clip": 1.0},
            "beta1-.9": {"beta1": 0.9},
            "beta1-0": {"beta1": 0.0},
            "batch-norm-g": {"norm": "g"},
            "batch-norm-g+d": {"norm": "g+d"},
            "two-time-scales": {"lr_d": 4e-3},
            "d-3-steps": {"d_steps": 3},
            "warm-start": {"warm": 500},
        },
    ),
    (
        "players too small",
        {
            "g-x4": {"width_g": 128},
            "d-x4": {"width_d": 128},
            "fourier-d": {"fourier": (1.0,)},
        },
    ),
    (
        "D overfits its data",
        {
            "data-1000": {"points": 1_000},
            "data-100000": {"points": 100_000},
            "dropout-d": {"dropout": 0.3},
            "l1": {"l1": 1e-4},
            "l2": {"l2": 1e-3},
        },
    ),
    (
        "D too steep: the game turns or explodes",
        {
            "r1": {"penalty": "r1", "weight": 0.1},
            "r1+r2": REGULAR,
            "relativistic+r1+r2": {"objective": "relativistic", **REGULAR},
            "gradient-penalty": {"penalty": "gp", "weight": 10.0},
            "gradient-penalty-.1": {"penalty": "gp", "weight": 0.1},
            "dragan": {"penalty": "dragan", "weight": 10.0},
            "dragan-.1": {"penalty": "dragan", "weight": 0.1},
            "spectral-norm": {"spectral": True},
            "instance-noise": {"noise": 0.3},
            "label-smoothing": {"real_label": 0.9},
        },
    ),
    (
        "D sees one sample at a time",
        {"pacgan2": {"pack": 2}, "pacgan4": {"pack": 4}, "minibatch-std": {"spread": True}},
    ),
    (
        "G plays against yesterday's D",
        {
            "unrolled1": {"unroll": 1, "unroll_lr": 0.01},
            "unrolled1-fast": {"unroll": 1},
        },
    ),
    ("the iterate circles", {"ema": {"ema": 100.0}, "lr-to-0": {"lr_end": 1e-5}}),
    ("G is connected", {"bits-10": {"bits": 10}}),
)
"""Every remedy by the cause it is meant to treat. The first is no remedy: the plain GAN itself."""


CURES = (
    "plain",
    "lr-third",
    "batch-x4",
    "clip-1",
    "g-x4",
    "data-100000",
    "l2",
    "r1",
    "r1+r2",
    "spectral-norm",
    "instance-noise",
    "ema",
)
"""The remedies that are also tried where the plain GAN collapses."""

Options = dict[str, Any]


def benchmark() -> list[Variant]:
    """Six methods (five on the grid) with the same networks, rates and steps; then our recipe, and shorter runs."""
    methods: dict[str, Options] = {
        "saturating": {"objective": "minimax"},
        "non-saturating": {},
        "ns+r1+r2": REGULAR,
        "relativistic+r1+r2": {"objective": "relativistic", **REGULAR},
        "pacgan4": {"pack": 4},
    }
    plain, best_steps = replace(BASE, steps=2000), {"ring": BEST.steps, "grid": 2 * BEST.steps}
    found = []
    for law in LAWS.values():
        best = replace(BEST, steps=best_steps[law.name])
        configs = {name: replace(plain, **options) for name, options in methods.items()}
        configs |= {"best": best, "best-gaussian-noise": replace(best, bits=0)}
        found += [Variant(f"{law.name}-{name}", config, law) for name, config in configs.items()]
    unrolled = Variant("ring-unrolled5", replace(plain, unroll=5, unroll_lr=0.01), LAWS["ring"])  # slow: one law
    shorter = [
        Variant(f"grid-best-{part}", replace(BEST, steps=2 * BEST.steps // share), LAWS["grid"])
        for part, share in (("half", 2), ("quarter", 4))
    ]
    return [unrolled, *found, *shorter]


def data_sizes() -> list[Variant]:
    """Three recipes on the ring, each fed by an endless stream or by a training set of fixed size."""
    methods = {"plain": BASE, "sharp": SHARP, "best": replace(BEST, steps=BASE.steps)}
    sizes = {"stream": 0, "100000": 100_000, "10000": 10_000, "1000": 1_000}
    return [
        Variant(f"{method}-{size}", replace(config, points=points), LAWS["ring"])
        for method, config in methods.items()
        for size, points in sizes.items()
    ]


def capacities() -> list[Variant]:
    """Narrow and wide generators and discriminators: plain, and where the plain GAN collapses."""
    return [
        Variant(f"{method}-g{g}-d{d}", replace(config, width_g=g, width_d=d), LAWS["ring"])
        for method, config in {"plain": BASE, "sharp": SHARP}.items()
        for g in (32, 128)
        for d in (32, 128)
    ]


def remedies() -> list[Variant]:
    """The plain GAN on the ring, and each remedy added to it alone."""
    return [
        Variant(name, replace(BASE, **options), LAWS["ring"], {"cause": cause})
        for cause, row in CAUSES
        for name, options in row.items()
    ]


def cures() -> list[Variant]:
    """The GAN that collapses (`SHARP`), and the remedies added to it, each alone."""
    known = {name: (cause, options) for cause, row in CAUSES for name, options in row.items()}
    return [
        Variant(f"sharp-{name}", replace(SHARP, **known[name][1]), LAWS["ring"], {"cause": known[name][0]})
        for name in CURES
    ]


def games() -> list[Variant]:
    """The eight games of R3GAN's ablation on the ring: GAN or relativistic, with and without R1, with and without R2.

    D is sharp (Fourier features), as where the plain GAN collapses, and the penalty is that of the other studies.
    """
    weights = {"none": 0.0, "r1": REGULAR["weight"], "r2": REGULAR["weight"], "r1+r2": REGULAR["weight"]}
    return [
        Variant(
            f"{short}-{penalty}",
            replace(SHARP, objective=objective, penalty=penalty, weight=weight),
            LAWS["ring"],
        )
        for short, objective in (("gan", "non-saturating"), ("relativistic", "relativistic"))
        for penalty, weight in weights.items()
    ]


SEEDS = {"small": 2, "normal": 10, "full": 20}


def sized(variant: Variant, size: str) -> Variant:
    """The variant at a run size: 20 steps of tiny players (small), as it is (normal), four times the steps (full)."""
    config = variant.config
    if size == "small":
        g, d, batch = config.width_g // 8, config.width_d // 8, config.batch // 4
        return replace(variant, config=replace(config, steps=20, width_g=g, width_d=d, batch=batch))
    return replace(variant, config=replace(config, steps=4 * config.steps)) if size == "full" else variant


def _experiment(variants: Callable[[], list[Variant]], says: str) -> Callable[..., dict[str, Any]]:
    def run(out: str | Path, *, seed: int = 0, size: str | None = None, only: Sequence[str] = ()) -> dict[str, Any]:
        size, known = size or "normal", {variant.name: variant for variant in variants()}
        names = chosen("variant", known, only)
        return run_study([sized(known[name], size) for name in names], out, range(seed, seed + SEEDS[size]), size)

    run.__doc__ = says
    return run


EXPERIMENTS: dict[str, Callable[..., dict[str, Any]]] = {
    "plane-benchmark": _experiment(benchmark, "Ring and grid under the published protocol, and our best recipe."),
    "plane-data": _experiment(data_sizes, "An endless stream against training sets of three sizes."),
    "plane-remedies": _experiment(remedies, "Every remedy against collapse and instability, by cause."),
    "plane-collapse": _experiment(cures, "The remedies where the plain GAN collapses: a sharp discriminator."),
    "plane-games": _experiment(games, "GAN or relativistic, with and without R1 and R2, on the ring."),
    "plane-capacity": _experiment(capacities, "Modes against the widths of both players."),
}
