"""A generator on its own: samples that depend on the seed alone, and weights that must belong to their card."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import save_file
from smallest import small
from torch import Tensor, nn

from ganlab.errors import UserError
from ganlab.models import MODELS, Model
from ganlab.training import TrainedGenerator, build_model, draw_codes, generate, load_generator, open_run, stream

CPU = torch.device("cpu")
CARDS: dict[str, dict[str, Any]] = {
    "gan": {"model": "gan", "shape": [1, 8, 8], "settings": {"latent": 4, "g_widths": [8, 8], "norm": "batch"}},
    "dcgan": {"model": "dcgan", "shape": [1, 8, 8], "settings": {"latent": 4, "width": 2}},
}


def _saved(tmp_path: Path, card: dict[str, Any], seed: int = 0) -> tuple[Path, Model]:
    """The weights of a fresh generator with batch statistics that are not the initial ones."""
    model = build_model(card, seed)
    model.train()
    with torch.no_grad():
        model.G(torch.randn(20, 4, generator=torch.Generator().manual_seed(seed)))
    save_file({k: v.contiguous() for k, v in model.G.state_dict().items()}, tmp_path / "g.safetensors")
    return tmp_path / "g.safetensors", model


# Sampling.


@given(n=st.integers(1, 30), batch=st.integers(1, 40), latent=st.integers(1, 5))
def test_the_noise_of_a_sample_depends_neither_on_the_chunks_nor_on_how_many_are_drawn(n: int, batch: int, latent: int):
    """Through the identity, samples are their noise: the head of one stream, in order, to the bit."""
    model = small("gan", latent=latent)
    samples = generate(nn.Identity(), draw_codes(model, n, stream(5, "sample")), CPU, batch)
    assert torch.equal(samples, torch.randn(64, latent, generator=stream(5, "sample"))[:n])


def test_noise_drawn_just_for_that_number_would_depend_on_it():
    """The test above can fail: below 16 numbers, and in the last incomplete 16, PyTorch draws otherwise."""
    many = torch.randn(64, 3, generator=stream(5, "sample"))
    assert any(not torch.equal(torch.randn(n, 3, generator=stream(5, "sample")), many[:n]) for n in range(1, 17))


@pytest.mark.parametrize("name", sorted(CARDS))
def test_nor_do_the_samples(name: str):
    network = build_model(CARDS[name]).G.eval()
    codes = torch.randn(11, 4, generator=stream(0, "sample"))
    whole = generate(network, codes)
    for batch in (1, 2, 5, 11):
        torch.testing.assert_close(generate(network, codes, CPU, batch), whole)


def test_samples_are_float32_contiguous_without_a_graph_and_complete():
    class Odd(nn.Module):
        """A network that answers in bfloat16, channels last, with a graph."""

        def forward(self, z: Tensor) -> Tensor:
            scale = torch.ones((), requires_grad=True)
            return (scale * z[:, :1, None, None].expand(-1, 3, 2, 2)).bfloat16().to(memory_format=torch.channels_last)

    samples = generate(Odd(), torch.randn(7, 2), CPU, batch=3)
    assert samples.shape == (7, 3, 2, 2) and samples.dtype == torch.float32
    assert samples.is_contiguous() and not samples.requires_grad


def test_a_seed_is_a_sample_and_global_random_numbers_play_no_part(tmp_path: Path):
    weights, _ = _saved(tmp_path, CARDS["gan"])
    generator = load_generator(weights, CARDS["gan"])
    torch.manual_seed(1)
    before, first = torch.get_rng_state(), generator.sample(5, seed=2)
    assert torch.equal(torch.get_rng_state(), before)
    torch.rand(3)
    assert torch.equal(generator.sample(5, seed=2), first)
    assert not torch.equal(generator.sample(5, seed=3), first)
    assert torch.equal(first, generator(torch.randn(16, 4, generator=stream(2, "sample"))[:5]))


@pytest.mark.parametrize("n", [0, -1])
def test_no_samples_are_refused(n: int):
    generator = TrainedGenerator(small("gan"), {})
    with pytest.raises(UserError, match="1 or more"):
        generator.sample(n)


@pytest.mark.parametrize("labels", [1, torch.tensor([1, 0, 1])], ids=["one", "each"])
def test_a_model_without_classes_cannot_be_asked_for_one(labels: Any):
    with pytest.raises(UserError, match="cannot be asked for a class"):
        TrainedGenerator(small("gan"), {}).sample(3, labels=labels)


# Loading.


@pytest.mark.parametrize("name", sorted(CARDS))
def test_a_loaded_generator_is_the_saved_one_to_the_bit(name: str, tmp_path: Path):
    weights, model = _saved(tmp_path, CARDS[name], seed=4)
    generator = load_generator(weights, CARDS[name])
    z = torch.randn(6, 4, generator=torch.Generator().manual_seed(9))
    with torch.no_grad():
        assert torch.equal(generator(z), model.G.eval()(z))
        assert not torch.equal(generator(z), build_model(CARDS[name], seed=4).G.eval()(z)), "statistics count"
    assert generator.card == CARDS[name] and generator.latent == 4
    assert not generator.network.training and not any(p.requires_grad for p in generator.network.parameters())
    assert not generator(z).requires_grad


@pytest.mark.parametrize(
    "other",
    [
        CARDS["gan"],
        {**CARDS["dcgan"], "settings": {"latent": 4, "width": 3}},
        {**CARDS["dcgan"], "settings": {"latent": 5, "width": 2}},
        {**CARDS["dcgan"], "settings": {"latent": 4, "width": 2, "upsampling": "nearest"}},
        {**CARDS["dcgan"], "shape": [3, 8, 8]},
    ],
    ids=["model", "width", "latent", "upsampling", "channels"],
)
def test_the_card_of_another_model_is_refused(other: dict[str, Any], tmp_path: Path):
    weights, _ = _saved(tmp_path, CARDS["dcgan"])
    with pytest.raises(UserError, match="another model"):
        load_generator(weights, other)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_weights_that_are_not_finite_are_refused(value: float, tmp_path: Path):
    model = build_model(CARDS["gan"])
    state = {k: v.clone() for k, v in model.G.state_dict().items()}
    state["layers.0.bias"][1] = value
    save_file(state, tmp_path / "g.safetensors")
    with pytest.raises(UserError, match="NaN"):
        load_generator(tmp_path / "g.safetensors", CARDS["gan"])


def test_missing_and_cut_files_are_refused(tmp_path: Path):
    weights, _ = _saved(tmp_path, CARDS["gan"])
    content = weights.read_bytes()
    for keep in (0, 5, 100, len(content) - 1):
        weights.write_bytes(content[:keep])
        with pytest.raises(UserError, match="damaged"):
            load_generator(weights, CARDS["gan"])
    weights.unlink()
    with pytest.raises(UserError, match="missing"):
        load_generator(weights, CARDS["gan"])


# From a card to a model.


def test_a_card_says_everything_that_a_model_needs():
    card = CARDS["dcgan"] | {"objective": "hinge", "penalty": "r1", "penalty_weight": 3.5}
    card["settings"] = {"latent": 4, "width": 2, "norm": "none", "d_channels": [3, 5], "lr": 1e-3}
    model = build_model(card, seed=7)
    assert (model.name, model.shape, model.objective.name) == ("dcgan", (1, 8, 8), "hinge")
    assert (model.penalty.name, model.penalty.weight, model.penalty_weight) == ("r1", 3.5, 3.5)
    assert (model.config.d_channels, model.config.lr) == ((3, 5), 1e-3)
    same = MODELS["dcgan"](model.shape, model.config, seed=7)
    assert all(torch.equal(a, b) for a, b in zip(model.parameters(), same.parameters(), strict=True))


@pytest.mark.parametrize("lacking", ["model", "shape"])
def test_a_card_without_model_or_shape_is_refused(lacking: str):
    with pytest.raises(UserError, match="does not say which model"):
        build_model({k: v for k, v in CARDS["gan"].items() if k != lacking})


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"model": "dcgna"}, "did you mean 'dcgan'"),
        ({"settings": {"widht": 3}}, "widht"),
        ({"objective": "vibes"}, "vibes"),
        ({"penalty": "r3"}, "r3"),
    ],
)
def test_what_ganlab_does_not_know_is_refused_by_name(change: dict[str, Any], words: str):
    with pytest.raises(UserError, match=words):
        build_model(CARDS["dcgan"] | change)


def test_a_folder_that_is_no_run_is_refused(tmp_path: Path):
    with pytest.raises(UserError, match="not a run folder"):
        open_run(tmp_path)
