"""The quiz made of pictures: every item shows a kept run, and its answer is what that run was."""

from __future__ import annotations

import json
import re

import pytest

from ganlab import museum
from ganlab.teaching import pictures, quiz
from ganlab.teaching.quiz import MUSEUM, lessons

ITEMS = quiz(MUSEUM).items
SAID = {  # a word that the right answer needs, by piece
    "mode-collapse": "collapse", "vanishing-gradient": "vanished", "oscillation": "circle",
    "discriminator-overfitting": "by heart", "memorisation": "gives back", "saturated-sigmoid": "saturated",
    "batch-norm-blindness": "does not see", "forgotten-zero-grad": "cleared", "detached-fake": "no gradient reaches",
    "swapped-labels": "swapped", "range-mismatch": "range", "weight-clipping": "clipped",
}  # fmt: skip


def test_it_is_a_quiz_of_its_own_and_no_lesson() -> None:
    assert MUSEUM not in lessons()
    assert (
        "Check yourself: museum" in repr(quiz(MUSEUM))
        and 'aria-label="Check yourself: museum"' in quiz(MUSEUM)._repr_html_()
    )


def test_every_piece_is_asked_and_two_runs_are_well() -> None:
    shown = [item.picture for item in ITEMS]
    assert len(set(shown)) == len(shown) >= 10
    assert {name.removeprefix("museum-") for name in shown if "healthy" not in name} == set(museum.names())
    assert sum("healthy" in name for name in shown) == 2


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: item.id)
def test_a_picture_four_diagnoses_and_the_right_one_is_the_runs_own(item) -> None:
    assert not item.several and len(item.options) == 4 and len(item.alt) > 80
    (right,) = [option for option in item.options if option.right]
    assert len({option.feedback for option in item.options}) == 4
    healthy = "healthy-" in item.picture
    name = item.picture.removeprefix("museum-").removeprefix("healthy-")
    exhibit = museum.stored(name, pictures.MUSEUM_SEED)
    run = exhibit.healthy if healthy else exhibit.sick
    assert exhibit.piece.limits.verdict(run.value) == ("healthy" if healthy else "sick")
    if healthy:
        assert right.text.startswith(("Nothing", "Success"))
    else:
        assert SAID[name] in right.text
        assert not any(SAID[name] in option.text for option in item.options if not option.right)
    assert not re.search("sick|healthy|collaps|vanish|memoris|overfit|mismatch|saturat", item.alt)


def test_right_answers_are_spread_over_the_four_places() -> None:
    places = [[option.right for option in item.options].index(True) for item in ITEMS]
    assert all(2 <= places.count(place) <= len(ITEMS) / 2 for place in range(4))


def test_the_quiz_shows_another_seed_than_the_pages() -> None:
    assert pictures.MUSEUM_SEED != 0


def test_the_page_asks_for_nothing_and_is_small_enough() -> None:
    page = quiz(MUSEUM)._repr_html_()
    bare = re.sub(r'src="data:[^"]*"', "", page)
    assert not re.search(r"https?:|<link|<iframe|\bfetch\b", bare) and page.count("<img") == len(ITEMS)
    assert len(bare.encode()) < 40_000 and len(json.dumps(page)) < 500_000
