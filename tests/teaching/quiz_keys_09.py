"""The numbers that the quiz of lesson 09 asks for, and where its known mistakes lead."""

from __future__ import annotations

import torch

from ganlab.dynamics import dirac, multipliers

NUMBERS = {"09/one-step": lambda: multipliers(dirac(), torch.zeros(2), 1.0).abs().max().item()}
MISTAKES = {"09/one-step": lambda: {1 + 0.5, 1 + 0.5**2, 0.5, 1.0}}
