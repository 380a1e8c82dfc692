"""What is wrong with L4: a generator that is trained without a discriminator.

Lesson: 15 The debugging clinic.
"""

from __future__ import annotations

import re
from types import ModuleType

import torch
from torch import Tensor, nn

from ganlab.listings.bug import Bug, Change
from ganlab.listings.kit import digits
from ganlab.listings.probes import calls, moved, packages, unused

TITLE = "A small GAN whose generator never meets its discriminator"
DOCUMENT = "S4, sections 5.1 to 5.4"


def imported_and_not_installed(code: ModuleType) -> set[str]:
    """Packages that the code imports and no requirement names."""
    return packages(code) - {re.split("[<>=]", line)[0] for line in code.REQUIRES}


def arguments_of_the_call(code: ModuleType) -> int:
    """Arguments with which the program calls the training function, which needs four."""
    with calls(code, "train", lambda *_: None) as made:
        code.main()
    return len(made[0])


def shape_for_D(code: ModuleType) -> tuple[int, ...]:
    """The shape of two real images as D is shown them."""
    return tuple(code.scaled(digits(2)).shape)


def slope_at_D(code: ModuleType) -> bool:
    """Whether G's loss depends on any weight of D."""
    G, D = code.generator(), code.discriminator()
    loss = code.generator_loss(D, G(code.noise(4)))
    return any(g is not None for g in torch.autograd.grad(loss, list(D.parameters()), allow_unused=True))


def loss_of_a_good_judge(code: ModuleType) -> float:
    """D's loss, where D gives real images a logit of 9 and fakes one of -9."""
    return float(code.discriminator_loss(lambda x: 9 * x, torch.ones(4, 1), -torch.ones(4, 1)))


def pixels_without_gradient(code: ModuleType) -> float:
    """The share of generated pixels in which G's loss is flat, before training."""
    G, D = code.generator(), code.discriminator()
    fake = G(code.noise(64)).detach().requires_grad_()
    code.generator_loss(D, fake).backward()
    assert fake.grad is not None
    return float((fake.grad == 0).float().mean())


def change_of_mine(code: ModuleType) -> float:
    """The largest change of a weight of the generator that I handed over."""
    G = code.generator()
    return moved(G, lambda: code.train(G, code.discriminator(), digits(4), 1, 4))


def range_of_the_data(code: ModuleType) -> tuple[float, float]:
    """The smallest and the largest number that D is shown of real images."""
    real = code.scaled(digits(64))
    return real.min().item(), real.max().item()


def shown_as_real(code: ModuleType) -> tuple[int, ...]:
    """The shape of what is drawn as real, for four images."""
    return tuple(_shown(code, epochs=1)[0][0].flatten(1).shape)


def sheets_of_ten_epochs(code: ModuleType) -> int:
    """Sheets drawn in ten epochs of three batches, the last one at the end not counted."""
    return len(_shown(code, epochs=10, images=12)) - 1


def _shown(code: ModuleType, epochs: int, images: int = 4) -> list[tuple[Tensor, ...]]:
    def quick(G: nn.Module, D: nn.Module, opt_G: object, opt_D: object, real: Tensor) -> Tensor:
        return G(code.noise(len(real))).detach()

    with calls(code, "show", lambda *_: None) as shown, calls(code, "step", quick):
        code.train(code.generator(), code.discriminator(), digits(images), epochs, 4)
    return shown


def read_nowhere(code: ModuleType) -> set[str]:
    """Names that get a value and are never read."""
    return unused(code)


def places(code: ModuleType) -> int:
    """Places on the sheet, for 32 real and 32 generated images."""
    return code.ROWS * code.COLUMNS


_PIXELS = ("seen_by_bce = fake.clamp(1e-7, 1 - 1e-7)\n"
           "return nn.functional.binary_cross_entropy(seen_by_bce, torch.zeros_like(fake))")  # fmt: skip
_WITHOUT_D = Change("return labelled(D(fake), REAL)", _PIXELS)

BUGS = (
    Bug(
        "L4-1",
        "An obsolete package is installed",
        "environment",
        "tensorflow-gpu has been an empty package with an error message since December 2022.",
        changes=(Change('REQUIRES = ("torch>=2.6",)', 'REQUIRES = ("tensorflow", "tensorflow-gpu")'),),
        probe=imported_and_not_installed,
        asserted="seen == set()",
        translated="with torch imported, neither package would be of use",
    ),
    Bug(
        "L4-2",
        "A function of four arguments is called with two",
        "crash",
        "TypeError: two arguments are missing.",
        changes=(Change("return train(generator(), discriminator(), digits(32), EPOCHS)",
                        "return train(digits(32), EPOCHS)"),),
        probe=arguments_of_the_call,
        asserted="seen == 4",
    ),
    Bug(
        "L4-3",
        "Real images are not flattened",
        "crash",
        "D is built for rows of 784 numbers and gets images of 28x28.",
        changes=(Change("return pixels.flatten(1)", "return pixels"),),
        probe=shape_for_D,
        asserted="seen == (2, 784)",
    ),
    Bug(
        "L4-4",
        "G is compared with zeros, and D is not asked",
        "silent",
        "Every image goes dark, while both losses fall to 0. Any D gives the same G, to the bit.",
        changes=(_WITHOUT_D,),
        probe=slope_at_D,
        asserted="seen",
        along=("L4-6",),
        translated="Keras stops at the shapes; the symptom is that of the next repair one would try",
    ),
    Bug(
        "L4-5",
        "Real is 0 and fake is 1",
        "latent",
        "The game works: D estimates the chance of a fake. Every formula and plot of the document says the opposite.",
        changes=(Change("REAL, FAKE = 1.0, 0.0", "REAL, FAKE = 0.0, 1.0"),),
        probe=loss_of_a_good_judge,
        asserted="seen < 0.01",
    ),
    Bug(
        "L4-6",
        "A cross-entropy of numbers that are no probabilities",
        "silent",
        "Half of the pixels of a tanh are negative, are clipped, and get no gradient.",
        changes=(_WITHOUT_D,),
        probe=pixels_without_gradient,
        asserted="seen < 0.1",
        along=("L4-4",),
    ),
    Bug(
        "L4-7",
        "The networks that are handed over are thrown away",
        "silent",
        "The caller's G is as untrained after an hour as before.",
        changes=(Change("opts = optimisers(G, D)",
                        "G, D = generator(), discriminator()\nopts = optimisers(G, D)"),),
        probe=change_of_mine,
        asserted="seen > 0",
    ),
    Bug(
        "L4-8",
        "One progress bar for each step",
        "claim",
        "Keras' predict in a loop draws a bar a call. The gradient that it cuts is not needed in D's half (L0-4).",
    ),
    Bug(
        "L4-9",
        "The range of the real images is left open, G's is -1 to 1",
        "silent",
        "Real pixels reach to 255, so D needs one weight to be right for ever.",
        changes=(Change("pixels = pixels / 127.5 - 1"),),
        probe=range_of_the_data,
        asserted="seen == (-1, 1)",
    ),
    Bug(
        "L4-10",
        "Noise is drawn as real images",
        "crash",
        "100 numbers do not make a picture, and 64 pictures do not fit on a sheet of seven by seven.",
        changes=(Change("return show(real, fake)", "return show(noise(len(real)), fake)"),
                 Change("ROWS, COLUMNS = 8, 8", "ROWS, COLUMNS = 7, 7")),
        probe=shown_as_real,
        asserted="seen == (4, 784)",
    ),
    Bug(
        "L4-11",
        "A sheet for every batch of every tenth epoch",
        "silent",
        "1875 figures in the tenth epoch.",
        changes=(Change("if (epoch + 1) % 10 == 0 and last:", "if (epoch + 1) % 10 == 0 or last > 1:"),),
        probe=sheets_of_ten_epochs,
        asserted="seen == 1",
    ),
    Bug(
        "L4-12",
        "Constants that nobody reads",
        "latent",
        "Nothing. A reader believes that the noise is uniform, since its range stands there.",
        changes=(Change("LATENT = 100", "LATENT = 100\nNOISE_RANGE = (-1, 1)"),),
        probe=read_nowhere,
        asserted="seen == set()",
    ),
    Bug(
        "L4-13",
        "\"Evaluated on the test set\"",
        "claim",
        "No line of the program reads a test set.",
    ),
    Bug(
        "L4-14",
        "A loader that the library does not have",
        "claim",
        "The text names a class of torch; the library's own is tf.data.Dataset.",
    ),
)  # fmt: skip
