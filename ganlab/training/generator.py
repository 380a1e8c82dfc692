"""A trained generator on its own: weights that cannot run code, and a card that says what they are.

Lesson: 14 The MLP GAN on MNIST.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load as from_safetensors
from torch import Tensor, nn
from torch.nn.functional import one_hot

from ganlab.errors import UserError, unknown
from ganlab.models import MODELS, Model
from ganlab.objectives import OBJECTIVES, PENALTIES
from ganlab.training.runfolder import RunFolder
from ganlab.training.streams import stream


@torch.no_grad()
def generate(network: nn.Module, codes: Tensor, device: torch.device | str = "cpu", batch: int = 500) -> Tensor:
    """The samples of these codes (N, code_size), on the CPU; a part at a time, as not all may fit."""
    return torch.cat([network(part.to(device)).float().cpu() for part in codes.split(batch)]).contiguous()


def draw_codes(model: Model, n: int, rng: torch.Generator, labels: int | Tensor | None = None) -> Tensor:
    """``n`` codes for G, (n, code_size), drawn on the CPU in blocks of 16: a larger ``n`` begins with the same ones.

    labels: the class wanted of all, or of each as int64 (n,); without, as they come. Raises UserError where the model
    cannot be asked for classes, and for a class that there is not.
    """
    codes = torch.cat([model.noise(16, rng) for _ in range(-(-n // 16))])[:n]
    if labels is None:
        return codes
    wanted = torch.full((n,), labels) if isinstance(labels, int) else labels
    if not model.choices:
        raise UserError(f"{model.name} cannot be asked for a class: sample without labels, or train a cgan")
    if wanted.dtype != torch.int64 or wanted.shape != (n,):
        raise UserError(f"give one class for all, or {n} of them as int64, not {wanted.dtype} {tuple(wanted.shape)}")
    if not 0 <= int(wanted.min()) <= int(wanted.max()) < model.choices:
        raise UserError(f"this {model.name} knows the classes 0 to {model.choices - 1}: ask for one of them")
    start = model.config.latent
    codes[:, start : start + model.choices] = one_hot(wanted, model.choices).to(codes.dtype)
    return codes


@dataclass(frozen=True)
class TrainedGenerator:
    """A model whose generator is trained and in eval mode, with the card it came with."""

    model: Model
    card: dict[str, Any]

    @property
    def network(self) -> nn.Module:
        """G."""
        return self.model.G

    @property
    def latent(self) -> int:
        """The number of noise dimensions."""
        return self.model.config.latent

    def __call__(self, code: Tensor) -> Tensor:
        """Map codes (N, code_size), which are plain noise where there are no classes, to samples, without a graph."""
        with torch.no_grad():
            return self.network(code)

    def sample(self, n: int, seed: int = 0, labels: int | Tensor | None = None) -> Tensor:
        """``n`` samples for a seed: images (n, C, H, W) in [-1, 1], or points (n, 2).

        labels: the class wanted of all, or of each as int64 (n,). The noise is that of the same seed without.
        Raises UserError where the model knows no classes, and for a class that there is not.
        """
        if n < 1:
            raise UserError(f"the number of samples must be 1 or more, not {n}")
        return generate(self.network, draw_codes(self.model, n, stream(seed, "sample"), labels))


def build_model(card: dict[str, Any], seed: int = 0) -> Model:
    """The model that a configuration or card describes, with fresh weights. Raises UserError for what it lacks."""
    try:
        name, shape, settings = card["model"], tuple(card["shape"]), dict(card.get("settings", {}))
    except (KeyError, TypeError, ValueError):
        raise UserError("this card does not say which model, shape and settings it is for: use one that does") from None
    if name not in MODELS:
        raise unknown("model", str(name), MODELS)
    values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in settings.items()}
    try:
        config = MODELS[name].Config(**values)
        objective = dict(OBJECTIVES, **MODELS[name].objectives)[card["objective"]] if "objective" in card else None
        usual = MODELS[name].default_penalty
        penalty = PENALTIES[card["penalty"]] if card.get("penalty", usual.name) != usual.name else usual
    except (TypeError, KeyError) as error:
        raise UserError(
            f"this card has a setting that ganlab does not know ({error}): was it made elsewhere?"
        ) from None
    return MODELS[name](
        shape, config, objective, penalty.weighted(card.get("penalty_weight")), seed, card.get("classes")
    )


def load_generator(weights: Path, card: dict[str, Any]) -> TrainedGenerator:
    """A generator from a safetensors file and its card. Raises UserError for a damaged file or another model's."""
    model = build_model(card)
    try:
        state = from_safetensors(weights.read_bytes())
    except FileNotFoundError:
        raise UserError(f"{weights} is missing: train until the first checkpoint, or restore it") from None
    except SafetensorError as error:
        raise UserError(f"{weights} is damaged or no safetensors file ({error}): restore it or train again") from None
    state = {name: value.float() if value.is_floating_point() else value for name, value in state.items()}
    try:
        model.G.load_state_dict(state)
    except RuntimeError:
        raise UserError(f"{weights} holds the weights of another model than {card['model']}: check the card") from None
    if not all(torch.isfinite(v).all() for v in state.values() if v.is_floating_point()):
        raise UserError(f"{weights} holds infinite or NaN weights: train again or restore it")
    return TrainedGenerator(model.eval().requires_grad_(False), card)


def open_run(path: str | Path) -> TrainedGenerator:
    """The generator of a run folder."""
    folder = RunFolder(path)
    return load_generator(folder.generator, folder.read_config())
