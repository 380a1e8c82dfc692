"""What the exercises of lessons 00 and 14 say in words is so; an answer fits its own variant and no other one."""

from __future__ import annotations

import math
import re
from contextlib import redirect_stdout
from functools import cache
from io import StringIO
from pathlib import Path

import pytest
import torch
from torch import nn

from ganlab import assign
from ganlab.assign import cells
from ganlab.assign.source import Assignment, Task
from ganlab.data import Batches, ImageData
from ganlab.models import GAN, GANConfig
from ganlab.teaching.checks import Rejected, look, verdict

BANK = Path(__file__).resolve().parents[2] / assign.BANK
SAME_IN_ALL = {"00.1"}  # the count of parameters has no number of its own


@cache
def load(number: str, variant: int | None = None) -> Assignment:
    return assign.load(number, bank=BANK, variant=variant)


def names(task: str, variant: int | None = None) -> cells.Names:
    """Everything that is defined once a task is solved."""
    assignment = load(task[:2], variant)
    return cells.answered(assignment, assignment.task(task))


def rejection(assignment: Assignment, task: Task, code: str) -> str | None:
    """The key with which the visible check or the hidden tests reject an answer."""
    around = cells.answered(assignment, task, code)
    for half in (task.check, task.hidden):
        observe, judge = cells.halves(half, around)
        try:
            rejected = verdict(judge, look(task.id, observe, around))
        except Rejected as early:
            rejected = early
        if rejected is not None:
            return rejected.key
    return None


@pytest.mark.parametrize("variant", range(1, 7))
@pytest.mark.parametrize("number", ["00", "14"])
def test_an_answer_fits_its_own_variant_and_no_other(number, variant):
    published, other = load(number), load(number, variant)
    for task in other.tasks:
        if task.written:
            continue
        for answer in (task.solution, *(right.code for right in task.right)):
            assert rejection(other, task, answer) is None, task.id
        copied = rejection(other, task, published.task(task.id).solution)
        assert (copied is None) == (task.id in SAME_IN_ALL), task.id


@pytest.mark.parametrize("variant", range(1, 7))
@pytest.mark.parametrize("number", ["00", "14"])
def test_a_wrong_answer_gets_its_own_key_in_every_variant(number, variant):
    assignment = load(number, variant)
    for task in assignment.tasks:
        keys = {wrong.name: (wrong.key, rejection(assignment, task, wrong.code)) for wrong in task.wrong}
        assert {name: pair for name, pair in keys.items() if pair[0] != pair[1]} == {}, task.id


def test_the_numbers_of_the_third_documents_project():
    said = load("14").task("14.1").explanation.replace("\n", " ")
    model = GAN((1, 28, 28), GANConfig())
    for player in (model.G, model.D):
        count = sum(p.numel() for p in player.parameters())
        assert f"{count:,}".replace(",", " ") in said
    assert names("14.1")["generator_params"]((256, 512, 1024)) == sum(p.numel() for p in model.G.parameters())


def test_steps_of_an_epoch_and_of_a_hundred():
    said = load("14").task("14.2").explanation
    data = ImageData("blank", torch.zeros(60_000, 1, 1, 1, dtype=torch.uint8))
    steps = names("14.2")["steps"]
    assert steps(60_000, 1, True) == Batches(data, 64).per_epoch
    short, dropped, hundred = re.findall(r"make (\d+) steps.* or (\d+) without.* have ([\d ]+) steps", said, re.DOTALL)[
        0
    ]
    assert (int(short), int(dropped)) == (steps(60_000, 1, False), steps(60_000, 1, True))
    assert int(hundred.replace(" ", "")) == steps(60_000, 100, False)
    assert 60_000 - int(dropped) * 64 == 32


@pytest.mark.parametrize("variant", [None, 1, 2, 3])
def test_the_shipped_generator_covers_all_digits_and_a_collapsed_one_a_few(variant):
    statement = load("14", variant).task("14.3").statement
    code = re.search(r"```python\n(.*?)```", statement, re.DOTALL)[1]
    printed = StringIO()
    with redirect_stdout(printed):
        cells.run(code, names("14.3", variant))
    whole, collapsed = map(int, printed.getvalue().split())
    assert whole == 10
    assert 1 <= collapsed <= 6


def test_the_table_is_students_distribution():
    table = names("14.6")["STUDENT"]
    for level, row in table.items():
        for runs, factor in row.items():
            freedom = runs - 1
            density = math.gamma(runs / 2) / math.sqrt(freedom * math.pi) / math.gamma(freedom / 2)
            angle = torch.linspace(
                0, math.atan(factor / math.sqrt(freedom)), 20_001, dtype=torch.float64
            )  # t = sqrt(freedom) tan(angle)
            inside = 2 * density * math.sqrt(freedom) * torch.trapezoid(torch.cos(angle) ** (freedom - 1), angle)
            assert float(inside) == pytest.approx(level / 100, abs=1e-5)


def test_the_invented_report_is_reckoned_right():
    answer = load("14").task("14.8").answer
    rows = re.findall(r"\| \w+ seed \| ([\d.]+) \| ([\d.]+) \| ([\d.]+) \|", answer)
    differences = [float(first) - float(last) for first, last, _ in rows]
    assert differences == pytest.approx([float(difference) for *_, difference in rows])
    mean, half = names("14.6")["summary"](differences)
    assert f"Mean difference {mean:.1f}, half-width {half:.1f}" in answer
    assert f"from {mean - half:.1f} to {mean + half:.1f}" in answer


def test_the_two_arms_differ_in_the_order_alone():
    around = names("14.6")
    for code in load("14").task("14.8").given:
        cells.run(code, around)
    config = around["GANConfig"](g_widths=(8, 12, 16), norm="batch")
    first, last = (around[kind]((1, 8, 8), config, seed=0).G for kind in ("GAN", "NormLast"))
    kinds = [[type(layer) for layer in player.layers] for player in (first, last)]
    block = [nn.Linear, nn.BatchNorm1d, nn.LeakyReLU]
    begin, end = [nn.Linear, nn.LeakyReLU], [nn.Linear, nn.Tanh]
    assert kinds[0] == begin + block * 2 + end
    assert kinds[1] == begin + [block[0], block[2], block[1]] * 2 + end
    assert all(torch.equal(a, b) for a, b in zip(first.parameters(), last.parameters(), strict=True))


def test_the_code_of_the_report_runs():
    around = names("14.6")
    for code in load("14").task("14.8").given:
        cells.run(code, around)
    for kind in ("GAN", "NormLast"):
        distance, floor = around["measured"](around[kind], seed=0, steps=2)
        assert 0 < floor < distance
