"""Tables and pages made of strangers' words: complete, escaped, and without a formula or a hidden character."""

from __future__ import annotations

import csv
import html.parser
import json
import unicodedata
from dataclasses import replace
from itertools import pairwise

import pytest
import tiny_source
from hypothesis import given
from hypothesis import strategies as st

from ganlab import assign
from ganlab.assign import reports
from ganlab.assign.marks import Marks, Part, Problem, TaskMarks
from ganlab.assign.source import Assignment

EVIL = "</pre><script>alert('x')</script><img src=x onerror=alert(1)>\x1b[31m\u202e`<b>`"


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Assignment:
    return assign.load(str(tiny_source.write(tmp_path_factory.mktemp("bank"))))


@pytest.fixture(scope="module")
def marks(tiny: Assignment) -> Marks:
    one, two, three = tiny.tasks
    return Marks(
        "Ada",
        (
            TaskMarks(one, Part(True), Part(False, "tensor", "the line bends for `tensors`."), output="printed\n"),
            TaskMarks(two, Part(False, "blank", "Unwritten."), problems=(Problem("its cell", "NameError: x"),)),
            TaskMarks(three, answer="It *moves*."),
        ),
        notes=("the cell `check 07.1` was changed; ours was used",),
        problems=(Problem("code cell 4", "ZeroDivisionError: division by zero"),),
    )  # fmt: skip


class Page(html.parser.HTMLParser):
    """The tags and the text of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def evil(marks: Marks) -> Marks:
    tasks = tuple(
        replace(
            task, visible=Part(False, EVIL, EVIL), hidden=Part(False, EVIL, EVIL), output=EVIL, answer=EVIL,
            problems=(Problem(EVIL, EVIL),),
        )
        for task in marks.tasks
    )  # fmt: skip
    return Marks(EVIL, tasks, (EVIL,), (Problem(EVIL, EVIL),))


def test_points_are_those_of_the_halves_that_are_right(marks: Marks) -> None:
    assert [task.points for task in marks.tasks] == [1, 0, 0]
    assert (marks.points, marks.pending) == (1, 3)


# --- the table


def test_a_table_is_what_a_program_reads_back(marks: Marks, tiny: Assignment) -> None:
    other = replace(marks, student='Bo "the, second"\nline', notes=())
    rows = list(csv.DictReader(reports.marks_csv([marks, other], tiny).splitlines()))
    assert rows[0] == {
        "student": "Ada", "07.1": "1", "07.2": "0", "07.3": "", "total": "1", "out of": "9", "by hand": "3",
        "status": "the cell `check 07.1` was changed; ours was used",
    }  # fmt: skip
    assert rows[1]["student"] == 'Bo "the, second" line' and rows[1]["status"] == "ok"


@given(st.text(min_size=1))
def test_no_text_becomes_a_formula_a_row_or_a_control_character(text: str) -> None:
    field = reports.field(text)
    assert not field.startswith(("=", "+", "-", "@", "＝", " ", "\t"))
    assert not {unicodedata.category(letter) for letter in field} & {"Cc", "Cs", "Zl", "Zp"}
    assert not set(field) & set("\u202e\u2066")


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", " =1", "\t=1", "\r\n=1", "\x1b[0m=1", "＝1", "\x00=1"]
)
def test_a_formula_becomes_text(text: str) -> None:
    assert reports.field(text)[0] in ("'", "\N{REPLACEMENT CHARACTER}")


# --- the page of a student


def test_a_page_says_everything_once(marks: Marks, tiny: Assignment) -> None:
    page = Page(reports.feedback(marks, tiny))
    for words in (
        "1 of 9 points, and 3 points to be given by hand.", "1 of 3",
        "Check (1 point): right.", "Hidden tests (2 points): not right yet: the line bends for tensors.",
        "Check (2 points): Unwritten.", "NameError: x", "What your cell printed", "It *moves*.", "division by zero",
    ):  # fmt: skip
        assert page.text.count(words) == 1, words


def test_a_page_holds_no_solution_hint_hidden_test_or_rubric(marks: Marks, tiny: Assignment) -> None:
    page = reports.feedback(marks, tiny)
    for task in tiny.tasks:
        for text in (task.solution, task.hidden, task.explanation, task.answer, task.rubric):
            assert not text or text.splitlines()[-1] not in page


def test_a_page_is_for_everybody(marks: Marks, tiny: Assignment) -> None:
    tags = Page(reports.feedback(marks, tiny)).tags
    names = [tag for tag, _ in tags]
    assert ("html", {"lang": "en"}) in tags and names.count("h1") == names.count("main") == names.count("title") == 1
    levels = [int(name[1]) for name in names if name in ("h1", "h2", "h3", "h4")]
    assert levels[0] == 1 and all(after - before <= 1 for before, after in pairwise(levels))
    assert all("scope" in attributes for tag, attributes in tags if tag == "th")


@pytest.mark.parametrize("make", [reports.feedback, lambda marks, tiny: reports.by_hand([marks], tiny)])
def test_a_page_runs_nothing_and_loads_nothing(make: object, marks: Marks, tiny: Assignment) -> None:
    text = make(evil(marks), tiny)  # type: ignore[operator]
    page = Page(text)
    allowed = {"html", "head", "meta", "title", "style", "body", "main", "h1", "h2", "h3", "h4", "p", "ul", "li",
               "table", "thead", "tbody", "tr", "th", "td", "strong", "pre", "code", "details", "summary"}  # fmt: skip
    assert {tag for tag, _ in page.tags} <= allowed
    assert not [
        value
        for _, attributes in page.tags
        for value in attributes
        if value.startswith("on") or value in ("src", "href")
    ]
    assert "default-src 'none'" in text and "\x1b" not in text and "\u202e" not in text and "alert" in page.text


def test_a_page_to_read_has_every_answer_beside_its_rubric(marks: Marks, tiny: Assignment) -> None:
    silent = replace(marks, student="Bo", tasks=(*marks.tasks[:2], TaskMarks(tiny.tasks[2])))
    page = reports.by_hand([marks, silent], tiny)
    assert page is not None
    text = Page(page).text
    assert (
        text.index("both are named")
        < text.index("Ada")
        < text.index("It *moves*.")
        < text.index("Bo")
        < text.index("No answer")
    )
    assert reports.by_hand([marks], replace(tiny, tasks=tiny.tasks[:2])) is None


# --- Gradescope


def test_gradescope_gets_its_format(marks: Marks, tiny: Assignment) -> None:
    results = reports.gradescope(marks, tiny)
    assert results == json.loads(json.dumps(results))
    assert results["score"] == 1 == sum(test["score"] for test in results["tests"])
    assert sum(test["max_score"] for test in results["tests"]) == 6  # what is read by hand is not Gradescope's to give
    assert [(test["number"], test["status"], test["visibility"]) for test in results["tests"]] == [
        ("07.1", "passed", "visible"), ("07.1.h", "failed", "after_published"),
        ("07.2", "failed", "visible"), ("07.2.h", "failed", "after_published"),
    ]  # fmt: skip
    assert all(
        {"name", "output", "max_score"} <= set(test) and test["output_format"] == "text" for test in results["tests"]
    )


def test_errors_are_with_the_visible_test(marks: Marks, tiny: Assignment) -> None:
    tests = reports.gradescope(marks, tiny)["tests"]
    assert "NameError: x" in tests[2]["output"] and "NameError" not in tests[3]["output"]


# --- names and texts


@given(st.lists(st.text(), unique=True))
def test_every_name_of_a_file_is_plain_and_nobody_elses(students: list[str]) -> None:
    names = reports.file_names(students)
    assert list(names) == students and len({name.casefold() for name in names.values()}) == len(students)
    for name in names.values():
        assert name == name.strip(". ") and name.isprintable() and 0 < len(name.encode()) < 255
        assert not set(name) & set('/\\:*?"<>|\x00\n=+')
        assert name.partition(".")[0].lower() not in ("con", "nul", "com1")


def test_names_stay_what_they_are_where_that_does_no_harm() -> None:
    assert len(reports.file_names(["\N{CUNEIFORM SIGN A}" * 300])["\N{CUNEIFORM SIGN A}" * 300].encode()) < 250
    students = ["ann", "Åsa Öberg", "ANN", "../../etc", "con.txt", "=x", ""]
    assert list(reports.file_names(students).values()) == [
        "ann",
        "Åsa_Öberg",
        "ANN-2",
        "etc",
        "_con.txt",
        "x",
        "student",
    ]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("10%\r50%\r100%\ndone\r\n", "100%\ndone\n"),
        ("\x1b[1;31mred\x1b[0m \x1b]0;title\x07x", "red x"),
        ("\ud800", "\N{REPLACEMENT CHARACTER}"),
        ("a\u202eb", "a\N{REPLACEMENT CHARACTER}b"),
        ("é 漢 👩‍🔬", "é 漢 👩‍🔬"),
        ("a\tb", "a\tb"),
        ("\r", ""),
    ],
)
def test_text_is_shown_as_it_would_have_looked(text: str, shown: str) -> None:
    assert reports.clean(text) == shown


def test_cleaning_takes_no_more_than_a_moment() -> None:
    for piece in ("\r", "\x1b[", "\x1b]", "\x1b[0", "x"):
        reports.clean(piece * 40_000)
