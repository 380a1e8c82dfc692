"""A check says what is wrong in words of the subject, in one paragraph, and leaves everything as it was."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any

import nbformat
import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st
from nbclient import NotebookClient

from ganlab.assign.cells import run
from ganlab.teaching import Rejected, attempt, check, journal, matches, near, reject
from ganlab.teaching.checks import NotWrittenError, look, sealed, verdict
from ganlab.teaching.observation import encode

STUB = "def double(x):\n    # YOUR CODE HERE\n    raise NotImplementedError()\n"


def observe(double: Callable[[float], float]) -> Any:
    return double(3.0)


def judge(seen: Any) -> None:
    if seen == 9.0:
        reject("square", "3 became 9: this is the square.")
    if not near(seen, 6.0):
        reject("factor", f"3 became {seen:g}.")


def answer(code: str) -> dict[str, Any]:
    """The names of a notebook after a cell was run."""
    names: dict[str, Any] = {"__name__": "__main__", "torch": torch}
    run(code, names)
    return names


class TestNear:
    @pytest.mark.parametrize(
        ("seen", "wanted"),
        [
            (2, 2.0),
            (2.0 + 1e-6, 2),
            ([1, 2], [1.0, 2.0]),
            ((1.0, 2.0), [1, 2]),
            (torch.tensor([1, 2]), [1.0, 2.0]),
            (torch.tensor(3.0), 3),
            ([torch.ones(2), torch.zeros(2)], [[1, 1], [0, 0]]),
            ([torch.ones(2)], (torch.ones(2),)),
            (math.inf, math.inf),
            ([], []),
        ],
    )
    def test_equal_values_are_near_whatever_holds_them(self, seen, wanted):
        assert near(seen, wanted)

    @pytest.mark.parametrize(
        "seen",
        [
            None, "1", "one", {}, {"a": 1}, [1, [2]], [None], 10**400, math.nan, math.inf, [1.0], [[1.0]], [],
            torch.ones(1), torch.tensor(math.nan), [torch.ones(2), torch.ones(3)], print, 1 + 2e-5,
        ],
        ids=str,
    )  # fmt: skip
    def test_anything_else_is_simply_not_near(self, seen):
        assert not near(seen, 1.0)

    @given(st.floats(-1e6, 1e6), st.floats(1e-9, 1e-3), st.floats(0, 1e-3), st.floats(0, 2))
    def test_the_tolerance_is_absolute_plus_relative(self, wanted, atol, rtol, share):
        tolerance = atol + rtol * abs(wanted)
        assume(abs(share - 1) > 1e-3 and tolerance > 1e-12 * abs(wanted))
        assert near(wanted + share * tolerance, wanted, atol, rtol) == (share < 1)


class TestSealed:
    @given(st.floats(-1e9, 1e9), st.integers(0, 6))
    def test_a_value_matches_its_own_digest(self, value, places):
        assert matches(value, sealed(value, places), places)
        assert matches(torch.tensor([value], dtype=torch.float64), sealed(value, places), places)

    @given(st.integers(-(10**6), 10**6), st.floats(-1, 1))
    def test_within_a_unit_of_the_last_place_it_matches_and_beyond_two_it_does_not(self, steps, share):
        value = steps * 1e-4
        assert matches(value + 0.99e-4 * share, sealed(value))
        assert not matches(value + math.copysign(2.01e-4 + 1e-4 * abs(share), share), sealed(value))

    @given(st.integers(-(10**6), 10**6), st.floats(-0.49, 0.49))
    def test_a_value_on_the_edge_between_two_roundings_matches_from_both_sides(self, steps, share):
        edge = (steps + 0.5) * 1e-4
        for value in (edge, math.nextafter(edge, 1e9), math.nextafter(edge, -1e9)):
            assert matches(edge + share * 1e-4, sealed(value))

    def test_zero_has_one_digest(self):
        assert sealed(-0.0) == sealed(0.0) == sealed(-0.00001) == sealed(0)

    @pytest.mark.parametrize("seen", [None, True, "1", [1.0], 10**400, math.nan, -math.inf, torch.ones(2), 1 + 0j])
    def test_what_is_no_number_matches_no_number(self, seen):
        assert not matches(seen, sealed(1.0))

    def test_a_text_matches_itself_only(self):
        assert matches("the critic", sealed("the critic"))
        assert not matches("the Critic", sealed("the critic"))

    def test_the_digest_does_not_show_the_value(self):
        assert "0.6931" not in sealed(0.6931) and len(sealed(0.6931)) == 16


class TestAttempt:
    def test_a_value_an_error_and_a_stub_are_told_apart(self):
        assert attempt(math.sqrt, 4.0) == {"value": 2.0, "raised": None, "message": ""}
        assert attempt(math.sqrt, -1.0)["raised"] == "ValueError"
        with pytest.raises(NotImplementedError):
            attempt(answer(STUB)["double"], 1.0)

    def test_an_operation_that_torch_lacks_is_an_error_and_no_stub(self):
        module = torch.nn.Module()
        assert attempt(module, torch.ones(1))["raised"] == "NotImplementedError"
        normal = torch.distributions.Distribution(validate_args=False)
        assert attempt(normal.rsample)["raised"] == "NotImplementedError"  # raised bare, as a stub raises it


class TestLook:
    def rejection(self, code: str, key: str) -> str:
        with pytest.raises(Rejected) as caught:
            look("10.3", observe, answer(code))
        assert caught.value.key == key
        return caught.value.message

    def test_a_name_that_is_not_there(self):
        assert "`double`" in self.rejection("doubel = 1", "missing")

    def test_an_error_names_the_learner_s_own_line(self):
        code = "def double(x):\n    helper = torch.ones(2)\n    return helper @ torch.ones(3) * x\n"
        told = self.rejection(code, "raised")
        assert "in `double` at the line `return helper @ torch.ones(3) * x`" in told
        assert told.startswith("your code stopped with RuntimeError: ") and "\n" not in told

    def test_an_error_in_a_helper_of_the_notebook_names_the_line_of_the_answer_that_called_it(self):
        code = "def helper(x):\n    return x / 0\n\ndef double(x):\n    return helper(x)\n"
        assert "in `double` at the line `return helper(x)`" in self.rejection(code, "raised")

    def test_a_wrong_signature_is_told_without_a_line(self):
        told = self.rejection("def double():\n    return 6.0\n", "raised")
        assert told.startswith("the check could not use your code: TypeError: double() takes 0 positional arguments")

    def test_an_error_message_of_many_lines_is_cut_to_one(self):
        told = self.rejection("def double(x):\n    raise ValueError('first\\nsecond')\n", "raised")
        assert "ValueError: first, in" in told and "second'" in told  # the second is in the learner's line only
        assert len(self.rejection("def double(x):\n    raise ValueError('x' * 9999)\n", "raised")) < 400

    def test_what_cannot_travel(self):
        assert "`set`" in self.rejection("def double(x):\n    return {x}\n", "type")
        assert "without an entry" in self.rejection("def double(x):\n    return torch.ones(2, device='meta')\n", "type")

    def test_a_stub_is_not_written_and_not_wrong(self):
        with pytest.raises(NotWrittenError, match=r"Task 10\.3 is not written yet") as caught:
            look("10.3", observe, answer(STUB))
        assert caught.value.function == "double"

    def test_a_stub_of_another_task_is_named(self):
        code = STUB.replace("double", "times") + "\ndef double(x):\n    return times(x)\n"
        with pytest.raises(NotWrittenError, match="calls `times`, which is not written yet") as caught:
            look("10.3", observe, answer(code))
        assert caught.value.function == "times"

    def test_an_operation_that_torch_lacks_is_an_error_and_no_stub(self):
        told = self.rejection("def double(x):\n    return torch.nn.Module()(x)\n", "raised")
        assert "forward" in told

    def test_random_numbers_are_the_same_each_time_and_the_notebook_s_own_go_on_undisturbed(self):
        names = answer("def double(x):\n    return torch.rand(3)\n")
        torch.manual_seed(5)
        expected = torch.rand(2)
        torch.manual_seed(5)
        first = look("10.3", observe, names)
        assert torch.equal(torch.rand(2), expected)
        assert look("10.3", observe, names) == first

    def test_gradients_are_on_whatever_the_notebook_left_behind(self):
        names = answer("def double(x):\n    return torch.is_grad_enabled()\n")
        with torch.no_grad():
            assert look("10.3", observe, names) == "true"
            assert not torch.is_grad_enabled()


class TestVerdict:
    def test_right_wrong_and_strange(self):
        assert verdict(judge, encode(6.0)) is None
        wrong = verdict(judge, encode(9.0))
        assert wrong is not None and (wrong.key, wrong.message) == ("square", "3 became 9: this is the square.")
        strange = verdict(judge, encode(None))
        assert strange is not None and strange.key == "malformed"
        assert strange.message.startswith("your code did not return what the task asks for (TypeError: ")

    @pytest.mark.parametrize("forged", ["", "[", '{"$tensor": ["float32", [9], ""]}', "[" * 9000])
    def test_a_forged_observation_is_rejected_like_a_wrong_one(self, forged):
        rejected = verdict(judge, forged)
        assert rejected is not None and rejected.key == "malformed"


class TestCheck:
    @pytest.fixture(autouse=True)
    def _journal(self, tmp_path, monkeypatch):
        monkeypatch.setenv("GANLAB_PROGRESS", str(tmp_path / "journal.jsonl"))

    def test_a_right_answer_prints_one_line_and_is_noted(self, capsys):
        assert check("10.3", observe, judge, answer("def double(x):\n    return 2 * x\n")) is None
        assert capsys.readouterr().out == "✓ Task 10.3 is right.\n"
        assert [(entry.task, entry.solved) for entry in journal.read()[0]] == [("10.3", True)]

    @pytest.mark.parametrize(
        ("body", "key"), [("x ** 2", "square"), ("x", "factor"), ("None", "malformed"), ("x / 0", "raised")]
    )
    def test_a_wrong_answer_is_rejected_with_its_task_and_noted_as_open(self, body, key, capsys):
        with pytest.raises(Rejected, match=r"^Task 10\.3: ") as caught:
            check("10.3", observe, judge, answer(f"def double(x):\n    return {body}\n"))
        assert caught.value.key == key
        assert capsys.readouterr().out == ""
        assert [(entry.task, entry.solved) for entry in journal.read()[0]] == [("10.3", False)]

    def test_a_stub_is_no_attempt(self):
        with pytest.raises(NotWrittenError):
            check("10.3", observe, judge, answer(STUB))
        assert journal.read() == ([], 0)

    def test_the_answers_are_looked_up_where_it_is_called(self):
        names = answer("def double(x):\n    return 2 * x\n") | {"check": check, "observe": observe, "judge": judge}
        run('check("10.3", observe, judge)', names)
        with pytest.raises(Rejected, match="there is no `double`"):
            check("10.3", observe, judge)


CELLS = [
    "from ganlab.teaching import check, near, reject",
    STUB,
    """def observe(double):
    return double(3.0)


def judge(seen):
    if not near(seen, 6.0):
        reject("factor", f"3 became {seen:g}.")


check("10.3", observe, judge)""",
    "def double(x):\n    half = x / 2\n    return half.doubled()",
    'check("10.3", observe, judge)',
    "def double(x):\n    return 3 * x",
    'check("10.3", observe, judge)',
    "double = lambda x: 2 * x",
    'check("10.3", observe, judge)',
]


def test_a_notebook_shows_one_clear_line_and_no_traceback():
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in CELLS])
    NotebookClient(notebook, kernel_name="python3", allow_errors=True, timeout=120).execute()
    shown = [output for cell in notebook.cells for output in cell.outputs]
    assert [output.get("ename") for output in shown] == ["NotWrittenError", "Rejected", "Rejected", None], json.dumps(
        shown, indent=1
    )
    assert [output.get("traceback", output.get("text")) for output in shown] == [
        ["… Task 10.3 is not written yet: replace the lines under YOUR CODE HERE."],
        [
            "✗ Task 10.3: your code stopped with AttributeError: 'float' object has no attribute 'doubled', "
            "in `double` at the line `return half.doubled()`."
        ],
        ["✗ Task 10.3: 3 became 9."],
        "✓ Task 10.3 is right.\n",
    ]
