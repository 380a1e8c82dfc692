"""Reading what was handed in: every kind of file, every kind of cell, and none of it trusted."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import handed_in
import pytest
import tiny_source
from hypothesis import given
from hypothesis import strategies as st

from ganlab import assign
from ganlab.assign import submission
from ganlab.assign.paper import Paper, Step
from ganlab.assign.source import Assignment
from ganlab.assign.submission import UnreadableError, unmarked
from ganlab.errors import UserError


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Assignment:
    return assign.load(str(tiny_source.write(tmp_path_factory.mktemp("bank"))))


@pytest.fixture(scope="module")
def paper(tiny: Assignment) -> Paper:
    return Paper(tiny)


def parsed(book: handed_in.Book) -> submission.Notebook:
    return submission.parse(json.loads(json.dumps(book)))


def ran(steps: list[Step]) -> list[str]:
    """The steps in short: own cells by their code, all others by kind and name."""
    return [
        step.code.strip() if step.kind == "cell" and not step.name else f"{step.kind} {step.name}" for step in steps
    ]


# --- cells


def test_every_cell_of_the_student_edition_is_known(tiny: Assignment) -> None:
    kinds = [(cell.kind, cell.name) for cell in parsed(handed_in.notebook(tiny, {})).cells]
    assert kinds == [
        ("setup", ""), ("imports", ""), ("given", "07.a"), ("solution", "07.1"), ("check", "07.1"), ("hidden", "07.1"),
        ("given", "07.b"), ("solution", "07.2"), ("check", "07.2"), ("hidden", "07.2"), ("answer", "07.3"), ("own", ""),
    ]  # fmt: skip


def test_cells_are_known_by_their_first_line_where_an_editor_drops_metadata(tiny: Assignment) -> None:
    book = handed_in.notebook(tiny)
    for cell in book["cells"]:
        cell["metadata"] = {}
    book["metadata"] = {}
    named = [(cell.kind, cell.name) for cell in parsed(book).cells if cell.name]
    assert named == [(cell.kind, cell.name) for cell in parsed(handed_in.notebook(tiny)).cells if cell.name]


def test_cells_are_known_by_metadata_where_a_student_deletes_the_first_line(tiny: Assignment) -> None:
    book = handed_in.notebook(tiny)
    for cell in book["cells"]:
        if cell["source"][:1] and handed_in.text_of(cell).startswith("# ganlab:"):
            cell["source"] = handed_in.text_of(cell).partition("\n")[2]
    assert parsed(book).texts("solution", "07.1") == [handed_in.SCALED]


def test_the_first_line_wins_over_metadata(tiny: Assignment) -> None:
    book = handed_in.notebook(tiny)
    handed_in.cell_of(book, "solution 07.1")["source"] = "# ganlab: solution 07.2\npasted = 1"
    read = parsed(book)
    assert read.texts("solution", "07.1") == []
    assert [unmarked(text) for text in read.texts("solution", "07.2")] == ["pasted = 1", handed_in.SHIFTED]


@pytest.mark.parametrize(
    "first",
    ["#ganlab:solution 07.1", "# ganlab: solution 07.1 ", "  #  ganlab:  solution  07.1",
     "%%time\n# ganlab: solution 07.1", "\n\n# @title mine\n\n# ganlab: solution 07.1", "# ganlab: solution 07.1\r"],
)  # fmt: skip
def test_a_mark_may_be_spaced_as_one_likes(first: str) -> None:
    (cell,) = parsed({"cells": [{"cell_type": "code", "source": f"{first}\nx = 1"}]}).cells
    assert (cell.kind, cell.name) == ("solution", "07.1") and cell.text.endswith("\nx = 1")


def test_a_mark_far_down_is_text_like_any_other() -> None:
    (cell,) = parsed({"cells": [{"cell_type": "code", "source": "x = 1\n" * 5 + "# ganlab: solution 07.1"}]}).cells
    assert cell.kind == "own"


@pytest.mark.parametrize(
    "cell",
    [
        None, 3, [], {}, {"cell_type": "code"}, {"cell_type": "code", "source": 3}, {"cell_type": [], "source": "x"},
        {"cell_type": "code", "source": [1, {"x": 2}]}, {"cell_type": "code", "source": "  \n"},
        {"cell_type": "raw", "source": "# ganlab: solution 07.1\nx"},
        {"cell_type": "markdown", "source": "# ganlab: solution 07.1\nx"},
        {"cell_type": "code", "source": "<!-- ganlab: answer 07.3 -->\nx"},
    ],
)  # fmt: skip
def test_a_cell_that_is_none_is_left_out(cell: object) -> None:
    assert parsed({"cells": [cell]}).cells == ()


@pytest.mark.parametrize(
    "metadata", [None, 3, [], {"nbgrader": 3}, {"nbgrader": {"grade_id": ["x"]}}, {"nbgrader": []}]
)
def test_strange_metadata_are_no_metadata(metadata: object) -> None:
    (cell,) = parsed({"cells": [{"cell_type": "code", "source": "x = 1", "metadata": metadata}]}).cells
    assert (cell.kind, cell.text) == ("own", "x = 1")


_JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["cells", "cell_type", "source", "metadata", "nbgrader", "grade_id", "ganlab"]), inner
    ),
    max_leaves=20,
)  # fmt: skip


@given(_JSON)
def test_any_json_is_a_notebook_or_unreadable(data: Any) -> None:
    try:
        read = submission.parse(data)
    except UnreadableError:
        return
    assert all(isinstance(cell.text, str) and cell.kind for cell in read.cells)


# --- files


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "not JSON"), (b"{", "not JSON"), (b"%PDF-1.4 \x93", "UTF-8"), (b"\xff\xfe{\x00}\x00", "UTF-8"),
        (b"[" * 100_000, "not JSON"), (b'{"cells": ' + b"[" * 100_000 + b"}", "not JSON"), (b"[]", "not a notebook"),
        (b'{"cells": 3}', "no cells"), (b'{"worksheets": [], "nbformat": 3}', "2014"), (b"9" * 10_000, "not JSON"),
        (b'{"cells": [' + b",".join([b'{"cell_type": "code", "source": "1"}'] * 1001) + b"]}", "1000 cells"),
        (json.dumps({"cells": [{"cell_type": "code", "source": "#" * 1_100_000}]}).encode(), "megabyte of code"),
    ],
    ids=["empty", "cut", "pdf", "utf-16", "deep", "deep cells", "list", "no list", "old", "number", "cells", "code"],
)  # fmt: skip
def test_a_file_that_is_no_notebook_says_why(content: bytes, why: str, tmp_path: Path) -> None:
    path = tmp_path / "x.ipynb"
    path.write_bytes(content)
    with pytest.raises(UnreadableError, match=why):
        submission.read(path)


def test_a_file_that_is_too_large_is_not_read_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "x.ipynb"
    with path.open("wb") as file:
        file.truncate(1 << 40)  # a hole of a terabyte
    with pytest.raises(UnreadableError, match="larger than 16 MB"):
        submission.read(path)


@pytest.mark.skipif(os.name == "nt", reason="links and pipes of Unix")
def test_links_pipes_and_folders_are_not_opened(tmp_path: Path) -> None:
    (tmp_path / "secret.ipynb").write_text('{"cells": []}')
    (tmp_path / "link.ipynb").symlink_to(tmp_path / "secret.ipynb")
    os.mkfifo(tmp_path / "pipe.ipynb")  # which would wait for ever for somebody to write
    (tmp_path / "folder.ipynb").mkdir()
    for name, why in {"link": "link", "pipe": "not a plain file", "folder": "directory"}.items():
        with pytest.raises(UnreadableError, match=why):
            submission.read(tmp_path / f"{name}.ipynb")


def test_a_byte_order_mark_is_no_mistake(tmp_path: Path) -> None:
    path = tmp_path / "x.ipynb"
    path.write_bytes(b'\xef\xbb\xbf{"cells": []}')
    assert submission.read(path).cells == ()


# --- folders


def test_students_are_folders_or_files(tmp_path: Path) -> None:
    for name in (
        "bo/x.ipynb", "cy/ps1/y.ipynb", "ann.ipynb", "di/notes.txt", ".git/z.ipynb", "bo/.ipynb_checkpoints/x.ipynb",
        "__MACOSX/bo/._x.ipynb", "bo/._x.ipynb", "roster.csv", "marks/feedback/q.ipynb",
    ):  # fmt: skip
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("{}")
    found = submission.collect(tmp_path, without=tmp_path / "marks")
    assert {entry.student: [str(path.relative_to(tmp_path)) for path in entry.files] for entry in found} == {
        "ann": ["ann.ipynb"], "bo": ["bo/x.ipynb"], "cy": ["cy/ps1/y.ipynb"], "di": [],
    }  # fmt: skip


def test_the_newest_file_comes_first(tmp_path: Path) -> None:
    for age, name in enumerate(["c", "a", "b"]):
        path = tmp_path / "ann" / f"{name}.ipynb"
        path.parent.mkdir(exist_ok=True)
        path.write_text("{}")
        os.utime(path, (1e9 - age, 1e9 - age))
    (entry,) = submission.collect(tmp_path)
    assert [path.stem for path in entry.files] == ["c", "a", "b"]


@pytest.mark.skipif(os.name == "nt", reason="links of Unix")
def test_a_folder_that_is_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "in" / "bo").mkdir(parents=True)
    (tmp_path / "in" / "bo" / "x.ipynb").write_text("{}")
    (tmp_path / "in" / "ann").symlink_to(tmp_path / "in" / "bo")
    (tmp_path / "in" / "bo" / "sub").symlink_to(tmp_path)
    assert [len(entry.files) for entry in submission.collect(tmp_path / "in")] == [0, 1]


@pytest.mark.parametrize("make", [lambda path: None, lambda path: path.mkdir(), lambda path: path.write_text("")])
def test_nothing_to_mark_is_a_mistake(make: Any, tmp_path: Path) -> None:
    make(tmp_path / "in")
    with pytest.raises(UserError, match="there is no"):
        submission.collect(tmp_path / "in")


# --- what is run


def test_ours_in_our_order_theirs_behind_the_cell_they_stand_behind(tiny: Assignment, paper: Paper) -> None:
    own = {"given 07.a": "a", "solution 07.1": "b", "check 07.1": "c", "hidden 07.1": "d", "answer 07.3": "e"}
    assert ran(paper.steps(parsed(handed_in.notebook(tiny, own=own)))) == [
        "give 07.a", "a", "cell 07.1", "b", "visible 07.1", "c", "d", "give 07.b", "cell 07.2", "visible 07.2", "e",
        "hidden 07.1", "hidden 07.2",
    ]  # fmt: skip


def test_moved_tasks_are_run_in_our_order_with_their_own_cells(tiny: Assignment, paper: Paper) -> None:
    book = handed_in.notebook(tiny, own={"solution 07.2": "helper"})
    cells = book["cells"]
    place = cells.index(handed_in.cell_of(book, "solution 07.1"))
    book["cells"] = cells[place + 3 :] + cells[: place + 3]
    steps = ran(paper.steps(parsed(book)))
    assert steps.index("cell 07.1") < steps.index("cell 07.2") < steps.index("helper") < steps.index("visible 07.2")


def test_own_cells_before_all_others_have_what_is_given(tiny: Assignment, paper: Paper) -> None:
    book = handed_in.notebook(tiny)
    book["cells"].insert(0, {"cell_type": "code", "source": "first", "metadata": {}})
    assert ran(paper.steps(parsed(book)))[:3] == ["give 07.a", "first", "cell 07.1"]


def test_a_check_without_its_cell_comes_when_all_else_has_run(tiny: Assignment, paper: Paper) -> None:
    book = handed_in.without(handed_in.notebook(tiny, own={"answer 07.3": handed_in.SCALED}), "solution 07.1")
    steps = ran(paper.steps(parsed(book)))
    assert steps.index(handed_in.SCALED) < steps.index("visible 07.1") < steps.index("hidden 07.1")
    assert "the cell for 07.1 is missing" in paper.notes(parsed(book))


def test_copies_of_a_cell_all_run_and_the_last_counts(tiny: Assignment, paper: Paper) -> None:
    book = handed_in.notebook(tiny, own={"check 07.1": "# ganlab: solution 07.1\nagain = 1"})
    steps = [step for step in paper.steps(parsed(book)) if step.name == "07.1"]
    assert [step.kind for step in steps] == ["cell", "cell", "visible", "hidden"]
    assert steps[1].code.endswith("again = 1") and steps[1].where == "cell 2 of 2 for 07.1"
    assert paper.notes(parsed(book)) == ["there are 2 cells for 07.1; the last one counts"]


def test_nothing_of_ours_is_taken_from_a_submission(tiny: Assignment, paper: Paper) -> None:
    book = handed_in.notebook(tiny)
    for words in ("given 07.a", "check 07.1", "hidden 07.1"):
        cell = handed_in.cell_of(book, words)
        cell["source"] = handed_in.text_of(cell).partition("\n")[0] + "\nchanged = 1"
    read = parsed(book)
    assert not any("changed" in step.code for step in paper.steps(read))
    assert paper.notes(read) == [
        "cells that are ours were changed, and ours were used: given 07.a, check 07.1, hidden 07.1"
    ]


def test_what_editors_change_by_themselves_is_no_change(tiny: Assignment, paper: Paper) -> None:
    book = handed_in.notebook(tiny)
    cell = handed_in.cell_of(book, "check 07.1")
    cell["source"] = handed_in.text_of(cell).replace("# @title", "#@title") + "  \n\n"
    assert paper.notes(parsed(book)) == []


def test_setup_imports_and_progress_are_ours_also_without_metadata(tiny: Assignment, paper: Paper) -> None:
    book = handed_in.notebook(tiny)
    for cell in book["cells"]:
        cell["metadata"] = {}
    assert not [step for step in paper.steps(parsed(book)) if step.kind == "cell" and not step.name]


def test_another_variant_is_said(tiny: Assignment, paper: Paper, tmp_path: Path) -> None:
    other = assign.load(str(tiny_source.write(tmp_path)), variant=1)
    assert paper.notes(parsed(handed_in.notebook(other))) == [
        "the notebook has the numbers of variant 1; it was marked with the published numbers"
    ]
    assert Paper(other).notes(parsed(handed_in.notebook(other))) == []


def test_no_judge_and_no_hidden_observe_is_among_the_steps_or_what_is_given(tiny: Assignment, paper: Paper) -> None:
    said = json.dumps([paper.given, [step.code for step in paper.steps(parsed(handed_in.notebook(tiny)))]])
    assert "judge" not in said and "-2.0" not in said
    observe, judge = paper.halves["07.1", "hidden"]
    assert "judge" not in observe and "-2.0" in observe and "says the hidden judge" in judge


def test_a_solutions_own_imports_are_there_for_its_check(tmp_path: Path) -> None:
    text = tiny_source.TEXT.replace('def scaled(x):\n    """Slope', 'import math\n\n\ndef scaled(x):\n    """Slope')
    paper = Paper(assign.load(str(tiny_source.write(tmp_path, text))))
    assert dict(paper.given)["07.1"] == "import math"
    assert {"math", "torch"} <= set(paper.modules)


@pytest.mark.parametrize(
    ("cells", "about", "belongs"),
    [
        (["# ganlab: solution 07.1\n"], None, True), (["# ganlab: solution 08.1\n"], None, False),
        (["# ganlab: solution 08.1\n"], "07-scale-and-shift", False), ([], "07-scale-and-shift", True),
        ([], "08-other", False), (["x = 1"], None, True),
        (["# ganlab: check 07.1\n", "# ganlab: check 08.1\n"], None, True),
    ],
)  # fmt: skip
def test_whose_assignment_a_notebook_is(cells: list[str], about: str | None, belongs: bool) -> None:
    book = {
        "cells": [{"cell_type": "code", "source": text} for text in cells],
        "metadata": {"ganlab": {"assignment": about}},
    }
    assert parsed(book).belongs_to("07-scale-and-shift", "07") is belongs
