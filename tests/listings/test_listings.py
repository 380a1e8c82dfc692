"""Every bug's assertion fails on the broken specimen and holds on the repaired one, and for its own bug only."""

from __future__ import annotations

import ast

import pytest
import torch

from ganlab import listings
from ganlab.errors import UserError
from ganlab.listings import Bug, Change, kit
from ganlab.listings.surgery import broken

NAMES = listings.names()
EVERY = [(name, bug) for name in NAMES for bug in listings.listing(name).bugs]
CODED = [(name, bug) for name, bug in EVERY if bug.coded]
BUG = {bug.id: bug for _, bug in EVERY}


def ids(pairs: list[tuple[str, Bug]]) -> list[str]:
    return [bug.id for _, bug in pairs]


@pytest.fixture
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hidden layers of a few units: what the probes measure does not depend on the width, and they are quick."""
    wide = kit.stack

    def thin(*widths: int, between: object) -> torch.nn.Sequential:
        return wide(widths[0], *[width // 32 for width in widths[1:-1]], widths[-1], between=between)  # type: ignore[arg-type]

    monkeypatch.setattr(kit, "stack", thin)


def test_the_bugs_are_those_of_the_review() -> None:
    counts = {name: len(listings.listing(name).bugs) for name in NAMES}
    assert counts == {"L0": 18, "L1": 7, "L2": 12, "L3": 14, "L4": 14}
    for name in NAMES:
        assert [bug.id for bug in listings.listing(name).bugs] == [f"{name}-{k + 1}" for k in range(counts[name])]


@pytest.mark.parametrize(("name", "bug"), CODED, ids=ids(CODED))
def test_the_assertion_fails_for_its_own_bug_and_for_no_other(name: str, bug: Bug, narrow: None) -> None:
    """One bug in the repaired code: its assertion fails. The others hold, or the bug stops the program before them."""
    found = listings.listing(name)
    outcomes = {
        other.id: found.examine(other.id, found.load(bug.id)).outcome for other in found.bugs if other.probe is not None
    }
    assert {id for id, outcome in outcomes.items() if outcome == "fails"} == {bug.id, *bug.along}
    assert bug.kind == "crash" or "stopped" not in outcomes.values()


@pytest.mark.parametrize("name", NAMES)
def test_every_assertion_holds_on_the_repair_and_none_on_the_broken_listing(name: str, narrow: None) -> None:
    found = listings.listing(name)
    for bug in found.bugs:
        if bug.probe is not None:
            sound = found.examine(bug.id, found.load())
            assert sound.outcome == "holds", sound
    for bug in found.coded:
        assert found.examine(bug, found.load(*found.coded)).outcome in ("fails", "stopped")


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of NumPy, about L0-9
@pytest.mark.parametrize("name", NAMES)
def test_with_all_crashes_repaired_every_silent_assertion_fails(name: str, narrow: None) -> None:
    """No bug hides behind another: what is left when nothing stops the program is caught, one by one."""
    found = listings.listing(name)
    _, left = listings.chain(found)
    assert left and not {found.bug(id).kind for id in left} & {"crash"}
    outcomes = {id: found.examine(id, found.load(*left)).outcome for id in left}
    assert set(outcomes.values()) == {"fails"}, outcomes


@pytest.mark.slow
@pytest.mark.parametrize(("name", "bug"), CODED, ids=ids(CODED))
def test_at_the_listings_own_width_too(name: str, bug: Bug) -> None:
    found = listings.listing(name)
    assert found.examine(bug.id, found.load()).outcome == "holds"
    assert found.examine(bug.id, found.load(bug.id)).outcome == "fails"


@pytest.mark.parametrize("name", NAMES)
def test_the_repair_runs_from_beginning_to_end(name: str, narrow: None) -> None:
    assert torch.isfinite(listings.listing(name).load().main()).all()


@pytest.mark.parametrize(
    ("name", "G", "D"),
    [
        ("L0", 1_506_448, 533_505),
        ("L2", 1_486_352, 533_505),
        ("L3", 136_896, 136_192),
        ("L4", 227_344, 201_217),
    ],
)
def test_the_layer_sizes_are_those_of_the_documents(name: str, G: int, D: int) -> None:
    """By the sum over layers of inputs times outputs, plus biases where there are some."""
    found = listings.listing(name)
    for code in (found.load(), found.load(*found.coded)):
        if name == "L3":
            code.DEVICE, code.LATENT = "cpu", 100
        elif name == "L2":
            code.DEVICE, code.math = "cpu", __import__("math")
        elif name == "L0":
            code.np = __import__("numpy")
        for network, count in ((code.generator(), G), (code.discriminator(), D)):
            assert sum(p.numel() for p in network.parameters()) == count


@pytest.mark.parametrize(("name", "bug"), EVERY, ids=ids(EVERY))
def test_every_bug_is_told_whole(name: str, bug: Bug) -> None:
    assert len(bug.title) > 5 and len(bug.symptom) > 8 and bug.symptom.endswith(".")
    assert (bug.probe is None) == (bug.asserted == "")
    if bug.coded:
        assert bug.probe is not None and bug.probe.__doc__ and bug.kind not in ("claim", "sound")
        ast.parse(listings.listing(name).source(bug.id))
    assert all(BUG[other].coded for other in bug.along)


def test_the_table_has_a_row_for_every_bug() -> None:
    rows = listings.bugs()
    assert [row["id"] for row in rows] == [bug.id for _, bug in EVERY]
    assert all(row["line"] and row["probe"] and row["assertion"] for row in rows if BUG[row["id"]].coded)


def test_the_diff_shows_what_goes_and_what_comes(capsys: pytest.CaptureFixture[str]) -> None:
    L3 = listings.listing("L3")
    lines = L3.diff("L3-4").splitlines()
    assert "-    shown = fake.detach()" in lines and "+    shown = fake" in lines
    L3.show("L3-4")
    assert "assert seen > 0" in capsys.readouterr().out
    assert "def change_of_G" in L3.probe("L3-4") and "not in the code" in L3.probe("L3-13")


def test_a_cure_that_is_missing_or_there_twice_and_two_that_overlap_are_refused() -> None:
    bug = lambda *changes: Bug("X", "x", "silent", "x.", changes=changes)  # noqa: E731
    with pytest.raises(ValueError, match="0 places read"):
        broken("a = 1\n", [bug(Change("b = 1"))])
    with pytest.raises(ValueError, match="2 places read"):
        broken("a = 1\na = 1\n", [bug(Change("a = 1"))])
    with pytest.raises(ValueError, match="two bugs change line 2"):
        broken("a = 1\nb = 1\n", [bug(Change("a = 1\nb = 1")), bug(Change("b = 1"))])


def test_lines_keep_their_indentation_and_definitions_go_whole() -> None:
    text = "def f():\n    if x:\n        y = 1\n    return y\n\n\nz = 2\n"
    assert broken(text, [Bug("X", "x", "silent", "x.", (Change("y = 1", "y = 2\ny += 1"),), missing=("z",))]) == (
        "def f():\n    if x:\n        y = 2\n        y += 1\n    return y\n\n\n"
    )


def test_a_wrong_name_is_told_the_right_one_and_a_claim_has_nothing_to_examine() -> None:
    with pytest.raises(UserError, match="unknown listing 'L5'"):
        listings.listing("L5")
    with pytest.raises(UserError, match="unknown bug of L3 'L3-44': did you mean"):
        listings.listing("L3").bug("L3-44")
    with pytest.raises(ValueError, match="no probe"):
        listings.listing("L3").examine("L3-13", listings.listing("L3").load())


def test_an_examination_leaves_the_callers_random_numbers_alone() -> None:
    found = listings.listing("L4")
    before = torch.get_rng_state()
    seen = [found.examine("L4-6", found.load("L4-4"), seed).seen for seed in (3, 3, 4)]
    assert torch.equal(torch.get_rng_state(), before)
    assert seen[0] == seen[1] != seen[2]
