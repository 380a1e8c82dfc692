"""The score card: verdicts by the floor, a perfect sampler, and each fault seen in the dimension it belongs to."""

from __future__ import annotations

import json

import pytest
import torch

from ganlab.data import mixtures
from ganlab.errors import UserError
from ganlab.metrics import Floor, Interval
from ganlab.metrics.card import Card, Line, shown
from ganlab.metrics.dimensions import Evidence, measure
from ganlab.metrics.generic import fit_components


def _rng(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


FLOOR = Floor((0.9, 1.0, 1.1), half=0.2)


@pytest.mark.parametrize(
    ("value", "reach", "aim", "verdict", "worse"),
    [
        (1.1, 0.01, "low", "like real data", False),
        (1.5, 0.1, "low", "above", True),
        (1.5, 0.5, "low", "perhaps above", True),
        (9.0, 0.1, "low", "far: above", True),
        (0.5, 0.1, "low", "below", False),
        (0.5, 0.1, "high", "below", True),
        (1.5, 0.1, "high", "above", False),
        (0.5, 0.1, "level", "below", True),
        (1.5, 0.1, "level", "above", True),
    ],
)
def test_the_verdict_is_where_the_value_lies_beside_the_floor(value, reach, aim, verdict, worse):
    interval = Interval(value, value - reach, value + reach, "")
    line = Line("k", "name", "detail", interval, FLOOR, aim, "below", "above", 9, 9)
    assert (line.verdict, line.worse) == (verdict, worse)
    assert line.beyond == pytest.approx((value - 1) / 0.2)


def test_numbers_are_shown_with_three_digits():
    assert [shown(x) for x in (0, 12345.6, 123.4, 12.34, 1.234, 0.1234, 0.00123, -0.5)] == [
        "0", "12346", "123", "12.3", "1.23", "0.123", "0.0012", "-0.500",
    ]  # fmt: skip


LAW = mixtures.ring()


def _points(n: int, seed: int) -> torch.Tensor:
    return LAW.sample(n, _rng(seed))[0]


REAL, TRAIN = _points(6000, 0), _points(4000, 1)


def _card(generated: torch.Tensor) -> Card:
    evidence = Evidence(generated, REAL, copying=(generated, TRAIN, REAL), law=(generated, LAW))
    return Card("g", "r", "points", measure(evidence), ("a note",))


@pytest.fixture(scope="module")
def perfect() -> Card:
    return _card(_points(2500, 2))


def test_a_perfect_sampler_is_like_real_data_nearly_everywhere(perfect):
    assert sum(line.worse for line in perfect.lines) <= 3  # 16 correlated lines at about 5 % each
    assert not any(line.verdict.startswith("far") for line in perfect.lines)
    assert {line.dimension for line in perfect.lines} == {"distribution", "noise and bias", "diversity", "memorisation"}


def test_a_copier_is_seen_by_memorisation_and_by_nothing_else():
    card = _card(TRAIN[:2500])
    assert card["copies"].interval.value == 1 and card["copies"].worse and card["nearer"].worse
    assert not card["frechet"].worse and not card["coverage"].worse and not card["modes"].worse


def test_a_missing_mode_is_seen_by_diversity_and_not_by_precision():
    points, labels = LAW.sample(3000, _rng(3))
    card = _card(points[labels != 0][:2500])
    assert card["modes"].interval.value == 7
    assert all(card[key].worse for key in ("recall", "coverage", "ndb", "modes", "groups", "mode_kl", "frechet"))
    assert not card["precision"].worse and not card["quality"].worse


def test_noise_is_seen_by_precision_and_two_dozen_points_repeated_by_near_duplicates():
    noisy = _card(_points(2500, 4) + 0.04 * torch.randn(2500, 2, generator=_rng(5)))
    assert noisy["precision"].worse and noisy["quality"].worse and not noisy["modes"].worse
    few = _card(_points(24, 6)[torch.randint(24, (2500,), generator=_rng(7))])
    assert few["near"].verdict == "far: repeats itself" and few["coverage"].worse


def test_images_that_are_blurred_or_noisy_are_told_so():
    real = torch.randn(1000, 1, 16, 16, generator=_rng(8)).clamp(-3, 3) / 3
    fresh = torch.randn(400, 1, 16, 16, generator=_rng(9)).clamp(-3, 3) / 3
    blurred = torch.nn.functional.avg_pool2d(fresh, 3, 1, 1)
    basis = fit_components(real, 10)
    for images, verdict in (
        (fresh, "like real data"),
        (blurred, "far: blurred"),
        (1.5 * fresh, "far: noisy or too sharp"),
    ):
        lines = {line.key: line for line in measure(Evidence(basis(images), basis(real), images=(images, real)))}
        assert lines["fine"].verdict == verdict
        assert lines["spectrum"].worse == lines["patches"].worse == (verdict != "like real data")


def test_one_picture_a_class_is_seen_within_classes_and_swapped_shares_by_the_shares():
    labels_real = torch.arange(3).repeat(400)
    real = 9 * torch.nn.functional.one_hot(labels_real, 3) + torch.randn(1200, 3, generator=_rng(10))
    labels = torch.arange(3).repeat(200)
    for spread, many in ((0.01, labels), (1.0, torch.zeros(600, dtype=torch.long))):
        fake = 9 * torch.nn.functional.one_hot(many, 3) + spread * torch.randn(600, 3, generator=_rng(11))
        lines = {line.key: line for line in measure(Evidence(fake, real, labels=(many, labels_real, 3)))}
        assert lines["class_spread"].worse == (spread < 1)
        assert lines["classes"].worse == (spread == 1)


def test_the_card_is_plain_data_and_its_text_has_every_line(perfect):
    values = perfect.to_dict()
    assert json.loads(json.dumps(values, allow_nan=False)) == values
    text = perfect.text()
    for line in perfect.lines:
        assert line.name in text and line.dimension.upper() in text
    assert "a note" in text and perfect["kid"].key == "kid"
    with pytest.raises(KeyError):
        perfect["no such"]


def test_too_few_samples_are_refused():
    for generated, real in ((99, 6000), (500, 199)):
        with pytest.raises(UserError, match="too few for a report"):
            measure(Evidence(_points(generated, 0), REAL[:real]))


def test_components_of_a_narrow_table_are_its_standardised_columns():
    x = torch.randn(500, 3, generator=_rng(12)) * torch.tensor([1.0, 100.0, 0.0]) + 5
    made = fit_components(x, 40)(x)
    torch.testing.assert_close(made.std(dim=0), torch.tensor([1.0, 1.0, 0.0]), atol=1e-4, rtol=1e-4)
    assert made.shape == (500, 3)


def test_components_and_the_remainder_keep_every_length():
    x = torch.randn(600, 1, 8, 8, generator=_rng(13))
    basis = fit_components(x, 10)
    made = basis(x) * basis.spread
    centred = x.flatten(1) - x.flatten(1).mean(dim=0)
    assert basis.dim == 10
    torch.testing.assert_close(made.square().sum(dim=1), centred.square().sum(dim=1), rtol=1e-3, atol=1e-3)


def test_noise_outside_of_the_components_is_not_lost():
    # Real data on a line in 30 dimensions: the first component has it all, and the remainder is nought.
    x = torch.randn(600, 1, generator=_rng(14)) @ torch.randn(1, 30, generator=_rng(15))
    basis = fit_components(x.view(600, 1, 5, 6), 3)
    off = x + torch.randn(600, 30, generator=_rng(16))
    assert (
        basis(x.view(600, 1, 5, 6))[:, -1].max() < 0.1 < 1 < basis(off.view(600, 1, 5, 6))[:, -1].min() * basis.spread
    )


def test_a_generator_that_draws_one_point_gets_a_whole_card_and_equal_real_data_a_sentence():
    card = _card(_points(1, 17).expand(500, 2))
    assert card["coverage"].worse and card["near"].worse and card["modes"].worse and card["spread"].interval.value == 0
    with pytest.raises(UserError, match="all real samples are equal"):
        measure(Evidence(REAL[:500], torch.zeros(500, 2)))
