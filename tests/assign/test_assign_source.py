"""A source is read whole or refused with one sentence; a private folder is laid over it by kind and task."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
import tiny_source

from ganlab.assign import source
from ganlab.errors import UserError


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    return tiny_source.write(tmp_path)


def test_every_cell_finds_its_task(tiny: Path) -> None:
    assignment = source.read(tiny)
    assert (assignment.name, assignment.number, assignment.title) == ("07-scale-and-shift", "07", "Scale and shift")
    assert assignment.given == ("import torch",)
    assert assignment.variants == {"SLOPE": [3, 5, 7, 9], "SHIFT": [-4, -3, -2, -1]}
    first, second, third = assignment.tasks
    assert (first.points, first.hidden_points, first.total, first.minutes, first.difficulty) == (1, 2, 3, 1, "easy")
    assert [(answer.name, answer.key) for answer in first.wrong] == [("the slope is added", "slope")]
    assert [answer.name for answer in first.right] == ["the other way round", "a sum"]
    assert second.given == ("ORIGIN = 0.0",)
    assert [len(task.hints) for task in assignment.tasks] == [3, 3, 3]
    assert (third.written, third.total, third.hidden_points) == (True, 3, 0)
    assert assignment.points == 3 + 3 + 3
    assert not assignment.private


def test_text_keeps_its_backslashes_and_code_its_comments(tmp_path: Path) -> None:
    comments = "import torch\n# cat real and fake\n# %matplotlib inline\n# !ls"
    assignment = source.read(tiny_source.write(tmp_path, tiny_source.TEXT.replace("import torch", comments)))
    assert assignment.given == (comments,)
    assert "\\frac{0}{1}" in assignment.tasks[0].statement


@pytest.mark.parametrize(
    ("quotes", "written"),
    [('"""', r"$\\nabla \\\\ \\theta$"), ('r"""', r"$\nabla \\ \theta$"), ("r'''", r"$\nabla \\ \theta$")],
)
def test_backslashes_are_those_of_the_python_string(tmp_path: Path, quotes: str, written: str) -> None:
    text = f"{quotes}\n{written}\n{quotes.strip('r')}"
    read = source.read(tiny_source.write(tmp_path, tiny_source.TEXT.replace('"""\nUp or down?\n"""', text)))
    assert read.tasks[1].hints[0] == r"$\nabla \\ \theta$"
    assert "\\" in ast.literal_eval(text) and ast.literal_eval(text).strip() == read.tasks[1].hints[0]


def test_the_stub_keeps_what_stands_around_the_region(tiny: Path) -> None:
    stub = source.read(tiny).tasks[0].stub
    lines = ["def scaled(x):", '    """Slope {SLOPE}."""', "    # YOUR CODE HERE", "    raise NotImplementedError()"]
    assert stub.splitlines() == lines


def cell(head: str, body: str) -> str:
    return f"# %% {head}\n{body}\n\n"


ANSWER = '# %% [markdown] kind="answer"'
WRONG = ' name="a" key="b"\ndef shifted(x):\n    pass\n\n'
FAULTS = {
    "no opening": ('[markdown] kind="opening"', '[markdown] kind="hint"', "belongs below the task cell"),
    "no number in the heading": ("# 07 Scale and shift", "# Scale and shift", "first line is # NN Title"),
    "another lesson's number": ("# 07 Scale and shift", "# 08 Scale and shift", "first line is # NN Title"),
    "a second opening": ('kind="rubric"', 'kind="opening"', "the first cell, and no other, is the opening"),
    "an unknown kind": ('# %% kind="given"', '# %% kind="giv"', 'cell 3: a cell begins with # %% kind="..."'),
    "a cell without a kind": ('# %% kind="given"', "# %%", 'a cell begins with # %% kind="..."'),
    "text as code": ('# %% [markdown] kind="hint"', '# %% kind="hint"', "a hint cell is [markdown]"),
    "code as text": ('# %% kind="solution"', '# %% [markdown] kind="solution"', "a solution cell is code"),
    "a single backslash": ("Up or down?", r"$\nabla$ or $\\\theta$?", 'begin a text that has backslashes with r"""'),
    "an empty cell": ("import torch\n", "\n", "this given cell is empty"),
    "code that is none": ("import torch", "import torch as", "line 1 of this given cell is not Python"),
    "no points": (" points=1", "", "needs points=1 or more"),
    "points in words": ("points=1 ", 'points="one" ', "needs points=1 or more"),
    "no points to win": ("points=1 ", "points=0 ", "needs points=1 or more"),
    "points that are true": ("points=1 ", "points=true ", "needs points=1 or more"),
    "no minutes": (" minutes=1", "", "needs minutes=1 or more"),
    "no title": (' title="A slope of {SLOPE}"', "", 'needs title="..."'),
    "an empty title": ('title="A shift"', 'title=""', 'needs title="..."'),
    "no hidden points": ("hidden_points=2 ", "", "needs hidden_points=1 or more"),
    "hidden points of a written task": ("points=3 ", "points=3 hidden_points=1 ", "has no hidden_points"),
    "a misspelt field": ("minutes=7", "minutes=7 dificulty=1", "has no field 'dificulty'"),
    "an unknown difficulty": ('difficulty="easy"', 'difficulty="eazy"', "did you mean 'easy'"),
    "an id of another lesson": ('task="07.1"', 'task="08.1"', 'task ids look like "07.1"'),
    "an id that is a number": ('task="07.1"', "task=07.1", 'needs task="..."'),
    "an id without a number": ('task="07.1"', 'task="07.0"', 'task ids look like "07.1"'),
    "the same id twice": ('task="07.2"', 'task="07.1"', "in the order of their ids"),
    "ids out of order": ('task="07.1"', 'task="07.9"', "in the order of their ids"),
    "a missing hint": (cell('[markdown] kind="hint"', '"""\nUp or down?\n"""'), "", "has 2 hints; three are due"),
    "no check": ('kind="check"', 'kind="hidden"', "needs one check cell, and has 0"),
    "two checks": ('kind="hidden"', 'kind="check"', "needs one check cell, and has 2"),
    "two solutions": ('kind="right" name="a sum"', 'kind="solution"', "needs one solution cell, and has 2"),
    "no explanation": ('kind="explanation"', 'kind="equivalent"', "needs one explanation cell, and has 0"),
    "a written task without a rubric": ('kind="rubric"\n"""\n- 2', 'kind="hint"\n"""\n- 2', "needs one rubric cell"),
    "a written task with code": (ANSWER, f'# %% kind="wrong"{WRONG}{ANSWER}', "it has no wrong cell"),
    "a solution without an end": ("    ### END SOLUTION\n", "", "and, below it, one ### END SOLUTION"),
    "a solution without a beginning": ("    ### BEGIN SOLUTION\n", "", "needs one ### BEGIN SOLUTION"),
    "an end above the beginning": ("### BEGIN", "### END SOLUTION\n    ### BEGIN", "needs one ### BEGIN SOLUTION"),
    "a region that begins behind code": ("    ### BEGIN", "    y = 1  ### BEGIN", "needs one ### BEGIN SOLUTION"),
    "a region outside of a function": (
        "    ### BEGIN SOLUTION\n    return SLOPE * x  # the secret of task one\n    ### END",
        "    return SLOPE * x\n\n\n### BEGIN SOLUTION\n### END",
        "stands inside the body of a function",
    ),
    "a solution that runs something": ("    ### END SOLUTION", "    ### END SOLUTION\n\n\nprint(1)", "runs nothing"),
    "a check without a judge": ("def judge(seen):", "def jugde(seen):", "defines observe(...) and judge(seen)"),
    "a check that checks at once": ("def judge(seen):", "check(1)\n\n\ndef judge(seen):", "and nothing else"),
    "a judge of two": ("def judge(seen):", "def judge(seen, scaled):", "judge takes what observe returned"),
    "an observe of nothing": ("def observe(scaled):", "def observe():", "takes the learner's functions by name"),
    "an observe of the unknown": ("def observe(scaled):", "def observe(scald):", "takes 'scald', which no solution"),
    "a later function": ("def observe(scaled):", "def observe(shifted):", "takes 'shifted', which no solution"),
    "a wrong answer to something else": ("    return SLOPE + x", "    return 1\n\n\nscaled = f", "runs nothing"),
    "an answer under another name": ("(x):\n    return sum", "_(x):\n    return sum", "does not define scaled"),
    "a wrong answer without a key": (' key="slope"', "", 'needs key="..."'),
    "two answers of one name": ('name="a sum"', 'name="the other way round"', "two answers named"),
    "a variant of one value": ("[3, 5, 7, 9]", "[3]", "a variant cell holds lines NAME ="),
    "a variant that is computed": ("[3, 5, 7, 9]", "sorted({3, 5})", "a variant cell holds lines NAME ="),
    "a variant in small letters": ("SHIFT = range", "shift = range", "in capital letters"),
    "a variant that is also an argument": ("ORIGIN = 0.0", "ORIGIN = dict(SHIFT=1)", "SHIFT is a name of the variant"),
    "a variant that is assigned to": ("ORIGIN = 0.0", "SHIFT = 0.0", "SHIFT is a name of the variant"),
    "a variant with a format": ("slope {SLOPE} is not", "slope {SLOPE:g} is not", "write {SLOPE} plain"),
    "a cell in another's task": ('# %% kind="given"\nORIGIN', '# %% kind="given" task="07.1"\nORIGIN', "move it below"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_is_one_sentence_with_its_place(tmp_path: Path, fault: str) -> None:
    before, after, words = FAULTS[fault]
    assert before in tiny_source.TEXT
    with pytest.raises(UserError) as caught:
        source.read(tiny_source.write(tmp_path, tiny_source.TEXT.replace(before, after, 1)))
    message = str(caught.value)
    assert words in message
    assert tiny_source.NAME in message or "difficulty of task 07.1" in message
    assert "\n" not in message and "Error" not in message.replace("NotImplementedError", "")


def test_a_file_of_other_bytes_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "07-x.py"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UserError, match="cannot be read"):
        source.read(path)


def test_an_assignment_is_found_by_number_name_and_path(tiny: Path) -> None:
    for name in ("07", "07-scale-and-shift", str(tiny)):
        assert source.find(name, tiny.parent) == tiny


@pytest.mark.parametrize(
    ("name", "words"), [("8", "unknown assignment '8'"), ("nowhere/07-x.py", "there is no source file")]
)
def test_an_assignment_that_is_not_there(tiny: Path, name: str, words: str) -> None:
    with pytest.raises(UserError, match=words):
        source.find(name, tiny.parent)


def test_a_bank_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="run this in the course's folder"):
        source.find("07", tmp_path / "none")


# ---- a private folder laid over

OWN = '''\
# %% kind="hidden" task="07.1"
def observe(scaled):
    return scaled(4.0)


def judge(seen):
    if not near(seen, 4 * SLOPE):
        reject("own", "my very own secret is not met.")


# %% [markdown] kind="rubric" task="07.3"
"""
Anything goes.
"""
'''


def overlaid(tiny: Path, text: str, name: str = tiny_source.NAME) -> source.Assignment:
    private = tiny.parent / "private"
    private.mkdir()
    (private / name).write_text(text, encoding="utf-8")
    return source.read(tiny, private)


def test_private_cells_take_the_place_of_public_ones_of_their_kind_and_task(tiny: Path) -> None:
    public, own = source.read(tiny), overlaid(tiny, OWN)
    assert own.private
    assert "my very own secret" in own.tasks[0].hidden
    assert "says the hidden judge" not in own.tasks[0].hidden
    assert own.tasks[2].rubric == "Anything goes."
    assert own.tasks[1] == public.tasks[1]
    assert own.tasks[0].check == public.tasks[0].check and own.tasks[0].wrong == public.tasks[0].wrong


def test_private_wrong_answers_replace_all_of_their_task(tiny: Path) -> None:
    text = '# %% kind="wrong" task="07.2" name="minus" key="shift"\ndef shifted(x):\n    return -scaled(x)\n'
    own = overlaid(tiny, text)
    assert [answer.name for answer in own.tasks[1].wrong] == ["minus"]
    assert [answer.name for answer in own.tasks[0].wrong] == ["the slope is added"]


def test_a_private_variant_replaces_the_numbers(tiny: Path) -> None:
    own = overlaid(tiny, '# %% kind="variant"\nSLOPE = [11, 13]\nSHIFT = [1, 2]\n')
    assert own.variants == {"SLOPE": [11, 13], "SHIFT": [1, 2]}


PRIVATE_FAULTS = {
    "a solution": ('# %% kind="solution" task="07.1"\ndef scaled(x):\n    pass\n', "holds cells of kind hidden"),
    "a cell without a task": ('# %% kind="wrong" name="a" key="b"\ndef scaled(x):\n    pass\n', "say which task"),
    "an unknown task": (OWN.replace("07.1", "07.7"), "unknown task"),
    "hidden tests of a written task": (OWN.replace("07.1", "07.3"), "has no hidden cell"),
    "a variant without a name of the source": ('# %% kind="variant"\nSLOPE = [1, 2]\n', "SLOPE, SHIFT"),
    "a judge of nothing": (OWN.replace("judge", "jury"), "defines observe(...) and judge(seen)"),
}


@pytest.mark.parametrize("fault", PRIVATE_FAULTS)
def test_a_private_file_is_read_as_strictly(tiny: Path, fault: str) -> None:
    text, words = PRIVATE_FAULTS[fault]
    with pytest.raises(UserError) as caught:
        overlaid(tiny, text)
    assert words in str(caught.value)


def test_a_private_folder_without_a_file_of_that_name_is_no_silent_nothing(tiny: Path) -> None:
    with pytest.raises(UserError, match="named like the source"):
        overlaid(tiny, OWN, name="07.py")
