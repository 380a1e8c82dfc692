"""The proof finds each fault that is put into a small source, by its name, and none in the sources of the course."""

from __future__ import annotations

import importlib.util
import json
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest

from ganlab import assign
from ganlab.__main__ import main
from ganlab.assign import trial
from ganlab.assign.mutants import Mutant
from ganlab.assign.proof import Equivalent, Proof, TaskProof, equivalents, prove
from ganlab.errors import UserError

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted((ROOT / assign.BANK).glob("[0-9][0-9]-*.py"))

CELLS = {
    "given": 'kind="given"\nimport torch\n\nSIZE = 4',
    "task": '[markdown] kind="task" task="07.1" title="A loss" points=1 hidden_points=1 minutes=5 difficulty="easy"\n'
    '"""\nWrite `loss(scores)`.\n"""',
    "hint 1": '[markdown] kind="hint"\n"""\nWhat is large where a score is low?\n"""',
    "hint 2": '[markdown] kind="hint"\n"""\nThe mean of $f(-s)$.\n"""',
    "hint 3": '[markdown] kind="hint"\n"""\nA softplus, of minus the scores.\n"""',
    "solution": 'kind="solution"\ndef loss(scores):\n    ### BEGIN SOLUTION\n'
    "    return torch.nn.functional.softplus(-scores).mean()\n    ### END SOLUTION",
    "check": """kind="check"
def observe(loss):
    return [loss(torch.tensor([0.0, 0.0])), loss(torch.tensor([0.0, 3.0]))]


def judge(seen):
    middle, good = seen
    if near(middle, 0.0):
        reject("flat", "two undecided scores cost nothing.")
    if middle < 0:
        reject("sign", "the loss of two undecided scores is below zero.")
    if not matches(middle, sealed(float(loss(torch.tensor([0.0, 0.0]))))):
        reject("value", f"two undecided scores cost {middle:.4f}.")
    if not good < middle:
        reject("direction", "a higher score does not cost less.")""",
    "hidden": """kind="hidden"
def observe(loss):
    scores = torch.tensor([-2.0, 0.0, 3.0], requires_grad=True)
    value = loss(scores)
    value.backward()
    return [value, scores.grad]


def judge(seen):
    value, gradient = seen
    scores = torch.tensor([-2.0, 0.0, 3.0])
    if not near(value, torch.log1p(torch.exp(-scores)).mean()):
        reject("values", "the loss of three scores is another.")
    if not near(gradient, -torch.sigmoid(-scores) / 3):
        reject("slope", "the gradient is another.")""",
    "wrong 1": 'kind="wrong" name="of the fakes" key="direction"\ndef loss(scores):\n'
    "    return torch.nn.functional.softplus(scores).mean()",
    "wrong 2": 'kind="wrong" name="summed" key="value"\ndef loss(scores):\n'
    "    return torch.nn.functional.softplus(-scores).sum()",
    "right 1": 'kind="right" name="with log1p"\ndef loss(scores):\n    return torch.log1p(torch.exp(-scores)).mean()',
    "right 2": 'kind="right" name="with logsigmoid"\ndef loss(scores):\n'
    "    return torch.nn.functional.logsigmoid(scores).neg().mean()",
    "explanation": '[markdown] kind="explanation"\n"""\nIt is minus the logarithm of a probability.\n"""',
}
SECOND = """kind="task" task="07.2" title="Twice" points=1 hidden_points=1 minutes=5 difficulty="easy"
\"\"\"
Write `twice(scores)`.
\"\"\"

# %% [markdown] kind="hint"
\"\"\"
One.
\"\"\"

# %% [markdown] kind="hint"
\"\"\"
Two.
\"\"\"

# %% [markdown] kind="hint"
\"\"\"
Three.
\"\"\"

# %% kind="solution"
def twice(scores):
    ### BEGIN SOLUTION
    return 2 * loss(scores)
    ### END SOLUTION

# %% kind="check"
def observe(twice, loss):
    return [twice(torch.ones(3)), loss(torch.ones(3))]

def judge(seen):
    if not near(seen[0] / seen[1], 2.0):
        reject("factor", "it is not twice the loss.")

# %% kind="hidden"
def observe(twice):
    return twice(torch.ones(3))

def judge(seen):
    if seen.shape != ():
        reject("shape", "it is no number.")

# %% kind="wrong" name="thrice" key="factor"
def twice(scores):
    return 3 * loss(scores)

# %% kind="right" name="a sum"
def twice(scores):
    return loss(scores) + loss(scores)

# %% kind="right" name="the other way round"
def twice(scores):
    return loss(scores) * 2

# %% [markdown] kind="explanation"
\"\"\"
Two is two.
\"\"\"
"""


def source(folder: Path, second: str = "", **changed: str | None) -> Path:
    """The source of an assignment with some cells replaced (or, for None, left out)."""
    cells = CELLS | {name.replace("_", " "): text for name, text in changed.items()}
    if second:
        cells["second"] = f"[markdown] {second}"
    parts = ['# %% [markdown] kind="opening"\n"""\n# 07 Losses\n\nSmall ones.\n"""']
    parts += [f"# %% {text}" for text in cells.values() if text is not None]
    path = folder / "07-losses.py"
    path.write_text("\n\n".join(parts) + "\n", encoding="utf-8")
    return path


def proved(folder: Path, **changed: str | None) -> Proof:
    return prove(assign.load(str(source(folder, **changed))))


def only(proof: Proof) -> TaskProof:
    (task,) = proof.tasks
    return task


def test_a_good_source_has_no_fault_and_its_counts_add_up(tmp_path):
    proof = proved(tmp_path, second=SECOND)
    assert proof.faults == []
    first, second = proof.tasks
    assert (first.right, first.wrong, second.right, second.wrong) == (2, 2, 2, 1)
    for task in proof.tasks:
        counts = task.to_dict()
        assert counts["mutants"] == sum(counts["kinds"].values()) == len(task.mutants) > 0
        assert counts["mutants"] == sum(counts[fate] for fate in ("visible", "hidden", "equivalent", "survived"))
    assert "no faults" in proof.text() and json.dumps(proof.to_dict())


ACCEPTS = """
def observe(loss):
    return 0


def judge(seen):
    return None"""


def test_a_check_that_accepts_everything_leaves_its_mutants_to_the_hidden_tests(tmp_path):
    task = only(proved(tmp_path, check=f'kind="check"{ACCEPTS}'))
    assert task.count("visible") == 0 < task.count("hidden")
    assert any("'of the fakes' is rejected by the hidden tests as values" in fault for fault in task.faults)


def test_where_nothing_checks_every_mutant_survives_and_is_named(tmp_path):
    proof = proved(tmp_path, check=f'kind="check"{ACCEPTS}', hidden=f'kind="hidden"{ACCEPTS}')
    task = only(proof)
    assert len(task.survivors) == len(task.mutants)
    assert f"07.1: {len(task.mutants)} of {len(task.mutants)} mutants survive; 95% have to be" in proof.text()
    for mutant in task.survivors:
        assert f"07.1: nothing notices line 3, {mutant.text}" in proof.text()
    assert "07.1: the wrong answer 'summed' is accepted, and should be rejected as value" in proof.faults


def test_a_mutant_that_an_equivalent_entry_explains_is_no_survivor(tmp_path):
    line = "return torch.nn.functional.softplus(-scores.abs()).mean() * SIZE / 4"
    solution = CELLS["solution"].replace("return torch.nn.functional.softplus(-scores).mean()", line)
    entry = f"- `{line}` -> `{line.replace('.abs()', '')}`: the scores\n  are not negative"
    cells = {"solution": solution, "hidden": f'kind="hidden"{ACCEPTS}'}
    before = only(proved(tmp_path, **cells))
    after = only(proved(tmp_path, **cells, equivalent=f'[markdown] kind="equivalent"\n"""\n{entry}\n"""'))
    assert after.count("equivalent") == 1 and after.count("survived") == before.count("survived") - 1
    (fate,) = [fate for fate in after.mutants if fate.name == "equivalent"]
    assert fate.reason == "the scores are not negative" and fate.mutant.new == line.replace(".abs()", "")


@pytest.mark.parametrize(
    ("entry", "fault"),
    [
        ("- `return 1` -> `return 2`: the same", "the equivalent `return 1` -> `return 2` is no mutant"),
        ("- return 1 -> return 2", "an equivalent mutant is written"),
        (
            "- `return torch.nn.functional.softplus(-scores).mean()` -> `return None`: nothing is missed",
            "is rejected by the visible check as malformed",
        ),
    ],
    ids=["stale", "unreadable", "rejected"],
)
def test_an_equivalent_entry_that_is_not_true_is_a_fault(tmp_path, entry, fault):
    task = only(proved(tmp_path, equivalent=f'[markdown] kind="equivalent"\n"""\n{entry}\n"""'))
    assert len(task.faults) == 1 and fault in task.faults[0]


SLOPPY = CELLS["check"].replace("{middle:.4f}", "{middle:.4f}, and not 0.6931")
TELLING = CELLS["check"].replace('"two undecided scores cost nothing."', '"softplus(-scores).mean() is what is asked."')


@pytest.mark.parametrize(
    ("cells", "fault"),
    [
        ({"right_2": None}, "right answers besides the solution: 1; two or more are due"),
        ({"wrong_1": None, "wrong_2": None}, "there is no wrong answer"),
        (
            {"right_1": CELLS["solution"].replace('kind="solution"', 'kind="right" name="again"')},
            "the right answer 'again' is the solution or another right answer over again",
        ),
        (
            {"right_1": CELLS["right 1"].replace("-scores", "scores")},
            "the right answer 'with log1p' is rejected by the visible check as direction (a higher score",
        ),
        (
            {"wrong_1": CELLS["wrong 1"].replace('key="direction"', 'key="sign"')},
            "the wrong answer 'of the fakes' is rejected by the visible check as direction",
        ),
        (
            {"wrong_1": CELLS["wrong 1"].replace("(scores)", "(-scores)", 2).replace("loss(-", "loss(")},
            "the wrong answer 'of the fakes' is accepted, and should be rejected as direction",
        ),
        (
            {"hidden": CELLS["hidden"].replace("/ 3", "/ 4")},
            "the solution is rejected by the hidden tests as slope (the gradient is another.)",
        ),
        (
            {"hidden": CELLS["hidden"].replace("near(value", "near(missing")},
            "the solution is rejected by the hidden tests as malformed",
        ),
        ({"hint_3": CELLS["hint 2"]}, "two hints are the same"),
        (
            {"hint_3": '[markdown] kind="hint"\n"""\n`return torch.nn.functional.softplus(-scores).mean()`\n"""'},
            "hint 3 shows `return torch.nn.functional.softplus(-scores).mean()`",
        ),
        ({"check": SLOPPY}, "the rejection of the wrong answer 'summed' shows the sealed 0.6931"),
    ],
    ids=[
        "one right answer", "no wrong answer", "right answer again", "right answer rejected", "another key",
        "wrong answer accepted", "hidden tests reject the solution", "judge stumbles", "same hint", "hint tells",
        "message tells the number",
    ],
)  # fmt: skip
def test_a_seeded_fault_is_told(tmp_path, cells, fault):
    proof = proved(tmp_path, **cells)
    assert any(told.startswith(f"07.1: {fault}") for told in proof.faults), proof.text()


def test_a_message_that_tells_a_line_of_the_solution_is_a_fault(tmp_path):
    telling = CELLS["check"].replace(
        '"two undecided scores cost nothing."', '"try torch.nn.functional.softplus(-scores).mean()."'
    )
    faults = proved(tmp_path, check=telling).faults
    assert faults and all(
        "shows `torch.nn.functional.softplus(-scores).mean()`, which is in the solution" in fault for fault in faults
    )


def test_names_that_the_statement_gives_are_no_secret(tmp_path):
    statement = CELLS["task"].replace("Write `loss(scores)`.", "Write `loss(scores)`, a mean of `softplus(-scores)`.")
    solution = (
        CELLS["solution"]
        .replace("torch.nn.functional.", "")
        .replace("    ### BEGIN", "    softplus = torch.nn.functional.softplus\n    ### BEGIN")
    )
    solution = solution.replace("return softplus(-scores).mean()", "costs = softplus(-scores)\n    return costs.mean()")
    telling = CELLS["check"].replace('"two undecided scores cost nothing."', '"softplus(-scores) is above zero."')
    assert proved(tmp_path, task=statement, solution=solution, check=telling).faults == []
    assert proved(tmp_path, solution=solution, check=telling).faults != []


def test_a_number_that_the_answer_gave_itself_may_be_shown(tmp_path):
    echoing = CELLS["check"].replace('"a higher score does not cost less."', 'f"{middle:.4f} does not become less."')
    assert proved(tmp_path, check=echoing).faults == []


def test_a_stub_that_is_not_what_stops_is_a_fault(tmp_path):
    """The function that the check calls is complete; the region with the stub is in one that it does not call."""
    solution = (
        'kind="solution"\ndef loss(scores):\n    return torch.nn.functional.softplus(-scores).mean()\n\n\n'
        "def unused(scores):\n    ### BEGIN SOLUTION\n    return scores\n    ### END SOLUTION"
    )
    answers = {
        name: CELLS[name.replace("_", " ")] + "\n\n\ndef unused(scores):\n    return scores"
        for name in ("right_1", "right_2", "wrong_1", "wrong_2")
    }
    faults = proved(tmp_path, solution=solution, **answers).faults
    assert any("the stub among the solutions of the tasks before is accepted" in fault for fault in faults)


def test_a_stub_of_another_task_is_not_its_own(tmp_path):
    """Task 2's check is stopped by task 1's stub alone where every task is blank: that is a learner's own affair."""
    complete = SECOND.replace("    ### BEGIN SOLUTION\n", "    if False:\n        ### BEGIN SOLUTION\n")
    complete = complete.replace("    return 2 * loss(scores)\n", "        return 2 * loss(scores)\n")
    complete = complete.replace("    ### END SOLUTION", "        ### END SOLUTION\n    return 2 * loss(scores)")
    faults = proved(tmp_path, second=complete).faults
    assert "07.2: the stub among the solutions of the tasks before is accepted" in " ".join(faults)


LOOP = """kind="solution"
def loss(scores):
    ### BEGIN SOLUTION
    total, left = 0.0, len(scores)
    while left > 0:
        left -= 1
        total = total + torch.nn.functional.softplus(-scores[left])
    return total / len(scores)
    ### END SOLUTION"""


def test_a_mutant_that_never_ends_is_rejected_by_the_clock(tmp_path):
    proof = proved(tmp_path, solution=LOOP)
    endless = [fate.mutant.new for fate in only(proof).mutants if fate.outcome.key == "time"]
    assert "left = 1" in endless
    assert proof.faults == []


@pytest.mark.parametrize(
    ("body", "key"),
    [
        ("while True:\n        pass", "time"),
        ("raise SystemExit(0)", "ended"),
        ("__import__('os')._exit(0)", "ended"),
        ("__import__('os').kill(__import__('os').getpid(), 9)", "ended"),
        ("return [0] * 10**12", "raised"),
        ("print('x' * 10**7)", "malformed"),
        ("raise KeyError(1)", "raised"),
        ("return {1, 2}", "type"),
    ],
)
def test_an_answer_that_misbehaves_is_rejected_and_the_others_go_on(tmp_path, body, key):
    wrong = f'kind="wrong" name="unruly" key="{key}"\ndef loss(scores):\n    {body}'
    assert proved(tmp_path, wrong_1=wrong).faults == []


def test_an_answer_whose_cell_does_not_run_is_rejected_by_the_visible_check(tmp_path):
    wrong = 'kind="wrong" name="unruly" key="raised"\nimport missing_package\n\n\ndef loss(scores):\n    return 0'
    assert proved(tmp_path, wrong_1=wrong).faults == []


def test_an_answer_leaves_nothing_behind_for_the_next(tmp_path):
    """Every answer counts its calls in a list that the given cell made: each finds it empty."""
    given = CELLS["given"] + "\n\nCALLS = []"
    solution = CELLS["solution"].replace("    ### BEGIN", "    CALLS.append(1)\n    ### BEGIN")
    check = CELLS["check"].replace("[0.0, 3.0]))]", "[0.0, 3.0])), len(CALLS)]")
    check = check.replace("    middle, good = seen\n", "    middle, good, calls = seen\n    counted(calls)\n")
    counted = '\n\n\ndef counted(calls):\n    if calls > 2:\n        reject("calls", "more than mine.")'
    proof = proved(tmp_path, given=given + counted, solution=solution, check=check)
    assert proof.faults == []
    assert "calls" not in {fate.outcome.key for fate in only(proof).mutants}


@pytest.mark.parametrize(
    "given", ["import no_such_package", "HALF = loss(torch.ones(2)) / 2"], ids=["missing package", "needs an answer"]
)
def test_a_given_cell_that_does_not_run_by_itself_is_told_in_one_sentence(tmp_path, given):
    second = SECOND.replace('# %% kind="solution"', f'# %% kind="given"\n{given}\n\n# %% kind="solution"')
    with pytest.raises(UserError, match=r"^the given cells up to task 07\.2 and its check do not run by themselves: "):
        proved(tmp_path, second=second)


def test_a_given_cell_that_ends_the_process_is_told_and_the_next_proof_goes_on(tmp_path):
    with pytest.raises(UserError, match=r"the given cells or the check of task 07\.1 end the process"):
        proved(tmp_path, given='kind="given"\nimport os\n\nos._exit(0)', check=f'kind="check"{ACCEPTS}')
    assert proved(tmp_path).faults == []


def test_a_server_that_was_killed_is_replaced(tmp_path):
    assert proved(tmp_path).faults == []
    process = trial._Server.at_hand().process
    process.kill()
    process.wait()
    assert proved(tmp_path).faults == []
    assert trial._Server.at_hand().process.pid != process.pid


def test_what_a_given_cell_or_an_answer_prints_goes_nowhere(tmp_path, capfd):
    given = CELLS["given"] + "\n\nprint('[]', flush=True)"
    solution = CELLS["solution"].replace("    ### BEGIN", "    print('{}', flush=True)\n    ### BEGIN")
    assignment = assign.load(str(source(tmp_path, given=given, solution=solution)))
    capfd.readouterr()  # sealing runs them here
    assert prove(assignment).faults == []
    assert capfd.readouterr() == ("", "")


def test_a_variant_is_proved_with_its_own_numbers(tmp_path):
    path = source(
        tmp_path,
        given='kind="variant"\nSIZE = [4, 9]\n\n# %% kind="given"\nimport torch',
        solution=CELLS["solution"].replace("mean()", "mean() * SIZE"),
        **{name: CELLS[name.replace("_", " ")] + " * 4" for name in ("right_1", "right_2", "wrong_1")},
        hidden=f'kind="hidden"{ACCEPTS}',
    )
    assert prove(assign.load(str(path))).variant is None
    faults = prove(assign.load(str(path), variant=1)).faults  # the right answers say 4 where 9 is due
    assert sum("the right answer" in fault and "as value" in fault for fault in faults) == 2


def test_entries_of_equivalents_are_read_with_what_is_around_them():
    cell = "Some words.\n\n- `a` -> `b`: first\n  reason\n- `x[0]` -> `x[-0]`: `-0` is 0\n"
    assert equivalents(cell) == [Equivalent("a", "b", "first reason"), Equivalent("x[0]", "x[-0]", "`-0` is 0")]


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("return x - 1 - 1", "return x - 1 - 2", True),
        ("1", "2", True),
        ("- 1", "- 2", True),
        ("1", "3", False),
        ("x - 1", "x - 2", False),
        ("return x - 1 - 1", "return x", False),
    ],
)
def test_an_entry_names_a_line_or_a_part_of_one(old, new, named):
    mutant = Mutant("constant", 3, "return x - 1 - 1", "return x - 1 - 2", "")
    assert Equivalent(old, new, "why").names(mutant) == named


def test_a_part_of_the_mutants_finds_no_fault_that_all_would_not(tmp_path):
    """A sample neither invents a fault (an entry whose mutant it left out), nor lets a wrong answer through."""
    whole = prove(assign.load(str(source(tmp_path))))
    part = prove(assign.load(str(source(tmp_path))), every=3)
    assert part.faults == whole.faults == []
    for some, all_of_them in zip(part.tasks, whole.tasks, strict=True):
        assert [fate.mutant for fate in some.mutants] == [fate.mutant for fate in all_of_them.mutants][::3]
        assert (some.right, some.wrong) == (all_of_them.right, all_of_them.wrong)
    broken = assign.load(str(source(tmp_path, right_2=None)))
    assert prove(broken, every=3).faults == prove(broken).faults != []
    entry = '[markdown] kind="equivalent"\n"""\n- `{}` -> `{}`: why not\n"""'
    old, new = whole.tasks[0].mutants[-1].mutant.old, whole.tasks[0].mutants[-1].mutant.new
    for named, said in ((new, []), ("return 2", ["is no mutant"])):
        named_so = assign.load(str(source(tmp_path, equivalent=entry.format(old, named))))
        faults = prove(named_so, every=len(whole.tasks[0].mutants)).faults  # tries the first, and not the last
        assert [word for word in said if word not in "".join(faults)] == [] and len(faults) == len(said)


class TestCommand:
    def test_it_prints_the_table_and_writes_it(self, tmp_path, capsys):
        status = main(["assign", "check", str(source(tmp_path)), "--json", str(tmp_path / "proof.json")])
        assert status == 0
        assert "  07.1       2       2" in capsys.readouterr().out
        written = json.loads((tmp_path / "proof.json").read_text())
        assert written["faults"] == [] and written["tasks"]["07.1"]["right"] == 2

    def test_a_fault_is_status_1_and_still_written(self, tmp_path, capsys):
        path = source(tmp_path, right_2=None)
        assert main(["assign", "check", str(path), "--json", str(tmp_path / "proof.json")]) == 1
        assert "fault in 07.1: right answers besides the solution: 1" in capsys.readouterr().out
        assert json.loads((tmp_path / "proof.json").read_text())["faults"]

    def test_a_source_that_is_not_there_is_status_2(self, tmp_path, capsys):
        assert main(["assign", "check", str(tmp_path / "07-losses.py")]) == 2
        assert "Traceback" not in capsys.readouterr().err


@cache
def published(path: Path) -> Proof:
    return prove(assign.load(str(path)))


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
class TestCourse:
    def test_no_source_has_a_fault(self, path):
        assert published(path).faults == []

    def test_no_variant_has_a_fault(self, path):
        """All its answers, and every eighth mutant: the check is that of the published numbers, with other numbers."""
        assert prove(assign.load(str(path), variant=1), every=8).faults == []

    @pytest.mark.slow
    def test_no_variant_has_a_fault_among_all_mutants(self, path):
        assert prove(assign.load(str(path), variant=1)).faults == []

    def test_the_counts_in_the_book_are_those_of_the_proof(self, path):
        assert script().recorded(path.stem) == {task.id: script().counts(task) for task in published(path).tasks}


@cache
def script() -> ModuleType:
    """notebooks/exercises/prove.py, which writes the counts."""
    spec = importlib.util.spec_from_file_location("prove_exercises", ROOT / "notebooks" / "exercises" / "prove.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_book_counts_no_lesson_that_is_gone():
    assert {path.stem for path in script().RECORDS.iterdir()} <= {path.stem for path in SOURCES}


def test_counts_are_written_where_they_changed_and_else_left_alone(tmp_path, monkeypatch):
    monkeypatch.setattr(script(), "RECORDS", tmp_path / "exercises")
    assert script().publish(proved(tmp_path)) and set(script().recorded("07-losses")) == {"07.1"}
    (record,) = (tmp_path / "exercises").iterdir()
    before = record.read_bytes()
    assert not script().publish(proved(tmp_path)) and record.read_bytes() == before
    assert script().publish(proved(tmp_path, right_2=None)) and script().recorded("07-losses")["07.1"]["right"] == 1
    assert list((tmp_path / "exercises").iterdir()) == [record]


def test_a_task_that_is_gone_goes_from_the_record(tmp_path, monkeypatch):
    monkeypatch.setattr(script(), "RECORDS", tmp_path / "exercises")
    script().publish(proved(tmp_path))
    (record,) = (tmp_path / "exercises").iterdir()
    record.write_text(record.read_text() + record.read_text().replace('"07.1"', '"07.9"'))
    assert script().publish(proved(tmp_path)) and set(script().recorded("07-losses")) == {"07.1"}
