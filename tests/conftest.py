"""What every test stands on: one thread, no windows, no journal, and MNIST where it is in reach."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
import torch
from hypothesis import settings

from ganlab import data
from ganlab.data import ImageData

# No test, and nothing that a test starts, writes into a learner's journal in the home folder.
os.environ["GANLAB_PROGRESS"] = "off"

# A shell starts what it puts in the background deaf to Ctrl-C, children included; tests of Ctrl-C need it heard.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# One thread: the same sums in the same order, and workers side by side do not fight for the cores.
torch.set_num_threads(1)

# Property tests draw the same examples everywhere, so that a red test is red for everybody.
settings.register_profile("ganlab", deadline=None, max_examples=40, derandomize=True)
settings.load_profile("ganlab")


@pytest.fixture(autouse=True, scope="session")
def _no_windows() -> None:
    import matplotlib

    matplotlib.use("Agg")


@pytest.fixture(scope="session")
def mnist_root() -> Path:
    """The data root, where MNIST is already there. Nothing is downloaded for a test."""
    if data.status("mnist") != "ready":
        pytest.skip(f"MNIST is not in {data.root()}: set GANLAB_DATA to a folder that has mnist/*.gz")
    return data.root()


@pytest.fixture(scope="session")
def mnist(mnist_root: Path) -> ImageData:
    """MNIST's 60 000 training images."""
    loaded = data.load("mnist")
    assert isinstance(loaded, ImageData)
    return loaded
