"""One table of the losses: formula, best discriminator, what is left to the generator, source.

Each row's ``best`` gives D's best output where the densities are p and q; the tests find the same by minimising.
Lesson: 07 A zoo of divergences: f-GAN, LSGAN, EBGAN, hinge, relativistic.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor

from ganlab.objectives.divergences import F_DIVERGENCES, FDivergence
from ganlab.objectives.losses import OBJECTIVES
from ganlab.objectives.tables import Table

Best = Callable[[Tensor, Tensor], Tensor]


@dataclass(frozen=True)
class Row:
    """One loss. ``best``: D's best output from (p, q), or None where there is no best answer at a point."""

    name: str
    discriminator: str
    generator: str
    best_formula: str
    best: Best | None
    minimises: str
    source: str


def _log_ratio(p: Tensor, q: Tensor) -> Tensor:
    return (p / q).log()


def _row(
    name: str,
    discriminator: str,
    generator: str,
    best_formula: str,
    best: Best | None,
    minimises: str,
    source: str = "",
) -> Row:
    return Row(name, discriminator, generator, best_formula, best, minimises, source or OBJECTIVES[name].source)


def _best_critic(f: FDivergence) -> Best:
    return lambda p, q: f.optimal(_log_ratio(p, q))


_D = "E_p softplus(-s) + E_q softplus(s)"
CATALOGUE: tuple[Row, ...] = (
    _row("minimax", _D, "-E_q softplus(s)", "log p/q", _log_ratio, "2 JSD(p, q) - log 4"),
    _row(
        "non-saturating", _D, "E_q softplus(-s)", "log p/q", _log_ratio,
        "no divergence; its slope is that of KL(q, p) - 2 JSD(p, q)",
    ),
    _row(
        "least-squares", "1/2 E_p (s - 1)^2 + 1/2 E_q s^2", "1/2 E_q (s - 1)^2", "p / (p + q)",
        lambda p, q: p / (p + q), "1/2 E_q (q / (p + q))^2",
    ),
    _row(
        "least-squares-pearson", "1/2 E_p (s - 1)^2 + 1/2 E_q (s + 1)^2", "1/2 E_q s^2", "(p - q) / (p + q)",
        lambda p, q: (p - q) / (p + q),
        "with 1/2 E_p s^2 added: half the integral of (p - q)^2 / (p + q), Pearson's of p + q and 2q",
        "Mao et al. 2017, eq. 8",
    ),
    _row(
        "hinge", "E_p [1 - s]+ + E_q [1 + s]+", "-E_q s", "sign(p - q)", lambda p, q: (p - q).sign(),
        "E_q sign(q - p); D's loss is 2 (1 - TV(p, q))",
    ),
    _row(
        "wasserstein", "E_q s - E_p s", "-E_q s", "none without a Lipschitz bound", None,
        "K W1(p, q) if D is the best K-Lipschitz function",
    ),
    _row(
        "relativistic", "E softplus(s(G(z)) - s(x))", "E softplus(s(x) - s(G(z)))", "log p/q + a constant", _log_ratio,
        "D's loss is log 2 - JSD of the pairs (x, G(z)) and (G(z), x)",
    ),
    Row(
        "smoothed", "E_p [a softplus(-s) + (1 - a) softplus(s)] + E_q softplus(s)", "E_q softplus(-s)",
        "D = a p / (p + q)", None, "as the non-saturating game, with a bias towards small q", "Salimans et al. 2016",
    ),
    Row(
        "energy-based", "E_p E + E_q [m - E]+", "E_q E", "0 where p > q, m where p < q", None,
        "m times q's mass where q > p; D's loss is m (1 - TV(p, q))", "Zhao et al. 2017, theorem 1",
    ),
    *(
        Row(
            f"f-gan-{f.name}", "-(E_p T - E_q f*(T)), T = g(v)", "-E_q T (or -E_q f*(T))",
            f"T = f'(p/q), f(u) = {f.formula}, f*(t) = {f.conjugate_formula}",
            _best_critic(f), f"D_f(p, q) for the loss -E_q f*(T): {f.name}", f.source,
        )
        for f in F_DIVERGENCES.values()
    ),
)  # fmt: skip
"""A row for each objective of the package."""


LOSSES = ("name", "D minimises", "G minimises", "best D", "what G then minimises", "source")


def table() -> Table:
    """All losses in one table. It prints as lines, and shows as a table in a notebook."""
    return Table(
        LOSSES, [(r.name, r.discriminator, r.generator, r.best_formula, r.minimises, r.source) for r in CATALOGUE]
    )
