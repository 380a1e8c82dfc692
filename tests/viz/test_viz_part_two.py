"""Densities, slopes and plans of part II: what is drawn is read back from the axes and compared with closed forms."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from ganlab.errors import UserError
from ganlab.metrics.divergences import normal
from ganlab.objectives import F_DIVERGENCES
from ganlab.viz import (
    conjugate_panels,
    density_curves,
    density_pair,
    generator_slopes,
    line_panels,
    tail_shares,
    transport_plan,
    two_losses,
)


def named(axes):
    return {line.get_label(): line for line in axes.lines if not line.get_label().startswith("_")}


def test_both_densities_and_the_best_discriminator():
    above, below = density_pair(normal(0.0, 1.0), normal(1.0, 2.0), (-5, 6), "a title").axes
    p, q = (named(above)[name].get_xydata() for name in ("$p$, real", "$q$, generated"))
    assert np.allclose(p[:, 1], np.exp(-(p[:, 0] ** 2) / 2) / math.sqrt(2 * math.pi))
    assert np.allclose(q[:, 1], np.exp(-((q[:, 0] - 1) ** 2) / 8) / (2 * math.sqrt(2 * math.pi)))
    best = named(below)["$D^*$"].get_xydata()
    assert np.allclose(best[:, 1], p[:, 1] / (p[:, 1] + q[:, 1]))
    assert above.get_title() == "a title" and above.get_xlim() == (-5, 6)


def test_real_and_generated_differ_in_colour_line_and_marker():
    p, q = density_pair(normal(), normal(), (-1, 1)).axes[0].lines
    assert p.get_color() != q.get_color()
    assert p.get_linestyle() != q.get_linestyle()
    assert p.get_marker() != q.get_marker()


def test_far_apart_the_best_discriminator_is_sure_and_finite():
    _, below = density_pair(normal(-400.0), normal(400.0), (-500, 500)).axes
    best = named(below)["$D^*$"].get_ydata()
    assert np.isfinite(best).all() and best[0] == 1 and best[-1] == 0


@pytest.mark.parametrize("span", [(1, 1), (2, 1), (0, math.inf)])
def test_an_empty_span_is_refused(span):
    with pytest.raises(UserError, match="span"):
        density_pair(normal(), normal(), span)
    with pytest.raises(UserError, match="span"):
        density_curves({"p": normal()}, span)


def test_three_densities_are_told_apart_three_ways_and_a_fourth_is_refused():
    laws = {name: normal(float(place)) for place, name in enumerate("abc")}
    (axes,) = density_curves(laws, (-5, 8)).axes
    for place, (name, line) in enumerate(named(axes).items()):
        assert name == "abc"[place]
        x, height = line.get_xydata().T
        assert np.allclose(height, np.exp(-((x - place) ** 2) / 2) / math.sqrt(2 * math.pi))
    for look in ("get_color", "get_linestyle", "get_marker"):
        assert len({getattr(line, look)() for line in axes.lines}) == 3
    for wrong in ({}, {**laws, "d": normal()}):
        with pytest.raises(UserError, match="one to 3 densities"):
            density_curves(wrong, (-5, 8))


def test_the_slopes_are_the_derivatives_of_the_two_losses():
    d = 0.01
    (axes,) = generator_slopes(d).axes
    s = torch.logit(torch.tensor(d, dtype=torch.float64)).requires_grad_(True)
    for loss, name in ((lambda D: torch.log(1 - D), "saturating"), (lambda D: -torch.log(D), "non-saturating")):
        (slope,) = torch.autograd.grad(loss(torch.sigmoid(s)), s)
        curve = next(line for label, line in named(axes).items() if label.startswith(name))
        assert np.interp(d, *curve.get_data()) == pytest.approx(abs(float(slope)), rel=1e-6)
    assert axes.get_title() == "D = 0.01: saturating 0.01, non-saturating 0.99, ratio 99"


@pytest.mark.parametrize("d", [0, 1, -0.5, float("nan")])
def test_a_probability_lies_between_zero_and_one(d):
    with pytest.raises(UserError, match="between 0 and 1"):
        generator_slopes(d)


def test_a_plan_joins_the_points_in_order():
    x, y = torch.tensor([3.0, 1.0, 2.0]), torch.tensor([0.0, 5.0, 4.0])
    (axes,) = transport_plan(x, y, "cost").axes
    assert [list(line.get_xdata()) for line in axes.lines] == [[1, 0], [2, 4], [3, 5]]
    rows = {each.get_label(): each.get_offsets().tolist() for each in axes.collections}
    assert rows == {"real": [[1, 1], [2, 1], [3, 1]], "generated": [[0, 0], [4, 0], [5, 0]]}


def test_a_plan_of_what_cannot_be_paired():
    for x, y in ((torch.zeros(2), torch.zeros(3)), (torch.zeros(0), torch.zeros(0)), (torch.zeros(2, 1),) * 2):
        with pytest.raises(UserError, match="one size"):
            transport_plan(x, y)
    with pytest.raises(UserError, match="not finite"):
        transport_plan(torch.tensor([1.0]), torch.tensor([float("nan")]))


def test_two_losses_are_drawn_as_given_and_differ_in_more_than_colour():
    (axes,) = two_losses([0, 1, 2], [1.0, 0.1, 0.01], [3.0, 4.0, 5.0], "step", "norm", "log").axes
    first, second = axes.lines
    assert first.get_ydata().tolist() == [1.0, 0.1, 0.01] and second.get_ydata().tolist() == [3.0, 4.0, 5.0]
    assert first.get_linestyle() != second.get_linestyle() and first.get_marker() != second.get_marker()
    assert (axes.get_xlabel(), axes.get_ylabel(), axes.get_yscale()) == ("step", "norm", "log")


@pytest.mark.parametrize(
    ("saturating", "yscale"), [([1.0], "linear"), ([1.0, math.nan], "linear"), ([1.0, 0.0], "log"), ([], "linear")]
)
def test_two_losses_that_cannot_be_drawn_are_refused(saturating, yscale):
    with pytest.raises(UserError):
        two_losses([0, 1], saturating, [1.0, 1.0], "step", "norm", yscale)


def test_the_tail_of_a_cauchy_law_is_a_straight_line_of_slope_minus_one():
    """At quantiles the share beyond t is known: (2/pi) arctan(1/t) for Cauchy, erfc(t/sqrt 2) for a Gaussian."""
    shares = (torch.arange(20_000, dtype=torch.float64) + 0.5) / 20_000
    cauchy, gaussian = torch.tan(math.pi * (shares - 0.5)), torch.special.ndtri(shares)
    heavy, light = tail_shares({"Cauchy": cauchy, "Gaussian": gaussian}).axes[0].lines
    for line, share in (
        (heavy, lambda t: 2 / math.pi * math.atan(1 / t)),
        (light, lambda t: math.erfc(t / math.sqrt(2))),
    ):
        for t, y in zip(*line.get_data(), strict=True):
            assert y == pytest.approx(share(t), rel=0.02, abs=2e-4)
    assert max(light.get_xdata()) < 5 < 1000 < max(heavy.get_xdata())


@pytest.mark.parametrize(
    "samples", [{}, {"a": torch.zeros(1)}, {"a": torch.tensor([1.0, math.inf])}, dict.fromkeys("abc", torch.ones(3))]
)
def test_tails_that_cannot_be_drawn_are_refused(samples):
    with pytest.raises(UserError):
        tail_shares(samples)


@pytest.mark.parametrize("name", F_DIVERGENCES)
def test_the_tangent_touches_f_and_starts_at_minus_the_conjugate(name):
    f, (p, q) = F_DIVERGENCES[name], (normal(0.0), normal(1.0))
    laws, critic, convex, dual = conjugate_panels(f, p, q, -0.4, (-3, 4), "a title").axes
    r = p(torch.tensor([-0.4]).double()) - q(torch.tensor([-0.4]).double())
    u, t = float(r.exp()), float(f.optimal(r))
    curve, tangent, touch, foot = (line.get_xydata() for line in convex.lines)
    start, slope = tangent[0, 1], (tangent[1, 1] - tangent[0, 1]) / tangent[1, 0]
    assert slope == pytest.approx(t) and start == pytest.approx(-float(f.conjugate(torch.tensor(t).double())))
    assert start + slope * u == pytest.approx(touch[0, 1]) and touch[0, 0] == pytest.approx(u)
    assert (curve[:, 1] >= start + slope * curve[:, 0] - 1e-9).all()  # f lies above its tangents
    assert foot.tolist() == [[0, pytest.approx(start)]]
    assert dual.lines[1].get_xydata().tolist() == [[pytest.approx(t), pytest.approx(-start)]]
    x, best = critic.lines[0].get_data()
    assert np.allclose(best, f.optimal(p(torch.tensor(x)) - q(torch.tensor(x))))
    low, high = critic.get_ylim()
    assert low < t < high
    assert all(np.isfinite(line.get_ydata()).all() for line in (*dual.lines, *laws.lines[:2]))


def test_a_place_outside_the_picture_is_refused():
    for at, span in ((5.0, (-3, 4)), (0.0, (1, 1)), (0.0, (-math.inf, 1)), (math.nan, (-3, 4))):
        with pytest.raises(UserError, match="within the span"):
            conjugate_panels(F_DIVERGENCES["kl"], normal(), normal(), at, span)


@pytest.mark.parametrize("theta", [-0.8, 0.0, 0.5])
def test_two_lines_their_distances_and_a_critic(theta):
    distances = {"$W_1$": abs, "JSD": lambda t: math.log(2) * (t != 0)}
    lines, table, critic = line_panels(theta, distances, 1.5, "a title").axes
    assert [list(line.get_xdata()) for line in lines.lines] == [[0, 0], [theta, theta]]
    marks = named(table)
    assert {name: line.get_xydata().tolist() for name, line in marks.items()} == {
        "$W_1$": [[theta, abs(theta)]], "JSD": [[theta, math.log(2) * (theta != 0)]],
    }  # fmt: skip
    assert all(0 not in line.get_xdata() for line in table.lines if len(line.get_xdata()) > 1)  # JSD jumps there
    score = critic.lines[0].get_xydata()
    real, fake = (np.interp(place, *score.T) for place in (0.0, theta))
    assert real - fake == pytest.approx(1.5 * abs(theta))
    assert len({line.get_linestyle() for line in table.lines}) == 2
    with pytest.raises(UserError, match="between -1 and 1"):
        line_panels(1.5, distances, 1.0)
