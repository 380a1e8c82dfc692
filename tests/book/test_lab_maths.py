"""The page's JavaScript against the package: every number that a widget shows, and every gradient it follows."""

from __future__ import annotations

import base64
import json
import math
import random
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from ganlab.dynamics import UPDATES, dirac, eigenvalues, multipliers, trajectory
from ganlab.experiments.alarm_logs import RUNS as SICK
from ganlab.experiments.alarm_logs import rows_of
from ganlab.experiments.plane import RUNS, PlaneGAN
from ganlab.metrics.divergences import f_divergence, game_value, mixture, normal, of_points
from ganlab.metrics.fitting import nearest_normal
from ganlab.metrics.transport import w1_matching, w1_sorted
from ganlab.objectives import F_DIVERGENCES, OBJECTIVES
from ganlab.objectives.penalties import squared_norm
from ganlab.training import ALARMS, alarms
from ganlab.viz import plane_frame
from ganlab.viz.plane import verdict

ROOT = Path(__file__).resolve().parents[2]
MATHS = ROOT / "book" / "_static" / "lab" / "maths.js"
NODE = shutil.which("node") or shutil.which("node", path=str(Path(sys.executable).parent))
WIDTH, BATCH = 6, 5
METHODS = ("simultaneous", "alternating", "extragradient", "optimistic")
LAWS = [(0.0, 1.0, 1.0, 1.0), (0.0, 1.0, 0.0, 1.0), (-3.0, 2.0, 3.0, 0.3), (4.0, 0.3, -4.0, 3.0), (0.0, 0.3, 0.2, 3.0)]

pytestmark = pytest.mark.skipif(NODE is None, reason="no node on this machine: the page's numbers are not recomputed")


def js(*calls: list[Any]) -> list[Any]:
    """The results of calls [name, arguments...], in one run of node."""
    script = Path(__file__).with_name("lab_maths.mjs")
    text = json.dumps([[_plain(part) for part in call] for call in calls])
    done = subprocess.run([NODE, script, MATHS], input=text, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def _plain(value: Any) -> Any:
    return value.tolist() if isinstance(value, torch.Tensor) else value


def test_the_game_between_two_gaussians():
    for law, found in zip(LAWS, js(*(["gameValue", *law] for law in LAWS)), strict=True):
        mean_p, std_p, mean_q, std_q = law
        known = game_value(normal(mean_p, std_p), normal(mean_q, std_q), (-40.0, 40.0), breaks=(mean_p, mean_q))
        assert found["jsd"] == pytest.approx(known.jensen_shannon, abs=1e-6), law
        assert found["value"] == pytest.approx(known.value, abs=1e-6), law
        assert found["accuracy"] == pytest.approx(known.bayes_accuracy, abs=1e-4), law


def test_the_best_discriminator_far_out_is_a_number():
    assert js(["optimalD", 500, 0, 1, 2, 0.5], ["optimalD", 0, 1, 1, -1, 1]) == [1, 0.5]


HUMPS = mixture([normal(-3.0), normal(3.0)])
SIX = ("kl", "reverse-kl", "js", "squared-hellinger", "pearson", "total-variation")
BELLS = [(1.5, 1.0), (-0.4, 2.7), (2.5, 1.2)]
BREAKS = (-8.0, -3.0, 0.0, 1.5, 3.0, 8.0)


@pytest.mark.parametrize("name", SIX)
def test_f_its_conjugate_and_the_best_critic(name):
    rule, ratios = F_DIVERGENCES[name], torch.tensor([-2.0, -0.3, 0.4, 1.7], dtype=torch.float64)
    best = rule.optimal(ratios)
    found = js(*(["zoo", name, float(r)] for r in ratios))
    known = torch.stack([rule.f(ratios.exp()), best, rule.conjugate(best), rule.conjugate(best)], 1)
    assert np.allclose(found, known.numpy(), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", SIX)
def test_how_far_a_bell_is_and_where_its_generator_goes(name):
    """The slope with the best critic held is the slope of the divergence: here by central differences."""
    rough = 2e-2 if name == "total-variation" else 1e-5  # the page's steps of 0.04 miss the place of a jump

    def far(mean, std):
        return f_divergence(F_DIVERGENCES[name], HUMPS, normal(mean, std), (-20.0, 20.0), BREAKS).value

    for (mean, std), found in zip(BELLS, js(*(["bellDivergence", name, 3, *bell] for bell in BELLS)), strict=True):
        assert found["value"] == pytest.approx(far(mean, std), rel=rough)
        step = 1e-4
        slopes = (
            (far(mean + step, std) - far(mean - step, std)) / (2 * step),
            (far(mean, std + step) - far(mean, std - step)) / (2 * step),
        )
        assert [found["mean"], found["std"]] == pytest.approx(slopes, rel=max(rough, 1e-4), abs=max(rough / 2, 1e-4))


@pytest.mark.parametrize("name", SIX)
def test_downhill_ends_where_the_packages_descent_ends(name):
    (path,) = js(["bellDescent", name, 3, 1.5, 1.0])
    known = nearest_normal(F_DIVERGENCES[name], HUMPS, 1.5, 1.0)
    (found,) = js(["bellDivergence", name, 3, *path[-1]])
    assert path[0] == [1.5, 1.0]
    assert found["value"] == pytest.approx(known.value, abs=1e-4)
    if name != "total-variation":  # its floor is flat
        assert path[-1] == pytest.approx([known.mean, known.std], abs=1e-3)


def test_a_ladder_has_the_sides_and_the_reach_of_torchs_layers():
    for start, layers, up in (
        (28, [(4, 2, 1), (3, 2, 1), (5, 3, 0)], False),
        (3, [(4, 1, 0), (5, 3, 2), (3, 2, 1)], True),
    ):
        kind = torch.nn.ConvTranspose2d if up else torch.nn.Conv2d
        stack = [kind(1, 1, (1, k), (1, s), (0, p), bias=False) for k, s, p in layers]
        x, sides = torch.zeros(1, 1, 1, start), [start]
        for layer in stack:
            torch.nn.init.ones_(layer.weight)
            x = layer(x)
            sides.append(x.shape[-1])
        (found,) = js(["ladder", start, [{"k": k, "s": s, "p": p} for k, s, p in layers], up])
        assert found == sides
        (reach,) = js(["receptiveField", [{"k": k, "s": s} for k, s, _ in layers], up])
        bare = [kind(1, 1, (1, k), (1, s), bias=False) for k, s, _ in layers]
        for layer in bare:
            torch.nn.init.ones_(layer.weight)
        long = torch.zeros(1, 1, 1, 1 if up else 99, requires_grad=True)
        out = torch.nn.Sequential(*bare)(long if not up else long + 1)
        (slope,) = torch.autograd.grad(out[0, 0, 0, 0], long)
        assert reach == (out.shape[-1] if up else int((slope != 0).sum()))


def test_a_ladder_ends_where_nothing_is_left():
    big, cut = [{"k": 5, "s": 1, "p": 0}], [{"k": 1, "s": 1, "p": 2}]
    assert js(["ladder", 4, big, False], ["ladder", 3, cut, True]) == [[4], [3]]


def test_two_lines_and_their_critic():
    heights = torch.linspace(0, 1, 9, dtype=torch.float64)[:, None]
    slopes = torch.linspace(0, 20, 200_001, dtype=torch.float64)
    for theta, weight in ((0.6, 10.0), (-1.0, 0.1), (0.25, 1.0), (0.0, 10.0)):
        (found,) = js(["parallelLines", theta, weight])
        real, fake = (torch.cat([0 * heights + place, heights], 1) for place in (0.0, theta))
        known = of_points(real, fake)
        assert found["jsd"] == pytest.approx(known.jensen_shannon) and found["tv"] == known.total_variation
        assert (found["kl"] or 0) == 0  # JSON has no infinity: null where the lines differ
        assert found["w1"] == pytest.approx(w1_matching(real, fake)[0])
        best = slopes[(slopes * abs(theta) - weight * (slopes - 1).square()).argmax()]
        if theta:
            assert found["kl"] is None and known.kl == math.inf
            assert found["slope"] == pytest.approx(best.item(), abs=1e-4)
        assert found["value"] == pytest.approx(found["slope"] * abs(theta))
    assert js(["parallelLines", 0.5, 1e300])[0]["slope"] == 1.0


def test_w1_and_the_cost_of_a_pairing():
    rng = torch.Generator().manual_seed(0)
    x, y = torch.randn(2, 6, generator=rng, dtype=torch.float64)
    cheapest, as_given = js(["w1", x, y], ["pairingCost", x, y])
    assert cheapest == pytest.approx(float(w1_sorted(x, y)))
    assert as_given == pytest.approx(float((x - y).abs().mean()))
    assert cheapest <= as_given


@pytest.mark.parametrize("losses", ["minimax", "non-saturating"])
@pytest.mark.parametrize("gamma", [0.0, 0.5, 1.0, 3.0])
def test_the_dirac_gan_turns_as_in_the_package(gamma, losses):
    ratio, h, start = 4.0, 0.3, torch.tensor([1.0, -1.0])
    rates, origin = (h / math.sqrt(ratio), h * math.sqrt(ratio)), torch.zeros(2)
    found = js(
        ["diracEigenvalues", gamma],
        *(["diracPath", [1, -1], h, gamma, ratio, name, 30, losses] for name in METHODS),
        *(["diracMultipliers", h, gamma, ratio, name] for name in METHODS),
    )
    same_set(found[0], eigenvalues(dirac(r1=gamma), origin))
    for name, path, factors in zip(METHODS, found[1:5], found[5:], strict=True):
        known = trajectory(dirac(OBJECTIVES[losses], r1=gamma), start, rates, 30, UPDATES[name])
        assert torch.allclose(torch.tensor(path, dtype=torch.float64), known[: len(path)], rtol=1e-9, atol=1e-9), name
        assert len(path) == len(known) or float(known[len(path)].abs().max()) >= 1e6  # it has left the picture
        same_set(factors, multipliers(dirac(r1=gamma), origin, rates, UPDATES[name]))


def same_set(pairs: list[list[float]], known: torch.Tensor) -> None:
    """The same complex numbers in any order."""
    seen = torch.view_as_complex(torch.tensor(pairs, dtype=torch.float64))
    distance = (seen[:, None] - known[None]).abs()
    assert len(seen) == len(known)
    assert float(distance.min(0).values.max()) < 1e-6 and float(distance.min(1).values.max()) < 1e-6


def network(outputs: int, seed: int) -> torch.nn.Sequential:
    torch.manual_seed(seed)
    linear = torch.nn.Linear
    layers = [linear(2, WIDTH), torch.nn.Tanh(), linear(WIDTH, WIDTH), torch.nn.Tanh(), linear(WIDTH, outputs)]
    made = torch.nn.Sequential(*layers).double()
    for parameter in made.parameters():  # larger than at the start: the curvature of tanh has to matter
        parameter.data *= 2
    return made


def flat(made: torch.nn.Module) -> torch.Tensor:
    return torch.cat([p.detach().flatten() for p in made.parameters()])


def gradients(made: torch.nn.Module, value: torch.Tensor) -> torch.Tensor:
    found = torch.autograd.grad(value, list(made.parameters()), allow_unused=True)
    return torch.cat(
        [(0 * p if g is None else g).detach().flatten() for g, p in zip(found, made.parameters(), strict=True)]
    )


@pytest.fixture(scope="module")
def bench() -> dict[str, Any]:
    rng = torch.Generator().manual_seed(5)
    return {
        "G": network(2, 1),
        "D": network(1, 2),
        "real": torch.randn(BATCH, 2, generator=rng, dtype=torch.float64),
        "noise": torch.randn(BATCH, 2, generator=rng, dtype=torch.float64),
        "mix": torch.rand(BATCH, 1, generator=rng, dtype=torch.float64),
    }


def test_values_and_gradients_of_a_network(bench):
    sizes, x, weights = [2, WIDTH, WIDTH, 2], bench["real"][0], torch.tensor([0.7, -1.3], dtype=torch.float64)
    at = x.clone().requires_grad_(True)
    out = bench["G"](at[None])[0]
    values, back = js(["forward", sizes, flat(bench["G"]), x], ["backward", sizes, flat(bench["G"]), x, weights])
    assert values[-1] == pytest.approx(out.tolist())
    grad = gradients(bench["G"], out @ weights)
    assert np.allclose(back["grad"], grad.numpy(), atol=1e-12)
    (by_input,) = torch.autograd.grad(bench["G"](at[None])[0] @ weights, at)
    assert back["input"] == pytest.approx(by_input.tolist())


def test_the_gradient_of_a_slope(bench):
    x, u = bench["real"][:1].clone().requires_grad_(True), torch.tensor([0.4, -2.0], dtype=torch.float64)
    (slope,) = torch.autograd.grad(bench["D"](x).sum(), x, create_graph=True)
    (found,) = js(["slopeBackward", [2, WIDTH, WIDTH, 1], flat(bench["D"]), x.detach()[0], u])
    assert np.allclose(found, gradients(bench["D"], slope[0] @ u).numpy(), atol=1e-12)


def penalty_of(bench: dict[str, Any], name: str, weight: float, fake: torch.Tensor) -> torch.Tensor:
    """The package's formulas with the mixing weights that the page was given."""
    D, real = bench["D"], bench["real"]
    if name == "none":
        return torch.zeros((), dtype=torch.float64)
    points = fake.lerp(real, bench["mix"]) if name == "gp" else torch.cat([real, fake])
    points = points.detach().requires_grad_(True)
    (slope,) = torch.autograd.grad(D(points).sum(), points, create_graph=True)
    if name == "gp":
        return weight * (slope.norm(dim=1) - 1).square().mean()
    return weight * squared_norm(slope).mean()  # 2 * (1/2 E |slope|^2) over both samples together


@pytest.mark.parametrize("name", RUNS)
def test_the_steps_of_both_players_follow_autograd(bench, name):
    config, G, D = RUNS[name], bench["G"], bench["D"]
    objective, weight = OBJECTIVES[config.objective], config.weight or 0.0
    game = {"objective": config.objective, "penalty": config.penalty, "weight": weight, "width": WIDTH}
    shared = [game, flat(G), flat(D), bench["real"], bench["noise"]]
    by_d, by_g, arrows = js(
        ["gradientD", *shared, bench["mix"][:, 0]],
        ["gradientG", *shared],
        ["descent", game, flat(D), bench["real"], G(bench["noise"]).detach()],
    )
    fake = G(bench["noise"])
    loss_d = objective.discriminator(D(bench["real"]), D(fake.detach()))
    penalised = loss_d + penalty_of(bench, config.penalty, weight, fake.detach())
    assert by_d["loss"] == pytest.approx(loss_d.item())
    assert np.allclose(by_d["grad"], gradients(D, penalised).numpy(), atol=1e-12)
    loss_g = objective.generator(D(bench["real"]).detach(), D(fake))
    assert by_g["loss"] == pytest.approx(loss_g.item())
    assert np.allclose(by_g["grad"], gradients(G, loss_g).numpy(), atol=1e-12)
    known = plane_frame(bench["real"].float(), G.float(), D.float(), bench["noise"].float(), objective).descent
    G.double(), D.double()
    assert np.allclose(arrows, known.numpy(), atol=1e-4)


@pytest.mark.parametrize("name", ["gp", "r1+r2"])
def test_the_penalty_is_the_packages_own(bench, name):
    """`penalty_of` above, against the package with the same mixing weights."""
    from ganlab.objectives import PENALTIES

    fake = bench["G"](bench["noise"]).detach()
    rng = torch.Generator().manual_seed(9)
    mix = torch.rand(BATCH, 1, generator=torch.Generator().manual_seed(9), dtype=torch.float64)
    known = PENALTIES[name].loss(bench["D"], bench["real"], fake, rng)
    assert penalty_of({**bench, "mix": mix}, name, 1.0, fake).item() == pytest.approx(known.item())


@pytest.mark.parametrize("name", RUNS)
def test_the_verdict_is_that_of_the_figures(name):
    scores = torch.linspace(-2, 2, 9, dtype=torch.float64)
    real, fake = torch.tensor([0.9]), torch.tensor([-0.2])
    objective = RUNS[name].objective
    found = js(*(["verdict", objective, float(s), 0.9, -0.2] for s in scores))
    assert found == pytest.approx(verdict(OBJECTIVES[objective], scores, real, fake).tolist(), abs=1e-6)


def test_adam_moves_as_in_torch():
    w = torch.tensor([1.0, -2.0, 0.5], dtype=torch.float64)
    grads = torch.randn(4, 3, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    (found,) = js(["adam", w, grads, 0.01, 0.0, 0.9])
    moved = w.clone().requires_grad_(True)
    optimiser = torch.optim.Adam([moved], 0.01, (0.0, 0.9))
    for grad in grads:
        moved.grad = grad.clone()
        optimiser.step()
    assert found == pytest.approx(moved.tolist())


NAMES = ("loss_D", "update_G", "update_D", "outside", "unreached", "overfit_auc", "spread")
VALUES = (None, 0.0, 0.005, 0.01, 0.04, 0.05, 0.06, 0.1, 0.5, 0.75, 0.8, -0.2)


def random_log(seed: int) -> dict[str, list[Any]]:
    """Columns that stay at a value for a while, so that alarms which wait do go off, some of them for a time only."""
    rng = random.Random(seed)
    steps = [1, *range(50, 3001, rng.choice((50, 70, 100)))]
    log: dict[str, list[Any]] = {"step": steps}
    for name in NAMES:
        log[name] = [value for _ in steps for value in [rng.choice(VALUES)] * rng.randint(1, 25)][: len(steps)]
    return log


def test_the_alarms_go_off_at_the_steps_of_the_package():
    logs = [random_log(seed) for seed in range(200)]
    logs += list(json.loads((MATHS.parent / "logs.js").read_text().split("=", 1)[1].rstrip(";\n")).values())
    went_off = set()
    for log, found in zip(logs, js(*(["alarms", log] for log in logs)), strict=True):
        known = sorted(alarms(rows_of(log)), key=lambda alarm: alarm.first)
        assert [(a["name"], a["first"], a["last"]) for a in found] == [(a.name, a.first, a.last) for a in known]
        went_off |= {(alarm.name, alarm.active) for alarm in known}
    assert went_off == {(name, on) for name in set(ALARMS) - {"not-finite", "oscillation"} for on in (True, False)}


def test_each_run_of_the_widget_sets_off_what_it_was_broken_for():
    logs = json.loads((MATHS.parent / "logs.js").read_text().split("=", 1)[1].rstrip(";\n"))
    assert list(logs) == list(SICK)
    for name, log in logs.items():
        assert {alarm.name for alarm in alarms(rows_of(log))} >= ({name} - {"healthy"})
        assert name != "healthy" or not alarms(rows_of(log))


def test_half_floats_are_read_back():
    values = np.array([0.0, -0.0, 1.0, -2.5, 1e-7, 6e-5, 65504.0, 0.333], "<f2")
    (found,) = js(["halves", base64.b64encode(values.tobytes()).decode()])
    assert found == values.astype(float).tolist()


def test_random_numbers_repeat_and_look_normal():
    first, again, other = js(["normals", 1, 4000], ["normals", 1, 4000], ["normals", 2, 4000])
    assert first == again and first != other
    assert abs(np.mean(first)) < 0.05 and abs(np.std(first) - 1) < 0.05


def test_the_weights_are_laid_out_as_the_page_reads_them():
    gan = PlaneGAN("non-saturating")
    width = gan.config.width
    x = torch.tensor([[0.3, -0.8]])
    of_g = sum(p.numel() for p in gan.G.parameters())
    (sizes, values) = js(
        ["countWeights", [2, width, width, 2]], ["forward", [2, width, width, 2], gan.weights()[:of_g], x[0]]
    )
    assert sizes == of_g
    assert values[-1] == pytest.approx(gan.G(x)[0].tolist(), abs=1e-5)


def test_ds_best_loss_for_two_points_and_two_fakes_is_what_descent_finds():
    """All nine placings, by descent on three scores; where a term goes to 0 only in the limit, descent comes near."""
    placings = [[a, b] for a in range(3) for b in range(3)]
    for fakes, found in zip(placings, js(*(["bestLosses", fakes] for fakes in placings)), strict=True):
        for name, objective in (("gan", "non-saturating"), ("paired", "relativistic")):
            scores = torch.zeros(3, requires_grad=True)
            adam = torch.optim.Adam([scores], lr=0.5)
            for _ in range(400):
                loss = OBJECTIVES[objective].discriminator(scores[[0, 1]], scores[fakes])
                adam.zero_grad()
                loss.backward()
                adam.step()
            assert found[name] == pytest.approx(loss.item(), abs=2e-3), (fakes, name)
