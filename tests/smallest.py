"""The smallest networks of every model, and batches for them: what the tests over all models are made of.

A new model has one line here. Tests that are about one step of the paper name their models themselves.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
import torch
from torch import Tensor

from ganlab.models import MODELS, Model
from ganlab.objectives import OBJECTIVES, PENALTIES

IMAGES = (1, 8, 8)
CLASSES = 3
NAMES = sorted(MODELS)
PLAIN = ["dcgan", "gan"]
"""The models whose step is Algorithm 1 and nothing else, with every stabiliser."""

OWN = ("r3gan",)
"""The models whose G meets a real batch of its own in each step, after those of D."""
THE_REST_SLOW = [*PLAIN, *(pytest.param(name, marks=pytest.mark.slow) for name in NAMES if name not in PLAIN)]
"""Every model, the plain ones in each run of the tests and the others in the exhaustive half."""

SETTINGS: dict[str, dict[str, Any]] = {
    "gan": {"latent": 4, "g_widths": (8, 8), "d_widths": (8,)},
    "dcgan": {"latent": 4, "width": 2, "norm": "none"},
    "ebgan": {"latent": 4, "width": 2, "code": 3},
    "sngan": {"latent": 4, "width": 2, "d_steps": 1},
    "vae": {"latent": 4, "widths": (8,)},
    "wgan": {"latent": 4, "width": 2, "norm": "none", "d_steps": 1},
    "wgan_gp": {"latent": 4, "width": 2, "d_steps": 1},
    "r3gan": {"latent": 4, "width": 4, "blocks": 1, "group": 4},
    "cgan": {"latent": 4, "width": 2, "widths": (8,)},
    "acgan": {"latent": 4, "width": 2},
    "infogan": {"latent": 4, "width": 2, "categories": 3},
}


def small(name: str, objective: str | None = None, penalty: str | None = None, **settings: Any) -> Model:
    """The smallest model of this name in training mode; ``shape``, ``seed`` and ``classes`` are not settings."""
    kind = MODELS[name]
    shape, seed, classes = (settings.pop(k, d) for k, d in (("shape", IMAGES), ("seed", 0), ("classes", CLASSES)))
    game = None if objective is None else dict(OBJECTIVES, **kind.objectives)[objective]
    smooth = None if penalty is None else PENALTIES[penalty]
    config = kind.Config(**{**SETTINGS[name], **settings})
    return kind(shape, config, game, smooth, seed, classes if kind.labelled else None).train()


def able(settings: Iterable[str], name: str) -> bool:
    """Whether the model of this name can be given all of these settings."""
    return not set(settings) & set(MODELS[name].refuses)


def batch_of(name: str, step: int) -> int:
    """Which batch D sees in a step (both from 1) where it is updated once a step."""
    return (2 * step - 1) if name in OWN else step


def labels(n: int) -> Tensor:
    """Classes for a batch, all of them in turn."""
    return torch.arange(n) % CLASSES


def games() -> list[tuple[str, str]]:
    """(model, objective): each objective for the plain ones, each model's own for the others."""
    return [(n, o) for n in NAMES for o in (sorted(OBJECTIVES) if n in PLAIN else [MODELS[n].default_objective.name])]
