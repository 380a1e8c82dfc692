"""An unleashed critic explodes; clipping by norm bounds the step, not the gradient."""

from __future__ import annotations

import math

import pytest
import torch

from ganlab.errors import UserError
from ganlab.experiments.explosion import RATE, explosion


def test_it_explodes_unless_it_is_clipped() -> None:
    for seed in range(3):
        assert not math.isfinite(explosion(None, seed)[-1])
        norms = explosion(1.0, seed)
        assert len(norms) == 100 and max(norms) < 1e3


def test_the_first_gradient_is_the_same_and_clipping_to_more_than_it_changes_nothing() -> None:
    free = explosion(None, 0, steps=4)
    assert explosion(1e-9, 0, steps=4)[0] == free[0]
    assert explosion(1e12, 0, steps=4) == pytest.approx(free)


def test_steps_clipped_to_almost_nothing_leave_the_gradient_almost_where_it_was() -> None:
    first, second = explosion(1e-9, 1, steps=2)
    assert RATE > 0 and second == pytest.approx(first, rel=0.5)  # another batch, the same critic


def test_it_keeps_its_hands_off_the_global_generator() -> None:
    torch.manual_seed(5)
    wanted = torch.rand(1)
    torch.manual_seed(5)
    explosion(1.0, 0, steps=2)
    assert torch.equal(torch.rand(1), wanted)


@pytest.mark.parametrize("wrong", [{"steps": 0}, {"clip": 0.0}, {"clip": -1.0}])
def test_refusals(wrong: dict[str, float]) -> None:
    with pytest.raises(UserError, match=r"step|norm"):
        explosion(**({"clip": 1.0, "seed": 0} | wrong))
