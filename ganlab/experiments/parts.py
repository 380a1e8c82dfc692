"""Which parts of an experiment to run: all of them, or those that were named.

Lesson: 11 Failures and stabilisers.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ganlab.errors import unknown


def chosen(kind: str, known: Iterable[str], only: Sequence[str]) -> list[str]:
    """Those of ``known`` that ``only`` names, in their own order; all of them where nothing is named.

    ``kind``: what a part is called, for the sentence. Raises UserError for a name that is not known.

    >>> chosen("condition", ["plain", "adaptive", "all-data"], ["all-data", "plain"])
    ['plain', 'all-data']
    """
    names = list(known)
    for name in only:
        if name not in names:
            raise unknown(kind, name, names)
    return [name for name in names if not only or name in only]
