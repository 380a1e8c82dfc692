"""Marking a folder of submissions: several at a time, each student's pages as soon as they are done.

Lesson: 00 Start here.
"""

from __future__ import annotations

import json
import os
import queue
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ganlab.assign import reports, submission
from ganlab.assign.marking import Judge, Marking
from ganlab.assign.marks import Marks, TaskMarks
from ganlab.assign.paper import Paper
from ganlab.assign.sandbox import Limits, Sandboxes
from ganlab.assign.source import Assignment
from ganlab.assign.submission import HandedIn, Notebook, UnreadableError
from ganlab.errors import UserError
from ganlab.files import write_atomically, writing
from ganlab.progress import bar

_CHOICES = 20  # notebooks of one student that are looked at
_HARDEST, _NOTED = 3, 20  # tasks and submissions that the summary names


@dataclass(frozen=True)
class Graded:
    """All marks, in the order of the students' names. ``walls`` is False where marked code ran without a sandbox."""

    assignment: Assignment
    marks: tuple[Marks, ...]
    out: Path
    seconds: float
    walls: bool

    def text(self) -> str:
        """A summary: how many, how well, how long, what was hard, what was unusual."""
        count, tasks = len(self.marks), [task for task in self.assignment.tasks if not task.written]
        mean = sum(marks.points for marks in self.marks) / count
        pending = sum(task.points for task in self.assignment.tasks if task.written)
        lines = [
            f"{count} marked in {self.seconds:.0f} s ({self.seconds / count:.2f} s each)",
            f"mean {mean:.1f} of {sum(task.total for task in tasks)} points"
            + (f", {pending} by hand" if pending else ""),
        ]
        wrong = Counter({task.id: self._wrong(task.id) for task in tasks})
        hard = [f"{task} ({missed})" for task, missed in wrong.most_common(_HARDEST) if missed]
        if hard:
            lines.append(f"most often not all right: {', '.join(hard)}")
        unusual = [marks for marks in self.marks if marks.notes]
        if unusual:
            lines.append(f"{len(unusual)} with a note:")
            lines += [
                f"    {reports.line(marks.student)}: {reports.line('; '.join(marks.notes))}"
                for marks in unusual[:_NOTED]
            ]
            lines += [f"    and {len(unusual) - _NOTED} more"] * (len(unusual) > _NOTED)
        lines.append(f"marks in {self.out / 'marks.csv'}, pages in {self.out / 'feedback'}")
        if not self.walls:
            lines.append("WITHOUT A SANDBOX: what was handed in ran with your own rights on this machine")
        return "\n".join(lines)

    def _wrong(self, task: str) -> int:
        return sum(row.task.id == task and row.points < row.task.total for marks in self.marks for row in marks.tasks)


def grade(
    assignment: Assignment,
    submissions: Path,
    out: Path,
    *,
    limits: Limits | None = None,
    jobs: int | None = None,
    unsafe: bool = False,
    covered: Sequence[Path] = (),
) -> Graded:
    """Mark every submission in a folder; write ``out/marks.csv``, ``out/feedback/`` and ``out/gradescope/``.

    covered: folders besides these that no submission may see, such as those with hidden tests.
    When interrupted, what is done is in the files. Raises UserError where there is nothing to mark, no sandbox (unless
    ``unsafe``), or a file cannot be written.
    """
    begun = time.monotonic()
    if out.resolve() == submissions.resolve():
        raise UserError(f"marks and submissions cannot both be in {out}: choose another folder with --out")
    handed_in = submission.collect(submissions, without=out)
    names = reports.file_names(entry.student for entry in handed_in)
    paper = Paper(assignment)
    with writing(out):
        out.mkdir(parents=True, exist_ok=True)
    done: dict[str, Marks] = {}
    with Sandboxes(
        limits or Limits(), unsafe=unsafe, modules=paper.modules, covered=[submissions, out, *covered]
    ) as sandboxes:
        try:
            with _marked(paper, handed_in, sandboxes, jobs or processors()) as results:
                for marks in bar(results, total=len(handed_in), unit="submission"):
                    done[marks.student] = marks
                    name = names[marks.student]
                    _write(out, f"feedback/{name}.html", reports.feedback(marks, assignment))
                    results_json = json.dumps(reports.gradescope(marks, assignment), indent=2) + "\n"
                    _write(out, f"gradescope/{name}/results.json", results_json)
        finally:
            rows = tuple(done[entry.student] for entry in handed_in if entry.student in done)
            if rows:
                _write(out, "marks.csv", reports.marks_csv(rows, assignment))
            if page := reports.by_hand(rows, assignment):
                _write(out, "by-hand.html", page)
    return Graded(assignment, rows, out, time.monotonic() - begun, sandboxes.walls)


def processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def _marked(paper: Paper, handed_in: Sequence[HandedIn], sandboxes: Sandboxes, jobs: int) -> Iterator[Iterator[Marks]]:
    """The marks as they come, from ``jobs`` threads. Leaving the block early ends every sandbox at once."""
    stop = threading.Event()
    judges: queue.SimpleQueue[Judge] = queue.SimpleQueue()
    for _ in range(jobs):
        judges.put(Judge(paper, sandboxes))
    pool = ThreadPoolExecutor(jobs)

    def mark(entry: HandedIn) -> Marks:
        judge = judges.get()
        try:
            return _mark(paper, entry, sandboxes, judge, stop)
        finally:
            judges.put(judge)

    def results() -> Iterator[Marks]:
        waiting: set[Future[Marks]] = {pool.submit(mark, entry) for entry in handed_in}
        while waiting:
            ready, waiting = wait(waiting, return_when=FIRST_COMPLETED)
            for future in ready:
                yield future.result()

    try:
        yield results()
    finally:
        stop.set()
        sandboxes.close()
        pool.shutdown(cancel_futures=True)


def _mark(paper: Paper, entry: HandedIn, sandboxes: Sandboxes, judge: Judge, stop: threading.Event) -> Marks:
    notebook, notes = choose(entry, paper.assignment)
    if notebook is None:
        return Marks(entry.student, tuple(map(TaskMarks, paper.assignment.tasks)), notes)
    marking = Marking(paper, notebook, sandboxes, judge, stop)
    marking.run()
    return marking.marks(entry.student, notes)


def choose(entry: HandedIn, assignment: Assignment) -> tuple[Notebook | None, tuple[str, ...]]:
    """The notebook to mark: the newest of this assignment that can be read; and what there is to say about that."""
    notes, found, others = [], None, 0
    for path in entry.files[:_CHOICES]:
        try:
            notebook = submission.read(path)
        except UnreadableError as error:
            notes.append(f"{path.name}: {error}")
            continue
        if not notebook.belongs_to(assignment.name, assignment.number):
            others += 1
        elif found is None:
            found, chosen = notebook, path
        else:
            notes.append(f"{path.name} was left out: {chosen.name} is newer")
    if others:
        notes.append(f"{others} notebook{'s' * (others != 1)} of another assignment left out")
    elif found is None and not notes:
        notes.append("no notebook was handed in")
    return found, tuple(notes)


def _write(out: Path, name: str, text: str) -> None:
    write_atomically(out / name, text.encode("utf-8"))
