"""One look for every figure of the course: who is drawn how, and a context manager that applies it.

The colours are the palette of Okabe and Ito (2008, "Color Universal Design"), which readers with any common colour
vision tell apart. Colour never speaks alone: real and generated, D and G also differ in marker and line.

Lesson: 00 Start here.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

BLACK, BLUE, VERMILLION, GREEN = "#000000", "#0072B2", "#D55E00", "#009E73"
ORANGE, SKY, PURPLE, YELLOW = "#E69F00", "#56B4E9", "#CC79A7", "#F0E442"
OKABE_ITO = (BLACK, BLUE, VERMILLION, GREEN, ORANGE, SKY, PURPLE, YELLOW)


@dataclass(frozen=True)
class Look:
    """How one role is drawn: a colour, a line style and a marker. Two roles in one figure share none of the three."""

    color: str
    line: str
    marker: str


REAL = Look(BLUE, "-", "o")
FAKE = Look(VERMILLION, "--", "x")
DISCRIMINATOR = Look(BLACK, "-", "s")
GENERATOR = Look(VERMILLION, "-.", "^")
OTHERS = (Look(BLUE, ":", "o"), Look(GREEN, "--", "v"))

# A page column of a phone is about 390 CSS pixels wide: at 5.2 inches an 11-point letter is still 11 pixels tall there.
WIDTH = 5.2

RC: dict[str, object] = {
    "axes.grid": True,
    "axes.labelsize": 11,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlesize": 11,
    "figure.dpi": 120,
    "figure.facecolor": "white",
    "figure.figsize": (WIDTH, 3.2),
    "figure.titlesize": 12,
    "font.size": 11,
    "grid.alpha": 0.25,
    "image.cmap": "gray",
    "legend.fontsize": 10,
    "legend.frameon": False,
    "lines.linewidth": 1.8,
    "savefig.dpi": 120,
    "xtick.labelsize": 10,
    "ytick.labelsize": 10,
}


@contextmanager
def style() -> Iterator[None]:
    """Draw in the course's look inside a ``with`` block; the reader's own settings come back after it."""
    import matplotlib

    with matplotlib.rc_context(RC):  # type: ignore[arg-type]
        yield


def apply_style() -> None:
    """Give the figures that a notebook draws by itself the course's look, for the rest of the session.

    Only ``ganlab.teaching.setup()`` calls this; importing ganlab changes no setting of matplotlib.
    """
    import matplotlib

    matplotlib.rcParams.update(RC)  # type: ignore[arg-type]
