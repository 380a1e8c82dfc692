"""How fast training is, as ratios from one interleaved run: ours beside a plain loop over a DataLoader.

The plain loop stands for the one-file scripts that learners meet: the same two networks, items converted one by
one through an image object, Adam in its Python form, two passes of D, a graph through everything, a printed loss.
Both run on the same device and threads, block by block in turn, so that a busy machine slows both.
Lesson: 35 Tools, reproducibility, deployment.
"""

from __future__ import annotations

import copy
import io
import statistics
import time
from collections.abc import Iterator
from contextlib import redirect_stdout
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy
from torch.utils.data import DataLoader, Dataset

from ganlab.data import Batches, ImageData, classes_of, load
from ganlab.errors import UserError
from ganlab.layers import UpsampleConv2d
from ganlab.models import Model
from ganlab.training.device import choose_device, choose_precision, default_threads, describe, use_threads
from ganlab.training.generator import build_model
from ganlab.training.launch import _check_names
from ganlab.training.streams import stream


@dataclass(frozen=True)
class BenchResult:
    """Medians over interleaved blocks; ``ratio`` is the median of the pairwise ratios of speed."""

    model: str
    device: str
    precision: str
    images_per_second: float
    plain_images_per_second: float
    ratio: float
    ratio_low: float
    ratio_high: float
    share_in_data: float
    plain_share_in_data: float
    fraction_of_peak: float
    peak_gflops: float

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return asdict(self)

    def text(self) -> str:
        """The figures for people."""
        return "\n".join(
            (
                f"{self.model} on {self.device}, {self.precision}",
                f"images per second: {self.images_per_second:,.0f} (plain loop {self.plain_images_per_second:,.0f})",
                f"ratio to the plain loop: {self.ratio:.2f} (pairs from {self.ratio_low:.2f} to {self.ratio_high:.2f})",
                f"share of time in data: {self.share_in_data:.1%} (plain loop {self.plain_share_in_data:.1%})",
                f"of this machine's matrix-product peak ({self.peak_gflops:,.0f} GFLOP/s measured):"
                f" {self.fraction_of_peak:.0%}",
            )
        )


def benchmark(
    model: str,
    data: str,
    *,
    batch_size: int,
    size: int | None,
    settings: dict[str, Any],
    where: str,
    precision: str,
    rounds: int,
) -> BenchResult:
    """Time ``rounds`` pairs of blocks. Raises UserError for names and values that do not fit."""
    _check_names(model, {"settings": settings})
    device = choose_device(where)
    use_threads(default_threads())
    items = load(data, size=size)
    if not isinstance(items, ImageData):
        raise UserError(f"bench times image models, and {data} holds points: choose digits or mnist")
    card = {"model": model, "shape": list(items.shape), "settings": settings}
    ours = build_model(card | {"classes": classes_of(items)}).place(device)
    if set(ours.networks) != {"G", "D"} or ours.choices:
        raise UserError(f"bench times a G and a D without labels, and {model} is more: choose gan or dcgan")
    ours.precision = choose_precision(device, precision)
    plain = _PlainLoop(build_model(card), items, batch_size, device)
    batches, rng = _TimedBatches(Batches(items.to(device), batch_size, 0, device)), stream(0, "noise", device)

    def our_steps(count: int) -> None:
        for _ in range(count):
            ours.step(batches, rng)
        _wait(device)

    our_steps(3)
    plain.steps(3)
    block = max(2, int(1.0 / max(_seconds(lambda: our_steps(2)) / 2, 1e-4)))
    batches.seconds = plain.data_seconds = 0.0
    mine, theirs = [], []
    for _ in range(rounds):
        mine.append(_seconds(lambda: our_steps(block)))
        theirs.append(_seconds(lambda: plain.steps(max(1, block // 2))) / max(1, block // 2) * block)
    peak = _matrix_peak(device, ours.precision)
    ratios = [b / a for a, b in zip(mine, theirs, strict=True)]
    step = statistics.median(mine) / block
    return BenchResult(
        model=model,
        device=describe(device),
        precision=str(ours.precision).removeprefix("torch."),
        images_per_second=batch_size / step,
        plain_images_per_second=batch_size * block / statistics.median(theirs),
        ratio=statistics.median(ratios),
        ratio_low=min(ratios),
        ratio_high=max(ratios),
        share_in_data=batches.seconds / sum(mine),
        plain_share_in_data=plain.data_seconds / (sum(theirs) * max(1, block // 2) / block),
        fraction_of_peak=_step_flops(ours, batch_size) / step / peak,
        peak_gflops=peak / 1e9,
    )


class _TimedBatches:
    """Batches with a stopwatch on the host."""

    def __init__(self, batches: Batches) -> None:
        self.batches, self.seconds = batches, 0.0

    def __next__(self) -> tuple[Tensor, Tensor | None]:
        started = time.perf_counter()
        batch = next(self.batches)
        self.seconds += time.perf_counter() - started
        return batch


class _ItemByItem(Dataset[Tensor]):
    """What a transform pipeline does: each item through an image object, then array, tensor, and normalisation."""

    def __init__(self, items: ImageData) -> None:
        self.arrays = items.images.permute(0, 2, 3, 1).numpy()

    def __len__(self) -> int:
        return len(self.arrays)

    def __getitem__(self, index: int) -> Tensor:
        from PIL import Image

        array = self.arrays[index]
        picture = Image.fromarray(array[..., 0] if array.shape[-1] == 1 else array)
        picture = picture.resize((array.shape[1], array.shape[0]), Image.Resampling.BILINEAR)
        x = torch.from_numpy(np.array(picture, copy=True)).view(array.shape).permute(2, 0, 1).contiguous()
        return x.to(torch.float32).div(255).sub_(0.5).div_(0.5)


class _PlainLoop:
    """The loop of a typical script, on copies of the same networks."""

    def __init__(self, model: Model, items: ImageData, batch_size: int, device: torch.device) -> None:
        # Scripts keep PyTorch's default memory layout, and upsample before they convolve.
        self.G, self.D = (_plain(network).to(device) for network in (model.G, model.D))
        for module in self.G.modules():
            if isinstance(module, UpsampleConv2d):
                module.folded = False
        c, self.device = model.config, device
        self.latent = c.latent
        self.opt_g = torch.optim.Adam(self.G.parameters(), lr=c.lr, betas=(c.beta1, c.beta2))
        self.opt_d = torch.optim.Adam(self.D.parameters(), lr=c.lr, betas=(c.beta1, c.beta2))
        self.loader = DataLoader(_ItemByItem(items), batch_size=batch_size, shuffle=True, drop_last=True)
        self.stream = self._forever()
        self.data_seconds = 0.0

    def _forever(self) -> Iterator[Tensor]:
        while True:
            yield from self.loader

    def steps(self, count: int) -> None:
        """Train for ``count`` steps, G first, as the scripts do."""
        with redirect_stdout(io.StringIO()):
            for i in range(count):
                started = time.perf_counter()
                real = next(self.stream).to(self.device)
                self.data_seconds += time.perf_counter() - started
                valid, fake_label = (
                    torch.ones(len(real), device=self.device),
                    torch.zeros(len(real), device=self.device),
                )
                self.opt_g.zero_grad()
                fake = self.G(torch.randn(len(real), self.latent, device=self.device))
                g_loss = binary_cross_entropy(torch.sigmoid(self.D(fake)), valid)
                g_loss.backward()
                self.opt_g.step()
                self.opt_d.zero_grad()
                real_loss = binary_cross_entropy(torch.sigmoid(self.D(real)), valid)
                fake_loss = binary_cross_entropy(torch.sigmoid(self.D(fake.detach())), fake_label)
                d_loss = (real_loss + fake_loss) / 2
                d_loss.backward()
                self.opt_d.step()
                print(f"[{i}] [D loss: {d_loss.item():f}] [G loss: {g_loss.item():f}]")


def _plain(network: nn.Module) -> nn.Module:
    return copy.deepcopy(network).to(memory_format=torch.contiguous_format)  # type: ignore[call-overload]


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def _seconds(work: Any) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _step_flops(model: Model, batch_size: int) -> float:
    """Floating-point operations of one step by PyTorch's own counter: forward and backward of both players."""
    from torch.utils.flop_counter import FlopCounterMode

    class Same:
        def __next__(self) -> tuple[Tensor, Tensor | None]:
            return torch.zeros(batch_size, *model.shape, device=model.device), None

    twin = copy.deepcopy(model).place(model.device)
    with FlopCounterMode(display=False) as counter:
        twin.step(Same(), stream(0, "noise", model.device))
    return float(counter.get_total_flops())


def _matrix_peak(device: torch.device, precision: torch.dtype, side: int | None = None) -> float:
    """Operations per second of a large matrix product, the best of five."""
    side = side or (8192 if device.type == "cuda" else 1024)
    a = torch.randn(side, side, device=device, dtype=precision)

    def product() -> None:
        torch.mm(a, a)
        _wait(device)

    product()
    return 2 * side**3 / min(_seconds(product) for _ in range(5))
