"""What to log besides the losses: a monitor that looks on at a run, as a hook of the trainer.

At logged steps it reads the gradients of the step, compares the weights before and after, and asks D about three fixed
sets of probes: training items, held-out real items, and fakes. Every few hundred steps it may compute a metric. It
draws its probes once, from streams of its own, and keeps nothing between two rows: a watched run equals an unwatched
one, and a resumed run a straight one, to the bit.

Lesson: 12 Monitoring.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from ganlab.data import ImageData, PointData
from ganlab.errors import UserError
from ganlab.training.alarms import alarms
from ganlab.training.dashboard import write_dashboard
from ganlab.training.generator import draw_codes, generate
from ganlab.training.streams import stream
from ganlab.training.trainer import Trainer

BINS = 30


@dataclass(frozen=True)
class Metric:
    """A number about samples, to be computed every ``every`` steps on ``n`` samples of the averaged generator.

    compute: samples (n, *shape) on the CPU -> float; lower is better. floor: what a perfect sampler would get at this
    n, or None where nobody knows.
    """

    name: str
    compute: Callable[[Tensor], float]
    n: int
    every: int = 500
    floor: float | None = None

    def __post_init__(self) -> None:
        if self.n < 1 or self.every < 1:
            raise UserError(f"the metric {self.name} needs n and every of 1 or more, not {self.n} and {self.every}")


class Monitor:
    """A hook for `Trainer`. What it adds to a row:

    ``grad_D``, ``grad_G``         length of the gradient of the last update
    ``update_D``, ``update_G``     length of the step's change of the weights over the length of the weights
    ``logit_train``, ``logit_held_out``, ``logit_generated``   D's mean score of each set of probes
    ``accuracy_held_out``          share of held-out real items that D scores above 0
    ``r_t``                        mean sign of D's score of training items (Karras et al. 2020, eq. 1)
    ``overfit_gap``, ``overfit_auc``   logit_train - logit_held_out, and the chance that the former is the larger
    ``spread``                     standard deviation of the fakes over that of the training items
    ``outside``                    images: share of fake values beyond the smallest or largest real value
    ``unreached``                  images: share of real values that lie a tenth of the data's range or more beyond
                                   the smallest or largest fake value
    ``logits``                     histograms of the scores: edges ``low`` and ``high``, counts of each set
    ``metric_NAME``, ``floor_NAME``   the metric and its floor, where there is one, at its own steps
    """

    def __init__(
        self,
        held_out: ImageData | PointData | None = None,
        metric: Metric | None = None,
        probes: int = 256,
        say: Callable[[str], None] | None = None,
    ) -> None:
        """held_out: real data that are not trained on; what needs them is left out of the log without.

        ``say`` is told of each alarm once, when it first goes off. Raises UserError for fewer than two probes.
        """
        if probes < 2:
            raise UserError(f"a monitor needs 2 probes or more, not {probes}")
        self.held_out, self.metric, self.probes = held_out, metric, probes
        self._say, self._said = say, set[str]()
        self._before: dict[str, list[Tensor]] = {}
        self._sets: dict[str, Tensor] = {}
        self._labels: dict[str, Tensor | None] = {}
        self._run: Trainer | None = None

    def before_step(self, trainer: Trainer) -> None:
        """Keep a copy of the weights until the step is done."""
        model = trainer.model
        self._before = {p: [w.detach().clone() for w in model.weights(p)] for p in model.players}

    def after_step(self, trainer: Trainer, row: dict[str, Any]) -> dict[str, Any]:
        """What this step did, what D says about the probes (if there is a D), and how the fakes spread."""
        found: dict[str, Any] = {}
        for player in trainer.model.players:
            weights = [w.detach() for w in trainer.model.weights(player)]
            found[f"grad_{player}"] = _length([w.grad for w in trainer.model.weights(player) if w.grad is not None])
            moved = _length([now - then for now, then in zip(weights, self._before[player], strict=True)])
            found[f"update_{player}"] = moved / max(_length(weights), 1e-30)
        self._before = {}
        found |= self._ask(trainer)
        if self.metric is not None and row["step"] % self.metric.every == 0:
            found[f"metric_{self.metric.name}"] = self._measure(self.metric, trainer)
            if self.metric.floor is not None:
                found[f"floor_{self.metric.name}"] = self.metric.floor
        return found

    def saved(self, trainer: Trainer) -> None:
        """Say what is newly wrong, and write the run folder's dashboard anew."""
        self._warn(trainer.log)
        if trainer.folder is not None:
            write_dashboard(trainer.folder)

    def failed(self, trainer: Trainer, reason: str) -> None:
        """Leave a dashboard that says why the run ended."""
        if trainer.folder is not None:
            write_dashboard(trainer.folder, reason)

    def _ask(self, trainer: Trainer) -> dict[str, Any]:
        sets = self.probe_sets(trainer)
        fakes = trainer.model.fakes(sets["noise"])
        found = self._judged(trainer, fakes) if "D" in trainer.model.networks else {}
        found["spread"] = _spread(fakes) / _spread(sets["train"]).clamp(min=1e-30)
        if fakes.ndim == 4:
            low, high = sets["train"].aminmax()
            found["outside"] = ((fakes < low - 1e-3) | (fakes > high + 1e-3)).float().mean()
            found["unreached"] = _unreached(sets["train"], fakes)
        return {name: value if name == "logits" else float(value) for name, value in found.items()}

    def _judged(self, trainer: Trainer, fakes: Tensor) -> dict[str, Any]:
        sets = self._sets
        shown = {"train": sets["train"], "held_out": sets.get("held_out"), "generated": fakes}
        rng = stream(trainer.config.seed, "monitor views", trainer.device)
        scores = {
            name: trainer.model.scores(x, rng, self._labels.get(name)) for name, x in shown.items() if x is not None
        }
        found: dict[str, Any] = {f"logit_{name}": s.mean() for name, s in scores.items()}
        found["r_t"] = scores["train"].sign().mean()
        if "held_out" in sets:
            found["accuracy_held_out"] = (scores["held_out"] > 0).float().mean()
            found["overfit_gap"] = found["logit_train"] - found["logit_held_out"]
            found["overfit_auc"] = chance_of_more(scores["train"], scores["held_out"])
        return found | {"logits": histograms(scores)}

    def _measure(self, metric: Metric, trainer: Trainer) -> float:
        codes = draw_codes(trainer.model, metric.n, stream(trainer.config.seed, "monitor metric"))
        return float(metric.compute(generate(trainer.averaged_generator(), codes, trainer.device)))

    def probe_sets(self, trainer: Trainer) -> dict[str, Tensor]:
        """The fixed sets that D is asked about: "train" and "held_out" items, and the "noise" of the fakes."""
        if self._run is not None and self._run is not trainer:
            raise UserError("this monitor belongs to another run: make a new Monitor for each Trainer")
        if self._run is None:
            seed, device = trainer.config.seed, trainer.device
            data = {"train": trainer.batches.data, "held_out": self.held_out and self.held_out.to(device)}
            if self.held_out is not None and self.held_out.shape != trainer.model.shape:
                raise UserError(
                    f"held-out data of shape {self.held_out.shape} do not fit a run on {trainer.model.shape}: load the"
                    " test split of the same data set"
                )
            for name, items in data.items():
                if items is not None:
                    order = torch.randperm(len(items), generator=stream(seed, f"monitor {name}"))[: self.probes]
                    self._sets[name] = items.floats(order.to(device))
                    self._labels[name] = None if items.labels is None else items.labels[order.to(device)]
            self._sets["noise"] = trainer.model.noise(self.probes, stream(seed, "monitor noise", device))
            self._labels["generated"] = trainer.model.asked(self._sets["noise"])
            self._run = trainer
        return self._sets

    def _warn(self, rows: list[dict[str, Any]]) -> None:
        if self._say is None:
            return
        for alarm in alarms(rows):
            if alarm.active and alarm.name not in self._said:
                self._said.add(alarm.name)
                self._say(f"warning: {alarm}")


def chance_of_more(a: Tensor, b: Tensor) -> Tensor:
    """P(a > b) + P(a = b) / 2 over all pairs of values a (N,) and b (M,): the area under the ROC curve."""
    below = torch.searchsorted(b.sort().values, a, right=False) + torch.searchsorted(b.sort().values, a, right=True)
    return below.double().mean() / (2 * len(b))


def histograms(scores: Mapping[str, Tensor]) -> dict[str, Any]:
    """Counts of each set of scores (N,) in `BINS` equal bins between the smallest and largest of all: plain data."""
    both = torch.cat([*scores.values()]).float()
    low, high = (float(end) for end in both.aminmax())
    if not (low < high < float("inf")) or low == -float("inf"):
        return {"low": low, "high": high, "counts": {}}
    counts = {name: torch.histc(s.float(), BINS, low, high).int().tolist() for name, s in scores.items()}
    return {"low": low, "high": high, "counts": counts}


def _length(tensors: list[Tensor]) -> float:
    if not tensors:
        return 0.0
    return float(torch.linalg.vector_norm(torch.stack([torch.linalg.vector_norm(t) for t in tensors])))


def _unreached(real: Tensor, fakes: Tensor) -> Tensor:
    """Share of real values well beyond the range of the fakes; a tanh need not come to its ends for a 0."""
    margin = 0.1 * (real.max() - real.min())
    low, high = fakes.aminmax()
    return ((real < low - margin) | (real > high + margin)).float().mean()


def _spread(x: Tensor) -> Tensor:
    """The root of the mean variance of a coordinate of x (N, ...)."""
    return x.flatten(1).var(0).mean().sqrt()
