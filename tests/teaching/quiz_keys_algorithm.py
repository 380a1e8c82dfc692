"""The numbers that the quiz of lessons 10 and 11 asks for, and where its known mistakes lead."""

from __future__ import annotations

import math

import torch
from torch.nn.functional import softplus

from ganlab.objectives import clip_by_norm, non_saturating

NUMBERS = {
    "10/mean-of-two": lambda: non_saturating.discriminator(torch.zeros(4), torch.zeros(4)).item() / 2,
    "10/logit-20": lambda: softplus(torch.tensor(20.0)).item(),
    "11/clip-three-four": lambda: clip_by_norm([torch.tensor([6.0, 8.0])], 5.0)[0][0].item(),
    "11/pack-of-two": lambda: 1 - (1 - 0.2) ** 2,
}
MISTAKES = {
    "10/mean-of-two": lambda: {2 * math.log(2), 0.5, 0.0, math.log(2) / 2, math.log10(2)},
    "10/logit-20": lambda: {torch.nn.BCELoss()(torch.sigmoid(torch.tensor(20.0)), torch.tensor(0.0)).item(), 0.0, 1.0},
    "11/clip-three-four": lambda: {min(6.0, 5.0), clip_by_norm([torch.tensor([6.0, 8.0])], 1.0)[0][0].item(), 6.0},
    "11/pack-of-two": lambda: {0.2, 2 * 0.2, 0.2**2},
}
