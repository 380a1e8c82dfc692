"""Losses against their formulas, written out in float64, and the identities that define them.

Every value is taken at unequal logits: a sum where a mean belongs, or one score for all, shows.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from ganlab.errors import UserError
from ganlab.objectives import OBJECTIVES, Objective, discriminator_probability, least_squares_coded, smoothed

NAMES = sorted(OBJECTIVES)
UNPAIRED = [name for name in NAMES if not OBJECTIVES[name].paired]
LOG_2 = math.log(2)


def _softplus(t: float) -> float:
    """log(1 + e^t) in Python's float64."""
    return max(t, 0.0) + math.log1p(math.exp(-abs(t)))


def _mean(values: list[float]) -> float:
    return math.fsum(values) / len(values)


def _cross_entropy(real: list[float], fake: list[float]) -> float:
    return _mean([_softplus(-s) for s in real]) + _mean([_softplus(s) for s in fake])


Formula = Callable[[list[float], list[float]], float]
DISCRIMINATOR: dict[str, Formula] = {
    "minimax": _cross_entropy,
    "non-saturating": _cross_entropy,
    "least-squares": lambda r, f: 0.5 * _mean([(s - 1) ** 2 for s in r]) + 0.5 * _mean([s * s for s in f]),
    "least-squares-pearson": lambda r, f: (
        0.5 * _mean([(s - 1) ** 2 for s in r]) + 0.5 * _mean([(s + 1) ** 2 for s in f])
    ),
    "hinge": lambda r, f: _mean([max(0.0, 1 - s) for s in r]) + _mean([max(0.0, 1 + s) for s in f]),
    "wasserstein": lambda r, f: _mean(f) - _mean(r),
    "relativistic": lambda r, f: _mean([_softplus(b - a) for a, b in zip(r, f, strict=True)]),
}
GENERATOR: dict[str, Formula] = {
    "minimax": lambda r, f: -_mean([_softplus(s) for s in f]),
    "non-saturating": lambda r, f: _mean([_softplus(-s) for s in f]),
    "least-squares": lambda r, f: 0.5 * _mean([(s - 1) ** 2 for s in f]),
    "least-squares-pearson": lambda r, f: 0.5 * _mean([s * s for s in f]),
    "hinge": lambda r, f: -_mean(f),
    "wasserstein": lambda r, f: -_mean(f),
    "relativistic": lambda r, f: _mean([_softplus(a - b) for a, b in zip(r, f, strict=True)]),
}

logits = st.floats(-50, 50, width=32, allow_subnormal=False)
pairs = st.lists(st.tuples(logits, logits), min_size=1, max_size=6)


def _columns(rows: list[tuple[float, float]]) -> tuple[list[float], list[float]]:
    return [a for a, _ in rows], [b for _, b in rows]


# Values.


def test_every_objective_has_its_formula_in_this_file():
    assert set(DISCRIMINATOR) == set(GENERATOR) == set(OBJECTIVES)
    assert all(objective.name == name for name, objective in OBJECTIVES.items())


@pytest.mark.parametrize("name", NAMES)
@given(rows=pairs)
def test_both_losses_equal_their_formula_in_float64(name: str, rows: list[tuple[float, float]]):
    real, fake = _columns(rows)
    objective = OBJECTIVES[name]
    for loss, formula in ((objective.discriminator, DISCRIMINATOR), (objective.generator, GENERATOR)):
        value = loss(torch.tensor(real), torch.tensor(fake))
        assert value.shape == ()
        assert float(value) == pytest.approx(formula[name](real, fake), rel=1e-5, abs=1e-4)


def test_two_unequal_logits_by_hand():
    """log-odds of 3 and 1/3: D = 3/4 and 1/4, so that every loss is a logarithm that can be checked on paper."""
    s = math.log(3)
    real, fake = torch.tensor([s, 0.0]), torch.tensor([-s, 0.0])
    d = 2 * (-math.log(3 / 4) + LOG_2) / 2  # both halves are -log(3/4) and -log(1/2), averaged
    hand = {
        "minimax": (d, 0.5 * (math.log(3 / 4) + math.log(1 / 2))),
        "non-saturating": (d, -0.5 * (math.log(1 / 4) + math.log(1 / 2))),
        "least-squares": (0.25 * ((s - 1) ** 2 + 1) + 0.25 * s**2, 0.25 * ((s + 1) ** 2 + 1)),
        "least-squares-pearson": (0.25 * ((s - 1) ** 2 + 1) + 0.25 * ((1 - s) ** 2 + 1), 0.25 * s**2),
        "hinge": (0.5 * (0 + 1) + 0.5 * (0 + 1), s / 2),
        "wasserstein": (-s, s / 2),
        "relativistic": (0.5 * (math.log(10 / 9) + LOG_2), 0.5 * (math.log(10) + LOG_2)),
    }
    for name, (loss_d, loss_g) in hand.items():
        assert float(OBJECTIVES[name].discriminator(real, fake)) == pytest.approx(loss_d, rel=1e-6), name
        assert float(OBJECTIVES[name].generator(real, fake)) == pytest.approx(loss_g, rel=1e-6), name


@pytest.mark.parametrize(
    ("name", "loss_d", "loss_g"),
    [
        ("minimax", 2 * LOG_2, -LOG_2),
        ("non-saturating", 2 * LOG_2, LOG_2),
        ("least-squares", 0.5, 0.5),
        ("least-squares-pearson", 1.0, 0.0),
        ("hinge", 2.0, 0.0),
        ("wasserstein", 0.0, 0.0),
        ("relativistic", LOG_2, LOG_2),
    ],
)
def test_where_d_cannot_tell_and_all_logits_are_zero(name: str, loss_d: float, loss_g: float):
    zero = torch.zeros(5)
    assert float(OBJECTIVES[name].discriminator(zero, zero)) == pytest.approx(loss_d, rel=1e-6)
    assert float(OBJECTIVES[name].generator(zero, zero)) == pytest.approx(loss_g, rel=1e-6)


def test_least_squares_equilibrium_is_a_quarter_at_one_half():
    """At p = q the best score is p / (p + q) = 1/2, and D's loss there 1/4 (Mao et al. 2017, eq. 9)."""
    half = torch.full((4,), 0.5)
    assert float(OBJECTIVES["least-squares"].discriminator(half, half)) == 0.25


@pytest.mark.parametrize("name", ["minimax", "non-saturating"])
def test_d_loss_is_minus_the_value_function(name: str):
    """V = E log D(x) + E log(1 - D(G(z))), Goodfellow et al. 2014, eq. 1, with D in float64."""
    real, fake = torch.tensor([2.0, -0.5, 0.3]), torch.tensor([-1.0, 1.5, 0.0])
    value = real.double().sigmoid().log().mean() + (1 - fake.double().sigmoid()).log().mean()
    assert float(OBJECTIVES[name].discriminator(real, fake)) == pytest.approx(-float(value), rel=1e-6)


def test_the_optimal_logit_gives_minus_log_4_plus_twice_the_jensen_shannon_divergence():
    """Two laws on three points and s* = log p/q: V(D*) = -log 4 + 2 JSD, Goodfellow et al. 2014, theorem 1."""
    p, q = torch.tensor([4, 3, 1]), torch.tensor([2, 2, 4])  # eighths
    s = (p / q).log()
    value = -OBJECTIVES["minimax"].discriminator(s.repeat_interleave(p), s.repeat_interleave(q))
    p64, q64 = p.double() / 8, q.double() / 8
    middle = (p64 + q64) / 2
    jsd = 0.5 * (p64 * (p64 / middle).log()).sum() + 0.5 * (q64 * (q64 / middle).log()).sum()
    assert float(value) == pytest.approx(-math.log(4) + 2 * float(jsd), rel=1e-6)


def test_probability_is_the_sigmoid_in_float32():
    s = torch.tensor([-math.log(3), 0.0, math.log(3)])
    assert discriminator_probability(s).tolist() == pytest.approx([0.25, 0.5, 0.75])
    assert discriminator_probability(s.bfloat16()).dtype == torch.float32


# Gradients.


def _gradient(loss: Callable[[Tensor], Tensor], values: list[float]) -> Tensor:
    s = torch.tensor(values, requires_grad=True)
    loss(s).backward()
    assert s.grad is not None
    return s.grad


@given(st.lists(st.floats(-1e4, 1e4, width=32, allow_subnormal=False), min_size=1, max_size=6))
def test_saturating_and_non_saturating_gradients_at_any_logit(values: list[float]):
    """d log(1 - D)/ds = -D and d(-log D)/ds = -(1 - D), each over N (lesson 06)."""
    d = torch.tensor(values, dtype=torch.float64).sigmoid()
    not_d = torch.tensor(values, dtype=torch.float64).neg().sigmoid()
    for name, expected in (("minimax", -d), ("non-saturating", -not_d)):
        gradient = _gradient(lambda s, name=name: OBJECTIVES[name].generator(None, s), values)
        torch.testing.assert_close(gradient.double(), expected / len(values), rtol=1e-5, atol=1e-12)


def test_the_gradients_are_99_to_1_where_d_is_1_percent():
    s = [math.log(0.01 / 0.99)]
    saturating = _gradient(lambda t: OBJECTIVES["minimax"].generator(None, t), s)
    other = _gradient(lambda t: OBJECTIVES["non-saturating"].generator(None, t), s)
    assert float(other / saturating) == pytest.approx(99, rel=1e-4)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("size", [1e2, 1e4])
def test_extreme_logits_give_finite_values_and_gradients(name: str, size: float):
    for signs in ((1, 1), (1, -1), (-1, 1), (-1, -1)):
        real = torch.tensor([signs[0] * size, 0.0], requires_grad=True)
        fake = torch.tensor([signs[1] * size, 1.0], requires_grad=True)
        for loss in (OBJECTIVES[name].discriminator, OBJECTIVES[name].generator):
            value = loss(real, fake)
            gradients = torch.autograd.grad(value, [real, fake], allow_unused=True)
            assert torch.isfinite(value)
            assert all(torch.isfinite(g).all() for g in gradients if g is not None)


def test_a_confidently_wrong_d_still_learns_at_full_strength():
    """log(sigmoid(s)) is -inf and has no gradient here; softplus has slope 1."""
    gradient = _gradient(lambda s: OBJECTIVES["non-saturating"].discriminator(s, torch.zeros(2)), [-1e4, -200.0])
    assert gradient.tolist() == [-0.5, -0.5]


@pytest.mark.parametrize("name", NAMES)
def test_gradients_agree_with_finite_differences_of_the_formula(name: str):
    real, fake, h = [0.3, -1.7], [0.9, -0.4], 1e-6
    for loss, formula in (
        (OBJECTIVES[name].discriminator, DISCRIMINATOR[name]),
        (OBJECTIVES[name].generator, GENERATOR[name]),
    ):
        gradient = _gradient(lambda s, loss=loss: loss(torch.tensor(real), s), fake)
        for i in range(2):
            up, down = fake.copy(), fake.copy()
            up[i], down[i] = up[i] + h, down[i] - h
            slope = (formula(real, up) - formula(real, down)) / (2 * h)
            assert float(gradient[i]) == pytest.approx(slope, abs=1e-6)


# What both players are after.


@pytest.mark.parametrize("name", NAMES)
@given(rows=pairs, i=st.integers(0, 5), lift=st.floats(0.25, 5))
def test_a_fake_that_scores_higher_is_better_for_g_and_worse_for_d(
    name: str, rows: list[tuple[float, float]], i: int, lift: float
):
    # Inside (-1, 1) every loss is strictly monotone; least squares turns at G's wish (1 or 0), hinge is flat below -1.
    top = 0 if name == "least-squares-pearson" else 1
    real, fake = ([s / 51 for s in column] for column in _columns(rows))
    fake = [s - (1 - top) * (1 + s) / 2 for s in fake]
    raised = fake.copy()
    i %= len(fake)
    raised[i] += (top - raised[i]) * lift / 5.01
    objective, r, f, up = OBJECTIVES[name], *map(torch.tensor, (real, fake, raised))
    assert float(objective.generator(r, up)) < float(objective.generator(r, f))
    if name != "least-squares":
        assert float(objective.discriminator(r, up)) > float(objective.discriminator(r, f))


@pytest.mark.parametrize("name", NAMES)
def test_a_real_that_scores_higher_is_better_for_d(name: str):
    fake = torch.tensor([0.2, -0.1])
    low, high = torch.tensor([-0.5, 0.4]), torch.tensor([-0.5, 0.9])
    assert float(OBJECTIVES[name].discriminator(high, fake)) < float(OBJECTIVES[name].discriminator(low, fake))


@pytest.mark.parametrize("name", UNPAIRED)
@given(rows=pairs)
def test_an_unpaired_generator_does_not_look_at_the_real_logits(name: str, rows: list[tuple[float, float]]):
    real, fake = map(torch.tensor, _columns(rows))
    generator = OBJECTIVES[name].generator
    assert torch.equal(generator(real, fake), generator(None, fake))


@pytest.mark.parametrize("name", UNPAIRED)
def test_unpaired_losses_take_batches_of_unequal_size_and_any_order(name: str):
    real, fake = torch.tensor([0.5, -1.0, 2.0]), torch.tensor([0.1, -0.3])
    loss = OBJECTIVES[name].discriminator
    assert float(loss(real, fake)) == pytest.approx(DISCRIMINATOR[name](real.tolist(), fake.tolist()), rel=1e-5)
    torch.testing.assert_close(loss(real.flip(0), fake.flip(0)), loss(real, fake))


# Relativistic pairing.

relativistic = OBJECTIVES["relativistic"]


@given(rows=pairs)
def test_relativistic_losses_are_each_other_with_the_roles_exchanged(rows: list[tuple[float, float]]):
    a, b = map(torch.tensor, _columns(rows))
    assert torch.equal(relativistic.discriminator(a, b), relativistic.generator(b, a))


@given(rows=pairs, shift=st.integers(-100, 100))
def test_relativistic_losses_do_not_change_when_every_logit_moves(rows: list[tuple[float, float]], shift: int):
    a, b = map(torch.tensor, _columns(rows))
    for loss in (relativistic.discriminator, relativistic.generator):
        torch.testing.assert_close(loss(a + shift, b + shift), loss(a, b), rtol=1e-4, atol=1e-4)


def test_no_other_cross_entropy_is_blind_to_a_shift():
    """The shift test can fail: a script that overwrites the paired loss with the plain one is found out by it."""
    a, b = torch.tensor([1.0, -0.5]), torch.tensor([0.2, 0.7])
    for name in ("minimax", "non-saturating"):
        for loss in (OBJECTIVES[name].discriminator, OBJECTIVES[name].generator):
            assert abs(float(loss(a + 3, b + 3) - loss(a, b))) > 0.1


def test_relativistic_pairs_by_index():
    a, b = torch.tensor([4.0, -4.0]), torch.tensor([4.0, -4.0])
    assert float(relativistic.discriminator(a, b)) == pytest.approx(LOG_2)
    crossed = (_softplus(8) + _softplus(-8)) / 2
    assert float(relativistic.discriminator(a, b.flip(0))) == pytest.approx(crossed, rel=1e-6)


@pytest.mark.parametrize("shape", [(3,), (2, 1), (1,)])
def test_relativistic_losses_refuse_what_would_broadcast(shape: tuple[int, ...]):
    for loss in (relativistic.discriminator, relativistic.generator):
        with pytest.raises(UserError, match="pair by index"):
            loss(torch.zeros(2), torch.zeros(shape))


def test_the_relativistic_generator_refuses_to_do_without_the_real_logits():
    with pytest.raises(UserError, match="needs the real logits"):
        relativistic.generator(None, torch.zeros(2))


# Symmetry, sign, shift.

MIRROR = {"minimax": 0.0, "non-saturating": 0.0, "least-squares": 1.0, "least-squares-pearson": 0.0, "hinge": 0.0,
          "wasserstein": 0.0, "relativistic": 0.0}  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
@given(rows=pairs)
def test_d_treats_real_and_fake_alike(name: str, rows: list[tuple[float, float]]):
    """Exchange the batches and mirror every score about the undecided one: D pays the same."""
    a, b = map(torch.tensor, _columns(rows))
    loss, middle = OBJECTIVES[name].discriminator, MIRROR[name]
    torch.testing.assert_close(loss(a, b), loss(middle - b, middle - a), rtol=1e-4, atol=1e-4)


@given(rows=pairs)
def test_one_sided_smoothing_is_not_symmetric(rows: list[tuple[float, float]]):
    """The test above can fail: labels of 0.9 on real samples alone favour one side, except at mirrored scores."""
    a, b = map(torch.tensor, _columns(rows))
    difference = smoothed(0.9).discriminator(a, b) - smoothed(0.9).discriminator(-b, -a)
    assert float(difference) == pytest.approx(0.1 * (float(a.mean()) + float(b.mean())), rel=1e-3, abs=1e-4)


@pytest.mark.parametrize("name", [name for name in NAMES if name != "wasserstein"])
@given(rows=pairs)
def test_no_bounded_game_pays_d_for_playing(name: str, rows: list[tuple[float, float]]):
    real, fake = map(torch.tensor, _columns(rows))
    assert float(OBJECTIVES[name].discriminator(real, fake)) >= 0


@given(rows=pairs, shift=st.integers(-100, 100))
def test_the_critic_of_wasserstein_is_blind_to_a_shift_and_its_generator_is_not(
    rows: list[tuple[float, float]], shift: int
):
    a, b = map(torch.tensor, _columns(rows))
    game = OBJECTIVES["wasserstein"]
    torch.testing.assert_close(game.discriminator(a + shift, b + shift), game.discriminator(a, b), rtol=1e-4, atol=1e-3)
    assert float(game.generator(None, b + shift) - game.generator(None, b)) == pytest.approx(-shift, abs=1e-3)


# Both losses as numbers.


@pytest.mark.parametrize("name", NAMES)
def test_values_are_the_two_losses(name: str):
    real, fake = torch.tensor([[0.3], [-1.7]]), torch.tensor([[0.9], [-0.4]])
    found = OBJECTIVES[name].values(real, fake)
    assert found == (float(OBJECTIVES[name].discriminator(real, fake)), float(OBJECTIVES[name].generator(real, fake)))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("who", ["real", "fake"])
def test_scores_that_are_not_finite_are_refused_with_one_sentence(name: str, bad: float, who: str):
    scores = {"real": torch.tensor([0.1, 0.2]), "fake": torch.tensor([0.3, 0.4])}
    scores[who][1] = bad
    with pytest.raises(UserError, match=f"the {who} scores are not all finite"):
        OBJECTIVES[name].values(**scores)


@pytest.mark.parametrize("shape", [(2, 2), (2, 1, 1), ()])
def test_scores_of_another_shape_are_refused(shape: tuple[int, ...]):
    with pytest.raises(UserError, match="have the shape"):
        OBJECTIVES["hinge"].values(torch.zeros(2), torch.zeros(shape))


def test_no_scores_and_scores_that_do_not_pair_are_refused():
    with pytest.raises(UserError, match="no fake scores"):
        OBJECTIVES["hinge"].values(torch.zeros(2), torch.zeros(0))
    with pytest.raises(UserError, match="pair by index"):
        OBJECTIVES["relativistic"].values(torch.zeros(2), torch.zeros(3))


def test_a_loss_leaves_what_is_not_finite_to_the_trainer():
    """No look from the host in a step: the loss itself says nan, and the trainer's mask sees it on the device."""
    for name in NAMES:
        assert not math.isfinite(float(OBJECTIVES[name].discriminator(torch.tensor([math.nan]), torch.zeros(1))))


# Precision and labels.


@pytest.mark.parametrize("name", NAMES)
def test_losses_are_float32_under_bfloat16_autocast(name: str):
    """300 and 301 are one number in bfloat16, and their mean would be too: the loss must be taken in float32."""
    real, fake = torch.tensor([1.5, -2.25]).bfloat16(), torch.tensor([0.75, 3.5]).bfloat16()
    objective: Objective = OBJECTIVES[name]
    for loss in (objective.discriminator, objective.generator):
        with torch.autocast("cpu", torch.bfloat16):
            value = loss(real, fake)
        assert value.dtype == torch.float32
        assert torch.equal(value, loss(real.float(), fake.float()))


def test_only_wasserstein_is_unbounded_and_only_relativistic_is_paired():
    """What the flags promise, measured: does D's loss fall without end as the scores are blown up?"""
    for name, objective in OBJECTIVES.items():
        far = float(objective.discriminator(torch.full((2,), 1e6), torch.full((2,), -1e6)))
        assert objective.bounded == (far > -1.0), name
        assert objective.paired == (name == "relativistic")
        assert objective.source


# Variations of the pair.


@pytest.mark.parametrize("p", [0.1, 0.5, 0.9])
@pytest.mark.parametrize("label", [0.5, 0.9, 1.0])
def test_the_best_discriminator_under_smoothed_labels(p: float, label: float):
    """At a point with p and q = 1 - p, D* = label * p / (p + q) (lesson 05): the loss there has no slope."""
    d = label * p
    s = torch.tensor(math.log(d / (1 - d)), dtype=torch.float64, requires_grad=True)
    game = smoothed(label)
    at_real, at_fake = (
        game.discriminator(s[None], torch.tensor([-1e9]).double()),
        game.discriminator(torch.tensor([1e9]).double(), s[None]),
    )
    (slope,) = torch.autograd.grad(p * at_real + (1 - p) * at_fake, s)
    assert float(slope) == pytest.approx(0, abs=1e-9)


def test_the_label_one_is_the_plain_game():
    real, fake = torch.tensor([0.3, -2.0]), torch.tensor([1.0, 0.1])
    torch.testing.assert_close(
        smoothed(1.0).discriminator(real, fake), OBJECTIVES["non-saturating"].discriminator(real, fake)
    )


@pytest.mark.parametrize("label", [0.0, 1.1, -0.2])
def test_a_label_outside_its_range_is_refused(label: float):
    with pytest.raises(UserError, match="smoothed label"):
        smoothed(label)


@pytest.mark.parametrize("codes", [(0.0, 1.0, 1.0), (-1.0, 1.0, 0.0), (-2.0, 3.0, 0.5)])
@pytest.mark.parametrize("p", [0.2, 0.5, 0.7])
def test_the_best_least_squares_score_is_the_weighted_mean_of_the_codes(codes: tuple[float, float, float], p: float):
    fake_code, real_code, _ = codes
    s = torch.tensor(real_code * p + fake_code * (1 - p), dtype=torch.float64, requires_grad=True)
    game = least_squares_coded(*codes)
    real, fake = torch.tensor([real_code]).double(), torch.tensor([fake_code]).double()
    loss = p * game.discriminator(s[None], fake) + (1 - p) * game.discriminator(real, s[None])
    assert float(torch.autograd.grad(loss, s)[0]) == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("name", NAMES)
def test_gradients_in_float64(name: str):
    real = torch.tensor([0.3, -1.7], dtype=torch.float64, requires_grad=True)
    fake = torch.tensor([0.9, -0.4], dtype=torch.float64, requires_grad=True)
    for loss in (OBJECTIVES[name].discriminator, OBJECTIVES[name].generator):
        assert loss(real, fake).dtype is torch.float64
        assert torch.autograd.gradcheck(loss, (real, fake))


@pytest.mark.parametrize("label", [0.5, 0.9])
def test_gradients_of_the_smoothed_game_in_float64(label: float):
    real = torch.tensor([0.3, -1.7], dtype=torch.float64, requires_grad=True)
    fake = torch.tensor([0.9, -0.4], dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(smoothed(label).discriminator, (real, fake))


@pytest.mark.parametrize("name", NAMES)
def test_gradients_through_a_batch_of_columns_are_those_of_a_row(name: str):
    """(N, 1), as a network returns it, and (N,) are the same scores."""
    real, fake = torch.tensor([0.3, -1.7, 0.8]), torch.tensor([0.9, -0.4, 2.0])
    for loss in (OBJECTIVES[name].discriminator, OBJECTIVES[name].generator):
        row, column = fake.clone().requires_grad_(), fake[:, None].clone().requires_grad_()
        (a,) = torch.autograd.grad(loss(real, row), row)
        (b,) = torch.autograd.grad(loss(real[:, None], column), column)
        torch.testing.assert_close(a, b[:, 0])
