"""The benchmark compares like with like, and its figures are figures. No test looks at how fast anything is."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator

import pytest
import torch
from nursery import undo_process_settings
from torch import nn

from ganlab import data
from ganlab.errors import UserError
from ganlab.layers import UpsampleConv2d
from ganlab.training import build_model, stream
from ganlab.training.bench import BenchResult, _ItemByItem, _PlainLoop, _step_flops, benchmark


@pytest.fixture(autouse=True, scope="module")
def _process_as_it_was() -> Iterator[None]:
    yield
    undo_process_settings()


CARDS = {
    "gan": {"model": "gan", "shape": [1, 8, 8], "settings": {"latent": 3, "g_widths": [4], "d_widths": [4]}},
    "dcgan": {"model": "dcgan", "shape": [1, 8, 8], "settings": {"latent": 3, "width": 2, "upsampling": "nearest"}},
}


@pytest.fixture(scope="module")
def result() -> BenchResult:
    return benchmark(
        "gan", "digits", batch_size=16, size=None, settings=CARDS["gan"]["settings"], where="cpu",
        precision="float32", rounds=1,
    )  # fmt: skip


def test_every_figure_is_finite_and_positive(result: BenchResult):
    figures = {k: v for k, v in result.to_dict().items() if not isinstance(v, str)}
    assert len(figures) == 9
    assert all(math.isfinite(value) and value > 0 for value in figures.values()), figures


def test_the_figures_agree_with_each_other(result: BenchResult):
    assert result.ratio_low <= result.ratio <= result.ratio_high
    assert result.ratio == pytest.approx(result.images_per_second / result.plain_images_per_second)  # of one round
    assert result.share_in_data < 1 and result.plain_share_in_data < 1 and result.fraction_of_peak < 1


def test_the_report_for_people_and_the_one_for_programs_say_the_same(result: BenchResult):
    assert json.loads(json.dumps(result.to_dict())) == result.to_dict()
    assert "ratio to the plain loop" in result.text() and f"{result.ratio:.2f}" in result.text()
    assert result.text().startswith("gan on CPU")


def plain_loop(name: str) -> tuple[_PlainLoop, nn.Module]:
    model = build_model(CARDS[name])
    return _PlainLoop(model, data.load("digits"), 16, torch.device("cpu")), model


@pytest.mark.parametrize("name", CARDS)
def test_the_plain_loop_trains_the_same_networks(name: str):
    loop, model = plain_loop(name)
    for mine, theirs in ((model.G, loop.G), (model.D, loop.D)):
        assert {k: v.shape for k, v in mine.state_dict().items()} == {
            k: v.shape for k, v in theirs.state_dict().items()
        }
        assert all(torch.equal(a, b) for a, b in zip(mine.parameters(), theirs.parameters(), strict=True))
        assert not {p.data_ptr() for p in mine.parameters()} & {p.data_ptr() for p in theirs.parameters()}
    # The same functions, whichever way the layers compute them.
    z = model.noise(8, stream(0, "noise"))
    torch.testing.assert_close(loop.G.eval()(z), model.G.eval()(z))
    x = data.load("digits").floats(slice(8))
    torch.testing.assert_close(loop.D.eval()(x), model.D.eval()(x))
    assert not any(m.folded for m in loop.G.modules() if isinstance(m, UpsampleConv2d))


@pytest.mark.parametrize("name", CARDS)
def test_the_plain_loop_really_trains_both_and_leaves_our_model_alone(name: str, capsys):
    loop, model = plain_loop(name)
    ours = [p.clone() for p in model.parameters()]
    before = {id(p): p.clone() for network in (loop.G, loop.D) for p in network.parameters()}
    loop.steps(3)
    assert capsys.readouterr().out == ""
    for network in (loop.G, loop.D):
        assert any(not torch.equal(p, before[id(p)]) for p in network.parameters())
        assert all(torch.isfinite(p).all() for p in network.parameters())
    assert all(torch.equal(a, b) for a, b in zip(ours, model.parameters(), strict=True))


def test_the_plain_loop_sees_the_same_images_in_batches_of_the_same_size():
    digits = data.load("digits")
    items = _ItemByItem(digits)
    assert len(items) == len(digits)
    torch.testing.assert_close(torch.stack([items[i] for i in range(20)]), digits.floats(slice(20)))
    loop, _ = plain_loop("gan")
    assert {len(next(loop.stream)) for _ in range(len(digits) // 16 + 2)} == {16}


def test_operations_are_counted_from_the_layers():
    """Of the MLP: a product (N, a) x (a, b) is 2Nab; each network's passes are counted by hand."""
    model, n = build_model(CARDS["gan"]), 16
    g, d = 3 * 4 + 4 * 64, 64 * 4 + 4 * 1
    first_g, first_d = 3 * 4, 64 * 4
    forward = 2 * n * (g + 2 * d) + 2 * n * (g + d)  # D's step: G, then D on both halves; G's step: both once
    # Backward: D's step the weights of D (2N rows) and its inner inputs; G's step D's inputs, then G as usual.
    back_d = 2 * (2 * n) * (d + d - first_d)
    back_g = 2 * n * d + 2 * n * (g + g - first_g)
    assert _step_flops(model, n) == forward + back_d + back_g


def test_counting_operations_changes_nothing():
    model = build_model(CARDS["dcgan"])
    before = [v.clone() for v in model.state_dict().values()]
    _step_flops(model, 4)
    assert model.steps == 0 and all(torch.equal(a, b) for a, b in zip(before, model.state_dict().values(), strict=True))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"model": "gna"}, "unknown model 'gna': did you mean 'gan'"),
        ({"data": "ring"}, "bench times image models"),
        ({"data": "digitz"}, "unknown data set"),
        ({"batch_size": 10**6}, "digits has 1198 items"),
        ({"settings": {"latnt": 3}}, "unknown setting of gan"),
        ({"where": "gpu"}, "unknown device"),
        ({"precision": "float16"}, "unknown precision"),
    ],
    ids=str,
)
def test_what_does_not_fit_is_refused(change, says: str):
    values = {
        "model": "gan", "data": "digits", "batch_size": 16, "size": None, "settings": {}, "where": "cpu",
        "precision": "auto", "rounds": 1,
    } | change  # fmt: skip
    with pytest.raises(UserError, match=says):
        benchmark(**values)
