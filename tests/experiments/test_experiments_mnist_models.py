"""One budget for every model: what is spent is what was asked for, kills included; the rows are those of this code."""

from __future__ import annotations

import importlib
import json
import time
from pathlib import Path
from typing import Any

import pytest
import torch

from ganlab import data, zoo
from ganlab.experiments import mnist_models, read, shelf
from ganlab.experiments.mnist_models import ASKED, asked, measured, train_for
from ganlab.experiments.tables import recorded
from ganlab.models import MODELS
from ganlab.models.vae import VAE, VAEConfig

TINY: dict[str, Any] = {"gan": {"settings": {"g_widths": [8], "d_widths": [8]}}, "vae": {"settings": {"widths": [8]}}}


@pytest.fixture(autouse=True)
def _tiny(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    if "recorded" not in request.node.name:
        for name, settings in TINY.items():
            monkeypatch.setitem(ASKED, name, settings)


def test_no_model_of_the_table_needs_labels():
    assert set(ASKED) <= {name for name, model in MODELS.items() if not model.labelled}
    assert {"gan", "dcgan", "wgan", "wgan_gp", "ebgan", "sngan", "vae"} <= set(ASKED)


def test_a_budget_is_spent_and_not_overspent_and_a_run_that_is_cut_short_goes_on(tmp_path: Path):
    begun = time.process_time()
    first = train_for(0.4, "gan", "digits", tmp_path / "run")
    took = time.process_time() - begun
    assert 0.9 * 0.4 < first["seconds"] <= took + 0.1
    steps, spent = json.loads((tmp_path / "run" / "spent.json").read_text())
    assert steps == first["steps"] and first["images_per_second"] == round(64 * steps / spent)
    again = train_for(0.4, "gan", "digits", tmp_path / "run")
    assert again == first, "a finished run was trained again"
    longer = train_for(3 * spent, "gan", "digits", tmp_path / "run")
    assert longer["steps"] > steps and longer["seconds"] > 2 * spent


def test_pieces_make_the_run_that_one_call_makes_to_the_bit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """So a zoo entry, made by its number of steps, is the budgeted run."""
    monkeypatch.setattr(mnist_models, "PIECE", 0.1)
    steps = train_for(0.5, "gan", "digits", tmp_path / "pieces", seed=3)["steps"]
    mnist_models._continued("gan", "digits", tmp_path / "whole", steps, 3)
    one, other = ((tmp_path / name / "generator.safetensors").read_bytes() for name in ("pieces", "whole"))
    assert one == other


def test_rows_are_kept_and_what_is_missing_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(mnist_models.BUDGET, "small", 0.2)
    found = mnist_models.mnist_models(tmp_path, size="small", only=["gan", "vae"])
    rows = read(tmp_path / "records.jsonl")
    assert [row["name"] for row in rows] == ["mnist-models-gan", "mnist-models-vae"]
    assert rows[0]["config"] == {"model": "gan", **asked("gan")}
    assert found["vae"]["bound"] < 0 and "bound" not in found["gan"]
    again = mnist_models.mnist_models(tmp_path, size="small", only=["gan", "vae"])
    assert again == found and len(read(tmp_path / "records.jsonl")) == 2


def test_a_copier_is_told_from_a_generator(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    class Copier:
        def sample(self, n: int, seed: int = 0) -> torch.Tensor:
            return data.load("digits").floats()[:n]

    train_for(0.1, "gan", "digits", tmp_path / "run")
    honest = measured(tmp_path / "run", "digits")
    monkeypatch.setattr(mnist_models, "open_run", lambda folder: Copier())
    copied = measured(tmp_path / "run", "digits")
    assert copied["copies"] == 1.0 and copied["nearer"] == 1.0 and copied["distance"] < honest["distance"]


def test_the_bound_is_the_mean_elbo_of_all_images():
    model = VAE((1, 8, 8), VAEConfig(latent=3, widths=(8,)))
    x = data.load("digits", "test").floats()
    noise = model.noise(len(x), torch.Generator().manual_seed(0))
    one = torch.stack([torch.sub(*model.elbo(x[i : i + 1], noise[i : i + 1]))[0] for i in range(len(x))])
    assert mnist_models.bound(model, x) == pytest.approx(one.mean().item(), rel=1e-5)


# What was recorded.


def test_the_recorded_rows_are_those_of_these_settings_at_one_budget():
    rows = recorded("mnist-models")
    assert {row["name"].removeprefix("mnist-models-") for row in rows} == set(ASKED)
    for row in rows:
        name = row["name"].removeprefix("mnist-models-")
        assert row["config"] == json.loads(json.dumps({"model": name, **asked(name, row["seed"])})), name
        assert row["values"]["seconds"] == pytest.approx(mnist_models.BUDGET[row["size"]], rel=0.1), name
        assert row["commit"] and not row["commit"].endswith("-dirty")


def test_the_recorded_distances_are_those_of_the_zoos_cards():
    """A card of the zoo is the run of the table, measured before its weights were put into half precision."""
    rows = {row["name"]: row["values"] for row in recorded("mnist-models") if row["seed"] == 0}
    assert set(shelf.BUDGETED) <= set(zoo.names())
    for name in shelf.BUDGETED:
        model, _, source = name.partition("-")
        card = zoo.card(name)
        assert card["steps"] == shelf.STEPS[name]
        if source == "mnist":
            assert card["steps"] == rows[f"mnist-models-{model}"]["steps"]
            wanted = rows[f"mnist-models-{model}"]["distance"]
            assert card["metrics"]["frechet_distance"] == pytest.approx(wanted, abs=1e-3)


@pytest.mark.parametrize("name", ["wgan", "wgan_gp", "ebgan", "sngan", "vae"])
def test_what_a_models_file_says_of_ours_is_what_was_recorded(name: str):
    (row,) = (row for row in recorded("mnist-models") if row["name"] == f"mnist-models-{name}")
    said = " ".join((importlib.import_module(f"ganlab.models.{name}").__doc__ or "").split())
    assert f"a Frechet distance of {row['values']['distance']:.1f} (floor {row['values']['floor']:.1f})" in said
    assert {9: "nine", 10: "all ten", 2: "two"}[row["values"]["covered"]] + " digits" in said
    if name == "vae":
        assert f"a bound of {row['values']['bound']:.0f} nats" in said


def test_r3gans_own_networks_come_less_near_than_plain_ones_in_less_time():
    """What the model's file and lesson 32 say of the zoo's entry."""
    (row,) = (row for row in recorded("zoo") if row["name"] == "zoo-r3gan-mnist")
    (plain,) = (row for row in recorded("mnist-budget") if row["name"] == "mnist-budget-unlabelled" and not row["seed"])
    assert zoo.card("r3gan-mnist")["metrics"]["frechet_distance"] == pytest.approx(row["values"]["distance"], abs=1e-3)
    assert row["values"]["distance"] > 2 * plain["values"]["distance"] and row["values"]["covered"] == 10
    said = " ".join((importlib.import_module("ganlab.models.r3gan").__doc__ or "").split())
    assert f"a Frechet distance of {row['values']['distance']:.1f} (floor {row['values']['floor']:.1f})" in said
