"""Phase portraits and eigenvalues: what is drawn is what the game computes; the explorer moves as its sliders say."""

from __future__ import annotations

import ipywidgets
import matplotlib.figure
import matplotlib.quiver
import numpy as np
import pytest
import torch

from ganlab.dynamics import bilinear, dirac, eigenvalues, multipliers, trajectory, velocity
from ganlab.errors import UserError
from ganlab.objectives import minimax
from ganlab.viz import eigenvalue_plane, phase_portrait, portrait_explorer, unit_circle

START = torch.tensor([1.0, -1.0], dtype=torch.float64)


@pytest.fixture(autouse=True)
def live(monkeypatch):
    monkeypatch.delenv("GANLAB_STATIC", raising=False)


def paths(*gammas: float, steps: int = 30) -> dict[str, torch.Tensor]:
    return {f"gamma {gamma:g}": trajectory(dirac(r1=gamma), START, 0.1, steps) for gamma in gammas}


def named_lines(axes):
    return {line.get_label().split(":")[0]: line for line in axes.lines if not line.get_label().startswith("_")}


def test_the_arrows_are_the_velocity():
    game = dirac(r1=0.5)
    (axes, *_) = phase_portrait(game, paths(0.5)).axes
    arrows = next(each for each in axes.collections if isinstance(each, matplotlib.quiver.Quiver))
    for index in (0, 37, 112, 224):
        expected = velocity(game, torch.tensor(arrows.XY[index]))
        assert [arrows.U[index], arrows.V[index]] == pytest.approx(expected.tolist())


def test_paths_ends_and_distances():
    walked = paths(0.0, 1.0)
    portrait, radius = phase_portrait(dirac(), walked).axes
    for (name, path), curve in zip(walked.items(), radius.lines, strict=True):
        line = named_lines(portrait)[name]
        assert np.allclose(line.get_xydata(), path)
        assert np.allclose(curve.get_ydata(), path.norm(dim=1))
        assert line.get_label() == f"{name}: ends at {float(path[-1].norm()):.3g}"
    star = named_lines(portrait)["equilibrium"]
    assert star.get_xydata().tolist() == [[0, 0]]
    assert radius.get_yscale() == "log"


def test_no_two_paths_share_colour_line_or_marker():
    lines = phase_portrait(dirac(), paths(0, 0.1, 0.2, 0.3, 0.4, 0.5), radius=False).axes[0].lines
    drawn = [line for line in lines if line.get_label().startswith("gamma")]
    for look in (lambda e: e.get_color(), lambda e: str(e._unscaled_dash_pattern), lambda e: e.get_marker()):
        assert len({look(line) for line in drawn}) == 6


def test_the_window_holds_every_path_or_the_given_reach():
    (axes,) = phase_portrait(dirac(), paths(0.0), radius=False).axes
    assert axes.get_xlim()[1] > float(paths(0.0)["gamma 0"].abs().max())
    (axes,) = phase_portrait(dirac(), paths(0.0), radius=False, reach=0.25, equilibrium=(1, 0)).axes
    assert axes.get_xlim() == (0.75, 1.25) and axes.get_ylim() == (-0.25, 0.25)


def test_a_path_that_runs_away_is_drawn_up_to_there():
    path = torch.tensor([[1.0, 0.0], [2.0, 0.0], [float("inf"), 0.0], [1.0, 1.0]])
    (axes,) = phase_portrait(bilinear(), {"away": path}, radius=False).axes
    assert named_lines(axes)["away"].get_xydata().tolist() == [[1, 0], [2, 0]]


def test_a_path_that_stands_at_the_equilibrium():
    phase_portrait(dirac(), {"at rest": torch.zeros(3, 2)}).canvas.draw()


def test_eigenvalues_and_their_steps_are_where_they_belong():
    values = {f"gamma {g:g}": eigenvalues(dirac(r1=g), torch.zeros(2)) for g in (0.0, 0.5, 2.0)}
    flow, step = eigenvalue_plane(values, h=0.4).axes
    for drawn, shown in ((flow, lambda v: v), (step, lambda v: 1 + 0.4 * v)):
        for each, scatter in zip(values.values(), drawn.collections, strict=True):
            place = shown(each)
            assert np.allclose(scatter.get_offsets(), torch.stack([place.real, place.imag], 1))
    circle = step.lines[-1].get_xydata()
    assert np.allclose(np.hypot(*circle.T), 1)
    assert len(eigenvalue_plane(values).axes) == 1


def test_the_unit_circle_states_the_largest_modulus():
    found = multipliers(dirac(), torch.zeros(2), 1.0)
    (axes,) = unit_circle({"simultaneous": found}).axes
    assert axes.get_legend_handles_labels()[1] == [f"simultaneous: at most {5**0.5 / 2:.5f}"]


def test_one_sentence_for_each_mistake():
    path = torch.zeros(2, 2)
    with pytest.raises(UserError, match="one number for each player"):
        phase_portrait(bilinear(torch.eye(2)), {"a": path})
    for number in (0, 7):
        with pytest.raises(UserError, match="1 to 6 paths"):
            phase_portrait(dirac(), {str(i): path for i in range(number)})
        with pytest.raises(UserError, match="1 to 6 sets"):
            unit_circle({str(i): path[0] for i in range(number)})
    with pytest.raises(UserError, match="shape"):
        phase_portrait(dirac(), {"a": torch.zeros(3, 4)})
    with pytest.raises(UserError, match="not finite"):
        phase_portrait(dirac(), {"a": path * float("nan")})
    with pytest.raises(UserError, match="reach"):
        phase_portrait(dirac(), {"a": path}, reach=0)
    with pytest.raises(UserError, match="step size"):
        eigenvalue_plane({"a": path[0]}, h=-1)
    with pytest.raises(UserError, match="two numbers"):
        portrait_explorer(start=(1.0,))


def explorer(monkeypatch):
    seen = []
    from ganlab.viz import portrait

    draw = portrait.phase_portrait
    monkeypatch.setattr(
        portrait, "phase_portrait", lambda game, walked, **o: seen.append(walked) or draw(game, walked, **o)
    )
    box = portrait_explorer(steps=20)
    return box, {each.description: each for each in box.children if getattr(each, "description", "")}, seen


def test_each_control_moves_the_path_that_is_drawn(monkeypatch):
    box, controls, seen = explorer(monkeypatch)
    assert torch.equal(seen[-1]["simultaneous"], trajectory(dirac(minimax), START, (0.1, 0.1), 20))
    controls["R1: gamma"].value = 1.0
    assert torch.equal(seen[-1]["simultaneous"], trajectory(dirac(minimax, r1=1.0), START, (0.1, 0.1), 20))
    controls["h_D / h_G"].value = 4.0
    assert torch.allclose(seen[-1]["simultaneous"], trajectory(dirac(minimax, r1=1.0), START, (0.05, 0.2), 20))
    controls["update"].value = "alternating"
    assert list(seen[-1]) == ["alternating"]
    assert bytes(box.children[0].value).startswith(b"\x89PNG")


def test_the_explorer_says_what_the_multipliers_predict(monkeypatch):
    box, controls, _ = explorer(monkeypatch)
    says = next(each for each in box.children if isinstance(each, ipywidgets.Label))
    assert "1.00125" in says.value and says.value.endswith("drives out")
    controls["update"].value = "alternating"
    assert says.value.endswith("turns for ever")
    controls["R1: gamma"].value = 1.0
    assert says.value.endswith("pulls in")
    controls["update"].value = "adam"
    assert "no linear part" in says.value


def test_the_still_explorer_is_the_portrait_of_four_updates(monkeypatch):
    monkeypatch.setenv("GANLAB_STATIC", "1")
    figure = portrait_explorer(steps=10)
    assert isinstance(figure, matplotlib.figure.Figure)
    assert set(named_lines(figure.axes[0])) == {
        "simultaneous", "alternating", "extragradient", "optimistic", "equilibrium",
    }  # fmt: skip
    ends = {
        name: float(line.get_label().split()[-1])
        for name, line in named_lines(figure.axes[0]).items()
        if ":" in line.get_label()
    }
    assert ends["simultaneous"] > 2**0.5 > ends["extragradient"]
