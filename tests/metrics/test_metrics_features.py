"""The frozen classifiers as instruments: their answer depends on the images and on nothing else."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import pytest
import torch

from ganlab import data
from ganlab.errors import UserError
from ganlab.metrics import Classifier, ClassifierConfig, available, load_features
from ganlab.metrics.features import WEIGHTS, resize


@pytest.fixture(scope="module")
def digits() -> data.ImageData:
    loaded = data.load("digits", "test")
    assert isinstance(loaded, data.ImageData)
    return loaded


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """A copy of the digits' weights and card, to be spoilt."""
    for path in WEIGHTS.glob("digits.*"):
        shutil.copy(path, tmp_path)
    return tmp_path


@pytest.mark.parametrize("name", available())
def test_a_shipped_card_describes_its_weights(name):
    card = json.loads((WEIGHTS / f"{name}.json").read_text())
    weights = (WEIGHTS / f"{name}.safetensors").read_bytes()
    assert card["sha256"] == hashlib.sha256(weights).hexdigest()
    info = data.info(name)
    assert card["data"] == {"name": name, "train": info.train, "test": info.test, "licence": info.licence}
    features = load_features(name)
    model = features._classifier
    assert card["parameters"] == sum(p.numel() for p in model.parameters())
    assert (features.dim, features.size) == (card["architecture"]["features"], info.shape[-1])
    assert {"seed", "epochs", "command", "device", "versions", "train_accuracy", "test_accuracy"} <= set(card)


def test_every_image_data_set_of_its_own_has_a_classifier():
    entries = [data.info(name) for name in data.names()]
    assert set(available()) == {entry.name for entry in entries if entry.kind == "images" and not entry.made_of}


def test_the_digits_card_states_the_accuracy_that_the_weights_have(digits):
    features = load_features("digits")
    right = features.logits(digits.floats()).argmax(dim=1) == digits.labels
    assert float(right.float().mean()) == pytest.approx(features.card["test_accuracy"])
    assert features.card["test_accuracy"] >= 0.98


@pytest.mark.slow
def test_the_mnist_classifier_knows_994_of_1000_test_digits(mnist_root):
    test, features = data.load("mnist", "test"), load_features("mnist")
    right = features.logits(test.floats()).argmax(dim=1) == test.labels
    assert float(right.float().mean()) == pytest.approx(features.card["test_accuracy"])
    assert features.card["test_accuracy"] >= 0.994


def test_the_batch_size_makes_no_difference(digits):
    features, x = load_features("digits"), digits.floats(slice(0, 50))
    whole = features.features(x)
    assert whole.shape == (50, features.dim)
    for batch_size in (1, 7, 50, 1000):
        assert torch.allclose(features.features(x, batch_size), whole, rtol=1e-4, atol=1e-5)


def test_the_global_random_state_and_the_threads_are_left_alone(digits):
    state, threads = torch.random.get_rng_state(), torch.get_num_threads()
    x = digits.floats(slice(0, 20))
    first = load_features("digits").features(x)
    assert torch.equal(torch.random.get_rng_state(), state)
    assert torch.get_num_threads() == threads
    torch.manual_seed(12345)
    assert torch.equal(load_features("digits").features(x), first)
    torch.random.set_rng_state(state)


def test_no_gradient_no_autocast_and_no_second_thoughts(digits):
    features, x = load_features("digits"), digits.floats(slice(0, 20)).requires_grad_()
    plain = features.features(x)
    assert not plain.requires_grad and plain.dtype == torch.float32
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert torch.equal(features.features(x), plain)
    assert torch.equal(features.features(x), plain)  # running batch statistics would have moved


def test_logits_are_the_head_on_top_of_the_features(digits):
    features, x = load_features("digits"), digits.floats(slice(0, 20))
    assert torch.equal(features.classify(features.features(x)), features.logits(x))
    assert features.logits(x).shape == (20, 10)


def test_images_of_another_size_are_resized_by_the_one_rule(digits):
    features, x = load_features("digits"), digits.floats(slice(0, 20))
    doubled = x.repeat_interleave(2, dim=2).repeat_interleave(2, dim=3)
    assert torch.equal(features.features(doubled), features.features(resize(doubled, 8)))
    assert torch.equal(resize(x, 8), x)


def test_resizing_is_antialiased_and_keeps_constants_and_symmetry():
    # One bright pixel at each place of a 4x4 block: picking pixels would lose most of them without a trace.
    dots = torch.zeros(16, 1, 32, 32)
    dots[torch.arange(16), 0, 12 + torch.arange(16) // 4, 12 + torch.arange(16) % 4] = 1
    assert resize(dots, 8).sum(dim=(1, 2, 3)).min() > 0.5 / 16
    assert torch.allclose(resize(torch.full((1, 1, 32, 32), 0.3), 28), torch.full((1, 1, 28, 28), 0.3))
    x = torch.rand(1, 1, 32, 32, generator=torch.Generator().manual_seed(0))
    assert torch.allclose(resize(x.flip(3), 28), resize(x, 28).flip(3), atol=1e-6)  # align_corners=False, centred


@pytest.mark.parametrize(
    ("x", "why"),
    [
        (torch.zeros(2, 3, 8, 8), "grey"),
        (torch.full((2, 1, 8, 8), 2.0), r"\[-1, 1\]"),
        (torch.zeros(2, 1, 8, 8, dtype=torch.uint8), "float"),
        (torch.zeros(2, 64), "shape"),
        (torch.full((2, 1, 8, 8), float("nan")), "NaN"),
    ],
    ids=["colour", "range", "uint8", "flat", "nan"],
)
def test_what_is_no_grey_image_is_refused(x, why):
    with pytest.raises(UserError, match=why):
        load_features("digits").features(x)


@pytest.mark.parametrize("name", ["ring", "./my-pictures", "minst"])
def test_a_data_set_without_a_classifier_is_told_which_have_one(name):
    with pytest.raises(UserError, match="digits"):
        load_features(name)


def test_one_altered_byte_of_the_weights_is_refused(copied):
    load_features("digits", folder=copied)
    weights = copied / "digits.safetensors"
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.write_bytes(content)
    with pytest.raises(UserError, match="SHA-256"):
        load_features("digits", folder=copied)


def test_missing_weights_are_refused(copied):
    (copied / "digits.safetensors").unlink()
    with pytest.raises(UserError, match="install"):
        load_features("digits", folder=copied)


def test_an_architecture_that_is_none_is_refused(copied):
    card = json.loads((copied / "digits.json").read_text())
    card["architecture"]["depth"] = 3
    (copied / "digits.json").write_text(json.dumps(card))
    with pytest.raises(UserError, match="configuration"):
        load_features("digits", folder=copied)


@pytest.mark.parametrize("size", [7, 8, 28])
def test_a_classifier_takes_its_own_size_and_its_config_survives_json(size):
    config = ClassifierConfig(size=size, widths=(4, 6), features=5, classes=3)
    again = ClassifierConfig.from_dict(json.loads(json.dumps(config.to_dict())))
    assert again == config
    model = Classifier(again).eval()
    x = torch.rand(2, 1, size, size) * 2 - 1
    assert model.features(x).shape == (2, 5) and model(x).shape == (2, 3)
    assert torch.equal(model(x), model.head(model.features(x)))
    assert model.features(x).min() >= 0
