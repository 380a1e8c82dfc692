"""The symptoms: the chain of exceptions, signs the wrong way round, a G that never moves, dark images."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import softplus

from ganlab import listings
from ganlab.listings import kit
from ganlab.listings.probes import flat, seeded

IMAGES = listings.digits(256)


@pytest.fixture
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    wide = kit.stack
    monkeypatch.setattr(
        kit, "stack", lambda *w, between: wide(w[0], *[x // 32 for x in w[1:-1]], w[-1], between=between)
    )


def trained(code: ModuleType, steps: int, n: int, seed: int, D: nn.Module | None = None) -> tuple[nn.Module, nn.Module]:
    with seeded(seed):
        G, D = code.generator(), D or code.discriminator()
        opts = code.optimisers(G, D)
        torch.manual_seed(seed)
        for _ in range(steps):
            code.step(G, D, *opts, code.scaled(IMAGES[torch.randint(len(IMAGES), (n,))]))
    return G, D


def judged(code: ModuleType, G: nn.Module, D: nn.Module) -> tuple[float, float]:
    """D's mean opinion of fakes, and how much the fakes of different z differ."""
    with seeded(1), torch.no_grad():
        fakes = G(code.noise(256))
        return float(D(fakes).sigmoid().mean()), float(fakes.std(0).mean())


def test_the_chains_of_exceptions(narrow: None) -> None:
    """E15.1 and E15.3: by exception type, and by the bug whose repair leads to the next."""

    def kinds(name: str) -> list[tuple[str, str]]:
        return [(stop.said.partition(":")[0], stop.bug) for stop in listings.chain(listings.listing(name))[0]]

    assert kinds("L0") == [
        ("NameError", "L0-1"), ("RuntimeError", "L0-5"), ("AttributeError", "L0-3"), ("RuntimeError", "L0-2"),
        ("ValueError", "L0-6"), ("RuntimeError", "L0-9"),
    ]  # fmt: skip
    assert kinds("L3") == [("NameError", "L3-2"), ("RuntimeError", "L3-5"), ("TypeError", "L3-6")]


def test_seven_names_one_at_a_time_or_all_at_once() -> None:
    L0 = listings.listing("L0")
    seen = L0.examine("L0-1", L0.load(*L0.coded)).seen
    assert seen == {"np", "sheet", "batch", "discriminator_loss", "generator_loss", "opt_G", "opt_D"}


@pytest.mark.parametrize("wrong", [lambda s: s.sigmoid().mean(), lambda s: -softplus(-s).mean()], ids=["R6", "R2"])
def test_a_generator_loss_with_the_wrong_sign_teaches_G_to_be_recognised(wrong: Callable[[Tensor], Tensor]) -> None:
    """E15.2: D(fake) is 0 in less than 300 steps; maximising the loss leaves one picture, minimising D does not."""
    code = listings.listing("L2").load()
    code.generator_loss = wrong
    G, D = trained(code, steps=60, n=16, seed=0)
    fooled, spread = judged(code, G, D)
    assert fooled < 5e-4
    if wrong(torch.zeros(1)) < 0:
        assert spread < 0.002


def test_the_right_sign_keeps_D_in_doubt() -> None:
    code = listings.listing("L2").load()
    fooled, spread = judged(code, *trained(code, steps=60, n=16, seed=0))
    assert fooled > 0.1 and spread > 0.02


@pytest.mark.parametrize("seed", [0, 1])
def test_behind_the_crashes_of_L3_nothing_of_G_moves_but_its_buffers(seed: int) -> None:
    """E15.3: no gradient, no change of a weight, while D learns and the batch norms of G count."""
    code = listings.listing("L3").load("L3-4")
    with seeded(seed):
        G, D = code.generator(), code.discriminator()
        before = {name: value.clone() for name, value in G.state_dict().items()}
        opts = code.optimisers(G, D)
        losses = [code.step(G, D, *opts, code.prepared(listings.photos(8))) for _ in range(60)]
    assert all(p.grad is None for p in G.parameters())
    changed = {name for name, value in G.state_dict().items() if not torch.equal(value, before[name])}
    assert changed == {name for name, _ in G.named_buffers()}
    assert losses[-1][0] < losses[0][0] and losses[-1][1] > losses[0][1]


def test_keeping_the_graph_does_not_help_L3() -> None:
    """L3-5: the popular repair of the error, and the error after it."""
    code = listings.listing("L3").load("L3-5")

    def descend(opt: torch.optim.Optimizer, loss: Tensor) -> None:
        opt.zero_grad()
        loss.backward(retain_graph=True)
        opt.step()

    code.descend = descend
    with seeded(0):
        G, D = code.generator(), code.discriminator()
        with pytest.raises(RuntimeError, match="modified by an inplace operation"):
            for _ in range(2):
                code.step(G, D, *code.optimisers(G, D), torch.zeros(2, 3, 16, 16))


def test_2091_scores_for_a_photograph() -> None:
    """L3-3: floor of (218, 178) by two layers of stride 2 and one of width 4."""
    assert 51 * 41 == 2091
    L3 = listings.listing("L3")
    assert L3.examine("L3-3", L3.load("L3-3")).seen == 2091


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_images_of_L4_go_dark(seed: int) -> None:
    """E15.4: half of the pixels are positive at first, and nearly none after 100 steps."""
    code = listings.listing("L4").load("L4-4")
    lit = []
    for steps in (0, 100):
        G, _ = trained(code, steps, n=32, seed=seed)
        with seeded(1), torch.no_grad():
            lit.append(float((G(code.noise(256)) > 0).float().mean()))
    assert abs(lit[0] - 0.5) < 0.05 and lit[1] < 0.03


def test_any_D_gives_L4_the_same_G() -> None:
    """E15.4: to the bit; and not so in the repaired code."""
    L4, ends = listings.listing("L4"), {}
    for bug in (["L4-4"], []):
        code = L4.load(*bug)
        with seeded(9):
            other = code.discriminator()
        Gs = [trained(code, 10, n=8, seed=0, D=D)[0] for D in (None, other)]
        ends[bool(bug)] = torch.equal(flat(Gs[0]), flat(Gs[1]))
    assert ends == {True: True, False: False}


def test_the_forgotten_detach_costs_time_and_nothing_else() -> None:
    """L2-4: equal weights, to the bit; L2-5: not."""
    L2 = listings.listing("L2")
    ends = {bug: flat(trained(L2.load(*([bug] if bug else [])), 3, n=8, seed=0)[0]) for bug in ("", "L2-4", "L2-5")}
    assert torch.equal(ends[""], ends["L2-4"]) and not torch.equal(ends[""], ends["L2-5"])


@pytest.mark.parametrize(
    ("bugs", "apart", "equal"),
    [
        ((), 0, 1 / 2),
        (("L0-7",), 1 / 2, 3 / 4),
        (("L0-8",), 0, 1 / 4),
        (("L0-7", "L0-8"), 1 / 3, 1 / 2),
    ],
)
def test_the_best_answers_under_wrong_labels(bugs: tuple[str, ...], apart: float, equal: float) -> None:
    """L0-7 and L0-8: (2p + q) / (2p + 2q), p / (p + 3q), and (p + q) / (p + 3q) together, which hides at 1/2."""
    code = listings.listing("L0").load(*bugs)
    real, fake, logits = torch.ones(64, 1), -torch.ones(64, 1), torch.linspace(-9, 9, 901)
    for D, due in (
        (lambda x, s: torch.where(x > 0, 9.0, s), apart),
        (lambda x, s: s.expand_as(x), equal),
    ):
        losses = torch.stack([code.judgement(lambda x, s=s, D=D: D(x, s), real, fake) for s in logits])
        assert float(logits[losses.argmin()].sigmoid()) == pytest.approx(due, abs=0.006)


def test_with_noise_as_wide_as_an_image_L0_5_is_silent_and_G_rests() -> None:
    code = listings.listing("L0").load("L0-5")
    code.LATENT = 784
    with seeded(0):
        G, D = code.generator(), code.discriminator()
        before, opts = flat(G), code.optimisers(G, D)
        code.step(G, D, *opts, code.batch(IMAGES, 4))
    assert torch.equal(flat(G), before)


@pytest.mark.parametrize(("real", "target", "learns"), [(1, 1, True), (1, 0, False), (0, 0, True), (0, 1, False)])
def test_two_of_four_ways_to_write_the_labels_play_the_game(real: int, target: int, learns: bool) -> None:
    """L4-5: D's label for real and G's target. G's push on a fake must be D's on a real one."""
    code = listings.listing("L4").load()
    score = torch.zeros(1, 1, requires_grad=True)
    (of_D,) = torch.autograd.grad(code.labelled(score, float(real)), score)
    (of_G,) = torch.autograd.grad(code.labelled(score, float(target)), score)
    assert bool(of_D.sign() == of_G.sign()) == learns
