"""What quiz.mjs is to answer in a quiz, and what it has to hear."""

from __future__ import annotations

import re
from typing import Any

from ganlab.teaching import quiz
from ganlab.teaching.quiz_items import Choice, Item, Number, Order


def run(url: str, lesson: str) -> dict[str, Any]:
    """The answers to a lesson's quiz on a page: for each item a right one and a wrong one."""
    return {"url": url, "items": [_answers(item) for item in quiz(lesson).items]}


def check(lesson: str, report: dict[str, Any]) -> None:
    """Fail where the page did not say or keep what it should."""
    items = quiz(lesson).items
    none, full = (f"{n} of {len(items)} right" for n in (0, len(items)))
    assert report["foreign"] == [] and report["errors"] == []
    assert (report["before"], report["after"], report["reloaded"]) == (none, full, full)
    assert (report["restarted"], report["kept"], report["fresh"]) == (none, [], [none, 0])
    assert report["walked"] == [item.id for item in items], "Tab does not come by every item in its order"
    assert report["unnamed"] == [] and report["unguarded"] == 0 and report["live"] and report["overflow"] <= 0
    for n, (item, again) in enumerate(zip(items, report["saidAgain"], strict=True)):
        found = report["items"][item.id]
        right, wrong, others = _feedback(item)
        assert found["foldedBefore"] and found["offered"] and found["outline"] == "solid", item.id
        assert found.get("empty", "").endswith("first.") or "such as" in found.get("empty", "such as"), item.id
        assert found["wrong"].startswith("✗") and spoken(wrong) in found["wrong"], item.id
        assert found["scoreWrong"] == f"{n} of {len(items)} right", item.id
        assert found["cleared"] == ["", False, 0], item.id
        assert found["right"].startswith("✓") and all(spoken(text) in found["right"] for text in right), item.id
        assert "✗" not in found["right"] and again == found["right"], item.id
        assert all(spoken(text) in found["answer"] for text in (*right, wrong, *others)), item.id


def spoken(text: str) -> str:
    """A text as a browser shows it: without the marks of code, emphasis and subscript."""
    return re.sub("[`*~]", "", text)


def _answers(item: Item) -> dict[str, Any]:
    if isinstance(item, Choice):
        right = [n for n, option in enumerate(item.options) if option.right]
        wrong = [n for n, option in enumerate(item.options) if not option.right][-1]
        if item.several:
            return {"id": item.id, "kind": "several", "right": right, "wrong": [wrong]}
        return {"id": item.id, "kind": "one", "right": right[0], "wrong": wrong}
    if isinstance(item, Number):
        return {"id": item.id, "kind": "number", "right": str(item.answer), "wrong": str(item.wrong[0].value)}
    assert isinstance(item, Order)
    return {"id": item.id, "kind": "order", "right": list(range(len(item.lines))), "wrong": list(item.shown)}


def _feedback(item: Item) -> tuple[list[str], str, list[str]]:
    """What is said of the right answer, of the wrong one, and what else the folded answer holds."""
    if isinstance(item, Choice):
        wrong = [option.feedback for option in item.options if not option.right]
        return [option.feedback for option in item.options if option.right], wrong[-1], wrong
    if isinstance(item, Number):
        return [item.feedback], item.wrong[0].feedback, [item.otherwise, *(wrong.feedback for wrong in item.wrong)]
    assert isinstance(item, Order)
    return [item.feedback], item.broken(list(item.shown))[0].feedback, [rule.feedback for rule in item.rules]
