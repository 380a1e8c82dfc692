"""The page's widgets in a real browser, from a file, by mouse and by keyboard; what they state is the package's."""

from __future__ import annotations

import itertools
import json
import math
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
import vendor

from ganlab.dynamics import UPDATES, dirac, multipliers
from ganlab.experiments.alarm_logs import rows_of
from ganlab.experiments.plane import RUNS
from ganlab.metrics.divergences import f_divergence, game_value, mixture, normal
from ganlab.metrics.transport import w1_sorted
from ganlab.objectives import F_DIVERGENCES
from ganlab.training import ALARMS, alarms

ROOT = Path(__file__).resolve().parents[2]
LAB = ROOT / "book" / "_static" / "lab"
WIDGETS = (
    "densities",
    "slopes",
    "divergences",
    "lines",
    "transport",
    "eigenvalues",
    "ladder",
    "loop",
    "alarms",
    "walls",
    "styles",
    "plane",
)

HUMPS = mixture([normal(-3.0), normal(3.0)])

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the widgets said while a browser used them."""
    browser = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    node = shutil.which("node") or shutil.which("node", path=str(Path(sys.executable).parent))
    modules = vendor.SOURCE / "node_modules"
    if browser is None or node is None:
        pytest.skip("no chromium or no node on this machine: the widgets are not opened in a browser")
    if not (modules / "playwright-core").exists():
        try:
            vendor.npm_ci()
        except vendor.NoNpm as reason:
            pytest.skip(f"playwright-core cannot be fetched ({reason}): the widgets are not opened in a browser")
    page = tmp_path_factory.mktemp("lab") / "page.html"
    hosts = "".join(f'<div class="ganlab-lab" data-widget="{name}"><p>off</p></div>' for name in WIDGETS)
    files = ("maths", "lab", "widgets", "ladder", "loop", "logs", "alarms", "digits", "styles", "scene", "player")
    scripts = "".join(f'<script defer src="{(LAB / name).as_uri()}.js"></script>' for name in files)
    page.write_text(
        f'<!doctype html><html lang="en" data-theme="light"><meta charset="utf-8"><title>lab</title>'
        f'<meta name="viewport" content="width=device-width"><link rel="icon" href="data:,">'
        f'<link rel="stylesheet" href="{(LAB / "lab.css").as_uri()}">{scripts}{hosts}</html>'
    )
    command = [node, Path(__file__).with_name("lab.mjs"), page, modules, browser]
    done = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_reader_of_a_log_stops_and_hears_the_alarms(seen):
    logs = json.loads((LAB / "logs.js").read_text().split("=", 1)[1].rstrip(";\n"))
    assert len(seen["alarms"]) == len(logs)
    for log, said in zip(logs.values(), seen["alarms"], strict=True):
        stopped, known = log["step"][6], sorted(alarms(rows_of(log)), key=lambda alarm: alarm.first)
        assert said["before"].startswith(f"Run {1 + seen['alarms'].index(said)} up to step {stopped}.")
        assert not any(name in said["before"] for name in ALARMS)
        assert said["after"] == said["marks"] + 4  # where the reader stopped, in each panel
        for guess, told in said["answers"].items():
            assert re.findall(r"Alarm at step (\d+): ([\w-]+)", told) == [(str(a.first), a.name) for a in known]
            right = guess in {alarm.name for alarm in known} or (guess == "nothing is wrong" and not known)
            assert told.startswith("Right") == right, (guess, told)


def test_the_way_out_of_collapse_leads_down_first_under_the_gan_and_never_under_the_paired_loss(seen):
    words = [re.findall(r"lower|higher|the same", said) for said in seen["walls"]]
    assert words == [
        ["the same", "the same", "higher"],
        ["lower", "the same", "higher"],
        ["higher", "higher", "higher"],
    ]


def value(shown: str) -> float:
    """The number at the end of what a widget shows, which writes a true minus sign."""
    return float(re.findall(r"-?[\d.]+(?:e-?\d+)?", shown.replace("\u2212", "-"))[-1])


def test_nothing_is_asked_of_the_network_and_nothing_fails(seen):
    assert not seen["requests"]
    assert not seen["errors"]


def test_a_phone_shows_everything_in_both_themes(seen):
    assert all(overflow <= 0 for overflow in seen["overflow"].values()), seen["overflow"]


def test_every_control_has_a_name(seen):
    assert not seen["nameless"]


def test_two_densities_state_the_value_of_the_game(seen):
    for row in seen["densities"]:
        mean_p, std_p, mean_q, std_q = row["law"]
        known = game_value(normal(mean_p, std_p), normal(mean_q, std_q), (-40.0, 40.0), breaks=(mean_p, mean_q))
        found = [value(number) for number in row["numbers"]]
        assert found == pytest.approx([known.jensen_shannon, known.value, known.bayes_accuracy], abs=1e-3), row


def test_a_density_moves_by_keys_and_by_mouse(seen):
    assert seen["densityByKeys"]["value"] == "0.2"
    assert "q is N(0.2, 1.0²)" in seen["densityByKeys"]["says"]
    assert float(seen["densityByMouse"]) > 1


def test_the_slopes_reach_both_ends(seen):
    for shown in seen["slopes"]:
        saturating, other, ratio = map(value, shown)
        assert saturating + other == pytest.approx(1, abs=2e-3)
        assert ratio == pytest.approx(other / saturating, rel=0.05) or saturating == 0.001
    assert value(seen["slopes"][0][0]) == 0.001 and value(seen["slopes"][1][0]) == 0.999


def test_every_divergence_is_chosen_and_stated(seen):
    for row in seen["divergences"]:
        f = F_DIVERGENCES[row["name"]]
        known = f_divergence(f, HUMPS, normal(1.5, 1.0), (-30.0, 30.0), breaks=(-8.0, -3.0, 0.0, 1.5, 3.0)).value
        assert value(row["numbers"][0]) == pytest.approx(known, rel=0.05 if known > 1e4 else 5e-3)
        r = HUMPS(torch.tensor([3.0]).double()) - normal(1.5, 1.0)(torch.tensor([3.0]).double())
        shown = [value(number) for number in row["numbers"][3:]]
        best = f.optimal(r)
        assert shown == pytest.approx([float(r.exp()), float(best), float(f.conjugate(best))], abs=1e-3)


def test_the_bell_goes_downhill_by_a_button_and_moves_by_keys_and_mouse(seen):
    assert seen["downhill"]["kl"]["says"].startswith("KL(p‖q): q = N(0.00, 3.16²) is 0.462 away")
    assert "covers both humps" in seen["downhill"]["kl"]["says"] and "At rest" in seen["downhill"]["kl"]["says"]
    assert seen["downhill"]["reverse-kl"]["says"].startswith("reverse KL(q‖p): q = N(2.98, 1.02²) is 0.689 away")
    assert "sits on one hump" in seen["downhill"]["reverse-kl"]["says"]
    assert "N(0.00, 2.74²) is 0.841 away" in seen["downhill"]["middle"]["says"]
    assert seen["bellByKeys"] == "1.52"
    assert float(seen["bellByMouse"]) > 2


def test_two_lines_state_their_distances_and_the_critics_value(seen):
    for row in seen["lines"]:
        shown = dict(zip(("jsd", "tv", "w1", "slope", "value"), map(value, row["numbers"][1:]), strict=True))
        way = abs(row["theta"])
        slope = 1 + way / (2 * row["weight"]) if way else 0.0
        assert shown["w1"] == pytest.approx(way, abs=1e-3) and shown["tv"] == (way > 0)
        assert shown["jsd"] == pytest.approx(math.log(2) if way else 0, abs=1e-4)
        assert [shown["slope"], shown["value"]] == pytest.approx([slope, slope * way], abs=1e-3)
        assert row["numbers"][0] == ("KL ∞" if way else "KL 0")
    assert float(seen["lineByMouse"]) == pytest.approx(-0.6, abs=0.1)


def test_a_ladder_states_its_sides_and_what_a_pixel_sees(seen):
    start, up, eleven, lost, short = seen["ladder"]
    assert start["numbers"] == ["sides 16 → 8 → 4 → 1", "one output pixel sees 22 × 22"]
    assert start["says"] == "No pixel is left over. One score for the whole image."
    assert up["numbers"] == ["sides 7 → 13 → 25", "one input pixel paints 7 × 7"]
    assert up["says"].startswith("Layer 1: stride 2 does not divide kernel 3")
    assert eleven["numbers"][0] == "sides 11 → 5 → 2" and eleven["says"].startswith("Layer 3 makes nothing of 2 pixels")
    assert lost["numbers"][0] == "sides 11 → 5 → 2 → 2" and lost["says"].startswith("Layer 1 leaves 1 over")
    assert short["numbers"][0] == "sides 11 → 5 → 2" and short["says"].endswith("2 × 2 outputs for one image.")


def test_a_class_is_asked_for_and_its_style_moved_by_keys(seen):
    content = json.loads((LAB / "digits.js").read_text().split("=", 1)[1].rstrip(";\n"))
    n = len(content["places"])
    for row, (y, lean, dark) in zip(seen["styles"], ((7, n // 2, n // 2), (3, 0, n - 1)), strict=True):
        at = 10 * (n * lean + dark) + y
        asked, reads, slant, ink = row["numbers"]
        assert (asked, reads) == (f"asked for {y}", f"the classifier reads {content['read'][at]}")
        assert value(slant) == content["slant"][at] and value(ink) == pytest.approx(100 * content["ink"][at], abs=0.05)
        assert row["pressed"] == f"ask for {y}" and row["label"].startswith(f"A generated digit: asked for {y},")
        obeyed = sum(content["read"][10 * (n * lean + dark) + each] == str(each) for each in range(10))
        assert f"reads {obeyed} as asked for" in row["says"]
        big, *every = ([float(part.rstrip("%")) for part in place.split()] for place in row["places"])
        down = 100 * (n * lean + dark) / (n * n - 1)
        assert every == [pytest.approx([100 * each / 9, down], abs=0.01) for each in range(10)] and big == every[y]


def test_transport_states_w1_and_the_cost_of_the_pairing(seen):
    start, moved, shifted, unordered = seen["transport"]
    for state in seen["transport"]:
        real, fake = (torch.tensor(state[key], dtype=torch.float64) for key in ("real", "fake"))
        cost, least = (value(number) for number in state["numbers"])
        assert least == pytest.approx(float(w1_sorted(real, fake)), abs=1e-3)
        expected = (real - fake).abs().mean() if state is unordered else w1_sorted(real, fake)
        assert cost == pytest.approx(float(expected), abs=1e-3)
    assert moved["fake"][0] == pytest.approx(start["fake"][0] + 0.9)
    assert shifted["fake"] == pytest.approx([x - 2 for x in moved["fake"]])
    assert value(unordered["numbers"][0]) > value(unordered["numbers"][1])
    assert seen["focused"] == "generated point 1"


def test_the_dirac_gan_states_its_largest_multiplier(seen):
    for row in seen["eigenvalues"]:
        rates = (row["h"] / math.sqrt(row["ratio"]), row["h"] * math.sqrt(row["ratio"]))
        known = multipliers(dirac(r1=row["gamma"]), torch.zeros(2), rates, UPDATES[row["update"]]).abs().max()
        assert value(row["numbers"][0]) == pytest.approx(float(known), abs=1e-5), row
        fate = "pulls in" if known < 1 - 1e-9 else "turns for ever" if known < 1 + 1e-9 else "drives out"
        assert fate in row["says"]


def test_the_player_waits_plays_and_stops(seen):
    player = seen["player"]
    assert player["waits"] == ["0", "0"]
    assert player["stopped"][0] == player["stopped"][1] != "0"
    assert (player["home"], player["next"], player["end"]["frame"]) == ("0", "1", "2000")
    assert seen["reduced"] == "0"  # without motion a frame lasts longer than we waited


def test_the_player_says_in_words_what_it_shows(seen):
    end = seen["player"]["end"]
    assert end["says"].startswith("Step 2000 of the recorded run. non-saturating: D takes")
    assert "8 of 8 centres are reached" in end["says"]
    assert end["label"].startswith(end["says"])


def test_every_layer_can_be_taken_off_and_put_back(seen):
    sizes = seen["player"]["layers"]
    assert len(sizes) == 6 and all(after < before for before, after in itertools.pairwise(sizes))
    assert seen["player"]["restored"] == sizes[0]


@pytest.mark.parametrize("name", RUNS)
def test_steps_by_hand_move_one_player_and_can_be_dropped(seen, name):
    hand = seen["player"]["hand"][name]
    assert hand["afterD"]["says"].startswith("200 updates of D and 0 of G by hand, after step 0")
    assert hand["afterG"]["says"].startswith("200 updates of D and 100 of G by hand")
    assert hand["back"] == hand["before"] != hand["afterD"]["gradient"]


def test_a_sure_discriminator_starves_the_saturating_generator_only(seen):
    """What the playground tells its reader to try."""
    hand = seen["player"]["hand"]
    minimax, other = (hand[name]["afterD"]["gradient"] for name in ("minimax", "non-saturating"))
    assert minimax < hand["minimax"]["before"]
    assert other > 20 * minimax


def test_the_loop_is_stepped_by_keys_and_says_what_happens(seen):
    found = seen["loop"]
    assert found["before"].startswith("Before the first line")
    assert "Round 1, line 1, make" in found["next"]
    assert "Round 2, line 11, step_G" in found["end"] and "G moves down L_G" in found["end"]
    assert "skips every weight" in found["quiet"] and found["current"] == "step_G"


def test_two_losses_stand_side_by_side_and_take_the_same_steps(seen):
    pair = seen["pair"]
    assert not pair["alone"] and not pair["gone"]
    assert pair["moved"] == pair["back"] == [True, True]
    assert "0 updates of D and 100 of G by hand" in pair["says"] or "0 updates of D and 1 of G" in pair["says"]
    assert "non-saturating:" in pair["says"] and "minimax (saturating):" in pair["says"]
    assert "minimax (saturating):" in pair["label"]
