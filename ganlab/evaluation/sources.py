"""What is compared with what. Samples of a generator or a file, beside a data set by name or real data of any kind.

Real data are divided by their roles: what the generator was (or may have been) trained on, and what it has not seen.
Floors and reference come from the second kind alone, except that the classifier's features of a named data set need
training images beside the test images, so that as many real ones stand in for the samples.

Lesson: 13 Evaluation.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ganlab import data, zoo
from ganlab.data.contract import ImageData, PointData
from ganlab.data.given import Given, alike, read_given
from ganlab.errors import UserError, unknown
from ganlab.metrics.card import Card
from ganlab.metrics.dimensions import IMAGES, LEAST, PAIRED, REPEATS, Evidence, measure
from ganlab.metrics.features import available, load_features, resize
from ganlab.metrics.generic import fit_components
from ganlab.metrics.matrix import nearest_rows
from ganlab.metrics.report import Report, real_test, real_train, report_of
from ganlab.training import TrainedGenerator, open_run
from ganlab.training.checkpoint import read_samples

MOST = 10_000
WIDTH = 40  # generic features at most
PIXELS = 50  # components in which copies are looked for
SHOWN = 36


@dataclass(frozen=True)
class Case:
    """What was found, with a few samples to look at.

    report: the classifier's own report, for data sets that have a classifier. shown: generated and real samples.
    copies: the generated samples that lie nearest to the training data, and their nearest neighbours there.
    images: up to 2 000 generated and real images for the curve of the spectrum, or None.
    """

    card: Card
    report: Report | None
    shown: tuple[Tensor, Tensor]
    copies: tuple[Tensor, Tensor] | None
    images: tuple[Tensor, Tensor] | None

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON: those of the report, if there is one, and the card."""
        return ({} if self.report is None else self.report.to_dict()) | {"card": self.card.to_dict()}

    def text(self) -> str:
        """Both for a terminal."""
        return self.card.text() if self.report is None else f"{self.report.text()}\n\n{self.card.text()}"


def generator(source: str) -> TrainedGenerator:
    """A run folder's generator, or a zoo entry's. Raises UserError for a name that is neither."""
    if Path(source).is_dir():
        return open_run(source)
    if source not in zoo.names() and not Path(source).with_suffix(".json").exists():
        raise unknown("run folder or zoo name", source, zoo.names())
    return zoo.load(source)


def against_data(source: str, data_name: str | None = None, *, seed: int = 0) -> Case:
    """Samples of a run folder, zoo name or FILE.npz against a data set by name (None: that of the run).

    Raises UserError where the samples do not fit the data, and for a FILE.npz without a data set.
    """
    if source.endswith(".npz"):
        if data_name is None:
            raise UserError(
                "say with --data which data set these samples should look like, or with --real PATH which files"
            )
        samples = read_samples(Path(source))
    elif Path(source).is_dir() and not (Path(source) / "config.json").exists():
        raise UserError(f"{source} is no run folder (it has no config.json): to measure images in it, add --real PATH")
    else:
        made = generator(source)
        data_name = data_name or str(made.card["data"])
        test = data.load(data_name, "test")
        shape = tuple(made.card["shape"])
        if len(shape) != len(test.shape) or shape[0] != test.shape[0]:
            raise UserError(
                f"{source} draws samples of shape {shape} and {data_name} holds {test.kind} of shape {test.shape}:"
                " evaluate it against data of its own kind"
            )
        samples = made.sample(min(len(test), MOST), seed)
    if data_name in available():
        return against_samples(source, samples, data_name)
    return _by_components(source, samples, data_name)


def against_files(
    source: str, real: Path, train: Path | None = None, *, seed: int = 0, size: int | None = None
) -> Case:
    """Samples of any kind against real data of any kind: folders of images, .npz or .npy files, a run or zoo name.

    train: what the generator was trained on, if it is known; otherwise one half of the real data stands in for it. The
    other half, or all of ``real``, is what samples are compared with.
    Raises UserError where the two do not fit, and for fewer than 400 real samples (200 with ``train``).
    """
    true = read_given(real, size)
    folder = Path(source)
    if folder.suffix in (".npz", ".npy") or (folder.is_dir() and not (folder / "config.json").exists()):
        drawn = read_given(folder, size)
    else:
        drawn = Given(generator(source).sample(min(len(true.values), MOST), seed), folder, True)
    generated, values = alike(drawn, true)
    values = values[_order(len(values))]
    if train is None:
        half = len(values) // 2
        seen, unseen = values[:half], values[half:]
        role = f"{half} of the {len(values)} real samples, which stand in for the training data"
    else:
        (seen, _), unseen = alike(read_given(train, size), true), values
        role = f"the {len(seen)} training samples in {train}"
    # A file may be sorted, by class or by quality: what is compared in part is drawn at random.
    return _by_any(source, str(real), generated[_order(len(generated))][:MOST], seen, unseen, role)


def against_samples(source: str, samples: Tensor, data_name: str) -> Case:
    """Images (N, 1, H, H) in [-1, 1] that are at hand, against a data set that has a classifier; ``source`` names them.

    Raises UserError as `ganlab.metrics.evaluate` does.
    """
    features = load_features(data_name)
    if samples.ndim == 4 and samples.shape[2] != samples.shape[3]:
        raise UserError(f"samples are {samples.shape[2]} by {samples.shape[3]} pixels: they must be square")
    data.check_images(samples, "generated images")
    side = samples.shape[-1]
    samples = samples[: data.info(data_name).test]
    generated = features.features(samples)
    report = report_of(features, generated, side)
    mixed = _order(len(samples))
    samples, generated = samples[mixed], generated[mixed]
    train, test = data.load(data_name, "train"), data.load(data_name, "test")
    assert isinstance(train, ImageData) and isinstance(test, ImageData)
    order = _order(len(test))
    # The test images come first, so that they are the reference; the floors mix both.
    real = torch.cat([real_test(data_name, side, "cpu")[order], real_train(data_name, report.n, side, "cpu")])
    images_real = resize(test.floats(order[: 2 * IMAGES]), side)
    # Copies are looked for among all training images, in components of the pixels.
    basis = fit_components(resize(train.floats(slice(0, 5000)), side), PIXELS)
    seen = torch.cat([basis(resize(train.floats(slice(i, i + 5000)), side)) for i in range(0, len(train), 5000)])
    copying = (basis(samples[:IMAGES]), seen, basis(images_real))
    evidence = Evidence(
        generated,
        real,
        (samples[:IMAGES], images_real),
        copying,
        (features.classify(generated).argmax(1), features.classify(real).argmax(1), features.classes),
    )
    card = Card(
        f"{source}: {report.n} generated images",
        f"{data_name}: {report.reference} test images, and {report.n} training images for the floors",
        f"{features.dim} of the package's classifier of {data_name} ({report.classifier[:8]}); copies are looked for in"
        f" {basis.dim} components of the pixels, among all {len(train)} training images",
        measure(evidence),
        _notes(report.n),
    )
    nearest_to = _nearest(samples[:IMAGES], copying[0], seen, lambda i: resize(train.floats(i), side))
    return Case(card, report, (samples[:SHOWN], images_real[:SHOWN]), nearest_to, (samples[:IMAGES], images_real))


def _by_components(source: str, samples: Tensor, data_name: str) -> Case:
    size = samples.shape[-1] if samples.ndim == 4 else None
    train, test = (data.load(data_name, split, size if _resizable(data_name) else None) for split in ("train", "test"))
    if tuple(samples.shape[1:]) != test.shape:
        raise UserError(
            f"samples of shape {tuple(samples.shape[1:])} do not look like {data_name}, which holds {test.kind} of"
            f" shape {test.shape}: there is no classifier for {data_name!r}, so bring them to that shape"
        )
    if not torch.isfinite(samples).all():
        raise UserError("the samples hold NaN or infinite values: look for them in the generator")
    if samples.ndim == 4:
        data.check_images(samples, "generated images")
    law = test.mixture if isinstance(test, PointData) else None
    return _by_any(
        source,
        data_name,
        samples[_order(len(samples))][:MOST],
        train.floats(),
        test.floats(_order(len(test))),
        f"all {len(train)} training samples",
        law,
    )


def _by_any(
    source: str, real_name: str, generated: Tensor, seen: Tensor, unseen: Tensor, role: str, law: Any = None
) -> Case:
    n = min(len(generated), len(unseen) // 2)
    if n < LEAST or len(seen) < LEAST:
        raise UserError(
            f"{len(generated)} generated samples, {len(seen)} real ones for training and {len(unseen)} to compare with"
            f" are too few: bring at least {LEAST}, {2 * LEAST} and {2 * LEAST}"
        )
    kind = "images" if generated.ndim == 4 else "points" if generated.shape[1] == 2 else "rows"
    basis = fit_components(seen, max(2, min(WIDTH, n // 10)))
    columns = "pixels" if kind == "images" else "columns"
    described = (
        f"generic, {basis.dim} columns, standardised by the mean and deviation of {role}"
        if basis.basis is None
        else f"generic, {basis.dim - 1} principal components of the {columns} and the length of what they leave out,"
        f" fitted on {role}"
    )
    images = (generated[:IMAGES], unseen[: 2 * IMAGES]) if kind == "images" else None
    made, seen_made, unseen_made = basis(generated), basis(seen), basis(unseen)
    evidence = Evidence(
        made,
        unseen_made,
        images,
        (made[:IMAGES], seen_made, unseen_made[: 2 * IMAGES]),
        law=None if law is None or not hasattr(law, "centres") else (generated, law),
    )
    card = Card(
        f"{source}: {len(generated)} generated {kind}",
        f"{real_name}: {len(unseen)} real {kind} to compare with; copies are looked for among {role}",
        described,
        measure(evidence),
        _notes(n),
    )
    if images is None:
        return Case(card, None, (generated[:2500], unseen[:2500]), None, None)
    copies = _nearest(generated[:IMAGES], made[:IMAGES], seen_made, lambda i: seen[i])
    return Case(card, None, (generated[:SHOWN], unseen[:SHOWN]), copies, images)


def _order(n: int) -> Tensor:
    return torch.randperm(n, generator=torch.Generator().manual_seed(0))


def _nearest(samples: Tensor, made: Tensor, seen: Tensor, fetch: Any, count: int = 8) -> tuple[Tensor, Tensor]:
    """The ``count`` samples that lie nearest to the training data, and what they lie nearest to."""
    rows = nearest_rows(made, seen)[:, 0]
    chosen = (made - seen[rows]).norm(dim=1).topk(min(count, len(made)), largest=False).indices
    return samples[chosen], fetch(rows[chosen])


def _resizable(data_name: str) -> bool:
    return data_name not in data.names() or data.info(data_name).kind == "images"


def _notes(n: int) -> tuple[str, ...]:
    return (
        "How to read it: a perfect generator lands among real data, not at 0 or 1. The column `real data` is what real"
        f" samples of the same number get: one fresh value of a perfect generator lies there 19 times of 20, judged by"
        f" {REPEATS} splits of the real samples (precision, density, recall, coverage: by parts of half of the size).",
        "One line in twenty lies outside by chance, so read a pattern and not a line. Counts of few (bins, copies,"
        " near-duplicates, modes) keep this rate only roughly. Samples that are narrower than"
        " real data are also nearer to the training data: it is `copies` that tells copying from narrowness.",
        f"Sizes: the Frechet distance and shares of classes take up to {n} samples a side; spectra, patches, bins and"
        f" the test of copying up to {IMAGES}; whatever looks at all pairs up to {PAIRED}; drawn at random.",
        "Intervals: a tenth of the samples left out in turn, or the bootstrap where it is right (fine detail, copying),"
        " or Wilson's for shares. They say how much these samples vary, not how much training does.",
    )
