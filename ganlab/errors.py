"""What a user's mistake looks like: one sentence that says what to do, exit status 2, no traceback.

Lesson: 00 Start here.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class UserError(Exception):
    """A mistake that the user can mend. Its message is one sentence and says what to do.

    The command line prints the message on stderr and exits with status 2; a notebook shows it as is.
    """


class ProcessLost(RuntimeError):
    """Another process of the same run has ended. The command line prints the message and exits with status 1."""


class NonFiniteError(RuntimeError):
    """A loss or a weight became infinite or NaN. The command line prints the message and exits with status 1."""


def unknown(what: str, name: str, known: Iterable[str]) -> UserError:
    """The error for a name that is not on a list, with the nearest names offered.

    >>> str(unknown("model", "dcgna", ["gan", "dcgan"]))
    "unknown model 'dcgna': did you mean 'dcgan' or 'gan'? (known: dcgan, gan)"
    """
    names = sorted(known)
    near = difflib.get_close_matches(name, names, n=2, cutoff=0.5)
    hint = (
        f"did you mean {' or '.join(repr(n) for n in near)}? (known: {', '.join(names)})"
        if near
        else f"choose one of {', '.join(names)}"
    )
    return UserError(f"unknown {what} {name!r}: {hint}")
