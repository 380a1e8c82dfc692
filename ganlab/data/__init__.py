"""Where samples come from: data sets by name, the user's own images, 2-D mixtures, batches on the device.

Images are uint8 (N, C, H, W) until they are in a batch, where they are float in [-1, 1]; points are float32 (N, 2) on
their own scale. Lessons: 11 Failures and stabilisers, 14 The MLP GAN on MNIST.
"""

from ganlab.data import mixtures
from ganlab.data.batches import Batches
from ganlab.data.contract import ImageData, PointData, check_images, classes_of, to_float, to_uint8
from ganlab.data.download import fetch, root, status
from ganlab.data.loading import load
from ganlab.data.registry import DataFile, DatasetInfo, info, names

__all__ = [
    "Batches",
    "DataFile",
    "DatasetInfo",
    "ImageData",
    "PointData",
    "check_images",
    "classes_of",
    "fetch",
    "info",
    "load",
    "mixtures",
    "names",
    "root",
    "status",
    "to_float",
    "to_uint8",
]
