"""One run in several processes: ``torchrun --nproc-per-node 2 -m ganlab train ...``, or a notebook launcher.

A launcher starts the same program several times and tells each process its number, in environment variables. Here
they find each other. What they then compute together is in ``ganlab/layers/joined.py``: two processes that share a
batch of 64 equal one process with a batch of 64. Lesson: 14 The MLP GAN on MNIST.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import torch
import torch.distributed as dist

from ganlab.errors import NonFiniteError, ProcessLost, UserError
from ganlab.layers import Rank, exchange
from ganlab.models import Model
from ganlab.training import device

PATIENCE = timedelta(minutes=30)
"""How long a process waits for another, for the first to write a checkpoint or to measure samples, say."""


@contextmanager
def started(where: str = "auto") -> Iterator[Rank]:
    """The number of this process among those that a launcher started; they are connected inside the block.

    Without a launcher, or within ``torch.distributed`` started by the caller, nothing is started. On GPUs each process
    takes that of its number (NCCL); on the CPU they talk through Gloo. Raises UserError where there are more processes
    than GPUs, and where the processes cannot find each other.
    """
    ours = not dist.is_initialized() and "RANK" in os.environ and int(os.environ.get("WORLD_SIZE", "1")) > 1
    if ours:
        _connect(where)
    if not dist.is_initialized():
        yield Rank()
        return
    try:
        yield Rank(dist.get_rank(), dist.get_world_size())
    except ProcessLost:
        ours = False  # what is broken cannot be closed in good order
        raise
    finally:
        if ours:
            dist.destroy_process_group()


def _connect(where: str) -> None:
    on_gpus = where != "cpu" and torch.cuda.is_available()
    if on_gpus:
        number, gpus = int(os.environ.get("LOCAL_RANK", "0")), torch.cuda.device_count()
        if number >= gpus:
            raise UserError(f"there are more processes than GPUs ({gpus}): start as many, or add --device cpu")
        torch.cuda.set_device(number)
    try:
        dist.init_process_group("cpu:gloo,cuda:nccl" if on_gpus else "gloo", timeout=PATIENCE)
    except (RuntimeError, ValueError) as error:
        raise UserError(
            f"the processes of this run do not find each other ({error}): start them with torchrun, which tells them"
            " how, or unset RANK and WORLD_SIZE"
        ) from error


@contextmanager
def together(rank: Rank) -> Iterator[None]:
    """All processes wait for all at the end of the block; an error of one, for its user, is raised by every one."""
    if rank.world == 1:
        yield
        return
    mine: UserError | NonFiniteError | None = None
    try:
        yield
    except (UserError, NonFiniteError) as error:
        if getattr(error, "told", False):  # by a block within this one, and all processes are on their way out
            raise
        mine = error
    found: list[Any] = [None] * rank.world
    with exchange():
        dist.all_gather_object(found, mine)
    wrong = next((each for each in (mine, *found) if each is not None), None)
    if wrong is not None:
        wrong.told = True
        raise wrong


def any_of(rank: Rank, note: int) -> int:
    """The largest of all processes' notes. It goes through the CPU and does not wait for a GPU."""
    if rank.world == 1:
        return note
    largest = torch.tensor(note)
    with exchange():
        dist.all_reduce(largest, dist.ReduceOp.MAX)
    return int(largest)


def default_threads() -> int:
    """Threads of each process: those that one process would take, divided among the run's processes here."""
    here = int(os.environ.get("LOCAL_WORLD_SIZE", os.environ.get("WORLD_SIZE", "1")))
    return max(1, device.default_threads() // max(1, here))


def most_processes() -> tuple[int, str]:
    """How many processes are of use on this machine, and what each takes: a GPU, or a processor where there is none."""
    gpus = torch.cuda.device_count() if torch.cuda.is_available() else 0
    return (gpus, "GPU") if gpus else (device.processors(), "processor")


def check(rank: Rank, model: Model, batch_size: int) -> None:
    """Refuse, in one sentence, what several processes cannot do as one process does it."""
    model.config.check_batch(batch_size, rank.world)
    if rank.world == 1:
        return
    if model.config.unroll:
        raise UserError("unrolling plays D's next steps out on the rows of one process alone: run it in one process")
    if model.penalty.name == "dragan":
        raise UserError(
            "penalty 'dragan' measures the spread of the batch, of which each process sees a part: choose --penalty gp,"
            " or run it in one process"
        )
