"""The metric that goes with a data set while a run goes on: quick, and with its floor. Lesson: 12 Monitoring."""

from __future__ import annotations

import torch
from torch import Tensor

from ganlab import metrics
from ganlab.data import PointData, load
from ganlab.errors import UserError
from ganlab.metrics.frechet import frechet_distance
from ganlab.training.monitor import Metric

MOST = 1000  # real images, and as many samples


def metric_for(data: str, every: int = 500) -> Metric:
    """A Frechet distance to the test split of ``data``, on as many samples as it compares with.

    Images: between features of the data set's frozen classifier, at most 1 000. Points: between the points themselves,
    10 000. The floor is the distance of as many training items. It is coarser than `ganlab evaluate`, which takes all
    test images: compare its values within a run. Raises UserError for images without a classifier.
    """
    real, train = load(data, "test"), load(data)
    if isinstance(real, PointData):
        name, compute, n = "frechet-points", _points, len(real)
    elif data in metrics.available():
        name, n = "frechet", min(len(real), MOST)
        compute = metrics.load_features(data).features
    else:
        raise UserError(
            f"there is no classifier for {data}, so no metric to follow: leave out --metric-every, or give Monitor a"
            " Metric of your own"
        )
    chosen = torch.randperm(len(train), generator=torch.Generator().manual_seed(0))[:n]
    reference, copies = compute(real.floats(slice(0, n))), compute(train.floats(chosen))
    return Metric(
        name, lambda x: frechet_distance(compute(x), reference), n, every, frechet_distance(copies, reference)
    )


def _points(x: Tensor) -> Tensor:
    return x
