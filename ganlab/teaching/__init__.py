"""What a notebook needs besides GANs: its first cell, run sizes, the digits of the lesson, checks of exercises."""

from ganlab.teaching.checks import Rejected, attempt, check, matches, near, reject
from ganlab.teaching.digits import lesson_digits
from ganlab.teaching.progress_page import progress
from ganlab.teaching.quiz import quiz
from ganlab.teaching.setup import setup
from ganlab.teaching.sizes import pick, size

__all__ = [
    "Rejected",
    "attempt",
    "check",
    "lesson_digits",
    "matches",
    "near",
    "pick",
    "progress",
    "quiz",
    "reject",
    "setup",
    "size",
]
