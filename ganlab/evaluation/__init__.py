"""From a run, a zoo name or files to a report: what is compared with what, and the page that shows it.

Lesson: 13 Evaluation.
"""

from ganlab.evaluation.page import marks, save_page
from ganlab.evaluation.sources import Case, against_data, against_files, against_samples, generator

__all__ = ["Case", "against_data", "against_files", "against_samples", "generator", "marks", "save_page"]
