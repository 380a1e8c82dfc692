"""What is wrong with L1: a skeleton, and three numbers that mean something else in another library.

Lesson: 15 The debugging clinic.
"""

from __future__ import annotations

from types import ModuleType

import torch
from torch import nn

from ganlab.listings.bug import Bug, Change

TITLE = "Half of a convolutional GAN"
DOCUMENT = "S1, sections 5.2 to 5.4"


def shape_of_a_sample(code: ModuleType) -> tuple[int, ...]:
    """The shape of what G gives for one z."""
    return tuple(code.generator().eval()(code.noise(1)).shape[1:])


def scores_per_image(code: ModuleType) -> int:
    """Numbers that D gives for each image."""
    return code.discriminator()(torch.zeros(2, 1, 28, 28)).numel() // 2


def parts(code: ModuleType) -> set[str]:
    """Which of the parts of a training program there are."""
    return {"optimisers", "losses", "step", "train"} & set(vars(code))


def share_of_the_new(code: ModuleType) -> float:
    """How far one batch with mean 1 moves the running mean from 0."""
    layer = code.norm()
    layer(1 + torch.tensor([[-1.0], [1.0]]).expand(2, 7 * 7 * 256))
    return float(layer.running_mean[0])


def slope(code: ModuleType) -> float:
    """What the activation makes of -1."""
    return float(code.activation()(torch.tensor(-1.0)))


def effect_of_a_bias(code: ModuleType) -> float:
    """The largest change of G's stem when a constant is added in front of its batch norm."""
    stem = nn.Sequential(*list(code.generator())[:2])
    with torch.no_grad():
        z = code.noise(16)
        return float((stem[1](stem[0](z) + 3) - stem[1](stem[0](z))).abs().max())


BUGS = (
    Bug(
        "L1-1",
        "G stops at 7x7 with 256 channels",
        "crash",
        "D expects one channel and gets 256. Three dots hide two stages and the output.",
        changes=(Change("nn.ConvTranspose2d(256, 64, 4, 2, 1), activation(),\n"
                        "nn.ConvTranspose2d(64, 1, 4, 2, 1), nn.Tanh(),"),),
        probe=shape_of_a_sample,
        asserted="seen == (1, 28, 28)",
    ),
    Bug(
        "L1-2",
        "D ends in a map, not in a score",
        "silent",
        "14x14 maps of 32 channels: 6272 numbers an image. A mean over all of them trains without an error.",
        changes=(Change("nn.Conv2d(32, 64, 3, 2, 1), activation(), nn.Flatten(), nn.Linear(64 * 7 * 7, 1),"),),
        probe=scores_per_image,
        asserted="seen == 1",
        translated="Keras' cross-entropy refuses the shapes; a loss that takes a mean does not",
    ),
    Bug(
        "L1-3",
        "No loss, no optimiser, no loop",
        "crash",
        "Two networks, and nothing that trains them: NameError at the first call.",
        missing=("optimisers", "losses", "step", "train"),
        probe=parts,
        asserted="seen == {'optimisers', 'losses', 'step', 'train'}",
    ),
    Bug(
        "L1-4",
        "A momentum that means its opposite",
        "silent",
        "Keras' 0.8 keeps 0.8 of the old statistics, torch's 0.8 keeps 0.2. As second argument it would be eps = 0.8.",
        changes=(Change("return nn.BatchNorm1d(7 * 7 * 256, momentum=0.2)",
                        "return nn.BatchNorm1d(7 * 7 * 256, momentum=0.8)"),),
        probe=share_of_the_new,
        asserted="abs(seen - 0.2) < 1e-4",
        translated="right in Keras; the bug comes with the translation",
    ),
    Bug(
        "L1-5",
        "A leaky ReLU without its slope",
        "silent",
        "Keras' default is 0.3, torch's 0.01: a port that keeps defaults is another network.",
        changes=(Change("return nn.LeakyReLU(0.3)", "return nn.LeakyReLU()"),),
        probe=slope,
        asserted="abs(seen + 0.3) < 1e-6",
        translated="right in Keras; the bug comes with the translation",
    ),
    Bug(
        "L1-6",
        "No bias in front of a batch norm",
        "sound",
        "Right: the batch norm subtracts the mean, and any constant with it.",
        probe=effect_of_a_bias,
        asserted="seen < 1e-5",
    ),
    Bug(
        "L1-7",
        "The result is a picture at example.com",
        "claim",
        "The address was never anything but a placeholder: there is no result.",
    ),
)  # fmt: skip
