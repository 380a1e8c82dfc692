"""What a notebook needs besides GANs: its first cell, run sizes, and the digits of the lesson."""

from ganlab.teaching.digits import lesson_digits
from ganlab.teaching.setup import setup
from ganlab.teaching.sizes import pick, size

__all__ = ["lesson_digits", "pick", "setup", "size"]
