"""A critic without a Lipschitz bound, under plain gradient descent: its gradient explodes unless it is clipped.

Lesson: 11 Failures and stabilisers.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ganlab.data.mixtures import ring
from ganlab.errors import UserError
from ganlab.objectives import clip_by_norm, gradient_norm, wasserstein

WIDTH, BATCH, RATE = 64, 128, 0.5


def explosion(clip: float | None, seed: int, steps: int = 100) -> list[float]:
    """Train a Wasserstein GAN on the ring with no leash on D; the norm of D's gradient at each step, before clipping.

    clip: the norm to which the gradients of both players are clipped, None for not at all. The caller's random numbers
    do not move. Raises UserError for no steps, and for a clip that is not positive.
    """
    if steps < 1:
        raise UserError(f"take one step or more, not {steps}")
    if clip is not None and clip <= 0:
        raise UserError(f"gradients are clipped to a positive norm, not {clip}: None leaves them as they are")
    law, rng, norms = ring(), torch.Generator().manual_seed(seed), []
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        G, D = (nn.Sequential(nn.Linear(2, WIDTH), nn.ReLU(), nn.Linear(WIDTH, n)) for n in (2, 1))
    for _ in range(steps):
        x, z = law.sample(BATCH, rng)[0].float(), torch.randn(2, BATCH, 2, generator=rng)
        norms.append(_descend(D, wasserstein.discriminator(D(x), D(G(z[0]).detach())), clip))
        _descend(G, wasserstein.generator(None, D(G(z[1]))), clip)
    return norms


def _descend(network: nn.Module, loss: Tensor, clip: float | None) -> float:
    weights = list(network.parameters())
    gradients = torch.autograd.grad(loss, weights)
    with torch.no_grad():
        for w, g in zip(weights, gradients if clip is None else clip_by_norm(gradients, clip), strict=True):
            w.sub_(RATE * g)
    return float(gradient_norm(gradients))
