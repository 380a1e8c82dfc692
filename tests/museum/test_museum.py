"""The failure museum: each sick run shows its symptom, its twin does not, and one line lies between them."""

from __future__ import annotations

import difflib
import math
from functools import cache
from html.parser import HTMLParser
from types import CodeType

import pytest
import torch
from scipy.stats import mannwhitneyu

import ganlab
from ganlab import data, museum
from ganlab.errors import UserError
from ganlab.museum import Limits
from ganlab.museum.twin import broken, module

NAMES = museum.names()
ASKED = {
    "mode-collapse", "vanishing-gradient", "oscillation", "discriminator-overfitting", "memorisation",
    "saturated-sigmoid", "batch-norm-blindness", "forgotten-zero-grad", "detached-fake", "swapped-labels",
    "range-mismatch", "weight-clipping",
}  # fmt: skip


@cache
def short(name: str, seed: int, healthy: bool) -> museum.Run:
    return museum.run(name, seed=seed, healthy=healthy, steps=museum.piece(name).short)


def verdicts(name: str, seed: int) -> tuple[str, str]:
    limits = museum.piece(name).limits
    sick, healthy = (limits.verdict(short(name, seed, well).value) for well in (False, True))
    return sick, healthy


def test_the_pieces_are_those_that_were_asked_for() -> None:
    assert set(NAMES) == ASKED and len(NAMES) == 12


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("name", NAMES)
def test_the_sick_run_shows_its_symptom_and_the_healthy_twin_does_not(name: str, seed: int) -> None:
    assert verdicts(name, seed) == ("sick", "healthy")


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2, 10))
@pytest.mark.parametrize("name", NAMES)
def test_so_it_is_with_eight_more_seeds(name: str, seed: int) -> None:
    assert verdicts(name, seed) == ("sick", "healthy")


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", NAMES)
def test_so_it_is_at_full_length(name: str, seed: int) -> None:
    limits = museum.piece(name).limits
    runs = (museum.run(name, seed=seed, healthy=well) for well in (False, True))
    assert [limits.verdict(run.value) for run in runs] == ["sick", "healthy"]


@pytest.mark.parametrize("name", NAMES)
def test_one_line_lies_between_the_twins(name: str) -> None:
    sound, piece = museum.source(name), museum.piece(name)
    sick = broken(sound, piece)
    changed = [line for line in difflib.ndiff(sick.splitlines(), sound.splitlines()) if line[0] in "+-"]
    gone, come = ([line[1:].strip() for line in changed if line[0] == sign] for sign in "-+")
    assert come == [piece.cure]
    assert gone == ([piece.mistake] if piece.mistake else [])


@pytest.mark.parametrize("name", NAMES)
def test_the_sick_twin_is_that_very_text(name: str) -> None:
    """Its functions were compiled from the changed source, and it shares no function with the healthy module."""
    sound, sick = module(name, True), module(name, False)
    assert sick.train is not sound.train
    text = broken(museum.source(name), sound.PIECE)
    assert sick.train.__code__ == _function(compile(text, sick.train.__code__.co_filename, "exec"), "train")
    if name != "memorisation":  # its line is a constant of the module, the others lie in functions
        told = [f for f in vars(sound) if getattr(vars(sound)[f], "__module__", "") == sound.__name__ and f != "PIECE"]
        differ = [f for f in told if vars(sound)[f].__code__.co_code != vars(sick)[f].__code__.co_code
                  or vars(sound)[f].__code__.co_names != vars(sick)[f].__code__.co_names
                  or vars(sound)[f].__code__.co_consts != vars(sick)[f].__code__.co_consts]  # fmt: skip
        assert len(differ) == 1


def _function(code: CodeType, name: str) -> CodeType:
    (found,) = [c for c in code.co_consts if isinstance(c, CodeType) and c.co_name == name]
    return found


@pytest.mark.parametrize("name", NAMES)
def test_the_diff_shows_the_line_among_its_neighbours(name: str) -> None:
    piece, lines = museum.piece(name), museum.diff(name).splitlines()
    assert [line[1:].strip() for line in lines if line.startswith("+")] == [piece.cure]
    assert [line[1:].strip() for line in lines if line.startswith("-")] == ([piece.mistake] if piece.mistake else [])
    assert len(lines) >= 5


def test_a_line_that_is_missing_or_there_twice_is_refused() -> None:
    piece = museum.piece("oscillation")
    with pytest.raises(ValueError, match="0 lines read"):
        broken("nothing = 1\n", piece)
    with pytest.raises(ValueError, match="2 lines read"):
        broken(f"{piece.cure}\n    {piece.cure}\n", piece)


@pytest.mark.parametrize("name", NAMES)
def test_every_piece_is_told_whole(name: str) -> None:
    piece = museum.piece(name)
    for text in (piece.title, piece.story, piece.diagnosis, piece.remedy, piece.observable, piece.alt, piece.source):
        assert len(text) > 5
    assert len(piece.alt) > 80 and len(piece.symptoms) >= 2 and len(piece.limits.why) > 20
    assert piece.short <= piece.steps and len(piece.lesson) == 2


@pytest.mark.parametrize("healthy", [False, True])
@pytest.mark.parametrize("name", NAMES)
def test_same_seed_same_bits_and_the_callers_numbers_stand_still(name: str, healthy: bool) -> None:
    torch.manual_seed(5)
    before = torch.get_rng_state()
    one, two = (museum.run(name, seed=3, healthy=healthy, steps=8) for _ in range(2))
    assert torch.equal(torch.get_rng_state(), before)
    assert one.rows == two.rows and one.value == two.value
    assert torch.equal(one.samples, two.samples) and torch.equal(one.real, two.real)
    other = museum.run(name, seed=4, healthy=healthy, steps=8)
    assert not torch.equal(one.samples, other.samples)


@pytest.mark.parametrize("name", NAMES)
def test_a_run_is_plain_data_with_its_curves(name: str) -> None:
    run = museum.run(name, steps=4)
    assert [row["step"] for row in run.rows] == [0, 1, 2, 3]
    assert {"loss_D", "loss_G", museum.piece(name).telltale.name} <= set(run.rows[0])
    assert all(type(value) in (int, float) for row in run.rows for value in row.values())
    assert not run.samples.requires_grad and run.samples.shape[1:] == run.real.shape[1:]


# What the theory says of single pieces.


def row_at(run: museum.Run, step: int) -> dict[str, float]:
    return max((row for row in run.rows if row["step"] < step), key=lambda row: row["step"])


def test_batch_norm_blindness_has_its_closed_forms() -> None:
    """Apart, both batches are N(0, 1): a guess, 2 log 2. Together, the best accuracy is Phi(3 / 2)."""
    best = 0.5 * (1 + math.erf(1.5 / math.sqrt(2)))
    late = lambda run: [row for row in run.rows if 100 <= row["step"] < 150]  # noqa: E731  (D has learned, G has not moved)
    rows = {well: late(short("batch-norm-blindness", 0, well)) for well in (False, True)}
    accuracy = {well: sum(row["accuracy"] for row in found) / len(found) for well, found in rows.items()}
    error = 4 * math.sqrt(0.25 / (512 * len(rows[False])))
    assert abs(accuracy[False] - 0.5) < error and abs(accuracy[True] - best) < error
    assert all(abs(row["loss_D"] - 2 * math.log(2)) < 0.05 for row in rows[False])
    assert {row["place"] for row in rows[False]} == {3.0}


def test_the_gradient_of_the_saturating_loss_falls_by_decades_while_d_learns() -> None:
    """Arjovsky and Bottou 2017, figure 2: with G at rest, its gradient falls; the non-saturating one does not."""
    waiting = museum.piece("vanishing-gradient").short // 3
    fall = {
        well: row_at(run, waiting)["gradient"] / run.rows[0]["gradient"]
        for well, run in ((well, short("vanishing-gradient", 0, well)) for well in (False, True))
    }
    assert fall[False] < 1e-2 and fall[True] > 1


def test_the_slope_of_a_clipped_critic_is_below_its_bound() -> None:
    """|slope| <= product of the layers' norms <= product of sqrt(rows * columns) * c: c to the power of the depth."""
    bound = 0.01**4 * math.sqrt(64 * 2 * 64 * 64 * 64 * 64 * 64 * 1)
    assert all(row["slope"] <= bound for row in short("weight-clipping", 0, False).rows)


def test_opponents_never_pay_less_than_two_log_two_between_them() -> None:
    assert all(row["both"] > 2 * math.log(2) for row in short("swapped-labels", 0, True).rows)


def test_the_cut_off_loss_is_a_hundred_and_its_slope_is_nothing() -> None:
    rows = short("saturated-sigmoid", 0, False).rows
    assert rows[0]["loss_D"] == pytest.approx(100, abs=0.1) and rows[0]["slope"] == 0
    assert all(row["slope"] == pytest.approx(1, abs=1e-5) for row in short("saturated-sigmoid", 0, True).rows)


def test_a_shift_for_the_eye_of_d_moves_and_keeps_gradients() -> None:
    moved = module("discriminator-overfitting", True).moved
    x = torch.full((64, 1, 8, 8), -1.0)
    x[:, 0, 3, 4] = 1.0
    x.requires_grad_()
    y = moved(x)
    places = {(int(r), int(c)) for _, _, r, c in (y > 0).nonzero()}
    assert (y > 0).flatten(1).sum(1).tolist() == [1] * 64
    assert {r for r, _ in places} == set(range(1, 6)) and {c for _, c in places} == set(range(2, 7))
    y.sum().backward()
    assert x.grad is not None and x.grad[:, 0, 3, 4].tolist() == [1.0] * 64


def test_pairs_are_counted_as_mann_and_whitney_count_them() -> None:
    above = module("discriminator-overfitting", True).above
    high, low = (
        torch.randn(100, 1, generator=torch.Generator().manual_seed(0)) + 0.7,
        torch.linspace(-2, 2, 599)[:, None],
    )
    exact = mannwhitneyu(high.flatten().numpy(), low.flatten().numpy()).statistic / (100 * 599)
    assert float(above(high, low)) == pytest.approx(exact)
    assert float(above(high, low) + above(low, high)) == pytest.approx(1)


def test_what_is_said_of_chance_is_the_deviation_of_that_count() -> None:
    """Mann and Whitney 1947: without a difference, the share of pairs has this standard deviation around one half."""
    train_set, held_out = 100, len(data.load("digits", split="test"))
    deviation = math.sqrt((train_set + held_out + 1) / (12 * train_set * held_out))
    limits = museum.piece("discriminator-overfitting").limits
    assert held_out == 599 and f"give or take {deviation:.2f} by chance" in limits.why
    assert limits.healthy == pytest.approx(0.5 + 3 * deviation, abs=0.01) and limits.sick == (0.5 + 1) / 2


def test_a_sick_d_parts_training_digits_from_unseen_ones_and_a_sound_one_unseen_ones_from_fakes() -> None:
    for healthy in (False, True):
        rows = short("discriminator-overfitting", 0, healthy).rows[-25:]
        by_heart, judged = (sum(row[name] for row in rows) for name in ("by_heart", "judged"))
        assert (by_heart > judged) is not healthy


# What is said of a mistake, and shown.


def test_limits_work_both_ways() -> None:
    low, high = Limits(4, 7, "x"), Limits(0.5, 0.1, "x")
    assert [low.verdict(v) for v in (4, 5, 7)] == ["sick", "unclear", "healthy"]
    assert [high.verdict(v) for v in (0.5, 0.3, 0.1)] == ["sick", "unclear", "healthy"]
    assert "at most 4" in low.text() and "at least 0.5" in high.text()


def test_a_wrong_name_is_told_the_right_one() -> None:
    for ask in (museum.run, museum.show, museum.piece, museum.source, museum.diff):
        with pytest.raises(UserError, match="unknown museum piece 'mode-colapse': did you mean 'mode-collapse'"):
            ask("mode-colapse")
    with pytest.raises(UserError, match="one step or more, not 0"):
        ganlab.museum.run("oscillation", steps=0)


class Images(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.alts: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        if tag == "img":
            self.alts.append(dict(attributes)["alt"])


@pytest.mark.parametrize("name", ["mode-collapse", "batch-norm-blindness", "range-mismatch"])
def test_an_exhibit_shows_itself_with_and_without_a_notebook(name: str) -> None:
    exhibit, piece = museum.show(name, seed=1, steps=6), museum.piece(name)
    page, text = exhibit._repr_html_(), " ".join(str(exhibit).split())
    assert Images(page).alts == [piece.alt]
    for said in (piece.title, f"+ {piece.cure}", "with seed 1"):
        assert said in text
    assert "https://" not in page and "<script" not in page
    figure = exhibit.figure()
    assert len(figure.axes) == 6
    assert [axes.get_title() for axes in figure.axes[:2]] == ["sick", "healthy"]
    assert figure.axes[0].get_ylim() == figure.axes[1].get_ylim()


@pytest.mark.parametrize(
    "name", ["batch-norm-blindness", "range-mismatch", "mode-collapse", "discriminator-overfitting"]
)
def test_a_share_or_a_count_is_drawn_on_its_whole_scale(name: str) -> None:
    from ganlab.museum.picture import single

    exhibit = museum.stored(name, 1)
    curve = exhibit.piece.telltale
    assert curve.ends is not None
    for run in (exhibit.sick, exhibit.healthy):
        low, high = single(run, curve).axes[1].get_ylim()
        assert low < curve.ends[0] and curve.ends[1] < high
        assert all(curve.ends[0] <= value <= curve.ends[1] for value in run.curve(curve.name)[1])
