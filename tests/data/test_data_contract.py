from __future__ import annotations

import numpy as np
import pytest
import torch

from ganlab.data import ImageData, PointData, check_images, to_float, to_uint8
from ganlab.errors import UserError

EVERY_VALUE = torch.arange(256, dtype=torch.uint8)


def test_every_value_comes_back_from_float() -> None:
    assert torch.equal(to_uint8(to_float(EVERY_VALUE)), EVERY_VALUE)


def test_floats_reach_both_ends_exactly_and_are_symmetric() -> None:
    floats = to_float(EVERY_VALUE)
    assert floats.dtype == torch.float32
    assert (floats[0].item(), floats[-1].item()) == (-1.0, 1.0)
    assert torch.equal(floats, -floats.flip(0))
    np.testing.assert_allclose(floats.numpy(), np.arange(256) / 127.5 - 1, atol=2e-7)


def test_to_float_leaves_its_input_alone_and_refuses_floats() -> None:
    before = EVERY_VALUE.clone()
    to_float(EVERY_VALUE)
    assert torch.equal(EVERY_VALUE, before)
    with pytest.raises(UserError, match=r"uint8.*float32"):
        to_float(torch.zeros(3))


def test_to_uint8_rounds_and_clamps() -> None:
    step = 2 / 255
    x = torch.tensor([-1.3, -1 + 0.4 * step, -1 + 0.6 * step, 1.0, 7.0])
    assert to_uint8(x).tolist() == [0, 0, 1, 255, 255]
    assert to_uint8(torch.tensor([1.0], dtype=torch.bfloat16, requires_grad=True)).tolist() == [255]
    with pytest.raises(UserError, match="int64"):
        to_uint8(torch.tensor([1]))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.float16, torch.bfloat16])
def test_check_images_accepts_the_contract(dtype: torch.dtype) -> None:
    check_images(torch.linspace(-1, 1, 32, dtype=torch.float64).reshape(2, 1, 4, 4).to(dtype), "a batch")
    check_images(torch.tensor([-1.00005, 1.00005]).reshape(2, 1, 1, 1), "a batch")
    check_images(torch.empty(0, 1, 4, 4), "nothing")


@pytest.mark.parametrize(
    ("x", "words"),
    [
        (torch.zeros(2, 1, 4, 4, dtype=torch.uint8), "the samples must be a float tensor.*uint8.*to_float"),
        (np.zeros((2, 1, 4, 4)), "ndarray"),
        (torch.zeros(2, 16), r"\(N, C, H, W\), not \(2, 16\)"),
        (torch.zeros(1, 4, 4), r"not \(1, 4, 4\)"),
        (torch.tensor([-1.0, 1.001]).reshape(2, 1, 1, 1), "from -1 to 1.001.*127.5"),
        (torch.tensor([0.0, 255.0]).reshape(2, 1, 1, 1), "from 0 to 255.*127.5"),
        (torch.tensor([-1.001, 0.0]).reshape(2, 1, 1, 1), "from -1.001 to 0"),
        (torch.tensor([0.0, float("nan")]).reshape(2, 1, 1, 1), "NaN"),
        (torch.tensor([0.0, float("inf")]).reshape(2, 1, 1, 1), "to inf"),
    ],
)
def test_check_images_refuses_the_rest(x: torch.Tensor, words: str) -> None:
    with pytest.raises(UserError, match=words):
        check_images(x, "the samples")


def test_image_data_keeps_bytes_until_asked() -> None:
    images = torch.arange(5 * 2 * 3 * 3, dtype=torch.uint8).reshape(5, 2, 3, 3)
    data = ImageData("five", images, torch.arange(5), ("a", "b", "c", "d", "e"))
    assert (data.kind, data.shape, len(data)) == ("images", (2, 3, 3), 5)
    assert data.to("cpu").images.dtype == torch.uint8
    assert torch.equal(data.floats(), to_float(images))
    assert torch.equal(data.floats(torch.tensor([4, 0, 4])), to_float(images[[4, 0, 4]]))
    assert torch.equal(data.floats(slice(1, 3)), to_float(images[1:3]))


def test_point_data_is_not_rescaled() -> None:
    points = torch.tensor([[5.0, -9.0], [0.5, 0.25], [1.0, 2.0]])
    data = PointData("three", points)
    assert (data.kind, data.shape, len(data)) == ("points", (2,), 3)
    assert torch.equal(data.floats(torch.tensor([2, 0])), points[[2, 0]])
    assert torch.equal(data.floats(), points)


def test_containers_refuse_what_breaks_the_contract() -> None:
    with pytest.raises(ValueError, match="uint8"):
        ImageData("x", torch.zeros(2, 1, 4, 4))
    with pytest.raises(ValueError, match=r"\(N, C, H, W\)"):
        ImageData("x", torch.zeros(2, 4, 4, dtype=torch.uint8))
    with pytest.raises(ValueError, match=r"labels must be int64 \(2,\)"):
        ImageData("x", torch.zeros(2, 1, 4, 4, dtype=torch.uint8), torch.zeros(3, dtype=torch.int64))
    with pytest.raises(ValueError, match="float32"):
        PointData("x", torch.zeros(2, 2, dtype=torch.float64))
