"""Differentiable augmentation: D never sees an image that has not been transformed, real or fake.

Augmenting the real images alone teaches G to draw augmented images. Here the same random law of transformations T is
put between D and both of them, G's gradient flows back through T, and G is compared with the data only through
T: where T can be undone *in law* (a transformation that is skipped often enough can), T(q) = T(p) says q = p.

A transformation is a pure function of images x (N, C, H, W) and uniform numbers u (N, 2) in [0, 1), one row for each
image; the random numbers are drawn in one place, `augment`. Lesson: 11 Failures and stabilisers.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn.functional import affine_grid, grid_sample, pad

from ganlab.errors import UserError, unknown

Transformation = Callable[[Tensor, Tensor], Tensor]


def _each(numbers: Tensor) -> Tensor:
    return numbers.view(-1, 1, 1, 1)


def brightness(x: Tensor, u: Tensor) -> Tensor:
    """x + b, b in [-1/2, 1/2). Source: Zhao et al. 2020, appendix (their code)."""
    return x + _each(u[:, 0] - 0.5)


def saturation(x: Tensor, u: Tensor) -> Tensor:
    """Each pixel's distance from its grey value times a factor in [0, 2): nothing changes in a grey image."""
    grey = x.mean(1, keepdim=True)
    return (x - grey) * _each(2 * u[:, 0]) + grey


def contrast(x: Tensor, u: Tensor) -> Tensor:
    """Each pixel's distance from the image's mean times a factor in [1/2, 3/2)."""
    mean = x.mean((1, 2, 3), keepdim=True)
    return (x - mean) * _each(u[:, 0] + 0.5) + mean


def translation(x: Tensor, u: Tensor, share: float = 0.125) -> Tensor:
    """A shift by whole pixels, up to ``share`` of the side (at least one pixel) each way; what comes in is 0."""
    n, channels, height, width = x.shape
    reach = [max(1, round(share * side)) for side in (height, width)]
    top, left = ((u[:, i] * (2 * reach[i] + 1)).long() for i in (0, 1))
    padded = pad(x, (reach[1], reach[1], reach[0], reach[0]))
    rows = (torch.arange(height, device=x.device) + top[:, None])[:, None, :, None]
    columns = (torch.arange(width, device=x.device) + left[:, None])[:, None, None, :]
    picked = padded.gather(2, rows.expand(n, channels, height, padded.shape[3]))
    return picked.gather(3, columns.expand(n, channels, height, width))


def cutout(x: Tensor, u: Tensor, share: float = 0.5) -> Tensor:
    """A square of ``share`` of the side, with its centre anywhere in the image, is set to 0."""
    inside = []
    for i, side in enumerate(x.shape[2:]):
        size = round(share * side)
        start = (u[:, i] * (side + 1 - size % 2)).long() - size // 2
        place = torch.arange(side, device=x.device)
        inside.append((place >= start[:, None]) & (place < start[:, None] + size))
    hole = inside[0][:, None, :, None] & inside[1][:, None, None, :]
    return x.masked_fill(hole, 0.0)


def flip(x: Tensor, u: Tensor) -> Tensor:
    """A reflection from left to right for half of the images. Source of this and the next: Karras et al. 2020."""
    return torch.where(_each(u[:, 0] < 0.5), x.flip(3), x)


def quarter_turns(x: Tensor, u: Tensor) -> Tensor:
    """0, 1, 2 or 3 quarter turns, anticlockwise, equally likely. Needs square images."""
    turned = torch.stack([x.rot90(count, (2, 3)) for count in range(4)])
    return turned[(4 * u[:, 0]).long(), torch.arange(len(x), device=x.device)]


def rotation(x: Tensor, u: Tensor) -> Tensor:
    """A rotation by any angle, bilinear; what comes in from outside is 0."""
    angle = 2 * torch.pi * u[:, 0]
    zero = torch.zeros_like(angle)
    rows = [torch.stack([angle.cos(), -angle.sin(), zero], 1), torch.stack([angle.sin(), angle.cos(), zero], 1)]
    grid = affine_grid(torch.stack(rows, 1).to(x.dtype), list(x.shape), align_corners=False)
    return grid_sample(x, grid, padding_mode="zeros", align_corners=False)


TRANSFORMATIONS: dict[str, tuple[Transformation, ...]] = {
    "color": (brightness, saturation, contrast),
    "translation": (translation,),
    "cutout": (cutout,),
    "flip": (flip,),
    "quarter-turns": (quarter_turns,),
    "rotation": (rotation,),
}
"""What a policy can name. The first three are the policy of Zhao et al. 2020."""


def transformations(policy: str) -> tuple[Transformation, ...]:
    """The transformations of a policy such as "translation+cutout", in that order; none for "none".

    Raises UserError for a name that does not exist.
    """
    names = [] if policy in ("", "none") else policy.split("+")
    for name in names:
        if name not in TRANSFORMATIONS:
            raise unknown("augmentation", name, [*TRANSFORMATIONS, "none"])
    return tuple(each for name in names for each in TRANSFORMATIONS[name])


def augment(
    x: Tensor, policy: tuple[Transformation, ...], p: Tensor | float = 1.0, rng: torch.Generator | None = None
) -> Tensor:
    """Each image through each transformation of the policy with probability p; at p = 0 every bit stays.

    x: images (N, C, H, W), of a real or of a fake batch alike. p: a number or a scalar on the device, which is not
    waited for; the same random numbers are drawn whatever it is. The gradient flows to x.
    Raises UserError for anything but images, and for quarter turns of images that are not square.
    Source: Zhao et al. 2020, eq. 9-10; Karras et al. 2020, section 2.2 for p.
    """
    if x.ndim != 4:
        raise UserError(f"augmentation is of images (N, C, H, W), not of shape {tuple(x.shape)}: drop it for points")
    if quarter_turns in policy and x.shape[2] != x.shape[3]:
        raise UserError(f"quarter turns need square images, not {x.shape[2]} by {x.shape[3]}")
    for transform in policy:
        u = torch.rand(len(x), 3, generator=rng, device=x.device)
        x = torch.where(_each(u[:, 2] < p), transform(x, u[:, :2].to(x.dtype)), x)
    return x
