"""The zoo: from a run to two files and back, and refusals for files that do not belong together."""

from __future__ import annotations

import hashlib
import json
import math
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save
from smallest import NAMES, small

from ganlab import data, zoo
from ganlab.errors import UserError
from ganlab.models import MODELS
from ganlab.objectives import OBJECTIVES, PENALTIES
from ganlab.training import TrainConfig, Trainer, open_run


@pytest.fixture(autouse=True, scope="module")
def _process_settings() -> Iterator[None]:
    """A trainer sets PyTorch's threads: not for the tests after these."""
    yield
    torch.set_num_threads(1)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A short run of every model, with an objective, a penalty and settings that are not the defaults."""
    digits = data.load("digits")
    folders = {}
    for name in NAMES:
        objective = "hinge" if MODELS[name].objectives is OBJECTIVES else None
        penalty = "r1" if MODELS[name].penalties is PENALTIES else None
        model = small(name, objective, penalty, shape=digits.shape, classes=10)
        if penalty:
            model.penalty = model.penalty.weighted(2.5)
        folders[name] = tmp_path_factory.mktemp("runs") / name
        Trainer(model, digits, TrainConfig(batch_size=8), folders[name], "cpu", threads=1).run(3, progress=False)
    return folders


def _publish(run: Path, out: Path, **options: Any) -> dict[str, Any]:
    return zoo.publish(run, out, command="ganlab train ...", metrics={"distance": 12.5, "floor": 3.0}, **options)


# There and back.


@pytest.mark.parametrize("name", NAMES)
def test_a_published_generator_gives_the_samples_of_its_run_to_the_bit(
    name: str, runs: dict[str, Path], tmp_path: Path
):
    _publish(runs[name], tmp_path / "mine")
    expected = open_run(runs[name]).sample(20, seed=6)
    for path in (tmp_path / "mine", tmp_path / "mine.json", tmp_path / "mine.safetensors"):
        assert torch.equal(zoo.load(str(path)).sample(20, seed=6), expected), path


@pytest.mark.parametrize("name", NAMES)
def test_half_precision_halves_the_file_and_hardly_moves_a_pixel(name: str, runs: dict[str, Path], tmp_path: Path):
    full, half = _publish(runs[name], tmp_path / "full"), _publish(runs[name], tmp_path / "half", half=True)
    assert (full["stored"], half["stored"]) == ("float32", "float16")
    stored = load_file(tmp_path / "half.safetensors")
    assert {v.dtype for v in stored.values()} <= {torch.float16, torch.int64}
    weights, small = zoo.load(str(tmp_path / "full")), zoo.load(str(tmp_path / "half"))
    assert all(p.dtype == torch.float32 for p in small.network.parameters())
    for a, b in zip(weights.network.parameters(), small.network.parameters(), strict=True):
        torch.testing.assert_close(a, b, rtol=2**-11, atol=1e-7)
    difference = (weights.sample(50) - small.sample(50)).abs().max()
    assert 0 < float(difference) < 0.02


@pytest.mark.parametrize("half", [False, True])
def test_the_card_says_what_the_weights_are(half: bool, runs: dict[str, Path], tmp_path: Path):
    returned = _publish(runs["dcgan"], tmp_path / "mine", half=half)
    card = json.loads((tmp_path / "mine.json").read_text())
    assert card == returned
    content = (tmp_path / "mine.safetensors").read_bytes()
    assert card["sha256"] == hashlib.sha256(content).hexdigest() and card["bytes"] == len(content)
    assert (card["name"], card["model"], card["data"], card["shape"]) == ("mine", "dcgan", "digits", [1, 8, 8])
    assert (card["objective"], card["penalty"], card["penalty_weight"]) == ("hinge", "r1", 2.5)
    assert card["settings"]["width"] == 2 and card["training"]["batch_size"] == 8
    assert card["steps"] == 3
    assert card["metrics"] == {"distance": 12.5, "floor": 3.0}
    assert {"ganlab", "torch", "python"} <= set(card["versions"])
    _assert_complete(card)


def test_two_names_with_a_dot_are_two_entries(runs: dict[str, Path], tmp_path: Path):
    for version, name in (("0.1", "gan"), ("0.2", "dcgan")):
        _publish(runs[name], tmp_path / f"net-{version}")
    for version, name in (("0.1", "gan"), ("0.2", "dcgan")):
        assert zoo.load(str(tmp_path / f"net-{version}")).card["model"] == name


def test_a_folder_that_is_no_run_cannot_be_published(tmp_path: Path):
    with pytest.raises(UserError, match="not a run folder"):
        _publish(tmp_path, tmp_path / "mine")


# What does not belong together.


@pytest.fixture()
def published(runs: dict[str, Path], tmp_path: Path) -> Path:
    _publish(runs["dcgan"], tmp_path / "mine")
    return tmp_path / "mine"


@pytest.mark.parametrize("where", [0.0, 0.3, 0.999])
def test_one_altered_byte_is_refused(where: float, published: Path):
    weights = published.with_suffix(".safetensors")
    content = bytearray(weights.read_bytes())
    content[int(where * len(content))] ^= 1
    weights.write_bytes(content)
    with pytest.raises(UserError, match="does not match the sha256"):
        zoo.load(str(published))


def test_the_card_of_another_model_is_refused_even_with_the_right_sum(
    published: Path, runs: dict[str, Path], tmp_path: Path
):
    other = _publish(runs["gan"], tmp_path / "other")
    card = json.loads(published.with_suffix(".json").read_text())
    forged = other | {"sha256": card["sha256"]}
    published.with_suffix(".json").write_text(json.dumps(forged))
    with pytest.raises(UserError, match="another model"):
        zoo.load(str(published))


def test_the_weights_of_another_entry_are_refused(published: Path, runs: dict[str, Path], tmp_path: Path):
    _publish(runs["gan"], tmp_path / "other")
    shutil.copy(tmp_path / "other.safetensors", published.with_suffix(".safetensors"))
    with pytest.raises(UserError, match="sha256"):
        zoo.load(str(published))


def test_weights_that_are_not_finite_are_refused_even_with_the_right_sum(published: Path):
    state = load_file(published.with_suffix(".safetensors"))
    state["project.weight"][1, 2] = math.inf
    content = save(state)
    published.with_suffix(".safetensors").write_bytes(content)
    card = json.loads(published.with_suffix(".json").read_text())
    card["sha256"] = hashlib.sha256(content).hexdigest()
    published.with_suffix(".json").write_text(json.dumps(card))
    with pytest.raises(UserError, match="infinite or NaN"):
        zoo.load(str(published))


def test_missing_weights_and_unreadable_cards_are_refused(published: Path):
    published.with_suffix(".safetensors").unlink()
    with pytest.raises(UserError, match="missing"):
        zoo.load(str(published))
    for text, words in (("{", "not readable JSON"), ("[]", "not the card"), ('{"model": "gan"}', "sha256")):
        published.with_suffix(".json").write_text(text)
        with pytest.raises(UserError, match=words):
            zoo.load(str(published))


# Names.


def test_names_are_those_of_the_cards_and_near_ones_are_offered(
    published: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    shelf = tmp_path / "shelf"
    shelf.mkdir()
    for name in ("dcgan-mnist", "dcgan-digits"):
        for suffix in (".json", ".safetensors"):
            shutil.copy(published.with_suffix(suffix), shelf / (name + suffix))
    (shelf / "README.md").write_text("not a generator")
    monkeypatch.setattr(zoo, "WEIGHTS", shelf)
    assert zoo.names() == ["dcgan-digits", "dcgan-mnist"]
    assert zoo.load("dcgan-mnist").card["model"] == "dcgan"
    with pytest.raises(UserError, match="did you mean 'dcgan-mnist'"):
        zoo.load("dcgan-mnst")
    with pytest.raises(UserError, match="choose one of dcgan-digits, dcgan-mnist"):
        zoo.load("zebra")


def test_a_shipped_name_wins_over_a_file_in_the_working_folder(
    published: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    shelf = tmp_path / "shelf"
    shelf.mkdir()
    for suffix in (".json", ".safetensors"):
        shutil.copy(published.with_suffix(suffix), shelf / ("mine" + suffix))
    monkeypatch.setattr(zoo, "WEIGHTS", shelf)
    monkeypatch.chdir(tmp_path)
    Path("mine.json").write_text("{}")
    assert zoo.load("mine").card["model"] == "dcgan"


@pytest.mark.parametrize("name", ["", ".", "/", "..", "no/such/place", "a\0b"])
def test_a_name_that_is_no_name_is_one_sentence(name: str):
    with pytest.raises(UserError, match="unknown zoo entry"):
        zoo.load(name)


# What ships. ``names()`` may be empty in a young checkout: the loop is then empty too.


def _assert_complete(card: dict[str, Any]) -> None:
    text = ("name", "model", "data", "objective", "penalty", "command", "sha256", "stored", "licence")
    for key in text:
        assert isinstance(card[key], str) and card[key], key
    for key in ("settings", "training", "machine", "metrics", "versions"):
        assert isinstance(card[key], dict) and card[key], key
    assert "seed" in card["training"] and card["machine"]["device"]
    assert isinstance(card["steps"], int) and card["steps"] > 0
    assert card["model"] in MODELS and card["penalty"] in PENALTIES
    assert card["objective"] in dict(OBJECTIVES, **MODELS[card["model"]].objectives)


@pytest.mark.parametrize("name", zoo.names())
def test_every_shipped_generator_loads_is_small_and_complete_and_keeps_the_range(name: str):
    generator, card = zoo.load(name), zoo.card(name)
    weights = zoo.WEIGHTS / f"{name}.safetensors"
    assert weights.stat().st_size == card["bytes"] <= 2 * 2**20
    assert card["name"] == name
    _assert_complete(card)
    assert card["data"] in data.names()
    samples = generator.sample(64, seed=1)
    assert list(samples.shape[1:]) == card["shape"]
    assert torch.isfinite(samples).all()
    if len(card["shape"]) == 3:
        data.check_images(samples, name)
        assert float(samples.std(0).mean()) > 0.05, "all samples alike"
    assert all(math.isfinite(v) for v in card["metrics"].values() if isinstance(v, float))


def test_no_weights_ship_without_a_card():
    assert {p.stem for p in zoo.WEIGHTS.glob("*.safetensors")} == set(zoo.names())
