"""The failure museum: a dozen ways in which training goes wrong, each beside its healthy twin.

``show("mode-collapse")`` runs both, draws them side by side and says which line makes the difference; ``run`` gives
the curves and samples as data. Every piece is a file in ``museum/pieces`` that reads from top to bottom.
Lesson: 11 Failures and stabilisers.
"""

from ganlab.museum.exhibit import Exhibit, run, show
from ganlab.museum.guess import guess
from ganlab.museum.piece import Curve, Limits, Piece, Run
from ganlab.museum.shelf import store, stored
from ganlab.museum.twin import diff, names, piece, source

__all__ = [
    "Curve", "Exhibit", "Limits", "Piece", "Run", "diff", "guess", "names", "piece", "run", "show", "source", "store",
    "stored",
]  # fmt: skip
