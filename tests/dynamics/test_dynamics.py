"""The small games against their closed forms: eigenvalues, radii, and the update rules against PyTorch's own."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from ganlab.dynamics import (
    adam,
    alternating,
    bilinear,
    dirac,
    eigenvalues,
    extragradient,
    jacobian,
    optimistic,
    simultaneous,
    trajectory,
    velocity,
)
from ganlab.errors import UserError
from ganlab.objectives import hinge, least_squares, minimax, non_saturating, relativistic, wasserstein

ORIGIN = torch.zeros(2, dtype=torch.float64)
START = torch.tensor([1.0, -1.0], dtype=torch.float64)  # (1, 1) in the paper, whose D scores fakes high
numbers = st.floats(-3, 3, allow_nan=False)


def sigmoid(t: float) -> float:
    return 1 / (1 + math.exp(-t))


@given(numbers, numbers, st.floats(0, 4))
def test_the_velocity_of_the_dirac_gan_by_hand(theta, psi, gamma):
    score = sigmoid(theta * psi)
    for objective, slope in ((minimax, -score), (non_saturating, score - 1)):
        wanted = [-slope * psi, -(score * theta + gamma * psi)]
        torch.testing.assert_close(
            velocity(dirac(objective, r1=gamma), torch.tensor([theta, psi])).detach(),
            torch.tensor(wanted, dtype=torch.float64),
            rtol=1e-6,
            atol=1e-6,
        )


@pytest.mark.parametrize("objective", [minimax, non_saturating, relativistic], ids=lambda o: o.name)
@pytest.mark.parametrize("gamma", [0.0, 0.1, 0.3, 1.0, 2.0, 10.0])
def test_the_eigenvalues_of_mescheder(objective, gamma):
    root = torch.sqrt(torch.tensor(gamma**2 / 4 - 0.25, dtype=torch.complex128))
    wanted = torch.stack([-gamma / 2 + root, -gamma / 2 - root])
    found = eigenvalues(dirac(objective, r1=gamma), ORIGIN)
    torch.testing.assert_close(found.real.sort().values, wanted.real.sort().values, rtol=0, atol=1e-7)
    torch.testing.assert_close(found.imag.sort().values, wanted.imag.sort().values, rtol=0, atol=1e-7)


def test_the_flow_turns_and_one_step_grows_by_the_root_of_one_plus_h_squared_over_four():
    for h in (0.1, 0.2, 1.0):
        factors = (1 + h * eigenvalues(dirac(), ORIGIN)).abs()
        torch.testing.assert_close(factors, torch.full((2,), math.sqrt(1 + h * h / 4), dtype=torch.float64))


def test_alternating_steps_keep_the_area_and_leave_the_circle_beyond_h_four():
    def step_matrix(h: float) -> torch.Tensor:
        tiny = 1e-6
        columns = [alternating(dirac(), ORIGIN + tiny * unit, h)[0] / tiny for unit in torch.eye(2).double()]
        return torch.stack(columns, dim=1)

    for h in (0.1, 1.0, 3.9):
        factors = torch.linalg.eigvals(step_matrix(h)).abs()
        torch.testing.assert_close(factors, torch.ones(2, dtype=torch.float64), rtol=0, atol=1e-4)
    # trace 2 - h^2/4 = -2.2025 and determinant 1: the larger root is 1.5625
    assert float(torch.linalg.eigvals(step_matrix(4.1)).abs().max()) == pytest.approx(1.5625, abs=1e-4)


def test_r1_and_r2_are_the_same_on_one_slope():
    game = dirac(r1=0.7)
    expected = torch.tensor([[0.0, 0.5], [-0.5, -0.7]], dtype=torch.float64)
    torch.testing.assert_close(jacobian(game, ORIGIN), expected, rtol=0, atol=1e-7)


@pytest.mark.parametrize("ratio", [1, 4, 16])
def test_two_time_scales_with_the_same_product_turn_the_same(ratio):
    h = 0.1
    rates = torch.tensor([h / math.sqrt(ratio), h * math.sqrt(ratio)], dtype=torch.float64)
    factors = torch.linalg.eigvals(torch.eye(2) + rates.diag() @ jacobian(dirac(), ORIGIN)).abs()
    assert float(factors.max()) == pytest.approx(math.sqrt(1 + h * h / 4), abs=1e-9)


@pytest.mark.parametrize(
    ("update", "factor"),
    [
        (simultaneous, math.sqrt(1 + 0.1**2)),
        (extragradient, math.sqrt((1 - 0.1**2) ** 2 + 0.1**2)),
    ],
    ids=["simultaneous", "extragradient"],
)
def test_the_radius_of_the_bilinear_game(update, factor):
    path = trajectory(bilinear(), torch.tensor([0.6, -0.8]), 0.1, 100, update)
    torch.testing.assert_close(path.norm(dim=1), factor ** torch.arange(101, dtype=torch.float64))


def test_alternating_keeps_an_ellipse_of_the_bilinear_game():
    h, path = 0.1, trajectory(bilinear(), torch.tensor([1.0, 0.0]), 0.1, 400, alternating)
    x, y = path.T
    invariant = x * x + y * y + h * x * y  # kept by y' = y + h x, x' = x - h y'
    torch.testing.assert_close(invariant, torch.full_like(invariant, float(invariant[0])))


def test_the_optimistic_multiplier():
    """w_{t+1} = w_t + 2 h J w_t - h J w_{t-1} with J's eigenvalue i: m^2 - (1 + 2 i h) m + i h = 0."""
    h = 0.1
    root = torch.sqrt(torch.tensor((1 + 2j * h) ** 2 - 4j * h, dtype=torch.complex128))
    largest = float(torch.stack([(1 + 2j * h + root) / 2, (1 + 2j * h - root) / 2]).abs().max())
    path = trajectory(bilinear(), torch.tensor([1.0, 0.0]), h, 600, optimistic).norm(dim=1)
    assert float((path[600] / path[300]) ** (1 / 300)) == pytest.approx(largest, abs=1e-6)


@pytest.mark.parametrize("rates", [(0.1, 0.1), (0.2, 0.7)])
def test_one_step_of_each_update_by_hand(rates):
    """Of the game theta * psi, whose field is (-psi, theta)."""
    g, d = rates
    theta, psi = 0.3, -0.8

    def step(update, memory=None):
        return update(bilinear(), torch.tensor([theta, psi]).double(), rates, memory)[0].tolist()

    assert step(simultaneous) == pytest.approx([theta - g * psi, psi + d * theta])
    moved = psi + d * theta
    assert step(alternating) == pytest.approx([theta - g * moved, moved])
    assert step(extragradient) == pytest.approx([theta - g * moved, psi + d * (theta - g * psi)])
    before = torch.tensor([0.5, -0.25]).double()  # the velocity of the step before
    assert step(optimistic, before) == pytest.approx([theta + g * (-2 * psi - 0.5), psi + d * (2 * theta + 0.25)])
    assert step(optimistic) == step(simultaneous)
    assert step(adam) == pytest.approx([theta - g * math.copysign(1, psi), psi + d * math.copysign(1, theta)])


@pytest.mark.parametrize("steps", [1, 3])
def test_d_moves_more_often_before_g_answers(steps):
    (theta, psi), h = (0.3, -0.8), 0.1
    for _ in range(steps):
        psi += h * theta
    found = alternating(bilinear(), torch.tensor([0.3, -0.8]), h, d_steps=steps)[0]
    assert found.tolist() == pytest.approx([theta - h * psi, psi])


@pytest.mark.parametrize("gamma", [0.0, 0.2, 1.0, 2.5])
@given(st.floats(0.01, 3))
def test_below_critical_damping_the_squared_multiplier_is_a_determinant(gamma, h):
    """|1 + h lambda|^2 = 1 - h gamma + h^2/4 while the eigenvalues are conjugate; beyond, the slower one decides."""
    found = (1 + h * eigenvalues(dirac(r1=gamma), ORIGIN)).abs().square()
    product = float(found.prod().sqrt())
    assert product == pytest.approx(abs(1 - h * gamma + h * h / 4), abs=1e-6)
    if gamma < 1:
        assert found.tolist() == pytest.approx([product] * 2, abs=1e-6)


def test_adam_is_torchs_adam():
    game, h = dirac(r1=0.2), 0.05
    w = START.clone().requires_grad_(True)
    optimiser = torch.optim.Adam([w], lr=h, betas=(0.5, 0.999), eps=1e-8)
    for _ in range(30):
        w.grad = -velocity(game, w.detach()).detach()
        optimiser.step()
    torch.testing.assert_close(trajectory(game, START, h, 30, adam)[-1], w.detach(), rtol=1e-9, atol=1e-12)


def test_weight_clipping_holds_the_slope():
    path = trajectory(dirac(wasserstein, clip=0.5), START, 0.3, 200)
    assert path[1:, 1].abs().max() == 0.5


def test_a_gradient_penalty_has_no_point_of_rest_with_its_slope():
    """WGAN-GP asks for |psi| = 1 and the data for theta = 0; at theta = 0, psi = 1 the generator is pushed away."""
    at = torch.tensor([0.0, 1.0])
    torch.testing.assert_close(
        velocity(dirac(wasserstein, gradient_penalty=10.0), at).detach(), torch.tensor([1.0, 0.0]).double()
    )


@pytest.mark.parametrize(
    "objective", [minimax, non_saturating, least_squares, hinge, relativistic], ids=lambda o: o.name
)
def test_the_jacobian_is_the_slope_of_the_velocity(objective):
    game, at, tiny = dirac(objective, r1=0.3), torch.tensor([0.4, -0.7]).double(), 1e-6
    columns = [
        (velocity(game, at + tiny * unit) - velocity(game, at - tiny * unit)).detach() / (2 * tiny)
        for unit in torch.eye(2).double()
    ]
    torch.testing.assert_close(jacobian(game, at), torch.stack(columns, dim=1), rtol=1e-6, atol=1e-8)


def test_a_matrix_game_has_its_singular_values_as_frequencies():
    matrix = torch.randn(3, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    found = eigenvalues(bilinear(matrix), torch.zeros(6))
    assert float(found.real.abs().max()) < 1e-8
    frequencies = found.imag.abs().sort().values[::2]
    torch.testing.assert_close(frequencies, torch.linalg.svdvals(matrix).sort().values, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize(
    ("mistake", "words"),
    [
        (lambda: dirac(r1=-1.0), "at least 0"),
        (lambda: dirac(r1=math.nan), "finite"),
        (lambda: dirac(gradient_penalty=1.0, target=-1.0), "at least 0"),
        (lambda: bilinear(torch.ones(2, 3)), "square"),
        (lambda: velocity(dirac(), torch.zeros(3)), r"shape \(2,\)"),
        (lambda: trajectory(dirac(), START, 0.0, 3), "positive"),
        (lambda: trajectory(dirac(), START, 0.1, -3), "zero steps"),
        (lambda: trajectory(dirac(), START, (0.1,), 3), "pair"),
        (lambda: trajectory(dirac(), START, math.nan, 3), "positive"),
        (lambda: trajectory(dirac(), START * math.inf, 0.1, 3), "finite"),
        (lambda: alternating(dirac(), START, 0.1, d_steps=0), "at least once"),
        (lambda: simultaneous(dirac(), START, (0.1, -0.1)), "positive"),
    ],
)
def test_a_mistake_is_one_sentence(mistake, words):
    with pytest.raises(UserError, match=words):
        mistake()
