"""nbgrader itself, from the instructor edition to the table of marks: release, autograde, feedback, export.

It is an optional extra: pip install -r tests/assign/nbgrader.txt -c requirements.txt
"""

from __future__ import annotations

import csv
import importlib.util
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pytest

from ganlab import assign
from ganlab.assign import editions, rules
from ganlab.assign.grade import grade
from ganlab.assign.source import BANK, Assignment, Task

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / BANK / "00-start-here.py"
SET = "exercises"

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("nbgrader") is None,
    reason="nbgrader is not installed: pip install -r tests/assign/nbgrader.txt -c requirements.txt",
)


@dataclass(frozen=True)
class Course:
    """A folder that nbgrader has worked in, and the assignment whose editions went through it."""

    folder: Path
    assignment: Assignment

    @property
    def name(self) -> str:
        return f"{self.assignment.name}.ipynb"

    @property
    def tasks(self) -> list[Task]:
        """The tasks that code marks."""
        return [task for task in self.assignment.tasks if not task.written]

    def answers(self, student: str) -> dict[str, str]:
        """What a student has written, by task."""
        right = {task.id: task.solution for task in self.tasks}
        wrong = {task.id: task.wrong[-1].code for task in self.tasks}
        return {"ada": right, "emmy": {}, "sofia": wrong | dict(list(right.items())[:2])}[student]

    def right(self, student: str, task: Task) -> bool:
        return self.answers(student).get(task.id) == task.solution


STUDENTS = ("ada", "emmy", "sofia")  # all right, all blank, two tasks right and the others wrong


def nbgrader(folder: Path, *arguments: str) -> None:
    """Run a command of nbgrader. It looks for `alembic` on the PATH."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = os.environ | {"PATH": path, "OMP_NUM_THREADS": "1", "GANLAB_PROGRESS": "off"}
    # Jupyter and IPython leave their folders here and not in the home of whoever runs the tests.
    environment |= {"JUPYTER_CONFIG_DIR": str(folder / ".jupyter"), "IPYTHONDIR": str(folder / ".ipython")}
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", *arguments], cwd=folder, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


def handed_in(course: Course, student: str) -> nbformat.NotebookNode:
    """A student's notebook: the student edition with answers in it. Sofia's functions also write to stderr."""
    notebook = nbformat.reads(editions.text(editions.student(course.assignment)), as_version=4)
    cells = {cell.id: cell for cell in notebook.cells}
    for task, answer in course.answers(student).items():
        cell = cells[f"solution-{task.replace('.', '-')}"]
        cell.source = cell.source.partition("\n")[0] + "\n" + answer
        if student == "sofia":
            cell.source += "".join(map(_talking, sorted(rules.defined(answer))))
    return notebook


def _talking(function: str) -> str:
    """Code that makes a function write to stderr, as warnings and progress bars do, and return what it did before."""
    return f"""


import sys


def talking(function):
    def talk(*args, **kwargs):
        print("working on it", file=sys.stderr)
        return function(*args, **kwargs)

    return talk


{function} = talking({function})
"""


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Course:
    course = Course(tmp_path_factory.mktemp("course"), assign.load(str(SOURCE)))
    folder = course.folder
    (folder / "nbgrader_config.py").write_text('get_config().CourseDirectory.course_id = "gans"\n')
    (folder / "source" / SET).mkdir(parents=True)
    edition = editions.build(course.assignment, folder / "editions")[2]
    (folder / "source" / SET / course.name).write_bytes(edition.read_bytes())
    nbgrader(folder, "generate_assignment", SET, "--create")
    for student in STUDENTS:
        (folder / "submitted" / student / SET).mkdir(parents=True)
        nbformat.write(handed_in(course, student), folder / "submitted" / student / SET / course.name)
    nbgrader(folder, "autograde", SET, "--create")
    nbgrader(folder, "generate_feedback", SET)
    nbgrader(folder, "export")
    return course


def test_what_nbgrader_releases_is_our_student_edition(course: Course) -> None:
    ours = editions.student(course.assignment)
    theirs = nbformat.read(course.folder / "release" / SET / course.name, as_version=4)
    assert [cell.source for cell in theirs.cells] == [cell.source for cell in ours.cells]
    assert [(cell.id, cell.cell_type) for cell in theirs.cells] == [(cell.id, cell.cell_type) for cell in ours.cells]
    assert theirs.metadata == ours.metadata
    for cell in theirs.cells:
        if "nbgrader" in cell.metadata:
            cell.metadata.nbgrader.pop("checksum")
    assert [cell.metadata for cell in theirs.cells] == [cell.metadata for cell in ours.cells]


def marks(course: Course) -> dict[str, dict[str, float | None]]:
    """The points of every graded cell of every student, as nbgrader's gradebook has them; None waits for a person."""
    from nbgrader.api import Gradebook

    found: dict[str, dict[str, float | None]] = {}
    with Gradebook(f"sqlite:///{course.folder / 'gradebook.db'}") as book:
        for student in STUDENTS:
            grades = book.find_submission_notebook(course.assignment.name, SET, student).grades
            found[student] = {grade.name: None if grade.needs_manual_grade else grade.score for grade in grades}
    return found


def test_each_task_gives_the_points_that_it_says(course: Course) -> None:
    for student, points in marks(course).items():
        for task in course.assignment.tasks:
            name, right = task.id.replace(".", "-"), course.right(student, task)
            if task.written:
                assert points[f"answer-{name}"] == 0.0  # nothing was written: nbgrader gives 0 without asking
            elif task.id in course.answers(student) and not right:
                assert points[f"check-{name}"] + points[f"hidden-{name}"] < task.total, (student, task.id)
            else:
                wanted = (task.points * right, task.hidden_points * right)
                assert (points[f"check-{name}"], points[f"hidden-{name}"]) == wanted, (student, task.id)


def test_ganlab_gives_the_same_marks_for_the_same_work(course: Course, tmp_path: Path) -> None:
    """Two graders that share nothing but the observations and the judges."""
    theirs = marks(course)
    graded = grade(course.assignment, course.folder / "submitted", tmp_path / "marks", unsafe=True)
    assert [each.student for each in graded.marks] == list(STUDENTS)
    for each in graded.marks:
        for row in each.tasks:
            if not row.task.written:
                name = row.task.id.replace(".", "-")
                ours = (row.task.points * row.visible.right, row.task.hidden_points * row.hidden.right)
                assert ours == (theirs[each.student][f"check-{name}"], theirs[each.student][f"hidden-{name}"])
                assert sum(ours) == row.points


def test_the_exported_table_has_the_sums(course: Course) -> None:
    with (course.folder / "grades.csv").open(encoding="utf-8") as file:
        rows = {row["student_id"]: row for row in csv.DictReader(file)}
    for student in STUDENTS:
        assert float(rows[student]["score"]) == sum(filter(None, marks(course)[student].values()))
        assert float(rows[student]["max_score"]) == course.assignment.points


def test_feedback_says_what_a_check_said(course: Course) -> None:
    for student in STUDENTS:
        page = (course.folder / "feedback" / student / SET / course.name).with_suffix(".html").read_text("utf-8")
        for task in course.tasks:
            answered = task.id in course.answers(student)
            assert (f"Task {task.id} is not written yet" in page) == (not answered)
            if course.right(student, task):
                assert f"✓ Task {task.id} is right." in page
            elif answered:
                assert f"✗ Task {task.id}: " in page
