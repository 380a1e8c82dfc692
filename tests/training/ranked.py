"""The program of `test_ranks`: the same small games in one process or, told by RANK and WORLD_SIZE, in several.

In float64, so that another order of summation shows in the last digits only. Writes RANK.pt into the given folder.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from smallest import IMAGES, NAMES, labels, small
from torch import Tensor, nn
from torch.nn import functional as F

from ganlab.layers import Rank
from ganlab.models import Model
from ganlab.training.ranks import started

BATCH = 12
CASES: dict[str, dict[str, Any]] = {
    **{name: {"name": name} for name in NAMES},
    "gan, gradient penalty": {"name": "gan", "penalty": "gp"},
    "gan, R1 and R2, relativistic": {"name": "gan", "penalty": "r1+r2", "objective": "relativistic"},
    "gan, batch norm": {"name": "gan", "norm": "batch"},
    "gan, two updates of D, the same fakes": {"name": "gan", "d_steps": 2, "fresh_noise": False},
    "dcgan, batch norm": {"name": "dcgan", "norm": "batch"},
    "dcgan, clipped": {"name": "dcgan", "penalty": "clip", "clip_norm": 1e-3, "objective": "wasserstein"},
    "dcgan, spectral norm": {"name": "dcgan", "spectral_norm": True, "ttur": 4.0},
    "dcgan, augmented": {"name": "dcgan", "augment": "color+translation+cutout+flip+rotation", "augment_p": 0.7},
    "dcgan, controller": {"name": "dcgan", "augment": "flip", "ada_target": 0.6, "ada_ramp": 90},
    "dcgan, packs and groups": {"name": "dcgan", "pack": 2, "minibatch_std": 3, "instance_noise": 0.2},
}


class Source:
    """This process's rows of joined batches; a pixel of the last row of batch number ``bad`` is not a number."""

    def __init__(self, rank: Rank, bad: int = 0) -> None:
        batches = torch.rand(10, BATCH, *IMAGES, generator=_rng(0)) * 2 - 1
        batches[bad - 1, -1, 0, 3, 3] = float("nan") if bad else 0.0
        self._batches = iter([(rank.rows(x), rank.rows(labels(BATCH))) for x in batches])

    def __next__(self) -> tuple[Tensor, Tensor | None]:
        return next(self._batches)


def _rng(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def play(model: Model, rank: Rank, steps: int, bad: int = 0) -> dict[str, Tensor]:
    """The state of the model after some steps, and the losses of the last."""
    model.rank, source, rng = rank, Source(rank, bad), _rng(7)
    torch.manual_seed(1)
    for _ in range(steps):
        with rank.joined():
            scalars = model.step(source, rng)
    joined = {name: rank.gather(value.reshape(1)).mean() for name, value in scalars.items()}
    return {k: v.clone() for k, v in model.state_dict().items()} | joined | {"first bad": model.guard.first_bad.clone()}


def draws(rank: Rank) -> dict[str, Tensor]:
    """What is drawn in every way that the package draws, and dropped, all rows of all processes."""
    n, rng = 6 // rank.world, _rng(3)
    torch.manual_seed(5)
    with rank.joined():
        found = {
            "randn": torch.randn(n, 20, generator=rng), "rand": torch.rand((n, 1, 1), generator=rng),
            "shape": torch.randn(torch.Size([n, 2]), generator=rng), "size": torch.rand(size=(n,), generator=rng),
            "high": torch.randint(9, (n,), generator=rng), "between": torch.randint(3, 9, (n, 2), generator=rng),
            "named": torch.randint(high=9, size=(n,), generator=rng),
            "dropout": F.dropout(torch.ones(n, 9)), "channels": nn.Dropout2d(0.5)(torch.ones(n, 9, 2, 2)),
            "not in eval": F.dropout(torch.ones(n, 9), 0.5, training=False),
        }  # fmt: skip
        single = torch.rand((), generator=rng)
    return {name: rank.gather(x) for name, x in found.items()} | {"one number": single}


def normalised(rank: Rank, layer: nn.Module, shape: tuple[int, ...], forward: Callable[[Tensor], Tensor]) -> Any:
    """A batch normalisation's output, its running averages, and first and second derivatives of a joined loss."""
    x = rank.rows(3 + torch.randn(shape, generator=_rng(11))).requires_grad_(True)
    aim = rank.rows(torch.randn(shape, generator=_rng(12)))
    with rank.joined():
        y = forward(layer(x))
        (slope,) = torch.autograd.grad((y - aim).square().sum(), x, create_graph=True)
        slope.square().sum().backward()
    weights = {f"d/d{k}": rank.gather(p.grad[None]).sum(0) for k, p in layer.named_parameters() if p.grad is not None}
    buffers = {k: v.clone() for k, v in layer.named_buffers()}
    return {"y": rank.gather(y), "d/dx": rank.gather(slope), "dd": rank.gather(x.grad)} | weights | buffers


def main(folder: Path) -> None:
    torch.set_num_threads(1)
    torch.set_default_dtype(torch.float64)
    with started("cpu") as rank:
        found = {case: play(small(**how, lr=1e-2), rank, 3) for case, how in CASES.items()}
        found["kept"] = play(small("gan"), rank, 2)
        found["bad"] = play(small("gan"), rank, 4, bad=3)
        found["draws"] = draws(rank)
        for case, layer, shape in (
            ("images", nn.BatchNorm2d(3), (6, 3, 4, 4)), ("points", nn.BatchNorm1d(5), (6, 5)),
            ("plain average", nn.BatchNorm1d(5, momentum=None), (6, 5)),
            ("no weights", nn.BatchNorm2d(2, affine=False), (6, 2, 3, 3)),
            ("no averages", nn.BatchNorm1d(2, track_running_stats=False), (6, 2)),
            ("evaluated", nn.BatchNorm1d(2).eval(), (6, 2)),
        ):  # fmt: skip
            found[f"norm, {case}"] = normalised(rank, layer, shape, torch.sin)
        torch.save(found, folder / f"{rank.rank}.pt")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
