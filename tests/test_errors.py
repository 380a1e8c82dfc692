"""One sentence that says what to do, with the nearest names."""

from __future__ import annotations

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ganlab import errors
from ganlab.errors import NonFiniteError, UserError, unknown

words = st.text("abcdefgh-", min_size=1, max_size=8)


def test_the_example_in_the_docstring_is_true():
    done = doctest.testmod(errors)
    assert done.attempted > 0 and done.failed == 0


@given(words, st.lists(words, max_size=5, unique=True))
def test_the_name_and_every_known_one_are_in_the_sentence(name: str, known: list[str]):
    message = str(unknown("thing", name, known))
    assert message.startswith(f"unknown thing {name!r}: ")
    assert all(candidate in message for candidate in known)


@given(st.lists(words, min_size=1, max_size=5, unique=True), st.data())
def test_a_name_with_one_letter_doubled_is_recognised(known: list[str], draw: st.DataObject):
    name = draw.draw(st.sampled_from(known))
    at = draw.draw(st.integers(0, len(name) - 1))
    message = str(unknown("thing", name[: at + 1] + name[at:], known))
    assert "did you mean" in message and repr(name) in message


def test_a_name_like_no_other_offers_the_whole_list():
    message = str(unknown("model", "xyz", ["gan", "dcgan"]))
    assert message == "unknown model 'xyz': choose one of dcgan, gan"


def test_a_name_that_holds_a_line_break_stays_one_line():
    assert "\n" not in str(unknown("model", "a\nb", ["gan"]))


def test_a_table_can_be_given_instead_of_a_list():
    assert str(unknown("model", "gann", {"gan": 1})) == str(unknown("model", "gann", ["gan"]))


def test_the_two_errors_are_never_mistaken_for_each_other():
    assert not issubclass(NonFiniteError, UserError) and not issubclass(UserError, NonFiniteError)
    with pytest.raises(UserError):
        raise unknown("model", "x", [])
