"""The failure simulator: every run once, no answer before the guess, and the widget says what the page says."""

from __future__ import annotations

import pytest

from ganlab import museum
from ganlab.errors import UserError
from ganlab.museum.guess import STILLS, cases, guess, verdict


def test_every_piece_is_a_case_and_symptoms_tell_them_apart() -> None:
    assert sorted(cases()) == sorted(museum.names()) and cases() == cases()
    symptoms = [museum.piece(name).symptoms[0] for name in cases()]
    assert len(set(symptoms)) == len(symptoms)
    assert not any(
        museum.piece(name).title.lower() in symptom.lower() for name, symptom in zip(cases(), symptoms, strict=True)
    )


def test_a_right_guess_gives_the_cure_and_a_wrong_one_does_not() -> None:
    right, wrong = verdict("oscillation", "oscillation"), verdict("oscillation", "mode-collapse")
    assert right.startswith("<p><b>Yes") and "R1" in right
    assert wrong.startswith("<p><b>Not") and "R1" not in wrong
    with pytest.raises(UserError, match="unknown museum piece"):
        verdict("oscillation", "bad luck")


def test_the_page_shows_runs_with_the_answers_folded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GANLAB_STATIC", "1")
    page = guess()._repr_html_()
    assert page.count("<img") == page.count("<details>") == STILLS
    for name in cases()[:STILLS]:
        answer = page.index(f"Yes: {museum.piece(name).title}")
        assert page.rindex("<details>", 0, answer) > page.rindex("<img", 0, answer)


def test_the_widget_answers_a_guess_and_forgets_it_at_the_next_symptom(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("ipywidgets")
    monkeypatch.delenv("GANLAB_STATIC", raising=False)
    symptom, view, cause, says = guess().children
    first, second = cases()[:2]
    assert symptom.value == first and says.value == ""
    cause.value = second
    assert "Not" in says.value
    cause.value = first
    assert "Cure" in says.value
    before = view.value
    symptom.value = second
    assert cause.value is None and says.value == "" and view.value != before
