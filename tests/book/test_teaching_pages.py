"""The instructor's pages hold what they promise: commands parse, tasks exist, code runs, a fork points at itself."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import click
import numpy as np
import pytest
import typer
from ganlab_book import gathered, teaching
from ganlab_book.chapters import chapters
from ganlab_book.tables import read

from ganlab import assign
from ganlab.assign import source
from ganlab.assign.proof import prove
from ganlab.cli import app
from ganlab.data import registry
from ganlab.errors import UserError

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "book" / "instructor.md", *sorted((ROOT / "book").glob("teach-*.md"))]
PAGES += [*gathered.files("sessions"), *gathered.files("mistakes")]
PRIVATE = re.compile(r"`private/([\w-]+\.py)`.*?\n\n```python\n(.*?)```", re.DOTALL)


def page(name: str) -> str:
    """A page as Sphinx parses it: what it gathers from the files of the lessons is in its place."""
    return gathered.gathered((ROOT / "book" / f"teach-{name}.md").read_text(encoding="utf-8"))


def blocks(text: str, language: str) -> list[str]:
    """The fenced blocks of one language, taken back to the left margin."""
    found = re.findall(rf"^( *)```{language}\n(.*?)^ *```", text, re.DOTALL | re.MULTILINE)
    return [re.sub(rf"^{margin}", "", code, flags=re.MULTILINE) for margin, code in found]


def commands() -> Iterator[tuple[str, list[str]]]:
    """Every `ganlab ...` of the pages, in blocks and in the text, with its words; $names stand for numbers."""
    for path in PAGES:
        text = path.read_text(encoding="utf-8")
        lines = "\n".join(blocks(text, "bash")).replace("\\\n", " ").splitlines()
        lines += re.findall(r"`(ganlab [^`]+)`", text)
        for line in lines:
            words = shlex.split(re.sub(r"\$\w+", "1", line), comments=True)
            if words and words[0] == "ganlab":
                yield path.stem, words[1:]


def sections(lesson: str) -> list[str]:
    """The headings of a lesson, in order."""
    path = ROOT / f"{chapters()[lesson].page}.ipynb"
    text = ["".join(cell["source"]) for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]]
    return re.findall(r"^## (.+)$", "\n".join(text), re.MULTILINE)


def tables(text: str) -> Iterator[tuple[str, list[list[str]]]]:
    """The tables below each heading "## NN ...", with the lesson's number."""
    for number, part in re.findall(r"^## (\d\d) [^\n]*\n(.*?)(?=^## |\Z)", text, re.DOTALL | re.MULTILINE):
        rows = [line.strip("|").split("|") for line in part.splitlines() if line.startswith("|")]
        yield number, [[cell.strip() for cell in row] for row in rows[2:]]


@pytest.mark.parametrize(("where", "words"), [pytest.param(*c, id=f"{c[0]}: {' '.join(c[1])}") for c in commands()])
def test_every_command_parses(where: str, words: list[str]) -> None:
    """Not run, only read: each command exists, with these arguments and options, and none is missing."""
    command = typer.main.get_command(app)
    context = click.Context(command)
    while isinstance(command, click.Group):
        assert words, f"{where}: a command without its last word"
        command = command.get_command(context, words[0])
        assert command is not None, f"{where}: there is no command {words[0]}"
        words = words[1:]
    command.make_context(command.name, words)


def test_every_task_that_a_page_names_exists() -> None:
    for path in PAGES:
        text = re.sub(r"```python.*?```", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        for words in re.findall(r"\{(?:task|minutes)\}`([\d .-]+)`", text):
            assert words in chapters() or teaching.chosen(words), (path.stem, words)


def test_plans_name_lessons_and_tasks_that_are_there_or_planned() -> None:
    rows = read("plans.tsv")
    assert {row["plan"] for row in rows} == set(re.findall(r"```\{plan\} (\S+)", page("term-plans")))
    for row in rows:
        assert set(row["chapters"].split()) <= set(chapters()), row
        assert row["class"] and "|" not in "".join(row.values()), row
        for word in row["tasks"].split():
            assert word == "-" or word[:2] not in teaching.assignments() or teaching.chosen(word), row


def test_the_plan_for_today_needs_nothing_that_is_planned() -> None:
    named = {number for row in read("plans.tsv") if row["plan"] == "now" for number in row["chapters"].split()}
    assert named and all(chapters()[number].page for number in named)


@pytest.mark.parametrize("folder", ["sessions", "mistakes"])
def test_each_file_is_its_lessons_and_its_page_has_them_all(folder: str) -> None:
    names = [path.stem for path in gathered.files(folder)]
    assert names and set(names) <= {Path(chapter.page).name for chapter in chapters().values() if chapter.page}
    assert re.findall(r"^## (\d\d) ", page(folder), re.MULTILINE) == [name[:2] for name in names]


def test_session_sheets_follow_their_lesson_and_fill_their_time() -> None:
    text = page("sessions")
    for number, rows in tables(text):
        named = [row[1] for row in rows]
        assert [name for name in sections(number) if name in named] == named, number
        (time,) = re.findall(rf"^## {number} .*?In class, (\d+) minutes", text, re.DOTALL | re.MULTILINE)
        assert sum(int(row[0]) for row in rows) == int(time), number


def test_mistakes_point_at_sections_that_exist() -> None:
    for number, rows in tables(page("mistakes")):
        for task in re.findall(r"\b\d\d\.\d+\b", "".join(row[0] for row in rows)):
            assert teaching.chosen(task)[0].id[:2] == number
        for where in (row[3] for row in rows):
            lesson = next(iter(re.findall(r"lesson (\d\d)", where)), number)
            for name in re.findall(r"\*(.+?)\*", where):
                assert name in sections(lesson), (number, name)


def test_points_and_minutes_are_those_of_the_sources() -> None:
    for number, assignment in teaching.assignments().items():
        tasks = assignment.tasks
        assert teaching.chosen(number) == list(tasks)
        assert teaching.chosen(f"{tasks[0].id}-{tasks[-1].id}") == list(tasks)
        assert teaching.chosen(tasks[-1].id) == [tasks[-1]]
        assert teaching.minutes(tasks) == sum(task.minutes for task in tasks)


@pytest.mark.parametrize("words", ["99", "00.99", "00.1-00.99"])
def test_a_task_that_no_source_has_is_refused(words: str) -> None:
    with pytest.raises(teaching.NoTaskError, match=words[:2]):
        teaching.chosen(words)


@pytest.fixture
def private(tmp_path: Path) -> Path:
    """The page's example of a private folder."""
    ((name, code),) = PRIVATE.findall(page("hidden-tests"))
    (tmp_path / name).write_text(code, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("variant", [None, 5])
def test_the_private_example_replaces_one_task_and_proves_itself(private: Path, variant: int | None) -> None:
    (path,) = private.iterdir()
    (changed,) = set(re.findall(r'task="([\d.]+)"', path.read_text(encoding="utf-8")))
    mine = assign.load(path.stem, bank=teaching.BANK, private=private, variant=variant)
    theirs = assign.load(path.stem, bank=teaching.BANK, variant=variant)
    for task, public in zip(mine.tasks, theirs.tasks, strict=True):
        assert (task.hidden == public.hidden) == (task.id != changed)
        assert (task.check, task.solution, task.statement) == (public.check, public.solution, public.statement)
    found = prove(replace(mine, tasks=(mine.task(changed),)))
    assert found.faults == []
    assert found.tasks[0].wrong > 5


def test_a_private_file_with_other_kinds_is_refused_as_the_page_says(tmp_path: Path) -> None:
    (tmp_path / "00-start-here.py").write_text('# %% [markdown] kind="hint" task="00.1"\n"""\nA hint.\n"""\n')
    with pytest.raises(UserError, match="hidden, wrong, rubric, variant"):
        source.read(teaching.BANK / "00-start-here.py", tmp_path)


def test_the_pilot_of_the_project_runs(tmp_path: Path) -> None:
    """Both scripts as printed; where the page trains ten generators, samples are noise of the right shape."""
    split, arms = blocks(page("project"), "python")
    environment = os.environ | {"SEED": "3"}

    def run(code: str) -> str:
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    run(split)
    folders = sorted((tmp_path / "study/3/real").iterdir())
    assert [(folder.name, len(list(folder.iterdir()))) for folder in folders] == [(str(n), 20) for n in range(10)]
    (tmp_path / "study/3/made").mkdir()
    for label in range(10):
        noise = np.random.default_rng(label).uniform(-1, 1, (40, 1, 8, 8)).astype(np.float32)
        np.savez(tmp_path / f"study/3/made/{label}.npz", samples=noise)
    errors = {line[:20].strip(): float(line.split()[-1]) for line in run(arms).splitlines()}
    assert list(errors) == ["real only", "shifted by a pixel", "generated", "more real"]
    assert errors["more real"] < errors["real only"] < errors["generated"], "noise hurts and real digits help"


def test_the_pilot_leaks_nothing(tmp_path: Path) -> None:
    split = blocks(page("project"), "python")[0] + "\nassert not set(few.tolist()) & set(more.tolist())\n"
    split += (
        'assert sorted([*few.tolist(), *more.tolist()]) == list(range(len(digits)))\nassert "test" not in repr(folder)'
    )
    subprocess.run([sys.executable, "-c", split], cwd=tmp_path, check=True)


def test_the_marks_of_the_project_add_up_to_its_heading() -> None:
    heading, rows = re.findall(r"^## Marking, (\d+) points\n(.*?)\n\n[^|]", page("project"), re.DOTALL | re.MULTILINE)[
        0
    ]
    assert sum(int(points) for points in re.findall(r"^\|[^|]+\| (\d+) \|", rows, re.MULTILINE)) == int(heading)


def test_the_table_of_data_sets_is_that_of_the_package() -> None:
    rows = re.findall(
        r"^\| `([\w-]+)` \|[^|]+\| (\d+) and (\d+) \| (.+?) \| (yes|no) \|$", page("project"), re.MULTILINE
    )
    entries = [registry.info(name) for name in registry.names()]
    images = [entry.name for entry in entries if entry.kind == "images" and not entry.made_of]
    assert [row[0] for row in rows] == images
    for name, train, test, licence, download in rows:
        entry = registry.info(name)
        assert (int(train), int(test), licence) == (entry.train, entry.test, entry.licence)
        assert (download == "no") == entry.embedded
    points = [name for name in registry.names() if registry.info(name).kind == "points"]
    assert f"Points in the plane ({', '.join(f'`{name}`' for name in points)})" in page("project")


def test_a_fork_points_at_itself_and_nowhere_else(tmp_path: Path) -> None:
    """What the page on forking tells to do, done in a copy; what it tells to look for afterwards is not there."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout.decode()
    fork = tmp_path / "fork"
    for name in (name for name in listed.split("\0") if name and (ROOT / name).is_file()):
        (fork / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, fork / name)
    settings = fork / "_config.yml"
    old = re.search(r"https://github\.com/([\w.-]+)/ganlab", settings.read_text())
    assert old
    settings.write_text(settings.read_text().replace(old[0], "https://github.com/ada/gan-course"))
    carry, check = (block.splitlines() for block in blocks(page("forking"), "bash"))
    environment = os.environ | {"PYTHONPATH": str(fork)}
    for line in [*carry, check[0]]:
        words = shlex.split(line)
        assert words[0] == "python"
        done = subprocess.run([sys.executable, *words[1:]], cwd=fork, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
    search = [word.replace("OWNER", old[1]) for word in shlex.split(check[1])]
    left = subprocess.run(search, cwd=fork, capture_output=True, text=True, check=False).stdout.splitlines()
    assert [line for line in left if not line.startswith("./book/teach-forking.md:")] == []
