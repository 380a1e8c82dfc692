"""The editions: what is in them, what is not, and that the published ones are those that the sources give."""

from __future__ import annotations

import ast
import csv
import importlib.util
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from types import ModuleType

import nbformat
import pytest
import tiny_source
from nbformat import NotebookNode

from ganlab import assign
from ganlab.assign import cells, editions, source
from ganlab.assign.source import BANK, Assignment
from ganlab.errors import UserError

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted((ROOT / BANK).glob("[0-9][0-9]-*.py"))
OWN = '''\
# %% kind="hidden" task="07.1"
def observe(scaled):
    return scaled(4.0)


def judge(seen):
    if not near(seen, 4 * SLOPE):
        reject("own", "my very own secret is not met.")


# %% kind="wrong" task="07.1" name="an own mistake" key="own"
def scaled(x):
    return SLOPE


# %% [markdown] kind="rubric" task="07.3"
"""
Anything goes, says my own rubric.
"""
'''


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Assignment:
    return assign.load(str(tiny_source.write(tmp_path_factory.mktemp("bank"))))


@pytest.fixture(scope="module")
def private(tmp_path_factory: pytest.TempPathFactory) -> Assignment:
    bank, own = tmp_path_factory.mktemp("bank"), tmp_path_factory.mktemp("own")
    (own / tiny_source.NAME).write_text(OWN, encoding="utf-8")
    return assign.load(str(tiny_source.write(bank)), private=own)


@pytest.fixture(scope="module", params=[path.stem for path in SOURCES])
def published(request: pytest.FixtureRequest) -> Assignment:
    return assign.load(str(ROOT / BANK / f"{request.param}.py"))


@pytest.fixture(scope="module")
def build() -> ModuleType:
    """notebooks/exercises/build.py, a script."""
    path = ROOT / "notebooks" / "exercises" / "build.py"
    spec = importlib.util.spec_from_file_location("build_exercises", path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def by_id(notebook: NotebookNode) -> dict[str, NotebookNode]:
    return {cell.id: cell for cell in notebook.cells}


# ---- what is in them


def test_the_student_edition_in_the_order_of_the_source(tiny: Assignment) -> None:
    assert list(by_id(editions.student(tiny))) == [
        "heading", "setup", "imports", "opening", "given-07-a",
        "task-07-1", "hints-07-1", "solution-07-1", "check-07-1", "hidden-07-1",
        "task-07-2", "given-07-b", "hints-07-2", "solution-07-2", "check-07-2", "hidden-07-2",
        "task-07-3", "hints-07-3", "answer-07-3", "progress",
    ]  # fmt: skip


def test_every_cell_that_marking_finds_says_what_it_is(tiny: Assignment) -> None:
    for edition in (editions.student, editions.instructor):
        found = by_id(edition(tiny))
        for name in ("given-07-a", "solution-07-1", "check-07-2", "hidden-07-2"):
            kind, _, place = name.partition("-")
            assert found[name].source.startswith(f"# ganlab: {kind} {place.replace('-', '.')}\n")
        assert found["answer-07-3"].source.startswith("<!-- ganlab: answer 07.3 -->\n")


def test_metadata_that_nbgrader_reads(tiny: Assignment) -> None:
    """nbgrader's documentation, "Metadata format", version 3."""
    kinds = {
        "given-07-a": (False, False, True, None),
        "solution-07-1": (False, True, False, None),
        "check-07-1": (True, False, True, 1),
        "hidden-07-1": (True, False, True, 2),
        "answer-07-3": (True, True, False, 3),
    }
    for edition in (editions.student, editions.instructor):
        found = by_id(edition(tiny))
        for name, (grade, solution, locked, points) in kinds.items():
            cell = found[name].metadata.nbgrader
            assert (cell.grade, cell.solution, cell.locked, cell.get("points")) == (grade, solution, locked, points)
            assert (cell.grade_id, cell.schema_version, cell.task) == (name, 3, False)
            assert cell.cell_type == found[name].cell_type


def test_the_statement_says_what_a_task_is_worth(tiny: Assignment) -> None:
    found = by_id(editions.student(tiny))
    assert found["task-07-1"].source.startswith(
        "## 07.1 A slope of 3\n\n*easy · 1 minute · 3 points (1 + 2 for hidden tests)*\n\nWrite"
    )
    assert "*hard · 10 minutes · 3 points, read by a person*" in found["task-07-3"].source


def test_three_hints_are_folded_away(tiny: Assignment) -> None:
    hints = by_id(editions.student(tiny))["hints-07-1"].source
    assert re.findall(r"<summary>(.*?)</summary>", hints) == [
        "Hint 1: the direction", "Hint 2: the formula", "Hint 3: almost the code",
    ]  # fmt: skip
    assert hints.count("<details>") == hints.count("\n</details>") == 3


def test_the_code_of_a_check_is_folded(tiny: Assignment) -> None:
    check = by_id(editions.student(tiny))["check-07-1"]
    assert check.source.splitlines()[:2] == ["# ganlab: check 07.1", "# @title Check 07.1"]
    assert check.source.endswith('\n\n\ncheck("07.1", observe, judge)')
    assert check.metadata.cellView == "form" and check.metadata.jupyter.source_hidden
    assert "hide-input" in check.metadata.tags


def test_the_page_of_solutions_folds_solutions_reasons_and_checks(tiny: Assignment) -> None:
    found = by_id(editions.solution(tiny))
    assert [name for name in found if name.endswith("07-1")] == [
        "task-07-1", "hints-07-1", "solution-07-1", "explanation-07-1", "check-07-1",
    ]  # fmt: skip
    for name, words in (("solution-07-1", "A solution of 07.1"), ("check-07-2", "The check of 07.2")):
        assert "hide-input" in found[name].metadata.tags
        assert found[name].metadata.mystnb.code_prompt_show == words
    for name, secret in (("explanation-07-1", "one step to the right"), ("answer-07-3", "They do to the mean")):
        assert re.fullmatch(
            rf"<details><summary>.+</summary>\n\n(.|\n)*{secret}(.|\n)*\n</details>", found[name].source
        )
    assert "SOLUTION" not in found["solution-07-1"].source


def test_the_instructor_s_notes_stand_where_nbgrader_takes_them_out(tiny: Assignment) -> None:
    found = by_id(editions.instructor(tiny))
    hidden = found["hidden-07-1"].source
    region = hidden[hidden.index("### BEGIN HIDDEN TESTS") :]
    assert hidden.endswith("### END HIDDEN TESTS")
    for words in ("# Ask what 3 means.", "# - the slope is added: slope", "says the hidden judge", 'check("07.1"'):
        assert words in region
    answer = found["answer-07-3"].source
    for words in ("They do to the mean", "1 point: a reason"):
        assert answer.index("### BEGIN SOLUTION") < answer.index(words) < answer.index("### END SOLUTION")


def released(source_: str) -> str:
    """What nbgrader leaves of a cell: the rules of its documentation, in two lines."""
    text = re.sub(r"(?m)^### BEGIN SOLUTION$(.|\n)*^### END SOLUTION$", "YOUR ANSWER HERE", source_)
    return re.sub(r"\n### BEGIN HIDDEN TESTS\n(.|\n)*### END HIDDEN TESTS", "", source.stub(text))


def test_without_its_regions_the_instructor_edition_is_the_student_edition(published: Assignment) -> None:
    """tests/assign/test_assign_nbgrader.py asks nbgrader itself, where it is installed."""
    student, instructor = editions.student(published), editions.instructor(published)
    assert student.metadata == instructor.metadata
    assert [cell.metadata for cell in student.cells] == [cell.metadata for cell in instructor.cells]
    assert [cell.source for cell in student.cells] == [released(cell.source) for cell in instructor.cells]


@pytest.mark.parametrize("edition", editions.EDITIONS)
def test_every_edition_is_a_valid_notebook_with_ids_of_its_own(published: Assignment, edition: str) -> None:
    notebook = editions.EDITIONS[edition](published)
    nbformat.validate(notebook)
    assert (notebook.nbformat, notebook.nbformat_minor >= 5) == (4, True)
    ids = [cell.id for cell in notebook.cells]
    grade_ids = [cell.metadata.nbgrader.grade_id for cell in notebook.cells if "nbgrader" in cell.metadata]
    assert len(ids) == len(set(ids)) and len(grade_ids) == len(set(grade_ids))
    assert all(not cell.outputs for cell in notebook.cells if cell.cell_type == "code")
    assert notebook.metadata.ganlab.assignment == published.name


def test_more_given_cells_than_letters_have_names_of_their_own(tmp_path: Path) -> None:
    many = "\n\n".join(f'# %% kind="given"\nx{i} = {i}' for i in range(60))
    text = tiny_source.TEXT.replace('# %% kind="given"\nORIGIN = 0.0', many + '\n\n# %% kind="given"\nORIGIN = 0.0')
    names = list(by_id(editions.student(assign.load(str(tiny_source.write(tmp_path, text))))))
    assert len(names) == len(set(names)) == 20 + 60


# ---- what is not


def secrets(text: str, shown: list[str]) -> list[str]:
    """The lines of a text that say something and are not shown anyway."""
    public = "\n".join(shown)
    return [line.strip() for line in text.splitlines() if len(line.strip()) > 12 and line.strip() not in public]


def everything(notebook: NotebookNode) -> str:
    """All text of a notebook, with that in metadata."""
    return "\n".join(f"{cell.source}\n{cell.metadata}" for cell in notebook.cells) + str(notebook.metadata)


def shown_anyway(assignment: Assignment) -> list[str]:
    """What the sources themselves put before a student's eyes. Idioms of training loops stand there too."""
    parts = [
        part for task in assignment.tasks for part in (task.statement, task.stub, task.check, *task.given, *task.hints)
    ]
    return [*parts, assignment.opening, *assignment.given]


@pytest.mark.parametrize("edition", ["student", "solution"])
def test_no_line_of_a_hidden_test_is_in_what_students_get(published: Assignment, edition: str) -> None:
    text = everything(editions.EDITIONS[edition](published))
    shown = [*shown_anyway(published), *(task.solution for task in published.tasks)]
    for task in published.tasks:
        if not task.written:
            hidden = secrets(task.hidden, shown)
            assert hidden, f"all hidden tests of {task.id} are also visible"
            assert [line for line in hidden if line in text] == []


def test_no_line_of_a_solution_or_an_explanation_is_in_the_student_edition(published: Assignment) -> None:
    text, shown = everything(editions.student(published)), shown_anyway(published)
    for task in published.tasks:
        region = task.solution.partition(source.BEGIN)[2].partition(source.END)[0]
        for secret in (region, task.explanation, task.answer, task.rubric):
            assert [line for line in secrets(secret, shown) if line in text] == []


def test_private_cells_are_in_the_instructor_edition_only(private: Assignment) -> None:
    secrets = ("my very own secret", "an own mistake", "says my own rubric")
    for secret in secrets:
        assert secret in everything(editions.instructor(private))
        assert secret not in everything(editions.student(private)) + everything(editions.solution(private))
    for notebook in (editions.student, editions.solution):
        assert "says the hidden judge" not in everything(notebook(private))


def test_editions_with_private_cells_stay_out_of_the_course_s_repository(private: Assignment, tmp_path: Path) -> None:
    course = tmp_path / "course"
    (course / BANK).mkdir(parents=True)
    subprocess.run(["git", "init", "--quiet", course], check=True)
    link = tmp_path / "link"
    link.symlink_to(course)
    for inside in (course, course / "editions" / "deep", link / "editions"):
        with pytest.raises(UserError, match="your hidden tests must not be"):
            editions.build(private, inside)
    assert [path.name for path in course.iterdir() if path.name != ".git"] == ["notebooks"]
    assert editions.build(private, tmp_path / "editions")


def test_editions_with_private_cells_may_lie_in_a_repository_of_the_instructor(
    private: Assignment, tmp_path: Path
) -> None:
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
    assert editions.build(private, tmp_path / "editions")


def test_public_editions_may_lie_anywhere(tiny: Assignment, tmp_path: Path) -> None:
    (tmp_path / BANK).mkdir(parents=True)
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
    assert editions.build(tiny, tmp_path / "editions")


# ---- what they do


def test_a_student_needs_nothing_but_the_package_and_what_it_brings(published: Assignment) -> None:
    """Plain Colab: the setup cell installs ganlab and its dependencies, and nothing else."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    brought = {re.match(r"[\w-]+", line)[0] for line in project["dependencies"]}
    modules = {"scikit-learn": "sklearn", "pillow": "PIL"}
    allowed = sys.stdlib_module_names | {"ganlab"} | {modules.get(name, name) for name in brought}
    for cell in editions.instructor(published).cells:
        if cell.cell_type == "code" and cell.id != "setup":
            for node in ast.walk(ast.parse(cell.source)):
                names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
                names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
                assert {name.split(".")[0] for name in names} <= allowed, cell.source


@pytest.mark.parametrize("missing", ["jupytext", "nbformat"])
def test_without_the_extra_one_sentence_says_what_to_install(tmp_path: Path, missing: str) -> None:
    code = f"import sys; sys.modules[{missing!r}] = None; from ganlab.__main__ import main; sys.exit(main())"
    command = ["assign", "build", str(tiny_source.write(tmp_path)), "--out", str(tmp_path / "out")]
    done = subprocess.run([sys.executable, "-c", code, *command], capture_output=True, text=True)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "pip install 'ganlab[assign]'" in done.stderr


def test_stubs_can_be_defined_and_only_their_call_raises(published: Assignment) -> None:
    first = published.tasks[0]
    names = cells.bench(published, first)
    found = by_id(editions.student(published))
    for name, cell in found.items():
        if name.startswith(("given-", "solution-")):
            cells.run(cell.source, names, name)
    for name, cell in found.items():
        if name.startswith("check-"):
            with pytest.raises(NotImplementedError):
                cells.run(cell.source, names, name)
        if name.startswith("hidden-"):
            cells.run(cell.source, names, name)


def test_solutions_pass_the_checks_of_their_page(published: Assignment, capsys: pytest.CaptureFixture[str]) -> None:
    names = cells.bench(published, published.tasks[0])
    for name, cell in by_id(editions.solution(published)).items():
        if name.startswith(("given-", "solution-", "check-")):
            cells.run(cell.source, names, name)
    told = [f"✓ Task {task.id} is right." for task in published.tasks if not task.written]
    assert capsys.readouterr().out.splitlines() == told


def test_a_variant_has_no_button_to_the_published_numbers(tmp_path: Path) -> None:
    path = tiny_source.write(tmp_path)
    for edition in (editions.student, editions.solution):
        assert (
            "/blob/main/notebooks/exercises/07-scale-and-shift.ipynb" in edition(assign.load(str(path))).cells[0].source
        )
        head = edition(assign.load(str(path), variant=5)).cells[0].source
        assert "Variant 5" in head and "colab.research" not in head


def test_build_writes_three_whole_files_and_the_same_ones_again(tiny: Assignment, tmp_path: Path) -> None:
    paths = editions.build(tiny, tmp_path)
    assert [path.relative_to(tmp_path).as_posix() for path in paths] == [
        f"{edition}/07-scale-and-shift.ipynb" for edition in ("student", "solution", "instructor")
    ]
    written = [path.read_bytes() for path in paths]
    assert written == [path.read_bytes() for path in editions.build(tiny, tmp_path)]
    for content in written:
        assert content.endswith(b"\n}\n")
        assert json.dumps(json.loads(content), sort_keys=True) == json.dumps(json.loads(content))
    assert len(list(tmp_path.rglob("*.*"))) == 3


def test_a_folder_that_cannot_be_written_is_told(tiny: Assignment, tmp_path: Path) -> None:
    (tmp_path / "student").write_text("a file where a folder belongs")
    with pytest.raises(UserError, match="cannot write"):
        editions.build(tiny, tmp_path)


# ---- the published ones


def test_the_published_exercises_are_what_the_sources_give(build: ModuleType) -> None:
    texts = build.files(build.assignments())
    assert [path.name for path in build.stale(texts)] == []
    assert [path.name for path in build.orphans(texts)] == []


def test_an_assignment_bears_the_name_and_title_of_its_lesson(published: Assignment) -> None:
    with (ROOT / "book" / "chapters.tsv").open(encoding="utf-8") as file:
        titles = {row["chapter"]: row["title"] for row in csv.DictReader(file, delimiter="\t")}
    assert published.title == titles[published.number]
    assert list((ROOT / "notebooks").glob(f"[!e]*/{published.name}.ipynb"))


@pytest.fixture
def course(build: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """build.py in a course of one tiny source; running a notebook notes its name and counts its cells."""
    monkeypatch.setattr(build, "ROOT", tmp_path)
    for name in ("SOURCES", "STUDENTS", "SOLUTIONS"):
        monkeypatch.setattr(build, name, tmp_path / name.lower())
        (tmp_path / name.lower()).mkdir()
    monkeypatch.setattr(build, "TASKS", tmp_path / "tasks.json")
    tiny_source.write(tmp_path / "sources")
    runs: list[str] = []

    def run(notebook: NotebookNode, folder: Path) -> None:
        runs.append("ran")
        for count, cell in enumerate((c for c in notebook.cells if c.cell_type == "code"), 1):
            cell.execution_count = count

    monkeypatch.setattr(build.execute, "run", run)
    return runs


def told(capsys: pytest.CaptureFixture[str]) -> str:
    return capsys.readouterr().out.removeprefix("exercises: ").strip()


def test_what_is_stale_is_named_and_made(
    build: ModuleType, course: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert build.main(["--check"]) == 1
    assert "tasks.json" in told(capsys) and not (tmp_path / "tasks.json").exists()
    assert build.main([]) == 0 and course == ["ran"]
    told(capsys)
    assert build.main(["--check"]) == 0 and "nothing" in told(capsys)
    student = tmp_path / "students" / "07-scale-and-shift.ipynb"
    student.write_text(student.read_text().replace("Up or down", "Down or up"))
    assert build.main(["--check"]) == 1
    said = told(capsys)
    assert said.startswith("students/07-scale-and-shift.ipynb to make anew") and "\n" not in said
    assert build.main([]) == 0
    assert "Up or down" in student.read_text()
    rows = json.loads((tmp_path / "tasks.json").read_text())
    assert [(row["id"], row["points"], row["written"]) for row in rows] == [
        ("07.1", 3, False), ("07.2", 3, False), ("07.3", 3, True),
    ]  # fmt: skip


def test_solutions_are_run_again_for_other_code_and_not_for_other_words(
    build: ModuleType, course: list[str], tmp_path: Path
) -> None:
    build.main([])
    page = tmp_path / "solutions" / "07-scale-and-shift.ipynb"
    notebook = nbformat.read(page, as_version=4)
    by_id(notebook)["check-07-1"].outputs = [nbformat.v4.new_output("stream", text="kept")]
    page.write_text(editions.text(notebook))
    assert build.main(["--check"]) == 0
    tiny_source.write(tmp_path / "sources", tiny_source.TEXT.replace("Up or down", "Down or up"))
    assert build.main([]) == 0 and course == ["ran"]
    assert "kept" in page.read_text() and "Down or up" in page.read_text()
    tiny_source.write(tmp_path / "sources", tiny_source.TEXT.replace("return SLOPE * x  #", "return x * SLOPE  #"))
    assert build.main([]) == 0 and course == ["ran", "ran"]
    assert "kept" not in page.read_text()


def test_solutions_that_were_never_run_are_stale(
    build: ModuleType, course: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    build.main([])
    page = tmp_path / "solutions" / "07-scale-and-shift.ipynb"
    page.write_text(build.without_outputs(page))
    told(capsys)
    assert build.main(["--check"]) == 1 and "solutions/07" in told(capsys)
    assert build.main([]) == 0 and course == ["ran", "ran"]


def test_a_notebook_without_a_source_is_named_and_a_learner_s_copy_is_not(
    build: ModuleType, course: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    build.main([])
    student = tmp_path / "students" / "07-scale-and-shift.ipynb"
    (tmp_path / "students" / "mine.ipynb").write_text(student.read_text().replace("YOUR CODE HERE", "my code"))
    (tmp_path / "students" / "notes.ipynb").write_text(nbformat.writes(nbformat.v4.new_notebook()))
    assert build.main(["--check"]) == 0
    told(capsys)
    left = student.read_text().replace('"assignment": "07-scale-and-shift"', '"assignment": "07-gone"')
    (tmp_path / "students" / "07-gone.ipynb").write_text(left)
    for arguments in (["--check"], []):
        assert build.main(arguments) == 1
        assert told(capsys) == "students/07-gone.ipynb has no source any more: remove it"
