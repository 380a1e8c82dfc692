"""The five layers of a GAN in the plane: computed against closed forms, and read back from the axes."""

from __future__ import annotations

import matplotlib.quiver
import numpy as np
import pytest
import torch

from ganlab.errors import UserError
from ganlab.objectives import OBJECTIVES, least_squares, relativistic, wasserstein
from ganlab.viz import plane_frame, plane_panels
from ganlab.viz.plane import LAYERS, verdict

SLOPE = torch.tensor([2.0, -1.0])


def points(n: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(n, 2, generator=torch.Generator().manual_seed(seed))


def identity(z: torch.Tensor) -> torch.Tensor:
    return z


def linear(x: torch.Tensor) -> torch.Tensor:
    return x @ SLOPE


def frame(name: str = "non-saturating", **options):
    return plane_frame(points(200, 1), identity, linear, points(64), OBJECTIVES[name], **options)


def quiver(axes):
    return next(each for each in axes.collections if isinstance(each, matplotlib.quiver.Quiver))


# -dL_G/dx for a score s = a.x is a times this factor of s, the derivative of one fake's own loss.
FACTORS = {
    "minimax": lambda s, r: torch.sigmoid(s),
    "non-saturating": lambda s, r: 1 - torch.sigmoid(s),
    "least-squares": lambda s, r: 1 - s,
    "least-squares-pearson": lambda s, r: -s,
    "hinge": lambda s, r: torch.ones_like(s),
    "wasserstein": lambda s, r: torch.ones_like(s),
    "relativistic": lambda s, r: torch.sigmoid(r - s),
}


@pytest.mark.parametrize("name", OBJECTIVES)
def test_the_arrows_are_the_descent_of_each_fakes_own_loss(name):
    made = frame(name)
    s, r = linear(made.fake), linear(made.real[: len(made.fake)])
    assert torch.allclose(made.descent, FACTORS[name](s, r)[:, None] * SLOPE, atol=1e-5)


def test_the_surface_is_d_on_the_grid():
    made = frame()
    for i, j in ((0, 0), (5, 40), (47, 3)):
        place = torch.stack([made.xs[j], made.ys[i]])
        assert made.surface[i, j] == pytest.approx(float(torch.sigmoid(linear(place))), abs=1e-6)


def test_the_verdict_has_its_border_between_real_and_fake():
    scores = torch.linspace(-3, 3, 7)
    for name, objective in OBJECTIVES.items():
        seen = verdict(objective, scores, torch.tensor([2.0]), torch.tensor([1.0]))
        assert bool((seen.diff() >= 0).all()) and float(seen.min()) >= 0 and float(seen.max()) <= 1, name
    half = torch.tensor([0.5])
    assert verdict(least_squares, half, scores, scores) == 0.5
    assert verdict(wasserstein, torch.tensor([1.5]), torch.tensor([2.0]), torch.tensor([1.0])) == 0.5
    assert verdict(OBJECTIVES["minimax"], torch.tensor([0.0]), scores, scores) == 0.5


def test_cells_of_the_latent_grid_have_equal_shares_of_the_noise():
    mesh = frame().mesh  # G is the identity
    across = mesh[: len(mesh) // 2, 0, 0]
    shares = torch.distributions.Normal(0, 1).cdf(across).diff()
    assert torch.allclose(shares, shares[0].expand_as(shares), atol=1e-5)
    down = mesh[len(mesh) // 2 :]
    assert bool((down[:, :, 1] == down[:, :1, 1]).all())  # the other half of the lines runs the other way


@pytest.mark.parametrize(("latent", "lines"), [(1, 1), (2, 26), (3, 0)])
def test_the_manifold_is_a_curve_a_net_or_left_out(latent, lines):
    made = plane_frame(points(20), lambda z: z[:, :1].expand(-1, 2), linear, torch.randn(8, latent))
    assert made.mesh.shape == (lines, 25, 2)
    plane_panels(made).canvas.draw()


def test_the_share_that_is_taken_for_real():
    made = frame()
    assert made.accepted[0] == pytest.approx(float((linear(made.real) > 0).float().mean()))
    assert made.accepted[1] == pytest.approx(float((linear(made.fake) > 0).float().mean()))


def test_the_text_says_step_shares_and_lengths():
    made = frame(step=120)
    assert made.text.startswith("Step 120. D takes ")
    for number in (f"{made.accepted[1]:.0%}", f"{made.descent.norm(dim=1).max():.2g}"):
        assert number in made.text
    assert not frame().text.startswith("Step")


def test_the_panel_draws_what_the_frame_holds():
    made = frame(step=7)
    figure = plane_panels(made)
    axes = figure.axes[0]
    assert np.array_equal(axes.images[0].get_array(), made.surface)
    labelled = {each.get_label(): each for each in axes.collections}
    assert np.allclose(labelled["real"].get_offsets(), made.real)
    assert np.allclose(labelled["generated"].get_offsets(), made.fake)
    arrows = quiver(axes)
    assert np.allclose(arrows.U, made.descent[:, 0]) and np.allclose(arrows.V, made.descent[:, 1])
    assert np.allclose(arrows.XY, made.fake)
    lines = [line for line in axes.lines if len(line.get_xdata()) == 25]
    assert np.allclose(np.stack([line.get_xydata() for line in lines]), made.mesh)
    assert axes.get_title().startswith("step 7") and axes.get_xlabel() == "$x_1$"
    assert figure.axes[-1].get_ylabel() == "$D(x)$"


def test_the_border_lies_where_the_verdict_is_a_half():
    axes = plane_panels(frame()).axes[0]
    border = axes.collections[1].get_paths()[0].vertices  # after the dotted levels
    assert np.abs(border @ SLOPE.numpy()).max() < 0.05


@pytest.mark.parametrize("layer", LAYERS)
def test_a_layer_can_be_left_out(layer):
    everything = plane_panels(frame()).axes[0]
    axes = plane_panels(frame(), [each for each in LAYERS if each != layer]).axes[0]
    assert len(axes.get_children()) < len(everything.get_children())
    assert len(axes.get_legend_handles_labels()[1]) == 4


def test_arrows_side_by_side_have_one_scale():
    strong, weak = frame("wasserstein"), frame("non-saturating")
    figure = plane_panels({"strong": strong, "weak": weak})
    scales = [quiver(axes).scale for axes in figure.axes[:2]]
    assert scales[0] == scales[1]
    span = float(strong.xs[-1] - strong.xs[0])
    assert float(strong.descent.norm(dim=1).max()) / scales[0] == pytest.approx(0.18 * span)
    assert [axes.get_title().split("\n")[0] for axes in figure.axes[:2]] == ["strong", "weak"]


def test_a_scale_of_its_own():
    axes = plane_panels(frame(), longest=100.0).axes[0]
    assert any("longest 1e+02" in label for label in axes.get_legend_handles_labels()[1])


def test_arrows_longer_than_the_scale_are_cut_and_said_to_be():
    made = frame()
    limit = float(made.descent.norm(dim=1).median())
    axes = plane_panels(made, longest=limit).axes[0]
    arrows = quiver(axes)
    lengths = np.hypot(arrows.U, arrows.V)
    assert np.allclose(lengths, made.descent.norm(dim=1).clamp(max=limit), atol=1e-6)
    assert any(label.endswith("or more") for label in axes.get_legend_handles_labels()[1])


def test_frames_in_order_are_titled_by_their_steps():
    figure = plane_panels([frame(step=1), frame(step=5)])
    assert [axes.get_title().split("\n")[0] for axes in figure.axes[:2]] == ["step 1", "step 5"]


def test_a_generator_without_gradient_is_drawn():
    still = plane_frame(points(20), identity, lambda x: 0 * x.sum(1), points(8), wasserstein)
    assert float(still.descent.abs().max()) == 0
    plane_panels(still).canvas.draw()


def test_points_outside_the_window_are_counted():
    far = plane_frame(points(50), lambda z: z + 100, linear, points(8))
    assert "8 of 8 outside" in plane_panels(far).axes[0].get_title()


def test_one_sentence_for_each_mistake():
    with pytest.raises(UserError, match="shape"):
        plane_frame(torch.zeros(5, 3), identity, linear, points(4))
    with pytest.raises(UserError, match="pairs each fake"):
        plane_frame(points(3), identity, linear, points(4), relativistic)
    with pytest.raises(UserError, match="diverged"):
        plane_frame(points(5), lambda z: z * float("nan"), linear, points(4))
    with pytest.raises(UserError, match="discriminator has values"):
        plane_frame(points(5), identity, lambda x: x[:, 0] / 0, points(4))
    with pytest.raises(UserError, match="no frame"):
        plane_panels({})
    with pytest.raises(UserError, match="layer"):
        plane_panels(frame(), ["surfaces"])
    with pytest.raises(UserError, match="positive"):
        plane_panels(frame(), longest=0.0)
