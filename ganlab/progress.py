"""Progress bars where somebody can see them: on a terminal or in a notebook, and nowhere else.

Lesson: 00 Start here.
"""

from __future__ import annotations

import os
import sys
from typing import Any


def speaks() -> bool:
    """Whether this process is the only one of its run, or the first: the others are silent."""
    return os.environ.get("RANK", "0") == "0" or os.environ.get("WORLD_SIZE", "1") == "1"


def bar(items: Any = None, *, wanted: bool = True, **options: Any) -> Any:
    """A tqdm bar over ``items``, or one to be moved by hand; silent where it is not ``wanted`` or not seen."""
    from tqdm import tqdm

    return tqdm(items, disable=not (wanted and speaks() and (sys.stderr.isatty() or _in_notebook())), **options)


def _in_notebook() -> bool:
    ipython = sys.modules.get("IPython")
    return ipython is not None and hasattr(ipython.get_ipython(), "kernel")
