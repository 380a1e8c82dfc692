"""Run sizes, read from the environment."""

from __future__ import annotations

import pytest

from ganlab.errors import UserError
from ganlab.teaching import pick, size


@pytest.mark.parametrize("word", ["small", "normal", "full"])
def test_the_size_and_its_value_come_from_the_environment(monkeypatch, word):
    monkeypatch.setenv("GANLAB_SIZE", word)
    assert size() == word
    assert pick(small="small", normal="normal", full="full") == word


def test_a_learner_who_sets_nothing_gets_the_normal_size(monkeypatch):
    monkeypatch.delenv("GANLAB_SIZE", raising=False)
    assert size() == "normal"
    assert pick(small=1, normal=2, full=3) == 2


@pytest.mark.parametrize(("word", "near"), [("smal", "small"), ("Full", "full"), ("normale", "normal")])
def test_an_unknown_size_is_refused_and_the_nearest_is_offered(monkeypatch, word, near):
    monkeypatch.setenv("GANLAB_SIZE", word)
    with pytest.raises(UserError, match=f"GANLAB_SIZE.*did you mean '{near}'"):
        size()
    with pytest.raises(UserError):
        pick(small=1, normal=2, full=3)


def test_no_size_can_be_forgotten():
    with pytest.raises(TypeError):
        pick(small=1, normal=2)  # type: ignore[call-arg]
