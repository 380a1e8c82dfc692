"""scikit-learn's handwritten digits: 1 797 images of 8x8 that need no download.

Source: Alpaydin and Kaynak 1998, Optical Recognition of Handwritten Digits. Lesson: 00 Start here.
"""

from __future__ import annotations

import numpy as np
import torch

from ganlab.data.contract import ImageData


def load_digits(split: str) -> ImageData:
    """uint8 (1198 or 599, 1, 8, 8): item i of the original order is in "test" where i % 3 == 0, else in "train".

    The original values 0..16 become 0..255 by rounding v * 255 / 16.
    """
    from sklearn.datasets import load_digits as from_sklearn

    bunch = from_sklearn()
    pixels = np.rint(bunch.images * 255 / 16).astype(np.uint8)
    chosen = (np.arange(len(pixels)) % 3 == 0) == (split == "test")
    return ImageData(
        "digits",
        torch.from_numpy(pixels[chosen]).unsqueeze(1),
        torch.from_numpy(bunch.target[chosen].astype(np.int64)),
        tuple(str(digit) for digit in range(10)),
    )
