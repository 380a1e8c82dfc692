"""A quiz as one piece of HTML that needs nothing from outside: for a notebook and for the book's pages alike.

Without JavaScript it is a list of questions with their answers folded under them. quiz.js takes everything it says
from there. Lesson: 00 Start here.
"""

from __future__ import annotations

import base64
import hashlib
import html
import re
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path

from ganlab.teaching.quiz_items import Choice, Item, Number, Order

HERE = Path(__file__).parent / "quizzes"
_MARKUP = re.compile(r"`(?P<code>[^`]+)`|\*(?P<em>[^*\s]+)\*|~(?P<sub>[^~\s]+)~")


def marked(text: str) -> str:
    """Escaped HTML of a text: `code`, *word* and L~D~ become <code>, <em> and <sub>; everything else is text."""
    pieces, at = [], 0
    for found in _MARKUP.finditer(text):
        tag = str(found.lastgroup)
        pieces += [html.escape(text[at : found.start()]), f"<{tag}>{html.escape(found[tag])}</{tag}>"]
        at = found.end()
    return "".join(pieces) + html.escape(text[at:])


def plain(text: str) -> str:
    """The same text for a terminal: `code` as it is, *word* without its stars, L~D~ as L_D."""
    return _MARKUP.sub(lambda found: found["em"] or (f"_{found['sub']}" if found["sub"] else found[0]), text)


def subject(lesson: str) -> str:
    """What a quiz is about, in words: "lesson 10", or "museum"."""
    return f"lesson {lesson}" if lesson.isdigit() else lesson


def page(lesson: str, items: Iterable[Item], draw: Callable[[str], bytes]) -> str:
    """The HTML of a quiz. ``draw(name)`` gives the PNG bytes of a picture."""
    questions = "\n".join(_question(lesson, n, item, draw) for n, item in enumerate(items, 1))
    # What is remembered of answers counts only for the very same questions.
    version = hashlib.sha256(re.sub(r'src="[^"]*"', "", questions).encode()).hexdigest()[:8]
    return (
        f'<section class="ganlab-quiz gq" aria-label="Check yourself: {subject(lesson)}" data-quiz="{lesson}"'
        f' data-version="{version}">\n'
        f"<style>{_file('quiz.css')}</style>\n{questions}\n<script>{_file('quiz.js')}</script>\n</section>"
    )


@cache
def _file(name: str) -> str:
    """The text of a style or script, without its comments and indentation."""
    text = re.sub(r"/\*.*?\*/", "", (HERE / name).read_text(encoding="utf-8"), flags=re.DOTALL)
    lines = [line for line in map(str.strip, text.splitlines()) if line and not line.startswith("// ")]
    if name.endswith(".css"):
        return re.sub(r"\s*([{};]|: )\s*", lambda found: found[1].strip(), "".join(lines))
    return "\n".join(lines)


def _question(lesson: str, number: int, item: Item, draw: Callable[[str], bytes]) -> str:
    control, answer, kind, hint = _parts(lesson, item)
    code = f"\n<pre><code>{html.escape(item.code)}</code></pre>" if item.code else ""
    picture = ""
    if item.picture:
        data = base64.b64encode(draw(item.picture)).decode()
        picture = f'\n<p><img alt="{html.escape(item.alt)}" src="data:image/png;base64,{data}"></p>'
    legend = f"<legend><b>{number}.</b> {marked(item.question)} <small>({hint})</small></legend>"
    return (
        f'<div class="gq-item" data-item="{item.id}" data-kind="{kind}">\n'
        f"<fieldset>\n{legend}{code}{picture}\n{control}\n</fieldset>\n"
        f"<details>\n<summary>Answer to question {number}</summary>\n{answer}\n</details>\n</div>"
    )


def _parts(lesson: str, item: Item) -> tuple[str, str, str, str]:
    """Controls, folded answer, kind for the script, and how to answer."""
    if isinstance(item, Choice):
        kind, hint = ("several", "choose all that are right") if item.several else ("one", "choose one")
        return *_choice(f"ganlab-quiz-{lesson}-{item.id}", item), kind, hint
    if isinstance(item, Number):
        return *_number(item), "number", "type a number"
    assert isinstance(item, Order)
    return *_order(item), "order", "put the lines in order"


def _choice(name: str, item: Choice) -> tuple[str, str]:
    box = "checkbox" if item.several else "radio"
    controls = [
        f'<li><label><input type="{box}" name="{name}" value="{n}"> {marked(option.text)}</label></li>'
        for n, option in enumerate(item.options)
    ]
    answers = [
        f'<li data-right="{int(option.right)}"><b>{"Right" if option.right else "Wrong"}.</b>'
        f" <span>{marked(option.feedback)}</span></li>"
        for option in item.options
    ]
    return _list("ol", controls, ' type="a"'), _list("ol", answers, ' type="a"')


def _number(item: Number) -> tuple[str, str]:
    unit = f" {marked(item.unit)}" if item.unit else ""
    control = (
        '<p><label>Your answer: <input type="text" size="12" autocomplete="off" spellcheck="false"'
        f' data-unit="{html.escape(item.unit)}">{unit}</label></p>'
    )
    wrong = [
        f'<li data-value="{w.value:.15g}">Not {_digits(w.value)}: <span>{marked(w.feedback)}</span></li>'
        for w in item.wrong
    ]
    answer = (
        f'<p data-value="{item.answer:.15g}" data-tolerance="{item.tolerance:.15g}">'
        f"<b>{_digits(item.answer)}{unit}.</b> <span>{marked(item.feedback)}</span></p>\n{_list('ul', wrong)}\n"
        f'<p data-otherwise="1">How to get there: <span>{marked(item.otherwise)}</span></p>'
    )
    return control, answer


def _digits(value: float) -> str:
    return f"{value:.15g}".replace("-", "−")


def _order(item: Order) -> tuple[str, str]:
    lines = [f'<li data-line="{n}"><span>{marked(item.lines[n])}</span></li>' for n in item.shown]
    rules = [
        f'<li data-first="{rule.first}" data-then="{rule.then}"><span>{marked(rule.feedback)}</span></li>'
        for rule in item.rules
    ]
    answer = (
        f"{_list('ol', [f'<li>{marked(line)}</li>' for line in item.lines])}\n"
        f'<p data-otherwise="1"><span>{marked(item.feedback)}</span></p>\n{_list("ul", rules)}'
    )
    return _list("ol", lines, ' class="gq-lines"'), answer


def _list(tag: str, entries: list[str], attributes: str = "") -> str:
    return f"<{tag}{attributes}>\n" + "\n".join(entries) + f"\n</{tag}>"
