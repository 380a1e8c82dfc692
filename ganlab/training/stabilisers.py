"""Every stabiliser in one table: its formula, the cause it treats, what it costs, how to choose it, and its source.

``stabilisers.table()`` shows it in a notebook; ``ganlab models`` prints it. A stabiliser is chosen by the cause that a
diagnosis found, not by habit. Lesson: 11 Failures and stabilisers.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass
from itertools import pairwise

from ganlab.models import MODELS
from ganlab.objectives.tables import Table


@dataclass(frozen=True)
class Stabiliser:
    """One choice. ``choose`` is what to write after ``ganlab train MODEL``; g is a gradient, s a logit of D."""

    name: str
    formula: str
    treats: str
    costs: str
    choose: str
    source: str


STABILISERS: tuple[Stabiliser, ...] = (
    Stabiliser(
        "clipping by norm", "g min(1, c / |g|)", "exploding gradients; nothing that vanishes",
        "a norm for each update", "--set clip_norm=1", "Pascanu et al. 2013",
    ),
    Stabiliser(
        "spectral norm", "W / sigma_max(W) in each layer of D", "a D that is too steep",
        "one power iteration a pass; D's best answer is out of reach",
        "--set spectral_norm=true", "Miyato et al. 2018",
    ),
    Stabiliser(
        "two time scales", "lr_D = ttur lr_G", "a G that outruns a D that lags behind",
        "one more number to search", "--set ttur=3", "Heusel et al. 2017",
    ),
    Stabiliser(
        "EMA of G", "w <- a w + (1 - a) w_G, for sampling only", "circling around the equilibrium",
        "one more copy of G", "--ema-halflife 500", "Yazici et al. 2019",
    ),
    Stabiliser(
        "R1", "gamma/2 E_p |grad D|^2", "circling; a D that is steep at the data", "a second backward pass in D's step",
        "--penalty r1{plain}", "Mescheder et al. 2018",
    ),
    Stabiliser(
        "R2", "gamma/2 E_q |grad D|^2", "a D that is steep at the fakes", "as R1",
        "--penalty r2{plain}", "Mescheder et al. 2018",
    ),
    Stabiliser(
        "R1 + R2", "gamma/2 (E_p |grad D|^2 + E_q |grad D|^2)", "circling and dropped modes, with the paired loss",
        "twice R1", "--objective relativistic --penalty r1+r2{plain}", "Huang et al. 2024",
    ),
    Stabiliser(
        "WGAN-GP", "lambda E (|grad D(x_mix)| - 1)^2", "no gradient from a D that separates perfectly",
        "as R1, and several steps of D", "--objective wasserstein --penalty gp{plain}", "Gulrajani et al. 2017",
    ),
    Stabiliser(
        "DRAGAN", "lambda E (|grad D(x + noise)| - 1)^2", "a D that is steep around the data", "as R1",
        "--penalty dragan{plain}", "Kodali et al. 2017",
    ),
    Stabiliser(
        "instance noise", "D(x + sigma n), D(G(z) + sigma n)", "laws that do not overlap, hence no gradient",
        "detail finer than sigma", "--set instance_noise=0.1", "Sonderby et al. 2017",
    ),
    Stabiliser(
        "label smoothing", "E_p [a softplus(-s) + (1 - a) softplus(s)]", "a D that is too sure of itself",
        "a bias where q is small", "--set real_label=0.9", "Salimans et al. 2016",
    ),
    Stabiliser(
        "dropout in D", "features of D set to 0 at random", "a D that learns the data by heart",
        "a noisier gradient for G", "--set dropout=0.3", "Srivastava et al. 2014",
    ),
    Stabiliser(
        "minibatch std", "D is told the mean std of its batch", "fakes that are all alike",
        "scores are no longer of one sample", "--set minibatch_std=4", "Karras et al. 2018",
    ),
    Stabiliser(
        "packing", "D(x_1, ..., x_m): p^m against q^m", "fakes that are all alike",
        "m times fewer inputs, m times wider", "--set pack=2", "Lin et al. 2018",
    ),
    Stabiliser(
        "unrolling", "L_G at w_D after k steps of D's own descent", "a G that leaps from mode to mode",
        "k more passes, forward and twice backward", "--set unroll=3{plain}", "Metz et al. 2017",
    ),
    Stabiliser(
        "differentiable augmentation", "D(T(x)), D(T(G(z)))", "too few data: a D that learns them by heart",
        "leaks where T is always applied and cannot be undone", "--set augment=translation+cutout",
        "Zhao et al. 2020",
    ),
    Stabiliser(
        "adaptive augmentation", "p <- p + d sign(E sign(s(x)) - 0.6)", "as before, with the dose found in the run",
        "a run long enough for p to settle", "--set augment=translation+cutout --set ada_target=0.6",
        "Karras et al. 2020",
    ),
    Stabiliser(
        "capacity", "wider or deeper D (or G)", "a D that cannot see what is missing",
        "time; a small data set is learnt by heart",
        "--set {wider}", "Arora et al. 2017",
    ),
    Stabiliser(
        "warm start", "weights of both players from another run", "few data, with a related set that is large",
        "nothing for stability: a strong D before a new G starves it", "--warm-start RUN", "Wang et al. 2018",
    ),
)  # fmt: skip
"""The words in braces are the model's own (`Model.wider`, `Model.plain`), and RUN is a run folder."""


def choice(row: Stabiliser, model: str) -> str | None:
    """What to write after ``ganlab train MODEL`` for this stabiliser; None where the model has no use for it."""
    kind = MODELS[model]
    words = row.choose.format(wider=kind.wider, plain=f" --set {kind.plain}" if kind.plain else "").split()
    for word, value in pairwise(words):
        unknown = {
            "--set": value.partition("=")[0] in kind.refuses,
            "--objective": value not in kind.objectives,
            "--penalty": value not in kind.penalties,
        }
        if unknown.get(word, False):
            return None
    return " ".join(words)


def table() -> Table:
    """All stabilisers in one table. It prints as lines, and shows as a table in a notebook."""
    columns = ("stabiliser", "formula", "treats", "costs", "after ganlab train MODEL", "source")
    return Table(columns, [(*astuple(row)[:4], str(choice(row, "gan")), row.source) for row in STABILISERS])
