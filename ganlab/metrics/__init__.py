"""Is it any good? Distances and scores, each with what real data would get.

Lesson: 13 Evaluation.
"""

from __future__ import annotations

from ganlab.metrics.classifier import Classifier, ClassifierConfig
from ganlab.metrics.features import Features, available, load_features
from ganlab.metrics.frechet import frechet_distance, frechet_gaussians
from ganlab.metrics.modes import ModeCounts, mode_counts, mode_floor, mode_intervals
from ganlab.metrics.report import Report, evaluate, floor
from ganlab.metrics.scores import LabelCoverage, classifier_score, label_coverage

__all__ = [
    "Classifier",
    "ClassifierConfig",
    "Features",
    "LabelCoverage",
    "ModeCounts",
    "Report",
    "available",
    "classifier_score",
    "evaluate",
    "floor",
    "frechet_distance",
    "frechet_gaussians",
    "label_coverage",
    "load_features",
    "mode_counts",
    "mode_floor",
    "mode_intervals",
]
