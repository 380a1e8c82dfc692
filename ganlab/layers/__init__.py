"""Blocks that more than one model needs."""

from ganlab.layers.adaptive import Augment, overfitting
from ganlab.layers.augment import TRANSFORMATIONS, augment, transformations
from ganlab.layers.joined import ALONE, Rank, exchange, joined_batch_norm
from ganlab.layers.minibatch import MinibatchStd, couples_samples, minibatch_std, pack
from ganlab.layers.moves import Moves, draw_moves, move, warp
from ganlab.layers.resample import doubled, halved
from ganlab.layers.spectral import largest_singular_value, lipschitz_bound, with_spectral_norm
from ganlab.layers.stacked import Draws, Stacked
from ganlab.layers.upsample import UpsampleConv2d, folded_kernel, has_batch_norm, initialise_normal

__all__ = [
    "ALONE",
    "TRANSFORMATIONS",
    "Augment",
    "Draws",
    "MinibatchStd",
    "Moves",
    "Rank",
    "Stacked",
    "UpsampleConv2d",
    "augment",
    "couples_samples",
    "doubled",
    "draw_moves",
    "exchange",
    "folded_kernel",
    "halved",
    "has_batch_norm",
    "initialise_normal",
    "joined_batch_norm",
    "largest_singular_value",
    "lipschitz_bound",
    "minibatch_std",
    "move",
    "overfitting",
    "pack",
    "transformations",
    "warp",
    "with_spectral_norm",
]
