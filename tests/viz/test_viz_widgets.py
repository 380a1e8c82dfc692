"""The explorer and the player: moved as a reader moves them, and still where the environment asks for it."""

from __future__ import annotations

import io
import json
import sys

import ipywidgets
import matplotlib.figure
import numpy as np
import pytest
import torch
from PIL import Image

from ganlab.errors import UserError
from ganlab.viz import latent_explorer, sample_sheet, save_sheet, style, subplots, training_player

LATENT = 6
# Of ipywidgets 7.7 (Colab) as well as of 8, and without Output, on which nbclient can wait for ever.
CORE = {"VBox", "HBox", "Image", "FloatSlider", "IntSlider", "BoundedIntText", "Play", "Label"}


@pytest.fixture(autouse=True)
def live(monkeypatch):
    monkeypatch.delenv("GANLAB_STATIC", raising=False)


def generate(z: torch.Tensor) -> torch.Tensor:
    """Each pixel row of a 6x4 image is one coordinate of z."""
    return torch.tanh(z)[:, None, :, None].expand(-1, 1, LATENT, 4)


def _all(widget):
    return [widget, *(inner for child in getattr(widget, "children", ()) for inner in _all(child))]


def _the(widget, kind):
    return [each for each in _all(widget) if type(each).__name__ == kind]


def _pixels(content: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(content)))


def _explorer(**options):
    widget = latent_explorer(generate, LATENT, **options)
    return widget, _the(widget, "Image")[0], _the(widget, "FloatSlider"), _the(widget, "BoundedIntText")[0]


def test_moving_a_slider_changes_its_own_part_of_the_picture():
    _, view, sliders, _ = _explorer()
    before = _pixels(view.value)
    sliders[2].value = 2.9 if sliders[2].value < 0 else -2.9
    after = _pixels(view.value)
    rows = after.shape[0] // LATENT
    changed = (before != after).any(axis=1)
    assert changed[2 * rows : 3 * rows].all()
    assert not changed[: 2 * rows].any()
    assert not changed[3 * rows :].any()


def test_the_sliders_start_at_the_coordinates_of_the_seed():
    _, view, sliders, box = _explorer(seed=5)
    z = torch.randn(1, LATENT, generator=torch.Generator().manual_seed(5))
    assert box.value == 5
    assert [slider.value for slider in sliders] == pytest.approx(z[0, :4].tolist())
    picture = _pixels(view.value)
    expected = ((torch.tanh(z[0]) + 1) * 127.5).numpy()
    assert picture[:: picture.shape[0] // LATENT, 0] == pytest.approx(expected, abs=1)


def test_a_new_seed_moves_all_sliders_and_draws_a_new_picture_once():
    calls = []

    def counting(z):
        calls.append(z.clone())
        return generate(z)

    widget = latent_explorer(counting, LATENT, seed=0)
    box, sliders, view = (
        _the(widget, "BoundedIntText")[0],
        _the(widget, "FloatSlider"),
        _the(widget, "Image")[0],
    )
    before, drawn = view.value, len(calls)
    box.value = 1
    z = torch.randn(1, LATENT, generator=torch.Generator().manual_seed(1))
    assert len(calls) == drawn + 1
    assert torch.allclose(calls[-1], z, atol=1e-6)
    assert [slider.value for slider in sliders] == pytest.approx(z[0, :4].tolist())
    assert view.value != before
    sliders[0].value = 0.0  # and the sliders still work
    assert calls[-1][0, 0] == 0


def test_the_same_settings_give_the_same_picture():
    _, view, sliders, box = _explorer()
    before, start = view.value, sliders[1].value
    sliders[1].value = 3.0
    box.value = 9
    box.value = 0
    assert sliders[1].value == start
    assert view.value == before


def test_every_control_has_a_description_and_only_core_widgets_are_used():
    film = training_player([np.zeros((4, 4), np.uint8)] * 2)
    for widget in (_explorer()[0], film):
        assert {type(each).__name__ for each in _all(widget)} <= CORE
        for each in _all(widget):
            if type(each).__name__ in ("FloatSlider", "IntSlider", "BoundedIntText", "Play"):
                assert each.description, type(each).__name__


@pytest.mark.parametrize("coordinates", [0, LATENT + 1])
def test_more_sliders_than_coordinates_are_refused(coordinates):
    with pytest.raises(UserError, match=f"between 1 and {LATENT}"):
        latent_explorer(generate, LATENT, coordinates=coordinates)


@pytest.fixture
def run(tmp_path):
    """A run folder whose last picture, by its file name, would come before the one at step 20 000 000."""
    (tmp_path / "samples").mkdir()
    for step, grey in ((0, -1.0), (100, 0.0), (20_000_000, 0.5), (1_000_000_000, 1.0)):
        save_sheet(torch.full((4, 1, 8, 8), grey), tmp_path / "samples" / f"step-{step:08d}.png")
    rows = [
        {"step": 50, "loss_D": 1.5, "loss_G": 0.5, "seconds": 3.0},
        {"step": 100, "loss_D": 1.25, "loss_G": 0.75, "seconds": 6.0},
        {"step": 150, "loss_D": 9.0, "loss_G": 9.0, "seconds": 9.0},
    ]
    (tmp_path / "log.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return tmp_path


def test_the_player_turns_the_pages_of_a_run(run):
    widget = training_player(run)
    (view,), (slider,), (caption,) = _the(widget, "Image"), _the(widget, "IntSlider"), _the(widget, "Label")
    assert (slider.min, slider.max) == (0, 3)
    assert view.value == (run / "samples" / "step-00000000.png").read_bytes()
    assert caption.value == "step 0"  # no row of the log is that old
    slider.value = 1
    assert view.value == (run / "samples" / "step-00000100.png").read_bytes()
    assert caption.value == "step 100 · loss_D 1.250 · loss_G 0.750"
    slider.value = 3
    assert caption.value == "step 1000000000 · loss_D 9.000 · loss_G 9.000"


def test_play_and_slider_move_together(monkeypatch, run):
    links = []
    monkeypatch.setattr(ipywidgets, "jslink", lambda a, b: links.append((a, b)))
    widget = training_player(str(run))
    (play,), (slider,) = _the(widget, "Play"), _the(widget, "IntSlider")
    assert links == [((play, "value"), (slider, "value"))]
    assert (play.min, play.max) == (slider.min, slider.max)


def test_the_player_takes_sheets_and_figures():
    sheet = sample_sheet(torch.zeros(4, 1, 8, 8))
    with style():
        figure, _ = subplots(1, 1, 2.0)
    widget = training_player([sheet, figure])
    (view,), (slider,), (caption,) = _the(widget, "Image"), _the(widget, "IntSlider"), _the(widget, "Label")
    assert np.array_equal(_pixels(view.value), sheet.repeat(14, 0).repeat(14, 1))  # 14 * 18 pixels, below 256
    slider.value = 1
    assert _pixels(view.value).shape[:2] == (240, 624)
    assert caption.value == "frame 2 of 2"


def test_a_torn_last_line_is_left_out_and_a_broken_one_is_named(run):
    log = run / "log.jsonl"
    whole = log.read_text()
    log.write_text(whole + '{"step": 160, "loss_')
    slider_of = _the(training_player(run), "IntSlider")
    assert slider_of[0].max == 3
    log.write_text("{broken\n" + whole)
    with pytest.raises(UserError, match="line 1 of"):
        training_player(run)


def test_a_run_without_a_log_still_plays(run):
    (run / "log.jsonl").unlink()
    assert _the(training_player(run), "Label")[0].value == "step 0"


def test_nothing_to_play_is_refused(tmp_path):
    with pytest.raises(UserError, match="no pictures in"):
        training_player(tmp_path)
    with pytest.raises(UserError, match="at least one frame"):
        training_player([])
    (tmp_path / "samples").mkdir()
    (tmp_path / "samples" / "step-last.png").touch()
    with pytest.raises(UserError, match="step-NUMBER"):
        training_player(tmp_path)


def test_without_ipywidgets_the_message_says_what_to_do(monkeypatch, run):
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    for make in (lambda: latent_explorer(generate, LATENT), lambda: training_player(run)):
        with pytest.raises(UserError, match="pip install ipywidgets"):
            make()


def test_the_still_explorer_is_a_figure_with_a_row_for_each_coordinate(monkeypatch):
    monkeypatch.setenv("GANLAB_STATIC", "1")
    monkeypatch.setitem(sys.modules, "ipywidgets", None)  # not needed for a still figure
    figure = latent_explorer(generate, LATENT, coordinates=3)
    assert isinstance(figure, matplotlib.figure.Figure)
    assert [axes.get_title() for axes in figure.axes] == [f"z[{i}] from -3 to 3" for i in range(3)]
    sheet = figure.axes[1].images[0].get_array()
    rows = sheet.shape[0] // LATENT
    inside, outside = sheet[rows], sheet[0]  # z[1] runs along its row of pixels, z[0] stands still
    ends = ((np.tanh([-3, 3]) + 1) * 127.5).round()
    assert [int(inside[0]), int(inside[-1])] == pytest.approx(ends, abs=1)
    assert outside[0] == outside[-1]


@pytest.mark.parametrize(("frames", "shown"), [(1, 1), (2, 2), (5, 5), (40, 6)])
def test_the_still_player_shows_the_first_the_last_and_frames_between(monkeypatch, frames, shown):
    monkeypatch.setenv("GANLAB_STATIC", "1")
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    film = [np.full((4, 4), i, np.uint8) for i in range(frames)]
    figure = training_player(film)
    pictures = [axes for axes in figure.axes if axes.images]
    assert len(pictures) == shown
    assert pictures[0].get_title() == f"frame 1 of {frames}"
    assert pictures[-1].get_title() == f"frame {frames} of {frames}"
    assert (pictures[-1].images[0].get_array() == frames - 1).all()


def test_the_still_player_of_a_run_states_steps_and_losses(monkeypatch, run):
    monkeypatch.setenv("GANLAB_STATIC", "1")
    titles = [axes.get_title() for axes in training_player(run).axes if axes.images]
    assert titles[1] == "step 100\nloss_D 1.250 · loss_G 0.750"
