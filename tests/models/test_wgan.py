"""WGAN and WGAN-GP: one step of each by hand, and what their papers say of critic, optimiser and batch norm."""

from __future__ import annotations

import copy
import math
from typing import Any

import pytest
import torch
from smallest import IMAGES, small
from torch import Tensor, nn

from ganlab.errors import UserError
from ganlab.layers import has_batch_norm
from ganlab.models import MODELS, Model
from ganlab.objectives import PENALTIES


class Source:
    """Batches of six, all different."""

    def __init__(self) -> None:
        self.taken = 0

    def __next__(self) -> tuple[Tensor, Tensor | None]:
        self.taken += 1
        return torch.rand(6, *IMAGES, generator=_rng(1000 + self.taken)) * 2 - 1, None


class Linear(nn.Module):
    """The critic f(x) = <w, x>: its slope is w everywhere."""

    def __init__(self, w: Tensor) -> None:
        super().__init__()
        self.w = nn.Parameter(w.clone())

    def forward(self, x: Tensor) -> Tensor:
        return x.flatten(1) @ self.w


def _rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def _linear(name: str, w: Tensor, **settings: Any) -> Model:
    model = small(name, **settings)
    model.D = Linear(w)
    model.couples = False
    return model.place(torch.device("cpu"))


def _fakes(model: Model, draws: int) -> list[Tensor]:
    """G's next batches, as a step with this generator's noise will draw them."""
    twin, rng = copy.deepcopy(model.G), _rng(7)
    return [twin(model.noise(6, rng)).detach() for _ in range(draws)]


def test_a_step_of_wgan_on_a_linear_critic_by_hand():
    """grad_w of E f(G(z)) - E f(x) is mean(fake) - mean(real), whatever w is; RMSprop, then the clip; then again."""
    w = torch.linspace(-0.009, 0.009, 64)
    model = _linear("wgan", w, d_steps=2, lr=5e-4)
    fakes = _fakes(model, 2)
    source, average, mine = Source(), torch.zeros(64), w.clone()
    for fake in fakes:
        real, _ = next(source)
        gradient = (fake.mean(0) - real.mean(0)).flatten()
        average = 0.99 * average + 0.01 * gradient**2
        mine = (mine - 5e-4 * gradient / (average.sqrt() + 1e-8)).clamp(-0.01, 0.01)
    scalars = model.step(Source(), _rng(7))
    torch.testing.assert_close(model.D.w.detach(), mine)
    assert float((mine.abs() == 0.01).float().mean()) > 0.1, "nothing was clipped: the test would not see it"
    assert scalars["loss_D"] == scalars["logit_fake"] - scalars["logit_real"]


@pytest.mark.parametrize("bound", [0.01, 0.003])
def test_the_critic_is_clipped_after_each_of_its_updates_and_only_the_critic(bound: float):
    model = small("wgan", d_steps=3, lr=1e-2)
    model.penalty_weight = bound
    sizes: list[float] = []
    descend = model.descend

    def watched(player: str, loss: Tensor) -> None:
        descend(player, loss)
        if player == "D":
            sizes.append(max(float(p.detach().abs().max()) for p in model.D.parameters()))

    model.descend = watched  # type: ignore[method-assign]
    model.step(Source(), _rng())
    assert sizes == pytest.approx([bound] * 3, rel=1e-6)
    assert max(float(p.detach().abs().max()) for p in model.G.parameters()) > 0.02


def test_wgans_optimiser_is_rmsprop_at_the_papers_rate_and_knows_no_momentum():
    config = MODELS["wgan"].Config()
    assert (config.lr, config.d_steps, PENALTIES["clip"].weight) == (5e-5, 5, 0.01)
    for optimiser in small("wgan", d_steps=5, lr=5e-5).optimisers.values():
        assert isinstance(optimiser, torch.optim.RMSprop)
        assert optimiser.defaults["momentum"] == 0 and optimiser.defaults["alpha"] == 0.99
    with pytest.raises(UserError, match="no momentum"):
        MODELS["wgan"].Config(beta1=0.5)


@pytest.mark.parametrize("length", [0.25, 1.0, 3.0])
def test_the_penalty_of_a_linear_critic_is_its_slopes_distance_from_one_squared(length: float):
    w = torch.ones(64) * length / 8
    model = _linear("wgan_gp", w, d_steps=1)
    assert float(model.step(Source(), _rng())["penalty"]) == pytest.approx((length - 1) ** 2, abs=1e-5)


def test_lambda_times_the_penalty_enters_the_critics_update():
    """On a linear critic grad_w of lambda (|w| - 1)^2 is 2 lambda (1 - 1 / |w|) w; Adam's first step is its sign."""
    w = torch.ones(64) * 3 / 8
    model = _linear("wgan_gp", w, d_steps=1, lr=1e-3)
    seen: list[Tensor] = []
    descend = model.descend

    def watched(player: str, loss: Tensor) -> None:
        descend(player, loss)
        if player == "D":
            seen.append(model.D.w.grad.clone())

    model.descend = watched  # type: ignore[method-assign]
    (fake,) = _fakes(model, 1)
    model.step(Source(), _rng(7))
    real, _ = next(Source())
    wanted = (fake.mean(0) - real.mean(0)).flatten() + 2 * 10 * (1 - 1 / 3) * w
    torch.testing.assert_close(seen[0], wanted, rtol=1e-4, atol=1e-5)


def test_wgan_gp_is_the_papers_by_default_and_refuses_batch_norm_in_the_critic():
    config = MODELS["wgan_gp"].Config()
    assert (config.lr, config.beta1, config.beta2, config.d_steps) == (1e-4, 0.0, 0.9, 5)
    model = small("wgan_gp")
    assert model.penalty == PENALTIES["gp"] and model.penalty_weight == 10
    assert not has_batch_norm(model.D) and has_batch_norm(model.G)
    with pytest.raises(UserError, match="norm=none"):
        small("wgan_gp", norm="batch")


@pytest.mark.parametrize("name", ["wgan", "wgan_gp"])
def test_a_critic_that_is_trained_alone_tells_real_from_fake_by_more_and_more(name: str):
    """Its loss is minus the gap of the means: the estimate of a distance grows from about 0."""
    model = small(name, lr=5e-3, width=8)
    model.optimisers["G"].param_groups[0]["lr"] = 0.0
    losses = []
    for _ in range(40):
        losses.append(float(model.step(Source(), _rng(1))["loss_D"]))
    assert losses[-1] < min(0.0, losses[0]) and math.isfinite(losses[-1])


@pytest.mark.parametrize(("name", "other"), [("wgan", "gp"), ("wgan_gp", "clip"), ("wgan_gp", "none")])
def test_under_another_penalty_it_would_be_another_model(name: str, other: str):
    with pytest.raises(UserError, match=f"not {other}"):
        small(name, penalty=other)
