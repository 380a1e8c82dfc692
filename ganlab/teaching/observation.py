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

    Tensors travel without graph, in their own type; bfloat16 as float32, a ``torch.Size`` as a tuple. Raises
    NotPlainError for anything else, for more than `LIMIT` characters, and for structures that contain themselves.
    """
    try:
        text = json.dumps(_plain(seen), allow_nan=False)
    except RecursionError:
        raise NotPlainError("a list that contains itself") from None
    except ValueError:  # Python writes no integer of more than 4300 digits
        raise NotPlainError("a number with thousands of digits") from None
    if len(text) > LIMIT:
        raise NotPlainError(f"too much to look at: {len(text):,} characters")
    return text


def decode(text: str) -> Any:
    """The value behind the text of `encode`. Raises NotPlainError for any other text; runs nothing that is in it."""
    if len(text) > LIMIT:
        raise NotPlainError("the observation is too large")
    try:
        return _value(json.loads(text, parse_constant=_refuse))
    except (ValueError, KeyError, TypeError, RuntimeError) as error:  # RecursionError is a RuntimeError
        raise NotPlainError(f"the observation cannot be read: {error}") from None


def _plain(value: Any) -> Any:
    """The value in JSON's own types; every type of ours is a dictionary with one key that starts with "$"."""
    kind = type(value)
    if value is None or kind in (bool, int, str):
        return value
    if kind is float:
        return value if math.isfinite(value) else {f"${_FLOAT}": repr(value)}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, tuple):
        return {f"${_TUPLE}": [_plain(item) for item in value]}
    if isinstance(value, dict):
        if not all(type(key) is str and not key.startswith("$") for key in value):
            raise NotPlainError("a dictionary whose keys are not words")
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, torch.Tensor):
        return {f"${_TENSOR}": _tensor(value)}
    if isinstance(value, numpy.ndarray) and value.dtype.kind in "biuf":
        _admit(str(value.dtype.newbyteorder("=")), value.size * value.itemsize)
        native = numpy.array(value, dtype=value.dtype.newbyteorder("="), order="C")
        return {f"${_TENSOR}": _packed(native)}
    if isinstance(value, numpy.generic) and not isinstance(value.item(), numpy.generic):
        return _plain(value.item())
    raise NotPlainError(f"something of type `{kind.__name__}` where a number, a list or a tensor belongs")


def _tensor(value: torch.Tensor) -> list[Any]:
    if value.layout is not torch.strided or value.is_nested or value.is_meta:
        raise NotPlainError("a tensor without an entry in every place")
    dtype = torch.float32 if value.dtype is torch.bfloat16 else value.dtype
    _admit(str(dtype).removeprefix("torch."), value.numel() * value.element_size())
    return _packed(value.detach().to("cpu", dtype).resolve_neg().contiguous().numpy())


def _admit(name: str, size: int) -> None:
    """Refuse a type that does not travel, and a size that would not, before anything is copied."""
    if name not in _DTYPES:
        raise NotPlainError(f"a tensor of type {name}")
    if size > LIMIT:
        raise NotPlainError(f"a tensor too large to look at: {size:,} bytes")


def _packed(value: numpy.ndarray) -> list[Any]:
    return [str(value.dtype), list(value.shape), base64.b64encode(value.tobytes()).decode()]


def _value(plain: Any) -> Any:
    if isinstance(plain, list):
        return [_value(item) for item in plain]
    if not isinstance(plain, dict):
        return plain
    ours = [key for key in plain if key.startswith("$")]
    if not ours:
        return {key: _value(item) for key, item in plain.items()}
    ((key, inner),) = plain.items()
    if key == f"${_FLOAT}":
        return {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}[inner]
    if key == f"${_TUPLE}" and isinstance(inner, list):
        return tuple(_value(item) for item in inner)
    if key == f"${_TENSOR}":
        return _unpacked(*inner)
    raise ValueError(f"{key} is no type of an observation")


def _unpacked(name: str, shape: list[int], data: str) -> torch.Tensor:
    if not (isinstance(shape, list) and all(type(side) is int and side >= 0 for side in shape)):
        raise ValueError("a shape is a list of whole numbers")
    if math.prod(side or 1 for side in shape) > LIMIT:  # an empty tensor can have enormous sides
        raise ValueError("a shape is too large")
    raw = bytearray(base64.b64decode(data, validate=True))
    dtype = torch.uint8 if name == "bool" else _DTYPES[name]
    flat = torch.frombuffer(raw, dtype=dtype) if raw else torch.empty(0, dtype=dtype)
    # Not a view of the bytes as bool: one that is neither 0 nor 1 would make a truth value that is neither.
    return flat.reshape(shape).to(_DTYPES[name], copy=True)


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")
