"""GANs of the plane as films, and side by side to be moved by hand: D alone, G alone, or both.

Lessons: 06 What the generator feels, 09 The game.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import torch

from ganlab.errors import UserError
from ganlab.viz import _live
from ganlab.viz.figure import png
from ganlab.viz.plane import PlaneFrame, plane_panels
from ganlab.viz.widgets import STILLS, training_player

MOVES = {"step D": "step_d", "step G": "step_g", "step both": "step"}


class Steppable(Protocol):
    """A GAN that moves one player at a time, such as `ganlab.experiments.plane.PlaneGAN`."""

    def step_d(self) -> float:
        """One update of D alone; returns its loss."""

    def step_g(self) -> float:
        """One update of G alone; returns its loss."""

    def step(self) -> tuple[float, float]:
        """D moves, then G; returns both losses."""

    def restart(self) -> None:
        """Back to the beginning."""

    def frame(self) -> PlaneFrame:
        """The five layers as they are now."""


def plane_stepper(gans: Mapping[str, Steppable]) -> Any:
    """Buttons that move D, G or both of every GAN, and the frames side by side, or of one of them alone.

    gans: by name, such as ``{name: PlaneGAN(name) for name in ("minimax", "non-saturating")}``. A box says how many
    updates a press makes. Below the picture, each frame in words. Returns a widget; its still figure shows the frames
    as they are. Raises UserError for no GAN, and where ipywidgets is missing.
    """
    if not gans:
        raise UserError("there is no GAN to step: give at least one, by name")

    def panels(shown: str | None = None) -> tuple[bytes, str]:
        frames = {name: gan.frame() for name, gan in gans.items() if shown in (None, name)}
        return png(plane_panels(frames)), "<br>".join(f"<b>{name}.</b> {frame.text}" for name, frame in frames.items())

    if _live.still():
        return plane_panels({name: gan.frame() for name, gan in gans.items()})
    widgets = _live.ipywidgets()
    view, says = widgets.Image(format="png"), widgets.HTML()
    times = widgets.BoundedIntText(1, min=1, max=1000, description="updates")
    choice = widgets.Dropdown(options=[("all losses", None), *((name, name) for name in gans)], description="show")

    def redraw(_change: object = None) -> None:
        view.value, says.value = panels(choice.value)

    def button(label: str, method: str, once: bool = False) -> Any:
        made = widgets.Button(description=label)

        def pressed(_button: object) -> None:
            for gan in gans.values():
                for _ in range(1 if once else times.value):
                    getattr(gan, method)()
            redraw()

        made.on_click(pressed)
        return made

    buttons = [*(button(label, method) for label, method in MOVES.items()), button("restart", "restart", once=True)]
    choice.observe(redraw, "value")
    redraw()
    return widgets.VBox([widgets.HBox([*buttons]), widgets.HBox([times, choice]), view, says])


def plane_player(film: Sequence[PlaneFrame]) -> Any:
    """Play the frames of a training, such as `ganlab.experiments.plane.plane_film` makes.

    Arrows have one scale throughout; the longest tenth of them is cut. Returns a widget: play button, slider, picture;
    its still figure shows at most six frames, evenly spaced.
    Raises UserError for no frames, and where ipywidgets is missing.
    """
    if len(film) == 0:
        raise UserError("a film needs at least one frame")
    longest = float(torch.cat([frame.descent for frame in film]).norm(dim=1).quantile(0.9)) or None
    if _live.still():
        count = min(STILLS, len(film))
        chosen = sorted({round(place * (len(film) - 1) / max(1, count - 1)) for place in range(count)})
        return plane_panels([film[place] for place in chosen], longest=longest)
    return training_player([plane_panels(frame, longest=longest) for frame in film])
