"""What every widget asks first: is a still figure wanted, and is ipywidgets there?"""

from __future__ import annotations

import os
from types import ModuleType

from ganlab.errors import UserError


def still() -> bool:
    """Whether ``GANLAB_STATIC=1`` asks for a figure in place of a widget: that is what the book's outputs show."""
    return os.environ.get("GANLAB_STATIC") == "1"


def ipywidgets() -> ModuleType:
    """The library behind the sliders. Raises UserError where it is missing."""
    try:
        import ipywidgets as library
    except ImportError:
        raise UserError(
            "sliders need ipywidgets: run `pip install ipywidgets`, or set GANLAB_STATIC=1 for a still figure"
        ) from None
    return library
