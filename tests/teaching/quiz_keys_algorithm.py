"""The numbers that the quiz of lesson 10 asks for, and where its known mistakes lead."""

from __future__ import annotations

import math

import torch
from torch.nn.functional import softplus

from ganlab.objectives import non_saturating

NUMBERS = {
    "10/mean-of-two": lambda: non_saturating.discriminator(torch.zeros(4), torch.zeros(4)).item() / 2,
    "10/logit-20": lambda: softplus(torch.tensor(20.0)).item(),
}
MISTAKES = {
    "10/mean-of-two": lambda: {2 * math.log(2), 0.5, 0.0, math.log(2) / 2, math.log10(2)},
    "10/logit-20": lambda: {torch.nn.BCELoss()(torch.sigmoid(torch.tensor(20.0)), torch.tensor(0.0)).item(), 0.0, 1.0},
}
