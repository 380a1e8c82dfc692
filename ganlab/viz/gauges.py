"""What a dashboard shows of a run: which scalars share a panel, and what each panel can and cannot tell.

Lesson: 12 Monitoring.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Gauge:
    """One panel: up to three scalars by the names they have in the log, each with a label, and dashed lines to read
    them against. ``says`` is how to read it, in one sentence.
    """

    title: str
    scalars: Mapping[str, str]
    says: str
    marks: Mapping[str, float] = field(default_factory=dict)
    log: bool = False

    def series(self, rows: Iterable[Mapping[str, Any]]) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        """Label -> (steps, values) of each scalar that the rows have; what is not finite is left out, and on a
        logarithmic scale what is not positive.
        """
        table, found = list(rows), {}
        for name, label in self.scalars.items():
            pairs = [(row["step"], row[name]) for row in table if isinstance(row.get(name), (int, float))]
            steps, values = np.array(pairs, dtype=np.float64).reshape(-1, 2).T
            keep = np.isfinite(values) & ((values > 0) | (not self.log))
            if keep.any():
                found[label] = (steps[keep], values[keep])
        return found


GAUGES = (
    Gauge(
        "Losses",
        {"loss_D": "D", "loss_G": "G"},
        "Each is measured against an opponent that moves: neither says how good the samples are.",
    ),
    Gauge(
        "Scores",
        {"logit_train": "training data", "logit_generated": "generated", "logit_held_out": "held-out data"},
        "Training and held-out data belong together; the distance to the generated ones is D's lead.",
    ),
    Gauge(
        "Does D know the training set by heart?",
        {"overfit_auc": "train above held-out", "accuracy_held_out": "held-out taken for real"},
        "The first stays at 0.5 while D learns what real data have in common.",
        {"chance": 0.5},
    ),
    Gauge(
        "Sign of the training scores, r",
        {"r_t": "r"},
        "Near 1, D is sure of all training data; adaptive augmentation holds it at 0.6.",
        {"target": 0.6},
    ),
    Gauge(
        "Length of the gradients",
        {"grad_D": "D", "grad_G": "G"},
        "A sudden rise comes before a run breaks; a G near zero hears nothing from D.",
        log=True,
    ),
    Gauge(
        "Step length over weight length",
        {"update_D": "D", "update_G": "G"},
        "About a thousandth is usual; exactly zero means that a network is not being trained.",
        log=True,
    ),
    Gauge(
        "Spread and range of the fakes",
        {
            "spread": "spread",
            "outside": "fakes out of range",
            "unreached": "data out of reach",
        },
        "Spread near 0 is a collapse. A share of fakes beyond the data's range, or of data beyond the fakes', that "
        "stays above 0 is a wrong scale.",
        {"as wide as the data": 1.0},
    ),
)
"""The panels of every dashboard, in reading order; a metric's panel follows where the log has one."""

WITHOUT_D = Gauge(
    "Loss and its parts",
    {"loss_G": "loss", "kl": "KL to the prior"},
    "There is no D, hence no opponent that moves and none of D's panels: this loss falls as the model gets better.",
)
"""What stands in place of the losses where a model has no D, as a VAE."""


def gauges_of(rows: Iterable[Mapping[str, Any]]) -> list[Gauge]:
    """The gauges for which the log has values, those of its metrics included; of a model without a D, none about D."""
    table = list(rows)
    alone = not any("loss_D" in row for row in table)
    gauges = (WITHOUT_D, *GAUGES[1:]) if alone and any("loss_G" in row for row in table) else GAUGES
    shown = [gauge for gauge in gauges if gauge.series(table)]
    for name in dict.fromkeys(k.removeprefix("metric_") for row in table for k in row if k.startswith("metric_")):
        floors = [row[f"floor_{name}"] for row in table if row.get(f"floor_{name}") is not None]
        marks = {"floor: a perfect sampler": float(floors[-1])} if floors else {}
        says = "Lower is better, and nothing honest goes far below the floor."
        shown.append(Gauge(f"Metric: {name}", {f"metric_{name}": name}, says, marks))
    return shown
