"""The bench of lesson 10: its words are the package's step, its audit is what the weights hold."""

from __future__ import annotations

import pytest
import torch
from torch.nn.utils import parameters_to_vector as flat

from ganlab.data import load
from ganlab.errors import UserError
from ganlab.teaching.workbench import Bench, audit, compare, held, run

STEP = "make detach loss_D clear_D backward step_D make loss_G clear_G backward step_G"


@pytest.fixture(scope="module")
def data():
    return load("ring")


def test_eleven_words_are_the_step_of_the_package(data):
    bench, package = Bench(data, 3), Bench(data, 3)
    run(STEP, bench, 5)
    for _ in range(5):
        package.model.step(package.batches, package.rng)
    assert torch.equal(flat(bench.model.parameters()), flat(package.model.parameters()))
    assert [sorted(row) for row in bench.rows] == [["loss_D", "loss_G", "step"]] * 5


def test_gradients_are_none_then_there_then_zero(data):
    bench = Bench(data)
    found = audit("make detach loss_D backward clear_D", bench)
    assert [d for _, d, _ in found] == ["None", "None", "None", "non-zero", "None"]
    assert {g for *_, g in found} == {"None"}
    run("make loss_G backward", bench)
    bench.clear_G(set_to_none=False)
    assert (held(bench.D), held(bench.G)) == ("non-zero", "zero")


def test_plans_are_scored_on_three_seeds(data, capsys):
    found = compare(
        {"none": "make", "one": STEP}, lambda bench: [flat(bench.G.parameters()).sum().detach()], data, 2, 1e-3
    )
    first = [flat(Bench(data, seed).G.parameters()).sum().item() for seed in range(3)]
    assert found["none"].flatten().tolist() == pytest.approx(first)
    assert not torch.allclose(found["none"], found["one"])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["none", f"{sum(first) / 3:.2f}", f"({min(first):.2f}", "to", f"{max(first):.2f})"]


@pytest.mark.parametrize(
    ("lines", "words"),
    [("make los_D", "loss_D"), ("loss_G", "needs fakes"), ("backward", "no loss"), ("make detach backward", "no loss")],
)
def test_a_wrong_line_is_one_sentence(data, lines, words):
    with pytest.raises(UserError, match=words):
        run(lines, Bench(data))
