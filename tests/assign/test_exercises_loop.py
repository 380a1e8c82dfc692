"""The exercises of lesson 10 take every right answer and no other: orders, ways to write a step, copied answers."""

from __future__ import annotations

from functools import cache
from itertools import permutations
from pathlib import Path

import pytest

from ganlab import assign
from ganlab.assign import cells
from ganlab.assign.source import Assignment, Task
from ganlab.teaching.checks import Rejected, look, verdict

BANK = Path(__file__).resolve().parents[2] / assign.BANK
SAME_IN_ALL = {"10.4"}  # modes have no number


@cache
def load(variant: int | None = None) -> Assignment:
    return assign.load("10", bank=BANK, variant=variant)


def rejection(assignment: Assignment, task: Task, code: str) -> str | None:
    """The key with which the visible check or the hidden tests reject an answer."""
    around = cells.answered(assignment, task, code)
    for half in (task.check, task.hidden):
        observe, _ = cells.halves(half, around)
        _, judge = cells.halves(half, cells.bench(assignment, task))
        try:
            rejected = verdict(judge, look(task.id, observe, around))
        except Rejected as early:
            rejected = early
        if rejected is not None:
            return rejected.key
    return None


@pytest.mark.parametrize("variant", range(1, 6))
def test_an_answer_fits_its_own_variant_and_no_other(variant):
    published, other = load(), load(variant)
    for task in other.tasks:
        if task.written:
            continue
        assert rejection(other, task, task.solution) is None, task.id
        for answer in published.task(task.id).right:
            fits = rejection(other, task, answer.code) is None
            assert fits == (task.id in SAME_IN_ALL), (task.id, answer.name)


def test_of_the_720_orders_of_six_words_four_are_right():
    task = load().task("10.1")
    _, judge = cells.halves(task.check, cells.bench(load(), task))
    words = ("make", "detach", "loss_D", "clear_D", "backward", "step_D")
    right = []
    for order in permutations(words):
        try:
            judge(" ".join(order * 2) + " make clear_G loss_G backward step_G")
            right.append(order)
        except Rejected:
            pass
    rest = ("make", "detach", "loss_D", "backward", "step_D")
    assert set(right) == {(*rest[:place], "clear_D", *rest[place:]) for place in range(4)}


STEPS = {
    "the objectives of the package, D frozen": """
        from ganlab.models import frozen
        from ganlab.objectives import non_saturating
        def noise():
            return torch.randn(len(x), LATENT, generator=rng, dtype=x.dtype, device=x.device)
        G.train(), D.train()
        opt_D.zero_grad(), opt_G.zero_grad()
        loss_D = non_saturating.discriminator(D(x), D(G(noise()).detach()))
        loss_D.backward()
        opt_D.step()
        with frozen(D):
            loss_G = non_saturating.generator(None, D(G(noise())))
        loss_G.backward()
        opt_G.step()
        return [loss_D.item(), loss_G.item()]
    """,
    "closures": """
        z = torch.randn(2 * len(x), LATENT, generator=rng).split(len(x))
        def descend(optimiser, loss):
            def closure():
                optimiser.zero_grad()
                value = loss()
                value.backward()
                return value
            return optimiser.step(closure).item()
        of_D = descend(opt_D, lambda: softplus(-D(x)).mean() + softplus(D(G(z[0]).detach())).mean())
        return of_D, descend(opt_G, lambda: softplus(-D(G(z[1]))).mean())
    """,
    "backward with inputs": """
        z, more = torch.randn(len(x), LATENT, generator=rng), torch.randn(len(x), LATENT, generator=rng)
        losses = []
        for network, optimiser in ((D, opt_D), (G, opt_G)):
            optimiser.zero_grad()
            if network is D:
                loss = softplus(-D(x)).mean() + softplus(D(G(z))).mean()
            else:
                loss = softplus(-D(G(more))).mean()
            loss.backward(inputs=list(network.parameters()))
            optimiser.step()
            losses.append(loss.item())
        return losses
    """,
    "logaddexp": """
        zero = torch.zeros((), dtype=x.dtype)
        fake = G(torch.randn(len(x), LATENT, generator=rng))
        with torch.no_grad():
            gap = D(x).mean() - D(fake).mean()
        loss_D = torch.logaddexp(zero, -D(x)).mean() + torch.logaddexp(zero, D(fake.detach())).mean()
        opt_D.zero_grad()
        loss_D.backward()
        opt_D.step()
        loss_G = torch.logaddexp(zero, -D(G(torch.randn(len(x), LATENT, generator=rng)))).mean()
        opt_G.zero_grad()
        loss_G.backward()
        opt_G.step()
        return loss_D.item(), loss_G.item()
    """,
}


@pytest.mark.parametrize("body", STEPS.values(), ids=STEPS)
def test_a_right_step_may_be_written_in_many_ways(body):
    task = load().task("10.3")
    code = "def train_step(G, D, opt_G, opt_D, x, rng):" + body.replace("LATENT", "3").rstrip()
    assert rejection(load(), task, code) is None
