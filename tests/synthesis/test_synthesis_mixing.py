"""Which labels are asked for, which candidates stay, and what share of a batch is synthetic."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from ganlab.data import ImageData, load
from ganlab.layers import Moves
from ganlab.synthesis import Between, Budget, Mix, TaskNet, best_of, fit, tasknet, wanted_labels
from ganlab.synthesis.tasknet import _logits


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
    monkeypatch.setattr(tasknet, "_logits", lambda x, weights: seen.append(x) or _logits(x, weights))
    fit([Mix(real, made, ratio)], Budget(steps=60))
    bright = float((torch.cat(seen, dim=1)[0].mean(dim=(1, 2, 3)) > 0).double().mean())
    assert bright == pytest.approx(ratio / (1 + ratio), abs=0.03)  # 3 840 draws: three standard errors are 0.024


def test_synthetic_only_never_looks_at_a_real_label():
    made = digits(20)
    real = ImageData("r", made.images, (made.labels + 1) % 10, made.classes)
    (net,) = fit([Mix(real, made, float("inf"))], Budget(steps=150))
    assert (net.probabilities(made.floats()).argmax(dim=1) == made.labels).double().mean() > 0.9


def test_weights_make_every_class_count_the_same_in_the_mix():
    pixels = torch.zeros(4, 1, 8, 8, dtype=torch.uint8)
    real = ImageData("r", pixels, torch.tensor([0, 0, 0, 1]), ("a", "b"))
    made = ImageData("s", pixels[:2], torch.tensor([1, 1]), ("a", "b"))
    share = torch.tensor([0.5 * 0.75, 0.5 * 0.25 + 0.5])
    assert torch.allclose(Mix(real, made, 1.0, weighted=True).weights() * share, torch.tensor([0.5, 0.5]))
    only = ImageData("r", pixels[:2], torch.tensor([0, 0]), ("a", "b"))
    assert Mix(only, weighted=True).weights().tolist() == [0.5, 0.0]
    assert Mix(real).weights().tolist() == [1.0, 1.0]


@pytest.mark.parametrize("side", [5, 8, 12])
def test_the_networks_side_by_side_answer_as_each_would_alone(side: int):
    torch.manual_seed(0)
    nets = [TaskNet((3, side, side), 4) for _ in range(3)]
    x = torch.randn(3, 7, 3, side, side)
    weights = [torch.stack(each) for each in zip(*(net.parameters() for net in nets), strict=True)]
    alone = torch.stack([net(part) for net, part in zip(nets, x, strict=True)])
    assert torch.allclose(_logits(x, weights), alone, atol=1e-5)


def test_no_arm_changes_another(monkeypatch):
    real, budget = digits(5), Budget(steps=8)
    other = Mix(real, digits(9), 2.0, moves=Moves(), weighted=True)
    (alone,), (first, _, last) = fit([Mix(real)], budget), fit([Mix(real), other, Mix(real)], budget)
    for a, b, c in zip(alone.parameters(), first.parameters(), last.parameters(), strict=True):
        assert torch.equal(b, c) and torch.allclose(a, b, atol=1e-5)
    monkeypatch.setattr(tasknet, "TOGETHER", 64)  # one arm at a time
    apart = fit([Mix(real), other, Mix(real)], budget)
    for a, b in zip(apart[0].parameters(), first.parameters(), strict=True):
        assert torch.allclose(a, b, atol=1e-5)


def test_the_same_seed_gives_the_same_bits_and_nobody_elses_random_numbers_move():
    mix = Mix(digits(5), moves=Moves())
    state = torch.get_rng_state()
    one, again, other = (fit([mix], Budget(steps=5), seed)[0] for seed in (3, 3, 4))
    assert torch.equal(torch.get_rng_state(), state)
    for a, b in zip(one.parameters(), again.parameters(), strict=True):
        assert torch.equal(a, b)
    assert any(not torch.equal(a, b) for a, b in zip(one.parameters(), other.parameters(), strict=True))
