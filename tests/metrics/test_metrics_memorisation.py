"""Memorisation: a perfect sampler, a copier, half a copier, a jittered copier, and the blind spot."""

from __future__ import annotations

import pytest
import torch

from ganlab.errors import UserError
from ganlab.metrics import memorisation


def _draw(n: int, seed: int, d: int = 6) -> torch.Tensor:
    return torch.randn(n, d, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


TRAIN, HELD = _draw(1000, 0), _draw(500, 1)


def test_a_perfect_sampler_is_as_near_as_held_out_data():
    values = [memorisation(_draw(500, seed), TRAIN, HELD) for seed in range(2, 12)]
    nearer = torch.tensor([v.nearer for v in values])
    assert abs(nearer.mean() - 0.5) < 0.03 and 0.3 < torch.tensor([v.p_value for v in values]).mean() < 0.8
    assert torch.tensor([v.copies for v in values]).mean() == pytest.approx(0.01, abs=0.008)
    assert all(v.exact == 0 for v in values)


def test_a_copier_is_caught_entirely_and_half_a_copier_by_half():
    whole = memorisation(TRAIN[:500], TRAIN, HELD)
    assert (whole.nearer, whole.copies, whole.exact, whole.distance) == (1, 1, 1, 0) and whole.p_value < 1e-100
    half = memorisation(torch.cat([TRAIN[:250], _draw(250, 3)]), TRAIN, HELD)
    assert half.exact == 0.5 and half.copies == pytest.approx(0.5, abs=0.03)
    assert half.nearer == pytest.approx(0.75, abs=0.04)


def test_a_little_noise_hides_the_exact_copy_and_not_the_test():
    found = memorisation(TRAIN[:500] + 1e-3 * _draw(500, 4), TRAIN, HELD)
    assert found.exact == 0 and found.nearer == 1


def test_copies_of_data_that_were_not_handed_in_are_not_seen():
    hidden = _draw(500, 5)
    assert memorisation(hidden, TRAIN, HELD).p_value > 0.01 and memorisation(hidden, hidden, HELD).nearer == 1


def test_nearer_is_the_probability_over_all_pairs():
    generated = torch.cat([TRAIN[:30], _draw(40, 6)])
    a = torch.cdist(generated, TRAIN).min(1).values
    b = torch.cdist(HELD, TRAIN).min(1).values
    expected = float(((a[:, None] < b).double() + 0.5 * (a[:, None] == b).double()).mean())
    assert memorisation(generated, TRAIN, HELD).nearer == pytest.approx(expected)


@pytest.mark.parametrize(
    ("generated", "train", "why"),
    [
        (_draw(49, 0), TRAIN, "at least 50"),
        (_draw(50, 0), TRAIN[:0], "training data"),
        (_draw(50, 0, 5), TRAIN, "width"),
    ],
)
def test_what_cannot_be_tested_is_refused(generated, train, why):
    with pytest.raises(UserError, match=why):
        memorisation(generated, train, HELD)
