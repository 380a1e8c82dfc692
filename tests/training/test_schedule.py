"""The cosine: its ends, its middle, its direction, and that its length is its own."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ganlab.training import Cosine

values = st.floats(0, 10, allow_subnormal=False)


@given(start=values, end=values, steps=st.integers(1, 500))
def test_it_runs_from_start_to_end_and_stays_there(start: float, end: float, steps: int):
    schedule = Cosine(start, end, steps)
    assert schedule(0) == pytest.approx(start)
    for later in (steps, steps + 1, 10 * steps):
        assert schedule(later) == end


@given(start=values, end=values, steps=st.integers(1, 200))
def test_it_never_turns_back_nor_leaves_the_interval(start: float, end: float, steps: int):
    schedule = Cosine(start, end, steps)
    low, high = min(start, end), max(start, end)
    tolerance = 1e-12 * high
    for a, b in pairwise(schedule(i) for i in range(steps + 2)):
        assert (b - a) * (end - start) >= -tolerance
        assert low - tolerance <= b <= high + tolerance


def test_it_is_a_cosine_and_not_a_line():
    schedule = Cosine(1.0, 0.0, 12)
    for step in range(13):
        assert schedule(step) == pytest.approx(math.cos(math.pi * step / 24) ** 2)  # (1 + cos t)/2 = cos^2(t/2)
    assert schedule(6) == pytest.approx(0.5)
    assert schedule(2) > 1 - 2 / 12 + 0.05, "flat at the start"


def test_training_longer_does_not_change_the_past():
    """The length belongs to the schedule: no count of total steps enters."""
    schedule = Cosine(2e-4, 1e-5, 100)
    past = [schedule(i) for i in range(100)]
    [schedule(i) for i in range(100, 1000)]
    assert [schedule(i) for i in range(100)] == past
