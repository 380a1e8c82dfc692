"""The digits that a lesson runs on, by run size.

Lesson: 00 Start here.
"""

from __future__ import annotations

from ganlab.data import ImageData, load
from ganlab.teaching.sizes import pick


def lesson_digits(split: str = "train") -> ImageData:
    """Handwritten digits: the 1x8x8 digits of scikit-learn at the small size, MNIST (1x28x28) at the others.

    The small size takes the embedded digits on every machine, also where MNIST is at hand, so that a test sees the
    same data everywhere. Prints one line with the name of the data. split: "train" or "test".
    Raises UserError for an unknown size or split, and where MNIST is neither at hand nor to be fetched.
    """
    data = load(pick(small="digits", normal="mnist", full="mnist"), split=split)
    if not isinstance(data, ImageData):
        raise TypeError(f"{data.name} holds {data.kind}, not images")
    print(f"data: {data.name} ({split}), {len(data):,} images of shape {tuple(data.shape)}")
    return data
