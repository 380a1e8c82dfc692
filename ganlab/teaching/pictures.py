"""The pictures of quiz questions: drawn by the package from its own data and networks, the same at every call.

Each is a function without arguments that gives PNG bytes; `PICTURES` names them for the quiz files. None of them
touches the global random numbers. Lesson: 00 Start here.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

import numpy
import torch
from torch import Tensor
from torch.nn.functional import conv_transpose2d, softplus

from ganlab import data, museum, viz, zoo
from ganlab.data import ImageData
from ganlab.dynamics import alternating, dirac, simultaneous, trajectory
from ganlab.errors import unknown
from ganlab.layers import augment, transformations
from ganlab.metrics.divergences import mixture, normal
from ganlab.models import GAN, GANConfig
from ganlab.museum.picture import single
from ganlab.objectives import minimax
from ganlab.teaching.metric_explorer import faulty_points
from ganlab.training.generator import build_model
from ganlab.viz.points import scatter, window_of
from ganlab.viz.sheet import enlarged_sheet, picture
from ganlab.viz.style import BLACK, BLUE, DISCRIMINATOR, FAKE, GENERATOR, OTHERS, REAL

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SHEET = 16  # images on one sheet: four by four
COLOURS = 64  # a figure of few colours needs no more, and half the bytes


@cache
def draw(name: str) -> bytes:
    """The PNG bytes of a picture. Raises UserError for a name that is not in `PICTURES`."""
    if name not in PICTURES:
        raise unknown("picture", name, PICTURES)
    return _few_colours(PICTURES[name]())


def one_hump_and_two() -> tuple[Tensor, Tensor]:
    """Two samples (20 000,) with mean 3 and standard deviation 1: a bell, and two narrower bells side by side.

    Both are quantiles, not random draws, so that their moments are exact.
    """
    shares = (torch.arange(10_000, dtype=torch.float64) + 0.5) / 10_000
    bell = torch.special.ndtri(shares)
    bell = bell / bell.std(correction=0)
    apart = 0.9
    narrow = bell * (1 - apart**2) ** 0.5
    return 3 + bell.repeat(2), 3 + torch.cat([narrow - apart, narrow + apart])


def sheets() -> dict[str, Tensor]:
    """Three sheets of 16 digits (16, 1, 8, 8): many different ones, an untrained network's, and two pictures repeated.

    The last is what mode collapse looks like: 16 different z of which the generator makes two pictures. It is made by
    drawing z close to two points.
    """
    generator = zoo.load("dcgan-digits")
    untrained = build_model(generator.card, seed=0).G.eval()
    z, points = (torch.randn(n, generator.latent, generator=_rng(seed)) for n, seed in ((SHEET, 2), (SHEET, 6)))
    nearest = torch.tensor([0, 1, 0, 0, 1, 0, 0, 0, 1, 0, 1, 0, 0, 1, 0, 0])
    close = points[nearest] + 0.03 * z
    with torch.no_grad():
        return {"A": generator(z), "B": untrained(z), "C": generator(close)}


def two_ranges() -> tuple[Tensor, Tensor]:
    """Real digits with pixels in [0, 1] (not scaled for a GAN) and generated ones in [-1, 1]."""
    digits = data.load("digits")
    assert isinstance(digits, ImageData)
    return (digits.floats() + 1) / 2, zoo.load("dcgan-digits").sample(len(digits))


def gradient_norms() -> dict[str, dict[str, float | None]]:
    """Norm of the gradient that each network holds after the backward pass of D's half; None where it holds none.

    Panel A: the fakes were not detached. Panel B: they were. Same weights, same batch.
    """
    found: dict[str, dict[str, float | None]] = {}
    real = data.load("digits").floats(slice(0, 64))
    for panel, detach in (("A", False), ("B", True)):
        model = GAN(tuple(real.shape[1:]), GANConfig(32, g_widths=(64, 64), d_widths=(64, 64)), seed=0)
        fake = model.G(torch.randn(64, 32, generator=_rng(0)))
        s_real, s_fake = model.D(torch.cat([real, fake.detach() if detach else fake])).chunk(2)
        (softplus(-s_real).mean() + softplus(s_fake).mean()).backward()
        found[panel] = {name: _norm(player) for name, player in (("D", model.D), ("G", model.G))}
    return found


def two_memories() -> dict[str, list[dict[str, float]]]:
    """D's mean logits over 150 steps on 100 digits against fakes, by panel, one row every 10 steps.

    The fakes are a generator's digits with a third of another digit mixed in. Panel A: D sees both through shifts and
    holes (Zhao et al. 2020). Panel B: it sees them as they are.
    """
    digits, others = data.load("digits").floats()[:100], data.load("digits", split="test").floats()
    drawn = zoo.load("dcgan-digits").sample(500)
    fakes = 0.65 * drawn + 0.35 * drawn.roll(1, 0)
    found: dict[str, list[dict[str, float]]] = {}
    for panel, policy in (("A", transformations("translation+cutout")), ("B", ())):
        D = GAN((1, 8, 8), GANConfig(d_widths=(128, 128)), seed=0).D
        adam, rng = torch.optim.Adam(D.parameters(), 1e-3), _rng(0)
        found[panel] = rows = []
        for step in range(151):
            if step % 10 == 0:
                shown = {"train": digits, "held_out": others, "fake": fakes}
                rows.append({"step": step} | {name: float(D(x).detach().mean()) for name, x in shown.items()})
            chosen = torch.randint(len(fakes), (50,), generator=rng)
            real, fake = digits[chosen % len(digits)], fakes[chosen]
            s_real, s_fake = (D(augment(x, policy, 1.0, rng)) for x in (real, fake))
            loss = softplus(-s_real).mean() + softplus(s_fake).mean()
            adam.zero_grad()
            loss.backward()
            adam.step()
    return found


def _learnt_by_heart() -> Figure:
    return viz.logit_gaps(two_memories())


def _rng(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def _norm(network: torch.nn.Module) -> float | None:
    grads = [p.grad for p in network.parameters() if p.grad is not None]
    return float(torch.stack([grad.norm() for grad in grads]).norm()) if grads else None


def _same_two_numbers() -> Figure:
    return viz.density_1d(*one_hump_and_two())


def _range_mismatch() -> Figure:
    return viz.pixel_histogram(*two_ranges())


def _three_sheets() -> Figure:
    with viz.style():
        figure, axes = viz.subplots(1, 3, 2.1)
        for one, (name, images) in zip(axes, sheets().items(), strict=True):
            picture(one, enlarged_sheet(images, cell=32), name)
    return figure


def _gradient_audit() -> Figure:
    with viz.style():
        figure, axes = viz.subplots(1, 2, 2.6)
        panels = gradient_norms()
        top = max(norm for held in panels.values() for norm in held.values() if norm is not None)
        for one, (name, held) in zip(axes, panels.items(), strict=True):
            for place, (norm, look) in enumerate(zip(held.values(), (DISCRIMINATOR, GENERATOR), strict=True)):
                one.bar(place, norm or 0.0, color=look.color, width=0.6)
                said = "None" if norm is None else f"{norm:.2f}"
                one.annotate(said, (place, norm or 0.0), (0, 3), textcoords="offset points", ha="center")
            one.set(title=name, ylim=(0, 1.2 * top), xlim=(-0.7, 1.7))
            one.set_xticks([0, 1], ["D's weights", "G's weights"])
            one.grid(visible=False, axis="x")
        axes[0].set_ylabel("gradient norm")
    return figure


def three_paths() -> dict[str, Tensor]:
    """Paths of the Dirac-GAN from one start, 500 steps of size 0.1: taken turns, both at once, both at once with R1."""
    plain, braked = dirac(minimax), dirac(minimax, r1=0.3)
    start = torch.tensor([1.0, -1.0])
    ways = {"A": (plain, alternating), "B": (plain, simultaneous), "C": (braked, simultaneous)}
    return {name: trajectory(game, start, 0.1, 500, update) for name, (game, update) in ways.items()}


def _three_portraits() -> Figure:
    with viz.style():
        figure, axes = viz.subplots(1, 3, 2.6)
        for one, (name, path) in zip(axes, three_paths().items(), strict=True):
            one.plot(*path.T.numpy(), color=GENERATOR.color, linewidth=1)
            one.plot(*path[0].numpy(), color=DISCRIMINATOR.color, marker="s", fillstyle="none", linestyle="none")
            one.plot(*path[-1].numpy(), color=DISCRIMINATOR.color, marker="o", linestyle="none")
            one.plot(0, 0, color="black", marker="*", linestyle="none", markersize=9)
            one.set(title=name, xlim=(-2.4, 2.4), ylim=(-2.4, 2.4), aspect="equal")
            one.set_xlabel("generator θ")
        axes[0].set_ylabel("discriminator ψ")
        figure.suptitle("square: start, dot: end, star: solution", fontsize=9)
    return figure


def two_pulls() -> dict[str, Tensor]:
    """The pulls of both generator losses on the mean of N(theta, 1), for p = N(0, 1) and a perfect D: (61,) each.

    Gauss and Hermite's quadrature with 80 points. A is the saturating loss; "theta" holds the places.
    """
    theta = torch.linspace(0, 6, 61, dtype=torch.float64)
    points, weights = (torch.from_numpy(part) for part in numpy.polynomial.hermite_e.hermegauss(80))
    believed = torch.sigmoid(-theta[:, None].square() / 2 - theta[:, None] * points)
    share = (believed * weights).sum(1) / weights.sum()
    return {"theta": theta, "A": theta * share, "B": theta * (1 - share)}


def _two_pulls() -> Figure:
    with viz.style():
        figure, (axes,) = viz.subplots(1, 1, 3.0)
        found = two_pulls()
        for name, look in (("A", DISCRIMINATOR), ("B", GENERATOR)):
            axes.plot(found["theta"], found[name], color=look.color, linestyle=look.line, label=f"curve {name}")
        axes.set(xlabel="θ, the mean of the fakes", ylabel="pull on θ", ylim=(0, 6.2))
        axes.legend()
    return figure


def three_judges() -> dict[str, Tensor]:
    """Three answers to the bells N(0, 1), real, and N(2, 1), generated: (121,) each; "x", "p" and "q" hold the bells.

    A is p over its own height, B the best discriminator p / (p + q), C certain on either side of the middle.
    """
    x = torch.linspace(-3, 5, 121, dtype=torch.float64)
    p, q = normal()(x), normal(2.0)(x)
    return {
        "x": x,
        "p": p.exp(),
        "q": q.exp(),
        "A": (p - p.max()).exp(),
        "B": torch.sigmoid(p - q),
        "C": (p > q).double(),
    }


def _three_judges() -> Figure:
    return _judges(three_judges())


def _judges(found: dict[str, Tensor]) -> Figure:
    with viz.style():
        figure, axes = viz.subplots(1, 3, 2.3)
        for one, name in zip(axes, "ABC", strict=True):
            for law, look, said in (("p", REAL, "p, real"), ("q", FAKE, "q, generated")):
                one.plot(found["x"], found[law], color=look.color, linestyle=look.line, linewidth=1.2, label=said)
            one.plot(found["x"], found[name], color=DISCRIMINATOR.color, linewidth=2.4, label="D, the judge's answer")
            one.set(title=name, xlabel="x", ylim=(-0.05, 1.05), yticks=(0, 0.25, 0.5, 0.75, 1))
        figure.legend(*axes[0].get_legend_handles_labels(), loc="outside upper center", ncols=3, fontsize=8)
    return figure


def three_labellings() -> dict[str, Tensor]:
    """The best answers to N(-1, 1), real, and N(1, 1), generated, under three ways to label; "x", "p", "q" besides.

    A: p / (p + q). B: fakes among the real images, labelled 0, and by themselves (L0-8). C: half of the latter labelled
    1 as well (L0-7). Each is (161,).
    """
    x = torch.linspace(-4, 4, 161, dtype=torch.float64)
    p, q = normal(-1.0)(x).exp(), normal(1.0)(x).exp()
    return {"x": x, "p": p, "q": q, "A": p / (p + q), "B": p / (p + 3 * q), "C": (p + q) / (p + 3 * q)}


def _three_labellings() -> Figure:
    return _judges(three_labellings())


def three_critics() -> dict[str, tuple[Tensor, Tensor, Tensor]]:
    """Three price lists for points around 0, real, and around 2, generated, 9 of each: W1 is 2.

    Of each the values at the real points (9,), at the generated ones (9,), and at 81 places from -1 to 3.
    """
    bell = 0.3 * torch.special.ndtri((torch.arange(9, dtype=torch.float64) + 0.5) / 9)
    places = torch.linspace(-1, 3, 81, dtype=torch.float64)
    lists: dict[str, Callable[[Tensor], Tensor]] = {"A": lambda x: -3 * x, "B": lambda x: -x.tanh(), "C": lambda x: -x}
    return {name: (f(bell), f(bell + 2), f(places)) for name, f in lists.items()}


def _three_critics() -> Figure:
    bell, places = -three_critics()["C"][0], torch.linspace(-1, 3, 81)
    with viz.style():
        figure, axes = viz.subplots(1, 3, 2.8)
        for one, (name, (real, fake, curve)) in zip(axes, three_critics().items(), strict=True):
            one.plot(places, curve, color=DISCRIMINATOR.color, linewidth=1.2)
            for x, values, look, who in ((bell, real, REAL, "real"), (bell + 2, fake, FAKE, "generated")):
                one.plot(x, values, color=look.color, marker=look.marker, markersize=5, linestyle="none", label=who)
            one.set(title=f"{name}: value {real.mean() - fake.mean():.2f}", xlabel="x", ylim=(-9.5, 3.5))
        axes[0].set_ylabel("score f(x)")
        figure.legend(*axes[0].get_legend_handles_labels(), loc="outside upper center", ncols=2, fontsize=9)
    return figure


def two_bells() -> dict[str, tuple[float, float]]:
    """Mean and variance of two bells for data with humps at -3 and 3: on one hump, and as wide as the data."""
    return {"bell A": (3.0, 1.0), "bell B": (0.0, 10.0)}


def _two_bells() -> Figure:
    humps = mixture([normal(-3.0), normal(3.0)])
    bells = {name: normal(mean, variance**0.5) for name, (mean, variance) in two_bells().items()}
    return viz.density_curves({"p, the data": humps, **bells}, (-9, 9))


def four_clouds() -> dict[str, Tensor]:
    """400 points (400, 2) of four generators: a perfect one, three modes of eight, half of them strays, all shifted."""
    faults = {"A": {}, "B": {"missing": 5.0}, "C": {"noise": 0.5}, "D": {"shift": 0.35}}
    return {name: faulty_points(**fault) for name, fault in faults.items()}


def _four_clouds() -> Figure:
    real = faulty_points(copies=1.0)
    window = window_of(torch.tensor([[-1.6, -1.6], [1.6, 1.6]]), None)
    with viz.style():
        figure, axes = viz.subplots(2, 2, 5.2)
        for one, (name, points) in zip(axes, four_clouds().items(), strict=True):
            scatter(one, real, None, REAL, "real", window)
            scatter(one, points[:150], None, FAKE, "generated", window)
            one.set(title=name, xlabel="", ylabel="")
    return figure


def three_textures() -> dict[str, Tensor]:
    """The middle (12, 12) of ones after transposed convolutions of ones: (kernel, stride) = (4, 2), (3, 2), (5, 3)."""
    found = {}
    for name, (kernel, stride) in {"A": (4, 2), "B": (3, 2), "C": (5, 3)}.items():
        made = conv_transpose2d(torch.ones(1, 1, 12, 12), torch.ones(1, 1, kernel, kernel), stride=stride)
        found[name] = made[0, 0, 6:18, 6:18]
    return found


def _three_textures() -> Figure:
    with viz.style():
        figure, axes = viz.subplots(1, 3, 2.0)
        for one, (name, image) in zip(axes, three_textures().items(), strict=True):
            one.imshow(image.numpy(), cmap="gray", vmin=0, vmax=5)
            one.set(title=name, xticks=[], yticks=[])
            one.grid(visible=False)
    return figure


MUSEUM_SEED = 1  # the pages of the museum show seed 0


def four_studies() -> dict[str, tuple[float, float]]:
    """95 % intervals (low, high) of the gain in points of macro recall, of four studies; one point is worth having."""
    return {"A": (-1.5, 4.5), "B": (1.2, 3.8), "C": (-2.4, 0.6), "D": (0.1, 0.7)}


def _four_studies() -> Figure:
    with viz.style():
        figure, (axes,) = viz.subplots(1, 1, 2.6)
        for row, (low, high) in enumerate(four_studies().values()):
            axes.errorbar([(low + high) / 2], [row], xerr=[[(high - low) / 2]] * 2, color=BLUE, marker="o", capsize=4)
        axes.axvline(0, color=BLACK, linewidth=1)
        axes.axvline(1, color=BLACK, linewidth=1, linestyle=":")
        axes.set_yticks(range(4), list(four_studies()))
        axes.set(xlabel="gain in macro recall (points); dotted: worth having", ylim=(3.5, -0.5))
    return figure


def _museum(name: str, healthy: bool = False) -> Callable[[], Figure]:
    """The picture of a kept run of the museum, with no word on how it is."""

    def drawn() -> Figure:
        exhibit = museum.stored(name, seed=MUSEUM_SEED)
        return single(exhibit.healthy if healthy else exhibit.sick, exhibit.piece.telltale)

    return drawn


def three_histograms() -> dict[str, dict[str, Tensor]]:
    """Scores of three sets in three runs: quantiles of a bell, 200 of each. Only in B does D know its set by heart."""
    bell = torch.special.ndtri((torch.arange(200, dtype=torch.float64) + 0.5) / 200)
    places = {"A": (2.0, 2.0, -1.0), "B": (2.0, -1.0, -1.0), "C": (0.0, 0.0, 0.0)}
    sets = ("training", "held-out", "generated")
    return {run: {name: bell * 0.8 + at for name, at in zip(sets, where, strict=True)} for run, where in places.items()}


def _three_histograms() -> Figure:
    edges = torch.linspace(-4, 5, 28)
    with viz.style():
        figure, axes = viz.subplots(1, 3, 2.3)
        for one, (run, scores) in zip(axes, three_histograms().items(), strict=True):
            for shift, (name, values) in enumerate(scores.items()):
                look = (REAL, OTHERS[1], FAKE)[shift]
                share = torch.histogram(values, edges.double()).hist / len(values)
                raised = share + 0.006 * shift  # so that curves that agree can be told apart
                one.stairs(raised, edges, color=look.color, linestyle=("-", ":", "--")[shift], label=name)
            one.set(title=run, xlabel="score", yticks=[])
        figure.legend(*axes[0].get_legend_handles_labels(), loc="outside upper center", ncols=3, fontsize=9)
    return figure


def three_slopes() -> dict[str, Callable[[Tensor], Tensor]]:
    """Three scores on a line, 0 at a real point 0 and -3 at a fake point 2: steep, level at the real, level at both."""

    def level_at_both(x: Tensor) -> Tensor:
        t = (x / 2).clamp(0, 1)
        return -3 * (3 * t**2 - 2 * t**3)

    return {"A": lambda x: -1.5 * x, "B": lambda x: -0.75 * x.clamp(min=0) ** 2, "C": level_at_both}


def _three_slopes() -> Figure:
    x, ends = torch.linspace(-0.5, 2.5, 121), torch.tensor([0.0, 2.0])
    with viz.style():
        figure, axes = viz.subplots(1, 3, 2.4)
        for one, (name, score) in zip(axes, three_slopes().items(), strict=True):
            one.plot(x, score(x), color=DISCRIMINATOR.color, label="score")
            for place, look, label in zip(ends, (REAL, FAKE), ("real", "fake"), strict=True):
                one.plot([place], [score(place)], color=look.color, marker=look.marker, linestyle="", label=label)
            one.set(title=name, xlabel="x", ylabel="score" if name == "A" else "", ylim=(-5, 1))
        figure.legend(*axes[0].get_legend_handles_labels(), loc="outside upper center", ncols=3, fontsize=9)
    return figure


def three_requests() -> dict[str, Tensor]:
    """Three sheets of 18 held-out digits (18, 1, 8, 8), asked for 0 to 5 in each of three rows: A obeys, B does not
    listen, C obeys with one picture for each class.
    """
    digits = data.load("digits", "test")
    assert isinstance(digits, ImageData) and digits.labels is not None
    own = torch.stack([(digits.labels == y).nonzero().squeeze(1)[:3] for y in range(6)], 1)  # (row, class)
    anyhow = torch.randperm(100, generator=_rng(3))[:18]
    once = own[:1].repeat(3, 1)
    return {name: digits.floats(i.flatten()) for name, i in (("A", own), ("B", anyhow), ("C", once))}


def _three_requests() -> Figure:
    with viz.style():
        figure, axes = viz.subplots(1, 3, 1.6)
        for one, (name, images) in zip(axes, three_requests().items(), strict=True):
            picture(one, enlarged_sheet(images, columns=6, cell=32), name)
    return figure


def _few_colours(figure: Figure) -> bytes:
    """The PNG bytes of a figure, reduced to `COLOURS` colours."""
    from PIL import Image

    image = Image.open(io.BytesIO(viz.png(figure))).convert("RGB")
    buffer = io.BytesIO()
    image.quantize(COLOURS, dither=Image.Dither.NONE).save(buffer, format="PNG", optimize=True)
    return buffer.getvalue()


PICTURES: dict[str, Callable[[], Figure]] = {
    "four-studies": _four_studies,
    "four-clouds": _four_clouds,
    "gradient-audit": _gradient_audit,
    "learnt-by-heart": _learnt_by_heart,
    **{f"museum-{name}": _museum(name) for name in museum.names()},
    **{f"museum-healthy-{name}": _museum(name, healthy=True) for name in ("mode-collapse", "batch-norm-blindness")},
    "range-mismatch": _range_mismatch,
    "same-two-numbers": _same_two_numbers,
    "three-critics": _three_critics,
    "three-histograms": _three_histograms,
    "three-judges": _three_judges,
    "three-labellings": _three_labellings,
    "three-portraits": _three_portraits,
    "three-requests": _three_requests,
    "three-sheets": _three_sheets,
    "three-slopes": _three_slopes,
    "three-textures": _three_textures,
    "two-bells": _two_bells,
    "two-pulls": _two_pulls,
}
"""Every picture that a quiz file can name."""
