"""Two things to play with: sliders on the noise of a generator, and a player for the pictures of a training run.

Core widgets only, so that they work on ipywidgets 7.7 (Colab) and 8 alike. Pictures live in an `Image` widget and
not in an `Output` widget, on which nbclient can wait for ever (jupyter/nbclient#312). With ``GANLAB_STATIC=1`` in
the environment both functions return a still figure instead: that is what the stored outputs of the book show.

Lesson: 14 The MLP GAN on MNIST.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from ganlab.errors import UserError
from ganlab.files import read_json_lines
from ganlab.viz import _live
from ganlab.viz.figure import png, subplots
from ganlab.viz.sheet import enlarged_sheet, picture
from ganlab.viz.style import WIDTH, style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

REACH = 3.0  # the sliders go from -3 to 3 standard deviations
PIXELS = 256  # the size of the explorer's picture
STILLS = 6  # pictures in the player's still figure


def latent_explorer(generate: Callable[[Tensor], Tensor], latent: int, seed: int = 0, coordinates: int = 4) -> Any:
    """Sliders on the first coordinates of z, a box for the seed of the others, and the image that G makes of them.

    generate: noise (n, latent) -> images (n, C, H, W) in [-1, 1]. latent: the number of coordinates of z; z starts as
    N(0, I) drawn with ``seed``. Returns a widget; its still figure shows one row for each coordinate, from -3 to 3.
    Raises UserError for fewer coordinates than one, and where ipywidgets is missing.
    """
    if not 1 <= coordinates <= latent:
        raise UserError(f"the explorer moves between 1 and {latent} coordinates (the latent size), not {coordinates}")

    def images(z: Tensor) -> Tensor:
        with torch.no_grad():
            return generate(z)

    if _live.still():
        return _explorer_still(images, _noise(seed, latent), coordinates)
    widgets = _live.ipywidgets()
    z = _noise(seed, latent)
    view = widgets.Image(format="png", width=PIXELS, height=PIXELS)
    box = widgets.BoundedIntText(seed, min=0, max=2**31 - 1, description="seed of z")
    sliders = [
        widgets.FloatSlider(0.0, min=-REACH, max=REACH, step=0.05, description=f"z[{i}]", readout_format="+.2f")
        for i in range(coordinates)
    ]

    def redraw(_change: object = None) -> None:
        moved = z.clone()
        moved[0, :coordinates] = torch.tensor([slider.value for slider in sliders])
        view.value = png(enlarged_sheet(images(moved), cell=PIXELS))

    def reseed(change: dict[str, Any]) -> None:
        z.copy_(_noise(change["new"], latent))
        for slider in sliders:
            slider.unobserve(redraw, "value")
        place()
        for slider in sliders:
            slider.observe(redraw, "value")
        redraw()

    def place() -> None:
        for i, slider in enumerate(sliders):
            slider.value = float(z[0, i].clamp(-REACH, REACH))

    place()
    for slider in sliders:
        slider.observe(redraw, "value")
    box.observe(reseed, "value")
    redraw()
    return widgets.VBox([view, *sliders, box])


def training_player(run: str | os.PathLike[str] | Sequence[np.ndarray | Figure]) -> Any:
    """Play a training run as a film: its pictures with the step and the losses of that step below.

    run: a run folder (its ``samples/step-*.png`` and ``log.jsonl``), or a list of frames, each a sample sheet
    (uint8 array) or a figure. Returns a widget: play button, slider, picture, caption; its still figure shows at
    most six frames, evenly spaced.
    Raises UserError where there are no pictures, for a log with a broken line, and where ipywidgets is missing.
    """
    frames = _frames_of_run(Path(run)) if isinstance(run, (str, os.PathLike)) else _frames_of_list(run)
    if _live.still():
        return _player_still(frames)
    widgets = _live.ipywidgets()
    last = len(frames) - 1
    view = widgets.Image(format="png", value=frames[0].read())
    caption = widgets.Label(frames[0].caption)
    play = widgets.Play(value=0, min=0, max=last, interval=400, description="play the frames")
    slider = widgets.IntSlider(value=0, min=0, max=last, description="frame")
    widgets.jslink((play, "value"), (slider, "value"))

    def turn(change: dict[str, Any]) -> None:
        frame = frames[change["new"]]
        view.value, caption.value = frame.read(), frame.caption

    slider.observe(turn, "value")
    return widgets.VBox([view, caption, widgets.HBox([play, slider])])


@dataclass(frozen=True)
class _Frame:
    """One picture of a film: what to write below it, and how to get its PNG bytes (read when it is shown)."""

    caption: str
    read: Callable[[], bytes]


def _frames_of_run(run: Path) -> list[_Frame]:
    files = sorted((run / "samples").glob("step-*.png"), key=_step_of)
    if not files:
        raise UserError(f"no pictures in {run / 'samples'}: give the folder of a run that has drawn samples")
    log = run / "log.jsonl"
    rows = sorted(read_json_lines(log), key=lambda row: row["step"]) if log.exists() else []
    return [_Frame(_caption(_step_of(file), rows), file.read_bytes) for file in files]


def _frames_of_list(pictures: Sequence[np.ndarray | Figure]) -> list[_Frame]:
    if len(pictures) == 0:
        raise UserError("a film needs at least one frame")
    contents = [png(_enlarged(each) if isinstance(each, np.ndarray) else each) for each in pictures]
    return [_Frame(f"frame {i + 1} of {len(contents)}", lambda c=c: c) for i, c in enumerate(contents)]  # type: ignore[misc]


def _enlarged(sheet: np.ndarray) -> np.ndarray:
    """The sheet, its pixels repeated by the whole factor that brings it nearest to the explorer's size from below."""
    factor = max(1, PIXELS // max(1, *sheet.shape[:2]))
    return sheet.repeat(factor, axis=0).repeat(factor, axis=1) if sheet.ndim > 1 else sheet


def _step_of(file: Path) -> int:
    digits = file.stem.removeprefix("step-")
    if not digits.isdecimal():
        raise UserError(f"{file} is not a picture of a run: its name is not step-NUMBER.png")
    return int(digits)


def _caption(step: int, rows: list[dict[str, Any]]) -> str:
    """The step, and the losses of the newest row that is not younger."""
    row: dict[str, Any] = next((row for row in reversed(rows) if row["step"] <= step), {})
    losses = [f"{name} {value:.3f}" for name, value in row.items() if name.startswith("loss_")]
    return " · ".join([f"step {step}", *losses])


def _noise(seed: int, latent: int) -> Tensor:
    return torch.randn(1, latent, generator=torch.Generator().manual_seed(seed))


def _explorer_still(images: Callable[[Tensor], Tensor], z: Tensor, coordinates: int) -> Figure:
    values = torch.linspace(-REACH, REACH, 7)
    with style():
        sheets = []
        for i in range(coordinates):
            moved = z.repeat(len(values), 1)
            moved[:, i] = values
            sheets.append(enlarged_sheet(images(moved), columns=len(values)))
        height, width = sheets[0].shape[:2]
        figure, axes = subplots(coordinates, 1, coordinates * (WIDTH * height / width + 0.35))
        for i, sheet in enumerate(sheets):
            picture(axes[i], sheet, f"z[{i}] from {-REACH:g} to {REACH:g}")
    return figure


def _player_still(frames: list[_Frame]) -> Figure:
    import io

    from PIL import Image

    chosen = sorted({round(i) for i in np.linspace(0, len(frames) - 1, min(STILLS, len(frames)))})
    columns = min(2, len(chosen))
    rows = -(-len(chosen) // columns)
    pictures = [np.asarray(Image.open(io.BytesIO(frames[i].read())).convert("RGB")) for i in chosen]
    titles = [frames[i].caption.replace(" · ", "\n", 1) for i in chosen]
    height, width = pictures[0].shape[:2]
    with style():
        figure, axes = subplots(rows, columns, rows * (WIDTH / columns * height / width + 0.5))
        for each in axes:
            each.set_axis_off()
        for each, content, title in zip(axes, pictures, titles, strict=False):
            picture(each, content, title)
    return figure
