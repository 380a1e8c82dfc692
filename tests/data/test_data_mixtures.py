from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
import torch
from scipy import integrate, special, stats

from ganlab.data import mixtures
from ganlab.errors import UserError

# Each law with the middle and the half side of a square that holds all but 1e-8 of it, and its smallest scale.
LAWS = {
    "ring": (mixtures.ring(), (0.0, 0.0), 1.06, 0.01),
    "grid": (mixtures.grid(), (0.0, 0.0), 4.3, 0.05),
    "moons": (mixtures.moons(), (0.5, 0.25), 2.1, 0.1),
    "line": (mixtures.line(), (0.0, 0.0), 1.3, 0.05),
    "three modes": (mixtures.ring(3, 2.0, 0.3), (0.0, 0.0), 4.0, 0.3),
}


def cell_masses(name: str, cells: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(mass of each of cells x cells squares, edges of x, edges of y), by the midpoint rule on the density."""
    law, middle, half, scale = LAWS[name]
    within = math.ceil(2 * half / cells / (0.5 * scale))
    step = 2 * half / (cells * within)
    offsets = (torch.arange(cells * within, dtype=torch.float64) + 0.5) * step - half
    x, y = torch.meshgrid(offsets + middle[0], offsets + middle[1], indexing="ij")
    points = torch.stack([x.flatten(), y.flatten()], 1)
    mass = torch.cat([law.log_density(part).exp() for part in points.split(50_000)]) * step**2
    per_cell = mass.view(cells, within, cells, within).sum((1, 3)).numpy()
    edges = np.linspace(-half, half, cells + 1)
    return per_cell, edges + middle[0], edges + middle[1]


@pytest.mark.parametrize("name", LAWS)
def test_the_density_integrates_to_one(name: str) -> None:
    masses, _, _ = cell_masses(name, 1)
    assert masses.sum() == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize("name", LAWS)
def test_samples_follow_the_density(name: str) -> None:
    n = 20_000
    points, _ = LAWS[name][0].sample(n, torch.Generator().manual_seed(0))
    masses, x_edges, y_edges = cell_masses(name, 12)
    counts, _, _ = np.histogram2d(*points.double().numpy().T, bins=(x_edges, y_edges))
    expected = n * masses
    kept = expected >= 5
    # Every cell with little mass, and all that lies outside the square, is one more cell.
    observed = np.append(counts[kept], n - counts[kept].sum())
    expected = np.append(expected[kept], n - expected[kept].sum())
    chi_square = ((observed - expected) ** 2 / np.maximum(expected, 1)).sum()
    assert kept.sum() >= 7
    assert chi_square < stats.chi2.isf(1e-6, kept.sum())


@pytest.mark.parametrize("name", ["ring", "grid", "moons", "three modes"])
def test_a_mixture_is_the_mean_of_its_gaussians(name: str) -> None:
    law = LAWS[name][0]
    x = torch.randn(50, 2, generator=torch.Generator().manual_seed(1)) * 2
    parts = [stats.multivariate_normal(c, law.std**2).logpdf(x.double().numpy()) for c in law.centres]
    expected = special.logsumexp(parts, axis=0) - math.log(len(law.centres))
    np.testing.assert_allclose(law.log_density(x).numpy(), expected, rtol=1e-9)


@pytest.mark.parametrize("std", [0.05, 1.0])
@pytest.mark.parametrize("x", [(0.0, 0.0), (0.5, 0.6), (-1.0, -1.0), (1.05, 1.0), (0.2, -0.1), (-1.2, -1.1)])
def test_the_line_is_the_integral_along_its_segment(x: tuple[float, float], std: float) -> None:
    law = mixtures.line(std)

    def at(t: float) -> float:
        centre = [a + t * (b - a) for a, b in zip(law.start, law.end, strict=True)]
        return float(stats.multivariate_normal(centre, law.std**2).pdf(x))

    nearest = min(max((x[0] + x[1] + 2) / 4, 0.0), 1.0)
    expected, _ = integrate.quad(at, 0, 1, points=[nearest], limit=200, epsabs=0, epsrel=1e-10)
    assert law.log_density(torch.tensor([x], dtype=torch.float64)).exp().item() == pytest.approx(expected, rel=1e-7)


@pytest.mark.parametrize("name", LAWS)
def test_far_away_the_density_and_its_score_stay_finite(name: str) -> None:
    x = torch.tensor([[300.0, -200.0], [-300.0, -300.0], [0.0, 1e4]], requires_grad=True)
    log_density = LAWS[name][0].log_density(x)
    assert log_density.dtype == torch.float64
    assert torch.isfinite(log_density).all() and (log_density < -1e4).all()
    (score,) = torch.autograd.grad(log_density.sum(), x)
    assert torch.isfinite(score).all()


def test_the_score_of_one_gaussian_points_home() -> None:
    law = mixtures.ring(1, 1.0, 0.5)
    x = torch.tensor([[0.0, 0.0], [2.0, 1.0]], dtype=torch.float64, requires_grad=True)
    (score,) = torch.autograd.grad(law.log_density(x).sum(), x)
    torch.testing.assert_close(score, (law.means - x.detach()) / 0.25)


def test_ring_and_grid_are_the_published_ones() -> None:
    ring, grid = mixtures.ring(), mixtures.grid()
    torch.testing.assert_close(ring.means.norm(dim=1), torch.ones(8, dtype=torch.float64))
    gaps = torch.pdist(ring.means).sort().values[:8]
    torch.testing.assert_close(gaps, torch.full((8,), 2 * math.sin(math.pi / 8), dtype=torch.float64))
    assert set(grid.centres) == {(float(x), float(y)) for x in range(-4, 5, 2) for y in range(-4, 5, 2)}
    assert (len(grid.centres), ring.std, grid.std) == (25, 0.01, 0.05)


def test_the_moons_are_two_half_circles() -> None:
    means, classes = mixtures.moons().means, torch.tensor(mixtures.moons().classes)
    upper, lower = means[classes == 0], means[classes == 1]
    torch.testing.assert_close(upper.norm(dim=1), torch.ones(64, dtype=torch.float64))
    torch.testing.assert_close((lower - torch.tensor([1.0, 0.5])).norm(dim=1), torch.ones(64, dtype=torch.float64))
    assert (upper[:, 1] > 0).all() and (lower[:, 1] < 0.5).all()


@pytest.mark.parametrize("law", [mixtures.ring(), mixtures.grid()], ids=["ring", "grid"])
def test_the_perfect_sampler_is_of_high_quality_as_often_as_theory_says(law: mixtures.GaussianMixture) -> None:
    n = 100_000
    points, labels = law.sample(n, torch.Generator().manual_seed(3))
    distances = torch.cdist(points.double(), law.means)
    nearest, mode = distances.min(1)
    assert torch.equal(mode, labels)
    share, theory = (nearest <= 3 * law.std).double().mean().item(), 1 - math.exp(-4.5)
    assert abs(share - theory) < 5 * math.sqrt(theory * (1 - theory) / n)


@pytest.mark.parametrize("name", LAWS)
def test_the_generator_decides_and_no_other(name: str) -> None:
    law = LAWS[name][0]
    torch.manual_seed(1)
    before = torch.get_rng_state()
    points, labels = law.sample(100, torch.Generator().manual_seed(7))
    assert torch.equal(torch.get_rng_state(), before)
    assert (points.dtype, tuple(points.shape)) == (torch.float32, (100, 2))
    assert (labels.dtype, tuple(labels.shape)) == (torch.int64, (100,))
    again, _ = law.sample(100, torch.Generator().manual_seed(7))
    other, _ = law.sample(100, torch.Generator().manual_seed(8))
    assert torch.equal(points, again) and not torch.equal(points, other)


@pytest.mark.parametrize(
    ("build", "words"),
    [
        (lambda: mixtures.ring(std=0.0), "std must be a positive number"),
        (lambda: mixtures.line(std=float("nan")), "std"),
        (lambda: mixtures.ring(modes=0), "modes"),
        (lambda: mixtures.grid(side=0), "side"),
    ],
)
def test_impossible_laws_are_refused(build, words: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(UserError, match=words):
        build()


def test_a_law_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        mixtures.ring().std = 1.0  # type: ignore[misc]
