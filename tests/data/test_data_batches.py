from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from ganlab.data import Batches, ImageData, PointData, to_float
from ganlab.errors import UserError

needs_cuda = pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device in reach")
DEVICES = ["cpu", pytest.param("cuda", marks=needs_cuda)]


def numbered_points(n: int) -> PointData:
    """Item i is the point (i, -i) with the label i: a batch tells which items it holds."""
    index = torch.arange(n)
    return PointData("numbered", torch.stack([index, -index], 1).float(), index)


def numbered_images(n: int) -> ImageData:
    index = torch.arange(n)
    return ImageData("numbered", index.to(torch.uint8).view(n, 1, 1, 1).expand(n, 1, 2, 2).contiguous(), index)


def labels(batches: Batches, count: int) -> list[list[int]]:
    drawn = []
    for _ in range(count):
        _x, y = next(batches)
        assert y is not None
        drawn.append(y.tolist())
    return drawn


@st.composite
def sizes(draw: st.DrawFn) -> tuple[int, int]:
    n = draw(st.integers(1, 60))
    return n, draw(st.integers(1, n))


seeds = st.integers(0, 2**32)


@given(sizes(), seeds)
def test_each_epoch_sees_each_item_at_most_once_and_drops_only_the_remainder(size: tuple[int, int], seed: int) -> None:
    n, batch_size = size
    batches = Batches(numbered_points(n), batch_size, seed)
    for _epoch in range(3):
        seen = [item for batch in labels(batches, n // batch_size) for item in batch]
        assert len(seen) == n - n % batch_size
        assert len(set(seen)) == len(seen)


@pytest.mark.parametrize("device", DEVICES)
def test_resume_is_equal_at_every_position(device: str) -> None:
    @given(sizes(), seeds, st.integers(0, 80), st.integers(0, 80))
    def equal(size: tuple[int, int], seed: int, before: int, other: int) -> None:
        n, batch_size = size
        through = Batches(numbered_points(n), batch_size, seed, device)
        labels(through, before)
        state = through.state_dict()
        expected = labels(through, 2 * (n // batch_size) + 1)
        # The one that resumes has another seed and has been used before: nothing of that may remain.
        resumed = Batches(numbered_points(n), batch_size, seed + 1, device)
        labels(resumed, other)
        resumed.load_state_dict(state)
        assert labels(resumed, 2 * (n // batch_size) + 1) == expected

    equal()


def test_the_state_survives_a_checkpoint_that_runs_no_code(tmp_path) -> None:  # type: ignore[no-untyped-def]
    batches = Batches(numbered_points(10), 3, seed=5)
    labels(batches, 4)
    torch.save(batches.state_dict(), tmp_path / "state.pt")
    expected = labels(batches, 10)
    assert all(isinstance(value, Tensor | int) for value in batches.state_dict().values())
    resumed = Batches(numbered_points(10), 3, seed=6)
    resumed.load_state_dict(torch.load(tmp_path / "state.pt", weights_only=True))
    assert labels(resumed, 10) == expected


def test_a_saved_state_does_not_move_with_the_batches() -> None:
    batches = Batches(numbered_points(10), 3, seed=5)
    state = batches.state_dict()
    expected = labels(batches, 12)
    batches.load_state_dict(state)
    assert labels(batches, 12) == expected


@given(sizes(), seeds)
def test_the_seed_decides(size: tuple[int, int], seed: int) -> None:
    n, batch_size = size
    one, two = (Batches(numbered_points(n), batch_size, seed) for _ in range(2))
    assert labels(one, 5) == labels(two, 5)


def test_another_seed_and_another_epoch_give_another_order() -> None:
    batches = Batches(numbered_points(50), 50, seed=0)
    first, second = labels(batches, 2)
    [other] = labels(Batches(numbered_points(50), 50, seed=1), 1)
    assert len({tuple(order) for order in (first, second, other)}) == 3


def test_nobody_elses_random_numbers_move_or_matter() -> None:
    torch.manual_seed(1)
    before = torch.get_rng_state()
    one = Batches(numbered_points(20), 4, seed=3)
    drawn = labels(one, 12)
    assert torch.equal(torch.get_rng_state(), before)
    torch.manual_seed(2)
    assert labels(Batches(numbered_points(20), 4, seed=3), 12) == drawn


@pytest.mark.parametrize("device", DEVICES)
def test_a_batch_holds_its_items_by_the_contract(device: str) -> None:
    images = numbered_images(30)
    x, y = next(Batches(images, 7, seed=2, device=device))
    assert y is not None
    assert (x.dtype, tuple(x.shape), x.device.type, y.device.type) == (torch.float32, (7, 1, 2, 2), device, device)
    assert torch.equal(x.cpu(), to_float(images.images[y.cpu()]))
    points, which = next(Batches(numbered_points(30), 7, seed=2, device=device))
    assert which is not None
    assert torch.equal(points, torch.stack([which, -which], 1).float())


def test_a_batch_may_be_changed_without_changing_the_data() -> None:
    data = numbered_points(4)
    before = data.points.clone()
    x, y = next(Batches(data, 4))
    assert y is not None
    x.zero_()
    y.zero_()
    assert torch.equal(data.points, before)
    assert data.labels is not None and data.labels.tolist() == [0, 1, 2, 3]


def test_data_without_labels_give_none() -> None:
    _x, y = next(Batches(PointData("bare", torch.zeros(4, 2)), 2))
    assert y is None


def test_a_batch_larger_than_the_data_is_refused_by_number() -> None:
    with pytest.raises(UserError, match=r"batch of 65 .* numbered has 64 items"):
        Batches(numbered_points(64), 65)
    with pytest.raises(UserError, match="1 or more, not 0"):
        Batches(numbered_points(64), 0)


@pytest.mark.parametrize(("n", "batch_size", "words"), [(11, 3, "items = 10 and .* 11"), (10, 2, "batch_size = 3")])
def test_a_state_of_other_data_is_refused(n: int, batch_size: int, words: str) -> None:
    state = Batches(numbered_points(10), 3).state_dict()
    with pytest.raises(UserError, match=words):
        Batches(numbered_points(n), batch_size).load_state_dict(state)
