"""Streams: one seed, many purposes, none of which disturbs another, on any machine and in any process."""

from __future__ import annotations

import hashlib
import itertools
import math
import os
import subprocess
import sys

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from ganlab.training import derive, stream

PURPOSES = ["batches", "noise", "layers", "sample", "sheet", "statistics"]


@given(seed=st.integers(0, 2**63 - 1), purpose=st.text(max_size=20))
def test_a_derived_seed_is_the_head_of_a_hash_and_fits_63_bits(seed: int, purpose: str):
    digest = hashlib.sha256(str(seed).encode() + b"/" + purpose.encode()).hexdigest()
    assert derive(seed, purpose) == int(digest[:16], 16) // 2
    assert 0 <= derive(seed, purpose) < 2**63
    torch.Generator().manual_seed(derive(seed, purpose))  # it is a seed that PyTorch takes


def test_it_is_the_same_in_another_process_with_another_hash_seed():
    code = "from ganlab.training import derive, stream; import torch;"
    code += "print(derive(7, 'noise'), torch.randn(3, generator=stream(7, 'noise')).tolist())"
    environment = os.environ | {"PYTHONHASHSEED": "12345"}
    there = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert there.stdout.strip() == f"{derive(7, 'noise')} {torch.randn(3, generator=stream(7, 'noise')).tolist()}"


def test_seeds_and_purposes_do_not_collide():
    derived = {derive(seed, purpose) for seed in range(200) for purpose in PURPOSES}
    assert len(derived) == 200 * len(PURPOSES)
    assert derive(1, "1/x") != derive(11, "/x")


def test_drawing_from_one_stream_does_not_move_another_or_the_global_one():
    before = torch.get_rng_state()
    alone = torch.randn(5, generator=stream(3, "noise"))
    noise, sheet = stream(3, "noise"), stream(3, "sheet")
    torch.randn(100, generator=sheet)
    assert torch.equal(torch.randn(5, generator=noise), alone)
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize(("a", "b"), list(itertools.combinations(PURPOSES, 2)))
def test_two_streams_of_one_seed_are_uncorrelated(a: str, b: str):
    n = 10_000
    x, y = torch.randn(n, generator=stream(0, a)), torch.randn(n, generator=stream(0, b))
    assert abs(float((x * y).mean())) < 5 / math.sqrt(n)
