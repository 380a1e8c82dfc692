"""What is wrong with L3: three crashes one behind the other, and then silence.

Lesson: 15 The debugging clinic.
"""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from types import ModuleType

import torch

from ganlab.listings.bug import Bug, Change
from ganlab.listings.kit import photos
from ganlab.listings.probes import calls, inputs, moved, packages, undefined, unused

TITLE = "A convolutional GAN for medical images, on photographs of faces"
DOCUMENT = "S3, sections 5.1 and 5.2"


def imported_and_not_installed(code: ModuleType) -> set[str]:
    """Packages that the code imports and no requirement names."""
    return packages(code) - {re.split("[<>=]", line)[0] for line in code.REQUIRES}


def undefined_names(code: ModuleType) -> set[str]:
    """Names that are used and defined nowhere, found without running a line."""
    return undefined(code)


def scores_per_image(code: ModuleType) -> int:
    """Numbers that D gives for each real image."""
    return code.discriminator()(code.prepared(photos(2))).numel() // 2


def change_of_G(code: ModuleType) -> float:
    """The largest change of a weight of G in one step."""
    G, D = code.generator(), code.discriminator()
    return moved(G, lambda: code.step(G, D, *code.optimisers(G, D), torch.zeros(4, 3, 16, 16)))


def judgements_of_a_step(code: ModuleType) -> int:
    """How often D looks at fakes in one step: before its update, and again after it."""
    G, D = code.generator(), code.discriminator()
    with calls(code, "descend", lambda *_: None):
        given = inputs(D, lambda: code.step(G, D, *code.optimisers(G, D), torch.zeros(2, 3, 16, 16)))
    return len(given) - 1


def still_a_function(code: ModuleType) -> bool:
    """Whether G's loss can be called again after a step."""
    G, D = code.generator(), code.discriminator()
    with calls(code, "descend", lambda *_: None):
        code.step(G, D, *code.optimisers(G, D), torch.zeros(2, 3, 16, 16))
    return callable(code.g_loss)


def loss_of_a_sure_mistake(code: ModuleType) -> float:
    """D's loss where it is sure that a fake is real (score 20)."""
    return float(code.d_loss(torch.tensor([20.0]), torch.tensor([20.0])))


def sheets(code: ModuleType) -> tuple[int, int]:
    """Sheets that twenty steps write, and files that are there afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        with calls(code, "step", lambda *_: None), calls(code, "save") as written:
            code.train(code.generator(), code.discriminator(), photos(5), 4, Path(folder), size=1)
        return len(written), len(list(Path(folder).iterdir()))


def recipe(code: ModuleType) -> tuple[float, float]:
    """Adam's first momentum, and the spread of the first weights."""
    G, D = code.generator(), code.discriminator()
    return code.optimisers(G, D)[0].param_groups[0]["betas"][0], round(float(G[0].weight.detach().std()), 3)


def read_nowhere(code: ModuleType) -> set[str]:
    """Names that get a value and are never read."""
    return unused(code)


def mirror_images(code: ModuleType) -> int:
    """Of 32 copies of an image that is black on the left and white on the right, how many change sides."""
    half = torch.ones(32, 3, 16, 16)
    half[..., :8] = -1
    return int((code.prepared(half)[..., 0] > 0).flatten(1).all(1).sum())


def fakes_for_three(code: ModuleType) -> set[int]:
    """How many images D is given at a time, when there are three real ones."""
    G, D = code.generator(), code.discriminator()
    with calls(code, "descend", lambda *_: None):
        given = inputs(D, lambda: code.step(G, D, *code.optimisers(G, D), torch.zeros(3, 3, 16, 16)))
    return {len(x) for x in given}


BUGS = (
    Bug(
        "L3-1",
        "Another library is installed than is imported",
        "environment",
        "TensorFlow 2.3 beside a CUDA 11.3 that it was not built for, and torch by luck, with torchvision.",
        changes=(Change('REQUIRES = ("torch>=2.6",)', 'REQUIRES = ("tensorflow==2.3", "torchvision")'),),
        probe=imported_and_not_installed,
        asserted="seen == set()",
    ),
    Bug(
        "L3-2",
        "Two names are used and never defined",
        "crash",
        "NameError: the device, and the length of z.",
        changes=(Change('DEVICE = torch.device("cpu")'), Change("LATENT = 100")),
        probe=undefined_names,
        asserted="seen == set()",
    ),
    Bug(
        "L3-3",
        "Images are never brought to G's size",
        "silent",
        "D gives 2091 scores for a photograph of 218x178 and one for a fake of 16x16. Both are averaged, so no error "
        "is raised, and G learns patches of texture.",
        changes=(Change('images = interpolate(images, size=(16, 16), mode="area")'),),
        probe=scores_per_image,
        asserted="seen == 1",
    ),
    Bug(
        "L3-4",
        "G's loss is taken on detached fakes",
        "silent",
        "All gradients of G are None, Adam skips them, and no weight of G ever moves. Its batch-norm buffers do.",
        changes=(Change("shown = fake", "shown = fake.detach()"),),
        probe=change_of_G,
        asserted="seen > 0",
    ),
    Bug(
        "L3-5",
        "The scores from before D's update are used again",
        "crash",
        "RuntimeError: backward through the graph a second time. With retain_graph=True: modified by an inplace "
        "operation.",
        changes=(Change("score_fake = D(shown).flatten()"),),
        probe=judgements_of_a_step,
        asserted="seen == 2",
        along=("L3-10",),
    ),
    Bug(
        "L3-6",
        "The loss takes the name of its function",
        "crash",
        "TypeError in the second step: a tensor is not callable.",
        changes=(Change("loss_G = g_loss(score_fake)", "global g_loss\nloss_G = g_loss = g_loss(score_fake)"),),
        probe=still_a_function,
        asserted="seen",
        translated="the listing's loop stands outside of any function; inside of one it takes the word global",
    ),
    Bug(
        "L3-7",
        "The logarithm of a sigmoid",
        "silent",
        "From a score of about 17 on a sigmoid is exactly 1 in float32: the loss is infinite, its gradient NaN.",
        changes=(
            Change("return softplus(-real).mean() + softplus(fake).mean()",
                   "return -real.sigmoid().log().mean() - (1 - fake.sigmoid()).log().mean()"),
            Change("return softplus(-fake).mean()", "return -fake.sigmoid().log().mean()"),
        ),
        probe=loss_of_a_sure_mistake,
        asserted="math.isfinite(seen)",
    ),
    Bug(
        "L3-8",
        "Every sheet overwrites the one before",
        "silent",
        "254 sheets an epoch, of which one is left: the comment counts epochs, the code batches.",
        changes=(Change('save(G(noise(4)).detach(), folder / f"step-{steps:06}.pt")',
                        'save(G(noise(4)).detach(), folder / "epoch.pt")'),),
        probe=sheets,
        asserted="seen[0] == seen[1] > 0",
    ),
    Bug(
        "L3-9",
        "A DCGAN without its recipe",
        "silent",
        "Adam's momentum of 0.9, and weights as torch draws them.",
        changes=(
            Change('optimiser = partial(Adam, lr=2e-4, betas=(0.5, 0.999))', 'optimiser = partial(Adam, lr=2e-4)'),
            Change("nn.init.normal_(layer.weight, 0, 0.02)", "pass"),
        ),
        probe=recipe,
        asserted="seen == (0.5, 0.02)",
    ),
    Bug(
        "L3-10",
        "Labels that nobody reads",
        "latent",
        "Nothing. The next reader looks for the place where they are used.",
        changes=(Change("n = len(real)", "n = len(real)\nlabels = torch.ones(n, 1)"),),
        probe=read_nowhere,
        asserted="seen == set()",
    ),
    Bug(
        "L3-11",
        "Images are mirrored at random",
        "silent",
        "Right for faces. A digit, a text or a chest turns into something else.",
        changes=(Change("return images",
                        "return torch.where(torch.rand(len(images), 1, 1, 1) < 0.5, images.flip(3), images)"),),
        probe=mirror_images,
        asserted="seen in (0, 32)",
    ),
    Bug(
        "L3-12",
        "The data come from a drive with a daily limit",
        "environment",
        "A page of HTML in place of the archive, on the day of the class.",
    ),
    Bug(
        "L3-13",
        "Medical images",
        "claim",
        "The import line reads CelebA: photographs of faces.",
    ),
    Bug(
        "L3-14",
        "As many fakes as a full batch, always",
        "latent",
        "The last batch has 18 real images and 64 fakes. Two means do not mind; a loss of pairs does.",
        changes=(Change("fake = G(noise(n))", "fake = G(noise(BATCH))"),),
        probe=fakes_for_three,
        asserted="seen == {3}",
    ),
)  # fmt: skip
