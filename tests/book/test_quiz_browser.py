"""Quizzes outside the book, in a real browser: a bare page, several on one page, a sandbox, a notebook, no script."""

from __future__ import annotations

import html
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import quiz_answers

from ganlab.teaching import quiz
from ganlab.teaching.quiz import lessons
from ganlab.teaching.quiz_html import page
from ganlab.teaching.quiz_items import Choice, Number, WrongNumber

# Texts that somebody may type, and whether they are right; None where they are no number at all.
TYPED = {
    1386: {"1386": True, "1,386": True, "1 386": True, "1386.0": True, "1.386e3": True, "1386 steps": True,
           "1386steps": True, "1.386": False, "1,38,6": None, "steps": None, "1386 apples": None},
    1.386: {"1.386": True, "1,386": True, "+1.386": True, "1386": False, "1,386,000": False, "-1.386": False},
    0.5: {"1/2": True, "0.5": True, ".5": True, "0,5": True, "50 %": True, "50": False, "2/4": True, "1/0": None,
          "1/2/1": None, "": None, "half": None, "0x1": None, "Infinity": None, "NaN": None},
    -0.6: {"-0.6": True, "−0.6": True, "-3/5": True, "-0,6": True, "0.6": False, "- 0.6": True, "–0.6": True},
}  # fmt: skip

# The quizzes of all lessons are answered on the pages of the book, by test_browser; here two with every kind of item.
EVERY_KIND = ("00", "10")


def bare(body: str) -> str:
    return f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Quiz</title><body>{body}</body></html>'


@pytest.fixture(scope="module")
def reports(
    chromium: Callable[..., Any], serve: Callable[[Path], str], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Any]:
    """What quiz.mjs saw on pages that hold nothing but quizzes."""
    folder = tmp_path_factory.mktemp("quizzes")
    shown = {lesson: quiz(lesson)._repr_html_() for lesson in lessons()}
    typed = [
        Number(f"n{place}", "How many?", "", "", "", answer, 1e-6, "steps", "Yes.", "No.", (WrongNumber(99, "No."),))
        for place, answer in enumerate(TYPED)
    ]
    pages = {
        **shown,
        "numbers": page("77", typed, lambda _: b""),
        "crowd": shown["00"] + shown["00"] + shown["10"],
        "boxed": f'<iframe title="x" sandbox="allow-scripts" srcdoc="{html.escape(bare(shown["00"]))}"></iframe>',
    }
    for name, body in pages.items():
        (folder / f"{name}.html").write_text(bare(body), encoding="utf-8")
    address = serve(folder)
    plan = {
        "runs": [quiz_answers.run(f"{address}/{lesson}.html", lesson) for lesson in EVERY_KIND],
        "numbers": {"url": f"{address}/numbers.html", "typed": {f"n{n}": [*TYPED[a]] for n, a in enumerate(TYPED)}},
        "crowd": f"{address}/crowd.html",
        "boxed": f"{address}/boxed.html",
        "written": shown["14"],
        "unscripted": f"{address}/10.html",
    }
    (folder / "plan.json").write_text(json.dumps(plan), encoding="utf-8")
    return chromium("quiz.mjs", folder / "plan.json")


@pytest.mark.browser
def test_a_quiz_can_be_answered_by_keyboard_and_is_remembered(reports: dict[str, Any]) -> None:
    kinds = {(type(item), getattr(item, "several", None)) for lesson in EVERY_KIND for item in quiz(lesson).items}
    assert kinds == {(type(item), getattr(item, "several", None)) for each in lessons() for item in quiz(each).items}
    for lesson, report in zip(EVERY_KIND, reports["runs"], strict=True):
        quiz_answers.check(lesson, report)


@pytest.mark.browser
def test_numbers_are_read_as_people_write_them(reports: dict[str, Any]) -> None:
    for place, (answer, texts) in enumerate(TYPED.items()):
        for text, right in texts.items():
            said = reports["numbers"]["said"][f"n{place}"][text]
            sign = {True: "✓", False: "✗", None: "Type"}[right]
            assert said.startswith(sign), f"{text!r} for {answer}: {said}"


@pytest.mark.browser
def test_quizzes_on_one_page_leave_each_other_alone(reports: dict[str, Any]) -> None:
    assert reports["crowd"]["picked"] == [[1, 0, 0], [1, 1, 0], [1, 1, 1]]


@pytest.mark.browser
def test_a_quiz_works_where_nothing_may_be_remembered(reports: dict[str, Any]) -> None:
    assert reports["boxed"]["blocked"]
    first = next(item for item in quiz("00").items if isinstance(item, Choice) and not item.several)
    assert quiz_answers.spoken(first.options[0].feedback) in reports["boxed"]["said"]


@pytest.mark.browser
def test_a_quiz_works_as_the_output_of_a_notebook(reports: dict[str, Any]) -> None:
    assert reports["written"]["score"] == f"0 of {len(quiz('14').items)} right"


@pytest.mark.browser
def test_without_a_script_the_questions_read_and_the_answers_unfold(reports: dict[str, Any]) -> None:
    seen, items = reports["unscripted"], quiz("10").items
    assert seen["folded"] == len(items) and seen["buttons"] == 0
    assert all(quiz_answers.spoken(item.question) in seen["text"] for item in items)
    assert isinstance(items[0], Choice)
    assert all(quiz_answers.spoken(option.text) in seen["text"] for option in items[0].options)
    assert all(quiz_answers.spoken(option.feedback) in seen["unfolded"] for option in items[0].options)
    assert not any(quiz_answers.spoken(option.feedback) in seen["text"] for option in items[0].options)


@pytest.mark.browser
def test_nothing_is_asked_of_the_network_and_nothing_fails(reports: dict[str, Any]) -> None:
    for name in ("numbers", "crowd", "boxed", "written", "unscripted"):
        assert reports[name]["foreign"] == [] and reports[name]["errors"] == [], name
