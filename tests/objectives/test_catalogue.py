"""The table of losses: each best discriminator found again by minimising, each divergence by summing."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from ganlab.objectives import CATALOGUE, F_DIVERGENCES, OBJECTIVES, Objective, table
from ganlab.objectives.energy import energy_based
from ganlab.objectives.tables import Table

ROWS = {row.name: row for row in CATALOGUE}
P = torch.tensor([0.1, 0.2, 0.3, 0.4], dtype=torch.float64)  # two laws on four points
Q = torch.tensor([0.4, 0.1, 0.35, 0.15], dtype=torch.float64)
ZERO = torch.zeros(1, dtype=torch.float64)


def _game(name: str) -> Objective:
    return F_DIVERGENCES[name[6:]].objective(False) if name.startswith("f-gan-") else OBJECTIVES[name]


def _halves(game: Objective, s: Tensor) -> tuple[Tensor, Tensor]:
    """What D pays for each score on a real and on a fake sample, each up to one constant."""
    real = torch.stack([game.discriminator(v[None], ZERO) for v in s])
    fake = torch.stack([game.discriminator(ZERO, v[None]) for v in s])
    return real, fake


def _loss_d(game: Objective, s: Tensor) -> float:
    """D's expected loss for the scores s on the four points: the two halves, less the score 0 that each carries."""
    real, fake = _halves(game, s)
    at_zero = game.discriminator(ZERO, ZERO)
    return float((P * real).sum() + (Q * fake).sum() - at_zero)


def test_every_objective_and_every_divergence_has_its_row():
    assert {*OBJECTIVES, *(f"f-gan-{name}" for name in F_DIVERGENCES)} <= set(ROWS)
    assert len(ROWS) == len(CATALOGUE) and all(row.source and row.minimises for row in CATALOGUE)


@pytest.mark.parametrize(
    "name", [n for n, row in ROWS.items() if row.best is not None and n in OBJECTIVES and not OBJECTIVES[n].paired]
)
def test_the_best_discriminator_is_the_minimum_at_each_point(name):
    grid = torch.linspace(-4, 4, 8001, dtype=torch.float64)
    real, fake = _halves(OBJECTIVES[name], grid)
    for p, q in ((0.3, 0.7), (0.55, 0.45), (0.2, 0.05)):
        found = grid[(p * real + q * fake).argmin()]
        wanted = ROWS[name].best(torch.tensor(p).double(), torch.tensor(q).double())
        assert float(found) == pytest.approx(float(wanted), abs=2e-3)


@pytest.mark.parametrize("name", F_DIVERGENCES)
def test_the_bound_at_the_best_critic_is_the_divergence(name):
    f = F_DIVERGENCES[name]
    critic = ROWS[f"f-gan-{name}"].best(P, Q)
    bound = (P * critic).sum() - (Q * f.conjugate(critic)).sum()
    assert float(bound) == pytest.approx(float((Q * f.f(P / Q)).sum()), abs=1e-9)


def _jsd(p: Tensor, q: Tensor) -> float:
    m = (p + q) / 2
    return float(0.5 * (p * (p / m).log()).sum() + 0.5 * (q * (q / m).log()).sum())


def _tv() -> float:
    return float(0.5 * (P - Q).abs().sum())


def test_minimax_leaves_two_jsd():
    game, best = OBJECTIVES["minimax"], ROWS["minimax"].best(P, Q)
    assert -_loss_d(game, best) == pytest.approx(2 * _jsd(P, Q) - math.log(4))


def test_the_non_saturating_slope_is_kl_minus_two_jsd():
    q = Q.clone().requires_grad_(True)
    loss = (q * torch.nn.functional.softplus(-(P / Q).log())).sum()  # D* frozen
    m = (P + q) / 2
    kl = (q * (q / P).log()).sum()
    jsd = 0.5 * (P * (P / m).log()).sum() + 0.5 * (q * (q / m).log()).sum()
    (slope,), (target,) = torch.autograd.grad(loss, q), torch.autograd.grad(kl - 2 * jsd, q)
    difference = slope - target  # on the simplex, slopes agree up to one constant
    torch.testing.assert_close(difference, difference.mean().expand(4))


def test_hinge_leaves_the_total_variation():
    assert _loss_d(OBJECTIVES["hinge"], ROWS["hinge"].best(P, Q)) == pytest.approx(2 * (1 - _tv()))


def test_the_coding_of_pearson_leaves_half_of_it():
    best = ROWS["least-squares-pearson"].best(P, Q)
    left = 0.5 * ((P + Q) * best.square()).sum()
    assert float(left) == pytest.approx(float(((P - Q).square() / (P + Q)).sum()) / 2)


def test_the_energy_game_is_worth_the_margin_where_the_laws_agree():
    m, energies = 1.5, torch.where(P > Q, 0.0, 1.5).double()
    game = energy_based(m)
    real = (P * energies).sum() + (Q * (m - energies).clamp(min=0)).sum()
    assert float(real) == pytest.approx(m * (1 - _tv()))
    for energy in (0.0, 0.4, m):  # p = q: every constant energy up to the margin is worth m
        e = torch.tensor([energy]).double()
        assert float(game.discriminator(e, e)) == pytest.approx(m)


def test_relativistic_pairs_leave_log_two_minus_their_jsd():
    s = ROWS["relativistic"].best(P, Q) + 17.0  # any constant
    x, y = torch.meshgrid(torch.arange(4), torch.arange(4), indexing="ij")
    forward, backward = (P[x] * Q[y]).flatten(), (Q[x] * P[y]).flatten()
    loss = (forward * torch.nn.functional.softplus(s[y] - s[x]).flatten()).sum()
    assert float(loss) == pytest.approx(math.log(2) - _jsd(forward, backward))
    for nudge in torch.eye(4).double():
        other = s + 0.05 * nudge
        worse = (forward * torch.nn.functional.softplus(other[y] - other[x]).flatten()).sum()
        assert float(worse) > float(loss)


def test_the_table_reads_the_same_as_text_and_as_a_page():
    page, text = table()._repr_html_(), repr(table())
    assert page.count("<tr>") == len(CATALOGUE) + 1 and page.count('scope="row"') == len(CATALOGUE)
    assert len(text.splitlines()) == len(CATALOGUE) + 1
    assert "<script" not in page and "E_p [1 - s]+" in page


def test_a_table_is_escaped_once_and_names_its_rows():
    shown = Table(("a", "b"), [("1 < 2", "&")])
    assert "1 &lt; 2" in shown._repr_html_() and "&amp;</td>" in shown._repr_html_()
    assert repr(shown) == "a | b\n1 < 2 | &"
