"""Stabilisers as choices of a model: what each does to one step, what none may break, and what is refused."""

from __future__ import annotations

import copy
from typing import Any

import pytest
import torch
from smallest import IMAGES, NAMES, PLAIN, able, batch_of, labels, small
from torch import Tensor, nn

from ganlab.errors import UserError
from ganlab.layers import MinibatchStd, pack
from ganlab.models import MODELS, Model
from ganlab.objectives import OBJECTIVES, gradient_norm, smoothed

CHOICES: dict[str, dict[str, Any]] = {
    "ttur": {"ttur": 4.0}, "clip_norm": {"clip_norm": 1e-4}, "real_label": {"real_label": 0.9},
    "instance_noise": {"instance_noise": 0.3}, "pack": {"pack": 3}, "minibatch_std": {"minibatch_std": 3},
    "dropout": {"dropout": 0.5}, "spectral_norm": {"spectral_norm": True},
    "augment": {"augment": "color+translation+cutout", "augment_p": 0.8},
    "ada": {"augment": "flip+rotation", "ada_target": 0.6, "ada_ramp": 48}, "unroll": {"unroll": 2, "unroll_lr": 0.5},
    "several": {"pack": 2, "minibatch_std": 3, "augment": "translation", "instance_noise": 0.1, "clip_norm": 1.0},
}  # fmt: skip


def _settings(name: str, choice: str) -> dict[str, Any]:
    """What the choice changes: a model that has spectral norm anyway is asked to leave it out."""
    if choice == "spectral_norm" and MODELS[name].Config().spectral_norm:
        return {"spectral_norm": False}
    return CHOICES[choice]


CHOSEN = [(name, choice) for name in NAMES for choice, settings in CHOICES.items() if able(settings, name)]


def _model(name: str, objective: str | None = None, penalty: str | None = None, **settings: Any) -> Model:
    return small(name, objective, penalty, **{"lr": 1e-3, **settings})


class Source:
    """Batches of six, all different. One pixel of batch number ``bad`` is not a number."""

    def __init__(self, shape: tuple[int, ...] = IMAGES, n: int = 6, bad: int = 0) -> None:
        self.shape, self.n, self.taken, self.bad = shape, n, 0, bad

    def __next__(self) -> tuple[Tensor, Tensor | None]:
        self.taken += 1
        x = torch.rand(self.n, *self.shape, generator=_rng(1000 + self.taken)) * 2 - 1
        if self.taken == self.bad:
            x[2, 0, 3, 3] = float("nan")
        return x, labels(self.n)


def _rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def _steps(model: Model, count: int = 3, seed: int = 7) -> list[Tensor]:
    torch.manual_seed(1)  # dropout draws from the global generator
    source, rng = Source(model.shape), _rng(seed)
    for _ in range(count):
        model.step(source, rng)
    return [p.detach().clone() for p in model.parameters()]


def _same(a: list[Tensor], b: list[Tensor]) -> bool:
    return len(a) == len(b) and all(torch.equal(x, y) for x, y in zip(a, b, strict=True))


# What holds for each of them.


@pytest.mark.parametrize(("name", "choice"), CHOSEN)
def test_each_choice_trains_both_players_and_is_no_dead_option(name: str, choice: str):
    before = _model(name, **_settings(name, choice))
    start = [p.detach().clone() for p in before.parameters()]
    after = _steps(before)
    assert all(torch.isfinite(p).all() for p in after)
    moved = [not torch.equal(a, b) for a, b in zip(start, after, strict=True)]
    # A bias that shifts all scores alike is nothing to a loss of differences of scores.
    assert sum(moved) >= len(moved) - (before.objective.name in ("hinge", "wasserstein")), "a layer got no gradient"
    assert not _same(after, _steps(_model(name)))
    assert before.first_bad_update() is None


@pytest.mark.parametrize(("name", "choice"), CHOSEN)
def test_the_same_seed_gives_the_same_bits(name: str, choice: str):
    assert _same(_steps(_model(name, **_settings(name, choice))), _steps(_model(name, **_settings(name, choice))))


@pytest.mark.parametrize(("name", "choice"), CHOSEN)
def test_a_model_with_the_state_of_another_goes_on_like_it_to_the_bit(name: str, choice: str):
    first, second = _model(name, **_settings(name, choice)), _model(name, **_settings(name, choice), seed=9)
    _steps(first, 5)
    second.load_training_state(copy.deepcopy(first.training_state()))
    _steps(first, 2, seed=5)
    _steps(second, 2, seed=5)
    assert _same(list(first.state_dict().values()), list(second.state_dict().values()))


@pytest.mark.parametrize(("name", "choice"), [(n, c) for n, c in CHOSEN if "D" in MODELS[n].players])
def test_neither_players_step_reaches_the_other(name: str, choice: str):
    kept = {"fresh_noise": False} if able(["fresh_noise"], name) else {}
    model = _model(name, **_settings(name, choice), **kept)
    for parameter in model.parameters():
        parameter.grad = torch.full_like(parameter, 7.0)
    descend, after_d = model.descend, []

    def watched(player: str, loss: Tensor) -> None:
        descend(player, loss)
        if player == "D":
            assert all(torch.equal(p.grad, torch.full_like(p, 7.0)) for p in model.G.parameters())
            after_d.clear()
            after_d.extend(t.detach().clone() for p in model.D.parameters() for t in (p, p.grad))

    model.descend = watched  # type: ignore[method-assign]
    model.step(Source(), _rng())
    assert _same(after_d, [t for p in model.D.parameters() for t in (p, p.grad)])
    assert all(p.requires_grad for p in model.parameters())


@pytest.mark.parametrize(("name", "choice"), CHOSEN)
def test_a_bad_batch_names_its_step_and_freezes_both_players(name: str, choice: str):
    model, source, rng = _model(name, **_settings(name, choice)), Source(bad=batch_of(name, 3)), _rng()
    if choice in ("augment", "several"):  # a hole may hide the pixel
        model.views = tuple(view for view in model.views if view is not model.augment)
    for _ in range(2):
        model.step(source, rng)
    before = [p.detach().clone() for p in model.parameters()]
    for _ in range(3):
        model.step(source, rng)
        assert model.first_bad_update() == (3, model.players[0])
        assert _same(before, [p.detach() for p in model.parameters()])
    assert all(torch.isfinite(b).all() for b in model.buffers())


# What each of them says of itself.


@pytest.mark.parametrize("name", PLAIN)
@pytest.mark.parametrize("later", [False, True])
def test_two_time_scales_move_d_by_a_multiple_of_gs_rate(name: str, later: bool):
    """Adam's first update is the rate times the sign of the gradient."""
    model = _model(name, ttur=4.0, lr=1e-3)
    if later:
        model.set_rate(1e-4)
    before = {player: [p.detach().clone() for p in getattr(model, player).parameters()] for player in "DG"}
    model.step(Source(), _rng())
    for player, rate in (("G", 1e-4 if later else 1e-3), ("D", 4e-4 if later else 4e-3)):
        ways = [(p - b).abs().max() for p, b in zip(getattr(model, player).parameters(), before[player], strict=True)]
        assert float(torch.stack(ways).max().detach()) == pytest.approx(rate, rel=2e-2)


@pytest.mark.parametrize("name", PLAIN)
def test_a_clipped_players_gradient_keeps_its_direction_and_has_the_norm_asked_for(name: str):
    plain, clipped = _model(name), _model(name, clip_norm=1e-3)
    for model in (plain, clipped):
        model.descend("D", model.objective.discriminator(*model.judge(next(Source())[0], -next(Source())[0])))
    ours, theirs = ([p.grad for p in model.D.parameters()] for model in (clipped, plain))
    assert float(gradient_norm(theirs)) > 1e-3
    assert float(gradient_norm(ours)) == pytest.approx(1e-3, rel=1e-4)
    flat = [torch.cat([g.flatten() for g in each]) for each in (ours, theirs)]
    assert float(torch.cosine_similarity(*flat, dim=0)) == pytest.approx(1.0, abs=1e-5)


def test_a_cap_that_is_never_reached_changes_no_bit():
    assert _same(_steps(_model("gan", clip_norm=1e9)), _steps(_model("gan")))


@pytest.mark.parametrize("name", PLAIN)
def test_a_pack_of_one_an_augmentation_of_probability_0_and_other_nothings_change_no_bit(name: str):
    nothing = {"pack": 1, "ttur": 1.0, "real_label": 1.0, "instance_noise": 0.0, "unroll": 0, "clip_norm": 0.0}
    assert _same(_steps(_model(name, **nothing)), _steps(_model(name)))
    silent = _model(name, augment="color+flip", augment_p=0.0)
    x = next(Source())[0]
    assert torch.equal(silent.show(x, _rng()), x)


@pytest.mark.parametrize("name", PLAIN)
def test_packing_gives_d_other_inputs_and_judges_the_joint_law(name: str):
    model = _model(name, pack=3)
    assert model.shown_shape == (3, 8, 8)
    x = next(Source())[0]
    seen: list[Tensor] = []
    model.D.register_forward_pre_hook(lambda module, args: seen.append(args[0]))
    assert torch.equal(model.show(x, _rng()), pack(x, 3))
    model.step(Source(), _rng())
    assert [tuple(s.shape) for s in seen] == [(4, 3, 8, 8), (2, 3, 8, 8)]
    assert torch.equal(seen[0][:2], pack(x, 3))


@pytest.mark.parametrize("name", PLAIN)
def test_a_penalty_under_packing_is_one_of_packs(name: str):
    """The norm of a pack's gradient is over all of the pack, one mixing weight each: R1 of the packed critic."""
    model = _model(name, penalty="r1", pack=2)
    real, fake = (model.show(next(Source())[0], _rng()) for _ in range(2))
    x = real.clone().requires_grad_(True)
    (slope,) = torch.autograd.grad(model.D(x).sum(), x)
    wanted = 0.5 * slope.flatten(1).square().sum(1).mean()
    torch.testing.assert_close(model.penalty.loss(model.D, real, fake, None).detach(), wanted)
    assert slope.shape[0] == 3


@pytest.mark.parametrize("name", PLAIN)
def test_minibatch_std_keeps_real_and_fake_apart_and_tells_groups(name: str):
    model = _model(name, minibatch_std=3)
    assert model.couples and sum(isinstance(m, MinibatchStd) for m in model.D.modules()) == 1
    real, fake = next(Source())[0], 0.01 * next(Source())[0]
    ours = model.judge(real, fake)
    assert torch.equal(ours[0], model.D(real)) and torch.equal(ours[1], model.D(fake))
    changed = real.clone()
    changed[0] *= 0.5
    moved = (model.D(changed) != ours[0]).tolist()
    assert moved == [True] * 3 + [False] * 3


@pytest.mark.parametrize("name", PLAIN)
def test_spectral_norm_holds_every_layer_of_d_and_none_of_g(name: str):
    model = _model(name, spectral_norm=True)
    _steps(model, 40)
    for layer in model.D.modules():
        if isinstance(layer, nn.Linear | nn.Conv2d):
            assert float(torch.linalg.matrix_norm(layer.weight.detach().flatten(1), 2)) == pytest.approx(1, abs=0.05)
    assert not any("parametrizations" in key for key in model.G.state_dict())


@pytest.mark.parametrize("name", PLAIN)
def test_augmentation_and_noise_lie_between_d_and_both_batches_and_gs_gradient_passes_through(name: str):
    model = _model(name, augment="color", instance_noise=0.1, fresh_noise=True)
    calls: list[tuple[bool, int]] = []
    original = model.views

    def spy(x: Tensor, rng: torch.Generator) -> Tensor:
        calls.append((x.requires_grad, len(x)))
        return x

    model.views = (spy, *original)
    before = [p.detach().clone() for p in model.G.parameters()]
    model.step(Source(), _rng())
    assert calls == [(False, 6), (False, 6), (True, 6)]  # real, fake, and G's fakes with their graph
    assert not _same(before, [p.detach() for p in model.G.parameters()])


@pytest.mark.parametrize("name", PLAIN)
def test_a_smoothed_label_is_the_papers_loss(name: str):
    model = _model(name, real_label=0.7)
    real, fake = torch.randn(5), torch.randn(5)
    assert torch.equal(model.objective.discriminator(real, fake), smoothed(0.7).discriminator(real, fake))
    assert model.objective.name == "non-saturating"


@pytest.mark.parametrize("name", PLAIN)
def test_gs_opponent_after_unrolling_is_d_after_its_own_steps_and_d_itself_stays(name: str):
    model = _model(name, unroll=2, unroll_lr=0.3)
    real, fake = next(Source())[0], next(Source())[0]
    twin = copy.deepcopy(model.D)
    sgd = torch.optim.SGD(twin.parameters(), 0.3)
    for _ in range(2):
        sgd.zero_grad()
        model.objective.discriminator(twin(real), twin(fake)).backward()
        sgd.step()
    before = model.D(fake).detach()
    torch.testing.assert_close(model.opponent(real, fake)(fake), twin(fake))
    assert torch.equal(model.D(fake), before) and not torch.allclose(before, twin(fake), rtol=1e-3, atol=0)
    assert _model(name).opponent(real, fake).__class__ is model.D.__class__


def test_the_controller_moves_p_tells_the_log_and_is_part_of_the_state():
    model = _model("dcgan", augment="flip", ada_target=0.6, ada_ramp=48)
    source, rng = Source(), _rng()
    model.objective = OBJECTIVES["non-saturating"]
    logged = []
    for _ in range(8):
        with torch.no_grad():
            model.D.head.bias.fill_(5.0)  # a D that is sure of every real image
        logged.append(float(model.step(source, rng)["augment_p"]))
    assert logged[:3] == [0, 0, 0] and logged[3] == pytest.approx(0.5) and logged[7] == pytest.approx(0.8)
    assert float(model.training_state()["networks"]["augment.p"]) == pytest.approx(0.8)
    assert "augment_p" not in _model("dcgan", augment="flip").step(Source(), _rng())


# Refusals.


@pytest.mark.parametrize(
    ("settings", "word"),
    [
        ({"shape": (2,), "augment": "flip"}, "points"),
        ({"augment": "flip+spin"}, "spin"),
        ({"ada_target": 0.6}, "choose one"),
        ({"augment": "flip", "ada_target": 0.6, "objective": "relativistic"}, "no meaning"),
        ({"augment": "flip", "ada_target": 0.6, "objective": "least-squares"}, "no meaning"),
        ({"real_label": 0.9, "objective": "hinge"}, "has none"),
        ({"unroll": 1, "penalty": "r1"}, "choose one"),
        ({"unroll": 1, "spectral_norm": True}, "unrolling"),
        ({"spectral_norm": True, "penalty": "clip"}, "does nothing"),
        ({"ttur": 0.0}, "ttur"), ({"clip_norm": -1.0}, "clip_norm"), ({"pack": 0}, "pack"),
        ({"dropout": 1.0}, "dropout"), ({"real_label": 0.0}, "label"),
        ({"augment": "flip", "augment_p": 1.5}, "probability"), ({"minibatch_std": -4}, "minibatch_std"),
        ({"unroll_lr": 0.0}, "unroll_lr"), ({"instance_noise": -1.0}, "noise"),
    ],
)  # fmt: skip
def test_what_does_not_go_together_is_refused_in_one_sentence(settings: dict[str, Any], word: str):
    with pytest.raises(UserError, match=word) as caught:
        _model("gan", **settings)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("choice", [{"unroll": 1}, {"penalty": "gp"}])
def test_batch_normalisation_in_d_goes_with_neither_unrolling_nor_a_penalty(choice: dict[str, Any]):
    with pytest.raises(UserError, match="norm=none"):
        _model("dcgan", norm="batch", **choice)


def test_a_batch_that_packs_and_groups_do_not_divide_is_refused_with_a_size_that_would_do():
    config = MODELS["gan"].Config(pack=2, minibatch_std=4)
    config.check_batch(16)
    with pytest.raises(UserError, match="multiple of 8"):
        config.check_batch(12)


@pytest.mark.parametrize(("name", "setting"), [(name, s) for name in NAMES for s in MODELS[name].refuses])
def test_a_setting_that_a_models_step_has_no_use_for_is_refused_by_name(name: str, setting: str):
    usual = getattr(MODELS[name].Config(), setting)
    ways = [settings for settings in CHOICES.values() if setting in settings]
    other = {"fresh_noise": not usual, "d_steps": 7}
    settings = {setting: other[setting]} if setting in other else min(ways, key=len)
    with pytest.raises(UserError, match="has no use for"):
        _model(name, **settings)
