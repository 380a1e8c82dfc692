"""Marking a folder: right, blank, half right, careless and hostile work, all in one batch with one another."""

from __future__ import annotations

import csv
import json
import os
import signal
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import handed_in
import hostile_work
import pytest
import tiny_source
from handed_in import RIGHT, SCALED, SHIFTED
from hostile_work import ALONE, HIDDEN, NAMES, NO_NOTEBOOKS, NOTHING_RIGHT, SECRET, WORK, Work

from ganlab import assign
from ganlab.__main__ import main
from ganlab.assign import marking, submission
from ganlab.assign.channel import Answer
from ganlab.assign.grade import Graded, choose, grade
from ganlab.assign.marking import Marking
from ganlab.assign.marks import Marks, Part
from ganlab.assign.paper import Paper
from ganlab.assign.sandbox import EndedError, Limits, Sandbox, Sandboxes
from ganlab.assign.source import Assignment
from ganlab.assign.submission import HandedIn
from ganlab.errors import UserError

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="namespaces are Linux's")
FULL = 6
LIMITS = Limits(seconds=12, megabytes=800, room=16, processes=12)  # a cell or check: 2 seconds


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Assignment:
    private = tmp_path_factory.mktemp("own")
    (private / tiny_source.NAME).write_text(HIDDEN, encoding="utf-8")
    return assign.load(str(tiny_source.write(tmp_path_factory.mktemp("bank"))), private=private)


class Borrowed(Sandboxes):
    """Sandboxes that were made before and go on afterwards: the slow part of a run is to make the first."""

    def __init__(self, made: Sandboxes, limits: Limits) -> None:
        self.limits, self.walls, self._made = limits, made.walls, made

    def open(self, seconds: float | None = None) -> Sandbox:
        return self._made.open(seconds)

    def close(self) -> None:
        pass


@pytest.fixture(scope="module")
def made() -> Iterator[Sandboxes]:
    with Sandboxes(LIMITS) as sandboxes:
        yield sandboxes


@pytest.fixture
def borrowed(made: Sandboxes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ganlab.assign.grade.Sandboxes", lambda limits, **_: Borrowed(made, limits))


def by_name(graded: Graded) -> dict[str, Marks]:
    return {marks.student: marks for marks in graded.marks}


# --- honest work


HONEST: dict[str, tuple[dict[str, str], dict[str, str], int]] = {
    # name: answers, own cells, points
    "right": (RIGHT, {}, 6),
    "blank": ({}, {}, 0),
    "second only": (ALONE, {}, 2),
    "wrong second": (RIGHT | {"07.2": "def shifted(x):\n    return scaled(x)"}, {}, 3),
    "passes the check alone": ({"07.1": "def scaled(x):\n    return 3.0"}, {}, 1),
    "syntax error": (RIGHT | {"07.1": "def scaled(x)\n    return 3 * x"}, {}, 0),
    "another name": (ALONE | {"07.1": "def scale(x):\n    return 3 * x"}, {}, 2),
    "in the next cell": ({"07.1": "# see below", "07.2": SHIFTED}, {"solution 07.1": SCALED}, 6),
    "helper behind": (RIGHT | {"07.1": "def scaled(x):\n    return slope * x"}, {"solution 07.1": "slope = 3"}, 6),
    "helper renamed later": (
        {"07.1": "def helper(x): return 3 * x\ndef scaled(x):\n    return helper(x)",
         "07.2": "def helper(x): return x - 4\ndef shifted(x):\n    return helper(3 * x)"}, {}, 1 + 2 + 2),
    "magics": (RIGHT, {"given 07.a": "%pip install nothing\n!echo hello\n%matplotlib inline\n%%time\n1"}, 6),
    "top-level await": (RIGHT, {"given 07.a": "import asyncio\nawait asyncio.sleep(0)"}, 6),
    "errors in own cells": (
        RIGHT, {"given 07.a": "1 / 0", "check 07.1": "undefined", "check 07.2": "from google.colab import drive"}, 6),
    "rebinds torch": (RIGHT, {"given 07.a": "torch = near = reject = ORIGIN = 3"}, 6),
    "copied": (RIGHT | {"07.1": "def scaled(x): return x"}, {"solution 07.1": f"# ganlab: solution 07.1\n{SCALED}"}, 6),
    "quits": (RIGHT, {"given 07.a": "exit()", "check 07.1": "import sys; sys.exit(1)", "check 07.2": "quit"}, 6),
    "asks": (RIGHT, {"given 07.a": "name = input('your name? ')"}, 6),
    "slow thoughts": (RIGHT, {"given 07.a": "import time; time.sleep(99)"}, 6),
    "loops": (ALONE | {"07.1": "def scaled(x):\n    while True: pass"}, {}, 2),
    "noisy": (RIGHT | {"07.1": "def scaled(x):\n    print('x', x)\n    return 3 * x"}, {}, 6),
}  # fmt: skip


@pytest.fixture(scope="module")
def honest(tiny: Assignment, tmp_path_factory: pytest.TempPathFactory) -> Graded:
    folder = tmp_path_factory.mktemp("handed in")
    for name, (answers, own, _) in HONEST.items():
        handed_in.hand_in(folder, name, handed_in.notebook(tiny, answers, own))
    return grade(tiny, folder, tmp_path_factory.mktemp("out") / "marks", limits=LIMITS)


@pytest.mark.parametrize("name", HONEST)
def test_honest_work_gets_what_it_is_worth(honest: Graded, name: str) -> None:
    marks = by_name(honest)[name]
    assert marks.points == HONEST[name][2], marks


def test_what_is_wrong_is_said_in_the_words_of_the_check(honest: Graded) -> None:
    marks = by_name(honest)
    wrong = marks["wrong second"].tasks[1]
    assert wrong.visible == Part(False, "shift", "at 0 the line is not where it should be.")
    assert wrong.hidden == Part(False, "distance", "the two lines are not parallel, says the other hidden judge.")
    assert marks["blank"].tasks[0].visible.key == marks["blank"].tasks[0].hidden.key == "blank"
    assert marks["another name"].tasks[0].visible.message == "there is no `scaled` yet."
    assert "line 2" in marks["syntax error"].tasks[0].problems[0].error  # the first is the mark
    assert marks["loops"].tasks[0].visible.key == "stopped" and "2 seconds" in marks["loops"].tasks[0].visible.message
    assert marks["noisy"].tasks[0].output == "x 1.0\n"
    own = [problem.error.partition("\n")[0] for problem in marks["errors in own cells"].problems]
    assert own == ["ZeroDivisionError: division by zero", "NameError: name 'undefined' is not defined",
                   "ModuleNotFoundError: No module named 'google'"]  # fmt: skip


def test_what_is_unusual_is_noted(honest: Graded) -> None:
    notes = {marks.student: marks.notes for marks in honest.marks if marks.notes}
    assert notes == {"copied": ("there are 2 cells for 07.1; the last one counts",)}


def test_the_table_has_a_row_for_everybody(honest: Graded) -> None:
    rows = list(csv.DictReader((honest.out / "marks.csv").open(newline="", encoding="utf-8")))
    assert [row["student"] for row in rows] == sorted(HONEST)
    (row,) = (row for row in rows if row["student"] == "wrong second")
    assert row == {
        "student": "wrong second", "07.1": "3", "07.2": "0", "07.3": "", "total": "3", "out of": "9", "by hand": "3",
        "status": "ok",
    }  # fmt: skip


def test_everybody_has_a_page_and_a_file_for_gradescope(honest: Graded) -> None:
    for marks in honest.marks:
        name = marks.student.replace(" ", "_")
        assert marks.student in (honest.out / "feedback" / f"{name}.html").read_text()
        results = json.loads((honest.out / "gradescope" / name / "results.json").read_text())
        assert results["score"] == marks.points == sum(test["score"] for test in results["tests"])


def test_the_summary_counts(honest: Graded) -> None:
    text = honest.text()
    total = sum(points for _, _, points in HONEST.values())
    assert f"{len(HONEST)} marked" in text and f"mean {total / len(HONEST):.1f} of 6 points, 3 by hand" in text
    assert "most often not all right: 07.2 (" in text and "WITHOUT" not in text


@pytest.mark.usefixtures("borrowed")
def test_other_states_of_a_notebook(tiny: Assignment, tmp_path: Path) -> None:
    variant = assign.load(str(tiny_source.write(tmp_path)), variant=1)
    made = {
        "other variant": handed_in.notebook(variant), "no cells": handed_in.without(
            handed_in.notebook(tiny), "solution 07.1", "check 07.1", "hidden 07.1", "solution 07.2", "answer 07.3"
        ),
        "bare": {"cells": [{"cell_type": "code", "source": f"{SCALED}\n{SHIFTED}"}]},
        "colab": handed_in.notebook(tiny), "edited": handed_in.notebook(tiny),
    }  # fmt: skip
    for cell in made["colab"]["cells"]:
        cell["metadata"] = {}
    for words in ("check 07.1", "given 07.b", "hidden 07.2"):
        handed_in.cell_of(made["edited"], words)["source"] = f"# ganlab: {words}\nORIGIN = check = None"
    handed_in.cell_of(made["edited"], "answer 07.3")["source"] += "\nMy own words."
    folder = tmp_path / "in"
    for name, book in made.items():
        handed_in.hand_in(folder, name, book)
    marks = by_name(grade(tiny, folder, tmp_path / "out", limits=LIMITS))
    assert {name: entry.points for name, entry in marks.items()} == {
        "bare": 6, "colab": 6, "edited": 6, "no cells": 0, "other variant": FULL,
    }  # fmt: skip
    assert marks["other variant"].notes[0].endswith("marked with the published numbers")
    assert marks["no cells"].notes == tuple(f"the cell for {task} is missing" for task in ("07.1", "07.2", "07.3"))
    assert len(marks["edited"].notes) == 1 and marks["colab"].notes == ()
    assert "My own words." in marks["edited"].tasks[2].answer and marks["colab"].tasks[2].answer == ""
    page = (tmp_path / "out" / "by-hand.html").read_text()
    assert "My own words." in page and "both are named" in page and page.count("No answer was found.") == 4


@pytest.mark.usefixtures("borrowed")
def test_a_copied_answer_of_another_variant_fails(tiny: Assignment, tmp_path: Path) -> None:
    other = assign.load(str(tiny_source.write(tmp_path)), variant=2)
    assert other.tasks[0].solution != tiny.tasks[0].solution
    handed_in.hand_in(tmp_path / "in", "copied", handed_in.notebook(other))
    handed_in.hand_in(tmp_path / "in", "own", handed_in.notebook(other, {t.id: t.solution for t in other.tasks[:2]}))
    marks = by_name(grade(other, tmp_path / "in", tmp_path / "out", limits=LIMITS))
    assert marks["copied"].points < FULL and marks["own"].points == FULL


GIVEN = """\
class Line:
    def at(self, x):
        return scaled(x)


"""


@pytest.mark.usefixtures("borrowed")
def test_what_is_given_is_one_thing_for_the_student_and_the_check(tmp_path: Path) -> None:
    """A class that is given is the same class in the answer and in the check, and may call what the student writes."""
    text = tiny_source.TEXT.replace("import torch\n", f"import torch\n\n\n{GIVEN}", 1)
    text = text.replace("    return scaled(1.0)", "    return scaled(Line()) and Line().at(1.0)")
    loaded = assign.load(str(tiny_source.write(tmp_path, text)))
    strict = "def scaled(x):\n    return isinstance(x, Line) if type(x).__name__ == 'Line' else 3 * x"
    handed_in.hand_in(tmp_path / "in", "ann", handed_in.notebook(loaded, RIGHT | {"07.1": strict}))
    (marks,) = grade(loaded, tmp_path / "in", tmp_path / "out", limits=LIMITS).marks
    assert marks.points == FULL, marks


# --- choosing a notebook


def test_the_newest_notebook_of_this_assignment_is_marked(tiny: Assignment, tmp_path: Path) -> None:
    book = handed_in.notebook(tiny)
    other = json.loads(json.dumps(book).replace("07.", "08.").replace("07-scale", "08-other").replace("-07-", "-08-"))
    files = []
    for age, (name, content) in enumerate({"z": other, "b": b"{", "c": book, "a": book}.items()):
        files.append(handed_in.hand_in(tmp_path, "ann", content, f"{name}.ipynb"))
        os.utime(files[-1], (1e9 - age, 1e9 - age))
    notebook, notes = choose(HandedIn("ann", tuple(files)), tiny)
    assert notebook is not None and notes == (
        "b.ipynb: the file is not a notebook (it is not JSON)", "a.ipynb was left out: c.ipynb is newer",
        "1 notebook of another assignment left out",
    )  # fmt: skip


def test_nothing_to_choose_from_is_said(tiny: Assignment, tmp_path: Path) -> None:
    assert choose(HandedIn("ann", ()), tiny) == (None, ("no notebook was handed in",))
    path = handed_in.hand_in(tmp_path, "ann", {"cells": [{"cell_type": "code", "source": "# ganlab: check 08.1\n"}]})
    assert choose(HandedIn("ann", (path,)), tiny) == (None, ("1 notebook of another assignment left out",))


# --- hostile work


NO_TEXT = os.fsdecode(b"caf\xe9")  # what a Windows of 1995 packed


class Canaries:
    """Things that must not change or hear anything while hostile work is marked."""

    def __init__(self, folder: Path) -> None:
        name = f"canary-{os.getpid()}"
        self.files = [folder / name, Path.home() / f".{name}", Path(tempfile.gettempdir(), name)]
        for file in self.files:
            file.write_text("sings")
        self.server = socket.create_server(("127.0.0.1", 0))
        self.server.settimeout(0)

    def check(self) -> None:
        with pytest.raises(BlockingIOError):
            self.server.accept()
        assert [file.read_text() for file in self.files] == ["sings"] * 3

    def close(self) -> None:
        self.server.close()
        for file in self.files:
            file.unlink(missing_ok=True)


@pytest.fixture(scope="module")
def hostile(tiny: Assignment, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Graded]:
    folder = tmp_path_factory.mktemp("handed in")
    canaries = Canaries(folder)
    escape = hostile_work.escape([str(file) for file in canaries.files], canaries.server.getsockname()[1])
    for name, work in {**WORK, "escapes": escape, "good": Work()}.items():
        handed_in.hand_in(folder, name, handed_in.notebook(tiny, work.answers, work.own))
    for name in NAMES:
        handed_in.hand_in(folder, name, handed_in.notebook(tiny))
    for name, content in NO_NOTEBOOKS.items():
        handed_in.hand_in(folder, name, content)
    (folder / "link").mkdir()
    (folder / "link" / "07.ipynb").symlink_to(folder / "good" / tiny_source.NAME.replace(".py", ".ipynb"))
    os.mkfifo(folder / "pipe.ipynb")
    handed_in.hand_in(folder, NO_TEXT, handed_in.notebook(tiny))
    before = {path: path.lstat().st_mtime_ns for path in sorted(folder.rglob("*"))}
    try:
        yield grade(tiny, folder, tmp_path_factory.mktemp("out"), limits=LIMITS, jobs=4)  # some only wait
        canaries.check()
        assert {path: path.lstat().st_mtime_ns for path in sorted(folder.rglob("*"))} == before
    finally:
        canaries.close()


def test_the_good_one_among_them_keeps_its_marks(hostile: Graded) -> None:
    good = by_name(hostile)["good"]
    assert good.points == FULL and good.notes == () and good.problems == ()


@pytest.mark.parametrize("name", WORK)
def test_hostile_work_keeps_its_honest_part_and_gets_no_more(hostile: Graded, name: str) -> None:
    work, marks = WORK[name], by_name(hostile)[name]
    right = {
        f"{task.task.id} {part}" for task in marks.tasks for part in ("visible", "hidden") if getattr(task, part).right
    }
    assert set(work.keeps) <= right, marks
    assert work.says in "; ".join(marks.notes), marks.notes
    if work.answers is NOTHING_RIGHT:
        assert not right, marks


@pytest.mark.parametrize("name", NO_NOTEBOOKS)
def test_what_is_no_notebook_gets_a_row_that_says_so(hostile: Graded, name: str) -> None:
    marks = by_name(hostile)[name]
    assert marks.points == 0 and marks.notes


def test_links_and_pipes_are_not_read(hostile: Graded) -> None:
    marks = by_name(hostile)
    assert "links are not followed" in marks["link"].notes[0] and "not a plain file" in marks["pipe"].notes[0]


def test_nothing_outside_was_seen_or_touched(hostile: Graded) -> None:
    marks = by_name(hostile)["escapes"]
    said = "".join(task.output for task in marks.tasks)
    assert marks.points == FULL and "FOUND" not in said and "WAS READ" not in said


def test_no_file_that_a_student_sees_holds_a_hidden_test(hostile: Graded) -> None:
    pages = [path for path in hostile.out.rglob("*") if path.is_file()]
    assert by_name(hostile)["raises hidden tests"].tasks[0].hidden.key == "raised"  # so it did see one
    assert by_name(hostile)["returns hidden tests"].tasks[0].hidden.key == "own"  # so its judge would have quoted one
    assert not [path for path in pages if SECRET in path.read_text()]


def test_names_become_harmless(hostile: Graded) -> None:
    files = [path.relative_to(hostile.out) for path in hostile.out.rglob("*") if path.is_file()]
    assert all(
        len(path.parts) <= 3 and path.name.isprintable() and not set(path.name) & set("<>|'=\n") for path in files
    )
    table = (hostile.out / "marks.csv").read_text(encoding="utf-8")
    rows = list(csv.reader(table.splitlines()))
    assert len(rows) == len(hostile.marks) + 1 and not any(
        cell[:1] in ("=", "+", "-", "@") for row in rows for cell in row
    )
    pages = "".join(path.read_text() for path in hostile.out.rglob("*.html"))
    assert "<script" not in pages and "\u202e" not in pages + table and "\x1b" not in pages + table
    assert all(by_name(hostile)[name].points == FULL for name in (*NAMES, NO_TEXT))


@pytest.mark.usefixtures("borrowed")
def test_the_same_work_gets_the_same_table_however_it_is_run(tiny: Assignment, tmp_path: Path) -> None:
    for name in ("right", "blank", "wrong second", "errors in own cells", "copied"):
        handed_in.hand_in(tmp_path / "in", name, handed_in.notebook(tiny, *HONEST[name][:2]))
    for name in ("exits when called", "forks without end", "eats memory"):
        handed_in.hand_in(tmp_path / "in", name, handed_in.notebook(tiny, WORK[name].answers, WORK[name].own))
    for jobs in (1, 3):
        grade(tiny, tmp_path / "in", tmp_path / str(jobs), limits=LIMITS, jobs=jobs)
    for path in (tmp_path / "1").rglob("*"):
        if path.is_file():
            assert path.read_bytes() == (tmp_path / "3" / path.relative_to(tmp_path / "1")).read_bytes(), path


@pytest.mark.parametrize(
    ("message", "own"),
    [
        ("the line went to [3.0, -1e-05].", True), ("the line went to nan, inf", True), ("", True),
        ("the line went to ['let me quote your test'].", False), ("the line went to 12e5x.", False),
        ("the line went to [ValueError, None, tensor(3)].", True), ("the line went to sécret", False),
    ],
)  # fmt: skip
def test_a_hidden_judge_quotes_numbers_and_no_words(message: str, own: bool) -> None:
    assert marking._says_only(message, 'reject("own", f"the line went to {seen}.")') is own


class _Late:
    """Sandboxes in which what a cell left running breaks a limit when the first check is looked at."""

    limits = LIMITS

    def __init__(self) -> None:
        self.cells: list[str] = []

    def open(self, seconds: float | None = None) -> _Late:
        self.bomb, self.left = False, 0
        return self

    def ask(self, question: dict[str, Any], seconds: float) -> Answer:
        if question["ask"] == "cell":
            self.cells.append(question["code"])
            self.bomb |= question["code"] == "bomb"
        if question["ask"] == "look" and self.bomb:
            raise EndedError("started more than 12 processes", "processes")
        self.left = 2 * self.left + 1 if self.bomb else 0
        return Answer("blank" if question["ask"] == "look" else "done", "", self.left)

    def __enter__(self) -> _Late:
        return self

    def __exit__(self, *_: object) -> None:
        pass


def test_who_leaves_processes_is_to_blame_when_there_are_too_many(tiny: Assignment) -> None:
    book = submission.parse(handed_in.notebook(tiny, own={"given 07.a": "bomb"}))
    late: Any = _Late()
    work = Marking(Paper(tiny), book, late, late, threading.Event())
    work.run()
    assert work.marks("ann").notes == ("code cell 4 started more than 12 processes",)
    assert [submission.unmarked(code) for code in late.cells] == ["bomb", SCALED, SCALED, SHIFTED]


# --- the run as a whole


@pytest.mark.usefixtures("borrowed")
def test_a_judge_in_an_endless_loop_costs_one_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ganlab.assign.marking._JUDGING", 0.5)
    text = tiny_source.TEXT.replace(
        "    if not near(seen, SHIFT):", "    while seen == -9: pass\n    if not near(seen, SHIFT):"
    )
    loaded = assign.load(str(tiny_source.write(tmp_path, text)))
    loop = handed_in.notebook(loaded, RIGHT | {"07.2": "def shifted(x):\n    return -9"})
    handed_in.hand_in(tmp_path / "in", "loop", loop)
    handed_in.hand_in(tmp_path / "in", "right", handed_in.notebook(loaded))
    marks = by_name(grade(loaded, tmp_path / "in", tmp_path / "out", limits=LIMITS, jobs=1))
    assert marks["loop"].tasks[1].visible.key == "malformed"
    assert (marks["loop"].points, marks["right"].points) == (3, FULL)


@pytest.mark.usefixtures("borrowed")
def test_time_that_runs_out_costs_nobody_else(tiny: Assignment, tmp_path: Path) -> None:
    deaf = "import signal, time\nsignal.signal(signal.SIGALRM, signal.SIG_IGN)\ntime.sleep(99)"
    own = dict.fromkeys(("given 07.a", "solution 07.1", "check 07.1", "solution 07.2", "check 07.2"), deaf)
    handed_in.hand_in(tmp_path / "in", "late", handed_in.notebook(tiny, own=own))
    handed_in.hand_in(tmp_path / "in", "right", handed_in.notebook(tiny))
    marks = by_name(grade(tiny, tmp_path / "in", tmp_path / "out", limits=replace(LIMITS, seconds=3), jobs=1))
    assert marks["late"].notes[-1] == "the time limit of 3 seconds ended it"
    assert marks["late"].tasks[1].visible.key == "not run" and marks["right"].points == FULL


@pytest.mark.usefixtures("borrowed")
def test_given_cells_that_do_not_run_are_the_instructors_mistake(tmp_path: Path) -> None:
    text = tiny_source.TEXT.replace(
        "ORIGIN = 0.0", "import os\nORIGIN = float(not os.path.exists('/sys')) / os.path.exists('/sys')"
    )
    loaded = assign.load(str(tiny_source.write(tmp_path, text)))
    handed_in.hand_in(tmp_path / "in", "ann", handed_in.notebook(loaded))
    with pytest.raises(UserError, match=r"given cells of 07-scale-and-shift do not run.*ZeroDivisionError"):
        grade(loaded, tmp_path / "in", tmp_path / "out", limits=LIMITS)


def test_interrupted_it_keeps_what_is_done_and_leaves_nothing_half_written(
    tiny: Assignment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    for number in range(3):
        handed_in.hand_in(tmp_path / "in", f"quick {number}", handed_in.notebook(tiny))
        handed_in.hand_in(
            tmp_path / "in",
            f"slow {number}",
            handed_in.notebook(tiny, own={"given 07.a": "import time; time.sleep(1)"}),
        )

    def interrupt() -> None:
        while not list((tmp_path / "out").rglob("quick_*.html")):
            time.sleep(0.05)
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=interrupt, daemon=True).start()
    with pytest.raises(KeyboardInterrupt):
        grade(tiny, tmp_path / "in", tmp_path / "out", limits=LIMITS, jobs=1)
    rows = list(csv.DictReader((tmp_path / "out" / "marks.csv").open(newline="")))
    assert 1 <= len(rows) < 6 and all(row["total"] == "6" for row in rows)
    assert not list((tmp_path / "out").rglob("*.tmp"))
    assert not list(temporary.iterdir())


def test_from_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bank, folder = tmp_path / "a bank", tmp_path / "handed in"
    bank.mkdir()
    tiny_source.write(bank)
    handed_in.hand_in(folder, "ann", handed_in.notebook(assign.load("07", bank=bank)))
    command = ["assign", "grade", "07", str(folder), "--bank", str(bank), "--out", str(tmp_path / "the marks")]
    assert main([*command, "--jobs", "1", "--seconds", "8", "--memory", "300"]) == 0
    assert "1 marked" in capsys.readouterr().out
    assert "ann,3,3,,6,9,3,ok" in (tmp_path / "the marks" / "marks.csv").read_text()
    assert main([*command[:3], str(bank), *command[4:]]) == 2
    assert capsys.readouterr().err.startswith("ganlab: there is no notebook in")
    assert main([*command[:-1], str(folder)]) == 2
    assert "choose another folder with --out" in capsys.readouterr().err
