"""The journal keeps every run of a check and survives what others do to it; the progress page shows what it says."""

from __future__ import annotations

import json
import os
import re
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ganlab.errors import UserError
from ganlab.teaching import journal, progress, progress_page

TASKS = [
    {"id": "07.1", "title": "A slope", "points": 2, "minutes": 5, "difficulty": "easy", "written": False},
    {"id": "07.2", "title": "A shift & <more>", "points": 3, "minutes": 10, "difficulty": "medium", "written": False},
    {"id": "07.3", "title": "Why?", "points": 4, "minutes": 15, "difficulty": "hard", "written": True},
    {"id": "10.1", "title": "The step", "points": 5, "minutes": 20, "difficulty": "easy", "written": False},
]
TITLES = {"07": "Lines", "10": "The loop"}


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A journal of its own, and a course of two lessons."""
    rows = [task | {"lesson": task["id"][:2], "lesson_title": TITLES[task["id"][:2]]} for task in TASKS]
    (tmp_path / "tasks.json").write_text(json.dumps(rows), encoding="utf-8")
    monkeypatch.setattr(progress_page, "TASKS", tmp_path / "tasks.json")
    monkeypatch.setenv("GANLAB_PROGRESS", str(tmp_path / "journal.jsonl"))
    return tmp_path / "journal.jsonl"


class Table(HTMLParser):
    """The cells of a table with their marks, and the paragraphs after it."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.rows: list[list[tuple[str, dict[str, str | None], str]]] = []
        self.texts: dict[str, list[str]] = {"caption": [], "p": []}
        self.open: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append((tag, dict(attrs), ""))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] in ("td", "th"):
            tag, attributes, text = self.rows[-1][-1]
            self.rows[-1][-1] = (tag, attributes, text + data)
        elif self.open and self.open[-1] in self.texts:
            self.texts[self.open[-1]].append(data)

    def cells(self) -> list[list[str]]:
        return [[text for _, _, text in row] for row in self.rows]


class TestJournal:
    def test_no_test_writes_into_the_home_folder(self):
        assert os.environ["GANLAB_PROGRESS"] == "off" and journal.path() is None

    def test_off_keeps_nothing(self):
        journal.note("07.1", solved=True)
        assert journal.read() == ([], 0)

    def test_the_default_is_one_file_in_the_home_folder(self, tmp_path, monkeypatch):
        monkeypatch.delenv("GANLAB_PROGRESS")
        monkeypatch.setenv("HOME", str(tmp_path))
        assert journal.path() == tmp_path / "ganlab-progress.jsonl"
        monkeypatch.setenv("GANLAB_PROGRESS", "~/elsewhere.jsonl")
        assert journal.path() == tmp_path / "elsewhere.jsonl"

    @pytest.mark.usefixtures("kept")
    def test_entries_come_back_in_order_with_their_time(self):
        journal.note("07.1", solved=False)
        journal.note("07.1", solved=True)
        entries, strange = journal.read()
        assert [(entry.task, entry.solved) for entry in entries] == [("07.1", False), ("07.1", True)]
        assert strange == 0 and all(re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:]{8}\+00:00", entry.when) for entry in entries)

    @pytest.mark.parametrize(
        "foreign",
        [
            b"not json", b"\xff\xfe", b"[]", b"3", b"null", b'{"task": "07.1"}', b"[" * 9000,
            b'{"task": 7, "solved": true, "when": "now"}', b'{"task": "07.1", "solved": "yes", "when": "now"}',
        ],
    )  # fmt: skip
    def test_a_foreign_line_is_left_out_and_counted(self, kept, foreign):
        journal.note("07.1", solved=True)
        kept.write_bytes(foreign + b"\n\n" + kept.read_bytes())
        entries, strange = journal.read()
        assert ([entry.task for entry in entries], strange) == (["07.1"], 1)

    def test_a_line_that_was_torn_does_not_take_the_next_one_with_it(self, kept):
        journal.note("07.1", solved=True)
        kept.write_bytes(kept.read_bytes()[:-9])
        journal.note("07.2", solved=True)
        entries, strange = journal.read()
        assert ([entry.task for entry in entries], strange) == (["07.2"], 1)

    @given(st.binary(max_size=60))
    def test_whatever_is_in_the_file_a_note_can_be_added_and_read(self, tmp_path_factory, junk):
        file = tmp_path_factory.mktemp("journal") / "journal.jsonl"
        file.write_bytes(junk)
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("GANLAB_PROGRESS", str(file))
            journal.note("07.1", solved=True)
            assert [entry.task for entry in journal.read()[0]] == ["07.1"]

    def test_a_file_that_cannot_be_written_is_told_once_and_stops_nothing(self, tmp_path, monkeypatch, capsys):
        monkeypatch.setenv("GANLAB_PROGRESS", str(tmp_path / "no folder" / "journal.jsonl"))
        journal.note("07.1", solved=True)
        assert "your progress was not kept" in capsys.readouterr().out
        assert journal.read() == ([], 0)

    def test_a_file_that_cannot_be_read_is_a_sentence(self, tmp_path, monkeypatch):
        monkeypatch.setenv("GANLAB_PROGRESS", str(tmp_path))
        with pytest.raises(UserError, match=r"cannot be read .* set GANLAB_PROGRESS to another file"):
            journal.read()


class TestPage:
    @pytest.mark.usefixtures("kept")
    def test_with_an_empty_journal_all_is_open_and_the_first_task_is_next(self):
        table = Table(progress("07")._repr_html_())
        assert table.texts["caption"] == ["07 Lines: 0 of 2 tasks solved, 0 of 5 points, 15 minutes left"]
        assert table.texts["p"][0] == "Next: 07.1 A slope (5 minutes, easy)."
        assert table.cells() == [
            ["task", "what", "difficulty", "minutes", "points", "state"],
            ["07.1", "A slope", "easy", "5", "2", "· open"],
            ["07.2", "A shift & <more>", "medium", "10", "3", "· open"],
            ["07.3", "Why?", "hard", "15", "4", "– read by a person"],
        ]

    @pytest.mark.usefixtures("kept")
    def test_solved_once_is_solved_and_a_wrong_try_is_told_apart_from_none(self):
        for task, solved in [("07.1", True), ("07.1", False), ("07.2", False)]:
            journal.note(task, solved=solved)
        page = progress("07")
        assert [page.state(task) for task in page.chosen] == ["solved", "not right yet", "read by a person"]
        assert page.next is not None and page.next.id == "07.2"
        assert "1 of 2 tasks solved, 2 of 5 points, 10 minutes left" in repr(page)

    @pytest.mark.usefixtures("kept")
    def test_all_lessons_have_a_line_each(self):
        journal.note("10.1", solved=True)
        table = Table(progress()._repr_html_())
        assert table.texts["caption"] == ["All exercises: 1 of 3 tasks solved, 5 of 10 points, 15 minutes left"]
        assert table.cells() == [
            ["lesson", "tasks solved", "points", "minutes left"],
            ["07 Lines", "0 of 2", "0 of 5", "15"],
            ["10 The loop", "1 of 1", "5 of 5", "0"],
        ]

    @pytest.mark.usefixtures("kept")
    def test_next_is_looked_for_where_the_learner_is(self):
        assert progress("10").next.id == "10.1"
        journal.note("10.1", solved=False)
        assert progress().next.id == "10.1" and progress("07").next.id == "07.1"
        journal.note("10.1", solved=True)
        assert progress("10").next.id == "07.1"
        assert "Next: 07.1 A slope in lesson 07 Lines (5 minutes, easy)." in repr(progress("10"))
        for task in ("07.1", "07.2"):
            journal.note(task, solved=True)
        assert progress().next is None and "Every task is solved." in repr(progress())

    @pytest.mark.usefixtures("kept")
    @pytest.mark.parametrize("lesson", [None, "07"])
    def test_the_table_is_readable_without_eyes_and_without_colours(self, lesson):
        html = progress(lesson)._repr_html_()
        table = Table(html)
        assert [attributes for _, attributes, _ in table.rows[0]] == [{"scope": "col"}] * len(table.rows[0])
        for row in table.rows[1:]:
            assert row[0][:2] == ("th", {"scope": "row"}) and {tag for tag, _, _ in row[1:]} == {"td"}
        assert table.texts["caption"] and "color" not in html and "style" not in html

    @pytest.mark.usefixtures("kept")
    def test_the_text_says_what_the_table_says(self):
        journal.note("07.1", solved=True)
        table, text = Table(progress("07")._repr_html_()), repr(progress("07"))
        for cells in table.cells():
            assert re.search(r"\s+".join(map(re.escape, cells)), text)
        assert all(paragraph in text for paragraph in table.texts["caption"] + table.texts["p"])

    def test_foreign_lines_and_unknown_tasks_are_a_sentence_each(self, kept):
        kept.write_text("broken\nbroken too\n")
        journal.note("99.1", solved=True)
        notes = progress("07").notes
        assert notes[1:] == (
            "Lines of that file that are no entries of the journal, and left out here: 2.",
            "The file also names tasks that this version of the course does not have: 99.1.",
        )
        assert "0 of 2 tasks solved" in repr(progress("07"))

    def test_it_says_where_it_is_kept(self, kept, monkeypatch):
        assert progress().notes == (f"Kept in {kept}, on this machine only.",)
        monkeypatch.setenv("HOME", str(kept.parent))
        assert progress().notes == ("Kept in ~/journal.jsonl, on this machine only.",)
        monkeypatch.setenv("GANLAB_PROGRESS", "off")
        assert progress().notes == ("Your progress is not kept: GANLAB_PROGRESS is off.",)

    @pytest.mark.usefixtures("kept")
    def test_on_colab_it_warns_of_a_file_that_will_be_deleted(self, monkeypatch):
        monkeypatch.setitem(sys.modules, "google.colab", sys)
        assert "Colab deletes this file" in repr(progress())
        monkeypatch.setenv("GANLAB_PROGRESS", "/content/drive/MyDrive/progress.jsonl")
        assert "Colab deletes" not in repr(progress())

    @pytest.mark.usefixtures("kept")
    def test_a_lesson_without_exercises_is_a_sentence(self):
        with pytest.raises(UserError, match="unknown lesson '70': did you mean"):
            progress("70")


def test_the_course_s_own_list_can_be_shown():
    for lesson in (None, *sorted({task.lesson for task in progress().tasks})):
        assert progress(lesson)._repr_html_() and "Next: " in repr(progress(lesson))
