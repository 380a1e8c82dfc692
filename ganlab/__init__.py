"""ganlab: generative adversarial networks, one readable file each, tested as mathematics.

``import ganlab`` is quick: the floors below are imported when they are first used.
The course that explains every line: *Generative Adversarial Networks and Synthetic Data, from the ground up*.
"""

from __future__ import annotations

import importlib
from types import ModuleType

__version__ = "0.1.0"

_FLOORS = (
    "assign", "data", "dynamics", "evaluation", "experiments", "layers", "listings", "metrics", "models", "museum",
    "objectives", "synthesis", "teaching", "training", "viz", "zoo",
)  # fmt: skip
__all__ = ["__version__", *_FLOORS]


def __getattr__(name: str) -> ModuleType:
    if name in _FLOORS:
        return importlib.import_module(f"ganlab.{name}")
    raise AttributeError(f"module 'ganlab' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
