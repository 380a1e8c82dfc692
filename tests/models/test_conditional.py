"""Models that are told a class, or find one: the projection logit, what G and D know of y, the bound of InfoGAN."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from smallest import labels, small
from torch import Tensor, nn
from torch.nn.functional import one_hot

from ganlab import data
from ganlab.errors import UserError
from ganlab.models import MODELS, Model
from ganlab.models.cgan import ConcatDiscriminator, ProjectionDiscriminator
from ganlab.models.infogan import category_bound, number_bound
from ganlab.objectives import OBJECTIVES
from ganlab.training import Monitor, TrainConfig, TrainedGenerator, Trainer

CONDITIONS = ["concat", "projection"]
SHAPES = [(1, 8, 8), (3, 8, 8), (2,)]


def _rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def _items(n: int, shape: tuple[int, ...] = (1, 8, 8), seed: int = 5) -> Tensor:
    return torch.rand(n, *shape, generator=_rng(seed)) * 2 - 1


class Source:
    """Batches of six with the classes 0, 1, 2, 0, 1, 2."""

    def __init__(self, shape: tuple[int, ...] = (1, 8, 8)) -> None:
        self.shape, self.taken = shape, 0

    def __next__(self) -> tuple[Tensor, Tensor]:
        self.taken += 1
        return _items(6, self.shape, self.taken), labels(6)


# The logit.


def test_the_projection_logit_on_given_numbers():
    """phi = x; psi(x) = 2 x_1 + 1; v_0 = (1, 0), v_1 = (0, -3): by hand."""
    d = ProjectionDiscriminator(nn.Identity(), nn.Linear(2, 1), 2)
    with torch.no_grad():
        d.psi.weight.copy_(torch.tensor([[2.0, 0.0]]))
        d.psi.bias.fill_(1.0)
        d.v.weight.copy_(torch.tensor([[1.0, 0.0], [0.0, -3.0]]))
    x = torch.tensor([[0.5, 4.0], [0.5, 4.0], [-1.0, 1.0]])
    assert d(x, torch.tensor([0, 1, 1])).tolist() == [2 + 0.5, 2 - 12, -1 - 3]


def test_for_gaussian_classes_of_one_width_the_best_logit_is_a_projection_exactly():
    """log p(x|y) - log q(x|y), p = N(m_y, 1), q = N(0, 1): the two densities against v_y = m_y and psi_y = -m_y^2/2."""
    means = torch.tensor([[2.0, 0.0], [-1.0, 1.0]], dtype=torch.float64)
    d = ProjectionDiscriminator(_WithOne(), nn.Linear(3, 1, bias=False), 2).double()
    with torch.no_grad():
        d.psi.weight.zero_()
        d.v.weight.copy_(torch.cat([means, -means.square().sum(1, keepdim=True) / 2], 1))
    x, y = torch.randn(50, 2, generator=_rng(), dtype=torch.float64), torch.arange(50) % 2
    one = torch.ones(2, dtype=torch.float64)
    p, q = torch.distributions.Normal(means[y], one), torch.distributions.Normal(0 * x, one)
    torch.testing.assert_close(d(x, y), (p.log_prob(x) - q.log_prob(x)).sum(1))


class _WithOne(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([x, torch.ones_like(x[:, :1])], 1)


def test_concatenation_hands_d_the_one_hot_class_as_channels():
    seen: list[Tensor] = []

    class Spy(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            seen.append(x)
            return x.flatten(1).sum(1)

    ConcatDiscriminator(Spy(), 3)(_items(2), torch.tensor([2, 0]))
    assert seen[0].shape == (2, 4, 8, 8) and torch.equal(seen[0][:, :1], _items(2))
    assert seen[0][:, 1:].mean((2, 3)).tolist() == [[0, 0, 1], [1, 0, 0]]


def test_joined_before_a_last_linear_layer_the_class_could_not_meet_the_item():
    """Why it is joined at the input: s(x, y) - s(x, y') would not depend on x. Ours does, either way."""
    head = nn.Linear(64 + 3, 1)

    def late(x: Tensor, y: Tensor) -> Tensor:
        return head(torch.cat([x.flatten(1), one_hot(y, 3).float()], 1)).squeeze(1)

    def gaps(d: Any) -> Tensor:
        return d(_items(9), torch.ones(9, dtype=torch.int64)) - d(_items(9), torch.zeros(9, dtype=torch.int64))

    assert float(gaps(late).std().detach()) < 1e-6
    for condition in CONDITIONS:
        d = small("cgan", condition=condition, width=8).D
        assert float(gaps(d).std().detach()) > 1e-5


@pytest.mark.parametrize("condition", CONDITIONS)
@pytest.mark.parametrize("shape", SHAPES)
def test_each_score_depends_on_its_own_item_and_its_own_class_alone(condition: str, shape: tuple[int, ...]):
    model = small("cgan", condition=condition, shape=shape).double()
    x, y = _items(6, shape).double(), labels(6)
    before = model.D(x, y)
    assert before.shape == (6,)
    other = y.clone()
    other[2] = 0
    assert ((model.D(x, other) - before).abs() > 1e-9).tolist() == [False, False, True, False, False, False]
    x[4] *= 0.5
    assert ((model.D(x, y) - before).abs() > 1e-9).tolist() == [False, False, False, False, True, False]


# The code.


@pytest.mark.parametrize("name", ["cgan", "acgan", "infogan"])
def test_the_marginals_of_the_code_are_normal_uniform_and_uniform(name: str):
    model, n = small(name), 3000
    code = model.noise(n, _rng())
    z, y = code[:, :4], code[:, 4:7]
    assert abs(float(z.mean())) < 4 / (4 * n) ** 0.5 and abs(float(z.var()) - 1) < 4 * (2 / (4 * n)) ** 0.5
    assert torch.equal(y.sum(1), torch.ones(n)) and set(y.unique().tolist()) == {0.0, 1.0}
    assert float((y.mean(0) - 1 / 3).abs().max()) < 4 * (2 / 9 / n) ** 0.5
    numbers = code[:, 7:]
    assert numbers.shape[1] == (2 if name == "infogan" else 0)
    if name == "infogan":
        assert float(numbers.abs().max()) <= 1 and float(numbers.mean().abs()) < 4 * (1 / 3 / (2 * n)) ** 0.5
        assert float(numbers.var()) == pytest.approx(1 / 3, abs=0.02)
    assert torch.equal(model.asked(code), y.argmax(1))


@pytest.mark.parametrize("name", ["cgan", "acgan", "infogan"])
def test_codes_for_given_classes_ask_for_them_with_the_noise_of_the_same_generator(name: str):
    model, y = small(name), labels(7)
    asked = model.noise(7, _rng(2), y)
    assert torch.equal(model.asked(asked), y)
    assert torch.equal(asked[:, :4], torch.randn(7, 4, generator=_rng(2)))
    assert torch.equal(model.code(asked[:, :4], y)[:, :7], asked[:, :7])


def test_a_code_without_numbers_is_noise_and_category():
    model = small("infogan", numbers=0)
    code = model.noise(5, _rng())
    assert code.shape == (5, 7) and torch.equal(code[:, :4], torch.randn(5, 4, generator=_rng()))


@pytest.mark.parametrize("name", ["cgan", "acgan", "infogan"])
def test_samples_of_a_class_share_their_noise_with_those_of_another(name: str):
    model = small(name)
    model.G = nn.Identity()
    generator = TrainedGenerator(model.eval(), {})
    ones, free = generator.sample(20, seed=3, labels=1), generator.sample(20, seed=3)
    assert model.asked(ones).tolist() == [1] * 20
    assert torch.equal(ones[:, :4], free[:, :4]) and torch.equal(ones[:, 7:], free[:, 7:])
    assert torch.equal(generator.sample(35, seed=3)[:20], free), "a larger number begins with the same ones"
    each = labels(20)
    assert torch.equal(model.asked(generator.sample(20, seed=3, labels=each)), each)


@pytest.mark.parametrize(
    ("asked", "word"),
    [
        (3, "0 to 2"), (-1, "0 to 2"), (torch.tensor([0, 1, 3]), "0 to 2"), (torch.tensor([0, 1]), "int64"),
        (torch.tensor([0.0, 1.0, 2.0]), "int64"),
    ],
)  # fmt: skip
def test_a_class_that_there_is_not_is_refused_in_one_sentence(asked: Any, word: str):
    with pytest.raises(UserError, match=word) as caught:
        TrainedGenerator(small("cgan").eval(), {}).sample(3, labels=asked)
    assert "\n" not in str(caught.value)


# The step.


class Recorder(nn.Module):
    """Stands before a network and keeps what it was given."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network, self.seen = network, []

    def forward(self, *inputs: Tensor) -> Tensor:
        self.seen.append(tuple(t.detach().clone() for t in inputs))
        return self.network(*inputs)


@pytest.mark.parametrize("condition", CONDITIONS)
@pytest.mark.parametrize("penalty", ["none", "gp", "r1+r2"])
def test_each_pass_through_d_is_told_the_classes_of_the_items_it_sees(condition: str, penalty: str):
    """Real items with theirs, fakes with those they were made for; the halves of a joined batch alike."""
    model = small("cgan", "relativistic", penalty, condition=condition)
    model.G, model.D = Recorder(model.G), Recorder(model.D)
    model.place(torch.device("cpu"))
    model.step(Source(), _rng())
    assert [model.asked(code).tolist() for (code,) in model.G.seen] == [labels(6).tolist()]
    assert len(model.D.seen) >= 3
    for x, y in model.D.seen:
        assert y.tolist() == labels(6).tolist() * (len(x) // 6)


def test_ac_gans_losses_are_the_games_plus_the_cross_entropies():
    model = small("acgan", lr=1e-12, class_weight=0.5)
    real, y = _items(6, seed=1), labels(6)
    with torch.no_grad():
        fake = model.G(model.noise(6, _rng(), y))
        (s, c), (s_fake, c_fake) = model.D.both(real), model.D.both(fake)
        log_p = [torch.log_softmax(logits, 1)[torch.arange(6), y].mean() for logits in (c, c_fake)]
    found = model.step(Source(), _rng())
    plain = OBJECTIVES["non-saturating"]
    torch.testing.assert_close(found["class_D"], -log_p[0] - log_p[1])
    torch.testing.assert_close(found["loss_D"], plain.discriminator(s, s_fake) - 0.5 * (log_p[0] + log_p[1]))
    torch.testing.assert_close(found["loss_G"], plain.generator(None, s_fake) - 0.5 * log_p[1])


def test_infogans_losses_are_the_games_minus_the_bound_on_the_code_of_the_fakes():
    model = small("infogan", lr=1e-12, info_weight=0.5, number_weight=0.25)
    code = model.noise(6, _rng())
    with torch.no_grad():
        fake, real = model.G(code), _items(6, seed=1)
        guess = model.Q(model.D.layers(fake).flatten(1))
        bound = 0.5 * category_bound(guess[:, :3], model.asked(code)) + 0.25 * number_bound(guess[:, 3:], code[:, 7:])
        s, s_fake = model.D(real), model.D(fake)
    found = model.step(Source(), _rng())
    plain = OBJECTIVES["non-saturating"]
    torch.testing.assert_close(found["information"], bound)
    torch.testing.assert_close(found["loss_D"], plain.discriminator(s, s_fake) - bound)
    torch.testing.assert_close(found["loss_G"], plain.generator(None, s_fake) - bound)


def test_infogan_looks_at_no_label():
    class Unlabelled(Source):
        def __next__(self) -> tuple[Tensor, Any]:
            return super().__next__()[0], None

    weights = []
    for source in (Source(), Unlabelled()):
        model = small("infogan")
        for _ in range(2):
            model.step(source, _rng())
        weights.append(torch.cat([p.detach().flatten() for p in model.parameters()]))
    assert torch.equal(*weights)


# The bound.


@pytest.mark.parametrize("error", [0.0, 0.1, 0.75])
def test_the_bound_is_the_mutual_information_where_q_is_the_posterior_and_less_elsewhere(error: float):
    """A symmetric channel over four symbols: I = ln 4 - H, with H the entropy of its noise."""
    k = 4
    channel = torch.full((k, k), error / (k - 1), dtype=torch.float64)
    channel.fill_diagonal_(1 - error)
    law = channel / k  # of the code and what is seen
    information = math.log(k) + sum(p * math.log(p) for p in channel[0].tolist() if p > 0)

    def bound(q: Tensor) -> float:
        """The mean over the joint law, each pair (c, seen) as often as it comes."""
        pairs = [(c, x, float(law[c, x])) for c in range(k) for x in range(k) if law[c, x] > 0]
        return sum(p * float(category_bound(q[x].log().clamp(min=-1e4)[None], torch.tensor([c]))) for c, x, p in pairs)

    assert bound(channel.T) == pytest.approx(information, abs=1e-9)
    rng = _rng(4)
    for _ in range(5):
        q = torch.rand(k, k, generator=rng, dtype=torch.float64) + 0.05
        assert bound(q / q.sum(1, keepdim=True)) < information


def test_the_bound_of_a_guess_that_knows_nothing_is_zero():
    assert float(category_bound(torch.zeros(8, 10), torch.arange(8))) == pytest.approx(0, abs=1e-6)


def test_the_bound_of_numbers_is_the_gaussian_one():
    """-E (c - mu)^2 / 2 - ln(2 pi) / 2 + ln 2 a number: by a distribution's own log density."""
    numbers, means = _items(50, (2,)), _items(50, (2,), 9)
    log_q = torch.distributions.Normal(means, 1.0).log_prob(numbers).sum(1).mean()
    torch.testing.assert_close(number_bound(means, numbers), log_q + 2 * math.log(2))


# The trainer and the monitor.


@pytest.fixture(scope="module")
def digits() -> data.ImageData:
    loaded = data.load("digits")
    assert isinstance(loaded, data.ImageData)
    return loaded


TINY = TrainConfig(batch_size=16, log_every=1)


def _trainer(model: Model, items: data.ImageData | data.PointData, **options: Any) -> Trainer:
    return Trainer(model, items, TINY, where="cpu", threads=1, **options)


@pytest.mark.parametrize("name", ["cgan", "acgan"])
def test_data_without_labels_or_with_others_are_refused(name: str, digits: data.ImageData):
    with pytest.raises(UserError, match="no labels"):
        _trainer(small(name, classes=10), data.ImageData("mine", digits.images))
    with pytest.raises(UserError, match="built for 3 classes"):
        _trainer(small(name, classes=3), digits)


@pytest.mark.parametrize("name", ["cgan", "acgan", "infogan"])
def test_a_watched_run_scores_held_out_items_under_their_own_classes(name: str, digits: data.ImageData):
    held_out = data.load("digits", "test")
    trainer = _trainer(small(name, classes=10, lr=1e-12), digits, hooks=[Monitor(held_out, probes=32)])
    row = trainer.run(1, progress=False)[-1]
    order = torch.randperm(len(held_out), generator=_stream("monitor held_out"))[:32]
    x, y = held_out.floats(order), held_out.labels[order]
    wanted = trainer.model.D(x, y) if name == "cgan" else trainer.model.D(x)
    assert row["logit_held_out"] == pytest.approx(float(wanted.detach().mean()), abs=1e-5)
    assert "logits" in row and row["spread"] > 0


def _stream(purpose: str) -> torch.Generator:
    from ganlab.training import stream

    return stream(TINY.seed, purpose)


def test_a_conditional_d_gives_no_score_without_classes():
    with pytest.raises(UserError, match="give labels"):
        small("cgan").scores(_items(4), _rng())


def test_points_with_labels_train_too():
    ring = data.load("ring")
    model = small("cgan", shape=(2,), classes=8)
    trainer = _trainer(model, ring)
    trainer.run(2, progress=False)
    assert trainer.sample(5, labels=torch.tensor([0, 1, 2, 3, 7])).shape == (5, 2)


@pytest.mark.parametrize(
    ("name", "settings", "word"),
    [
        ("cgan", {"condition": "late"}, "condition"), ("cgan", {"widths": ()}, "widths"),
        ("acgan", {"class_weight": -1.0}, "class_weight"), ("infogan", {"categories": 1}, "categories"),
        ("infogan", {"numbers": -1}, "numbers"), ("infogan", {"info_weight": float("nan")}, "info_weight"),
    ],
)  # fmt: skip
def test_values_out_of_range_are_refused_by_name(name: str, settings: dict[str, Any], word: str):
    with pytest.raises(UserError, match=word):
        MODELS[name].Config(**settings)
