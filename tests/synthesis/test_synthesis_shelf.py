"""A generator is trained once for its images, labels, seed and recipe; what is on the shelf is what training gives."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from ganlab.data import ImageData, load
from ganlab.synthesis import Conditional, Shelf
from ganlab.synthesis.split import taken
from ganlab.training import Trainer

TINY = Conditional(4, settings={"width": 4, "latent": 4}, batch=8)
WANTED = torch.arange(10)


@pytest.fixture(scope="module")
def digits() -> ImageData:
    images = load("digits")
    assert isinstance(images, ImageData)
    return taken(images, torch.arange(30))


def test_the_kept_generator_is_the_trained_one_to_the_bit_and_is_not_trained_again(digits, tmp_path: Path, monkeypatch):
    straight = TINY(digits, 3, None).sample(WANTED, 1)
    assert torch.equal(Shelf(tmp_path)(TINY, digits, 3).sample(WANTED, 1), straight)
    monkeypatch.setattr("ganlab.models.CGAN.step", None)  # a step would raise
    assert torch.equal(Shelf(tmp_path)(TINY, digits, 3).sample(WANTED, 1), straight)


def test_other_images_labels_seeds_and_recipes_are_other_generators(digits, tmp_path: Path):
    shelf = Shelf(tmp_path)
    other_images = replace(digits, images=digits.images.flip(3))
    other_labels = replace(digits, labels=digits.labels.roll(1))
    asked = [
        (TINY, digits, 3), (TINY, digits, 4), (TINY, other_images, 3), (TINY, other_labels, 3),
        (replace(TINY, steps=5), digits, 3), (replace(TINY, settings={**TINY.settings, "lr": 1e-4}), digits, 3),
    ]  # fmt: skip
    for each in asked:
        shelf(*each)
    assert len(list(tmp_path.iterdir())) == len(asked)


def test_a_training_that_was_killed_goes_on(digits, tmp_path: Path, monkeypatch):
    straight = TINY(digits, 0, None).sample(WANTED, 1)
    save = Trainer.save

    def dies(trainer: Trainer) -> None:
        save(trainer)
        if trainer.step == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(Trainer, "save", dies)
    with pytest.raises(KeyboardInterrupt):
        Shelf(tmp_path)(TINY, digits, 0)
    monkeypatch.setattr(Trainer, "save", save)
    assert torch.equal(Shelf(tmp_path)(TINY, digits, 0).sample(WANTED, 1), straight)
