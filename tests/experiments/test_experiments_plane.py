"""The GAN of the plane: who moves when, the same bits again, and runs that can be read back."""

from __future__ import annotations

import base64
import itertools
import json

import numpy as np
import pytest
import torch

from ganlab.errors import UserError
from ganlab.experiments import read
from ganlab.experiments.plane import RUNS, PlaneConfig, PlaneGAN, frame_steps, plane_film, plane_frames


def halves(gan: PlaneGAN) -> tuple[torch.Tensor, torch.Tensor]:
    weights = gan.weights().clone()
    of_g = sum(p.numel() for p in gan.G.parameters())
    return weights[:of_g], weights[of_g:]


@pytest.mark.parametrize("name", RUNS)
def test_a_step_of_one_player_leaves_the_other(name):
    gan = PlaneGAN(name)
    g0, d0 = halves(gan)
    gan.step_d()
    g1, d1 = halves(gan)
    assert torch.equal(g0, g1) and not torch.equal(d0, d1)
    gan.step_g()
    g2, d2 = halves(gan)
    assert not torch.equal(g1, g2) and torch.equal(d1, d2)
    assert (gan.steps_d, gan.steps_g) == (1, 1)


def test_the_same_steps_give_the_same_bits_also_after_a_restart():
    one, two = PlaneGAN("relativistic"), PlaneGAN("relativistic")
    torch.rand(3)  # the global generator is nobody's business here
    for gan in (one, two):
        for _ in range(3):
            gan.step()
    assert torch.equal(one.weights(), two.weights())
    one.restart()
    for _ in range(3):
        one.step()
    assert torch.equal(one.weights(), two.weights())


def test_drawing_a_frame_changes_nothing():
    seen, unseen = PlaneGAN("wasserstein"), PlaneGAN("wasserstein")
    for _ in range(2):
        seen.frame()
        seen.step()
        unseen.step()
    assert torch.equal(seen.weights(), unseen.weights())
    assert seen.frame().step == 2


def test_the_penalty_is_part_of_the_discriminators_step():
    free, bound = (PlaneGAN(PlaneConfig("wasserstein", "gp", weight)) for weight in (0.0, 10.0))
    for gan in (free, bound):
        gan.step_d()
    assert not torch.equal(free.weights(), bound.weights())


def test_a_film_keeps_the_frames_that_were_asked_for():
    gan = PlaneGAN()
    assert [frame.step for frame in plane_film(gan, [0, 2, 5])] == [0, 2, 5]
    with pytest.raises(UserError, match="at step 5 already"):
        plane_film(gan, [4])


def test_a_short_training_brings_points_to_the_ring():
    gan = PlaneGAN("non-saturating")
    start, end = plane_film(gan, [0, 250])
    radii = [frame.fake.norm(dim=1) for frame in (start, end)]
    assert (radii[1] - 1).abs().mean() < 0.5 * (radii[0] - 1).abs().mean()


@pytest.mark.parametrize(
    ("config", "words"),
    [("hinges", "run"), (PlaneConfig("hinges"), "objective"), (PlaneConfig(penalty="gpp"), "penalty"),
     (PlaneConfig(penalty="clip"), "penalty"), (PlaneConfig(width=0), "positive")],
)  # fmt: skip
def test_one_sentence_for_what_does_not_exist(config, words):
    with pytest.raises(UserError, match=words):
        PlaneGAN(config)


@pytest.mark.parametrize(("count", "last"), [(4, 20), (40, 2000), (2, 1)])
def test_frames_rise_from_the_first_step_to_the_last(count, last):
    steps = frame_steps(count, last)
    assert len(steps) == count and steps[0] == 0 and steps[-1] == last
    assert all(b > a for a, b in itertools.pairwise(steps))


def test_a_recorded_run_can_be_read_back(tmp_path):
    found = plane_frames(tmp_path, seed=3, size="small")
    assert set(found) == set(RUNS)
    for name in RUNS:
        text = (tmp_path / f"{name}.js").read_text()
        run = json.loads(text[text.index("push(") + 5 : text.rindex(")")])
        weights = np.frombuffer(base64.b64decode(run["weights"]), "<f2").reshape(len(run["steps"]), -1)
        gan = PlaneGAN(PlaneConfig(**run["config"]))
        for frame, step in zip(weights, run["steps"], strict=True):
            while gan.steps_g < step:
                losses = gan.step()
            assert np.allclose(frame, gan.weights().numpy(), atol=2e-3)
        assert run["config"]["seed"] == 3 and run["steps"] == [0, 3, 7, 20]
        assert run["losses"][0] == [None, None]
        assert run["losses"][-1] == pytest.approx(losses, abs=1e-3)
    rows = read(tmp_path / "records.jsonl")
    assert {row["name"] for row in rows} == {f"plane-{name}" for name in RUNS}
    assert all(row["size"] == "small" and row["values"]["frames"] == 4 for row in rows)
