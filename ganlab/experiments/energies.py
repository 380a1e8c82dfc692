"""An energy-based GAN on the embedded digits, small enough for seconds: D is an auto-encoder, its error the energy.

Source: Zhao, Mathieu and LeCun 2017. Lesson: 07 A zoo of divergences: f-GAN, LSGAN, EBGAN, hinge, relativistic.
"""

from __future__ import annotations

import itertools
from typing import NamedTuple

import torch
from torch import Tensor, nn

from ganlab.data import load
from ganlab.errors import UserError
from ganlab.objectives import energy_based, pull_away

LATENT, CODE, HIDDEN, BATCH, RATE = 16, 16, 64, 64, 1e-3
SHOWN = 500  # fakes that are measured


class Played(NamedTuple):
    """What a game left behind.

    ``log`` (steps, 3): L_D and the mean energies of real and of generated samples, before each step of D.
    ``fakes`` (500, 1, 8, 8) in [-1, 1]. ``cosine``: the pull-away term of their codes; ``floor``: that of real digits.
    ``spread``: the mean standard deviation of their pixels, where that of real digits is 1.
    """

    log: Tensor
    fakes: Tensor
    cosine: float
    floor: float
    spread: float


def energy_game(weight: float, *, margin: float = 0.1, alone: int = 200, steps: int = 800, seed: int = 0) -> Played:
    """D trains ``alone`` against an untrained G, then both take turns until ``steps``; Adam, batches of 64.

    weight: of the pull-away term in G's loss. The energy is the mean squared error of D's reconstruction.
    Raises UserError for a negative weight, for no steps, and as `energy_based` does.
    """
    if weight < 0 or not 0 <= alone < steps:
        raise UserError(f"the weight is not negative and D is alone for fewer steps than {steps}: {weight:g}, {alone}")
    torch.manual_seed(seed)
    digits, game = load("digits").floats().flatten(1), energy_based(margin)
    pixels = digits.shape[1]
    encode, decode, G = _mlp(pixels, HIDDEN, CODE), _mlp(CODE, HIDDEN, pixels), _mlp(LATENT, HIDDEN, HIDDEN, pixels)
    D, log = nn.Sequential(encode, decode, nn.Tanh()), []
    step_D, step_G = (torch.optim.Adam(net.parameters(), RATE, (0.5, 0.999)) for net in (D, G))

    def energy(x: Tensor) -> Tensor:
        return (D(x) - x).square().mean(1)

    for step in range(steps):
        real, fake = digits[torch.randint(len(digits), (BATCH,))], G(torch.randn(BATCH, LATENT)).tanh()
        at_real, at_fake = energy(real), energy(fake.detach())
        loss = game.discriminator(at_real, at_fake)
        _move(step_D, loss)
        log.append([loss.item(), at_real.mean().item(), at_fake.mean().item()])
        if step >= alone:
            _move(step_G, game.generator(None, energy(fake)) + weight * pull_away(encode(fake)))
    with torch.no_grad():
        fakes = G(torch.randn(SHOWN, LATENT)).tanh()
        cosine, floor = (pull_away(encode(x)).item() for x in (fakes, digits[:SHOWN]))
    spread = (fakes.std(0).mean() / digits.std(0).mean()).item()
    return Played(torch.tensor(log), fakes.view(-1, 1, 8, 8), cosine, floor, spread)


def _mlp(*widths: int) -> nn.Sequential:
    layers: list[nn.Module] = []
    for a, b in itertools.pairwise(widths):
        layers += [nn.Linear(a, b), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def _move(optimiser: torch.optim.Optimizer, loss: Tensor) -> None:
    optimiser.zero_grad()
    loss.backward()
    optimiser.step()
