"""The patient chart: folds in the right order, and findings that are true of the code."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
import torch

from ganlab.errors import UserError
from ganlab.listings import listing, photos
from ganlab.listings.probes import seeded
from ganlab.teaching.patient_chart import CASES, Case, patient_chart


class Folds(HTMLParser):
    """The depth of each summary, and every tag."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.depth, self.summaries, self.tags = 0, [], set()
        self._open = False
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        self.depth += tag == "details"
        self._open = tag == "summary"
        if self._open:
            self.summaries.append([self.depth, ""])

    def handle_endtag(self, tag):
        self.depth -= tag == "details"
        if tag == "summary":
            self._open = False

    def handle_data(self, data):
        if self._open:
            self.summaries[-1][1] += data


@pytest.mark.parametrize("case", CASES, ids=[case.bug for case in CASES])
def test_findings_are_opened_one_behind_the_other_and_the_repair_last(case: Case) -> None:
    found = Folds(patient_chart([case.bug])._repr_html_())
    n = len(case.findings)
    assert found.summaries[:n] == [[k + 1, f"Finding {k + 1}"] for k in range(n)]
    assert found.summaries[n] == [n + 1, "Diagnosis: choose one"]
    assert [depth for depth, _ in found.summaries[n + 1 :]] == [n + 2] * (len(case.options) + 1)
    assert found.summaries[-1][1] == "The repair, and the assertion"
    assert found.depth == 0 and not found.tags & {"script", "link", "img"}


@pytest.mark.parametrize("case", CASES, ids=[case.bug for case in CASES])
def test_a_case_has_one_right_diagnosis_and_a_word_on_each(case: Case) -> None:
    right = [said.startswith("Right: ") for _, said in case.options]
    assert right == [True, False, False, False]
    bug = listing(case.bug[:2]).bug(case.bug)
    page, text = patient_chart([case.bug])._repr_html_(), " ".join(repr(patient_chart([case.bug])).split())
    assert "assert seen" in page and bug.changes[0].cure.splitlines()[0].split("(")[0] in page
    assert all(word in text for word in case.complaint.split("`")[0].split())


def test_the_right_answer_is_not_always_in_the_same_place() -> None:
    assert len({sorted(case.options).index(case.options[0]) for case in CASES}) > 2


def test_an_unknown_patient_is_told() -> None:
    with pytest.raises(UserError, match="unknown patient 'L3-44'"):
        patient_chart(["L3-44"])


def test_what_is_said_of_L3_is_true() -> None:
    """Buffers move and weights do not (patient 1); scores in thousands (patient 4)."""
    code = listing("L3").load("L3-4")
    with seeded(0):
        G, D = code.generator(), code.discriminator()
        before = {name: value.clone() for name, value in G.state_dict().items()}
        code.step(G, D, *code.optimisers(G, D), code.prepared(photos(4)))
        assert {n for n, v in G.state_dict().items() if not torch.equal(v, before[n])} == {
            n for n, _ in G.named_buffers()
        }
        assert all(p.grad is None for p in G.parameters())
        far = listing("L3").load("L3-3")
        scores = far.discriminator()(far.prepared(photos(1)))
        assert scores.numel() > 2000 and far.discriminator()(far.generator()(far.noise(2))).numel() == 2
