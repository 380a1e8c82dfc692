"""Does a style that was learned without labels go with every class? Directions of the noise, and their pictures.

``ganlab experiment run styles --out DIR`` looks for the directions of a conditional generator's noise along which
digits lean and thicken, records how far they account for it, class by class, and writes ``digits.js``: a picture for
each class at each place along both, from which the widget of the lesson's page draws.

Lesson: 17 Conditional GANs.
"""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import normalize

from ganlab import zoo
from ganlab.data import to_uint8
from ganlab.experiments.recorder import record
from ganlab.files import write_atomically
from ganlab.metrics import load_features
from ganlab.training import TrainedGenerator
from ganlab.viz.classes import moved

ENTRY = "cgan-mnist"
DRAWN = {"small": 500, "normal": 10_000, "full": 10_000}
PLACES = (-3, -2, -1, 0, 1, 2, 3)
GREYS = 16
CLASSES = 10


def ink(images: Tensor) -> Tensor:
    """Images (n, 1, H, W) in [-1, 1] -> the share of white (n,)."""
    return (images.flatten(1).mean(1) + 1) / 2


def slant(images: Tensor) -> Tensor:
    """Images (n, 1, H, W) in [-1, 1] -> columns to the right for each row upwards (n,), by second moments of the white.

    Deslanting of handwriting shears by this number; an image without white has 0.
    """
    white = (images[:, 0] + 1) / 2
    white = white / white.sum((1, 2), keepdim=True).clamp(min=1e-9)
    rows = torch.arange(white.shape[1]).float()[None, :, None]
    columns = torch.arange(white.shape[2]).float()[None, None]
    up = (white * rows).sum((1, 2), keepdim=True) - rows
    right = columns - (white * columns).sum((1, 2), keepdim=True)
    return (white * up * right).sum((1, 2)) / (white * up * up).sum((1, 2)).clamp(min=1e-9)


STYLES: dict[str, Callable[[Tensor], Tensor]] = {"slant": slant, "ink": ink}


def drawn(made: TrainedGenerator, n: int, seed: int) -> tuple[Tensor, Tensor, Tensor]:
    """``n`` noises (n, latent), classes in turn (n,) and the images made of both."""
    z = torch.randn(n, made.latent, generator=torch.Generator().manual_seed(seed))
    wanted = torch.arange(n) % CLASSES
    parts = zip(z.split(500), wanted.split(500), strict=True)
    return z, wanted, torch.cat([made(made.model.code(noise, y)) for noise, y in parts])


def directions(made: TrainedGenerator, n: int = 2000, seed: int = 0) -> dict[str, Tensor]:
    """For each of `STYLES` the unit vector of noise along which it grows fastest, by least squares over all classes.

    What is fitted is the style less its class's mean. The second is made at right angles to the first.
    """
    z, wanted, images = drawn(made, n, seed)
    ways: dict[str, Tensor] = {}
    for name, measure in STYLES.items():
        slope = torch.linalg.lstsq(z, _within(measure(images), wanted)[:, None]).solution[:, 0]
        for other in ways.values():
            slope = slope - (slope @ other) * other
        ways[name] = normalize(slope, dim=0)
    return ways


def follows(made: TrainedGenerator, ways: dict[str, Tensor], n: int = 2000, seed: int = 1) -> dict[str, list[float]]:
    """By style, in each class: the correlation of style and coordinate along its way, on other noise."""
    z, wanted, images = drawn(made, n, seed)
    found = {}
    for name, way in ways.items():
        at, style = z @ way, STYLES[name](images)
        pairs = [torch.stack([at[wanted == y], style[wanted == y]]) for y in range(CLASSES)]
        found[name] = [float(torch.corrcoef(pair)[0, 1]) for pair in pairs]
    return found


def pictures(made: TrainedGenerator, ways: dict[str, Tensor], seed: int = 0) -> Tensor:
    """One noise at every place of `PLACES` along both ways, for every class: images (slants, inks, classes, H, W)."""
    z = torch.randn(made.latent, generator=torch.Generator().manual_seed(seed))
    there = [moved(z, ways, {"slant": lean, "ink": dark}) for lean in PLACES for dark in PLACES]
    noise = torch.stack(there).repeat_interleave(CLASSES, 0)
    images = made(made.model.code(noise, torch.arange(CLASSES).repeat(len(there))))
    return images.view(len(PLACES), len(PLACES), CLASSES, *images.shape[2:])


def sheet(images: Tensor) -> bytes:
    """`pictures` as one PNG of `GREYS` greys: a column for each class, a row for each place, ink changing fastest."""
    from PIL import Image

    rows = to_uint8(images).flatten(0, 1).permute(0, 2, 1, 3).reshape(-1, CLASSES * images.shape[-1])
    step = 255 // (GREYS - 1)
    picture = Image.fromarray(((rows.int() + step // 2) // step).to(torch.uint8).numpy(), "P")
    picture.putpalette([grey * step for grey in range(GREYS) for _ in range(3)])
    file = io.BytesIO()
    picture.save(file, "PNG", bits=4, optimize=True)
    return file.getvalue()


def styles(out: str | Path, *, seed: int = 0, size: str | None = None) -> dict[str, Any]:
    """Find the directions of slant and ink in the zoo's conditional generator, and write the widget's pictures."""
    size, folder, made = size or "normal", Path(out), zoo.load(ENTRY)
    folder.mkdir(parents=True, exist_ok=True)
    ways = directions(made, DRAWN[size], seed)
    found: dict[str, Any] = {}
    for name, each in follows(made, ways, DRAWN[size], seed + 1).items():
        found |= {f"{name}_least": min(each), f"{name}_mean": sum(each) / CLASSES}
    images = pictures(made, ways, seed)
    flat = images.view(-1, 1, *images.shape[-2:])
    read = load_features(made.card["data"]).logits(flat).argmax(1)
    found["read_as_asked"] = float((read == torch.arange(len(read)) % CLASSES).float().mean())
    print(", ".join(f"{name} {value:.3f}" for name, value in found.items()))
    config = {"entry": ENTRY, "sha256": made.card["sha256"], "drawn": DRAWN[size], "places": PLACES}
    record(folder / "records.jsonl", "styles", found, seed=seed, config=config, size=size, device="cpu")
    content = {
        "places": PLACES,
        "read": "".join(map(str, read.tolist())),
        "slant": [round(value, 2) for value in slant(flat).tolist()],
        "ink": [round(value, 3) for value in ink(flat).tolist()],
        "sheet": "data:image/png;base64," + base64.b64encode(sheet(images)).decode(),
    }
    write_atomically(folder / "digits.js", f"window.ganlabDigits = {json.dumps(content)};\n".encode())
    return found


def _within(values: Tensor, wanted: Tensor) -> Tensor:
    """Values (n,) less the mean of their class, in units of the standard deviation within that class."""
    out = values.clone()
    for y in range(CLASSES):
        own = values[wanted == y]
        out[wanted == y] = (own - own.mean()) / own.std()
    return out


EXPERIMENTS = {"styles": styles}
