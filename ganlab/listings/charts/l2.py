"""What is wrong with L2: twelve bugs, most of them silent.

Lesson: 15 The debugging clinic.
"""

from __future__ import annotations

import contextlib
import tempfile
from pathlib import Path
from types import ModuleType
from unittest import mock

import torch
from torch import nn

from ganlab.listings.bug import Bug, Change
from ganlab.listings.kit import digits
from ganlab.listings.probes import flat, gradient, printed, undefined

TITLE = "A fully connected GAN that nearly works"
DOCUMENT = "S2, section 4"


def undefined_names(code: ModuleType) -> set[str]:
    """Names that are used and defined nowhere, found without running a line."""
    return undefined(code)


def files_afterwards(code: ModuleType) -> list[str]:
    """The files that a run of the whole program leaves."""
    with tempfile.TemporaryDirectory() as folder:
        with contextlib.suppress(FileNotFoundError):
            code.main(Path(folder))
        return [path.name for path in Path(folder).iterdir()]


def smallest_pixel(code: ModuleType) -> float:
    """The smallest number in real images as D is shown them; G reaches to -1."""
    return float(code.scaled(digits(64)).min())


def gradient_of_G_in_Ds_half(code: ModuleType) -> float:
    """The gradient that G's weights hold after D's backward pass."""
    return _halves(code)[0]


def foreign_gradient(code: ModuleType) -> float:
    """How far G's gradient at its own update is from that of its own loss, as a share."""
    return _halves(code)[1]


def _halves(code: ModuleType) -> tuple[float, float]:
    G, D = code.generator(), code.discriminator()
    opt_G, opt_D = code.optimisers(G, D)
    after_D: list[float] = []
    own: list[float] = []
    opt_D.register_step_pre_hook(lambda *_: after_D.append(gradient(G)))

    def compare(*_: object) -> None:
        held = torch.cat([p.grad.flatten() for p in G.parameters()])
        own.append(float((held - alone[0]).norm() / alone[0].norm()))

    opt_G.register_step_pre_hook(compare)
    alone: list[torch.Tensor] = []
    of_scores = code.generator_loss

    def noting(scores: torch.Tensor) -> torch.Tensor:
        loss = of_scores(scores)
        grads = torch.autograd.grad(loss, list(G.parameters()), retain_graph=True)
        alone.append(torch.cat([g.flatten() for g in grads]))
        return loss

    with mock.patch.object(code, "generator_loss", noting):
        code.step(G, D, opt_G, opt_D, code.scaled(digits(8)))
    return after_D[0], own[0]


def pull_on_a_sure_fake(code: ModuleType) -> float:
    """The slope of D's loss in the score of a fake that D is sure is real (20)."""
    D = code.discriminator()
    body = D[1]
    linear = [layer for layer in body if isinstance(layer, nn.Linear)][-1]
    with torch.no_grad():
        linear.weight.zero_()
        linear.bias.fill_(20)
    scores = D(torch.zeros(1, *code.SHAPE))
    code.discriminator_loss(scores.detach(), scores).backward()
    assert linear.bias.grad is not None
    return abs(float(linear.bias.grad))


def lines_of_a_run(code: ModuleType) -> int:
    """Lines that five steps print."""
    return len(printed(lambda: code.train(code.generator(), code.discriminator(), digits(10), epochs=1, size=2)))


def size_afterwards(code: ModuleType) -> int:
    """The batch size after an epoch that ends in a smaller batch; 4 was asked for."""
    return code.train(code.generator(), code.discriminator(), digits(6), epochs=1, size=4)["size"]


def twice(code: ModuleType) -> tuple[bool, bool]:
    """Whether one seed gives one result, and whether samples keep the graph of G."""
    ends = []
    for _ in range(2):
        torch.manual_seed(7)
        G, D = code.generator(), code.discriminator()
        torch.seed()
        code.train(G, D, digits(4), epochs=1, size=4)
        ends.append(flat(G))
    return torch.equal(*ends), code.samples(G, 2).requires_grad


def how_weights_are_loaded(code: ModuleType) -> set[str]:
    """What torch.load is told besides the file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "generator.pt"
        torch.save(code.generator().state_dict(), path)
        with mock.patch.object(torch, "load", wraps=torch.load) as load:
            code.restored(path)
    return set(load.call_args.kwargs)


def kept_as_it_was(code: ModuleType) -> bool:
    """Whether a layer's output, noted by a hook, is still the same when the pass is over."""
    G = code.generator()
    noted: dict[str, torch.Tensor] = {}
    first = G[0][0]
    first.register_forward_hook(lambda _m, given, out: noted.update(z=given[0], out=out))
    G(code.noise(4))
    again = noted["z"] @ first.weight.T + first.bias
    return bool(torch.allclose(noted["out"], again, atol=1e-5))


BUGS = (
    Bug(
        "L2-1",
        "Two names are used and never defined",
        "crash",
        "NameError when the networks are made: NumPy, then the device.",
        changes=(Change("import math"), Change('DEVICE = torch.device("cpu")')),
        probe=undefined_names,
        asserted="seen == set()",
    ),
    Bug(
        "L2-2",
        "The training function is never called",
        "crash",
        "FileNotFoundError: the weights of a training that did not take place.",
        changes=(Change("fit(G, D, path)"),),
        probe=files_afterwards,
        asserted="'generator.pt' in seen",
    ),
    Bug(
        "L2-3",
        "Real pixels from 0 to 1, generated ones from -1 to 1",
        "silent",
        "A good part of the generated pixels has values that no real pixel has; the losses look better than usual.",
        changes=(Change("return pixels / 127.5 - 1", "return pixels / 255"),),
        probe=smallest_pixel,
        asserted="seen == -1",
    ),
    Bug(
        "L2-4",
        "Fakes are not detached in D's half",
        "latent",
        "The same weights, to the bit, since G's gradients are cleared before they are used. It costs a backward "
        "pass through G.",
        changes=(Change("fake = G(noise(len(real))).detach()", "fake = G(noise(len(real)))"),),
        probe=gradient_of_G_in_Ds_half,
        asserted="seen == 0",
    ),
    Bug(
        "L2-5",
        "Fakes are not detached, and G's gradients are cleared too early",
        "silent",
        "G's update holds the gradient of D's loss as well: G learns to be found out.",
        changes=(
            Change("fake = G(noise(len(real))).detach()", "fake = G(noise(len(real)))"),
            Change("opt_D.zero_grad()", "opt_D.zero_grad(), opt_G.zero_grad()"),
            Change("opt_G.zero_grad()"),
        ),
        probe=foreign_gradient,
        asserted="seen < 1e-3",
        along=("L2-4",),
        translated="not in the listing: what becomes of L2-4 when somebody moves one line",
    ),
    Bug(
        "L2-6",
        "A sigmoid, and then a logarithm",
        "silent",
        "The loss of a sure mistake is cut off at 100, and its slope is exactly 0.",
        changes=(
            Change("return nn.Sequential(nn.Flatten(), body).to(DEVICE)",
                   "return nn.Sequential(nn.Flatten(), body.append(nn.Sigmoid())).to(DEVICE)"),
            Change("from torch.nn.functional import binary_cross_entropy_with_logits as bce",
                   "from torch.nn.functional import binary_cross_entropy as bce"),
        ),
        probe=pull_on_a_sure_fake,
        asserted="seen > 0.4",
    ),
    Bug(
        "L2-7",
        "A line for every step",
        "silent",
        "93 800 lines for MNIST and 100 epochs; the notebook freezes, and every line waits for the device.",
        changes=(Change("EVERY = 200", "EVERY = 1"),),
        probe=lines_of_a_run,
        asserted="seen == 1",
    ),
    Bug(
        "L2-8",
        "The loop takes the argument's name",
        "latent",
        "After the last batch of an epoch the batch size is that of the last batch.",
        changes=(Change("n = len(pixels)", "n = size = len(pixels)"),),
        probe=size_afterwards,
        asserted="seen == 4",
    ),
    Bug(
        "L2-9",
        "No seed, and samples that hold their graph",
        "silent",
        "No two runs agree, and memory grows with every sheet of samples.",
        changes=(Change("torch.manual_seed(seed)"), Change("with torch.no_grad():", "if n:")),
        probe=twice,
        asserted="seen == (True, False)",
    ),
    Bug(
        "L2-10",
        "Weights are loaded where they were saved",
        "latent",
        "A file that a GPU wrote does not open on a machine without one.",
        changes=(Change("G.load_state_dict(torch.load(path, map_location=DEVICE, weights_only=True))",
                        "G.load_state_dict(torch.load(path))"),),
        probe=how_weights_are_loaded,
        asserted="seen == {'map_location', 'weights_only'}",
        translated="since torch 2.6 weights_only is the default; the other half of the bug remains",
    ),
    Bug(
        "L2-11",
        "\"It enlarges the training set\"",
        "claim",
        "The samples carry no labels, so they cannot join a labelled set (lesson 14).",
    ),
    Bug(
        "L2-12",
        "Activations that overwrite their input",
        "latent",
        "Fine here. A hook that notes what a layer gave finds something else, and some penalties raise an error.",
        changes=(Change("return nn.LeakyReLU(0.2)", "return nn.LeakyReLU(0.2, inplace=True)"),),
        probe=kept_as_it_was,
        asserted="seen",
    ),
)  # fmt: skip
