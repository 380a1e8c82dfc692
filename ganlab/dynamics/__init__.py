"""Two-player games small enough to solve on paper: why training circles, and what stops it.

Lesson: 09 The game: why training circles, and what stops it.
"""

from ganlab.dynamics.games import Game, bilinear, dirac, eigenvalues, jacobian, velocity
from ganlab.dynamics.multipliers import multipliers
from ganlab.dynamics.networks import network_game, weights
from ganlab.dynamics.updates import UPDATES, adam, alternating, extragradient, optimistic, simultaneous, trajectory

__all__ = [
    "UPDATES",
    "Game",
    "adam",
    "alternating",
    "bilinear",
    "dirac",
    "eigenvalues",
    "extragradient",
    "jacobian",
    "multipliers",
    "network_game",
    "optimistic",
    "simultaneous",
    "trajectory",
    "velocity",
    "weights",
]
