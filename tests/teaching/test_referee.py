"""The referee's derivatives are right, right steps pass, and each wrong one is called by its name."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn.functional import binary_cross_entropy_with_logits as bce

from ganlab.teaching.checks import Rejected
from ganlab.teaching.observation import decode, encode
from ganlab.teaching.referee import (
    explain,
    gradient_D,
    gradient_G,
    loss_D,
    loss_G,
    mistakes_D,
    mistakes_G,
    referee,
)
from ganlab.teaching.tiny import TinyGAN, play

HALF_D = "make detach loss_D clear_D backward step_D "
HALF_G = "make loss_G clear_G backward step_G"
REAL = [1.0, -0.5, 2.0, 0.25]

number = st.floats(-5, 5, allow_nan=False).map(lambda v: round(v, 3))
numbers = st.lists(number, min_size=1, max_size=5)
weight = number.filter(lambda v: abs(v) > 0.01)


def of_label(s: torch.Tensor, y: float) -> torch.Tensor:
    return bce(s, torch.full_like(s, y))


def slope(loss, at: float) -> float:
    v = torch.tensor(at, dtype=torch.float64, requires_grad=True)
    return torch.autograd.grad(loss(v), v)[0].item()


def doubles(values: list[float]) -> torch.Tensor:
    return torch.tensor(values, dtype=torch.float64)


@given(weight, numbers, numbers, st.sampled_from([1.0, 0.9, 0.6]))
def test_D_has_the_loss_and_the_gradient_of_torch(w, real, fakes, y):
    def loss(v):
        return of_label(v * doubles(real), y) + of_label(v * doubles(fakes), 0.0)

    assert loss_D(w, real, fakes, y) == pytest.approx(loss(doubles(w)).item())
    assert gradient_D(w, real, fakes, y) == pytest.approx(slope(loss, w), abs=1e-12)


@given(weight, weight, numbers)
def test_G_has_the_loss_and_the_gradient_of_torch(w, a, units):
    def loss(v):
        return of_label(w * v * doubles(units), 1.0)

    fakes = [a * u for u in units]
    assert loss_G(w, fakes) == pytest.approx(loss(doubles(a)).item())
    assert gradient_G(w, a, fakes) == pytest.approx(slope(loss, a), abs=1e-12)


def test_no_number_overflows():
    assert loss_D(1e4, [-1.0], [1.0]) == pytest.approx(2e4)
    assert gradient_D(1e4, [-1.0], [1.0]) == pytest.approx(2.0)
    assert gradient_G(1e4, -1.0, [-1.0]) == pytest.approx(-1e4)


UNITS = [0.5, -1.5, 2.25]
W, A, Y = 0.75, -0.5, 0.8
FAKES = [A * u for u in UNITS]
X, F = doubles(REAL), doubles(FAKES)
OF_D = {
    "sums": (lambda w: len(REAL) * of_label(w * X, Y) + len(FAKES) * of_label(w * F, 0.0), "mean"),
    "one sum": (lambda w: of_label(w * X, Y) + len(FAKES) * of_label(w * F, 0.0), "mean"),
    "halved": (lambda w: (of_label(w * X, Y) + of_label(w * F, 0.0)) / 2, "half"),
    "one pile": (lambda w: (4 * of_label(w * X, Y) + 3 * of_label(w * F, 0.0)) / 7, "half"),
    "swapped": (lambda w: of_label(w * X, 0.0) + of_label(w * F, 1.0), "labels"),
    "not smoothed": (lambda w: of_label(w * X, 1.0) + of_label(w * F, 0.0), "labels"),
    "smoothed on both sides": (lambda w: of_label(w * X, Y) + of_label(w * F, 1 - Y), "labels"),
    "smoothed fakes": (lambda w: of_label(w * X, 1.0) + of_label(w * F, 1 - Y), "labels"),
    "smoothed the wrong way": (lambda w: of_label(w * X, 1 - Y) + of_label(w * F, 0.0), "labels"),
    "a factor": (lambda w: Y * of_label(w * X, 1.0) + of_label(w * F, 0.0), "labels"),
    "real items only": (lambda w: of_label(w * X, Y), "terms"),
    "fakes only": (lambda w: of_label(w * F, 0.0), "terms"),
    "uphill": (lambda w: -of_label(w * X, Y) - of_label(w * F, 0.0), "sign"),
    "squeezed twice": (lambda w: of_label((w * X).sigmoid(), Y) + of_label((w * F).sigmoid(), 0.0), "sigmoid"),
    "wasserstein": (lambda w: (w * F).mean() - (w * X).mean(), "gradient"),
    "flat": (lambda w: 0 * w, "cleared"),
}
OF_G = {
    "saturating": (lambda s: -of_label(s, 0.0), "saturating"),
    "taught to be rejected": (lambda s: of_label(s, 0.0), "labels"),
    "uphill": (lambda s: -of_label(s, 1.0), "sign"),
    "a sum": (lambda s: len(s) * of_label(s, 1.0), "mean"),
    "halved": (lambda s: of_label(s, 1.0) / 2, "half"),
    "smoothed": (lambda s: of_label(s, Y), "wish"),
    "old scores": (lambda s: of_label(s / W * 0.5, 1.0), "stale"),
    "squeezed twice": (lambda s: of_label(s.sigmoid(), 1.0), "sigmoid"),
    "wasserstein": (lambda s: -s.mean(), "gradient"),
}


@pytest.mark.parametrize(("loss", "key"), OF_D.values(), ids=OF_D)
def test_mistakes_in_the_loss_of_D(loss, key):
    with pytest.raises(Rejected) as found:
        explain(slope(loss, W), gradient_D(W, REAL, FAKES, Y), mistakes_D(W, REAL, FAKES, Y), 0.0, "D")
    assert found.value.key == key


@pytest.mark.parametrize(("loss", "key"), OF_G.values(), ids=OF_G)
def test_mistakes_in_the_loss_of_G(loss, key):
    used = slope(lambda a: loss(W * a * doubles(UNITS)), A)
    with pytest.raises(Rejected) as found:
        explain(used, gradient_G(W, A, FAKES), mistakes_G(W, A, FAKES, stale=0.5, label=Y), 0.0, "G")
    assert found.value.key == key


def test_gradients_that_were_left():
    explain(1.5, 1.5, [], 7.0, "D")
    with pytest.raises(Rejected) as found:
        explain(1.5, 0.5, [], 1.0, "D")
    assert found.value.key == "accumulated"


def judged(plan: str, k: int = 1, steps: int = 2) -> list[float]:
    tiny, stream = TinyGAN(W, A, 0.5, 0.25), torch.Generator().manual_seed(1)
    for _ in range(steps):
        play(plan, tiny, doubles(REAL).unsqueeze(1), lambda n: torch.randn(n, 2, generator=stream))
    diary = decode(encode(tiny.diary()))
    return referee(diary, start=(W, A), rates=(0.5, 0.25), batches=[REAL] * (k * steps), k=k)


@pytest.mark.parametrize("k", [1, 2, 5])
def test_right_steps_pass_and_their_losses_are_those_of_the_scores(k):
    losses = judged(HALF_D * k + HALF_G, k)
    assert len(losses) == 2 * (k + 1)
    tiny, stream = TinyGAN(W, A, 0.5, 0.25), torch.Generator().manual_seed(1)
    fake = tiny.G(torch.randn(4, 2, generator=stream))
    first = of_label(W * X, 1.0) + of_label(W * fake.flatten(), 0.0)
    assert losses[0] == pytest.approx(first.item())


PLANS = {
    "D's step missing": ("make detach loss_D clear_D backward " + HALF_G, "optimiser"),
    "G's step missing": (HALF_D + "make loss_G clear_G backward", "optimiser"),
    "G's optimiser in D's half": ("make detach loss_D clear_D backward step_G step_D " + HALF_G, "optimiser"),
    "G first": (HALF_G + " " + HALF_D, "order"),
    "two updates of D": (HALF_D * 2 + HALF_G, "count"),
    "no detach": ("make loss_D clear_D backward step_D " + HALF_G, "graph"),
    "old scores": ("make detach loss_D clear_D backward make loss_G step_D clear_G backward step_G", "stale"),
    "detached": (HALF_D + "loss_G clear_G backward step_G", "detached"),
    "never cleared": ("make detach loss_D backward step_D make loss_G backward step_G", "accumulated"),
    "cleared too late": ("make detach loss_D backward clear_D step_D " + HALF_G, "cleared"),
    "G cleared too late": (HALF_D + "make loss_G backward clear_G step_G", "cleared"),
    "no backward in D's half": ("make detach loss_D clear_D step_D " + HALF_G, "cleared"),
    "no backward in G's half": (HALF_D + "make loss_G clear_G step_G", "cleared"),
    "D taught by G's loss": ("make detach loss_G clear_D backward step_D " + HALF_G, "terms"),
}


@pytest.mark.parametrize(("plan", "key"), PLANS.values(), ids=PLANS)
def test_wrong_steps_are_called_by_their_names(plan, key):
    with pytest.raises(Rejected) as found:
        judged(plan)
    assert found.value.key == key


def test_steps_out_of_turn():
    with pytest.raises(Rejected) as found:
        judged(HALF_D + HALF_D + HALF_G + " " + HALF_G, steps=1, k=1)
    assert found.value.key == "count"
    tiny, stream = TinyGAN(W, A, 0.5, 0.25), torch.Generator().manual_seed(1)
    play(HALF_D * 2 + HALF_G + " " + HALF_G, tiny, X.unsqueeze(1), lambda n: torch.randn(n, 2, generator=stream))
    with pytest.raises(Rejected) as found:
        referee(tiny.diary(), start=(W, A), rates=(0.5, 0.25), batches=[REAL] * 2)
    assert found.value.key == "order"


def one_step(change, real=REAL) -> None:
    """A right step of one update each, except for what ``change`` does to it."""
    tiny, stream = TinyGAN(W, A, 0.5, 0.25), torch.Generator().manual_seed(1)
    made = {"x": X.unsqueeze(1), "z": torch.randn(4, 2, generator=stream), "w": torch.randn(4, 2, generator=stream)}
    made |= {"keep": False} | change(tiny, made)
    fake = tiny.G(made["z"]).detach()
    loss = of_label(tiny.D(made["x"]), 1.0) + of_label(tiny.D(made.get("fake", fake)), 0.0)
    tiny.opt_D.zero_grad()
    loss.backward(retain_graph=made["keep"])
    tiny.opt_D.step()
    of_label(tiny.D(tiny.G(made["w"])), 1.0).backward()
    tiny.opt_G.step()
    if "after" in made:
        made["after"]()
    referee(tiny.diary(), start=(W, A), rates=(0.5, 0.25), batches=[real])


def halved(tiny: TinyGAN):
    def after():
        tiny.D.w.data /= 2

    return after


CHANGES = {
    "the same noise": (lambda tiny, made: {"w": made["z"]}, "reused"),
    "too few fakes": (lambda tiny, made: {"z": made["z"][:3]}, "batch"),
    "too few fakes for G": (lambda tiny, made: {"w": made["w"][:3]}, "batch"),
    "too few real items": (lambda tiny, made: {"x": made["x"][:3]}, "batch"),
    "no fakes": (lambda tiny, made: {"fake": made["x"]}, "terms"),
    "strangers": (lambda tiny, made: {"fake": torch.full((4, 1), 9.0)}, "fakes"),
    "a kept graph": (lambda tiny, made: {"keep": True}, "retained"),
    "evaluation mode": (lambda tiny, made: tiny.G.eval() and {}, "mode"),
    "a weight moved by hand": (lambda tiny, made: {"after": halved(tiny)}, "weights"),
}


def test_the_step_without_a_change_is_right():
    one_step(lambda tiny, made: {})


@pytest.mark.parametrize(("change", "key"), CHANGES.values(), ids=CHANGES)
def test_changes_to_a_right_step(change, key):
    with pytest.raises(Rejected) as found:
        one_step(change)
    assert found.value.key == key


def test_scores_that_were_only_looked_at_do_not_count():
    tiny, stream = TinyGAN(W, A, 0.5, 0.25), torch.Generator().manual_seed(1)
    noise = torch.randn(8, 2, generator=stream)
    play(HALF_D.strip(), tiny, X.unsqueeze(1), lambda n: noise[:n])
    with torch.no_grad():
        tiny.D(tiny.G(noise[:4]) * 3), tiny.D(X.unsqueeze(1))
    tiny.diary()[-1]["line"] = "looked"
    play(HALF_G, tiny, X.unsqueeze(1), lambda n: noise[4:])
    with pytest.raises(Rejected) as found:  # the look called G on the old noise, and nothing else is wrong
        referee(tiny.diary(), start=(W, A), rates=(0.5, 0.25), batches=[REAL])
    assert found.value.key == "reused"
