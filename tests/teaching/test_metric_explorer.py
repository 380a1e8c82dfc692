"""Each fault of the metric explorer is what its slider says, and is seen by the metric that the lesson names."""

from __future__ import annotations

import pytest
import torch

from ganlab.teaching import metric_explorer as explorer
from ganlab.teaching.metric_explorer import LAW, faulty_points, point_marks


def _worse(**faults: float) -> set[str]:
    return {mark.name for mark in point_marks(faulty_points(**faults)) if mark.worse}


def _modes(points: torch.Tensor) -> int:
    return len(torch.cdist(points.double(), LAW.means.double()).argmin(dim=1).unique())


def test_without_faults_it_is_a_perfect_sampler_and_each_fault_is_the_one_named():
    plain = faulty_points()
    assert plain.shape == (400, 2) and torch.equal(plain, faulty_points()) and _modes(plain) == 8
    assert _modes(faulty_points(missing=5)) == 3
    torch.testing.assert_close(faulty_points(shift=0.5) - plain, torch.tensor([0.5, 0.0]).expand(400, 2))
    assert (faulty_points(blur=0.3) - plain).std() == pytest.approx(0.3, rel=0.1)
    changed = (faulty_points(noise=0.25) != plain).any(dim=1).sum()
    assert changed == 100
    train = {tuple(p) for p in explorer._data()[0].tolist()}
    assert sum(tuple(p) in train for p in faulty_points(copies=0.25).tolist()) == 100


def test_nearly_nothing_is_seen_where_there_is_no_fault():
    assert len(_worse()) <= 2  # eight metrics, each with one chance in twenty


@pytest.mark.parametrize(
    ("faults", "seen", "unseen"),
    [
        ({"missing": 2.0}, {"recall", "coverage"}, {"precision", "copies"}),
        ({"noise": 0.2}, {"precision"}, {"recall", "copies"}),
        ({"blur": 0.2}, {"precision"}, {"recall", "copies"}),
        ({"copies": 0.5}, {"copies"}, {"coverage", "recall", "Frechet distance"}),
        (
            {"shift": 0.3},
            {"Frechet distance", "two-sample accuracy", "precision", "recall"},
            {"mean distance", "copies"},
        ),
    ],
)
def test_each_fault_has_its_own_witness(faults, seen, unseen):
    worse = _worse(**faults)
    assert seen <= worse and not unseen & worse


def test_the_still_and_the_widget_show_the_same_picture(monkeypatch):
    from ganlab.viz import png

    monkeypatch.setenv("GANLAB_STATIC", "1")
    still = explorer.metric_explorer(missing=1)
    assert "missing 1" in still.axes[0].get_title()
    monkeypatch.delenv("GANLAB_STATIC")
    widgets = pytest.importorskip("ipywidgets")
    box = explorer.metric_explorer(missing=1)
    assert [child.description for child in box.children if isinstance(child, widgets.FloatSlider)] == [
        "shift", "modes lost", "blur", "noise", "copies",
    ]  # fmt: skip
    assert box.children[0].value == png(still)
    box.children[2].value = 0.0
    assert box.children[0].value == explorer.metric_explorer().children[0].value
