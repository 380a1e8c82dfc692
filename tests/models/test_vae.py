"""VAE: the bound against exact evidence, KL and likelihoods against a library, and no D anywhere."""

from __future__ import annotations

import math

import pytest
import torch
from smallest import IMAGES, small
from torch import Tensor
from torch.distributions import Bernoulli, Independent, LowRankMultivariateNormal, Normal, kl_divergence

from ganlab.errors import UserError
from ganlab.models import MODELS
from ganlab.models.vae import VAE, VAEConfig, kl_to_standard_normal


def _rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def _batch(n: int = 6, seed: int = 1) -> Tensor:
    return torch.rand(n, *IMAGES, generator=_rng(seed)) * 2 - 1


def test_the_kl_is_that_of_torch_distributions():
    mean, log_variance = torch.randn(2, 50, 7, generator=_rng())
    q = Independent(Normal(mean, (log_variance / 2).exp()), 1)
    p = Independent(Normal(torch.zeros(50, 7), torch.ones(50, 7)), 1)
    torch.testing.assert_close(kl_to_standard_normal(mean, log_variance), kl_divergence(q, p))
    assert torch.equal(kl_to_standard_normal(torch.zeros(2, 3), torch.zeros(2, 3)), torch.zeros(2))


def test_the_likelihoods_are_those_of_torch_distributions():
    x, z = _batch(), torch.randn(6, 4, generator=_rng())
    bernoulli, gaussian = small("vae"), small("vae", likelihood="gaussian", noise=0.3)
    p = Independent(Bernoulli(logits=bernoulli.G.parameter(z), validate_args=False), 3)
    torch.testing.assert_close(bernoulli.log_likelihood(x, z), p.log_prob((x + 1) / 2))
    torch.testing.assert_close(gaussian.log_likelihood(x, z), Independent(Normal(gaussian.G(z), 0.3), 3).log_prob(x))
    torch.testing.assert_close((bernoulli.G(z) + 1) / 2, bernoulli.G.parameter(z).sigmoid())


# Linear and Gaussian: log p(x) = log N(x; b, W W' + noise^2 I) is known, and so is the best q(z|x).


def _linear(dimensions: int = 2, latent: int = 1, noise: float = 0.5) -> VAE:
    """A linear VAE in float64 whose decoder has orthogonal columns, so that the true posterior is diagonal."""
    config = VAEConfig(latent=latent, widths=(), likelihood="gaussian", noise=noise)
    model = VAE((dimensions,), config, seed=2).double()
    columns = torch.linalg.qr(torch.randn(dimensions, latent, generator=_rng(3), dtype=torch.float64)).Q
    with torch.no_grad():
        model.G.layers[0].weight.copy_(columns * torch.linspace(1, 2, latent, dtype=torch.float64))
        model.G.layers[0].bias.copy_(torch.linspace(-1, 1, dimensions, dtype=torch.float64))
    return model


def _evidence(model: VAE, x: Tensor) -> Tensor:
    layer, variance = model.G.layers[0], model.config.noise**2
    spread = torch.full((len(layer.bias),), variance, dtype=torch.float64)
    return LowRankMultivariateNormal(layer.bias, layer.weight, spread).log_prob(x).detach()


def _make_exact(model: VAE) -> None:
    """Give E the true posterior: precision I + W'W / noise^2, mean posterior-variance W'(x - b) / noise^2."""
    W, b, variance = model.G.layers[0].weight, model.G.layers[0].bias, model.config.noise**2
    posterior = 1 / (1 + (W * W).sum(0) / variance)
    to_mean = (posterior / variance)[:, None] * W.T
    with torch.no_grad():
        model.E.layers[0].weight.copy_(torch.cat([to_mean, torch.zeros_like(to_mean)]))
        model.E.layers[0].bias.copy_(torch.cat([-to_mean @ b, posterior.log()]))


def _bound(model: VAE, x: Tensor, draws: int = 4000) -> tuple[Tensor, Tensor]:
    """The ELBO of each x by many draws of the noise, and the standard error of each."""
    noise = torch.randn(draws, len(x), model.config.latent, generator=_rng(4), dtype=torch.float64)
    with torch.no_grad():
        each = torch.stack([torch.sub(*model.elbo(x, n)) for n in noise])
    return each.mean(0), each.std(0) / math.sqrt(draws)


@pytest.mark.parametrize(("dimensions", "latent"), [(2, 1), (3, 2)])
def test_the_bound_lies_below_the_exact_evidence_and_reaches_it_at_the_true_posterior(dimensions: int, latent: int):
    model = _linear(dimensions, latent)
    x = 2 * torch.randn(5, dimensions, generator=_rng(5), dtype=torch.float64)
    evidence = _evidence(model, x)
    loose, error = _bound(model, x)
    assert bool((loose < evidence - 5 * error).all()), "an encoder that knows nothing came as high"
    _make_exact(model)
    tight, error = _bound(model, x)
    assert bool(((tight - evidence).abs() < 5 * error + 1e-9).all())


def test_training_the_encoder_alone_closes_the_gap_to_the_evidence():
    """The gap is KL(q(z|x) || p(z|x)): with a fixed linear decoder the best linear encoder has none."""
    model = _linear(3, 2)
    adam = torch.optim.Adam(model.E.parameters(), 0.05)
    x, rng = _linear_data(400), _rng(6)
    for step in range(400):
        adam.param_groups[0]["lr"] = 0.05 * (1 - step / 400)
        adam.zero_grad()
        torch.sub(*model.elbo(x, torch.randn(400, 2, generator=rng, dtype=torch.float64))).mean().neg().backward()
        adam.step()
    bound, error = _bound(model, x[:40], 2000)
    gap = _evidence(model, x[:40]) - bound
    assert float(gap.mean()) < 0.02 and bool((gap > -6 * error).all())


def _linear_data(n: int) -> Tensor:
    return 1.5 * torch.randn(n, 3, generator=_rng(8), dtype=torch.float64)


def test_the_noise_reaches_z_through_mean_and_deviation():
    """dz/dmean is 1 and dz/dlog-variance is half the deviation times the noise: the gradient of the paper's trick."""
    model = _linear(2, 1)
    x, noise = _linear_data(1)[:, :2], torch.tensor([[0.7]], dtype=torch.float64)
    mean, log_variance = (t.detach().requires_grad_() for t in model.E(x))
    model.E.forward = lambda x: (mean, log_variance)  # type: ignore[method-assign]
    reconstruction, _ = model.elbo(x, noise)
    ours = torch.autograd.grad(reconstruction.sum(), (mean, log_variance))
    W, b = model.G.layers[0].weight, model.G.layers[0].bias
    deviation = (log_variance / 2).exp()
    z = mean + deviation * noise
    to_z = ((x - z @ W.T - b) @ W) / model.config.noise**2
    torch.testing.assert_close(ours[0], to_z)
    torch.testing.assert_close(ours[1], to_z * deviation / 2 * noise)


# As a model among the others.


def test_one_update_moves_both_networks_down_the_negative_bound():
    model, x = small("vae"), _batch()
    before = [p.detach().clone() for p in model.parameters()]
    noise = torch.randn(6, model.config.latent, generator=_rng(7))
    wanted = torch.sub(*model.elbo(x, noise)).mean().neg()
    gradients = torch.autograd.grad(wanted, list(model.parameters()))
    scalars = model.step(iter([(x, None)]), _rng(7))
    torch.testing.assert_close(scalars["loss_G"], wanted.detach())
    torch.testing.assert_close(scalars["loss_G"], scalars["kl"] - scalars["reconstruction"])
    for parameter, gradient, old in zip(model.parameters(), gradients, before, strict=True):
        torch.testing.assert_close(parameter.grad, gradient)
        assert not torch.equal(parameter, old)


def test_samples_are_images_and_the_loss_falls():
    model, x = small("vae", lr=1e-2, widths=(32,)), _batch(20)
    losses = [float(model.step(iter([(x, None)]), _rng(i))["loss_G"]) for i in range(150)]
    assert sum(losses[-10:]) < sum(losses[:10])
    samples = model.fakes(model.noise(50, _rng()))
    assert samples.shape == (50, *IMAGES) and float(samples.abs().max()) <= 1


def test_there_is_no_d_and_what_is_about_d_is_refused_in_one_sentence():
    model = small("vae")
    assert "D" not in model.networks and model.players == ("G",)
    for setting in ({"ttur": 2.0}, {"d_steps": 2}, {"spectral_norm": True}, {"augment": "flip"}):
        with pytest.raises(UserError, match="has no use for") as caught:
            small("vae", **setting)
        assert "\n" not in str(caught.value)
    with pytest.raises(UserError, match="no discriminator"):
        model.objective.generator(None, torch.zeros(3))
    with pytest.raises(UserError, match="elbo, not hinge"):
        small("vae", "hinge")


@pytest.mark.parametrize(
    ("settings", "word"),
    [({"likelihood": "poisson"}, "likelihood"), ({"noise": 0.0}, "noise"), ({"widths": (0,)}, "widths")],
)
def test_settings_that_mean_nothing_are_refused(settings: dict[str, object], word: str):
    with pytest.raises(UserError, match=word):
        MODELS["vae"].Config(**settings)


def test_points_need_the_gaussian():
    with pytest.raises(UserError, match="likelihood=gaussian"):
        VAE((2,), VAEConfig())
    assert VAE((2,), VAEConfig(likelihood="gaussian")).fakes(torch.zeros(3, 20)).shape == (3, 2)
