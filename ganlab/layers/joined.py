"""Several processes as one: each holds its rows of a joined batch, and computes what one process would on all of it.

A loss that is a mean over rows is the mean of the processes' losses, so its gradient is the mean of theirs, whatever
penalties and forward passes are in it. Two things look beyond a row: random numbers, which are drawn for the joined
batch on every process, each taking its rows; and batch statistics, which are sums over all processes.
Lesson: 14 The MLP GAN on MNIST.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn import functional
from torch.overrides import TorchFunctionMode

from ganlab.errors import ProcessLost


@dataclass(frozen=True)
class Rank:
    """Which of ``world`` processes this is, from 0. The default is the only one, for which nothing is exchanged."""

    rank: int = 0
    world: int = 1

    @property
    def first(self) -> bool:
        """Whether this process writes files and speaks."""
        return self.rank == 0

    def joined(self) -> AbstractContextManager[Any]:
        """Inside the block draws and batch statistics are those of the joined batch. Every process must enter it."""
        return nullcontext() if self.world == 1 else _Joined(self)

    def rows(self, x: Tensor) -> Tensor:
        """The rows of this process: (world * N, ...) -> (N, ...)."""
        return x.chunk(self.world)[self.rank] if self.world > 1 else x

    def gather(self, x: Tensor) -> Tensor:
        """The rows of all processes, (N, ...) -> (world * N, ...), for what looks at the batch as a whole.

        All must have as many. The gradient flows to every process's rows.
        """
        before, after = self.rank * len(x), (self.world - 1 - self.rank) * len(x)
        return self.total(torch.cat([x.new_zeros(before, *x.shape[1:]), x, x.new_zeros(after, *x.shape[1:])]))

    def total(self, x: Tensor) -> Tensor:
        """The sum of x over all processes, the same bits on each. The gradient flows to every process's x."""
        return x if self.world == 1 else _Total.apply(x)  # type: ignore[no-untyped-call]

    @torch.no_grad()
    def average(self, loss: Tensor, parameters: Iterable[nn.Parameter]) -> Tensor:
        """Average the gradients over all processes, in place, and return the joined batch's loss, without a graph.

        One flat all-reduce for all of them. A loss that is not finite on one process is then not finite on any.
        Exact where DistributedDataParallel is not: for a step of several forward passes and penalties on gradients.
        """
        if self.world == 1:
            return loss.detach()
        gradients = [p.grad for p in parameters if p.grad is not None]
        flat = torch.cat([loss.reshape(1), *(g.flatten() for g in gradients)]).div_(self.world)
        with exchange():
            dist.all_reduce(flat)
        mean, *pieces = flat.split([1, *(g.numel() for g in gradients)])
        for gradient, piece in zip(gradients, pieces, strict=True):
            gradient.copy_(piece.view(gradient.shape))
        return mean.squeeze(0)


def joined_batch_norm(
    x: Tensor,
    running_mean: Tensor | None,
    running_var: Tensor | None,
    weight: Tensor | None,
    bias: Tensor | None,
    momentum: float,
    eps: float,
    rank: Rank,
) -> Tensor:
    """Batch normalisation of the rows x (N, C, ...) with the mean and variance of all world * N rows.

    ``torch.nn.functional.batch_norm`` in training, running averages included, for equal parts on every process.
    The sums are exchanged forth and their gradients back, on the CPU too, where PyTorch's SyncBatchNorm does not run.
    Source: Ioffe and Szegedy 2015, algorithm 1.
    """
    axes, each = [0, *range(2, x.ndim)], (1, -1, *[1] * (x.ndim - 2))
    wide = x.float() if x.dtype in (torch.bfloat16, torch.float16) else x
    count = rank.world * x.numel() // x.shape[1]
    mean = rank.total(wide.sum(axes)) / count
    centred = wide - mean.view(each)
    variance = rank.total(centred.square().sum(axes)) / count
    if running_mean is not None and running_var is not None:
        with torch.no_grad():
            running_mean.lerp_(mean.to(running_mean.dtype), momentum)
            running_var.lerp_((variance * count / (count - 1)).to(running_var.dtype), momentum)
    y = centred * (variance + eps).rsqrt().view(each)
    if weight is not None:
        y = y * weight.view(each)
    if bias is not None:
        y = y + bias.view(each)
    return y.to(x.dtype)


ALONE = Rank()
"""One process that is all there is."""


class _Joined(TorchFunctionMode):
    """Replaces the few functions that look beyond a row, whoever calls them: views, penalties, noise, layers."""

    def __init__(self, rank: Rank) -> None:
        super().__init__()
        self.rank = rank

    def __torch_function__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Draw for the joined batch and keep this process's rows; normalise over all of it."""
        kwargs = kwargs or {}
        if function in _DRAWS:
            return self._draw(function, args, kwargs)
        if function in _DROPOUTS:
            return self._drop(function, *args, **kwargs)
        if function is functional.batch_norm:
            return self._normalise(*args, **kwargs)
        return function(*args, **kwargs)

    def _draw(self, function: Callable[..., Tensor], args: Any, kwargs: Any) -> Tensor:
        size = _DRAWS[function]
        before, shape = args[: size(args)], args[size(args) :]
        shape = tuple(kwargs.pop("size", shape[0] if len(shape) == 1 and not isinstance(shape[0], int) else shape))
        if not shape:
            return function(*before, size=(), **kwargs)  # one number for all
        return self.rank.rows(function(*before, size=(self.rank.world * shape[0], *shape[1:]), **kwargs))

    def _drop(
        self, function: Callable[..., Tensor], x: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False
    ) -> Tensor:
        if not training:
            return x
        ones = torch.ones((self.rank.world * x.shape[0], *x.shape[1:]), dtype=x.dtype, device=x.device)
        kept = self.rank.rows(function(ones, p))
        return x.mul_(kept) if inplace else x * kept

    def _normalise(
        self,
        x: Tensor,
        running_mean: Tensor | None,
        running_var: Tensor | None,
        weight: Tensor | None = None,
        bias: Tensor | None = None,
        training: bool = False,
        momentum: float = 0.1,
        eps: float = 1e-5,
    ) -> Tensor:
        if not training:
            return functional.batch_norm(x, running_mean, running_var, weight, bias, False, momentum, eps)
        return joined_batch_norm(x, running_mean, running_var, weight, bias, momentum, eps, self.rank)


# Where the shape begins among a drawing function's positional arguments.
_DRAWS: dict[Any, Callable[[tuple[Any, ...]], int]] = {
    torch.rand: lambda args: 0,
    torch.randn: lambda args: 0,
    torch.randint: lambda args: sum(isinstance(a, int) for a in args),
}
_DROPOUTS = (functional.dropout, functional.dropout1d, functional.dropout2d, functional.dropout3d)


class _Total(torch.autograd.Function):
    """All-reduce of a sum. Each process's loss sees the total, so a gradient is the sum of all processes' too."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        total = x.clone(memory_format=torch.contiguous_format)
        with exchange():
            dist.all_reduce(total)
        return total

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        return _Total.apply(gradients[0])  # type: ignore[no-untyped-call]


@contextmanager
def exchange() -> Iterator[None]:
    """Turn what PyTorch says of a process that is gone into `ProcessLost`."""
    try:
        yield
    except RuntimeError as error:
        raise ProcessLost(
            "another process of this run has ended, so this one ends too: see what that one said, then go on with"
            " --resume"
        ) from error
