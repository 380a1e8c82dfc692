"""The instructor's pages: tasks, minutes and rubrics from the exercise sources, term plans from book/plans.tsv.

    {task}`10.2`              its id and title; a link where the solutions are a page of the book
    {minutes}`10`             the sum over a lesson's tasks; also 10.1-10.4, and several of these with spaces;
                              "planned" where a lesson has no exercises yet
    {reading}`10`             the reading time that the lesson itself gives
    {tasks}                   (directive) every task with kind, difficulty, minutes, points; of one lesson: {tasks} 10
    {rubrics}                 (directive) every rubric, folded; of one lesson: {rubrics} 10
    {mistakes} 10             (directive) the wrong answers that the checks of a lesson know by name
    {plan} semester           (directive) one term plan

A task that no source has is a build warning, and warnings are errors.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from functools import cache

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxRole

from ganlab.assign import source, variants
from ganlab.assign.source import Assignment, Task

from .chapters import chapters
from .tables import BOOK, Generated, read, table

BANK = BOOK.parent / source.BANK
SOLUTIONS = BANK.parent / "solutions"
QUIZZES = BOOK.parent / "ganlab" / "teaching" / "quizzes"
READING = re.compile(r"(?:\*Reading:\* |Reading takes about )(\d+) minutes")


class NoTaskError(Exception):
    """A page names a task, or a lesson's tasks, that no source has; the message says which."""


@cache
def assignments() -> dict[str, Assignment]:
    """Every assignment by its lesson's number, with the published numbers in its text."""
    found = (source.read(path) for path in sorted(BANK.glob("[0-9][0-9]-*.py")))
    return {assignment.number: variants.apply(assignment, None) for assignment in found}


def chosen(text: str) -> list[Task]:
    """The tasks of "10", of "10.2", of "10.1-10.4", or of several of these. Raises `NoTaskError`."""
    found: list[Task] = []
    for word in text.split():
        first, _, last = word.partition("-")
        number = first[:2]
        if number not in assignments():
            raise NoTaskError(f"lesson {number!r} has no exercises")
        tasks = list(assignments()[number].tasks)
        if "." not in word:
            found += tasks
            continue
        ids = [task.id for task in tasks]
        if first not in ids or (last or first) not in ids:
            raise NoTaskError(f"{word!r} is not among the tasks {', '.join(ids)}")
        found += tasks[ids.index(first) : ids.index(last or first) + 1]
    return found


def minutes(tasks: Iterable[Task]) -> int:
    """The author's estimate for all of them."""
    return sum(task.minutes for task in tasks)


def solution_page(number: str) -> str | None:
    """The page with a lesson's solutions, where the book has one."""
    name = assignments()[number].name
    return f"notebooks/exercises/solutions/{name}" if (SOLUTIONS / f"{name}.ipynb").exists() else None


def span(tasks: Sequence[Task]) -> str:
    """ "10.1 to 10.4", or the single id."""
    return tasks[0].id if len(tasks) == 1 else f"{tasks[0].id} to {tasks[-1].id}"


class TaskName(SphinxRole):
    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        try:
            (task,) = chosen(self.text)
        except (NoTaskError, ValueError) as reason:
            return [], [self.inliner.reporter.warning(f"no task: {reason}")]
        name = nodes.inline("", f"{task.id} {task.title}")
        page = solution_page(task.id[:2])
        if page is None:
            return [name], []
        link = addnodes.pending_xref(
            "", name, refdomain="std", reftype="doc", refexplicit=True, reftarget=f"/{page}",
            refdoc=self.env.docname, refwarn=True,
        )  # fmt: skip
        return [link], []


class Minutes(SphinxRole):
    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        if self.text in chapters() and self.text not in assignments():
            return [nodes.emphasis("", "planned")], []
        try:
            return [nodes.Text(f"{minutes(chosen(self.text))} minutes")], []
        except NoTaskError as reason:
            return [], [self.inliner.reporter.warning(f"no minutes: {reason}")]


class Reading(SphinxRole):
    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        page = chapters()[self.text].page if self.text in chapters() else None
        found = READING.search(_opening(page)) if page else None
        if found is None:
            return [], [self.inliner.reporter.warning(f"lesson {self.text!r} gives no reading time")]
        return [nodes.Text(f"{found[1]} minutes")], []


class FromSources(Generated):
    """A directive about one lesson's tasks, or about all."""

    optional_arguments = 1

    def run(self) -> list[nodes.Node]:
        for path in BANK.glob("*.py"):
            self.env.note_dependency(str(path))
        return super().run()

    def asked(self) -> list[Assignment]:
        """The lesson's assignment, all of them where none is named, none where its exercises are still to come."""
        if self.arguments and self.arguments[0] not in chapters():
            raise self.error(f"there is no lesson {self.arguments[0]!r}")
        return [a for number, a in assignments().items() if not self.arguments or number == self.arguments[0]]


class Tasks(FromSources):
    def markdown(self) -> list[str]:
        rows = [
            [f"{{task}}`{task.id}`", "words" if task.written else "code", task.difficulty, str(task.minutes),
             str(task.total), str(task.hidden_points) if task.hidden_points else ""]
            for assignment in self.asked()
            for task in assignment.tasks
        ]  # fmt: skip
        rows += [
            [f"**Lesson {a.number}, all {len(a.tasks)} tasks**", "", "", f"**{minutes(a.tasks)}**", f"**{a.points}**",
             f"**{sum(task.hidden_points for task in a.tasks)}**"]
            for a in self.asked()
        ]  # fmt: skip
        return table(["task", "kind", "difficulty", "minutes", "points", "of these hidden"], rows)


class Rubrics(FromSources):
    def markdown(self) -> list[str]:
        lines = []
        for task in (task for assignment in self.asked() for task in assignment.tasks if task.rubric):
            lines += [f"::::{{dropdown}} {task.id} {task.title} ({task.total} points)", "", task.rubric, "", "::::", ""]
        return lines or ["*No task needs a rubric yet.*"]


class Mistakes(FromSources):
    required_arguments, optional_arguments = 1, 0

    def markdown(self) -> list[str]:
        rows = [
            [f"{{task}}`{task.id}`", " · ".join(answer.name for answer in task.wrong)]
            for assignment in self.asked()
            for task in assignment.tasks
            if task.wrong
        ]
        if not rows:
            return ["*The exercises of this lesson are planned.*"]
        title = f"::::::{{dropdown}} All wrong answers that the checks of {self.arguments[0]} know"
        return [title, "", *table(["task", "known by its check"], rows), "::::::"]


class Plan(FromSources):
    sources = ("plans.tsv", "chapters.tsv")

    def markdown(self) -> list[str]:
        mine = [row for row in read("plans.tsv") if row["plan"] == self.arguments[0]] if self.arguments else []
        if not mine:
            raise self.error("say which plan of plans.tsv")
        rows = [[row["session"], _lessons(row), row["class"], _home(row)] for row in mine]
        return table(["session", "lesson", "in class", "at home"], rows, "plan")


def _lessons(row: dict[str, str]) -> str:
    return "<br>".join(f"{{lesson}}`{number}`" for number in row["chapters"].split())


def _home(row: dict[str, str]) -> str:
    """The plan's own words, then the tasks it names, or all of its lessons' ("-" for none), and their quizzes."""
    parts = [row["home"]] if row["home"] else []
    for word in (row["tasks"] or row["chapters"]).split() if row["tasks"] != "-" else []:
        number = word[:2]
        quiz = (QUIZZES / f"{number}.toml").exists()
        if number in assignments():
            tasks = chosen(word)
            parts.append(f"tasks {span(tasks)} ({minutes(tasks)} minutes)")
        else:
            parts.append(f"exercises {'' if quiz else 'and quiz '}of {number} *(planned)*")
        if quiz:
            parts.append(f"quiz {number}")
    return "; ".join(parts)


def _opening(page: str) -> str:
    """The first cell of a lesson."""
    cells = json.loads((BOOK.parent / f"{page}.ipynb").read_text(encoding="utf-8"))["cells"]
    return "".join(cells[0]["source"])


def reread(app: Sphinx, env: object, added: set[str], changed: set[str], removed: set[str]) -> list[str]:
    """A new source or quiz is nobody's dependency yet: the instructor's pages are always read anew."""
    return [name for name in app.env.found_docs if name.startswith("book/teach-")]


def setup(app: Sphinx) -> None:
    assignments.cache_clear()
    app.connect("env-get-outdated", reread)
    app.add_role("task", TaskName())
    app.add_role("minutes", Minutes())
    app.add_role("reading", Reading())
    app.add_directive("tasks", Tasks)
    app.add_directive("rubrics", Rubrics)
    app.add_directive("mistakes", Mistakes)
    app.add_directive("plan", Plan)
