"""A variant changes text, code and checks together, so that an answer copied from another variant fails."""

from __future__ import annotations

import io
import tokenize
from dataclasses import fields
from pathlib import Path

import pytest
import tiny_source
from hypothesis import given
from hypothesis import strategies as st

from ganlab import assign
from ganlab.assign import cells, editions, variants
from ganlab.assign.source import Assignment, Task
from ganlab.teaching.checks import look, verdict

SEEDS = range(8)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_source.write(tmp_path_factory.mktemp("bank"))


def loaded(tiny: Path, seed: int | None) -> Assignment:
    return assign.load(str(tiny), variant=seed)


def passes(assignment: Assignment, task: Task, solution: str, kind: str) -> bool:
    names = cells.answered(assignment, task, solution)
    observe, judge = cells.halves(getattr(task, kind), names)
    return verdict(judge, look(task.id, observe, names)) is None


def test_without_a_seed_the_first_values_are_taken(tiny: Path) -> None:
    assert variants.choose({"A": [3, 1], "B": ["x", "y"]}, None) == {"A": 3, "B": "x"}
    published = loaded(tiny, None)
    assert published.variant is None
    assert "slope 3" in published.opening
    assert published.tasks[1].solution.splitlines()[2] == "    return scaled(x) + -4  # the secret of task two"


@pytest.mark.parametrize("edition", editions.EDITIONS)
def test_the_same_seed_gives_the_same_bytes_and_other_seeds_other_ones(tiny: Path, edition: str) -> None:
    made = {seed: editions.text(editions.EDITIONS[edition](loaded(tiny, seed))) for seed in SEEDS}
    assert made == {seed: editions.text(editions.EDITIONS[edition](loaded(tiny, seed))) for seed in SEEDS}
    numbers = {str(variants.choose(loaded(tiny, None).variants, seed)) for seed in SEEDS}
    assert len(numbers) > 1
    for seed in SEEDS:
        assert made[seed] != editions.text(editions.EDITIONS[edition](loaded(tiny, None)))


@given(st.dictionaries(st.from_regex(r"[A-Z]{2,4}", fullmatch=True), st.lists(st.integers(), min_size=2, unique=True)),
       st.integers(min_value=0))  # fmt: skip
def test_no_variant_has_a_value_of_the_published_one(values: dict[str, list[int]], seed: int) -> None:
    chosen = variants.choose(values, seed)
    assert chosen.keys() == values.keys()
    for name, value in chosen.items():
        assert value in values[name][1:]


@given(st.integers(min_value=0, max_value=10_000))
def test_a_name_draws_by_itself(seed: int) -> None:
    """A name that is added to a source must not change the numbers of the others: old variants stay what they were."""
    few, many = {"AA": list(range(9))}, {"ZZ": list(range(5)), "AA": list(range(9)), "BB": list(range(7))}
    assert variants.choose(few, seed)["AA"] == variants.choose(many, seed)["AA"]


@pytest.mark.parametrize("seed", [None, *SEEDS])
def test_no_name_is_left_anywhere(tiny: Path, seed: int | None) -> None:
    assignment = loaded(tiny, seed)
    for part in (assignment.opening, *assignment.given, *map(str, assignment.tasks)):
        assert "SLOPE" not in part and "SHIFT" not in part


@pytest.mark.parametrize("seed", [None, *SEEDS])
def test_solutions_follow_their_checks(tiny: Path, seed: int | None) -> None:
    assignment = loaded(tiny, seed)
    for task in assignment.tasks[:2]:
        for solution in (task.solution, *(right.code for right in task.right)):
            assert passes(assignment, task, solution, "check") and passes(assignment, task, solution, "hidden")


@pytest.mark.parametrize("seed", SEEDS)
def test_a_copy_of_the_published_answer_fails(tiny: Path, seed: int) -> None:
    assignment, published = loaded(tiny, seed), loaded(tiny, None)
    for task, copied in zip(assignment.tasks[:2], published.tasks, strict=False):
        assert not passes(assignment, task, copied.solution, "check")
        assert not passes(assignment, task, copied.solution, "hidden")


def test_every_text_and_every_piece_of_code_of_a_task_is_changed(tiny: Path) -> None:
    """A field that is added to Task and forgotten in variants.py keeps its names, and is found here."""
    texts = {
        entry.name: "{NAME}" for entry in fields(Task) if entry.type == "str" and entry.name not in ("id", "difficulty")
    }
    many = {entry.name: ("{NAME}",) for entry in fields(Task) if entry.type == "tuple[str, ...]"}
    task = Task(id="07.1", points=1, hidden_points=1, minutes=1, difficulty="easy", **texts, **many)
    changed = variants.apply(Assignment("07-x", "07", "X", "", (), (task,), {"NAME": [42, 1]}), None).tasks[0]
    for name in texts:
        assert getattr(changed, name) in ("42", "{42}"), name
    for name in many:
        assert getattr(changed, name) in (("42",), ("{42}",)), name


@pytest.mark.parametrize(
    ("code", "wanted"),
    [
        ("x = TOP + TOPS + torch.TOP", "x = 255 + TOPS + torch.TOP"),
        ('x = "TOP", "up to {TOP}"  # TOP or {TOP}', 'x = "TOP", "up to 255"  # TOP or 255'),
        ('print(f"{TOP} and {x:g}")', 'print(f"255 and {x:g}")'),
        ("x = {TOP}", "x = {255}"),
        ("x = LOW ** 2 - LOW", "x = (-3) ** 2 - -3"),
        ("x = TOP.bit_length()", "x = (255).bit_length()"),
        ("x = WORD + 'é'\ny = WORD", "x = 'moons' + 'é'\ny = 'moons'"),
        ("def f(x, é=TOP):\n    return (x,\n            TOP)", "def f(x, é=255):\n    return (x,\n            255)"),
    ],
)
def test_values_take_the_place_of_names_and_of_nothing_else(code: str, wanted: str) -> None:
    assert variants.in_code(code, {"TOP": 255, "LOW": -3, "WORD": "moons"}) == wanted
    compile(wanted, "wanted", "exec")


@given(st.integers(min_value=-9, max_value=9))
def test_the_code_computes_what_it_computes_with_names(value: int) -> None:
    code = 'seen = [NAME ** 2, -NAME, 3 - NAME, 2 * -NAME ** 3, f"{NAME}", [1, 2][NAME % 2], NAME.real]'
    named: dict[str, object] = {"NAME": value}
    exec(code, named)
    put: dict[str, object] = {}
    exec(variants.in_code(code, {"NAME": value}), put)
    assert put["seen"] == named["seen"]


def test_f_strings_are_changed_alike_where_the_tokenizer_takes_them_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """Python 3.12 and later give the names inside an f-string as tokens; here 3.11 is made to do so, and back."""
    code = 'f"{TOP}" + str(TOP)'
    start, end = 9001, 9002
    monkeypatch.setattr(tokenize, "tok_name", tokenize.tok_name | {start: "FSTRING_START", end: "FSTRING_END"})
    whole = list(tokenize.generate_tokens(io.StringIO(code).readline))

    def token(kind: int, string: str, column: int) -> tokenize.TokenInfo:
        return tokenize.TokenInfo(kind, string, (1, column), (1, column + len(string)), code)

    inner = [token(tokenize.OP, "{", 2), token(tokenize.NAME, "TOP", 3), token(tokenize.OP, "}", 6)]
    parts = [token(start, 'f"', 0), *inner, token(end, '"', 7)]
    rest = [each for each in whole if each.start[1] >= 8 or each.start[0] > 1]
    monkeypatch.setattr(tokenize, "generate_tokens", lambda _: iter([*parts, *rest]))
    assert variants.in_code(code, {"TOP": 255}) == 'f"255" + str(255)'
