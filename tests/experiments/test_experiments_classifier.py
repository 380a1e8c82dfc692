"""Training of the classifiers: a shift goes where it should, the card tells the truth, the seed decides everything."""

from __future__ import annotations

import dataclasses
import hashlib
import inspect
import json

import pytest
import torch

from ganlab import data
from ganlab.errors import NonFiniteError, UserError
from ganlab.experiments import EXPERIMENTS
from ganlab.experiments.classifier import RECIPES, Recipe, move, train_classifier
from ganlab.metrics import ClassifierConfig, available, load_features

STILL = Recipe(rotate=0, shift=0, zoom=0)
QUICK = dataclasses.replace(RECIPES["digits"], network=ClassifierConfig(size=8, widths=(8, 16), features=16))


def _images(n: int = 64, side: int = 9) -> torch.Tensor:
    return torch.rand(n, 1, side, side, generator=torch.Generator().manual_seed(0)) * 2 - 1


def _moved(x: torch.Tensor, recipe: Recipe, seed: int = 0) -> torch.Tensor:
    return move(x, recipe, torch.Generator().manual_seed(seed))


def test_without_limits_nothing_moves():
    x = _images()
    assert torch.allclose(_moved(x, STILL), x, atol=1e-5)


def test_a_mirror_gives_every_image_or_its_mirror_image_and_both_occur():
    x = _images()
    out = _moved(x, dataclasses.replace(STILL, flip=True))
    same = torch.isclose(out, x, atol=1e-5).flatten(1).all(dim=1)
    mirrored = torch.isclose(out, x.flip(3), atol=1e-5).flatten(1).all(dim=1)
    assert (same ^ mirrored).all() and same.any() and mirrored.any()


def test_a_dot_moves_by_no_more_than_the_share_of_the_side_and_each_by_its_own():
    x = torch.full((200, 1, 40, 40), -1.0)
    x[:, :, 19:21, 19:21] = 1
    out = _moved(x, dataclasses.replace(STILL, shift=0.1)) + 1
    place = torch.arange(40.0) + 0.5 - 20
    row, column = ((out.sum(dim=(1, axis)) * place).sum(1) / out.sum(dim=(1, 2, 3)) for axis in (3, 2))
    for offset in (row, column):
        assert offset.abs().max() <= 4 + 1e-3
        assert offset.max() > 3 and offset.min() < -3
    assert torch.corrcoef(torch.stack([row, column]))[0, 1].abs() < 0.3


def test_a_rotation_keeps_the_middle_and_the_distance_from_it():
    x = torch.full((200, 1, 41, 41), -1.0)
    x[:, :, 20, 35] = 1  # 15 pixels to the right of the middle
    out = _moved(x, dataclasses.replace(STILL, rotate=30)) + 1
    place = torch.arange(41.0) - 20
    row, column = ((out.sum(dim=(1, axis)) * place).sum(1) / out.sum(dim=(1, 2, 3)) for axis in (3, 2))
    assert torch.allclose(torch.hypot(row, column), torch.tensor(15.0), atol=0.5)
    angle = torch.rad2deg(torch.atan2(row, column))
    assert angle.abs().max() <= 31 and angle.max() > 20 and angle.min() < -20


def test_what_comes_in_over_the_border_is_background_and_the_range_is_kept():
    out = _moved(torch.ones(64, 1, 8, 8), dataclasses.replace(STILL, shift=0.4))
    assert out.min() == -1 and out.max() <= 1


def test_moves_follow_their_generator_and_leave_the_global_one():
    x, state = _images(), torch.random.get_rng_state()
    assert torch.equal(_moved(x, Recipe(), 1), _moved(x, Recipe(), 1))
    assert not torch.equal(_moved(x, Recipe(), 1), _moved(x, Recipe(), 2))
    assert torch.equal(torch.random.get_rng_state(), state)


def test_a_classifier_learns_and_its_card_tells_the_truth(tmp_path):
    state = torch.random.get_rng_state()
    card = train_classifier("digits", tmp_path, seed=1, epochs=8, recipe=QUICK)
    assert torch.equal(torch.random.get_rng_state(), state)
    assert json.loads((tmp_path / "digits.json").read_text()) == card
    assert card["sha256"] == hashlib.sha256((tmp_path / "digits.safetensors").read_bytes()).hexdigest()
    assert (card["seed"], card["epochs"]) == (1, 8)
    features = load_features("digits", folder=tmp_path)
    assert features.dim == 16
    for split in ("train", "test"):
        images = data.load("digits", split)
        right = features.logits(images.floats()).argmax(dim=1) == images.labels
        assert float(right.float().mean()) == pytest.approx(card[f"{split}_accuracy"])
    assert card["test_accuracy"] > 0.8  # chance is 0.1


def test_the_seed_decides_the_weights_to_the_bit(tmp_path):
    torch.manual_seed(5)
    first = train_classifier("digits", tmp_path / "a", seed=1, epochs=1, recipe=QUICK)
    torch.manual_seed(6)
    again = train_classifier("digits", tmp_path / "b", seed=1, epochs=1, recipe=QUICK)
    other = train_classifier("digits", tmp_path / "c", seed=2, epochs=1, recipe=QUICK)
    assert first["sha256"] == again["sha256"] != other["sha256"]


def test_the_test_images_are_not_seen_before_the_last_step(tmp_path, monkeypatch):
    load = data.load
    blank = load("digits", "test")
    blank = dataclasses.replace(blank, images=torch.zeros_like(blank.images))
    monkeypatch.setattr(data, "load", lambda name, split: blank if split == "test" else load(name, split))
    without = train_classifier("digits", tmp_path / "a", epochs=1, recipe=QUICK)
    monkeypatch.undo()
    assert without["sha256"] == train_classifier("digits", tmp_path / "b", epochs=1, recipe=QUICK)["sha256"]


def test_a_diverging_run_stops_with_the_epoch(tmp_path):
    wild = dataclasses.replace(QUICK, learning_rate=float("inf"))
    with pytest.raises(NonFiniteError, match="epoch 1"):
        train_classifier("digits", tmp_path, epochs=2, recipe=wild)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("name", "epochs", "why"), [("ring", 1, "recipe"), ("digits", 0, "at least one epoch")])
def test_what_cannot_be_trained_is_refused(tmp_path, name, epochs, why):
    with pytest.raises(UserError, match=why):
        train_classifier(name, tmp_path, epochs=epochs)


def test_points_are_refused(tmp_path):
    with pytest.raises(UserError, match="points"):
        train_classifier("ring", tmp_path, epochs=1, recipe=QUICK)


@pytest.mark.parametrize("name", available())
def test_the_shipped_weights_come_from_the_recipe_as_it_stands(name):
    recipe, card = RECIPES[name], load_features(name).card
    assert card["architecture"] == recipe.network.to_dict()
    assert card["epochs"] == recipe.epochs
    assert card["recipe"] == {k: v for k, v in dataclasses.asdict(recipe).items() if k not in ("network", "epochs")}
    assert card["command"] == f"ganlab experiment run {name}-classifier --out DIR"


def test_the_command_line_finds_one_experiment_per_recipe(tmp_path):
    expected = {f"{name}-classifier" for name in RECIPES}
    assert expected == {"mnist-classifier", "fashion-mnist-classifier", "digits-classifier"} <= set(EXPERIMENTS)
    for name in expected:
        assert (EXPERIMENTS[name].__doc__ or "").startswith("Train the classifier of")
    card = EXPERIMENTS["digits-classifier"](tmp_path, seed=4, size="small")
    assert (card["name"], card["seed"], card["epochs"]) == ("digits", 4, 1)


def test_every_experiment_takes_a_folder_a_seed_and_a_size_and_those_with_parts_their_names():
    for function in EXPERIMENTS.values():
        assert list(inspect.signature(function).parameters) in (
            ["out", "seed", "size"],
            ["out", "seed", "size", "only"],
        )
