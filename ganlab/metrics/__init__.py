"""Is it any good? Distances and scores, each with what real data would get.

Lesson: 13 Evaluation.
"""

from __future__ import annotations

from ganlab.metrics.agreement import Agreement, agreement
from ganlab.metrics.bins import BinReport, Bins, fit_bins, ndb, recount
from ganlab.metrics.birthday import (
    Birthday,
    birthday,
    closest_pairs,
    duplicate_probability,
    half_batch,
    support_from_half,
)
from ganlab.metrics.classifier import Classifier, ClassifierConfig
from ganlab.metrics.diversity import class_diversity, mean_pairwise_distance
from ganlab.metrics.features import Features, available, load_features
from ganlab.metrics.frechet import frechet_distance, frechet_gaussians
from ganlab.metrics.kid import kid
from ganlab.metrics.manifold import Manifold, expected_coverage, manifold
from ganlab.metrics.memorisation import Memorisation, memorisation
from ganlab.metrics.modes import ModeCounts, mean_mode_counts, mode_counts, mode_floor, mode_intervals
from ganlab.metrics.patches import random_patches
from ganlab.metrics.report import Report, evaluate, floor
from ganlab.metrics.scores import LabelCoverage, classifier_score, label_coverage, label_fidelity
from ganlab.metrics.spectrum import fine_detail, radial_power, spectral_distance
from ganlab.metrics.stacked import StackedCounts, even_floor, real_floor_of_stacks, stacked_counts, stacked_labels
from ganlab.metrics.two_sample import TwoSample, classifier_two_sample
from ganlab.metrics.uncertainty import Floor, Interval, bootstrap, leave_groups_out, proportion, real_floor

__all__ = [
    "Agreement",
    "BinReport",
    "Bins",
    "Birthday",
    "Classifier",
    "ClassifierConfig",
    "Features",
    "Floor",
    "Interval",
    "LabelCoverage",
    "Manifold",
    "Memorisation",
    "ModeCounts",
    "Report",
    "StackedCounts",
    "TwoSample",
    "agreement",
    "available",
    "birthday",
    "bootstrap",
    "class_diversity",
    "classifier_score",
    "classifier_two_sample",
    "closest_pairs",
    "duplicate_probability",
    "evaluate",
    "even_floor",
    "expected_coverage",
    "fine_detail",
    "fit_bins",
    "floor",
    "frechet_distance",
    "frechet_gaussians",
    "half_batch",
    "kid",
    "label_coverage",
    "label_fidelity",
    "leave_groups_out",
    "load_features",
    "manifold",
    "mean_mode_counts",
    "mean_pairwise_distance",
    "memorisation",
    "mode_counts",
    "mode_floor",
    "mode_intervals",
    "ndb",
    "proportion",
    "radial_power",
    "random_patches",
    "real_floor",
    "real_floor_of_stacks",
    "recount",
    "spectral_distance",
    "stacked_counts",
    "stacked_labels",
    "support_from_half",
]
