"""A discriminator that sees more than one sample: closed forms, and what must not leak from group to group."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from ganlab.errors import UserError
from ganlab.layers import MinibatchStd, couples_samples, minibatch_std, pack


def _rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


# Minibatch standard deviation.


def test_the_appended_number_is_the_mean_of_the_features_standard_deviations():
    x = torch.tensor([[0.0, 10.0], [2.0, 10.0], [0.0, 16.0], [2.0, 16.0]], dtype=torch.float64)
    out = minibatch_std(x, eps=0.0)  # stds over n: 1 and 3
    assert torch.equal(out[:, :2], x)
    assert torch.equal(out[:, 2], torch.full((4,), 2.0, dtype=torch.float64))


def test_of_an_image_all_positions_count_alike_and_a_constant_map_is_appended():
    x = torch.zeros(2, 3, 4, 4)
    x[1, 0, 0, 0] = 8.0  # std 4 at one of 48 places
    out = minibatch_std(x, eps=0.0)
    assert out.shape == (2, 4, 4, 4)
    torch.testing.assert_close(out[:, 3], torch.full((2, 4, 4), 4 / 48))


def test_a_collapsed_batch_reads_zero_and_has_a_finite_gradient():
    x = torch.ones(4, 3, requires_grad=True)
    out = minibatch_std(x)
    assert float(out[:, 3].detach().max()) <= 1.01e-4  # the square root of eps
    out.sum().backward()
    assert torch.isfinite(x.grad).all()


def test_groups_do_not_see_each_other():
    x = torch.randn(8, 5, generator=_rng())
    changed = x.clone()
    changed[4:] *= 100
    one, other = minibatch_std(x, 4), minibatch_std(changed, 4)
    assert torch.equal(one[:4], other[:4])
    assert not torch.equal(one[4:, 5], other[4:, 5])
    assert torch.equal(one[:4], minibatch_std(x[:4]))


def test_the_layer_is_the_function_and_its_gradient_is_exact():
    x = torch.randn(4, 2, 3, 3, generator=_rng(), dtype=torch.float64, requires_grad=True)
    assert torch.equal(MinibatchStd(2)(x), minibatch_std(x, 2))
    assert torch.autograd.gradcheck(lambda y: minibatch_std(y, 2), x)


def test_it_tells_a_collapsed_batch_from_a_spread_one_where_no_score_of_one_sample_can():
    """Fakes on one mode of a law of two: each fake alone is as good as real; the spread of the batch is 0, not 1."""
    real = torch.tensor([-1.0, 1.0]).repeat(8)[:, None]
    fake = torch.ones(16, 1)
    assert set(fake.flatten().tolist()) <= set(real.flatten().tolist())
    assert float(minibatch_std(real)[0, 1]) == pytest.approx(1.0, abs=1e-6)
    assert float(minibatch_std(fake)[0, 1]) == pytest.approx(0.0, abs=2e-4)


# Packing.


def test_a_pack_joins_neighbours_feature_by_feature():
    assert pack(torch.arange(8.0).reshape(4, 2), 2).tolist() == [[0, 1, 2, 3], [4, 5, 6, 7]]
    images = torch.randn(6, 1, 4, 4, generator=_rng())
    packed = pack(images, 3)
    assert packed.shape == (2, 3, 4, 4)
    assert torch.equal(packed[1, 2], images[5, 0])


def test_a_pack_of_one_is_the_batch_itself():
    x = torch.randn(5, 2)
    assert pack(x, 1) is x


def test_packs_of_independent_samples_follow_the_product_law():
    """A fair coin packed by two falls on four pairs alike; one that always shows one side falls on one.

    The total variation between q^2 and p^2 is 3/4 where it was 1/2 between q and p: PacGAN's whole point.
    """
    coin = torch.randint(0, 2, (40_000, 1), generator=_rng()).float()
    pairs = pack(coin, 2) @ torch.tensor([2.0, 1.0])
    shares = torch.bincount(pairs.long(), minlength=4) / len(pairs)
    torch.testing.assert_close(shares, torch.full((4,), 0.25), rtol=0, atol=4 * (0.25 * 0.75 / 20_000) ** 0.5)
    stuck = pack(torch.ones(40_000, 1), 2) @ torch.tensor([2.0, 1.0])
    collapsed = torch.bincount(stuck.long(), minlength=4) / len(stuck)
    assert float((shares - collapsed).abs().sum() / 2) == pytest.approx(0.75, abs=0.02)


@pytest.mark.parametrize(
    ("mistake", "word"),
    [(lambda: pack(torch.ones(5, 2), 2), "packed by 2"), (lambda: pack(torch.ones(4, 2), 0), "packed by 0"),
     (lambda: minibatch_std(torch.ones(6, 2), 4), "groups of 4"), (lambda: minibatch_std(torch.ones(6, 2), -1), "-1")],
)  # fmt: skip
def test_a_batch_that_does_not_divide_is_refused_in_one_sentence(mistake, word):
    with pytest.raises(UserError, match=word):
        mistake()


# What is asked of both.


@pytest.mark.parametrize("function", [lambda x: minibatch_std(x, 4), lambda x: pack(x, 2)], ids=["std", "pack"])
def test_several_seeds_at_once_give_what_each_gives_alone(function):
    x = torch.randn(3, 8, 2, generator=_rng())
    together = torch.func.vmap(function)(x)
    for i in range(3):
        torch.testing.assert_close(together[i], function(x[i]))


def test_which_networks_couple_their_samples():
    assert couples_samples(nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2)))
    assert couples_samples(nn.Sequential(nn.Sequential(MinibatchStd(4)), nn.Linear(3, 1)))
    assert not couples_samples(nn.Sequential(nn.Linear(2, 2), nn.Dropout(0.1)))
