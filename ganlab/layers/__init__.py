"""Blocks that more than one model needs."""

from ganlab.layers.spectral import largest_singular_value, lipschitz_bound, with_spectral_norm
from ganlab.layers.upsample import UpsampleConv2d, folded_kernel, has_batch_norm, initialise_normal

__all__ = [
    "UpsampleConv2d",
    "folded_kernel",
    "has_batch_norm",
    "initialise_normal",
    "largest_singular_value",
    "lipschitz_bound",
    "with_spectral_norm",
]
