"""The controller of augmentation: a plant on paper, its steady state, its steps, its state."""

from __future__ import annotations

import pytest
import torch

from ganlab.errors import UserError
from ganlab.layers.adaptive import HIGHEST, Augment, adapted, overfitting


def _logits(share_positive: float, n: int = 1000) -> torch.Tensor:
    logits = -torch.ones(n)
    logits[: round(share_positive * n)] = 1.0
    return logits


def test_the_sign_of_the_logits_is_read_not_their_size():
    assert float(overfitting(torch.tensor([5.0, 0.1, -300.0, 2.0]))) == pytest.approx(0.5)
    assert float(overfitting(_logits(0.5))) == 0.0
    assert float(overfitting(_logits(1.0))) == 1.0


def test_one_step_goes_towards_the_target_and_stays_within_bounds():
    p = torch.tensor(0.5)
    assert float(adapted(p, torch.tensor(0.9), 0.6, 0.01)) == pytest.approx(0.51)
    assert float(adapted(p, torch.tensor(0.1), 0.6, 0.01)) == pytest.approx(0.49)
    assert float(adapted(p, torch.tensor(0.6), 0.6, 0.01)) == 0.5
    assert float(adapted(torch.tensor(0.005), torch.tensor(0.0), 0.6, 0.01)) == 0.0
    assert float(adapted(torch.tensor(HIGHEST), torch.tensor(1.0), 0.6, 0.01)) == pytest.approx(HIGHEST)


@pytest.mark.parametrize("target", [0.3, 0.6])
def test_the_steady_state_is_the_target(target: float):
    """A discriminator whose r_t falls from 1 to 0.2 as p rises from 0 to 0.8: p must settle where r_t is the target."""
    control = Augment("flip", target=target, ramp=20_000)
    seen = []
    for _ in range(600):
        r = 1 - float(control.p)
        control.observe(_logits((1 + r) / 2, n=100))
        seen.append(r)
    settled = torch.tensor(seen[-100:])
    assert float(settled.mean()) == pytest.approx(target, abs=0.02)
    assert float(settled.std()) < 0.03


def test_a_discriminator_that_is_never_sure_is_left_alone_and_one_that_always_is_meets_the_limit():
    for share, end in ((0.5, 0.0), (1.0, HIGHEST)):
        control = Augment("flip", target=0.6, ramp=5_000)
        for _ in range(400):
            control.observe(_logits(share, n=100))
        assert float(control.p) == pytest.approx(end)


def test_p_moves_after_every_fourth_batch_by_the_images_seen_over_the_ramp():
    control = Augment("flip", target=0.6, ramp=10_000)
    moves = []
    for _ in range(9):
        control.observe(_logits(1.0, n=50))
        moves.append(round(float(control.p), 6))
    assert moves == [0, 0, 0, 0.02, 0.02, 0.02, 0.02, 0.04, 0.04]


def test_four_batches_are_averaged_before_they_are_compared():
    control = Augment("flip", target=0.6, ramp=10_000)
    for share in (1.0, 1.0, 1.0, 0.5):  # r_t is 1, 1, 1, 0: 0.75 on average, though the last is below the target
        control.observe(_logits(share, n=50))
    assert float(control.p) > 0


def test_without_a_target_p_is_a_constant():
    control = Augment("flip", p=0.4)
    for _ in range(20):
        control.observe(_logits(1.0))
    assert float(control.p) == pytest.approx(0.4)


def test_the_controller_with_the_state_of_another_goes_on_like_it():
    first, second, fresh = (Augment("flip", target=0.6, ramp=10_000) for _ in range(3))
    for _ in range(6):
        first.observe(_logits(1.0, n=50))
    second.load_state_dict(first.state_dict())
    for control in (first, second, fresh):
        for _ in range(2):
            control.observe(_logits(1.0, n=50))
    assert torch.equal(first.p, second.p) and torch.equal(first.seen, second.seen)
    assert not torch.equal(first.p, fresh.p)


def test_it_augments_with_the_probability_that_it_has_now():
    control = Augment("flip", target=0.6, ramp=200, every=1)
    x = torch.arange(16.0).reshape(1, 1, 1, 16).expand(4000, 1, 1, 16)
    assert torch.equal(control(x, torch.Generator().manual_seed(0)), x)
    control.observe(_logits(1.0, n=100))  # p = 0.5, and half of the flips are none
    moved = (control(x, torch.Generator().manual_seed(0)) != x).flatten(1).any(1)
    assert float(moved.float().mean()) == pytest.approx(0.25, abs=0.03)


def test_infinite_logits_leave_p_finite():
    control = Augment("flip", target=0.6, every=1)
    control.observe(torch.tensor([float("inf"), float("nan")]))
    assert torch.isfinite(control.p)


@pytest.mark.parametrize(
    ("settings", "word"), [({"p": 1.5}, "0, 1"), ({"target": -0.1}, "0, 1"), ({"ramp": 0}, "ramp")]
)
def test_mistakes_are_one_sentence(settings, word):
    with pytest.raises(UserError, match=word):
        Augment("flip", **settings)
