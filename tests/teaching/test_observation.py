"""What travels from an answer to its judge: the same values on both sides, and nothing else gets in or out."""

from __future__ import annotations

import base64
import json
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from ganlab.teaching import observation
from ganlab.teaching.observation import NotPlainError, decode, encode

DTYPES = (
    torch.bool, torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64, torch.float16, torch.float32,
    torch.float64,
)  # fmt: skip
WORDS = st.text(max_size=8).filter(lambda word: not word.startswith("$"))
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.lists(inner, max_size=4).map(tuple) | st.dictionaries(WORDS, inner, max_size=4)
    ),
    max_leaves=20,
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=12,
)
HOSTILE = st.recursive(
    JSON,
    lambda inner: (
        st.fixed_dictionaries({"$tensor": st.lists(inner, min_size=3, max_size=3) | inner})
        | st.fixed_dictionaries({"$tuple": inner})
        | st.fixed_dictionaries({"$float": inner})
        | st.fixed_dictionaries({"$other": inner, "x": inner})
    ),
    max_leaves=6,
)


def same(left: Any, right: Any) -> bool:
    """Equal with types, NaN equal to NaN, and 0.0 different from -0.0."""
    if type(left) is not type(right):
        return False
    if isinstance(left, float):
        return repr(left) == repr(right)
    if isinstance(left, list | tuple):
        return len(left) == len(right) and all(same(a, b) for a, b in zip(left, right, strict=True))
    if isinstance(left, dict):
        return list(left) == list(right) and all(same(left[key], right[key]) for key in left)
    return bool(left == right)


def bits(tensor: torch.Tensor) -> bytes:
    return tensor.detach().contiguous().numpy().tobytes()


@given(PLAIN)
def test_plain_data_arrive_as_they_were_sent(value):
    assert same(decode(encode(value)), value)


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("shape", [(), (0,), (2, 0, 3), (1,), (3, 2), (2, 1, 3, 2)], ids=str)
def test_a_tensor_arrives_bit_for_bit(dtype, shape):
    sent = (torch.randn(shape, generator=torch.Generator().manual_seed(1)) * 50).to(dtype)
    come = decode(encode(sent))
    assert come.dtype is dtype and come.shape == shape
    assert bits(come) == bits(sent)


@given(st.lists(st.floats(width=64), max_size=6))
def test_every_float_survives_in_a_tensor(values):
    sent = torch.tensor(values, dtype=torch.float64)
    assert bits(decode(encode([{"deep": (sent,)}]))[0]["deep"][0]) == bits(sent)


@pytest.mark.parametrize(
    "sent",
    [
        torch.arange(6.0).reshape(2, 3).T,
        torch.arange(6.0)[::2],
        torch.arange(3.0).expand(4, 3),
        torch.complex(torch.ones(2), torch.arange(2.0)).conj().imag,
    ],
    ids=["transposed", "strided", "expanded", "negated view"],
)
def test_a_view_arrives_as_what_it_shows(sent):
    assert torch.equal(decode(encode(sent)), sent)


def test_a_tensor_arrives_without_its_graph_and_alone():
    weights = torch.nn.Parameter(torch.ones(2))
    come = decode(encode(weights * 2))
    come.add_(1)
    assert not come.requires_grad and come.grad_fn is None
    assert torch.equal(weights, torch.ones(2))


def test_bfloat16_arrives_as_float32():
    come = decode(encode(torch.tensor([1.5, -2.0], dtype=torch.bfloat16)))
    assert come.dtype is torch.float32 and come.tolist() == [1.5, -2.0]


def test_numbers_of_numpy_arrive_as_python_s_and_arrays_as_tensors():
    assert same(decode(encode([np.float32(0.5), np.int64(3), np.bool_(True), np.str_("a")])), [0.5, 3, True, "a"])
    for array in (np.array(3.0), np.arange(6)[::-2], np.arange(4, dtype=">i2"), np.zeros((0, 2), dtype=np.uint8)):
        come = decode(encode(array))
        assert come.shape == array.shape and come.tolist() == array.tolist()
        assert str(come.dtype) == f"torch.{array.dtype.newbyteorder('=')}"


def test_a_shape_arrives_as_a_tuple():
    assert same(decode(encode(torch.zeros(2, 3).shape)), (2, 3))


class Surprise:
    def __reduce__(self):
        raise AssertionError("nothing may be pickled")


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        (Surprise(), "`Surprise`"),
        ({1, 2}, "`set`"),
        (print, "`builtin_function_or_method`"),
        (1j, "`complex`"),
        (b"bytes", "`bytes`"),
        (torch.nn.Linear(1, 1), "`Linear`"),
        ({1: "one"}, "keys"),
        ({"$tuple": [1]}, "keys"),
        (10**5000, "thousands of digits"),
        (np.array([None, 1]), "`ndarray`"),
        (np.array(["a"]), "`ndarray`"),
        (np.array([1j]), "`ndarray`"),
        (np.zeros(1, dtype=np.uint32), "uint32"),
        (np.datetime64("2026-01-01"), "`date`"),
        (np.longdouble(1), "`longdouble`"),
        (torch.ones(2, dtype=torch.complex64), "complex64"),
        (torch.zeros(2).to_sparse(), "without an entry"),
        (torch.zeros(2, device="meta"), "without an entry"),
    ],
    ids=lambda value: None if isinstance(value, str) else type(value).__name__,
)
def test_what_is_not_plain_is_named(sent, told):
    for value in (sent, [sent], {"inside": (sent,)}):
        with pytest.raises(NotPlainError, match=told):
            encode(value)


def test_a_list_that_contains_itself_is_named():
    endless: list[Any] = []
    endless.append(endless)
    with pytest.raises(NotPlainError, match="contains itself"):
        encode(endless)


def test_what_is_too_large_is_refused_on_both_sides(monkeypatch):
    monkeypatch.setattr(observation, "LIMIT", 100)
    assert decode(encode("x" * 98)) == "x" * 98  # two quotation marks more
    with pytest.raises(NotPlainError, match="101 characters"):
        encode("x" * 99)
    with pytest.raises(NotPlainError, match="too large"):
        decode('"' + "x" * 99 + '"')


def test_a_huge_tensor_is_refused_before_it_is_written_out():
    with pytest.raises(NotPlainError, match="too large"):
        encode(torch.zeros(1).expand(10**12))
    with pytest.raises(NotPlainError, match="too large"):
        encode(np.broadcast_to(np.float32(0), (10**6, 10**6)))


def tensor_text(name: Any, shape: Any, data: Any) -> str:
    return json.dumps({"$tensor": [name, shape, data]})


FOUR = base64.b64encode(bytes(4)).decode()


@pytest.mark.parametrize(
    "text",
    [
        "", "{", "NaN", "[Infinity]", "nothing", "[" * 100_000, "9" * 5000, '{"$tuple": "abc"}', '{"$tuple": {"a": 1}}',
        '{"$float": "nam"}', '{"$float": []}', '{"$code": "print(1)"}', '{"$tuple": [], "x": 1}', '{"$tensor": 3}',
        '{"$tensor": ["float32", [1]]}',
        tensor_text("float32", [2], FOUR),
        tensor_text("float32", [-1], FOUR),
        tensor_text("float32", [True], FOUR),
        tensor_text("float32", "1", FOUR),
        tensor_text("float32", {"1": 1}, FOUR),
        tensor_text("float32", [1.0], FOUR),
        tensor_text("float32", [3], ""),
        tensor_text("float32", [0, 2**40, 2**40, 2**40], ""),
        tensor_text("float32", [10**30], FOUR),
        tensor_text("float64", [1], FOUR),
        tensor_text("object", [1], FOUR),
        tensor_text(["float32"], [1], FOUR),
        tensor_text("float32", [1], "AAA"),
        tensor_text("float32", [1], "AA!A" + FOUR),
        tensor_text("float32", [1], "é"),
        tensor_text("float32", [1], 4),
    ],
    ids=lambda text: text[:40],
)  # fmt: skip
def test_a_forged_text_is_refused_as_such(text):
    with pytest.raises(NotPlainError):
        decode(text)


@given(HOSTILE.map(json.dumps) | st.text(max_size=40) | JSON.map(json.dumps))
def test_no_text_does_anything_but_arrive_or_be_refused(text):
    try:
        value = decode(text)
    except NotPlainError:
        return
    assert same_or_tensor(decode(encode(value)), value)


def same_or_tensor(left: Any, right: Any) -> bool:
    if isinstance(left, torch.Tensor):
        return bits(left) == bits(right) and left.shape == right.shape
    if isinstance(left, list | tuple):
        return len(left) == len(right) and all(map(same_or_tensor, left, right))
    if isinstance(left, dict):
        return list(left) == list(right) and all(same_or_tensor(left[key], right[key]) for key in left)
    return same(left, right)


def test_a_forged_truth_value_is_true_or_false():
    come = decode(tensor_text("bool", [2], base64.b64encode(b"\x07\x00").decode()))
    assert come.tolist() == [True, False] and int(come.sum()) == 1
