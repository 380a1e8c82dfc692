"""What is said between marking and a sandbox: questions as lines of JSON, answers as text with a number and a length.

The side that marks is never asked to understand what comes out: an answer is a kind, which is a word, and a text that
is handed on. Each question has a number of its own that cannot be guessed, and exactly one answer.

Lesson: 00 Start here.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import secrets
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from ganlab.teaching.observation import LIMIT

KEPT = 20_000  # bytes of output that are kept for each question
DROPPED = "\n... (the rest of the output was dropped)"
_HEAD = re.compile(rb"([0-9a-f]{32}) ([a-z]{1,16}) ([0-9]{1,4}) ([0-9]{1,9})")
_HEAD_LENGTH = 64
_WORDS = 20_000  # bytes of any text but an observation


@dataclass(frozen=True)
class Answer:
    """``kind``: "seen" (an encoded observation) or another word; ``output`` is what was printed on the way.

    left: how many processes run beside the one that answers, as it says.
    """

    kind: str
    text: str
    left: int = 0
    output: str = ""


class ClosedError(Exception):
    """There is nobody at the other end any more."""


class LateError(Exception):
    """No answer within the time."""


class ForgedError(Exception):
    """Something came that no question asked for, or that is no answer at all."""


class Asking:
    """The end of the side that marks. Raises only ClosedError, LateError and ForgedError."""

    def __init__(self, channel: socket.socket, output: Output) -> None:
        self._channel = channel
        self._output = output

    def ask(self, question: dict[str, Any], seconds: float) -> Answer:
        """Put a question and wait for its one answer."""
        until = time.monotonic() + seconds
        self.expect_silence()
        number = secrets.token_hex(16)
        self._output.expect(_mark(number))
        self._send(json.dumps({"number": number, **question}).encode() + b"\n", until)
        answer = self._answer(number.encode(), until)
        return replace(answer, output=self._output.until_mark())

    def expect_silence(self) -> None:
        """Raise ForgedError if something lies here unasked, ClosedError if the other end is gone."""
        self._channel.setblocking(False)
        try:
            said = self._channel.recv(1)
        except BlockingIOError:
            return
        except OSError:
            said = b""
        raise ForgedError if said else ClosedError

    def _send(self, line: bytes, until: float) -> None:
        view = memoryview(line)
        while view:
            self._wait(until)
            try:
                view = view[self._channel.send(view) :]
            except TimeoutError:
                raise LateError from None
            except OSError:
                raise ClosedError from None

    def _answer(self, number: bytes, until: float) -> Answer:
        head = b""
        while b"\n" not in head:
            head += self._receive(_HEAD_LENGTH - len(head), until)
            if len(head) >= _HEAD_LENGTH and b"\n" not in head:
                raise ForgedError
        head, _, text = head.partition(b"\n")
        found = _HEAD.fullmatch(head)
        if not found or not secrets.compare_digest(found[1], number):
            raise ForgedError
        kind, left, length = found[2].decode(), int(found[3]), int(found[4])
        if length > (LIMIT if kind == "seen" else _WORDS) or len(text) > length:
            raise ForgedError
        parts = [text]
        length -= len(text)
        while length:
            parts.append(self._receive(min(length, 1 << 16), until))
            length -= len(parts[-1])
        return Answer(kind, b"".join(parts).decode(errors="replace"), left)

    def _receive(self, most: int, until: float) -> bytes:
        self._wait(until)
        try:
            part = self._channel.recv(most)
        except TimeoutError:
            raise LateError from None
        except OSError:
            raise ClosedError from None
        if not part:
            raise ClosedError
        return part

    def _wait(self, until: float) -> None:
        left = until - time.monotonic()
        if left <= 0:
            raise LateError
        self._channel.settimeout(left)


class Answering:
    """The end inside. ``questions`` ends when the side that marks closes the channel."""

    def __init__(self, channel: socket.socket) -> None:
        self._channel = channel

    def questions(self) -> Iterator[dict[str, Any]]:
        """Each question once, as it comes."""
        with self._channel.makefile("rb") as lines:
            for line in lines:
                yield json.loads(line)

    def answer(self, question: dict[str, Any], kind: str, text: str, left: int = 0) -> None:
        """Answer a question. What it printed has to be flushed: a mark in the output says where it ends."""
        with contextlib.suppress(OSError):  # marked code may have closed its own output
            os.write(1, _mark(question["number"]))
        body = text.encode(errors="replace")
        body = body if kind == "seen" else body[:_WORDS]
        self._channel.sendall(f"{question['number']} {kind} {min(left, 9999)} {len(body)}\n".encode() + body)


class Output(threading.Thread):
    """Reads the output of a sandbox to its end, whatever comes, and keeps the beginning of each question's part."""

    def __init__(self, descriptor: int) -> None:
        super().__init__(daemon=True)
        self._descriptor = descriptor
        self._news = threading.Condition()
        self._mark = b""
        self._before, self._after = bytearray(), bytearray()
        self._tail, self._found, self._ended = b"", False, False
        self.start()

    def expect(self, mark: bytes) -> None:
        """From now on the output belongs to the question with this mark."""
        with self._news:
            self._mark, self._found = mark, False
            self._before, self._after, self._tail = self._after, bytearray(), b""

    def until_mark(self) -> str:
        """What came before the mark; waits for it a little, for marked code may have closed its output."""
        with self._news:
            self._news.wait_for(lambda: self._found or self._ended, timeout=0.5)
            return _shortened(self._before)

    def run(self) -> None:
        """Until nobody has the other end open."""
        with open(self._descriptor, "rb", buffering=0) as output:  # noqa: PTH123 - a descriptor
            while part := output.read(1 << 16):
                with self._news:
                    self._take(part)
        with self._news:
            self._ended = True
            self._news.notify_all()

    def _take(self, part: bytes) -> None:
        if self._found or not self._mark:
            _keep(self._after, part)
            return
        seen = self._tail + part
        place = seen.find(self._mark)
        if place < 0:
            _keep(self._before, part)
            self._tail = seen[-len(self._mark) + 1 :]
            return
        new = place - len(self._tail)
        if new >= 0:
            _keep(self._before, part[:new])
        elif len(self._before) <= KEPT:
            del self._before[new:]
        _keep(self._after, seen[place + len(self._mark) :])
        self._found = True
        self._news.notify_all()


def _mark(number: str) -> bytes:
    return f"\0{number}\n".encode()


def _keep(buffer: bytearray, part: bytes) -> None:
    buffer += part[: KEPT + 1 - len(buffer)]


def _shortened(output: bytearray) -> str:
    text = bytes(output[:KEPT]).decode(errors="replace")
    return text + DROPPED if len(output) > KEPT else text
