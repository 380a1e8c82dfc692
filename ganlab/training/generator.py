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

from ganlab.errors import UserError, unknown
from ganlab.models import MODELS, Model
from ganlab.objectives import OBJECTIVES, PENALTIES
from ganlab.training.runfolder import RunFolder
from ganlab.training.streams import stream


@torch.no_grad()
def generate(
    network: nn.Module, latent: int, n: int, rng: torch.Generator, device: torch.device, batch: int = 500
) -> Tensor:
    """``n`` samples on the CPU. All noise is drawn first, on the CPU, so that no batch size changes a sample.

    Nor does ``n``: PyTorch draws normal numbers in groups of 16, so whole groups are drawn and the rest dropped.
    """
    z = torch.randn(-(-n // 16) * 16, latent, generator=rng)[:n]
    return torch.cat([network(part.to(device)).float().cpu() for part in z.split(batch)]).contiguous()


@dataclass(frozen=True)
class TrainedGenerator:
    """A generator in eval mode with the card it came with."""

    network: nn.Module
    latent: int
    card: dict[str, Any]

    def __call__(self, z: Tensor) -> Tensor:
        """Map noise (N, latent) to samples, without a graph."""
        with torch.no_grad():
            return self.network(z)

    def sample(self, n: int, seed: int = 0) -> Tensor:
        """``n`` samples for a seed: images (n, C, H, W) in [-1, 1], or points (n, 2)."""
        if n < 1:
            raise UserError(f"the number of samples must be 1 or more, not {n}")
        return generate(self.network, self.latent, n, stream(seed, "sample"), torch.device("cpu"))


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
        objective = OBJECTIVES[card.get("objective", "non-saturating")]
        penalty = PENALTIES[card.get("penalty", "none")].weighted(card.get("penalty_weight"))
    except (TypeError, KeyError) as error:
        raise UserError(
            f"this card has a setting that ganlab does not know ({error}): was it made elsewhere?"
        ) from None
    return MODELS[name](shape, config, objective, penalty, seed)


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
    return TrainedGenerator(model.G.eval().requires_grad_(False), model.config.latent, card)


def open_run(path: str | Path) -> TrainedGenerator:
    """The generator of a run folder."""
    folder = RunFolder(path)
    return load_generator(folder.generator, folder.read_config())
