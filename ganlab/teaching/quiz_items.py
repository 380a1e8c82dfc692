"""What a quiz file holds, read from TOML and checked: every fault is one sentence that names the item.

Lesson: 00 Start here.
"""

from __future__ import annotations

import hashlib
import math
import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from ganlab.errors import UserError, unknown

T = TypeVar("T")


@dataclass(frozen=True)
class Item:
    """One question. Its words may hold `code`, *emphasis* and L~D~ for a subscript; `alt` describes the picture."""

    id: str
    question: str
    code: str
    picture: str
    alt: str


@dataclass(frozen=True)
class Option:
    """One option of a choice; ``feedback`` says why it is right or wrong."""

    text: str
    right: bool
    feedback: str


@dataclass(frozen=True)
class Choice(Item):
    """One right option of several, or several right ones."""

    options: tuple[Option, ...]
    several: bool


@dataclass(frozen=True)
class WrongNumber:
    """A number that a known mistake leads to, and what to say about it."""

    value: float
    feedback: str


@dataclass(frozen=True)
class Number(Item):
    """A number: right within ``tolerance`` of ``answer``; ``otherwise`` is said of a number that nobody foresaw."""

    answer: float
    tolerance: float
    unit: str
    feedback: str
    otherwise: str
    wrong: tuple[WrongNumber, ...]


@dataclass(frozen=True)
class Rule:
    """Line ``first`` comes before line ``then`` (places in the right order, from 0); ``feedback`` says why."""

    first: int
    then: int
    feedback: str


@dataclass(frozen=True)
class Order(Item):
    """Lines to be put in order. Every order that keeps all rules is right; ``lines`` is one of them."""

    lines: tuple[str, ...]
    rules: tuple[Rule, ...]
    feedback: str

    @cached_property
    def shown(self) -> tuple[int, ...]:
        """The order in which the lines are offered: a fixed shuffle that breaks at least one rule."""
        places = sorted(range(len(self.lines)), key=lambda i: hashlib.sha256(self.lines[i].encode()).digest())
        while not self.broken(places):
            places = [*places[1:], places[0]]
        return tuple(places)

    def broken(self, places: list[int]) -> list[Rule]:
        """The rules that an order of the lines breaks."""
        return [rule for rule in self.rules if places.index(rule.first) > places.index(rule.then)]


def read(path: Path, pictures: Callable[[], Any]) -> tuple[Item, ...]:
    """The items of a quiz file, in order. ``pictures()`` gives the names of pictures that exist.

    Raises UserError for anything that is missing, misspelt or of the wrong type.
    """
    try:
        content = _Table(tomllib.loads(path.read_text(encoding="utf-8")), path.name)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UserError(f"{path.name} is no readable TOML ({error}): mend that line") from None
    items = tuple(_item(table, pictures) for table in content.tables("item", "items"))
    content.done()
    names = [item.id for item in items]
    if twice := {name for name in names if names.count(name) > 1}:
        raise UserError(f"{path.name} has two items with the id {min(twice)!r}: give each its own")
    return items


class _Table:
    """A TOML table whose keys are taken one by one; what is left over is a misspelling."""

    def __init__(self, content: dict[str, Any], where: str) -> None:
        self.left = dict(content)
        self.where = where

    def take(self, key: str, kind: type[T], default: T | None = None) -> T:
        """The value of a key. Without a default the key has to be there, and a text must not be empty."""
        if key not in self.left:
            if default is None:
                raise self.fault(f"has no `{key}`: add it")
            return default
        value = self.left.pop(key)
        if kind is float and type(value) is int:
            value = float(value)
        if type(value) is not kind:
            raise self.fault(f"has a `{key}` that is a {type(value).__name__}, not a {kind.__name__}: mend it")
        if default is None and value == "":
            raise self.fault(f"has an empty `{key}`: fill it in")
        return value

    def tables(self, key: str, what: str) -> list[_Table]:
        """The tables below ``[[key]]``, at least one."""
        found = self.take(key, list, [])
        if not found or not all(type(entry) is dict for entry in found):
            raise self.fault(f"has no {what}: write them under [[{key}]]")
        return [_Table(entry, f"{self.where}, {key.split('.')[-1]} {n}") for n, entry in enumerate(found, 1)]

    def done(self) -> None:
        """Raise if a key is left."""
        if self.left:
            raise self.fault(f"has a key `{min(self.left)}` that a quiz does not know: remove it or correct its name")

    def fault(self, text: str) -> UserError:
        return UserError(f"{self.where} {text}")


def _item(table: _Table, pictures: Callable[[], Any]) -> Item:
    name = table.take("id", str)
    if not re.fullmatch(r"[a-z0-9-]+", name):
        raise table.fault(f"has the id {name!r}: use small letters, digits and hyphens")
    table.where = f"{table.where} ({name})"
    kind = table.take("kind", str)
    common = {
        "id": name,
        "question": table.take("question", str),
        "code": table.take("code", str, "").strip("\n"),
        "picture": table.take("picture", str, ""),
        "alt": table.take("alt", str, ""),
    }
    if bool(common["picture"]) != bool(common["alt"]):
        raise table.fault("has a `picture` without `alt` or the reverse: describe what is to be seen, for who cannot")
    if common["picture"] and common["picture"] not in pictures():
        raise unknown(f"picture in {table.where}", common["picture"], pictures())
    if kind not in _KINDS:
        raise unknown(f"kind in {table.where}", kind, _KINDS)
    item = _KINDS[kind](table, common)
    table.done()
    return item


def _one(table: _Table, common: dict[str, Any]) -> Choice:
    options = _options(table)
    if sum(option.right for option in options) != 1:
        raise table.fault("has not exactly one right option: set `right = true` on one, or make it of kind several")
    return Choice(**common, options=options, several=False)


def _several(table: _Table, common: dict[str, Any]) -> Choice:
    options = _options(table)
    if not 2 <= sum(option.right for option in options) < len(options):
        raise table.fault("is of kind several: it needs two or more right options and a wrong one")
    return Choice(**common, options=options, several=True)


def _options(table: _Table) -> tuple[Option, ...]:
    options = []
    for entry in table.tables("option", "options"):
        options.append(Option(entry.take("text", str), entry.take("right", bool, False), entry.take("feedback", str)))
        entry.done()
    texts = [option.text for option in options]
    if len(set(texts)) < max(len(texts), 2):
        raise table.fault("needs two or more options that differ")
    return tuple(options)


def _number(table: _Table, common: dict[str, Any]) -> Number:
    answer, tolerance = table.take("answer", float), table.take("tolerance", float)
    if not math.isfinite(answer) or not 0 < tolerance < math.inf:
        raise table.fault("needs a finite `answer` and a `tolerance` above 0")
    feedback, otherwise, unit = table.take("feedback", str), table.take("otherwise", str), table.take("unit", str, "")
    wrong = []
    for entry in table.tables("wrong", "wrong numbers"):
        wrong.append(WrongNumber(entry.take("value", float), entry.take("feedback", str)))
        if abs(wrong[-1].value - answer) <= tolerance:
            raise entry.fault("is within the tolerance of the answer: it would never be heard")
        entry.done()
    return Number(**common, answer=answer, tolerance=tolerance, unit=unit, feedback=feedback, otherwise=otherwise,
                  wrong=tuple(wrong))  # fmt: skip


def _order(table: _Table, common: dict[str, Any]) -> Order:
    lines = table.take("lines", list)
    if len(lines) < 3 or len(set(map(str, lines))) < len(lines) or not all(type(line) is str for line in lines):
        raise table.fault("needs three or more `lines`, all different")
    rules = []
    for entry in table.tables("rule", "rules"):
        first, then = entry.take("first", int), entry.take("then", int)
        if not 1 <= first < then <= len(lines):
            raise entry.fault(f"needs 1 <= first < then <= {len(lines)}: the places of two lines in the right order")
        rules.append(Rule(first - 1, then - 1, entry.take("feedback", str)))
        entry.done()
    return Order(**common, lines=tuple(lines), rules=tuple(rules), feedback=table.take("feedback", str))


_KINDS: dict[str, Callable[[_Table, dict[str, Any]], Item]] = {
    "one": _one,
    "several": _several,
    "number": _number,
    "order": _order,
}
