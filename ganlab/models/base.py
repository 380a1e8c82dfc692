"""What every model shares: two players, their optimisers, noise, and a guard against non-finite losses.

A model file holds its networks and its ``step``; this file holds what a step calls. The trainer above knows none
of it: it calls ``step``, and saves ``training_state``.
Lesson: 10 The training loop, line by line.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, dataclass
from typing import Any, ClassVar, Protocol

import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.optim import Adam

from ganlab.errors import UserError
from ganlab.layers import couples_samples, with_spectral_norm
from ganlab.models.stabilisers import Stabilisers, augmenter, refuse_what_does_not_go_together, relabelled, views
from ganlab.objectives import PENALTIES, Objective, Penalty, clip_by_norm, clip_weights, non_saturating, unrolled


class BatchSource(Protocol):
    """Where a step draws its real samples: ``next(batches)`` gives (x, labels or None)."""

    def __next__(self) -> tuple[Tensor, Tensor | None]: ...


@dataclass(frozen=True)
class ModelConfig(Stabilisers):
    """What every model can be told, its `Stabilisers` included. Rates and momenta: Radford et al. 2016, section 4.

    ``d_steps`` updates of D come before each one of G. With ``fresh_noise`` G's step draws new noise, as in
    Algorithm 1 of Goodfellow et al. 2014; without it, it takes the fakes that D has just seen, which spares one
    pass through G, as the original DCGAN code does.
    """

    latent: int = 64
    lr: float = 2e-4
    beta1: float = 0.5
    beta2: float = 0.999
    d_steps: int = 1
    fresh_noise: bool = True

    def __post_init__(self) -> None:
        super().__post_init__()
        for name, value in asdict(self).items():
            if name in ("latent", "d_steps", "width") and value < 1:
                raise UserError(f"{name} must be 1 or more, not {value}")
        if not (math.isfinite(self.lr) and self.lr > 0):
            raise UserError(f"the learning rate must be a positive number, not {self.lr}")
        for name, beta in (("beta1", self.beta1), ("beta2", self.beta2)):
            if not 0 <= beta < 1:
                raise UserError(f"{name} must be in [0, 1), not {beta}")


class Guard:
    """Remembers, on the device, the first update whose loss was not finite, and masks every update after it.

    Reading it waits for the device, so the trainer asks only every few steps and before each save.
    """

    def __init__(self, device: torch.device) -> None:
        self.first_bad = torch.full((), -1, dtype=torch.int64, device=device)
        self.masked = torch.zeros((), device=device)

    def watch(self, loss: Tensor, update: int) -> Tensor:
        """Note update number ``update``; return 1.0 if this and later updates must be skipped, else 0.0."""
        bad = (self.first_bad < 0) & ~torch.isfinite(loss.detach())
        self.first_bad = torch.where(bad, update, self.first_bad)
        self.masked = (self.first_bad >= 0).float()
        return self.masked


class Model(nn.Module):
    """Two players and their optimisers. A model file adds the networks and ``step``."""

    name: ClassVar[str]
    takes: ClassVar[tuple[str, ...]]
    Config: ClassVar[type[ModelConfig]]
    players: ClassVar[tuple[str, ...]] = ("D", "G")

    G: nn.Module
    D: nn.Module

    def __init__(
        self,
        shape: tuple[int, ...],
        config: ModelConfig,
        objective: Objective = non_saturating,
        penalty: Penalty = PENALTIES["none"],
        seed: int = 0,
    ) -> None:
        super().__init__()
        kind = "images" if len(shape) == 3 else "points"
        if kind not in self.takes:
            raise UserError(f"{self.name} takes {' or '.join(self.takes)}, and this data set holds {kind}")
        self.shape, self.config, self.penalty = tuple(shape), config, penalty
        self.objective = relabelled(objective, config.real_label)
        self.penalty_weight = penalty.weight
        self.precision = torch.float32
        self.steps = 0
        # Weights are drawn on the CPU under the model's own seed: the same on every device, and nobody else's
        # random numbers move.
        with torch.random.fork_rng(devices=[]):
            torch.default_generator.manual_seed(seed)  # torch.manual_seed would seed the GPUs too
            self.G, self.D = self.build()
            if config.spectral_norm:
                with_spectral_norm(self.D)
        refuse_what_does_not_go_together(config, self.D, objective, penalty, self.shape)
        self.couples = couples_samples(self.D)
        self.augment = augmenter(config) if config.augment != "none" else None
        self.views = views(config, self.augment)
        self.place(torch.device("cpu"))

    # What a model file provides.

    def build(self) -> tuple[nn.Module, nn.Module]:
        """The two networks, generator first."""
        raise NotImplementedError

    def step(self, batches: BatchSource, rng: torch.Generator) -> dict[str, Tensor]:
        """One adversarial step. Returns scalars that stay on the device: at least loss_D and loss_G."""
        raise NotImplementedError

    @property
    def shown_shape(self) -> tuple[int, ...]:
        """The shape of what D takes: that of a sample, with ``pack`` of them in its first axis."""
        return (self.config.pack * self.shape[0], *self.shape[1:])

    # What a step calls.

    def noise(self, n: int, rng: torch.Generator) -> Tensor:
        """z ~ N(0, I), shape (n, latent), drawn on the device of ``rng``."""
        return torch.randn(n, self.config.latent, generator=rng, device=rng.device)

    def autocast(self) -> AbstractContextManager[Any]:
        """The precision of the forward passes: bfloat16 where the trainer chose it, else float32."""
        return torch.autocast(self.device.type, torch.bfloat16, enabled=self.precision == torch.bfloat16)

    def show(self, x: Tensor, rng: torch.Generator) -> Tensor:
        """What D sees of a batch, real or fake by the same law: the batch, or what the stabilisers make of it."""
        for view in self.views:
            x = view(x, rng)
        return x

    def judge(self, real: Tensor, fake: Tensor) -> tuple[Tensor, Tensor]:
        """D's logits of a real and of a fake batch: in one pass, unless a layer of D would mix the two."""
        if self.couples:
            return self.D(real), self.D(fake)
        real_logits, fake_logits = self.D(torch.cat([real, fake])).chunk(2)
        return real_logits, fake_logits

    def descend(self, player: str, loss: Tensor) -> None:
        """One optimiser update of one player, skipped on the device from the first non-finite loss on."""
        optimiser = self.optimisers[player]
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        if self.config.clip_norm:
            moving = [p for p in getattr(self, player).parameters() if p.grad is not None]
            clipped = clip_by_norm([p.grad for p in moving], self.config.clip_norm)
            for parameter, gradient in zip(moving, clipped, strict=True):
                parameter.grad = gradient
        # A fused Adam skips its update, step count included, where found_inf is 1.
        optimiser.found_inf = self.guard.watch(loss, self.steps * len(self.players) + self.players.index(player))  # type: ignore[attr-defined]
        optimiser.step()
        if player == "D" and self.penalty.clips:
            clip_weights(self.D, self.penalty_weight)

    def opponent(self, real: Tensor, fake: Tensor) -> Callable[[Tensor], Tensor]:
        """The D that G plays against: D as it is, or as it would answer these batches (``unroll`` steps later)."""
        if not self.config.unroll:
            return self.D

        def loss(weights: dict[str, Tensor]) -> Tensor:
            return self.objective.discriminator(
                functional_call(self.D, weights, real), functional_call(self.D, weights, fake)
            )

        answered = unrolled(loss, dict(self.D.named_parameters()), self.config.unroll, self.config.unroll_lr)
        return lambda x: functional_call(self.D, answered, x)

    def adapt(self, real_logits: Tensor) -> dict[str, Tensor]:
        """Let the controller of the augmentation see D's logits of real images; its p for the log, if there is one."""
        if self.augment is None or not self.config.ada_target:
            return {}
        self.augment.observe(real_logits)
        return {"augment_p": self.augment.p.clone()}

    # What a monitor calls: the players as they play, and nothing in them changes.

    @torch.no_grad()
    def scores(self, x: Tensor, rng: torch.Generator) -> Tensor:
        """D's logits, float32, of samples (N, *shape) as it sees them in a step: (N,), or one for each pack.

        Batch statistics are those of x alone, running averages stay as they are, and items that fill no pack or group
        are left out. Views draw from ``rng``, dropout from PyTorch's global generator.
        """
        together = self.config.pack * max(1, self.config.minibatch_std)
        shown = self.show(x[: len(x) // together * together], rng)
        with self.autocast():
            return functional_call(self.D, _copied_buffers(self.D), (shown,)).float()

    @torch.no_grad()
    def fakes(self, z: Tensor) -> Tensor:
        """G's samples (N, *shape), float32, of noise (N, latent): as in a step, with the statistics of this batch."""
        with self.autocast():
            return functional_call(self.G, _copied_buffers(self.G), (z,)).float()

    # What the trainer calls.

    def place(self, device: torch.device) -> Model:
        """Move the networks to a device and start fresh optimisers and a fresh guard there."""
        self.device = device
        layout = torch.channels_last if len(self.shape) == 3 else torch.contiguous_format
        self.to(device=device).to(memory_format=layout)  # type: ignore[call-overload]
        self.optimisers = {
            player: Adam(
                getattr(self, player).parameters(),
                self.rate(player, self.config.lr),
                (float(self.config.beta1), float(self.config.beta2)),
                fused=True,
            )
            for player in self.players
        }
        self.guard = Guard(device)
        return self

    def rate(self, player: str, lr: float) -> float:
        """A player's learning rate where G's is ``lr``: D's is ``ttur`` times that."""
        return lr * self.config.ttur if player == "D" else lr

    def set_rate(self, lr: float) -> None:
        """Set G's learning rate, and D's with it."""
        for player, optimiser in self.optimisers.items():
            for group in optimiser.param_groups:
                group["lr"] = self.rate(player, lr)

    def first_bad_update(self) -> tuple[int, str] | None:
        """(step, player) of the first non-finite loss, counted from 1, or None. Waits for the device."""
        update = int(self.guard.first_bad)
        if update < 0:
            return None
        return update // len(self.players) + 1, self.players[update % len(self.players)]

    def training_state(self) -> dict[str, Any]:
        """Weights, buffers, optimisers and the step count: tensors and plain data only."""
        return {
            "networks": self.state_dict(),
            "optimisers": {player: optimiser.state_dict() for player, optimiser in self.optimisers.items()},
            "steps": self.steps,
        }

    def load_training_state(self, state: dict[str, Any]) -> None:
        """Take over what ``training_state`` returned."""
        self.load_state_dict(state["networks"])
        for player, optimiser in self.optimisers.items():
            optimiser.load_state_dict(state["optimisers"][player])
        self.steps, self.guard = state["steps"], Guard(self.device)


def _copied_buffers(network: nn.Module) -> dict[str, Tensor]:
    return {name: buffer.clone() for name, buffer in network.named_buffers()}


@contextmanager
def frozen(network: nn.Module) -> Iterator[None]:
    """No gradients for the network's weights inside the block. Gradients still flow through it to its input."""
    trained = [parameter for parameter in network.parameters() if parameter.requires_grad]
    for parameter in trained:
        parameter.requires_grad_(False)
    try:
        yield
    finally:
        for parameter in trained:
            parameter.requires_grad_(True)
