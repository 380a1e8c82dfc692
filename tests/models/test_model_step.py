"""One step of each model: against a plain reference, and against the mistakes of public GAN code."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Iterator
from typing import Any

import pytest
import torch
from smallest import IMAGES, NAMES, OWN, PLAIN, able, games, labels, small
from torch import Tensor, nn
from torch.nn.functional import logsigmoid

from ganlab.models import DCGAN, GAN, MODELS, GANConfig, Model, frozen
from ganlab.objectives import OBJECTIVES, PENALTIES, Objective, non_saturating


def _model(name: str, objective: str | None = None, penalty: str | None = None, **settings: Any) -> Model:
    normed = {"norm": "batch"} if name == "dcgan" and (penalty is None or not PENALTIES[penalty].per_sample) else {}
    return small(name, objective, penalty, **{**normed, **settings})


class Source:
    """Batches that are all different, and a count of how many were taken."""

    def __init__(self, shape: tuple[int, ...] = IMAGES, n: int = 6) -> None:
        self.shape, self.n, self.taken = shape, n, 0

    def __next__(self) -> tuple[Tensor, Tensor | None]:
        self.taken += 1
        return torch.rand(self.n, *self.shape, generator=_rng(1000 + self.taken)) * 2 - 1, labels(self.n)


def _rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def _weights(network: nn.Module) -> list[Tensor]:
    return [p.detach().clone() for p in network.parameters()]


def _equal(a: list[Tensor], b: list[Tensor]) -> bool:
    return all(torch.equal(x, y) for x, y in zip(a, b, strict=True))


# The step against a reference that reads like a textbook.


def _reference(
    model: Model, steps: int, fresh_noise: bool, d_steps: int, dtype: torch.dtype = torch.float32, r1: float = 0.0
) -> tuple[list[Tensor], list[Tensor]]:
    """Non-saturating GAN with two passes through D, log-sigmoids, an unfused Adam, and all graphs kept apart."""
    g, d = copy.deepcopy(model.G).train(), copy.deepcopy(model.D).train()
    adams = [
        torch.optim.Adam(network.parameters(), lr=model.config.lr, betas=(model.config.beta1, model.config.beta2),
                         fused=False, foreach=False)
        for network in (g, d)
    ]  # fmt: skip
    source, rng = Source(), _rng(7)

    def noise() -> Tensor:
        return torch.randn(source.n, model.config.latent, generator=rng).to(dtype)

    for _ in range(steps):
        for _ in range(d_steps):
            x, z = next(source)[0].to(dtype), noise()
            loss = -logsigmoid(d(x)).mean() - torch.log(1 - torch.sigmoid(d(g(z).detach()))).mean()
            if r1:
                x.requires_grad_(True)
                (slope,) = torch.autograd.grad(d(x).sum(), x, create_graph=True)
                loss = loss + r1 / 2 * sum(slope[i].pow(2).sum() for i in range(source.n)) / source.n
            adams[1].zero_grad()
            loss.backward()
            adams[1].step()
        if fresh_noise:
            z = noise()
        loss = -logsigmoid(d(g(z))).mean()
        adams[0].zero_grad()
        loss.backward()
        adams[0].step()
    return _weights(g), _weights(d)


def _trained(model: Model, steps: int) -> tuple[list[Tensor], list[Tensor]]:
    source, rng = Source(), _rng(7)
    for _ in range(steps):
        model.step(source, rng)
    return _weights(model.G), _weights(model.D)


SETTINGS = [
    ("gan", {}),
    ("gan", {"fresh_noise": False, "d_steps": 3}),
    ("dcgan", {"norm": "none"}),
    ("dcgan", {"norm": "none", "upsampling": "nearest", "fresh_noise": True, "d_steps": 2}),
]


@pytest.mark.parametrize(("name", "settings"), SETTINGS)
def test_three_steps_equal_the_reference_in_float32(name: str, settings: dict[str, Any]):
    model = _model(name, lr=1e-3, **settings)
    expected = _reference(model, 3, model.config.fresh_noise, model.config.d_steps)
    for ours, theirs in zip(_trained(model, 3), expected, strict=True):
        for a, b in zip(ours, theirs, strict=True):
            torch.testing.assert_close(a, b, rtol=0, atol=2e-6)


# A bias before batch normalisation has gradient 0; Adam makes a whole step of its rounding error in float32.
NORMED = [("gan", {"norm": "batch"}), ("dcgan", {}), ("dcgan", {"upsampling": "nearest"})]


@pytest.mark.parametrize(("name", "settings"), [*SETTINGS, *NORMED])
def test_three_steps_equal_the_reference_to_rounding_in_float64(name: str, settings: dict[str, Any]):
    """The same loop in float64, with a float64 loss of this file's own: agreement to 1e-10 leaves no room for luck."""
    plain = Objective(
        "float64",
        lambda real, fake: -logsigmoid(real).mean() - logsigmoid(-fake).mean(),
        lambda real, fake: -logsigmoid(fake).mean(),
        "this test",
    )
    model = _model(name, lr=1e-3, **settings).double()
    model.objective = plain
    model.place(torch.device("cpu"))
    draw = type(model).noise
    model.noise = lambda n, rng: draw(model, n, rng).double()  # type: ignore[method-assign]
    source_next = Source.__next__
    expected = _reference(model, 3, model.config.fresh_noise, model.config.d_steps, torch.float64)

    class Doubles(Source):
        def __next__(self) -> tuple[Tensor, Tensor | None]:
            return source_next(self)[0].double(), None

    source, rng = Doubles(), _rng(7)
    for _ in range(3):
        model.step(source, rng)
    for network, theirs in zip((model.G, model.D), expected, strict=True):
        for a, b in zip(_weights(network), theirs, strict=True):
            torch.testing.assert_close(a, b, rtol=0, atol=1e-10)


@pytest.mark.parametrize("name", PLAIN)
def test_a_penalty_enters_ds_loss_with_its_weight(name: str):
    gamma = {"gan": 3.0, "dcgan": 300.0}[name]  # DCGAN's small weights make its critic flat at the start
    model = _model(name, penalty="r1", lr=1e-3)
    model.penalty_weight = gamma
    expected = _reference(model, 3, model.config.fresh_noise, 1, r1=gamma)
    without = _reference(model, 3, model.config.fresh_noise, 1)
    ours = _trained(model, 3)
    for i in range(2):
        for a, b in zip(ours[i], expected[i], strict=True):
            torch.testing.assert_close(a, b, rtol=0, atol=1e-5)
    assert max(float((a - b).abs().max()) for a, b in zip(ours[1], without[1], strict=True)) > 1e-4


# Every combination moves.

COMBINATIONS = [
    (n, o, p) for n, o in games() for p in (sorted(PENALTIES) if n in PLAIN else sorted(MODELS[n].penalties))
]


@pytest.mark.parametrize(("name", "objective", "penalty"), COMBINATIONS)
def test_every_objective_under_every_penalty_moves_both_players(name: str, objective: str, penalty: str):
    model = _model(name, objective, penalty)
    networks = [getattr(model, part) for part in model.networks]
    before = [_weights(network) for network in networks]
    source, rng = Source(), _rng()
    for _ in range(2):  # a layer that begins at zero lets no gradient through in the first
        scalars = model.step(source, rng)
    assert {f"loss_{player}" for player in model.players} <= set(scalars)
    assert all(v.shape == () and torch.isfinite(v) and not v.requires_grad for v in scalars.values())
    for network, old in zip(networks, before, strict=True):
        assert all(torch.isfinite(p).all() for p in network.parameters())
        moved = [not torch.equal(p, w) for p, w in zip(network.parameters(), old, strict=True)]
        # A bias that shifts all scores alike is nothing to a loss of differences of scores.
        assert sum(moved) >= len(moved) - 1, "a layer got no gradient"
    assert model.steps == 2
    if penalty == "clip":
        assert max(float(p.detach().abs().max()) for p in model.D.parameters()) <= PENALTIES["clip"].weight


@pytest.mark.parametrize("objective", sorted(OBJECTIVES))
@pytest.mark.parametrize("penalty", ["none", "gp", "r1+r2"])
def test_points_train_too(objective: str, penalty: str):
    model = _model("gan", objective, penalty, shape=(2,))
    before = _weights(model.G)
    scalars = model.step(Source((2,)), _rng())
    assert all(torch.isfinite(v) for v in scalars.values())
    assert not _equal(before, _weights(model.G))


@pytest.mark.parametrize("name", PLAIN)
def test_the_logged_losses_are_those_of_the_networks_before_their_updates(name: str):
    """At the first step D's loss can be computed beforehand; with a rate near 0, G's loss too."""
    model = _model(name, lr=1e-12, fresh_noise=False)
    twin, source, rng = copy.deepcopy(model), Source(), _rng()
    real = next(Source())[0]
    fake = twin.G(twin.noise(6, _rng()))
    scalars = model.step(source, rng)
    real_logits, fake_logits = twin.D(real), twin.D(fake)
    torch.testing.assert_close(scalars["loss_D"], non_saturating.discriminator(real_logits, fake_logits))
    torch.testing.assert_close(scalars["loss_G"], non_saturating.generator(None, fake_logits))
    torch.testing.assert_close(scalars["logit_real"], real_logits.mean())
    torch.testing.assert_close(scalars["logit_fake"], fake_logits.mean())


# The gradient audit: who may touch whom.


def _audit(model: Model) -> list[str]:
    """Run one step with every gradient set to 7 beforehand, and list what went where it does not belong."""
    complaints: list[str] = []
    for parameter in model.parameters():
        parameter.grad = torch.full_like(parameter, 7.0)
    # The networks themselves are looked at: a mistaken step may be mistaken about descend as well.
    before_g = _weights(model.G)
    after_d: list[Tensor] = []
    descend = model.descend

    def watched(player: str, loss: Tensor) -> None:
        descend(player, loss)
        if player == "D":
            if any(p.grad is None or not torch.equal(p.grad, torch.full_like(p, 7.0)) for p in model.G.parameters()):
                complaints.append("the D step reached G's gradients")
            if not _equal(before_g, _weights(model.G)):
                complaints.append("the D step moved G")
            after_d[:] = [p.grad.clone() for p in model.D.parameters() if p.grad is not None]
            after_d.extend(_weights(model.D))

    model.descend = watched  # type: ignore[method-assign]
    model.step(Source(model.shape), _rng())
    left = [p.grad for p in model.D.parameters() if p.grad is not None] + _weights(model.D)
    if len(left) != len(after_d) or not _equal(left, after_d):
        complaints.append("the G step left something in D")
    if not all(p.requires_grad for p in model.parameters()):
        complaints.append("a weight was left frozen")
    if _equal(before_g, _weights(model.G)):
        complaints.append("G did not move")
    return complaints


AUDITED = [
    (name, objective, penalty, fresh_noise)
    for name, objective in games()
    for penalty in ("none", "gp", "r1+r2")
    for fresh_noise in (True, False)
    if penalty in MODELS[name].penalties and (not fresh_noise or able(["fresh_noise"], name))
    if "D" in MODELS[name].players
]


@pytest.mark.parametrize(("name", "objective", "penalty", "fresh_noise"), AUDITED)
def test_neither_players_step_reaches_the_other(name: str, objective: str, penalty: str, fresh_noise: bool):
    settings = {"fresh_noise": fresh_noise, "d_steps": 2}
    settings = {key: value for key, value in settings.items() if able([key], name)}
    assert _audit(_model(name, objective, penalty, **settings)) == []


class _Undetached(GAN):
    """The public mistake: fakes that still hang on G in D's loss, and a D that collects gradients in G's step."""

    def step(self, batches: Any, rng: torch.Generator) -> dict[str, Tensor]:
        real, _ = next(batches)
        fake = self.G(self.noise(len(real), rng))
        self.descend("D", self.objective.discriminator(self.D(real), self.D(fake)))
        self.descend("G", self.objective.generator(None, self.D(self.G(self.noise(len(real), rng)))))
        return {}


def test_the_audit_finds_both_contaminations():
    model = _Undetached(IMAGES, GANConfig(latent=4, g_widths=(8,), d_widths=(8,)))
    assert _audit(model) == ["the D step reached G's gradients", "the G step left something in D"]


@pytest.mark.parametrize("name", NAMES)
def test_gradients_left_over_from_before_do_not_enter_the_update(name: str):
    clean, dirty = _model(name), _model(name)
    for parameter in dirty.parameters():
        parameter.grad = torch.full_like(parameter, 7.0)
    for model in (clean, dirty):
        model.step(Source(), _rng())
    assert _equal(_weights(clean), _weights(dirty))


@pytest.mark.parametrize("name", [n for n in NAMES if able(["d_steps"], n)])
@pytest.mark.parametrize("d_steps", [1, 2, 3])
def test_each_update_of_d_sees_its_own_batch_and_g_moves_once(name: str, d_steps: int):
    model, source = _model(name, d_steps=d_steps), Source()
    seen: list[tuple[str, list[Tensor], list[Tensor]]] = []
    descend = model.descend

    def watched(player: str, loss: Tensor) -> None:
        seen.append((player, _weights(model.D), _weights(model.G)))
        descend(player, loss)

    model.descend = watched  # type: ignore[method-assign]
    model.step(source, _rng())
    assert [player for player, _, _ in seen] == ["D"] * d_steps + ["G"]
    assert source.taken == d_steps + (name in OWN)
    assert all(_equal(g, seen[0][2]) for _, _, g in seen), "G moved before its turn"
    assert all(not _equal(a[1], b[1]) for a, b in itertools.pairwise(seen)), "an update of D did nothing"


# Noise.


@pytest.mark.parametrize("name", PLAIN)
@pytest.mark.parametrize("objective", ["non-saturating", "relativistic"])
def test_fresh_noise_changes_gs_update_and_leaves_ds_alone_to_the_bit(name: str, objective: str):
    fresh, kept = _model(name, objective, fresh_noise=True), _model(name, objective, fresh_noise=False)
    for model in (fresh, kept):
        model.step(Source(), _rng())
    assert _equal(_weights(fresh.D), _weights(kept.D))
    assert not _equal(_weights(fresh.G), _weights(kept.G))


@pytest.mark.parametrize("name", PLAIN)
@pytest.mark.parametrize(("fresh_noise", "passes"), [(True, 3), (False, 2)])
def test_fresh_noise_is_one_more_draw_and_one_more_pass_through_g(name: str, fresh_noise: bool, passes: int):
    model = _model(name, fresh_noise=fresh_noise, d_steps=2)
    noises: list[Tensor] = []
    model.G.register_forward_pre_hook(lambda module, args: noises.append(args[0]))
    model.step(Source(), _rng())
    assert len(noises) == passes
    assert all(not torch.equal(a, b) for a, b in itertools.combinations(noises, 2))


# One pass through D, or two.


@pytest.mark.parametrize(("name", "settings"), [("gan", {}), ("dcgan", {"norm": "none"})])
def test_one_pass_over_both_halves_gives_the_scores_of_two(name: str, settings: dict[str, Any]):
    model = _model(name, **settings)
    real, fake = next(Source())[0], next(Source())[0].neg()
    together = model.D(torch.cat([real, fake])).chunk(2)
    torch.testing.assert_close(together[0], model.D(real), rtol=1e-5, atol=1e-6)
    torch.testing.assert_close(together[1], model.D(fake), rtol=1e-5, atol=1e-6)
    if isinstance(model, DCGAN):
        for ours, apart in zip(model.judge(real, fake), together, strict=True):
            torch.testing.assert_close(ours, apart)


def test_with_batch_norm_the_real_and_the_fake_batch_are_normalised_apart():
    """Radford et al. 2016 build separate batches; a mixed one gives other scores, or this test could not fail."""
    model = _model("dcgan", norm="batch", width=8)
    assert isinstance(model, DCGAN)
    real, fake = next(Source())[0], 0.1 * next(Source())[0] + 0.8
    ours = model.judge(real, fake)
    assert torch.equal(ours[0], model.D(real)) and torch.equal(ours[1], model.D(fake))
    assert not torch.allclose(ours[0], model.D(torch.cat([real, fake])).chunk(2)[0], atol=1e-4)


# The penalty in the pass of the logits.


@pytest.mark.parametrize("penalty", ["none", "r1", "gp", "r1+r2"])
@pytest.mark.parametrize("name", ["gan", "dcgan", "cgan", "r3gan"])
def test_judging_and_charging_in_one_pass_moves_d_as_two_passes_do(name: str, penalty: str):
    """Logits, penalty and the gradients of all of D's weights against a pass for each, in float64."""
    settings = {"norm": "none"} if name == "dcgan" else {}
    model = _model(name, "relativistic", penalty, **settings).double()
    real, fake = (next(Source())[0].double() * sign for sign in (0.9, -0.5))
    y = labels(len(real)) if model.conditional else None

    def gradients(loss: Tensor) -> list[Tensor | None]:
        return list(torch.autograd.grad(loss, list(model.D.parameters()), allow_unused=True))

    real_logits, fake_logits, charge = model.judge_and_charge(real, fake, _rng(), y)
    critic = model.critic(y)
    apart = model.penalty_weight * model.penalty.loss(critic, real, fake, _rng())
    torch.testing.assert_close(real_logits, critic(real))
    torch.testing.assert_close(fake_logits, critic(fake))
    torch.testing.assert_close(charge, apart, check_dtype=False)
    ours = gradients(model.objective.discriminator(real_logits, fake_logits) + charge)
    theirs = gradients(model.objective.discriminator(critic(real), critic(fake)) + apart)
    for a, b in zip(ours, theirs, strict=True):
        torch.testing.assert_close(a, b)


@pytest.mark.parametrize(("penalty", "passes"), [("none", 1), ("r1+r2", 1), ("r1", 2)])
def test_r1_with_r2_costs_no_pass_through_d_of_its_own(penalty: str, passes: int):
    model = _model("dcgan", "relativistic", penalty, norm="none")
    seen: list[int] = []
    model.D.register_forward_pre_hook(lambda module, args: seen.append(len(args[0])))
    model.judge_and_charge(next(Source())[0], next(Source())[0], _rng())
    assert len(seen) == passes


def test_under_minibatch_std_r1_and_r2_look_at_a_d_that_sees_the_batches_apart_where_it_judges():
    model = _model("dcgan", "relativistic", "r1+r2", norm="none", minibatch_std=2)
    real, fake = next(Source())[0], 0.1 * next(Source())[0]
    ours = model.judge_and_charge(real, fake, _rng())
    assert torch.equal(ours[0], model.D(real)) and torch.equal(ours[1], model.D(fake))


def test_in_bfloat16_the_charge_is_float32_and_near_the_exact_one():
    """Each of three layers rounds a slope by up to 2^-8, and the charge is its square: some per cent in all."""
    model = _model("dcgan", "relativistic", "r1+r2", norm="none")
    real, fake = next(Source())[0], next(Source())[0].neg()
    exactly = model.judge_and_charge(real, fake, _rng())[2]
    model.precision = torch.bfloat16
    with model.autocast():
        logits, _, charge = model.judge_and_charge(real, fake, _rng())
    assert logits.dtype == torch.bfloat16 and charge.dtype == torch.float32
    assert charge.item() == pytest.approx(exactly.item(), rel=0.1)


# Freezing.


def test_frozen_weights_collect_nothing_and_let_gradients_through():
    network, x = nn.Linear(3, 1), torch.randn(2, 3, requires_grad=True)
    with frozen(network):
        network(x).sum().backward()
    assert network.weight.grad is None and network.bias.grad is None
    torch.testing.assert_close(x.grad, network.weight.detach().expand(2, 3))
    assert all(p.requires_grad for p in network.parameters())


def test_frozen_gives_the_gradients_back_after_an_exception():
    network = nn.Linear(3, 1)
    with pytest.raises(ZeroDivisionError), frozen(network):
        assert not any(p.requires_grad for p in network.parameters())
        1 / 0
    assert all(p.requires_grad for p in network.parameters())


def test_a_layer_that_the_user_froze_stays_frozen():
    network = nn.Sequential(nn.Linear(3, 3).requires_grad_(False), nn.Linear(3, 1))
    with frozen(network):
        pass
    assert [p.requires_grad for p in network.parameters()] == [False, False, True, True]


# State.


@pytest.mark.parametrize(("name", "objective"), games())
def test_a_model_with_the_state_of_another_goes_on_like_it_to_the_bit(name: str, objective: str):
    first, second = _model(name, objective), _model(name, objective, seed=9)
    rng = _rng()
    for _ in range(2):
        first.step(Source(), rng)
    state = copy.deepcopy(first.training_state())
    second.load_training_state(state)
    for model in (first, second):
        model.set_rate(3e-4)
        model.step(Source(), _rng(5))
    assert second.steps == 3
    assert _equal(list(first.state_dict().values()), list(second.state_dict().values()))


@pytest.mark.parametrize("name", NAMES)
def test_without_the_optimisers_state_it_would_not(name: str):
    """The test above can fail: weights alone, the common case in public code, are not enough."""
    first, second = _model(name), _model(name)
    for _ in range(2):
        first.step(Source(), _rng())
    second.load_state_dict(first.state_dict())
    for model in (first, second):
        model.step(Source(), _rng(5))
    assert not _equal(_weights(first), _weights(second))


@pytest.mark.parametrize("name", PLAIN)
def test_the_rate_scales_the_first_update(name: str):
    """Adam's first update is lr * sign of the gradient: ten times the rate, ten times the way."""
    ways = []
    for rate in (1e-4, 1e-3):
        model = _model(name, lr=0.5)
        before = _weights(model.D)
        model.set_rate(rate)
        model.step(Source(), _rng())
        ways.append(max(float((a - b).abs().max()) for a, b in zip(before, _weights(model.D), strict=True)))
    assert ways[0] == pytest.approx(1e-4, rel=1e-2)
    assert ways[1] == pytest.approx(1e-3, rel=1e-2)


@pytest.mark.parametrize("name", PLAIN)
def test_bfloat16_keeps_weights_and_losses_in_float32(name: str):
    model = _model(name, penalty="r1")
    model.precision = torch.bfloat16
    seen: set[torch.dtype] = set()
    model.G.register_forward_hook(lambda module, args, output: seen.add(output.dtype))
    scalars = model.step(Source(), _rng())
    assert seen == {torch.bfloat16}
    assert all(v.dtype == torch.float32 and torch.isfinite(v) for v in scalars.values())
    assert all(p.dtype == torch.float32 and torch.isfinite(p).all() for p in model.parameters())


def test_a_source_is_anything_with_next():
    """``BatchSource`` asks for next() alone: a plain generator serves."""

    def stream() -> Iterator[tuple[Tensor, Tensor | None]]:
        while True:
            yield torch.zeros(3, *IMAGES), torch.zeros(3, dtype=torch.int64)

    assert torch.isfinite(_model("gan").step(stream(), _rng())["loss_D"])
