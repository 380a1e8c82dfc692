"""What every model shares: its networks and players, their optimisers, G's input, a guard against non-finite losses.

A model file holds its networks and its ``step``; this file holds what a step calls. The trainer above knows none
of it: it calls ``step``, and saves ``training_state``.
Lesson: 10 The training loop, line by line.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, dataclass, fields
from typing import Any, ClassVar, Protocol

import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn import functional as F
from torch.optim import Adam, Optimizer

from ganlab.errors import UserError
from ganlab.layers import ALONE, couples_samples, with_spectral_norm
from ganlab.models.guard import Guard, update_unless
from ganlab.models.stabilisers import Stabilisers, augmenter, refuse_what_does_not_go_together, relabelled, views
from ganlab.objectives import (
    OBJECTIVES,
    PENALTIES,
    Objective,
    Penalty,
    clip_by_norm,
    clip_weights,
    non_saturating,
    unrolled,
)
from ganlab.objectives.losses import exact
from ganlab.objectives.penalties import Critic


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


class Model(nn.Module):
    """Networks, the players that are updated, and their optimisers. A model file adds the networks and ``step``.

    name, takes: how it is called, and "images" or "points" or both. players: who is updated in a step, in this order.
    labelled: it needs the class of each real item. conditional: its D is called ``D(x, y)``, y the classes (N,).
    default_objective, default_penalty: its paper's. objectives, penalties: what it can be trained under, by name; a
    model that is only itself under some lists them. refuses: the settings that its step does not honour.
    wider, plain: how the command line asks for a wider D, and for a D without batch normalisation.
    """

    name: ClassVar[str]
    takes: ClassVar[tuple[str, ...]]
    Config: ClassVar[type[ModelConfig]]
    players: ClassVar[tuple[str, ...]] = ("D", "G")
    labelled: ClassVar[bool] = False
    conditional: ClassVar[bool] = False
    default_objective: ClassVar[Objective] = non_saturating
    default_penalty: ClassVar[Penalty] = PENALTIES["none"]
    objectives: ClassVar[Mapping[str, Objective]] = OBJECTIVES
    penalties: ClassVar[Mapping[str, Penalty]] = PENALTIES
    refuses: ClassVar[tuple[str, ...]] = ()
    wider: ClassVar[str] = "width=128"
    plain: ClassVar[str] = ""

    G: nn.Module
    D: nn.Module

    def __init__(
        self,
        shape: tuple[int, ...],
        config: ModelConfig,
        objective: Objective | None = None,
        penalty: Penalty | None = None,
        seed: int = 0,
        classes: int | None = None,
    ) -> None:
        """shape: of one sample. classes: how many there are, for a model that needs labels.

        Raises UserError for what the model does not take, lacks or refuses, and for what does not go together.
        """
        super().__init__()
        objective, penalty = objective or self.default_objective, penalty or self.default_penalty
        self.classes = classes if self.labelled else None
        self.refuse(shape, config, objective, penalty)
        self.shape, self.config, self.penalty = tuple(shape), config, penalty
        self.objective = relabelled(objective, config.real_label)
        self.penalty_weight = penalty.weight
        self.precision = torch.float32
        self.rank = ALONE  # the trainer says which, where several processes share each batch
        self.steps = 0
        # Weights are drawn on the CPU under the model's own seed: the same on every device, and nobody else's
        # random numbers move.
        with torch.random.fork_rng(devices=[]):
            torch.default_generator.manual_seed(seed)  # torch.manual_seed would seed the GPUs too
            networks = self.build()
            for name, network in networks.items():
                setattr(self, name, network)
            if config.spectral_norm:
                with_spectral_norm(self.D)
        self.networks = tuple(networks)
        if "D" in networks:
            refuse_what_does_not_go_together(config, self.D, objective, penalty, self.shape)
        self.couples = "D" in networks and couples_samples(self.D)
        self.augment = augmenter(config) if config.augment != "none" else None
        self.views = views(config, self.augment)
        self.place(torch.device("cpu"))

    def refuse(self, shape: tuple[int, ...], config: ModelConfig, objective: Objective, penalty: Penalty) -> None:
        """One sentence, as a UserError, for the first choice that this model cannot be given."""
        kind = "images" if len(shape) == 3 else "points"
        if kind not in self.takes:
            raise UserError(f"{self.name} takes {' or '.join(self.takes)}, and this data set holds {kind}")
        if self.labelled and (self.classes is None or self.classes < 2):
            raise UserError(
                f"{self.name} is told the class of each item, and this data set has no labels: choose one with classes,"
                " such as a folder with a sub-folder for each"
            )
        for what, chosen, known, every in (
            ("objective", objective.name, self.objectives, OBJECTIVES),
            ("penalty", penalty.name, self.penalties, PENALTIES),
        ):
            if known is not every and chosen not in known:
                raise UserError(
                    f"{self.name} is trained with {what} {' or '.join(known)}, not {chosen}: leave out --{what}"
                )
        usual = {field.name: field.default for field in fields(config)}
        for setting in self.refuses:
            if getattr(config, setting) != usual[setting]:
                raise UserError(f"{self.name} has no use for {setting} in its step: leave out --set {setting}")

    # What a model file provides.

    def build(self) -> dict[str, nn.Module]:
        """The networks by their names, "G" among them; each becomes an attribute of the model."""
        raise NotImplementedError

    def step(self, batches: BatchSource, rng: torch.Generator) -> dict[str, Tensor]:
        """One adversarial step. Returns scalars that stay on the device: at least loss_PLAYER for each player."""
        raise NotImplementedError

    def weights(self, player: str) -> list[nn.Parameter]:
        """What an update of this player moves: the network of its name, unless the model says otherwise."""
        return list(getattr(self, player).parameters())

    def optimiser(self, player: str) -> Optimizer:
        """A fresh optimiser for a player's weights: Adam, unless the paper has another (see `guard.update_unless`)."""
        betas = (float(self.config.beta1), float(self.config.beta2))
        return Adam(self.weights(player), self.rate(player, self.config.lr), betas, fused=True)

    @property
    def shown_shape(self) -> tuple[int, ...]:
        """The shape of what D takes: that of a sample, with ``pack`` of them in its first axis."""
        return (self.config.pack * self.shape[0], *self.shape[1:])

    # What goes into G.

    @property
    def choices(self) -> int:
        """How many classes G can be asked for; 0 where it cannot."""
        return self.classes or 0

    @property
    def code_size(self) -> int:
        """The length of G's input: the noise, and a place for each class that can be asked for."""
        return self.config.latent + self.choices

    def noise(self, n: int, rng: torch.Generator, labels: Tensor | None = None) -> Tensor:
        """G's whole input, (n, code_size), drawn on the device of ``rng``: z ~ N(0, I), and a class where there are.

        The class is one-hot: that of ``labels`` (n,), or uniform.
        """
        z = torch.randn(n, self.config.latent, generator=rng, device=rng.device)
        if not self.choices:
            return z
        if labels is None:
            labels = torch.randint(self.choices, (n,), generator=rng, device=rng.device)
        return self.code(z, labels)

    def code(self, z: Tensor, labels: Tensor) -> Tensor:
        """[z | one-hot(y)], (N, code_size): G's input for noise (N, latent) and wanted classes (N,), int64."""
        return torch.cat([z, F.one_hot(labels, self.choices).to(z.dtype)], 1)

    def asked(self, code: Tensor) -> Tensor | None:
        """The classes (N,) that codes (N, code_size) ask for, or None where no class can be asked for."""
        start = self.config.latent
        return code[:, start : start + self.choices].argmax(1) if self.choices else None

    # What a step calls.

    def labelled_batch(self, batches: BatchSource) -> tuple[Tensor, Tensor]:
        """The next batch with its classes (N,). Raises UserError where it has none."""
        x, labels = next(batches)
        if labels is None:
            raise UserError(f"{self.name} is told the class of each item, and this batch has no labels")
        return x, labels

    def autocast(self) -> AbstractContextManager[Any]:
        """The precision of the forward passes: bfloat16 where the trainer chose it, else float32."""
        return torch.autocast(self.device.type, torch.bfloat16, enabled=self.precision == torch.bfloat16)

    def show(self, x: Tensor, rng: torch.Generator) -> Tensor:
        """What D sees of a batch, real or fake by the same law: the batch, or what the stabilisers make of it."""
        for view in self.views:
            x = view(x, rng)
        return x

    def critic(self, labels: Tensor | None = None) -> Critic:
        """D as a function of items alone; with ``labels`` (N,), of N items with these classes, or of N real and N fake.

        What a penalty differentiates, and what `judge` calls.
        """
        if labels is None:
            return self.D
        return lambda x: self.D(x, labels.repeat(len(x) // len(labels)))

    def judge(self, real: Tensor, fake: Tensor, labels: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """D's logits of a real and of a fake batch: in one pass, unless a layer of D would mix the two.

        ``labels`` (N,) are those of both batches, for a D that is called D(x, y).
        """
        critic = self.critic(labels)
        if self.couples:
            return critic(real), critic(fake)
        real_logits, fake_logits = critic(torch.cat([real, fake])).chunk(2)
        return real_logits, fake_logits

    def judge_and_charge(
        self, real: Tensor, fake: Tensor, rng: torch.Generator, labels: Tensor | None = None
    ) -> tuple[Tensor, Tensor, Tensor]:
        """`judge`'s logits of both batches, and the weighted penalty on D's slopes, a scalar: 0 where there is none.

        A penalty that looks at these very samples (R1 + R2) takes their slopes through the pass that gives the logits,
        which spares a pass; it then has the precision of that pass.
        """
        if self.penalty.of_gradient is None or self.couples:
            logits = self.judge(real, fake, labels)
            if not self.penalty.per_sample:
                return *logits, logits[0].new_zeros(())
            return *logits, self.penalty_weight * self.penalty.loss(self.critic(labels), real, fake, rng)
        both = torch.cat([exact(real), exact(fake)]).requires_grad_(True)
        together = self.critic(labels)(both)
        (gradient,) = torch.autograd.grad(together.sum(), both, create_graph=True)
        real_logits, fake_logits = together.chunk(2)
        return real_logits, fake_logits, self.penalty_weight * self.penalty.of_gradient(gradient)

    def descend(self, player: str, loss: Tensor) -> None:
        """One optimiser update of one player, skipped on the device from the first non-finite loss on."""
        optimiser = self.optimisers[player]
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        loss = self.rank.average(loss, self.weights(player))
        if self.config.clip_norm:
            moving = [(p, p.grad) for p in self.weights(player) if p.grad is not None]
            clipped = clip_by_norm([gradient for _, gradient in moving], self.config.clip_norm)
            for (parameter, _), gradient in zip(moving, clipped, strict=True):
                parameter.grad = gradient
        number = self.steps * len(self.players) + self.players.index(player)
        update_unless(self.guard.watch(loss, number), optimiser)
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
        self.augment.observe(self.rank.gather(real_logits.detach()))
        return {"augment_p": self.augment.p.clone()}

    # What a monitor calls: the players as they play, and nothing in them changes.

    @torch.no_grad()
    def scores(self, x: Tensor, rng: torch.Generator, labels: Tensor | None = None) -> Tensor:
        """D's logits, float32, of samples (N, *shape) as it sees them in a step: (N,), or one for each pack.

        ``labels`` (N,) are looked at where D is called D(x, y). Batch statistics are those of x alone, running averages
        stay as they are, and items that fill no pack or group are left out. Views draw from ``rng``, dropout from
        PyTorch's global generator. Raises UserError where D needs labels and gets none.
        """
        if self.conditional and labels is None:
            raise UserError(f"the D of {self.name} judges an item together with its class: give labels")
        together = self.config.pack * max(1, self.config.minibatch_std)
        whole = len(x) // together * together
        shown = self.show(x[:whole], rng)
        seen = (shown, labels[:whole]) if self.conditional and labels is not None else (shown,)
        with self.autocast():
            return functional_call(self.D, _copied_buffers(self.D), seen).float()

    @torch.no_grad()
    def fakes(self, z: Tensor) -> Tensor:
        """G's samples (N, *shape), float32, of codes (N, code_size): as in a step, with this batch's statistics."""
        with self.autocast():
            return functional_call(self.G, _copied_buffers(self.G), (z,)).float()

    # What the trainer calls.

    def place(self, device: torch.device) -> Model:
        """Move the networks to a device and start fresh optimisers and a fresh guard there."""
        self.device = device
        layout = torch.channels_last if len(self.shape) == 3 else torch.contiguous_format
        self.to(device=device).to(memory_format=layout)  # type: ignore[call-overload]
        self.optimisers = {player: self.optimiser(player) for player in self.players}
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

    def adjust(self, name: str, value: float) -> None:
        """Set what a schedule moves: "lr" (see `set_rate`), "penalty_weight", Adam's "beta2", or "augment_p"."""
        if name == "lr":
            self.set_rate(value)
        elif name == "beta2":
            for optimiser in self.optimisers.values():
                for group in optimiser.param_groups:
                    group["betas"] = (group["betas"][0], value)
        elif name == "augment_p" and self.augment is not None:
            self.augment.p.fill_(value)
        elif name == "penalty_weight":
            self.penalty_weight = value

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
