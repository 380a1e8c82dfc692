"""What a check saw, as plain data: the only thing that travels from an answer to its judge.

A check has two halves. `observe` runs beside the learner's code and may call it; `judge` sees only what `observe`
returned. In a notebook both run in one process. When work is marked, `observe` runs in a sandbox and `judge` outside,
so nothing that the marked code does to Python, to torch or to the check can reach the verdict. To keep the two places
equal, every observation passes through `encode` and `decode` in both.

Lesson: 00 Start here.
"""

from __future__ import annotations

import base64
import json
import math
from typing import Any

import numpy
import torch

LIMIT = 8_000_000  # characters of one encoded observation
_TENSOR, _TUPLE, _FLOAT = "tensor", "tuple", "float"
_DTYPES = {
    str(dtype).removeprefix("torch."): dtype
    for dtype in (
        torch.bool,
        torch.uint8,
        torch.int8,
        torch.int16,
        torch.int32,
        torch.int64,
        torch.float16,
        torch.float32,
        torch.float64,
    )
}


class NotPlainError(TypeError):
    """The observation holds something else than numbers, text, lists, dictionaries and tensors."""


def encode(seen: Any) -> str:
    """JSON text of None, bool, int, float, str, list, tuple, dict with str keys, NumPy values and tensors.

    Tensors travel without graph, in their own type; bfloat16 as float32. Raises NotPlainError for anything else, for
    more than `LIMIT` characters, and for structures that contain themselves.
    """
    try:
        text = json.dumps(_plain(seen), allow_nan=False)
    except RecursionError:
        raise NotPlainError("the observation contains itself") from None
    if len(text) > LIMIT:
        raise NotPlainError(f"the observation is too large: {len(text):,} characters")
    return text


def decode(text: str) -> Any:
    """The value behind the text of `encode`. Raises NotPlainError for any other text; runs nothing that is in it."""
    if len(text) > LIMIT:
        raise NotPlainError("the observation is too large")
    try:
        return _value(json.loads(text))
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise NotPlainError(f"the observation cannot be read: {error}") from None


def _plain(value: Any) -> Any:
    """The value in JSON's own types; every type of ours is a dictionary with one key that starts with "$"."""
    kind = type(value)
    if value is None or kind in (bool, int, str):
        return value
    if kind is float:
        return value if math.isfinite(value) else {f"${_FLOAT}": repr(value)}
    if kind is list:
        return [_plain(item) for item in value]
    if kind is tuple:
        return {f"${_TUPLE}": [_plain(item) for item in value]}
    if kind is dict:
        if not all(type(key) is str and not key.startswith("$") for key in value):
            raise NotPlainError("the keys of an observation are words")
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, numpy.generic):
        return _plain(value.item())
    if isinstance(value, numpy.ndarray):
        return _plain(torch.from_numpy(numpy.ascontiguousarray(value)))
    if isinstance(value, torch.Tensor):
        return {f"${_TENSOR}": _tensor(value)}
    raise NotPlainError(f"a {kind.__name__} where a number, a list or a tensor belongs")


def _tensor(value: torch.Tensor) -> list[Any]:
    if value.layout is not torch.strided:
        raise NotPlainError("a sparse tensor where a dense one belongs")
    value = value.detach().cpu()
    if value.dtype is torch.bfloat16:
        value = value.float()
    name = str(value.dtype).removeprefix("torch.")
    if name not in _DTYPES:
        raise NotPlainError(f"a tensor of type {name}")
    data = value.contiguous().numpy().tobytes()
    return [name, list(value.shape), base64.b64encode(data).decode()]


def _value(plain: Any) -> Any:
    if isinstance(plain, list):
        return [_value(item) for item in plain]
    if not isinstance(plain, dict):
        return plain
    if len(plain) == 1:
        ((key, inner),) = plain.items()
        if key == f"${_FLOAT}":
            return {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}[inner]
        if key == f"${_TUPLE}":
            return tuple(_value(item) for item in inner)
        if key == f"${_TENSOR}":
            name, shape, data = inner
            raw = bytearray(base64.b64decode(data, validate=True))
            flat = torch.frombuffer(raw, dtype=_DTYPES[name]) if raw else torch.empty(0, dtype=_DTYPES[name])
            if not all(type(side) is int and 0 <= side <= LIMIT for side in shape):
                raise ValueError("a shape is a list of whole numbers")
            return flat.reshape(shape).clone()
    return {key: _value(item) for key, item in plain.items()}
