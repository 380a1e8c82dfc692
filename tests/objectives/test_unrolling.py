"""Unrolling: a quadratic game solved on paper, finite differences, and many seeds at once."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.func import functional_call, grad, stack_module_state, vmap
from torch.nn.functional import softplus

from ganlab.errors import UserError
from ganlab.objectives import non_saturating, unrolled


def _network(seed: int = 0) -> nn.Sequential:
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return nn.Sequential(nn.Linear(2, 5), nn.Tanh(), nn.Linear(5, 1)).double()


def _g_loss(d: nn.Module, parameters: dict[str, Tensor], real: Tensor, fake: Tensor, steps: int, lr: float) -> Tensor:
    def d_loss(at: dict[str, Tensor]) -> Tensor:
        return non_saturating.discriminator(functional_call(d, at, real), functional_call(d, at, fake))

    answered = unrolled(d_loss, parameters, steps, lr)
    return non_saturating.generator(None, functional_call(d, answered, fake))


def _points(seed: int, n: int = 6) -> Tensor:
    return torch.randn(n, 2, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_a_bilinear_game_on_paper():
    """L_D(w) = w (x - theta): one step of rate h gives w - h (x - theta), whose slope in theta is h."""
    theta = torch.tensor(2.0, requires_grad=True)
    w = torch.tensor(0.5, requires_grad=True)
    answered = unrolled(lambda at: at["w"] * (5.0 - theta), {"w": w}, 1, 0.1)["w"]
    assert float(answered.detach()) == pytest.approx(0.5 - 0.1 * 3.0)
    assert float(torch.autograd.grad(answered, theta)[0]) == pytest.approx(0.1)
    # G's loss -w theta: without unrolling its slope is -w; the answer of D adds -theta h.
    loss = -unrolled(lambda at: at["w"] * (5.0 - theta), {"w": w}, 1, 0.1)["w"] * theta
    assert float(torch.autograd.grad(loss, theta)[0]) == pytest.approx(-0.2 - 2.0 * 0.1)


@pytest.mark.parametrize("steps", [1, 3])
def test_the_gradient_equals_finite_differences(steps: int):
    d, real, fake = _network(), _points(1), _points(2).requires_grad_(True)
    parameters = {name: p.detach() for name, p in d.named_parameters()}
    loss = _g_loss(d, parameters, real, fake, steps, 0.5)
    (ours,) = torch.autograd.grad(loss, fake)
    h, numeric = 1e-5, torch.zeros_like(fake)
    for i in range(len(fake)):
        for j in range(2):
            way = torch.zeros_like(fake)
            way[i, j] = h
            up, down = (_g_loss(d, parameters, real, (fake + s * way).detach(), steps, 0.5) for s in (1, -1))
            numeric[i, j] = (up - down).detach() / (2 * h)
    torch.testing.assert_close(ours, numeric, rtol=1e-6, atol=1e-9)
    # The part through D's answer is there: with a detached answer the gradient is another.
    answered = unrolled(
        lambda at: non_saturating.discriminator(functional_call(d, at, real), functional_call(d, at, fake.detach())),
        parameters, steps, 0.5,
    )  # fmt: skip
    (short,) = torch.autograd.grad(non_saturating.generator(None, functional_call(d, answered, fake)), fake)
    assert float((ours - short).norm() / ours.norm()) > 1e-2


def test_the_steps_are_those_of_plain_gradient_descent_and_leave_d_alone():
    d, twin, real, fake = _network(), _network(), _points(1), _points(2)
    before = [p.detach().clone() for p in d.parameters()]

    def d_loss(at: dict[str, Tensor]) -> Tensor:
        return (softplus(-functional_call(d, at, real)) + softplus(functional_call(d, at, fake))).mean()

    ours = unrolled(d_loss, dict(d.named_parameters()), 3, 0.2)
    sgd = torch.optim.SGD(twin.parameters(), 0.2)
    for _ in range(3):
        sgd.zero_grad()
        (softplus(-twin(real)) + softplus(twin(fake))).mean().backward()
        sgd.step()
    for name, p in twin.named_parameters():
        torch.testing.assert_close(ours[name], p, rtol=0, atol=1e-12)
    assert all(torch.equal(p, b) and p.grad is None for p, b in zip(d.parameters(), before, strict=True))


def test_no_steps_give_the_plain_game_to_the_bit():
    parameters: dict[str, Any] = dict(_network().named_parameters())
    assert unrolled(lambda at: at["0.bias"].sum(), parameters, 0, 1.0) is parameters


def test_several_seeds_at_once_give_what_each_gives_alone():
    networks = [_network(seed) for seed in range(3)]
    stacked, _ = stack_module_state(networks)  # type: ignore[arg-type]
    real, fake = torch.stack([_points(i) for i in (1, 2, 3)]), torch.stack([_points(i) for i in (4, 5, 6)])
    slopes = vmap(grad(lambda p, x, y: _g_loss(networks[0], p, x, y, 2, 0.3), argnums=2))(stacked, real, fake)
    for i in range(3):
        alone = fake[i].clone().requires_grad_(True)
        loss = _g_loss(networks[i], dict(networks[i].named_parameters()), real[i], alone, 2, 0.3)
        torch.testing.assert_close(slopes[i], torch.autograd.grad(loss, alone)[0])


@pytest.mark.parametrize(("steps", "lr"), [(-1, 0.1), (1, 0.0), (1, float("nan"))])
def test_a_mistake_is_one_sentence(steps: int, lr: float):
    with pytest.raises(UserError, match="unrolling takes"):
        unrolled(lambda at: at["w"], {"w": torch.ones(())}, steps, lr)
