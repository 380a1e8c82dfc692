"""The recorded studies are those of this code: same settings, all seeds, a commit; and they reach what was set out."""

from __future__ import annotations

import pytest

from ganlab.experiments import mixtures
from ganlab.experiments.tables import recorded, summary

STUDIES = {
    "plane-benchmark": mixtures.benchmark,
    "plane-capacity": mixtures.capacities,
    "plane-collapse": mixtures.cures,
    "plane-data": mixtures.data_sizes,
    "plane-remedies": mixtures.remedies,
}


@pytest.mark.parametrize("name", STUDIES)
def test_the_rows_are_those_of_the_variants(name):
    """A study whose settings were changed must be recorded anew: ``ganlab experiment run`` it."""
    rows, variants = recorded(name), {variant.name: variant for variant in STUDIES[name]()}
    assert {row["name"] for row in rows} == set(variants)
    for row in rows:
        assert row["config"] == mixtures.sized(variants[row["name"]], row["size"]).described(), row["name"]
        assert row["commit"] and not row["commit"].endswith("-dirty")
    for variant in variants:
        assert sorted(row["seed"] for row in rows if row["name"] == variant) == list(range(10))


@pytest.mark.parametrize("law", ["ring", "grid"])
def test_the_recipe_reaches_its_goal(law):
    """All modes by both counts on nine seeds of ten, high quality of 95 % and a divergence of 0.05 on average."""
    (best,) = (line for line in summary(recorded("plane-benchmark")) if line.name == f"{law}-best")
    lax = [row["values"]["modes"] for row in recorded("plane-benchmark") if row["name"] == f"{law}-best"]
    assert best.n == 10 and sum(count == best.config["modes"] for count in lax) >= 9
    assert best.mean["complete"] >= 0.9 and best.mean["quality"] >= 0.95 and best.mean["kl"] <= 0.05
