"""What keeps the discriminator smooth: gradient penalties, and the crude clipping of weights.

A penalty is a function of (critic, real, fake) that returns a scalar to be added to D's loss; the weight is applied
by the caller. The norm of a gradient is taken per sample, over all axes but the first. Everything here runs in
float32 at least, also under autocast, and stays finite where the gradient is zero.
Lessons: 08 Wasserstein, 09 the game, 11 failures and stabilisers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from ganlab.errors import UserError
from ganlab.objectives.losses import exact

Critic = Callable[[Tensor], Tensor]


def input_gradient(critic: Critic, x: Tensor) -> Tensor:
    """The gradient of each sample's score with respect to that sample, with a graph behind it.

    ``critic`` maps (N, ...) to N scores, each depending on its own sample alone (no batch normalisation).
    Returns a tensor of the shape of ``x``.
    """
    with torch.autocast(x.device.type, enabled=False):
        x = exact(x.detach()).requires_grad_(True)
        (gradient,) = torch.autograd.grad(critic(x).sum(), x, create_graph=True)
    return gradient


def _check_pair(real: Tensor, fake: Tensor) -> None:
    # Without this a single fake, or one channel for three, would be broadcast in silence.
    if real.shape != fake.shape or len(real) == 0:
        raise UserError(
            "a penalty takes as many real as fake samples, at least one, of one shape, "
            f"not {tuple(real.shape)} and {tuple(fake.shape)}"
        )


def squared_norm(gradient: Tensor) -> Tensor:
    """Per-sample squared Euclidean norm, shape (N,): the sum of squares over all axes but the first."""
    return gradient.flatten(1).square().sum(1)


def gradient_penalty(
    critic: Critic, real: Tensor, fake: Tensor, rng: torch.Generator | None = None, one_sided: bool = False
) -> Tensor:
    """E (|grad D(x)| - 1)^2 at points x drawn uniformly between a real and a fake sample.

    One mixing weight per *sample*: (N, 1, ..., 1). With ``one_sided`` only slopes above 1 are charged.
    Source: Gulrajani et al. 2017, eq. 3 (weight 10 there); one-sided: Petzka et al. 2018, eq. 8.
    Raises UserError where the shapes of ``real`` and ``fake`` differ.
    """
    _check_pair(real, fake)
    one_each = (len(real), *[1] * (real.ndim - 1))
    weight = torch.rand(one_each, device=real.device, generator=rng, dtype=exact(real).dtype)
    points = exact(fake.detach()).lerp(exact(real), weight)
    # vector_norm has gradient 0 at 0, where a plain sqrt of the sum gives NaN.
    excess = torch.linalg.vector_norm(input_gradient(critic, points).flatten(1), dim=1) - 1
    return (excess.clamp(min=0) if one_sided else excess).square().mean()


def r1(critic: Critic, real: Tensor) -> Tensor:
    """1/2 E |grad D(x)|^2 at the real samples. Source: Mescheder et al. 2018, eq. 9."""
    return 0.5 * squared_norm(input_gradient(critic, real)).mean()


def r2(critic: Critic, fake: Tensor) -> Tensor:
    """1/2 E |grad D(x)|^2 at the fake samples. Source: Mescheder et al. 2018, eq. 10."""
    return 0.5 * squared_norm(input_gradient(critic, fake)).mean()


def _r1_and_r2(critic: Critic, real: Tensor, fake: Tensor) -> Tensor:
    _check_pair(real, fake)
    return _of_both(input_gradient(critic, torch.cat([real, fake])))


def _of_both(gradient: Tensor) -> Tensor:
    # The mean over [real, fake] is half the sum of the two means, which cancels the 1/2 of R1 and of R2.
    return squared_norm(exact(gradient)).mean()


def dragan(
    critic: Critic, real: Tensor, fake: Tensor | None = None, rng: torch.Generator | None = None, scale: float = 0.5
) -> Tensor:
    """E (|grad D(x + noise)| - 1)^2 around the real samples; the noise is Gaussian, ``scale`` times the data's std.

    Source: Kodali et al. 2017, section 3.2 (weight 10 there). ``fake`` is not looked at.
    """
    x = exact(real)
    noise = torch.randn(x.shape, device=x.device, generator=rng, dtype=x.dtype)
    slope = torch.linalg.vector_norm(input_gradient(critic, x + scale * x.std() * noise).flatten(1), dim=1)
    return (slope - 1).square().mean()


def instance_noise(x: Tensor, std: float, rng: torch.Generator | None = None) -> Tensor:
    """x + std * N(0, I), to be given to D for real and fake samples alike: the two laws come to overlap.

    Source: Sonderby et al. 2017, section 2.4; Arjovsky and Bottou 2017, section 3.
    Raises UserError for a standard deviation below zero.
    """
    if not std >= 0:
        raise UserError(f"the standard deviation of instance noise is at least 0, not {std:g}")
    return x + std * torch.randn(x.shape, device=x.device, generator=rng, dtype=x.dtype)


def clip_weights(critic: nn.Module, bound: float) -> None:
    """Clamp every parameter to [-bound, bound], in place. Source: Arjovsky et al. 2017, algorithm 1 (0.01 there).

    Raises UserError for a bound that is not above zero.
    """
    if not bound > 0:
        raise UserError(f"weights are clipped to a bound above 0, not {bound:g}")
    with torch.no_grad():
        for parameter in critic.parameters():
            parameter.clamp_(-bound, bound)


def _no_loss(critic: Critic, real: Tensor, fake: Tensor, rng: torch.Generator | None) -> Tensor:
    return real.new_zeros((), dtype=torch.float32)


@dataclass(frozen=True)
class Penalty:
    """A named choice: what is added to D's loss, and what is done to D after its update.

    ``weight`` multiplies ``loss``; for weight clipping it is the bound instead. ``per_sample`` says that the penalty
    differentiates each score by its own input, which batch normalisation in D makes meaningless.
    ``of_gradient`` is the same ``loss`` from D's gradient at [real, fake], for a penalty that looks just there: whoever
    has these scores needs no second pass for it.
    """

    name: str
    weight: float
    loss: Callable[[Critic, Tensor, Tensor, torch.Generator | None], Tensor]
    source: str
    per_sample: bool = True
    clips: bool = False
    of_gradient: Callable[[Tensor], Tensor] | None = None

    def weighted(self, weight: float | None) -> Penalty:
        """The same penalty with another weight (None keeps the published one)."""
        return self if weight is None else replace(self, weight=weight)


none = Penalty("none", 0.0, _no_loss, "-", per_sample=False)
clip = Penalty("clip", 0.01, _no_loss, "Arjovsky et al. 2017", per_sample=False, clips=True)
wgan_gp = Penalty("gp", 10.0, gradient_penalty, "Gulrajani et al. 2017")
one_sided_gp = Penalty(
    "gp-one-sided",
    10.0,
    lambda c, real, fake, rng: gradient_penalty(c, real, fake, rng, one_sided=True),
    "Petzka et al. 2018",
)
dragan_penalty = Penalty("dragan", 10.0, dragan, "Kodali et al. 2017")
r1_penalty = Penalty("r1", 10.0, lambda c, real, fake, rng: r1(c, real), "Mescheder et al. 2018")
r2_penalty = Penalty("r2", 10.0, lambda c, real, fake, rng: r2(c, fake), "Mescheder et al. 2018")
r1_r2_penalty = Penalty(
    "r1+r2", 1.0, lambda c, real, fake, rng: _r1_and_r2(c, real, fake), "Huang et al. 2024", of_gradient=_of_both
)

PENALTIES: dict[str, Penalty] = {
    p.name: p for p in (none, clip, wgan_gp, one_sided_gp, dragan_penalty, r1_penalty, r2_penalty, r1_r2_penalty)
}
"""Every penalty by its name with its published weight, for the command line and for run folders."""
