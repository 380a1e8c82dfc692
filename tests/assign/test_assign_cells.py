"""The author's own cells are run in order, and sealed values become digests that recognise them."""

from __future__ import annotations

from pathlib import Path

import pytest
import tiny_source
import torch

from ganlab import assign
from ganlab.assign import cells, source
from ganlab.errors import UserError
from ganlab.teaching.checks import matches, sealed

CALL = "sealed(scaled(1.0))"


def read(folder: Path, *changes: tuple[str, str]) -> source.Assignment:
    text = tiny_source.TEXT
    for before, after in changes:
        assert before in text
        text = text.replace(before, after)
    return assign.load(str(tiny_source.write(folder, text)))


def test_a_task_finds_what_was_given_and_answered_before_it(tmp_path: Path) -> None:
    assignment = read(tmp_path)
    first, second, _ = assignment.tasks
    around = cells.bench(assignment, first)
    assert "torch" in around and "near" in around and "ORIGIN" not in around and "scaled" not in around
    names = cells.answered(assignment, second)
    assert names["shifted"](2.0) == 3 * 2.0 - 4 and names["ORIGIN"] == 0.0
    other = cells.answered(assignment, second, "def shifted(x):\n    return scaled(x) * 100")
    assert other["shifted"](2.0) == 600.0


def test_given_random_numbers_are_those_of_a_fresh_notebook_and_leave_the_author_s_alone(tmp_path: Path) -> None:
    assignment = read(tmp_path, ("import torch\n", "import torch\n\ndata = torch.randn(3)\n"))
    torch.manual_seed(0)
    expected = torch.randn(3)
    state = torch.random.get_rng_state()
    assert torch.equal(cells.bench(assignment, assignment.tasks[0])["data"], expected)
    assert torch.equal(torch.random.get_rng_state(), state)


def test_a_sealed_value_is_not_shown_and_recognised(tmp_path: Path) -> None:
    check = read(tmp_path).tasks[0].check
    assert "sealed" not in check and f'matches(seen, "{sealed(3.0)}")' in check
    assert matches(3.0, sealed(3.0)) and not matches(3.001, sealed(3.0))


def test_several_on_a_line_behind_letters_of_two_bytes(tmp_path: Path) -> None:
    line = f'x, é, z = "größe", {CALL}, [{CALL}]; matches(seen, é)'
    check = read(tmp_path, (f"matches(seen, {CALL})", f"[{line.split(';')[0].split('=')[1].strip()}]")).tasks[0].check
    digest = sealed(3.0)
    assert f'if not ["größe", "{digest}", ["{digest}"]]:' in check


def test_hidden_tests_may_seal_too(tmp_path: Path) -> None:
    hidden = read(tmp_path, ("torch.tensor([-2.0, 10.0]) * SLOPE", "sealed(scaled(7.0))")).tasks[0].hidden
    assert f'near(seen, "{sealed(21.0)}")' in hidden


def test_a_sealed_random_number_is_the_same_every_time(tmp_path: Path) -> None:
    changes = (CALL, "sealed(torch.randn(1).item())")
    assert read(tmp_path, changes) == read(tmp_path, changes)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        ("sealed(\n        scaled(1.0))", "on one line"),
        ("sealed(unknown(1.0))", "name 'unknown' is not defined"),
    ],
)
def test_what_cannot_be_sealed_is_told_in_a_sentence(tmp_path: Path, call: str, words: str) -> None:
    with pytest.raises(UserError, match=words) as caught:
        read(tmp_path, (CALL, call))
    assert "07.1" in str(caught.value)
