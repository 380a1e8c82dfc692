"""Checks of exercises: each says what is wrong, in words of the subject, and never what the answer is.

>>> def observe(to_signed):
...     return [to_signed(value) for value in (0.0, 255.0)]
>>> def judge(seen):
...     if not near(seen, [-1.0, 1.0]):
...         reject("range", f"0 and 255 became {seen[0]:g} and {seen[1]:g}: the ends of the range belong at -1 and 1")

`check("00.2", observe, judge)` looks up ``to_signed`` where it is called, runs `observe` on it, and hands what was seen
to `judge`.

Lesson: 00 Start here.
"""

from __future__ import annotations

import contextlib
import hashlib
import inspect
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NoReturn

import torch

from ganlab.teaching import journal
from ganlab.teaching.observation import NotPlainError, decode, encode

Observe = Callable[..., Any]
Judge = Callable[[Any], None]


class Rejected(AssertionError):
    """An answer is not right yet: `key` names the mistake (tests compare it), `message` explains it to the learner."""

    def __init__(self, key: str, message: str) -> None:
        super().__init__(message)
        self.key = key
        self.message = message

    def _render_traceback_(self) -> list[str]:
        """What a notebook shows in place of a traceback: one paragraph."""
        return [f"✗ {self.message}"]


def reject(key: str, message: str) -> NoReturn:
    """Raise `Rejected`. ``message``: one or two sentences about the subject that do not give the answer away."""
    raise Rejected(key, message)


def near(seen: Any, wanted: Any, atol: float = 1e-6, rtol: float = 1e-5) -> bool:
    """Whether ``seen`` has the shape of ``wanted`` and its values up to ``atol + rtol * |wanted|``.

    Both may be numbers, lists of numbers, or tensors. Never raises: anything that is not a number, has another shape
    or is NaN is simply not near.
    """
    try:
        left = torch.as_tensor(seen, dtype=torch.float64)
        right = torch.as_tensor(wanted, dtype=torch.float64)
    except (TypeError, ValueError, RuntimeError):
        return False
    return left.shape == right.shape and bool(torch.allclose(left, right, rtol=rtol, atol=atol))


def attempt(function: Callable[..., Any], *args: Any, **kwargs: Any) -> dict[str, Any]:
    """``{"value": ..., "raised": None}``, or ``{"value": None, "raised": "TypeError", "message": ...}``.

    For an `observe` whose judge has something to say about an error. NotImplementedError passes through: a stub is not
    a wrong answer.
    """
    try:
        return {"value": function(*args, **kwargs), "raised": None, "message": ""}
    except NotImplementedError:
        raise
    except Exception as error:  # noqa: BLE001 - the learner's code may raise anything
        return {"value": None, "raised": type(error).__name__, "message": str(error)}


def sealed(value: float | int | str, places: int = 4) -> str:
    """A digest of a number (rounded to ``places`` decimals) or of a text: a check can compare without showing it."""
    text = value if isinstance(value, str) else f"{round(float(value), places) + 0.0:.{places}f}"
    return hashlib.sha256(f"ganlab:{places}:{text}".encode()).hexdigest()[:16]


def matches(seen: Any, digest: str, places: int = 4) -> bool:
    """Whether ``seen`` is the value behind a digest of `sealed`, up to one unit of the last place."""
    if isinstance(seen, str):
        return sealed(seen, places) == digest
    if isinstance(seen, torch.Tensor) and seen.numel() == 1:
        seen = seen.item()
    if isinstance(seen, bool) or not isinstance(seen, (int, float)) or seen != seen or abs(seen) == float("inf"):
        return False
    unit = 10.0**-places
    return any(sealed(seen + step * unit, places) == digest for step in (0, -1, 1))


def check(task: str, observe: Observe, judge: Judge, names: Mapping[str, Any] | None = None) -> None:
    """Check one task and print a line; raise `Rejected` with what is wrong, NotImplementedError for a stub.

    task: its id, "10.3". The parameters of ``observe`` name the learner's functions; they are looked up in ``names``,
    by default the globals of the caller. Random numbers of torch are seeded inside and restored afterwards.
    A task that is right is written into the learner's journal (`ganlab.teaching.progress` shows it).
    """
    if names is None:
        names = sys._getframe(1).f_globals
    try:
        judge(decode(look(task, observe, names)))
    except Rejected as rejected:
        journal.note(task, solved=False)
        raise Rejected(rejected.key, f"Task {task}: {rejected.message}") from rejected.__cause__
    journal.note(task, solved=True)
    print(f"✓ Task {task} is right.")


def look(task: str, observe: Observe, names: Mapping[str, Any]) -> str:
    """Run the first half of a check and return the encoded observation.

    Raises NotImplementedError with the task's number where the answer is still a stub, and Rejected where a name is
    missing ("missing"), the code stops with an error ("raised") or returns something strange ("type").
    """
    answers = {}
    for name in inspect.signature(observe).parameters:
        if name not in names:
            raise Rejected("missing", f"there is no `{name}` yet. Run the cell that defines it, then this one again.")
        answers[name] = names[name]
    try:
        with _seeded():
            return encode(observe(**answers))
    except NotImplementedError:
        raise NotImplementedError(f"Task {task} is not written yet: replace the line under YOUR CODE HERE.") from None
    except Rejected:
        raise
    except NotPlainError as error:
        raise Rejected("type", f"your code returned {error}.") from None
    except Exception as error:
        raise Rejected("raised", f"your code stopped with {_told(error)}") from error


def verdict(judge: Judge, observation: str) -> Rejected | None:
    """Run the second half of a check on an observation from outside: None if all is right.

    Whatever the judge stumbles over (a missing key, a list where a number belongs) counts against the observation.
    """
    try:
        judge(decode(observation))
    except Rejected as rejected:
        return rejected
    except Exception as error:  # noqa: BLE001 - the observation is not to be trusted
        return Rejected("malformed", f"what your code returned cannot be judged ({type(error).__name__}: {error}).")
    return None


@contextlib.contextmanager
def _seeded() -> Iterator[None]:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        yield


def _told(error: Exception) -> str:
    """The error and the last line of the learner's own code on the way to it."""
    text = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.line]
    own = [frame.line for frame in frames if frame.filename.startswith("<") or "ipykernel" in frame.filename]
    return f"{text} (at `{own[-1]}`)." if own else f"{text}."
