"""Run sizes: the same lesson in a minute on two cores, in minutes on a laptop, or at full length on a GPU.

Lesson: 00 Start here.
"""

from __future__ import annotations

import os
from typing import Literal, TypeVar, get_args

from ganlab.errors import unknown

Size = Literal["small", "normal", "full"]
T = TypeVar("T")


def size() -> Size:
    """The run size in ``GANLAB_SIZE``: "small" (tests), "normal" (a laptop; the default) or "full" (a GPU).

    Raises UserError for any other word, with the nearest one offered.
    """
    word = os.environ.get("GANLAB_SIZE", "normal")
    for known in get_args(Size):
        if word == known:
            return known
    raise unknown("run size in GANLAB_SIZE", word, get_args(Size))


def pick(*, small: T, normal: T, full: T) -> T:
    """The value that belongs to the run size: ``steps = pick(small=300, normal=5_000, full=50_000)``.

    Raises UserError for an unknown size.
    """
    return {"small": small, "normal": normal, "full": full}[size()]
