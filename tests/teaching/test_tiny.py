"""The GAN of two numbers computes what its lines say, and its diary leaves nothing out."""

from __future__ import annotations

import math

import pytest
import torch

from ganlab.teaching.observation import decode, encode
from ganlab.teaching.tiny import TinyGAN, play

STEP = "make detach loss_D clear_D backward step_D make loss_G clear_G backward step_G"


def sigmoid(s: float) -> float:
    return 1 / (1 + math.exp(-s))


def played(plan: str, **numbers: float) -> TinyGAN:
    """One item of real data, x = 2, and one of noise, (1, 0.5), so that a fake is 1.5 a."""
    tiny = TinyGAN(**{"w": 0.5, "a": -1.0, "rate_D": 0.25, "rate_G": 0.125} | numbers)
    play(plan, tiny, torch.tensor([[2.0]]), lambda n: torch.tensor([[1.0, 0.5]] * n))
    return tiny


def lines(tiny: TinyGAN) -> list[str]:
    return [entry["line"] for entry in tiny.diary()]


def test_one_step_by_hand():
    tiny = played(STEP)
    fake = -1.0 * 1.5
    w = 0.5 - 0.25 * (2.0 * (sigmoid(0.5 * 2.0) - 1) + fake * sigmoid(0.5 * fake))
    a = -1.0 - 0.125 * w * 1.5 * (sigmoid(w * fake) - 1)
    assert tiny.D.w.item() == pytest.approx(w, abs=1e-14)
    assert tiny.G.a.item() == pytest.approx(a, abs=1e-14)


def test_the_diary_has_every_event_in_order_and_can_travel():
    tiny = played(STEP)
    diary = tiny.diary()
    assert [entry["line"] for entry in diary] == [
        "make", "score", "score", "pass", "pass", "step_D", "make", "score", "pass", "back", "step_G", "end",
    ]  # fmt: skip
    assert diary[1]["x"] == [2.0]
    assert diary[0]["fakes"] == diary[2]["x"] == [-1.5]
    assert diary[5]["w"] == diary[-1]["w"] == tiny.D.w.item() != 0.5
    assert decode(encode(diary))[7]["x"] == diary[6]["fakes"]


def test_no_detach_shows_as_a_gradient_that_comes_back_to_G():
    assert lines(played("make loss_D backward"))[-2:] == ["back", "end"]
    assert "back" not in lines(played("make detach loss_D backward"))
    assert "back" not in lines(played("make detach loss_G backward"))


def test_gradients_that_were_left_are_in_the_next_entry():
    held = [entry["held"] for entry in played("make loss_G backward make").diary() if entry["line"] == "make"]
    assert held[0] == {"w": None, "a": None}
    fake = -1.5
    assert held[1]["w"] == pytest.approx(fake * (sigmoid(0.5 * fake) - 1))
    assert held[1]["a"] == pytest.approx(0.5 * 1.5 * (sigmoid(0.5 * fake) - 1))


@pytest.mark.parametrize("kept", [False, True])
def test_a_graph_that_was_used_and_kept_is_alive(kept):
    tiny = TinyGAN(0.5, -1.0, 0.25, 0.125)
    looked_at = tiny.D(torch.tensor([[3.0]]))
    used = tiny.D(torch.tensor([[2.0]]))
    used.sum().backward(retain_graph=kept)
    alive = {entry["x"][0]: entry["alive"] for entry in tiny.diary() if entry["line"] == "score"}
    assert alive == {3.0: False, 2.0: kept}
    assert looked_at.requires_grad


def test_scores_made_before_a_step_stay_what_they_were():
    tiny = played("make detach loss_D clear_D backward make loss_G step_D clear_G backward step_G")
    stale = -1.0 - 0.125 * 0.5 * 1.5 * (sigmoid(0.5 * -1.5) - 1)
    assert tiny.G.a.item() == pytest.approx(stale, abs=1e-14)


@pytest.mark.parametrize(
    ("plan", "said"),
    [
        ("make sleep", "line 2 is 'sleep'"),
        ("loss_D make", "line 1, loss_D, needs fakes"),
        ("detach", "line 1, detach, needs fakes"),
        ("make backward", "line 2, backward, has no loss"),
        ("make loss_G backward backward", "line 4, backward, has no loss"),
    ],
)
def test_a_word_that_cannot_be_carried_out_is_named(plan, said):
    with pytest.raises(ValueError, match=said):
        played(plan)
