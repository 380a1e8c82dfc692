"""The first cell of every lesson: seeds, threads, figure style, and three lines that say where the numbers come from.

Lesson: 00 Start here.
"""

from __future__ import annotations

import platform
import random

import numpy
import torch

from ganlab import __version__
from ganlab.teaching.sizes import size
from ganlab.training.device import choose_device, default_threads, describe, use_threads
from ganlab.viz.style import apply_style


def setup(seed: int = 0) -> None:
    """Prepare a notebook and print three lines: versions, device, run size. Installs and changes no package.

    Seeds Python, NumPy and torch (all devices), sets the number of CPU threads by the rule of `ganlab.training`, and
    gives the notebook's own figures the style of the course. Raises UserError for an unknown GANLAB_SIZE.
    """
    run_size = size()
    random.seed(seed)
    numpy.random.seed(seed)
    torch.manual_seed(seed)
    use_threads(default_threads())
    apply_style()
    libraries = f"torch {torch.__version__}, numpy {numpy.__version__}"
    print(f"ganlab {__version__}, {libraries}, Python {platform.python_version()}")
    print(f"device: {describe(choose_device())}")
    print(f"run size: {run_size} (GANLAB_SIZE), seed {seed}")
