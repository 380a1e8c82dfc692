"""The numbers that the quiz of lesson 00 asks for, and where its known mistakes lead."""

from __future__ import annotations

import torch

from ganlab import data

NUMBERS = {"00/grey-value": lambda: data.to_float(torch.tensor(51, dtype=torch.uint8)).item()}
MISTAKES = {"00/grey-value": lambda: {51 / 255, 51 / 127.5, 1 - 51 / 127.5}}
