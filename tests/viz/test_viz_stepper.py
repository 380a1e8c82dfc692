"""The stepper, pressed as a reader presses it: which player of which GAN moved, and what is shown."""

from __future__ import annotations

import matplotlib.figure
import pytest
import torch

from ganlab.errors import UserError
from ganlab.viz import plane_frame, plane_player, plane_stepper


class Counter:
    """A GAN that only counts, and stands where the counts say."""

    def __init__(self) -> None:
        self.d = self.g = 0

    def step_d(self) -> float:
        self.d += 1
        return 0.0

    def step_g(self) -> float:
        self.g += 1
        return 0.0

    def step(self) -> tuple[float, float]:
        return self.step_d(), self.step_g()

    def restart(self) -> None:
        self.d = self.g = 0

    def frame(self):
        noise = torch.randn(16, 2, generator=torch.Generator().manual_seed(0))
        return plane_frame(noise, lambda z: z + self.g, lambda x: self.d * x[:, 0], noise, step=self.g)


@pytest.fixture
def bench(monkeypatch):
    monkeypatch.delenv("GANLAB_STATIC", raising=False)
    gans = {"one": Counter(), "two": Counter()}
    box = plane_stepper(gans)
    row, settings, view, says = box.children
    press = {button.description: button.click for button in row.children}
    times, choice = settings.children
    return gans, press, times, choice, view, says


def test_each_button_moves_its_player_in_every_gan(bench):
    gans, press, times, *_ = bench
    press["step D"]()
    times.value = 3
    press["step G"]()
    times.value = 2
    press["step both"]()
    assert [(gan.d, gan.g) for gan in gans.values()] == [(3, 5), (3, 5)]
    press["restart"]()
    assert [(gan.d, gan.g) for gan in gans.values()] == [(0, 0), (0, 0)]


def test_a_press_draws_a_new_picture_and_says_it_in_words(bench):
    _, press, _, _, view, says = bench
    before = bytes(view.value)
    press["step G"]()
    assert bytes(view.value) != before
    assert says.value.count("Step 1.") == 2 and "<b>two.</b>" in says.value


def test_one_loss_can_be_shown_alone(bench):
    *_, choice, _, says = bench
    choice.value = "two"
    assert "one" not in says.value and "two" in says.value


def test_the_still_shows_the_frames_as_they_are(monkeypatch):
    monkeypatch.setenv("GANLAB_STATIC", "1")
    figure = plane_stepper({"one": Counter(), "two": Counter()})
    assert isinstance(figure, matplotlib.figure.Figure)
    assert [axes.get_title().split(",")[0] for axes in figure.axes[:2]] == ["one", "two"]


def test_no_gan_is_refused():
    with pytest.raises(UserError, match="at least one"):
        plane_stepper({})


def film(frames: int):
    gan = Counter()
    return [(gan.step(), gan.frame())[1] for _ in range(frames)]


@pytest.mark.parametrize(("frames", "steps"), [(1, [1]), (3, [1, 2, 3]), (11, [1, 3, 5, 7, 9, 11])])
def test_the_still_of_a_film_shows_the_first_the_last_and_frames_between(monkeypatch, frames, steps):
    monkeypatch.setenv("GANLAB_STATIC", "1")
    figure = plane_player(film(frames))
    titles = [axes.get_title().split("\n")[0] for axes in figure.axes if axes.get_title()]
    assert titles == [f"step {step}" for step in steps]


def test_a_film_is_played(monkeypatch):
    monkeypatch.delenv("GANLAB_STATIC", raising=False)
    box = plane_player(film(3))
    view, _, (_, slider) = box.children[0], box.children[1], box.children[2].children
    before = bytes(view.value)
    slider.value = 2
    assert slider.max == 2 and bytes(view.value) != before
    with pytest.raises(UserError, match="at least one frame"):
        plane_player([])
