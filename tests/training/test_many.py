"""Seeds side by side: each must get what it would have got alone, and alone what a plain loop gives."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch.nn.utils import clip_grad_norm_

from ganlab.data.mixtures import ring
from ganlab.errors import UserError
from ganlab.objectives import OBJECTIVES, PENALTIES
from ganlab.training.many import ManyConfig, ManyGANs, players

LAW = ring(std=0.05)
BASE = ManyConfig(width_g=16, width_d=16, batch=32, steps=6)
RECIPES = {
    "plain": {},
    "saturating": {"objective": "minimax"},
    "relativistic": {"objective": "relativistic"},
    "r1": {"penalty": "r1", "weight": 1.0},
    "r2": {"penalty": "r2", "weight": 1.0},
    "r1+r2": {"penalty": "r1+r2", "weight": 1.0, "weight_end": 0.1},
    "gp": {"penalty": "gp", "weight": 10.0},
    "dragan": {"penalty": "dragan", "weight": 10.0},
    "spectral": {"spectral": True},
    "clip": {"clip": 0.01},
    "decay": {"l1": 1e-3, "l2": 1e-2},
    "norm in G": {"norm": "g"},
    "norm": {"norm": "g+d"},
    "dropout": {"dropout": 0.3},
    "noise": {"noise": 0.5},
    "smoothing": {"real_label": 0.9},
    "packs": {"pack": 4},
    "packs, r1": {"pack": 2, "penalty": "r1+r2", "weight": 0.1},
    "spread": {"spread": True},
    "unrolled": {"unroll": 2},
    "two time scales": {"lr_d": 4e-3, "d_steps": 2},
    "average": {"ema": 3.0},
    "schedules": {"lr_end": 1e-5},
    "Fourier and bits": {"fourier": (1.0, 4.0), "bits": 3},
    "finite data": {"points": 50},
    "warm start": {"warm": 3},
}


def trained(seeds, steps=6, **options):
    gans = ManyGANs(replace(BASE, **options), LAW, seeds)
    gans.train(steps)
    return gans


@pytest.mark.parametrize("options", RECIPES.values(), ids=RECIPES)
def test_a_seed_among_others_is_the_seed_alone(options):
    together = trained([3, 4, 5], **options)
    for place, seed in enumerate(together.seeds):
        alone = trained([seed], **options)
        torch.testing.assert_close(together.sample(40)[place], alone.sample(40)[0], rtol=1e-3, atol=1e-4)
        for player in ("G", "D"):
            torch.testing.assert_close(together.norms[player][place], alone.norms[player][0], rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("penalty", ["none", "r1", "r1+r2"])
@pytest.mark.parametrize("clip", [0.0, 0.05])
@pytest.mark.parametrize("objective", ["minimax", "non-saturating", "relativistic"])
def test_one_seed_is_the_plain_loop(objective, penalty, clip):
    """The oracle: two modules, two optimisers, the package's own objective and penalty, PyTorch's clipping."""
    config = replace(BASE, objective=objective, penalty=penalty, weight=0.5, clip=clip, l2=1e-3)
    gans = ManyGANs(config, LAW, [7])
    twin = ManyGANs(config, LAW, [7])  # a second source of the same random numbers
    G, D = players(config, 7)
    adams = [torch.optim.Adam(n.parameters(), 1e-3, (0.5, 0.999), weight_decay=1e-3) for n in (D, G)]
    game, charge = OBJECTIVES[objective], PENALTIES[penalty]

    def descend(network, adam, loss):
        adam.zero_grad()
        loss.backward()
        if clip:
            clip_grad_norm_(network.parameters(), clip)
        adam.step()

    for _ in range(5):
        gans.step()
        real, fake = twin._real()[0], G(twin._noise()[0]).detach()
        descend(D, adams[0], game.discriminator(D(real), D(fake)) + 0.5 * charge.loss(D, real, fake, None))
        real, fake = twin._real()[0], G(twin._noise()[0])
        descend(G, adams[1], game.generator(D(real).detach(), D(fake)))
    for stacked, plain in ((gans.G, G), (gans.D, D)):
        for name, parameter in plain.named_parameters():
            torch.testing.assert_close(stacked.parameters[name][0], parameter, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("penalty", ["r1", "r2", "r1+r2", "gp", "dragan"])
def test_the_penalties_are_those_of_the_objectives(penalty):
    """Over the same points; what gp and dragan draw is checked on a critic whose slope is the same everywhere."""
    gans = ManyGANs(replace(BASE, penalty=penalty, weight=1.0), LAW, [0, 1])
    real, fake = gans._real(), gans.G(gans._noise()).detach()
    if penalty in ("gp", "dragan"):
        for name, value in gans.D.parameters.items():
            with torch.no_grad():
                value.copy_(value.abs() if name.startswith("hidden") else value)
        real, fake = real + 100, fake + 100  # every leaky ReLU on one side: a linear critic
    wanted = 0.0
    for place in range(2):
        own = {name: value[place : place + 1] for name, value in gans.D.parameters.items()}

        def critic(x, own=own):
            return gans.D(x[None], parameters=own)[0]

        rng = torch.Generator().manual_seed(0)
        wanted += PENALTIES[penalty].loss(critic, real[place], fake[place], rng)
    torch.testing.assert_close(gans._penalty(real, fake), wanted, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("options", RECIPES.values(), ids=RECIPES)
def test_stopping_saving_and_going_on_gives_the_same_bits(options, tmp_path):
    straight = trained([1, 2], **options)
    first = trained([1, 2], steps=3, **options)
    first.save(tmp_path / "state.pt")
    second = ManyGANs(first.config, LAW, [1, 2])
    second.resume(tmp_path / "state.pt")
    second.train(6)
    assert torch.equal(second.sample(20), straight.sample(20))
    for player in ("G", "D"):
        for name, value in getattr(straight, player).parameters.items():
            assert torch.equal(getattr(second, player).parameters[name], value)
        assert torch.equal(second.norms[player], straight.norms[player])


def test_a_seed_that_explodes_takes_nobody_with_it():
    gans, calm = ManyGANs(BASE, LAW, [0, 1]), ManyGANs(BASE, LAW, [0, 1])
    with torch.no_grad():
        gans.D.parameters["head.bias"][0] = float("nan")
    gans.train(3)
    calm.train(3)
    assert not torch.isfinite(gans.sample(10)[0]).any()
    assert torch.equal(gans.sample(10)[1], calm.sample(10)[1])


def test_sampling_disturbs_nothing():
    gans, twin = ManyGANs(BASE, LAW, [0]), ManyGANs(BASE, LAW, [0])
    gans.sample(100)
    gans.train(2)
    twin.train(2)
    assert torch.equal(gans.sample(10), twin.sample(10))
    assert not torch.equal(gans.sample(10, seed=1), gans.sample(10))


def test_unrolled_steps_differ_and_leave_the_discriminator_alone():
    plain, unrolled = ManyGANs(BASE, LAW, [0]), ManyGANs(replace(BASE, unroll=3), LAW, [0])
    plain.step()
    unrolled.step()
    assert all(torch.equal(plain.D.parameters[k], v) for k, v in unrolled.D.parameters.items())
    assert not torch.equal(plain.norms["G"], unrolled.norms["G"])


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"objective": "hinges"}, "objective"),
        ({"penalty": "clip"}, "penalty"),
        ({"norm": "layer"}, "norm"),
        ({"width_g": 0}, "width_g must be positive"),
        ({"lr_d": 0.0}, "lr_d must be positive"),
        ({"dropout": 1.0}, "dropout"),
        ({"pack": 3}, "packed by 3"),
        ({"penalty": "r1", "weight": 1.0, "spread": True}, "one sample at a time"),
        ({"penalty": "gp", "weight": 1.0, "norm": "g+d"}, "one sample at a time"),
    ],
)
def test_one_sentence_for_a_mistake(options, words):
    with pytest.raises(UserError, match=words):
        replace(BASE, **options)


def test_a_state_of_another_run_is_refused():
    gans = ManyGANs(BASE, LAW, [0])
    for other in (ManyGANs(BASE, LAW, [1]), ManyGANs(replace(BASE, lr_g=2e-3), LAW, [0])):
        with pytest.raises(UserError, match="belongs to other settings"):
            gans.load(other.state())
    with pytest.raises(UserError, match="one seed or more"):
        ManyGANs(BASE, LAW, [])
