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
import linecache
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping
from types import FrameType
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


class NotWrittenError(NotImplementedError):
    """An answer is still the stub: ``function`` is the name of the one that raised."""

    def __init__(self, message: str, function: str) -> None:
        super().__init__(message)
        self.function = function

    def _render_traceback_(self) -> list[str]:
        """What a notebook shows in place of a traceback: one sentence."""
        return [f"… {self}"]


def near(seen: Any, wanted: Any, atol: float = 1e-6, rtol: float = 1e-5) -> bool:
    """Whether ``seen`` has the shape of ``wanted`` and its values up to ``atol + rtol * |wanted|``.

    Both may be numbers, tensors, or lists of either. Never raises: anything that is not a number, has another shape or
    is NaN is simply not near.
    """
    try:
        left, right = _numbers(seen), _numbers(wanted)
    except (TypeError, ValueError, RuntimeError, OverflowError):
        return False
    return left.shape == right.shape and bool(torch.allclose(left, right, rtol=rtol, atol=atol))


def _numbers(value: Any) -> torch.Tensor:
    if isinstance(value, (list, tuple)) and any(isinstance(item, torch.Tensor) for item in value):
        return torch.stack([_numbers(item) for item in value])
    return torch.as_tensor(value, dtype=torch.float64)


def attempt(function: Callable[..., Any], *args: Any, **kwargs: Any) -> dict[str, Any]:
    """``{"value": ..., "raised": None}``, or ``{"value": None, "raised": "TypeError", "message": ...}``.

    For an `observe` whose judge has something to say about an error. The NotImplementedError of a stub passes through:
    a stub is not a wrong answer.
    """
    try:
        return {"value": function(*args, **kwargs), "raised": None, "message": ""}
    except Exception as error:
        if _from_stub(error):
            raise
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
    if isinstance(seen, bool) or not isinstance(seen, (int, float)) or not abs(seen) < 1e300:
        return False
    nearest, unit = round(float(seen), places), 10.0**-places
    return any(sealed(nearest + step * unit, places) == digest for step in (0, -1, 1))


def check(task: str, observe: Observe, judge: Judge, names: Mapping[str, Any] | None = None) -> None:
    """Check one task and print a line; raise `Rejected` with what is wrong, `NotWrittenError` for a stub.

    task: its id, "10.3". The parameters of ``observe`` name the learner's functions; they are looked up in ``names``,
    by default the globals of the caller. Gradients are on and torch's random numbers are seeded inside, whatever the
    notebook did before, and both are as they were afterwards.
    A task that is right is written into the learner's journal (`ganlab.teaching.progress` shows it).
    """
    if names is None:
        names = sys._getframe(1).f_globals
    try:
        with contextlib.redirect_stderr(sys.stdout):  # nbgrader gives no points to a cell that warns
            observation = look(task, observe, names)
        rejected = verdict(judge, observation)
    except Rejected as early:
        rejected = early
    journal.note(task, solved=rejected is None)
    if rejected is not None:
        raise Rejected(rejected.key, f"Task {task}: {rejected.message}") from rejected.__cause__
    print(f"✓ Task {task} is right.")


def look(task: str, observe: Observe, names: Mapping[str, Any]) -> str:
    """Run the first half of a check and return the encoded observation.

    Raises NotWrittenError where a stub was called, and Rejected where a name is missing ("missing"), the code stops
    with an error ("raised") or returns something strange ("type").
    """
    answers = {}
    for name in inspect.signature(observe).parameters:
        if name not in names:
            raise Rejected("missing", f"there is no `{name}` yet. Run the cell that defines it, then this one again.")
        answers[name] = names[name]
    try:
        with _seeded():
            return encode(observe(**answers))
    except Rejected:
        raise
    except NotPlainError as error:
        raise Rejected("type", f"your code returned {error}.") from None
    except Exception as error:
        if _from_stub(error):
            raise _unwritten(task, error, answers) from None
        raise Rejected("raised", _told(error, names, answers)) from error


def verdict(judge: Judge, observation: str) -> Rejected | None:
    """Run the second half of a check on an observation from outside: None if all is right.

    Whatever the judge stumbles over (None, a list where a number belongs) counts against the observation.
    """
    try:
        judge(decode(observation))
    except Rejected as rejected:
        return rejected
    except Exception as error:  # noqa: BLE001 - the observation is not to be trusted
        stumbled = Rejected("malformed", f"your code did not return what the task asks for ({_short(error)}).")
        stumbled.__cause__ = error
        return stumbled
    return None


@contextlib.contextmanager
def _seeded() -> Iterator[None]:
    with torch.random.fork_rng(devices=[]), torch.enable_grad():
        torch.manual_seed(0)
        yield


def _from_stub(error: Exception) -> bool:
    """Whether an unwritten answer raised this. A library's NotImplementedError is an error like any other."""
    if not isinstance(error, NotImplementedError) or error.args:
        return False
    _, frame, _ = _roots(error)[-1]
    return not frame.f_globals.get("__package__")


def _unwritten(task: str, error: Exception, answers: Mapping[str, Any]) -> NotWrittenError:
    function = _roots(error)[-1][0]
    if function in answers:
        return NotWrittenError(f"Task {task} is not written yet: replace the lines under YOUR CODE HERE.", function)
    return NotWrittenError(f"Task {task} calls `{function}`, which is not written yet: write that one first.", function)


def _told(error: Exception, names: Mapping[str, Any], answers: Mapping[str, Any]) -> str:
    """The error with the line where the learner's code stood: the last one in an answer, or else in the notebook."""
    roots = [(root, frame, line) for root, frame, line in _roots(error) if frame.f_globals is names]
    own = [place for place in roots if place[0] in answers] or [place for place in roots if place[0] != "observe"]
    if not own:
        return f"the check could not use your code: {_short(error)}."
    root, frame, number = own[-1]
    line = linecache.getline(frame.f_code.co_filename, number, frame.f_globals).strip()
    return f"your code stopped with {_short(error)}" + (f", in `{root}` at the line `{line}`." if line else ".")


def _roots(error: Exception) -> list[tuple[str, FrameType, int]]:
    """For each frame on the way to the error: the outermost function or class it is written in, and the line."""
    return [
        (frame.f_code.co_qualname.split(".")[0], frame, number)
        for frame, number in traceback.walk_tb(error.__traceback__)
    ]


def _short(error: Exception) -> str:
    """The kind of an error and the first line of its text."""
    text = str(error).strip().partition("\n")[0].rstrip(".")
    text = text if len(text) <= 200 else f"{text[:200]} ..."
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
