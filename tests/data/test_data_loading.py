from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from sklearn.datasets import load_digits as oracle

from ganlab import data
from ganlab.data import ImageData, PointData
from ganlab.errors import UserError


@pytest.mark.parametrize("name", ["digits", "ring", "grid", "moons", "line"])
@pytest.mark.parametrize("split", ["train", "test"])
def test_what_is_loaded_is_what_the_table_says(name: str, split: str) -> None:
    loaded, entry = data.load(name, split), data.info(name)
    assert (loaded.name, loaded.kind, loaded.shape) == (name, entry.kind, entry.shape)
    assert len(loaded) == (entry.train if split == "train" else entry.test)
    assert entry.embedded and data.status(name) == "embedded"


def test_digits_are_every_third_for_test_and_span_the_whole_range() -> None:
    pixels, target = oracle().images, oracle().target
    parts = {split: data.load("digits", split) for split in ("train", "test")}
    for split, part in parts.items():
        assert isinstance(part, ImageData) and part.labels is not None
        chosen = [i for i in range(1797) if (i % 3 == 0) == (split == "test")]
        assert part.labels.tolist() == target[chosen].tolist()
        # v * 255 / 16 to the nearest integer, in integers.
        np.testing.assert_array_equal(part.images[:, 0].numpy(), (pixels[chosen].astype(int) * 255 + 8) // 16)
        assert (part.images.min().item(), part.images.max().item()) == (0, 255)
        assert part.classes == tuple("0123456789")


def test_points_are_drawn_once_and_the_splits_share_nothing() -> None:
    train, test = (data.load("ring", split) for split in ("train", "test"))
    assert isinstance(train, PointData) and isinstance(test, PointData)
    assert torch.equal(train.points, data.load("ring").floats())
    assert train.labels is not None and test.labels is not None
    assert not torch.equal(train.labels[: len(test)], test.labels)
    assert not set(map(tuple, train.points.tolist())) & set(map(tuple, test.points.tolist()))
    assert train.mixture == data.mixtures.ring()


def test_mnist_is_whole(mnist: ImageData) -> None:
    entry = data.info("mnist")
    assert (len(mnist), mnist.shape) == (entry.train, entry.shape)
    assert mnist.labels is not None
    # The counts of each digit that every description of the training set gives.
    assert torch.bincount(mnist.labels).tolist() == [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    test = data.load("mnist", "test")
    assert len(test) == entry.test


def test_names_are_the_ones_of_the_course() -> None:
    stacks = ["stacked-digits", "stacked-mnist-100", "stacked-mnist"]
    assert data.names() == ["digits", "mnist", "fashion-mnist", *stacks, "ring", "grid", "moons", "line"]


def test_unknown_names_are_answered_with_near_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for ask in (data.load, data.info, data.status, data.fetch):
        with pytest.raises(UserError, match="unknown data set 'mnits': did you mean 'mnist'"):
            ask("mnits")
    with pytest.raises(UserError, match="unknown data set ''"):
        data.load("")
    with pytest.raises(UserError, match=r"unknown split 'tset'.*'test'"):
        data.load("digits", "tset")


def test_a_path_is_a_folder_and_a_name_is_a_data_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for folder in ("ring", "cats"):
        Path(folder).mkdir()
        for i in range(30):
            Image.new("L", (4, 4), i).save(f"{folder}/{i}.png")
    assert data.load("ring").kind == "points"
    for path in ("./ring", "cats", Path("ring"), str(tmp_path / "cats")):
        assert data.load(path).kind == "images"
    with pytest.raises(UserError, match=r"no folder.*nowhere"):
        data.load("./nowhere")


def test_named_images_are_resized_and_points_are_not() -> None:
    assert data.load("digits", size=8).shape == (1, 8, 8)
    doubled, plain = data.load("digits", size=16), data.load("digits")
    assert doubled.shape == (1, 16, 16) and torch.equal(doubled.labels, plain.labels)
    expected = [
        Image.fromarray(picture).resize((16, 16), Image.Resampling.BILINEAR) for picture in plain.images[:20, 0].numpy()
    ]
    assert torch.allclose(doubled.images[:20, 0].float(), torch.from_numpy(np.stack(expected)).float(), atol=1.01)
    with pytest.raises(UserError, match="between 1 and 1024"):
        data.load("digits", size=0)
    with pytest.raises(UserError, match="ring is made of points"):
        data.load("ring", size=16)
