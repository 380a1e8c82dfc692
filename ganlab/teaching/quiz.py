"""Questions to check yourself by: a TOML file for each lesson and for the museum, one output for notebook and page.

Nothing is sent anywhere. Lesson: 00 Start here.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from string import ascii_lowercase

from ganlab.errors import unknown
from ganlab.teaching.quiz_html import page, plain, subject
from ganlab.teaching.quiz_items import Choice, Item, Number, Order, read

QUIZZES = Path(__file__).parent / "quizzes"
MUSEUM = "museum"  # the quiz of pictures, which belongs to no lesson


@dataclass(frozen=True, repr=False)
class Quiz:
    """The questions of a lesson: HTML where a notebook shows it, plain text without the answers elsewhere."""

    lesson: str
    items: tuple[Item, ...]

    def _repr_html_(self) -> str:
        from ganlab.teaching.pictures import draw

        return page(self.lesson, self.items, draw)

    def __repr__(self) -> str:
        questions = (f"{n}. {_text(item)}" for n, item in enumerate(self.items, 1))
        return f"Check yourself: {subject(self.lesson)}, {len(self.items)} questions\n\n" + "\n\n".join(questions)


def quiz(lesson: str) -> Quiz:
    """The quiz of a lesson by its number, "10", or "museum". Raises UserError where there is none."""
    path = QUIZZES / f"{lesson}.toml"
    known = [*lessons(), MUSEUM]
    if lesson not in known:
        raise unknown("quiz", str(lesson), known)
    return Quiz(lesson, read(path, _pictures))


def lessons() -> list[str]:
    """The numbers of the lessons that have a quiz."""
    return sorted(path.stem for path in QUIZZES.glob("[0-9][0-9].toml"))


def _pictures() -> list[str]:
    from ganlab.teaching.pictures import PICTURES

    return list(PICTURES)


def _text(item: Item) -> str:
    lines = [plain(item.question)]
    if item.code:
        lines += ["", *(f"       {line}" for line in item.code.splitlines()), ""]
    if item.picture:
        lines.append(f"   [Picture: {item.alt}]")
    if isinstance(item, Choice):
        box = "[ ]" if item.several else "( )"
        lines += [
            f"   {box} {letter}. {plain(option.text)}"
            for letter, option in zip(ascii_lowercase, item.options, strict=False)
        ]
    elif isinstance(item, Number):
        lines.append(f"   Your answer: ____ {plain(item.unit)}".rstrip())
    elif isinstance(item, Order):
        lines += [f"   __ {plain(item.lines[n])}" for n in item.shown]
    return "\n".join(lines)
