"""Quizzes: files that cannot be wrong unnoticed, keys that are recomputed, pages that need nothing from outside."""

from __future__ import annotations

import ast
import fnmatch
import html
import importlib.util
import itertools
import json
import os
import re
import subprocess
import sys
import tomllib
from html.parser import HTMLParser
from pathlib import Path

import matplotlib
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn.functional import softplus

import ganlab
from ganlab import zoo
from ganlab.errors import UserError
from ganlab.listings import listing
from ganlab.metrics import class_diversity, even_floor, label_fidelity, load_features, manifold
from ganlab.metrics.divergences import expectation, mixture, normal
from ganlab.models import DCGAN, DCGANConfig, frozen
from ganlab.objectives import r1 as r1_penalty
from ganlab.objectives import relativistic
from ganlab.synthesis import Gain, decide
from ganlab.teaching import pictures, quiz
from ganlab.teaching.metric_explorer import faulty_points
from ganlab.teaching.quiz import QUIZZES, lessons
from ganlab.teaching.quiz_html import marked, page, plain
from ganlab.teaching.quiz_items import Choice, Number, Order, read

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = {
    path.name[:2]: path for path in (ROOT / "notebooks").glob("*/[0-9][0-9]-*.ipynb") if path.parent.name != "exercises"
}
ALL = {lesson: quiz(lesson) for lesson in lessons()}
ITEMS = {f"{lesson}/{item.id}": item for lesson, found in ALL.items() for item in found.items}


def of_kind(kind):
    return {name: item for name, item in ITEMS.items() if isinstance(item, kind)}


def without_pictures(page: str) -> str:
    return re.sub(r'src="[^"]*"', "", page)


# The files.

GOOD = """
[[item]]
id = "colours"
kind = "one"
question = "Which?"
[[item.option]]
text = "Red"
right = true
feedback = "Yes."
[[item.option]]
text = "Blue"
feedback = "No."

[[item]]
id = "sums"
kind = "number"
question = "How many?"
answer = 1386
tolerance = 0.5
unit = "steps"
feedback = "Yes."
otherwise = "Count."
[[item.wrong]]
value = 7
feedback = "No."

[[item]]
id = "lines"
kind = "order"
question = "In which order?"
lines = ["one", "two", "three"]
feedback = "Yes."
[[item.rule]]
first = 1
then = 3
feedback = "No."
"""


def load(folder: Path, text: str):
    path = folder / "77.toml"
    path.write_text(text, encoding="utf-8")
    return read(path, lambda: ["three-sheets"])


def test_a_sound_file_is_read(tmp_path):
    colours, sums, lines = load(tmp_path, GOOD)
    assert [option.right for option in colours.options] == [True, False] and not colours.several
    assert sums.answer == 1386 and sums.wrong[0].value == 7
    assert lines.rules[0].first == 0 and lines.rules[0].then == 2


@pytest.mark.parametrize(
    ("was", "becomes", "complaint"),
    [
        ('feedback = "No."\n\n[[item]]\nid = "sums"', '\n[[item]]\nid = "sums"', "option 2 has no `feedback`"),
        ('feedback = "Yes."\n[[item.option]]', 'feedback = ""\n[[item.option]]', "option 1 has an empty `feedback`"),
        ("right = true\n", "", "has not exactly one right option"),
        ('text = "Blue"', 'text = "Blue"\nright = true', "has not exactly one right option"),
        ('text = "Blue"', 'text = "Red"', "two or more options that differ"),
        ('kind = "one"', 'kind = "several"', "two or more right options and a wrong one"),
        ('kind = "one"', 'kind = "on"', "unknown kind.*did you mean 'one'"),
        ('question = "Which?"', 'qestion = "Which?"', "has no `question`"),
        ('question = "Which?"', 'question = "Which?"\nhint = "x"', "a key `hint` that a quiz does not know"),
        ('question = "Which?"', "question = 3", "a `question` that is a int"),
        ('question = "Which?"', 'question = "Which?"\npicture = "three-sheets"', "`picture` without `alt`"),
        ('question = "Which?"', 'question = "Which?"\nalt = "A sheet"', "`picture` without `alt`"),
        ('question = "Which?"', 'question = "?"\npicture = "three-sheet"\nalt = "x"', "did you mean 'three-sheets'"),
        ('id = "colours"', 'id = "Colours & more"', "use small letters"),
        ('id = "colours"', 'id = "sums"', "two items with the id 'sums'"),
        ("tolerance = 0.5", "tolerance = 0", "a `tolerance` above 0"),
        ("tolerance = 0.5", "tolerance = inf", "a `tolerance` above 0"),
        ("answer = 1386", "answer = nan", "a finite `answer`"),
        ("answer = 1386", 'answer = "1386"', "a `answer` that is a str"),
        ("value = 7", "value = 1386.2", "wrong 1 is within the tolerance"),
        ('otherwise = "Count."\n', "", "has no `otherwise`"),
        ("then = 3", "then = 4", "1 <= first < then <= 3"),
        ("first = 1\nthen = 3", "first = 3\nthen = 1", "1 <= first < then <= 3"),
        ('"two", "three"]', '"one", "three"]', "three or more `lines`, all different"),
        ("[[item.rule]]\nfirst = 1\nthen = 3\nfeedback", "wrong", "has no rules"),
        ("[[item]]\n", "[[itm]]\n", "a `item` that is a dict"),
        (GOOD, "", "has no items"),
        ('id = "colours"', 'id = "colours', "no readable TOML"),
    ],
)
def test_a_fault_is_one_sentence_that_names_the_place(tmp_path, was, becomes, complaint):
    broken = GOOD.replace(was, becomes)
    assert broken != GOOD
    with pytest.raises(UserError, match=complaint) as fault:
        load(tmp_path, broken)
    assert "77.toml" in str(fault.value) and "\n" not in str(fault.value)


def test_a_lesson_without_a_quiz_is_said_so():
    with pytest.raises(UserError, match="unknown quiz '36'"):
        quiz("36")


def test_every_lesson_of_the_repository_has_a_quiz():
    assert set(NOTEBOOKS) == set(lessons())


@pytest.mark.parametrize("lesson", ALL)
def test_six_items_or_more_and_a_picture(lesson):
    items = ALL[lesson].items
    assert len(items) >= 6 and any(item.picture for item in items)
    assert any(isinstance(item, Number) for item in items)


@pytest.mark.parametrize("name", ITEMS)
def test_every_answer_has_feedback_of_its_own(name):
    item = ITEMS[name]
    if isinstance(item, Choice):
        said = [option.feedback for option in item.options]
    elif isinstance(item, Number):
        said = [item.feedback, item.otherwise, *(wrong.feedback for wrong in item.wrong)]
    else:
        said = [item.feedback, *(rule.feedback for rule in item.rules)]
    assert len(set(said)) == len(said) and all(len(text.split()) >= 5 for text in said)


def test_right_options_are_not_always_in_the_same_place():
    places = [[option.right for option in item.options].index(True) for item in of_kind(Choice).values()
              if not item.several]  # fmt: skip
    assert max(places.count(place) for place in set(places)) <= len(places) / 2


# The keys.


KEYS = [importlib.import_module(path.stem) for path in sorted(Path(__file__).parent.glob("quiz_keys_*.py"))]
NUMBERS = {name: value for keys in KEYS for name, value in keys.NUMBERS.items()}
MISTAKES = {name: values for keys in KEYS for name, values in keys.MISTAKES.items()}


def test_every_number_is_recomputed():
    assert set(NUMBERS) == set(of_kind(Number))


@pytest.mark.parametrize("name", NUMBERS)
def test_the_key_of_a_number_is_what_the_package_computes(name):
    item = ITEMS[name]
    assert abs(NUMBERS[name]() - item.answer) <= item.tolerance / 2


@pytest.mark.parametrize("name", NUMBERS)
def test_known_wrong_numbers_are_what_the_mistakes_give(name):
    assert sorted(wrong.value for wrong in ITEMS[name].wrong) == pytest.approx(sorted(MISTAKES[name]()), abs=1e-4)


def right(name: str) -> list[str]:
    return [option.text for option in ITEMS[name].options if option.right]


def test_the_panel_without_detach_is_the_one_where_g_holds_a_gradient():
    norms = pictures.gradient_norms()
    (panel,) = [name for name, held in norms.items() if held["G"] is not None]
    assert right("10/gradient-audit") == [f"In {panel}."]
    assert norms["A"]["D"] == norms["B"]["D"]
    told = [f"{held[player]:.2f}" for held in norms.values() for player in "DG" if held[player] is not None]
    assert re.findall(r"norm (\d\.\d\d)", ITEMS["10/gradient-audit"].alt) == told


def test_the_collapsed_sheet_is_the_one_with_few_different_digits():
    features = load_features("digits")
    sheets = pictures.sheets()
    found = {name: features.logits(images).argmax(1).tolist() for name, images in sheets.items()}
    assert set(found["A"]) == set(range(10))
    assert sheets["B"].abs().max() < 0.1, "the untrained sheet is grey"
    assert sorted(found["C"].count(digit) for digit in set(found["C"])) == [5, 11]
    assert (found["C"].count(0), found["C"].count(6)) == (11, 5), "as the alternative text says"
    assert right("14/three-sheets") == ["Sheet C"]


def test_two_samples_with_the_same_two_numbers_have_other_shapes():
    for sample in pictures.one_hump_and_two():
        assert sample.mean().item() == pytest.approx(3, abs=1e-9)
        assert sample.std(correction=0).item() == pytest.approx(1, abs=1e-9)
    bell, humps = ((sample - 3).abs() < 0.2 for sample in pictures.one_hump_and_two())
    assert humps.double().mean() < bell.double().mean() / 2


def test_the_two_ranges_differ_and_the_right_answer_mends_it():
    real, generated = pictures.two_ranges()
    assert (real.min(), real.max()) == (0, 1)
    assert generated.min() < -0.99 and generated.max() > 0.99
    mended = 2 * real - 1
    assert mended.min() == -1 and mended.max() == 1
    assert right("14/range-mismatch") == ["Scale the real pixels by *x* ↦ 2*x* − 1."]


def dcgan() -> DCGAN:
    return DCGAN((1, 8, 8), DCGANConfig(latent=64, width=8))


def test_what_a_frozen_discriminator_does():
    model, x = dcgan(), torch.randn(8, 64)
    with frozen(model.D):
        softplus(-model.D(model.G(x))).mean().backward()
        learns = all(p.grad is not None for p in model.G.parameters())
        spares = all(p.grad is None for p in model.D.parameters())
        try:
            softplus(-model.D(model.G(x).detach())).mean().backward()
            refuses = False
        except RuntimeError:
            refuses = True
    key = [option.right for option in ITEMS["10/frozen-d"].options]
    assert key == [learns, not learns, spares, refuses]


def test_which_checks_find_the_quiet_loop():
    model, x = dcgan(), torch.randn(8, 64)
    weights = [p.detach().clone() for p in model.G.parameters()]
    state = {name: value.clone() for name, value in model.G.state_dict().items()}
    softplus(-model.D(model.G(x).detach())).mean().backward()
    model.optimisers["G"].step()
    moved = any(not torch.equal(a, b) for a, b in zip(weights, model.G.parameters(), strict=True))
    holds = all(p.grad is not None for p in model.G.parameters())
    changed = any(not torch.equal(state[name], value) for name, value in model.G.state_dict().items())
    # A check finds the loop where it fails; the losses of a discriminator that learns move in any case.
    key = [option.right for option in ITEMS["10/quiet-loop"].options]
    assert key == [not moved, False, not holds, not changed]


def test_the_quoted_card_is_the_card():
    metrics = zoo.card("dcgan-digits")["metrics"]
    item = ITEMS["00/floor"]
    assert str(metrics["frechet_distance"]) in item.question and str(metrics["floor"]) in item.question
    assert right("00/floor") == [f"About {metrics['floor']:.2f}"]
    assert f"{metrics['frechet_distance'] / metrics['floor']:.1f} times" in item.options[1].feedback
    assert metrics["classes_covered"] == 10


@pytest.mark.parametrize("name", of_kind(Order))
def test_the_listed_order_is_right_and_the_offered_one_is_not(name):
    item = ITEMS[name]
    assert not item.broken(list(range(len(item.lines)))) and item.broken(list(item.shown))
    assert sorted(item.shown) == list(range(len(item.lines)))


def test_orders_of_one_step_that_are_accepted():
    """The new fakes may be made anywhere before they are scored; nothing else may move."""
    item = ITEMS["10/one-step"]
    accepted = [order for order in itertools.permutations(range(6)) if not item.broken(list(order))]
    assert len(accepted) == 4
    assert all([line for line in order if line != 3] == [0, 1, 2, 4, 5] for order in accepted)


# The page.

VOID = {"br", "img", "input"}


class Page(HTMLParser):
    """Tags, checked to be closed in order; attributes; and who stands inside whom."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None], tuple[str, ...]]] = []
        self.text: list[str] = []
        self.feed(text)
        assert not self.open

    def handle_starttag(self, tag, attrs):
        assert len(dict(attrs)) == len(attrs), f"<{tag}> has an attribute twice"
        self.seen.append((tag, dict(attrs), tuple(self.open)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open and self.open.pop() == tag, f"</{tag}> closes nothing"

    def handle_data(self, text):
        if not {"script", "style"} & set(self.open):
            self.text.append(text)


@pytest.mark.parametrize("lesson", ALL)
def test_the_page_is_sound_and_every_control_has_a_name(lesson):
    found = Page(ALL[lesson]._repr_html_())
    names = [attributes["id"] for _, attributes, _ in found.seen if "id" in attributes]
    assert len(names) == len(set(names))
    fieldsets = [n for n, (tag, _, _) in enumerate(found.seen) if tag == "fieldset"]
    assert len(fieldsets) == len(ALL[lesson].items)
    assert all(found.seen[n + 1][0] == "legend" for n in fieldsets)
    for tag, attributes, inside in found.seen:
        assert not any(name.startswith("on") for name in attributes), "no code in attributes"
        if tag == "input":
            assert "label" in inside and "fieldset" in inside
        if tag == "img":
            assert len(attributes["alt"] or "") > 40 and attributes["src"].startswith("data:image/png;base64,")


@pytest.mark.parametrize("lesson", ALL)
def test_the_page_asks_for_nothing(lesson):
    text = without_pictures(ALL[lesson]._repr_html_())
    assert not re.search(r"https?:|//[a-z]|@import|url\(|<link|<iframe|\bfetch\b|XMLHttp|\bimport\b|sendBeacon", text)
    assert text.count("</script") == 1 and text.count("</style") == 1


@pytest.mark.parametrize("lesson", ALL)
def test_the_page_is_small(lesson):
    found = ALL[lesson]._repr_html_()
    assert len(without_pictures(found).encode()) < 26_000
    assert len(json.dumps(found)) < 150_000


@pytest.mark.parametrize("lesson", ALL)
def test_the_page_says_everything_without_a_script(lesson):
    said = "".join(Page(ALL[lesson]._repr_html_()).text)
    for item in ALL[lesson].items:
        assert plain(item.question).replace("_", "") in said.replace("`", "") or "`" in item.question
        if isinstance(item, Choice):
            assert all(re.sub("[`*~]", "", option.feedback) in said for option in item.options)


def test_all_text_is_escaped(tmp_path):
    nasty = '<img src=x onerror=1> \\"&amp; </script>'
    text = re.sub(r'(question|text|feedback|otherwise|unit) = "', rf'\1 = "{nasty} ', GOOD)
    text = text.replace('["one", "two"', f'["{nasty} one", "two"')
    text = text.replace(
        'id = "colours"', f'id = "colours"\ncode = "{nasty}"\npicture = "three-sheets"\nalt = "{nasty}"'
    )
    found = Page(page("77", load(tmp_path, text), lambda _: b"png"))
    assert [attributes["src"] for tag, attributes, _ in found.seen if tag == "img"] == ["data:image/png;base64,cG5n"]
    assert [tag for tag, _, _ in found.seen].count("script") == 1
    assert "".join(found.text).count('<img src=x onerror=1> "&amp; </script>') >= 10


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=60))
def test_markup_adds_three_tags_and_loses_nothing_else(text):
    shown = marked(text)
    assert set(re.findall(r"<[^>]*>", shown)) <= {f"<{end}{tag}>" for end in ("", "/") for tag in ("code", "em", "sub")}
    bare = html.unescape(re.sub(r"</?(code|em|sub)>", "", shown))
    assert [c for c in bare if c not in "`*~"] == [c for c in text if c not in "`*~"]


def test_markup():
    assert marked("*L*~D~ in `a*b*c` < 1 * 2 * 3") == "<em>L</em><sub>D</sub> in <code>a*b*c</code> &lt; 1 * 2 * 3"
    assert plain("*L*~D~ in `a*b*c` < 1 * 2 * 3") == "L_D in `a*b*c` < 1 * 2 * 3"


@pytest.mark.parametrize("lesson", ALL)
def test_the_text_has_questions_and_options_and_no_answers(lesson):
    text = repr(ALL[lesson])
    for item in ALL[lesson].items:
        assert plain(item.question) in text
        if item.picture:
            assert item.alt in text
        if isinstance(item, Choice):
            assert all(plain(option.text) in text for option in item.options)
            assert not any(plain(option.feedback) in text for option in item.options)
        elif isinstance(item, Number):
            assert plain(item.feedback) not in text and plain(item.otherwise) not in text
        else:
            places = [text.index(plain(line)) for line in item.lines]
            assert places != sorted(places)


def test_the_same_page_in_every_process():
    code = "from ganlab.teaching import quiz; print(quiz('14')._repr_html_())"
    environment = os.environ | {"PYTHONHASHSEED": "1", "OMP_NUM_THREADS": "1", "MPLBACKEND": "Agg"}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, check=True)
    assert done.stdout.decode() == ALL["14"]._repr_html_() + "\n"


def test_the_study_to_act_on_is_the_one_that_the_verdict_would_use():
    decided = {name: decide(Gain((low + high) / 200, low / 100, high / 100, 5), 0.01)
               for name, (low, high) in pictures.four_studies().items()}  # fmt: skip
    assert [name for name, verdict in decided.items() if verdict == "use it"] == right("18/four-studies") == ["B"]
    assert decided["A"] == "collect more" and decided["C"] == decided["D"] == "do not"


def test_drawing_leaves_random_numbers_and_settings_alone():
    before = torch.get_rng_state(), dict(matplotlib.rcParams)
    for draw in pictures.PICTURES.values():
        draw()
    assert torch.equal(before[0], torch.get_rng_state()) and before[1] == dict(matplotlib.rcParams)


def test_in_panel_b_alone_held_out_digits_score_far_below_the_training_digits():
    last = {panel: rows[-1] for panel, rows in pictures.two_memories().items()}
    gaps = {panel: row["train"] - row["held_out"] for panel, row in last.items()}
    assert gaps["B"] > 3 * gaps["A"] and last["B"]["held_out"] < 0 < last["B"]["train"]
    assert last["A"]["held_out"] > 0 and last["A"]["held_out"] - last["A"]["fake"] > gaps["A"]


def test_an_unknown_picture_is_said_so():
    with pytest.raises(UserError, match="did you mean 'three-sheets'"):
        pictures.draw("three-sheet")


# The lessons.


@pytest.mark.parametrize("lesson", ALL)
def test_the_lesson_stores_the_present_quiz(lesson):
    """Pictures may differ by a bit between machines; everything else may not."""
    path = NOTEBOOKS[lesson]
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    asks = [c for c in cells if c["cell_type"] == "code" and "teaching.quiz(" in "".join(c["source"])]
    asked = [ast.literal_eval(re.search(r"quiz\((.*)\)", "".join(c["source"]))[1]) for c in asks]
    assert asked.count(lesson) == 1 and set(asked) <= {lesson, "museum"}
    cell = asks[asked.index(lesson)]
    (output,) = cell["outputs"]
    stored = without_pictures("".join(output["data"]["text/html"]))
    assert stored == without_pictures(ALL[lesson]._repr_html_()), f"{path.name}: python notebooks/quizzes.py"
    assert "".join(output["data"]["text/plain"]) == repr(ALL[lesson])


def test_storing_a_quiz_anew_changes_nothing_else(tmp_path):
    spec = importlib.util.spec_from_file_location("quizzes", ROOT / "notebooks" / "quizzes.py")
    quizzes = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(quizzes)
    stored = NOTEBOOKS["00"].read_text(encoding="utf-8")
    stale = tmp_path / NOTEBOOKS["00"].name
    notebook = json.loads(stored)
    for cell in notebook["cells"]:
        if "teaching.quiz(" in "".join(cell["source"]):
            cell["outputs"][0]["data"] = {"text/plain": ["an older quiz"]}
    stale.write_text(json.dumps(notebook), encoding="utf-8")
    assert quizzes.renew(stale) and not quizzes.renew(stale)
    assert without_pictures(stale.read_text(encoding="utf-8").replace('\\"', '"')) == without_pictures(
        stored.replace('\\"', '"')
    )


def test_everything_a_quiz_needs_is_in_the_package():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    patterns = settings["tool"]["setuptools"]["package-data"]["ganlab"]
    files = [path.relative_to(Path(ganlab.__file__).parent).as_posix() for path in QUIZZES.iterdir()]
    assert len(files) >= 5
    assert all(any(fnmatch.fnmatch(name, pattern) for pattern in patterns) for name in files)


def test_only_the_path_with_a_brake_arrives():
    ends = {name: path[-1].norm().item() for name, path in pictures.three_paths().items()}
    assert right("09/three-portraits") == [min(ends, key=ends.get)]
    assert re.findall(r"distance (\d\.\d\d)", ITEMS["09/three-portraits"].alt)[1:] == [
        f"{end:.2f}" for end in ends.values()
    ]


def test_the_saturating_pull_is_the_one_that_lets_go():
    found = pictures.two_pulls()
    torch.testing.assert_close(found["A"] + found["B"], found["theta"])
    top = found["A"].argmax()
    assert f"{found['A'][top]:.2f}" == "0.47" and abs(found["theta"][top] - 1.64) < 0.06
    assert found["A"][-1] < 0.02 and f"{found['B'][-1]:.2f}" == "5.99"
    assert right("06/two-pulls")[0].startswith("Curve A")


def test_the_labels_of_three_judges_show_where_the_bells_cross_and_at_the_far_end():
    found = pictures.three_labellings()
    cross = int((found["p"] - found["q"]).abs().argmin())
    assert [round(float(found[name][cross]), 3) for name in "ABC"] == [0.5, 0.25, 0.5]
    assert [round(float(found[name][-1]), 2) for name in "ABC"] == [0, 0, 0.33]
    for name, bugs in (("A", []), ("B", ["L0-8"]), ("C", ["L0-7", "L0-8"])):
        code, s = listing("L0").load(*bugs), torch.linspace(-6, 6, 1201)
        losses = [code.judgement(lambda x, c=c: c.expand_as(x), torch.ones(8, 1), -torch.ones(8, 1)) for c in s]
        best = float(s[torch.stack(losses).argmin()].sigmoid())
        assert best == pytest.approx(float(found[name][cross]), abs=0.003)
    assert right("15/three-labellings") == ["B"]


def test_the_best_of_three_judges_is_the_one_with_the_lowest_loss():
    found = pictures.three_judges()
    p, q = found["p"], found["q"]
    losses = {n: -(torch.xlogy(p, found[n]) + torch.xlogy(q, 1 - found[n])).sum().item() for n in "ABC"}
    assert right("05/three-judges") == [min(losses, key=losses.get)]
    assert found["B"][found["x"] == 1].item() == pytest.approx(0.5)


def test_the_best_allowed_critic_has_slope_one_and_the_value_of_w1():
    found = pictures.three_critics()
    values = {name: (real.mean() - fake.mean()).item() for name, (real, fake, _) in found.items()}
    steepest = {name: (curve.diff().abs() / 0.05).max().item() for name, (_, _, curve) in found.items()}
    allowed = [name for name in values if steepest[name] <= 1 + 1e-9]
    assert right("08/three-critics") == [f"Critic {max(allowed, key=values.get)}"]
    assert values["C"] == pytest.approx(2)
    assert re.findall(r"value is (\d\.\d\d)", ITEMS["08/three-critics"].alt) == [f"{v:.2f}" for v in values.values()]


def test_the_bell_that_covers_has_the_smaller_divergence():
    p, span = mixture([normal(-3.0), normal(3.0)]), (-16.0, 16.0)
    kl = {}
    for name, (mean, variance) in pictures.two_bells().items():
        q = normal(mean, variance**0.5)
        kl[name] = expectation(lambda x, q=q: p(x) - q(x), p, span).value
    assert right("07/two-bells")[0].lower().startswith(min(kl, key=kl.get).lower())


def test_the_cloud_of_three_clusters_is_precise_and_recalls_little():
    found = {name: manifold(points, faulty_points(copies=1.0)) for name, points in pictures.four_clouds().items()}
    assert [n for n, m in found.items() if m.precision > 0.9 and m.recall < 0.5] == right("13/four-clouds") == ["B"]
    assert found["A"].precision > 0.9 and found["A"].recall > 0.9
    assert found["C"].precision < 0.7 and found["C"].recall > 0.9
    assert max(found["D"].precision, found["D"].recall) < 0.7


def test_the_uneven_texture_of_period_two_is_that_of_kernel_three():
    found = pictures.three_textures()
    (counts,) = (name for name, image in found.items() if set(image.unique().tolist()) == {1.0, 2.0, 4.0}
                 and torch.equal(image[2:], image[:-2]) and torch.equal(image[:, 2:], image[:, :-2]))  # fmt: skip
    assert [counts] == right("16/three-textures")
    assert len(found["A"].unique()) == 1 and torch.equal(found["C"][3:], found["C"][:-3])


def test_the_run_that_knows_its_set_by_heart_is_the_one_where_unseen_data_score_like_fakes():
    chance = {}
    for run, scores in pictures.three_histograms().items():
        seen, unseen = scores["training"], scores["held-out"]
        chance[run] = (seen[:, None] > unseen).double().mean().item()
    assert right("12/three-histograms") == [max(chance, key=chance.get)]
    assert chance["B"] > 0.98 and abs(chance["A"] - 0.5) < 0.01 and abs(chance["C"] - 0.5) < 0.01


def test_r1_alone_is_the_d_that_is_level_at_the_real_point_and_steep_at_the_fake():
    r1, r2 = {}, {}
    for name, score in pictures.three_slopes().items():
        x = torch.tensor([0.0, 2.0], dtype=torch.float64, requires_grad=True)
        values = score(x)
        assert torch.allclose(values, torch.tensor([0.0, -3.0], dtype=torch.float64))
        slopes = torch.autograd.grad(values.sum(), x)[0].abs().tolist()
        r1[name], r2[name] = slopes
    assert right("32/three-slopes") == ["B"]
    assert r1["B"] == r1["C"] == r2["C"] == 0 and r2["B"] == max(r2.values()) and r1["A"] > 0


def test_the_numbers_of_lesson_32():
    same = torch.full((4,), 5.0)
    assert ITEMS["32/cannot-tell"].answer == pytest.approx(float(relativistic.discriminator(same, same)), abs=1e-4)
    assert ITEMS["32/floor"].answer == pytest.approx(even_floor(100)["kl"], abs=5e-5)
    critic, x = (lambda v: v.square().sum(1)), torch.rand(3, 2, generator=torch.Generator().manual_seed(0))
    whole, half = r1_penalty(critic, x), r1_penalty(lambda v: critic(2 * v), x / 2)
    assert ITEMS["32/other-units"].answer == pytest.approx((whole / half).item())


def test_the_generator_that_obeys_and_repeats_is_the_one_with_fidelity_and_no_diversity():
    wanted, eyes = torch.arange(6).repeat(3), load_features("digits")
    found = {}
    for name, images in pictures.three_requests().items():
        seen = eyes.features(images)
        spread = [value for value in class_diversity(seen, wanted, 6) if value is not None]
        found[name] = label_fidelity(eyes.classify(seen), wanted), sum(spread) / 6
    assert [n for n, (faithful, spread) in found.items() if faithful > 0.9 and spread < 1e-3] == right(
        "17/three-requests"
    )
    assert found["A"][0] > 0.9 and found["A"][1] > 0.5 and found["B"][0] < 0.4
