"""What is wrong with L0: eighteen bugs of the first document's program.

Lesson: 15 The debugging clinic.
"""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

import torch
from packaging.requirements import InvalidRequirement, Requirement
from torch import Tensor, nn

from ganlab.listings.bug import Bug, Change
from ganlab.listings.kit import digits
from ganlab.listings.probes import calls, gradient, inputs, moved, outputs, undefined

TITLE = "A fully connected GAN that calls three libraries at once"
DOCUMENT = "S0, sections 5.1 to 5.4"


def undefined_names(code: ModuleType) -> set[str]:
    """Names that are used and defined nowhere, found without running a line."""
    return undefined(code)


def shape_of_a_sample(code: ModuleType) -> tuple[int, ...]:
    """The shape of what G gives for one z."""
    return tuple(code.generator()(code.noise(1)).shape[1:])


def type_of_the_loss(code: ModuleType) -> type:
    """The type of G's loss: only a tensor has a backward pass."""
    return type(code.generator_loss(code.discriminator(), code.generator(), code.noise(2)))


def way_back_into_G(code: ModuleType) -> bool:
    """Whether any weight of G hears of G's loss, while D's weights are frozen."""
    G, D = code.generator(), code.discriminator()
    (given,) = inputs(D, lambda: code.generator_loss(D, G, code.noise(2)))
    return given.requires_grad


def what_D_is_asked(code: ModuleType) -> tuple[int, ...]:
    """The shape of what D gets to see in G's half."""
    asked: list[Tensor] = []

    def D(x: Tensor) -> Tensor:
        asked.append(x)
        return torch.zeros(len(x), 1)

    code.generator_loss(D, code.generator(), code.noise(2))
    return tuple(asked[0].flatten(1).shape)


def labels_and_images(code: ModuleType) -> list[tuple[int, int]]:
    """Images and labels of each call of D's loss, counted."""
    with calls(code, "discriminator_loss", lambda D, x, y: torch.zeros(())) as asked:
        code.judgement(None, torch.zeros(8, 1), torch.zeros(8, 1))
    return [(len(x), len(y)) for _, x, y in asked]


def best_on_fakes(code: ModuleType) -> float:
    """The best D(x) on fakes that no real image resembles."""
    real, fake = torch.ones(64, 1), -torch.ones(64, 1)
    logits = torch.linspace(-8, 8, 321)
    losses = [code.judgement(lambda x, s=s: torch.where(x > 0, 9.0, s), real, fake) for s in logits]
    return float(logits[int(torch.stack(losses).argmin())].sigmoid())


def weight_of_real_images(code: ModuleType) -> float:
    """The share of D's loss that comes from real images (1, fakes are -1)."""
    with calls(code, "discriminator_loss", lambda D, x, y: torch.zeros(())) as asked:
        code.judgement(None, torch.ones(8, 1), -torch.ones(8, 1))
    return sum(float((x > 0).float().mean()) for _, x, _ in asked) / len(asked)


def sum_of_losses(code: ModuleType) -> str:
    """The error, if any, of adding two losses that carry gradients."""
    D = nn.Linear(1, 1)
    try:
        code.judgement(D, torch.ones(4, 1), torch.zeros(4, 1))
    except RuntimeError as error:
        return str(error) if "numpy" in str(error) else ""
    return ""


def left_in_D(code: ModuleType) -> float:
    """The gradient that D's weights already hold when D's half begins."""
    return _held(code, steps=1)["update_D"][-1][1]


def left_by_a_step(code: ModuleType) -> float:
    """The gradient that the weights of both already hold when the first half of the second step begins."""
    return min(sum(held[-1]) for held in _held(code, steps=2).values())


def _held(code: ModuleType, steps: int) -> dict[str, list[tuple[float, float]]]:
    G, D = code.generator(), code.discriminator()
    opts = code.optimisers(G, D)
    held: dict[str, list[tuple[float, float]]] = {"update_D": [], "update_G": []}

    def noting(half: str, real: Callable[..., Tensor]) -> Callable[..., Tensor]:
        def noted(*arguments: object) -> Tensor:
            held[half].append((gradient(G), gradient(D)))
            return real(*arguments)

        return noted

    with (
        calls(code, "update_D", noting("update_D", code.update_D)),
        calls(code, "update_G", noting("update_G", code.update_G)),
    ):
        for _ in range(steps):
            code.step(G, D, *opts, code.batch(digits(16), 4))
    return held


def change_of_D(code: ModuleType) -> float:
    """The largest change of a weight of D in G's half."""
    G, D = code.generator(), code.discriminator()
    opt_G, _ = code.optimisers(G, D)
    return moved(D, lambda: code.update_G(G, D, opt_G, 4))


def steps_of_an_epoch(code: ModuleType) -> int:
    """Steps of one epoch over 32 images in batches of 4."""
    with calls(code, "step", lambda *_: (0.0, 0.0)) as steps:
        code.train(code.generator(), code.discriminator(), digits(32), epochs=1, n=4)
    return len(steps)


def dead_units(code: ModuleType) -> float:
    """The share of hidden values of G that are exactly 0."""
    G = code.generator()
    hidden = [outputs(G, kind, lambda: G(code.noise(64))) for kind in (nn.ReLU, nn.LeakyReLU) if _has(G, kind)]
    return float((torch.cat(hidden) == 0).float().mean())


def _has(network: nn.Module, kind: type[nn.Module]) -> bool:
    return any(isinstance(layer, kind) for layer in network.modules())


def range_of_the_data(code: ModuleType) -> tuple[float, float]:
    """The smallest and the largest number that D is shown of real images."""
    real = code.batch(digits(64), 64)
    return real.min().item(), real.max().item()


def rates(code: ModuleType) -> tuple[float, float]:
    """Adam's step size and first momentum."""
    group = code.optimisers(nn.Linear(1, 1), nn.Linear(1, 1))[0].param_groups[0]
    return group["lr"], group["betas"][0]


def shape_of_a_picture(code: ModuleType) -> tuple[int, ...]:
    """The shape of one picture of the sheet."""
    return tuple(code.picture(torch.zeros(100, 1, 28, 28), 3).shape)


def unreadable_requirements(code: ModuleType) -> list[str]:
    """Requirements that pip cannot read."""
    return [line for line in code.REQUIRES if not _readable(line)]


def _readable(line: str) -> bool:
    try:
        Requirement(line)
    except InvalidRequirement:
        return False
    return True


BUGS = (
    Bug(
        "L0-1",
        "Seven names are used and never defined",
        "crash",
        "NameError, one a repair: a loss, then NumPy, then the loader, and so on to the optimisers.",
        changes=(
            Change("import numpy as np"),
            Change("opt_G, opt_D = optimisers(G, D)"),
            Change(
                "from ganlab.listings.kit import Adam, Net, digits, sheet, stack",
                "from ganlab.listings.kit import Adam, Net, digits, stack",
            ),
        ),
        missing=("batch", "discriminator_loss", "generator_loss"),
        probe=undefined_names,
        asserted="seen == set()",
    ),
    Bug(
        "L0-2",
        "G gives rows of 784 numbers, D was built for images",
        "silent",
        "Keras refuses to stack the two. Torch flattens what D is given, so nothing happens until a picture is drawn.",
        changes=(Change("nn.Unflatten(1, SHAPE),"),),
        probe=shape_of_a_sample,
        asserted="seen == (1, 28, 28)",
        translated="an error in Keras, silent in torch",
    ),
    Bug(
        "L0-3",
        "The backward pass of a plain number",
        "crash",
        "AttributeError: what the loss function returns has no attribute 'backward'.",
        changes=(Change("return bce(logits, torch.ones(len(z), 1))",
                        "return bce(logits, torch.ones(len(z), 1)).item()"),),
        probe=type_of_the_loss,
        asserted="issubclass(seen, torch.Tensor)",
        translated="there a tensor of another library, here a float",
    ),
    Bug(
        "L0-4",
        "Fakes that left the graph as a NumPy array",
        "silent",
        "G's loss reaches D's weights and no weight of G. If D is frozen, backward() says that the loss needs no grad.",
        changes=(Change("fake = G(z)", "fake = torch.from_numpy(G(z).detach().numpy())"),),
        probe=way_back_into_G,
        asserted="seen",
        translated="Keras' predict returns NumPy; here the detour is spelled out",
    ),
    Bug(
        "L0-5",
        "D judges the noise, and G is not asked",
        "crash",
        "Shapes 100 and 784 do not fit. With a noise of 784 numbers it runs, and G never moves.",
        changes=(Change("logits = D(fake)", "logits = D(z)"),),
        probe=what_D_is_asked,
        asserted="seen == (2, 784)",
    ),
    Bug(
        "L0-6",
        "Half as many labels as images",
        "crash",
        "ValueError: target and input of the cross-entropy differ in size, which it does not stretch.",
        changes=(Change("n = rows = len(fake)", "n, rows = len(fake), len(fake) // 2"),),
        probe=labels_and_images,
        asserted="all(images == labels for images, labels in seen)",
    ),
    Bug(
        "L0-7",
        "Half of the fakes are labelled real",
        "silent",
        "On a fake that no real image resembles D's best answer is 1/2, with L0-8 beside it 1/3, and never less.",
        changes=(Change("wrong = torch.zeros(n, 1)",
                        "wrong = torch.cat([torch.ones(n // 2, 1), torch.zeros(n - n // 2, 1)])"),),
        probe=best_on_fakes,
        asserted="seen < 0.1",
    ),
    Bug(
        "L0-8",
        "Fakes are counted twice, and weigh three times as much",
        "silent",
        "They weigh 3/4, real images 1/4: D's best answer is p / (p + 3q), so 1/4 where both laws agree.",
        changes=(
            Change("shown = real", "shown = torch.cat([real, fake])"),
            Change("right = torch.ones(rows, 1)", "right = torch.cat([torch.ones(rows, 1), torch.zeros(rows, 1)])"),
        ),
        probe=weight_of_real_images,
        asserted="seen == 1 / 2",
    ),
    Bug(
        "L0-9",
        "NumPy adds the losses",
        "crash",
        "RuntimeError: a tensor that carries gradients does not turn into an array.",
        changes=(Change("return 0.5 * (on_real + on_fake)", "return 0.5 * np.add(on_real, on_fake)"),),
        probe=sum_of_losses,
        asserted="seen == ''",
    ),
    Bug(
        "L0-10",
        "G's backward pass comes first, and D's update takes its gradient along",
        "silent",
        "D is pushed towards calling fakes real by the gradient of G's loss: it learns more slowly.",
        changes=(Change("loss_D = update_D(G, D, opt_D, real)\nloss_G = update_G(G, D, opt_G, len(real))",
                        "loss_G = update_G(G, D, opt_G, len(real))\nloss_D = update_D(G, D, opt_D, real)"),),
        probe=left_in_D,
        asserted="seen == 0",
    ),
    Bug(
        "L0-11",
        "Gradients are never cleared",
        "silent",
        "Every step adds to the sum of all before: D becomes certain, G ends in one picture.",
        changes=(Change("clear(opt_G, opt_D)"),),
        probe=left_by_a_step,
        asserted="seen == 0",
        translated="the call that should clear them exists in none of the three libraries",
    ),
    Bug(
        "L0-12",
        "G's optimiser holds D's weights too",
        "silent",
        "In G's half D learns to call fakes real: both networks work for G.",
        changes=(Change("weights = [*G.parameters()]", "weights = [*G.parameters(), *D.parameters()]"),),
        probe=change_of_D,
        asserted="seen == 0",
        translated="Keras: the two stacked networks are compiled without freezing D",
    ),
    Bug(
        "L0-13",
        "The inner loop counts to the batch size",
        "silent",
        "An epoch is 128 steps, however many images there are.",
        changes=(Change("for _ in range(len(images) // n):", "for _ in range(n):"),),
        probe=steps_of_an_epoch,
        asserted="seen == 32 // 4",
    ),
    Bug(
        "L0-14",
        "The text promises leaky ReLUs, the code has ReLUs",
        "silent",
        "Half of the hidden values are exactly 0 at the start, and a unit that is 0 for every z never comes back.",
        changes=(Change("between = lambda: nn.LeakyReLU(0.2)  # noqa: E731", "between = lambda: nn.ReLU()"),),
        probe=dead_units,
        asserted="seen == 0",
    ),
    Bug(
        "L0-15",
        "The range of the real images is left open, G's is -1 to 1",
        "silent",
        "Real pixels reach to 255, so D needs one weight to be right for ever.",
        changes=(Change("return pixels / 127.5 - 1", "return pixels"),),
        probe=range_of_the_data,
        asserted="seen == (-1, 1)",
    ),
    Bug(
        "L0-16",
        "Adam as it comes",
        "silent",
        "A step size of 0.001 and a momentum of 0.9: the losses swing.",
        changes=(Change('optimiser = partial(Adam, lr=2e-4, betas=(0.5, 0.999))', "optimiser = Adam"),),
        probe=rates,
        asserted="seen == (2e-4, 0.5)",
    ),
    Bug(
        "L0-17",
        "A picture is cut out along the wrong axis",
        "silent",
        "Rows of 784 numbers: too many indices. Images of torch, channels first: a strip of one row, without a word.",
        changes=(Change("return samples[i, 0]", "return samples[i, :, :, 0]"),),
        probe=shape_of_a_picture,
        asserted="seen == (28, 28)",
    ),
    Bug(
        "L0-18",
        "A version that pip cannot read",
        "environment",
        "pip: invalid requirement. A prefix is written ==2.*, not ==2.x.",
        changes=(Change('REQUIRES = ("torch>=2.6", "numpy>=2.0")', 'REQUIRES = ("torch==2.x", "numpy>=2.0")'),),
        probe=unreadable_requirements,
        asserted="seen == []",
    ),
)  # fmt: skip
