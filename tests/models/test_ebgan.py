"""EBGAN: energies and losses against the formulas of the paper, and D as an autoencoder."""

from __future__ import annotations

import pytest
import torch
from smallest import IMAGES, small
from torch import Tensor, nn

from ganlab.errors import UserError
from ganlab.models import MODELS, Model


class Source:
    """Batches of six, all different."""

    def __init__(self) -> None:
        self.taken = 0

    def __next__(self) -> tuple[Tensor, Tensor | None]:
        self.taken += 1
        return torch.rand(6, *IMAGES, generator=_rng(1000 + self.taken)) * 2 - 1, None


class Constant(nn.Module):
    """A generator of one image, whatever the noise."""

    def __init__(self, image: Tensor) -> None:
        super().__init__()
        self.image = nn.Parameter(image.clone())

    def forward(self, z: Tensor) -> Tensor:
        return self.image.expand(len(z), *self.image.shape)


def _rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def _losses(model: Model) -> dict[str, Tensor]:
    """The losses that a step descends on, at the weights that it starts with."""
    found: dict[str, Tensor] = {}
    model.descend = lambda player, loss: found.setdefault(player, loss.detach())  # type: ignore[method-assign,assignment,return-value]
    model.step(Source(), _rng(7))
    return found


def test_the_energy_is_the_distance_of_an_image_to_what_is_rebuilt_of_it():
    model = small("ebgan")
    x = next(Source())[0]
    rebuilt = model.D.decode(model.D.encode(x))
    wanted = torch.stack([((x[i] - rebuilt[i]) ** 2).sum().sqrt() for i in range(6)])
    torch.testing.assert_close(model.D(x), wanted)
    assert rebuilt.shape == x.shape


@pytest.mark.parametrize("margin", [0.5, 8.0, 100.0])
def test_the_losses_are_the_papers_below_across_and_above_the_margin(margin: float):
    """L_D = E D(x) + E [m - D(G(z))]+ and L_G = E D(G(z)), by loops; fakes of a constant G all lie on one side."""
    model = small("ebgan", margin=margin, pt=0.0)
    model.G = Constant(torch.full(IMAGES, 0.9))
    energies = model.D(next(Source())[0]).tolist()
    (fake,) = model.D(torch.full((1, *IMAGES), 0.9)).tolist()
    losses = _losses(model)
    assert float(losses["D"]) == pytest.approx(sum(energies) / 6 + max(0.0, margin - fake), rel=1e-5)
    assert float(losses["G"]) == pytest.approx(fake, rel=1e-5)
    assert (fake < margin) == (margin > 1.0)


def test_beyond_the_margin_fakes_move_nothing_in_d():
    """The hinge is flat there: with the fakes' energy above m, D learns as if there were no fakes."""
    model = small("ebgan", margin=1e-3, pt=0.0)
    x = next(Source())[0]
    (wanted,) = torch.autograd.grad(model.D(x).mean(), model.D.encode[0].weight)
    seen: list[Tensor] = []
    descend = model.descend

    def watched(player: str, loss: Tensor) -> None:
        descend(player, loss)
        if player == "D":
            seen.append(model.D.encode[0].weight.grad.clone())

    model.descend = watched  # type: ignore[method-assign]
    model.step(Source(), _rng())
    torch.testing.assert_close(seen[0], wanted)


def test_the_pulling_away_term_enters_gs_loss_with_its_weight():
    """Of a constant G all codes are one: every cosine is 1, and so is the term."""
    plain, pulled = small("ebgan", pt=0.0), small("ebgan", pt=0.25)
    for model in (plain, pulled):
        model.G = Constant(torch.full(IMAGES, 0.9))
    assert float(_losses(pulled)["G"] - _losses(plain)["G"]) == pytest.approx(0.25, abs=1e-5)


def test_the_term_by_pairs():
    model, plain = small("ebgan", pt=1.0, latent=8), small("ebgan", pt=0.0, latent=8)
    rng = _rng(7)
    with torch.no_grad():
        model.G(model.noise(6, rng))
        code = model.D.encode(model.G(model.noise(6, rng)))
    squares = [
        float(code[i] @ code[j] / (code[i].norm() * code[j].norm())) ** 2 for i in range(6) for j in range(6) if i != j
    ]
    assert float(_losses(model)["G"] - _losses(plain)["G"]) == pytest.approx(sum(squares) / 30, abs=1e-4)


def test_scores_and_logged_logits_are_high_where_d_takes_a_sample_for_real():
    model = small("ebgan", margin=3.0)
    x = next(Source())[0]
    torch.testing.assert_close(model.scores(x, _rng()), 3.0 - model.D(x).detach())
    scalars = small("ebgan", margin=3.0).step(Source(), _rng(7))
    assert float(scalars["logit_real"]) == pytest.approx(float(model.scores(x, _rng()).mean()), rel=1e-5)


def test_d_learns_to_rebuild_data_but_not_fakes():
    model = small("ebgan", width=4, code=16, lr=3e-3, margin=6.0)
    batch = next(Source())
    for _ in range(60):
        scalars = model.step(iter(lambda: batch, None), _rng(3))
    assert float(scalars["logit_real"]) > float(small("ebgan", margin=6.0).step(Source(), _rng())["logit_real"])


@pytest.mark.parametrize(
    ("setting", "word"),
    [({"margin": 0.0}, "margin"), ({"pt": -0.1}, "pt"), ({"pt": float("nan")}, "pt"), ({"code": 0}, "code")],
)
def test_settings_that_mean_nothing_are_refused(setting: dict[str, float], word: str):
    with pytest.raises(UserError, match=word):
        MODELS["ebgan"].Config(**setting)


def test_another_objective_would_be_another_model():
    with pytest.raises(UserError, match="energy-based, not hinge"):
        small("ebgan", "hinge")
