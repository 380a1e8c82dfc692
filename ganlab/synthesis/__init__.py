"""Does synthetic data help? From labelled images to a verdict, without a leak and with intervals.

Lesson: 18 Does synthetic data help?
"""

from ganlab.synthesis.conditional import Conditional, Shelf
from ganlab.synthesis.launch import open_study, parse_ratios, spoken
from ganlab.synthesis.page import page, write
from ganlab.synthesis.samplers import Between, Maker, Sampler, best_of, wanted_labels
from ganlab.synthesis.scores import Gain, doubled, learning_curve, paired_gain, recall_gain, scores
from ganlab.synthesis.split import Leak, Material, Split, check_indices, check_pixels, divide, material, prepare
from ganlab.synthesis.study import Arm, Plan, Study, arms, results
from ganlab.synthesis.tasknet import Budget, Mix, TaskNet, fit
from ganlab.synthesis.verdict import Verdict, decide, judge

__all__ = [
    "Arm",
    "Between",
    "Budget",
    "Conditional",
    "Gain",
    "Leak",
    "Maker",
    "Material",
    "Mix",
    "Plan",
    "Sampler",
    "Shelf",
    "Split",
    "Study",
    "TaskNet",
    "Verdict",
    "arms",
    "best_of",
    "check_indices",
    "check_pixels",
    "decide",
    "divide",
    "doubled",
    "fit",
    "judge",
    "learning_curve",
    "material",
    "open_study",
    "page",
    "paired_gain",
    "parse_ratios",
    "prepare",
    "recall_gain",
    "results",
    "scores",
    "spoken",
    "wanted_labels",
    "write",
]
