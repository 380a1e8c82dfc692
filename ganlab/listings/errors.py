"""The chain of exceptions: run, read the error, repair the line, run again, until nothing stops the program.

Lesson: 15 The debugging clinic.
"""

from __future__ import annotations

from dataclasses import dataclass

from ganlab.listings.clinic import Listing
from ganlab.listings.probes import RAISED, seeded


@dataclass(frozen=True)
class Stop:
    """One link: what the run said, and the bug whose repair changes that. The last has no bug: the program ends."""

    said: str
    bug: str


def chain(listing: Listing, seed: int = 0) -> tuple[list[Stop], list[str]]:
    """(the stops in order, the bugs that are still in the code when nothing stops it any more).

    Runs ``main`` of the broken listing. The culprit of a stop is the first bug, crashes before others, whose repair
    alone lets the program go further or say something else. Raises ValueError where no single repair does.
    """
    left, stops = list(listing.coded), []
    while said := _said(listing, left, seed):
        for bug in sorted(left, key=lambda id: listing.bug(id).kind != "crash"):
            after = [other for other in left if other != bug]
            if _said(listing, after, seed) != said:
                break
        else:
            raise ValueError(f"no single repair changes {said!r}")
        stops.append(Stop(said, bug))
        left = after
    return stops, left


def _said(listing: Listing, ids: list[str], seed: int) -> str:
    with seeded(seed):
        try:
            listing.load(*ids).main()
        except RAISED as e:
            what = e.strerror if isinstance(e, OSError) else str(e).splitlines()[0]
            return f"{type(e).__name__}: {what}"
    return ""
