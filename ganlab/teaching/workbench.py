"""The bench of lesson 10: two small players, and each line of a training step as a word that can be left out or moved.

Lesson: 10 The training loop, line by line.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import softplus

from ganlab.data import Batches, ImageData, PointData
from ganlab.errors import UserError, unknown
from ganlab.models import GAN, GANConfig
from ganlab.teaching.tiny import WORDS

NOISE, BATCH = 32, 64


class Bench:
    """A G and a D of the package, and the lines of a step as methods: make, detach, loss_D, loss_G, and so on.

    data: where real items come from. seed: of weights, batches and noise; the same as for `GAN` and its `step`.
    ``rows`` are the losses of the last `run`.
    """

    def __init__(self, data: ImageData | PointData, seed: int = 0, lr: float = 2e-4) -> None:
        config = GANConfig(NOISE, lr, g_widths=(64, 64), d_widths=(64, 64))
        self.model = GAN(data.shape, config, seed=seed)
        self.G, self.D = self.model.G, self.model.D
        opt_G, opt_D = self.opts = [self.model.optimisers[player] for player in "GD"]
        self.clear_G, self.step_G = opt_G.zero_grad, opt_G.step
        self.clear_D, self.step_D = opt_D.zero_grad, opt_D.step
        self.batches = Batches(data, BATCH, seed)
        self.rng = torch.Generator().manual_seed(seed)
        self.fake = self.loss = torch.empty(0)
        self.rows: list[dict[str, float]] = []

    def make(self) -> None:
        """Draw noise and make fakes, with a path back into G."""
        self.fake = self.G(torch.randn(BATCH, NOISE, generator=self.rng))

    def detach(self) -> None:
        """Cut that path."""
        self.fake = self.fake.detach()

    def loss_D(self) -> None:
        """D scores a real batch and the fakes in one pile; its loss."""
        real, _labels = next(self.batches)
        s_real, s_fake = self.D(torch.cat([real, self.fake])).chunk(2)
        self.loss = softplus(-s_real).mean() + softplus(s_fake).mean()

    def loss_G(self) -> None:
        """D scores the fakes; G's loss."""
        self.loss = softplus(-self.D(self.fake)).mean()

    def backward(self) -> None:
        """Back from the newest loss."""
        self.loss.backward()


def run(lines: str, bench: Bench, steps: int = 1) -> Bench:
    """Play the named lines, in this order, in each step; keep the losses in ``bench.rows``.

    Raises UserError for a word that names no line, and where a loss or its backward has nothing to start from.
    """
    words = lines.split()
    for word in words:
        if word not in WORDS:
            raise unknown("line", word, WORDS)
    bench.rows = [{"step": n} for n in range(steps)]
    for row in bench.rows:
        for word in words:
            if word in ("detach", "loss_D", "loss_G") and not len(bench.fake):
                raise UserError(f"{word} needs fakes: put make before it")
            if word == "backward" and not bench.loss.requires_grad:
                raise UserError("backward has no loss to start from: put loss_D or loss_G before it")
            getattr(bench, word)()
            if word.startswith("loss"):
                row[word] = bench.loss.item()
    return bench


def audit(lines: str, bench: Bench) -> list[tuple[str, str, str]]:
    """Play the lines once; after each, the line and what D's and G's weights hold (`held`). Raises as `run` does."""
    return [(line, held(run(line, bench).D), held(bench.G)) for line in lines.split()]


def held(network: nn.Module) -> str:
    """What a network's weights hold as gradients: "None", "zero" or "non-zero" ones."""
    grads = [p.grad for p in network.parameters() if p.grad is not None]
    some = any(bool(grad.any()) for grad in grads)
    return "non-zero" if some else "zero" if grads else "None"


def compare(
    plans: Mapping[str, str],
    score: Callable[[Bench], Sequence[Tensor]],
    data: ImageData | PointData,
    steps: int,
    lr: float,
) -> dict[str, Tensor]:
    """Score each plan (lines by name) on seeds 0, 1 and 2; print mean (lowest to highest); return (3, scores) each."""
    found = {}
    for name, lines in plans.items():
        benches = [run(lines, Bench(data, seed, lr), steps) for seed in range(3)]
        runs = found[name] = torch.tensor([[float(value) for value in score(bench)] for bench in benches])
        columns = torch.stack([runs.mean(0), runs.amin(0), runs.amax(0)]).T.tolist()
        print(name.ljust(13) + "".join(f"{mean:9.2f} ({low:.2f} to {high:.2f})" for mean, low, high in columns))
    return found
