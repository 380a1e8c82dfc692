"""Several seeds of one small GAN, trained side by side as one batched model.

A study over ten seeds is ten runs that differ in nothing but their random numbers. Here their networks are stacked
(`ganlab.layers.Stacked`), every seed draws from a generator of its own, and all losses are summed: no seed sees
another, and the result is that of separate runs up to rounding.

    gans = ManyGANs(ManyConfig(penalty="r1+r2", weight=0.1), ring(), seeds=range(10))
    gans.train(4000)
    points = gans.sample(2500)        # (10, 2500, 2)

Lesson: 11 Failures and stabilisers.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.func import vmap

from ganlab.data.mixtures import GaussianMixture, moons
from ganlab.errors import UserError, unknown
from ganlab.layers import Draws, Stacked, pack
from ganlab.models.points import PointCritic, PointGenerator
from ganlab.objectives import OBJECTIVES, clip_by_norm, gradient_norm, smoothed, squared_norm, unrolled
from ganlab.training import checkpoint
from ganlab.training.schedule import Cosine, Geometric

PENALISED = ("none", "r1", "r2", "r1+r2", "gp", "dragan")
NORMALISED = ("none", "g", "g+d")


@dataclass(frozen=True)
class ManyConfig:
    """One recipe for the plane. Every field but the first block is a stabiliser or a remedy, off by default.

    The data are standardised first: rates, noise and penalties are those of data with unit spread. With an end value,
    the rates fall along half a cosine over ``steps`` steps, and the penalty by the same factor in each of them.
    ``points`` is the size of the training set (0: an endless stream). ``warm``: steps on another law (two moons) first.
    ``noise``: standard deviation of the instance noise, falling along a line to 0 over ``steps``,
    or by the same factor in each of them to ``noise_end``. ``ema``: half-life in steps.
    ``l1``, ``l2``: weight decay of both players. ``clip``: largest gradient norm of both players (0: any).
    """

    objective: str = "non-saturating"
    width_g: int = 64
    width_d: int = 64
    depth: int = 2
    latent: int = 2
    batch: int = 256
    lr_g: float = 1e-3
    lr_d: float = 1e-3
    beta1: float = 0.5
    beta2: float = 0.999
    steps: int = 3000

    penalty: str = "none"
    weight: float = 0.0
    weight_end: float | None = None
    lr_end: float | None = None
    bits: int = 0
    fourier: tuple[float, ...] = ()
    d_steps: int = 1
    ema: float = 0.0
    pack: int = 1
    unroll: int = 0
    unroll_lr: float = 0.1
    spectral: bool = False
    spread: bool = False
    norm: str = "none"
    dropout: float = 0.0
    noise: float = 0.0
    noise_end: float | None = None
    real_label: float = 1.0
    clip: float = 0.0
    l1: float = 0.0
    l2: float = 0.0
    points: int = 0
    warm: int = 0

    def __post_init__(self) -> None:
        for name, value, known in (
            ("objective", self.objective, OBJECTIVES),
            ("penalty", self.penalty, PENALISED),
            ("norm", self.norm, NORMALISED),
        ):
            if value not in known:
                raise unknown(name, value, known)
        counts = ("width_g", "width_d", "depth", "latent", "batch", "steps", "d_steps", "pack")
        wrong = [name for name in counts if getattr(self, name) < 1]
        wrong += [name for name in ("lr_g", "lr_d", "unroll_lr") if not getattr(self, name) > 0]
        if wrong:
            raise UserError(f"{wrong[0]} must be positive, not {getattr(self, wrong[0])}")
        if not 0 <= self.dropout < 1:
            raise UserError(f"dropout leaves out a share in [0, 1), not {self.dropout:g}")
        if self.batch % self.pack:
            raise UserError(f"a batch of {self.batch} cannot be packed by {self.pack}: choose a multiple of it")
        if self.penalty != "none" and (self.spread or self.norm == "g+d"):
            raise UserError("a gradient penalty takes one sample at a time: leave batch statistics out of D")


class ManyGANs:
    """S seeds of one recipe on one law. ``step()`` is one round of the game for all of them.

    Same config, law and seeds: same bits on one machine. ``state()`` and ``load(state)``, or ``save(path)`` and
    ``resume(path)``, carry everything: training k steps, saving, loading and training k more gives the bits of 2k.
    Raises UserError for no seeds.
    """

    def __init__(self, config: ManyConfig, law: GaussianMixture, seeds: Sequence[int]) -> None:
        if not seeds:
            raise UserError("train one seed or more")
        self.config, self.law, self.seeds = config, law, tuple(seeds)
        self.objective = smoothed(config.real_label) if config.real_label < 1 else OBJECTIVES[config.objective]
        self.scale = math.sqrt(float(law.means.square().mean()) + law.std**2)
        pairs = [players(config, seed) for seed in self.seeds]
        self.G, self.D = Stacked([g for g, _ in pairs]), Stacked([d for _, d in pairs])
        self.draws = Draws([2 * seed + 1 for seed in self.seeds])
        self.data = self._stream(law, config.points) if config.points else None
        betas = (config.beta1, config.beta2)
        self.adam = {
            "G": torch.optim.Adam(self.G.leaves(), config.lr_g, betas, weight_decay=config.l2, fused=True),
            "D": torch.optim.Adam(_learned(self.D), config.lr_d, betas, weight_decay=config.l2, fused=True),
        }
        self.averaged = {name: p.detach().clone() for name, p in self.G.parameters.items()}
        self.steps = 0
        self.norms = {"G": torch.zeros(len(self.seeds)), "D": torch.zeros(len(self.seeds))}

    def step(self) -> None:
        """``d_steps`` updates of D, then one of G; Goodfellow et al. 2014, algorithm 1, for every seed at once."""
        for _ in range(self.config.d_steps):
            real = self._real()
            with torch.no_grad():
                fake = self.G(self._noise())
            self._descend("D", self._loss_d(self.D.parameters, real, fake) + self._penalty(real, fake))

        # Unrolled, G faces the D that would have answered it; the answer hangs on the fakes.
        real, fake = self._real(), self.G(self._noise())
        answer = self.D.parameters
        if self.config.unroll:
            answer = unrolled(
                lambda d: self._loss_d(d, real, fake), self.D.parameters, self.config.unroll, self.config.unroll_lr
            )
        paired = self._judge(answer, real).detach() if self.objective.paired else None
        scores = self._judge(answer, fake)
        self._descend("G", vmap(self.objective.generator)(scores if paired is None else paired, scores).sum())

        self.steps += 1
        keep = 0.5 ** (1 / max(min(self.config.ema, 0.1 * self.steps), 1e-8)) if self.config.ema else 0.0
        with torch.no_grad():
            torch._foreach_lerp_(list(self.averaged.values()), self.G.leaves(), 1 - keep)

    def train(self, steps: int) -> None:
        """Train on until ``steps`` steps are done in all."""
        while self.steps < steps:
            self.step()

    @torch.no_grad()
    def sample(self, n: int, seed: int = 0) -> Tensor:
        """n points of each averaged generator, on the law's own scale: float32 (S, n, 2). Training is not disturbed."""
        draws = Draws([10**6 * (seed + 1) + own for own in self.seeds])
        return self.scale * self.G(self._noise(draws, n), parameters=self.averaged)

    def state(self) -> dict[str, Any]:
        """Everything that the next step depends on: tensors and plain data."""
        return {
            "config": asdict(self.config), "law": self.law.name, "seeds": list(self.seeds), "steps": self.steps,
            "G": {k: v.detach().clone() for k, v in self.G.parameters.items()},
            "D": {k: v.detach().clone() for k, v in self.D.parameters.items()},
            "averaged": {k: v.clone() for k, v in self.averaged.items()},
            "adam": {name: _copied(adam.state_dict()) for name, adam in self.adam.items()},
            "draws": self.draws.state(), "norms": {k: v.clone() for k, v in self.norms.items()},
        }  # fmt: skip

    @torch.no_grad()
    def load(self, state: dict[str, Any]) -> None:
        """Go on from ``state``. Raises UserError where it is that of another config, law or seeds."""
        own = {"config": asdict(self.config), "law": self.law.name, "seeds": list(self.seeds)}
        if {key: state.get(key) for key in own} != own:
            raise UserError("this state belongs to other settings, another law or other seeds: start that run anew")
        for player, saved in ((self.G.parameters, "G"), (self.D.parameters, "D"), (self.averaged, "averaged")):
            for name, value in player.items():
                value.copy_(state[saved][name])
        for name, adam in self.adam.items():
            adam.load_state_dict(_copied(state["adam"][name]))
        self.draws.load(state["draws"])
        self.norms = {k: v.clone() for k, v in state["norms"].items()}
        self.steps = state["steps"]

    def save(self, path: Path) -> None:
        """Write the state, whole or not at all."""
        checkpoint.save(path, self.state())

    def resume(self, path: Path) -> None:
        """Go on from a file that ``save`` wrote. Raises UserError as `checkpoint.load` and ``load`` do."""
        self.load(checkpoint.load(path))

    def _stream(self, law: GaussianMixture, n: int) -> Tensor:
        """n standardised points of ``law`` for each seed."""
        part = self.draws.integers(len(law.centres), n)
        return (law.means.float()[part] + law.std * self.draws.normal(n, 2)) / self.scale

    def _real(self) -> Tensor:
        n = self.config.batch
        if self.steps < self.config.warm:
            return self._stream(moons(), n)
        if self.data is None:
            return self._stream(self.law, n)
        rows = self.draws.integers(self.config.points, n)
        return self.data.gather(1, rows[..., None].expand(-1, -1, 2))

    def _noise(self, draws: Draws | None = None, n: int | None = None) -> Tensor:
        draws, n = draws or self.draws, n or self.config.batch
        z = draws.normal(n, self.config.latent)
        if not self.config.bits:
            return z
        return torch.cat([z, 2.0 * draws.integers(2, n, self.config.bits) - 1], -1)

    def _judge(self, parameters: dict[str, Tensor], x: Tensor) -> Tensor:
        """Scores of points as D meets them in its loss: with instance noise, in packs, through dropout."""
        c = self.config
        if c.noise:
            if c.noise_end is None:
                std = c.noise * max(0.0, 1 - self.steps / c.steps)
            else:
                std = Geometric(c.noise, c.noise_end, c.steps)(self.steps)
            x = x + std * self.draws.normal(*x.shape[1:])
        x = vmap(lambda points: pack(points, c.pack))(x)
        if not c.dropout:
            return self.D(x, parameters=parameters)
        keep = (self.draws.uniform(x.shape[1], c.depth * c.width_d) >= c.dropout) / (1 - c.dropout)
        return self.D(x, keep, parameters=parameters)

    def _loss_d(self, parameters: dict[str, Tensor], real: Tensor, fake: Tensor) -> Tensor:
        scores = self._judge(parameters, real), self._judge(parameters, fake)
        return vmap(self.objective.discriminator)(*scores).sum()

    def _penalty(self, real: Tensor, fake: Tensor) -> Tensor | float:
        """The weighted penalties of all seeds, summed. The formulas are those of `ganlab.objectives.penalties`."""
        c = self.config
        weight = c.weight if c.weight_end is None else Geometric(c.weight, c.weight_end, c.steps)(self.steps)
        if c.penalty == "none" or not weight:
            return 0.0
        n = c.batch // c.pack
        real, fake = (vmap(lambda points: pack(points, c.pack))(x) for x in (real, fake))
        if c.penalty in ("gp", "dragan"):
            if c.penalty == "gp":
                points = fake.lerp(real, self.draws.uniform(n, 1))
            else:
                points = real + 0.5 * real.flatten(1).std(1)[:, None, None] * self.draws.normal(*real.shape[1:])
            # vector_norm has gradient 0 at 0, where a plain sqrt gives NaN.
            return weight * (torch.linalg.vector_norm(self._slope(points), dim=2) - 1).square().mean(1).sum()
        where = {"r1": [real], "r2": [fake], "r1+r2": [real, fake]}[c.penalty]
        return weight * 0.5 * sum(vmap(squared_norm)(self._slope(x)).mean(1).sum() for x in where)

    def _slope(self, x: Tensor) -> Tensor:
        """The gradient of each score by its own point (or pack), (S, N, d), with a graph behind it."""
        x = x.detach().requires_grad_(True)
        (gradient,) = torch.autograd.grad(self.D(x).sum(), x, create_graph=True)
        return gradient

    def _descend(self, player: str, loss: Tensor) -> None:
        c, adam = self.config, self.adam[player]
        leaves = adam.param_groups[0]["params"]
        gradients = list(torch.autograd.grad(loss, leaves))
        if c.l1:
            gradients = [g + c.l1 * p.detach().sign() for g, p in zip(gradients, leaves, strict=True)]
        self.norms[player] = vmap(gradient_norm)(gradients).float()
        if c.clip:
            bound = c.clip
            gradients = vmap(lambda own: clip_by_norm(own, bound))(gradients)
        if c.lr_end is not None:
            start = c.lr_g if player == "G" else c.lr_d
            adam.param_groups[0]["lr"] = Cosine(start, c.lr_end, c.steps)(self.steps)
        for leaf, gradient in zip(leaves, gradients, strict=True):
            leaf.grad = gradient.contiguous()  # fused Adam walks memory, and a batched gradient may lie transposed
        adam.step()


def players(config: ManyConfig, seed: int) -> tuple[PointGenerator, PointCritic]:
    """G and D of one seed, with their first weights."""
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(2 * seed)
        c = config
        return (
            PointGenerator(c.latent + c.bits, c.width_g, c.depth, c.norm != "none"),
            PointCritic(2 * c.pack, c.width_d, c.depth, c.fourier, c.spectral, c.spread, c.norm == "g+d"),
        )


def _learned(critic: Stacked) -> list[Tensor]:
    return [p for name, p in critic.parameters.items() if not name.startswith(PointCritic.FIXED)]


def _copied(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copied(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_copied(item) for item in value]
    return value.clone() if isinstance(value, Tensor) else value
