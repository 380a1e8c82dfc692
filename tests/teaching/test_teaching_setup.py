"""The first cell: three lines, the same random numbers, the right number of threads, no package touched."""

from __future__ import annotations

import platform
import random

import matplotlib
import numpy as np
import pytest
import torch

import ganlab
from ganlab.errors import UserError
from ganlab.teaching import lesson_digits, setup
from ganlab.training.device import default_threads


@pytest.fixture(autouse=True)
def _restore(monkeypatch):
    """Threads, random states and matplotlib's settings are global: put them back."""
    monkeypatch.setenv("GANLAB_SIZE", "small")
    threads, states = torch.get_num_threads(), (random.getstate(), np.random.get_state(), torch.get_rng_state())
    with matplotlib.rc_context():
        yield
    torch.set_num_threads(threads)
    random.setstate(states[0])
    np.random.set_state(states[1])
    torch.set_rng_state(states[2])


def _draw() -> tuple[float, float, float]:
    return random.random(), float(np.random.rand()), float(torch.rand(()))


def test_the_same_seed_gives_the_same_numbers_and_another_seed_others():
    setup(seed=3)
    first = _draw()
    setup(seed=3)
    assert _draw() == first
    setup(seed=4)
    assert all(a != b for a, b in zip(_draw(), first, strict=True))


def test_it_prints_three_lines_and_returns_nothing(capsys, monkeypatch):
    monkeypatch.setenv("GANLAB_SIZE", "full")
    assert setup(seed=7) is None
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3
    for version in (ganlab.__version__, torch.__version__, np.__version__, platform.python_version()):
        assert version in lines[0]
    assert lines[1].startswith("device: ")
    assert lines[2] == "run size: full (GANLAB_SIZE), seed 7"


def test_the_lines_are_short_enough_for_a_page(capsys):
    setup()
    assert all(len(line) <= 80 for line in capsys.readouterr().out.splitlines())


def test_it_names_the_device(capsys, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    setup()
    assert f"device: CPU, {default_threads()} thread" in capsys.readouterr().out
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda *_: "Imaginary T1000")
    setup()
    assert "device: Imaginary T1000\n" in capsys.readouterr().out


def test_it_sets_the_threads_by_the_rule_of_training(monkeypatch):
    torch.set_num_threads(default_threads() + 1)
    setup()
    assert torch.get_num_threads() == default_threads()


def test_the_notebooks_own_figures_get_the_style():
    matplotlib.rcdefaults()
    setup()
    assert matplotlib.rcParams["axes.grid"] is True


def test_an_unknown_size_is_told_before_anything_is_changed(monkeypatch):
    monkeypatch.setenv("GANLAB_SIZE", "tiny")
    torch.manual_seed(11)
    before = torch.get_rng_state()
    with pytest.raises(UserError, match="GANLAB_SIZE"):
        setup()
    assert torch.equal(torch.get_rng_state(), before)


def test_the_small_size_takes_the_embedded_digits_on_every_machine(capsys):
    train, test = lesson_digits(), lesson_digits("test")
    assert train.name == test.name == "digits"
    assert train.shape == (1, 8, 8)
    assert len(train) > len(test) > 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2
    assert lines[0].startswith("data: digits (train), ")
    assert "(1, 8, 8)" in lines[0]


@pytest.mark.parametrize("word", ["normal", "full"])
def test_the_other_sizes_take_mnist(monkeypatch, word, capsys):
    asked = []
    digits = lesson_digits()

    def load(name, split):
        asked.append((name, split))
        return digits

    monkeypatch.setattr("ganlab.teaching.digits.load", load)
    monkeypatch.setenv("GANLAB_SIZE", word)
    lesson_digits("test")
    assert asked == [("mnist", "test")]
