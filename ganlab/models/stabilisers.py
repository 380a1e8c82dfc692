"""What a learner may add to any model's game: settings, what they do to a batch, and what they do not go with.

Every default leaves the game of the paper as it is, to the bit. Losses and penalties are chosen apart (``objective``,
``penalty``). Lesson: 11 Failures and stabilisers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from ganlab.errors import UserError
from ganlab.layers import Augment, has_batch_norm, pack, transformations
from ganlab.objectives import Objective, Penalty, instance_noise, smoothed

View = Callable[[Tensor, torch.Generator], Tensor]
SIGNED = ("minimax", "non-saturating", "hinge")
"""Objectives under which the sign of a logit says real or fake."""


@dataclass(frozen=True, kw_only=True)
class Stabilisers:
    """Choices that any model can be given, all off at first. `ganlab.training.stabilisers` tells what each is for.

    ``ttur``: D's learning rate as a multiple of G's. ``clip_norm``: cap of the norm of each player's gradient (0:
    none). ``real_label``: D's target on real samples. ``instance_noise``: standard deviation of noise on all that D
    sees. ``pack``: samples that D judges as one. ``minibatch_std``: size of the groups whose spread D is told (0: it
    is not). ``dropout`` and ``spectral_norm`` in D. ``augment``: a policy such as "color+translation+cutout";
    ``augment_p``: its probability; ``ada_target``: let a controller choose that probability instead (0.6, say; 0: no),
    which could rise to 1 over ``ada_ramp`` images. ``unroll``: steps of D that G sees coming, at rate ``unroll_lr``.
    """

    ttur: float = 1.0
    clip_norm: float = 0.0
    real_label: float = 1.0
    instance_noise: float = 0.0
    pack: int = 1
    minibatch_std: int = 0
    dropout: float = 0.0
    spectral_norm: bool = False
    augment: str = "none"
    augment_p: float = 1.0
    ada_target: float = 0.0
    ada_ramp: int = 500_000
    unroll: int = 0
    unroll_lr: float = 0.1

    def __post_init__(self) -> None:
        for name in ("ttur", "unroll_lr"):
            if not 0 < getattr(self, name) < float("inf"):
                raise UserError(f"{name} must be a positive number, not {getattr(self, name)}")
        for name in ("clip_norm", "instance_noise", "minibatch_std", "unroll"):
            if not 0 <= getattr(self, name) < float("inf"):
                raise UserError(f"{name} must be 0 (off) or more, not {getattr(self, name)}")
        if self.pack < 1:
            raise UserError(f"pack must be 1 or more, not {self.pack}")
        if not 0 <= self.dropout < 1:
            raise UserError(f"dropout must be in [0, 1), not {self.dropout}")
        smoothed(self.real_label)
        augmenter(self)
        if self.ada_target and not transformations(self.augment):
            raise UserError(
                "ada_target leads the probability of an augmentation: choose one, --set augment=translation"
            )

    def check_batch(self, size: int, processes: int = 1) -> None:
        """Refuse a batch size that the processes, and in each the packs and groups of packs, do not divide."""
        whole = self.pack * max(self.minibatch_std, 1)
        if size % (processes * whole):
            parts = f"{processes} processes" if processes > 1 else ""
            packs = f"packs of {self.pack} and groups of {max(self.minibatch_std, 1)} packs" if whole > 1 else ""
            raise UserError(
                f"a batch of {size} does not divide into {' with '.join(filter(None, (parts, packs)))}: choose a"
                f" --batch-size that is a multiple of {processes * whole}"
            )


def augmenter(choice: Stabilisers) -> Augment:
    """The augmentation that was chosen, with its controller."""
    return Augment(choice.augment, choice.augment_p, choice.ada_target, choice.ada_ramp)


def views(choice: Stabilisers, augment: Augment | None) -> tuple[View, ...]:
    """What lies between a batch and D, in this order: augmentation, noise, packing."""
    chosen: list[View] = [] if augment is None else [augment]
    if choice.instance_noise:
        chosen.append(lambda x, rng: instance_noise(x, choice.instance_noise, rng))
    if choice.pack > 1:
        chosen.append(lambda x, rng: pack(x, choice.pack))
    return tuple(chosen)


def relabelled(objective: Objective, real_label: float) -> Objective:
    """The non-saturating game with a smoothed label. Raises UserError where the objective has no labels to smooth."""
    if real_label == 1.0:
        return objective
    if objective.name != "non-saturating":
        raise UserError(
            f"real_label smooths the labels of the non-saturating game: objective {objective.name!r} has none"
        )
    return replace(smoothed(real_label), name=objective.name)


def refuse_what_does_not_go_together(
    choice: Stabilisers, discriminator: nn.Module, objective: Objective, penalty: Penalty, shape: tuple[int, ...]
) -> None:
    """One sentence for each combination that would train, and be wrong."""
    normed = has_batch_norm(discriminator)
    if penalty.per_sample and normed:
        raise UserError(
            f"penalty {penalty.name!r} differentiates each score by its own sample, and batch normalisation in D"
            " mixes the samples of a batch: build D without it (--set norm=none)"
        )
    if choice.unroll and (normed or choice.spectral_norm):
        raise UserError(
            "unrolling plays D's next steps out on paper, and batch or spectral normalisation in D would count them as"
            " played: build D without (--set norm=none)"
        )
    if choice.unroll and penalty.name != "none":
        raise UserError(
            f"unrolling differentiates through D's own steps, in which penalty {penalty.name!r} is not taken into"
            " account: choose one of the two"
        )
    if choice.spectral_norm and penalty.clips:
        raise UserError(
            "spectral_norm divides D's weights by their size, so that clipping them does nothing: choose one"
        )
    if transformations(choice.augment) and len(shape) != 3:
        raise UserError("augmentation transforms images, and this data set holds points: drop --set augment")
    if choice.ada_target and objective.name not in SIGNED:
        raise UserError(
            f"ada_target reads from the sign of D's logits whether it is sure, and objective {objective.name!r} gives"
            " the sign no meaning: set augment_p instead"
        )
