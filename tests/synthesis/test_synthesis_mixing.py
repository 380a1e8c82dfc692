"""Which labels are asked for, which candidates stay, and what share of a batch is synthetic."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from ganlab.data import ImageData, load
from ganlab.layers import Moves
from ganlab.synthesis import Between, Budget, best_of, fit, wanted_labels
from ganlab.synthesis.tasknet import _weights


def digits(per_class: int) -> ImageData:
    data = load("digits")
    assert isinstance(data, ImageData)
    index = torch.cat([(data.labels == c).nonzero()[:per_class, 0] for c in range(10)])
    return ImageData("digits", data.images[index], data.labels[index], data.classes)


@given(st.lists(st.integers(0, 30), min_size=2, max_size=6), st.integers(0, 120))
def test_synthetic_labels_fill_up_the_rarest_classes_first(counts: list[int], n: int):
    labels = wanted_labels(torch.tensor(counts), n)
    total = torch.tensor(counts) + torch.bincount(labels, minlength=len(counts))
    raised = [int(total[c]) for c in range(len(counts)) if total[c] > counts[c]]
    if raised:  # whoever got one is within one of the lowest level, and nobody below it was passed over
        assert max(raised) - int(total.min()) <= 1
    assert torch.equal(wanted_labels(torch.tensor(counts), n + 7)[:n], labels)


def test_the_best_of_each_group_stays():
    images = torch.arange(6.0).view(6, 1, 1, 1)
    assert best_of(images, torch.tensor([0.1, 0.9, 3.0, 2.0, -5.0, -4.0]), 2).flatten().tolist() == [1, 2, 5]


def test_between_lies_between_two_images_of_its_class(tmp_path: Path):
    train = digits(6)
    labels = torch.arange(10).repeat(3)
    made = Between(3)(train, 0, tmp_path).sample(labels, 1)
    for image, c in zip(made, labels, strict=True):
        own = train.floats((train.labels == c).nonzero()[:, 0]).flatten(1)
        a, b = own[:, None], own[None, :]
        # The sum of the distances to both ends is that of the ends from each other.
        off = (image.flatten() - a).norm(dim=-1) + (image.flatten() - b).norm(dim=-1) - (a - b).norm(dim=-1)
        off.fill_diagonal_(float("inf"))
        assert off.min() < 1e-4


@pytest.mark.parametrize("ratio", [0.0, 1.0, 3.0])
def test_a_batch_holds_the_share_that_the_ratio_says(monkeypatch, ratio: float):
    real = ImageData("r", torch.zeros(40, 1, 8, 8, dtype=torch.uint8), torch.arange(40) % 2, ("a", "b"))
    made = ImageData("s", torch.full((90, 1, 8, 8), 255, dtype=torch.uint8), torch.arange(90) % 2, ("a", "b"))
    seen: list[torch.Tensor] = []
    original = ImageData.floats
    monkeypatch.setattr(ImageData, "floats", lambda self, index=None: seen.append(original(self, index)) or seen[-1])
    fit(real, made, ratio, Budget(steps=60))
    bright = float((torch.cat(seen).mean(dim=(1, 2, 3)) > 0).double().mean())
    assert bright == pytest.approx(ratio / (1 + ratio), abs=0.03)  # 3 840 draws: three standard errors are 0.024


def test_synthetic_only_never_looks_at_a_real_label():
    made = digits(20)
    real = ImageData("r", made.images, (made.labels + 1) % 10, made.classes)
    net = fit(real, made, float("inf"), Budget(steps=150))
    assert (net.probabilities(made.floats()).argmax(dim=1) == made.labels).double().mean() > 0.9


def test_weights_make_every_class_count_the_same_in_the_mix():
    labels = torch.tensor([0, 0, 0, 1, 1, 1])  # four real ones, two synthetic ones
    weights = _weights(labels, 4, 0.5, 2)
    share = torch.tensor([0.5 * 0.75, 0.5 * 0.25 + 0.5])
    assert torch.allclose(weights * share, torch.tensor([0.5, 0.5]))
    assert _weights(torch.tensor([0, 0]), 2, 0.0, 2).tolist() == [0.5, 0.0]


def test_the_same_seed_gives_the_same_bits_and_nobody_elses_random_numbers_move():
    real = digits(5)
    state = torch.get_rng_state()
    one, again, other = (fit(real, None, 0.0, Budget(steps=5), moves=Moves(), seed=seed) for seed in (3, 3, 4))
    assert torch.equal(torch.get_rng_state(), state)
    for a, b in zip(one.parameters(), again.parameters(), strict=True):
        assert torch.equal(a, b)
    assert any(not torch.equal(a, b) for a, b in zip(one.parameters(), other.parameters(), strict=True))
